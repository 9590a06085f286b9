/* SPDX-License-Identifier: Apache-2.0 */
/* picture_bench CAPTURE [RUNS]: CPU milliseconds to draw, write and read the picture of the first
 * 1,024 packets; medians. The picture goes into $TMPDIR. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "app/trace/capture.h"
#include "app/trace/image.h"

typedef struct {
    Trace *trace;
    char *path;
} Bench;

static void
draw(Bench *bench)
{
    image_free(trace_draw(bench->trace, 0, IMAGE_ROWS, PALETTE_TORCHLIGHT));
}

static void
write_picture(Bench *bench)
{
    g_autoptr(GError) error = NULL;

    if (!trace_write_png(bench->trace, bench->path, PALETTE_TORCHLIGHT, &error))
        g_error("%s", error->message);
}

static void
read_pixels(Bench *bench)
{
    image_free(image_read_png(bench->path, 3, NULL, NULL));
}

static void
read_picture(Bench *bench)
{
    trace_free(trace_read_png(bench->path, NULL, NULL, NULL));
}

static double
cpu_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int
compare_doubles(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;

    return difference < 0 ? -1 : difference > 0;
}

static void
measure(Bench *bench, const char *says, void (*run)(Bench *), int n_runs)
{
    g_autofree double *ms = g_new(double, n_runs);

    for (int i = 0; i < n_runs; i++) {
        double before = cpu_ms();

        run(bench);
        ms[i] = cpu_ms() - before;
    }
    qsort(ms, n_runs, sizeof *ms, compare_doubles);
    printf("%-36s %6.2f ms\n", says, ms[n_runs / 2]);
}

int
main(int argc, char **argv)
{
    int n_runs = argc > 2 ? atoi(argv[2]) : 101;
    g_autoptr(GError) error = NULL;
    Bench bench = {0};
    char *content;
    gsize size;

    if (argc < 2 || n_runs < 1) {
        fprintf(stderr, "picture_bench CAPTURE [RUNS]\n");
        return 2;
    }
    bench.trace = trace_read_capture(argv[1], layout_default(), IMAGE_ROWS, NULL, &error);
    if (!bench.trace) {
        fprintf(stderr, "%s\n", error->message);
        return 1;
    }
    bench.path = g_build_filename(g_get_tmp_dir(), "torchlight-picture-bench.png", NULL);
    measure(&bench, "draw", draw, n_runs);
    measure(&bench, "draw and write, with all beside it", write_picture, n_runs);
    measure(&bench, "read the pixels", read_pixels, n_runs);
    measure(&bench, "read the trace", read_picture, n_runs);
    if (g_file_get_contents(bench.path, &content, &size, NULL)) {
        printf("%d packets, %zu bytes\n", bench.trace->n_rows, (size_t)size);
        g_free(content);
    }
    remove(bench.path);
    g_free(bench.path);
    trace_free(bench.trace);
    return 0;
}
