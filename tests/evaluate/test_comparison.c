/* SPDX-License-Identifier: Apache-2.0 */
/* Populations made by hand, and what the figures say of them. */
#include "app/evaluate/comparison.h"

#include <math.h>

/* n packets of UDP with this TTL and size, 10 ms apart, two forth and one back. */
static Trace *
make_trace(int n, uint32_t ttl, uint32_t size)
{
    Trace *trace = trace_new(layout_default(), n);

    trace->sides = TRACE_HAS_TIMES | TRACE_HAS_DIRECTIONS;
    for (int row = 0; row < n; row++) {
        trace_set(trace, row, FIELD_IPV4_VER, 4);
        trace_set(trace, row, FIELD_IPV4_TTL, ttl + (uint32_t)row % 2);
        trace_set(trace, row, FIELD_IPV4_TL, size);
        trace_set(trace, row, FIELD_UDP_DPORT, 53);
        trace->rows[row].time_ns = (int64_t)row * 10000000;
        trace->rows[row].direction = row % 3 == 2;
    }
    return trace;
}

static void
add(Comparison *comparison, Side side, int n_traces, uint32_t ttl, uint32_t size)
{
    for (int i = 0; i < n_traces; i++) {
        g_autoptr(Trace) trace = make_trace(60, ttl, size);

        comparison_add(comparison, "web", side, trace, n_traces == 1);
    }
}

static const Figure *
find(const Figures *figures, const char *id)
{
    for (guint i = 0; i < figures->figures->len; i++) {
        const Figure *figure = figures->figures->pdata[i];

        if (g_str_equal(figure->id, id))
            return figure;
    }
    g_error("no figure %s", id);
}

static double
first(const Figure *figure, guint series)
{
    return figure_at(figure_series(figure, series)->y, 0);
}

static void
test_same(void)
{
    g_autoptr(Comparison) comparison = comparison_new();
    g_autoptr(Figures) figures = NULL;

    add(comparison, SIDE_REAL, 4, 60, 100);
    add(comparison, SIDE_GENERATED, 4, 60, 100);
    figures = comparison_to_figures(comparison, "same");
    for (guint series = 0; series < 2; series++) {
        g_assert_cmpfloat(first(find(figures, "field-divergence"), series), ==, 0);
        g_assert_cmpfloat(first(find(figures, "packet-size-distance"), series), ==, 0);
        g_assert_cmpfloat(first(find(figures, "packet-gap-distance"), series), ==, 0);
    }
}

static void
test_other(void)
{
    g_autoptr(Comparison) comparison = comparison_new();
    g_autoptr(Figures) figures = NULL;
    const Figure *map;

    add(comparison, SIDE_REAL, 4, 60, 100);
    add(comparison, SIDE_GENERATED, 1, 120, 350);
    figures = comparison_to_figures(comparison, "other");
    g_assert_cmpfloat(first(find(figures, "packet-size-distance"), 0), ==, 250);
    g_assert_cmpfloat(first(find(figures, "packet-size-distance"), 1), ==, 0);
    map = find(figures, "field-divergence-map");
    for (guint i = 0; i < map->series->len; i++) {
        const char *name = figure_series(map, i)->name;

        g_assert_cmpfloat(first(map, i), ==,
                          g_str_equal(name, "ipv4_ttl") || g_str_equal(name, "ipv4_tl") ? 1 : 0);
    }
    g_assert_cmpuint(map->series->len, ==, 4);
}

static void
test_shares(void)
{
    g_autoptr(Comparison) comparison = comparison_new();
    g_autoptr(Figures) figures = NULL;
    const Figure *headers, *bursts;
    const FigureSeries *curve;

    add(comparison, SIDE_REAL, 3, 60, 100);
    add(comparison, SIDE_GENERATED, 3, 60, 100);
    figures = comparison_to_figures(comparison, "shares");
    headers = find(figures, "headers");
    g_assert_cmpfloat(figure_at(figure_series(headers, 0)->y, SHARE_IPV4), ==, 100);
    g_assert_cmpfloat(figure_at(figure_series(headers, 0)->y, SHARE_TCP), ==, 0);
    g_assert_cmpfloat(figure_at(figure_series(headers, 1)->y, SHARE_UDP), ==, 100);
    bursts = find(figures, "bursts");
    curve = figure_series(bursts, 0); /* bursts of two and of one, as many of each */
    g_assert_cmpuint(curve->y->len, ==, 2);
    g_assert_cmpfloat(figure_at(curve->y, 1), ==, 50);
}

/* Every figure that a comparison makes can be read back: an empty side too. */
static void
test_file(void)
{
    g_autoptr(Comparison) comparison = comparison_new();
    g_autoptr(Figures) figures = NULL;
    g_autoptr(Figures) again = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;

    add(comparison, SIDE_REAL, 2, 60, 100);
    figures = comparison_to_figures(comparison, "file");
    text = figures_to_json(figures);
    again = figures_from_json(text, strlen(text), "x", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(again->figures->len, ==, figures->figures->len);
    for (guint i = 0; i < again->figures->len; i++) {
        g_autofree char *csv = figure_to_csv(again->figures->pdata[i]);
        g_autofree char *said = figure_describe(again->figures->pdata[i]);

        g_assert_true(g_str_has_prefix(csv, "series,"));
        g_assert_cmpuint(strlen(said), >, 20);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/comparison/same", test_same);
    g_test_add_func("/comparison/other", test_other);
    g_test_add_func("/comparison/shares", test_shares);
    g_test_add_func("/comparison/file", test_file);
    return g_test_run();
}
