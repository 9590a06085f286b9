/* SPDX-License-Identifier: Apache-2.0 */
/* edges_bench CAPTURE [RUNS]: milliseconds from a picture of 1,024 packets to its edges, as the
 * workbench does it while thresholds are moved, and of drawing on them; medians and the longest. */
#include <stdio.h>
#include <stdlib.h>

#include "app/dataset/control_map.h"
#include "app/jobs/edge_field.h"
#include "app/trace/capture.h"

typedef struct {
    Image *image;
    EdgeField *field;
    ControlMap *map;
} Bench;

static void
make_field(Bench *bench, int run)
{
    edge_field_unref(edge_field_new(bench->image, run % 2 == 1, NULL));
}

/* Thresholds from all edges to hardly any. */
static void
threshold(Bench *bench, int run)
{
    const double high = run % 50 * EDGE_MAX_THRESHOLD / 50;

    image_free(edge_field_threshold(bench->field, high / 2, high, NULL));
}

static void
both(Bench *bench, int run)
{
    g_autoptr(EdgeField) field = edge_field_new(bench->image, false, NULL);

    image_free(edge_field_threshold(field, EDGE_LOW, EDGE_HIGH, NULL));
}

/* A stroke of 20 pixels with a broad brush, from the press to what undoes it. */
static void
stroke(Bench *bench, int run)
{
    control_map_begin(bench->map);
    control_map_line(bench->map, run, run, run + 20, run + 5, 32, MARK_WHITE);
    control_delta_free(control_map_end(bench->map));
}

static void
flood(Bench *bench, int run)
{
    control_map_begin(bench->map);
    control_map_flood(bench->map, bench->map->width - 1, bench->map->height - 1,
                      run % 2 ? MARK_BLACK : MARK_WHITE);
    control_delta_free(control_map_end(bench->map));
}

static int
compare_times(const void *a, const void *b)
{
    const gint64 first = *(const gint64 *)a, second = *(const gint64 *)b;

    return first < second ? -1 : first > second;
}

static void
measure(Bench *bench, const char *says, void (*step)(Bench *, int), int n_runs)
{
    g_autofree gint64 *us = g_new(gint64, n_runs);

    for (int i = 0; i < n_runs; i++) {
        gint64 before = g_get_monotonic_time();

        step(bench, i);
        us[i] = g_get_monotonic_time() - before;
    }
    qsort(us, n_runs, sizeof *us, compare_times);
    printf("%-28s %6.2f ms, at most %6.2f ms\n", says, (double)us[n_runs / 2] / 1e3,
           (double)us[n_runs - 1] / 1e3);
}

int
main(int argc, char **argv)
{
    const int n_runs = argc > 2 ? atoi(argv[2]) : 101;
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) trace = NULL;
    Bench bench = {0};

    if (argc < 2 || n_runs < 1) {
        fprintf(stderr, "edges_bench CAPTURE [RUNS]\n");
        return 2;
    }
    trace = trace_read_capture(argv[1], layout_default(), IMAGE_ROWS, NULL, &error);
    if (!trace) {
        fprintf(stderr, "%s\n", error->message);
        return 1;
    }
    bench.image = trace_draw(trace, 0, IMAGE_ROWS, PALETTE_TORCHLIGHT);
    bench.field = edge_field_new(bench.image, false, &error);
    if (bench.field) {
        measure(&bench, "gradient and its maxima", make_field, n_runs);
        measure(&bench, "thresholds", threshold, n_runs);
        measure(&bench, "both", both, n_runs);
        bench.map = control_map_new(bench.image->width, bench.image->height);
        measure(&bench, "a stroke", stroke, n_runs);
        measure(&bench, "a fill", flood, n_runs);
        control_map_free(bench.map);
    }
    edge_field_unref(bench.field);
    image_free(bench.image);
    return 0;
}
