/* SPDX-License-Identifier: Apache-2.0 */
/* Figures without a window: axes, ticks, files. */
#include <glib/gstdio.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include "app/plot/plot_export.h"

static Plot *
make_plot(int n)
{
    Plot *plot = plot_new();
    PlotSeries *series = plot_add_series(plot, PLOT_LINE, "Loss, \"raw\"", 0);

    plot_set_title(plot, "Loss of Web");
    plot_axis_set(&plot->x, "Step", NAN, NAN);
    for (int i = 0; i < n; i++)
        plot_series_append(series, i + 1, 2 + sin(i));
    return plot;
}

static void
check_ticks(double low, double high, int n_max, bool logarithmic)
{
    g_autoptr(GArray) ticks = plot_ticks(low, high, n_max, logarithmic);
    double before = -INFINITY;

    g_assert_cmpuint(ticks->len, >=, 1);
    g_assert_cmpuint(ticks->len, <=, n_max + 1);
    for (guint i = 0; i < ticks->len; i++) {
        double tick = g_array_index(ticks, double, i);

        g_assert_cmpfloat(tick, >, before);
        g_assert_cmpfloat(tick, >=, low - fabs(low) * 1e-6 - 1e-12);
        g_assert_cmpfloat(tick, <=, high + fabs(high) * 1e-6 + 1e-12);
        before = tick;
    }
}

static void
test_ticks(void)
{
    g_autofree char *text = plot_tick_text(0.30000000000000004, 0.1);

    for (int n = 2; n < 11; n++) {
        check_ticks(0, 1, n, false);
        check_ticks(-3.7, 12345, n, false);
        check_ticks(1e-9, 2e-9, n, false);
        check_ticks(1e-4, 1e3, n, true);
    }
    g_assert_cmpstr(text, ==, "0.3");
}

static void
test_range(void)
{
    g_autoptr(Plot) plot = make_plot(100);
    g_autoptr(Plot) empty = plot_new();
    g_autoptr(Plot) flat = plot_new();
    PlotRange range = plot_range(plot);

    g_assert_cmpfloat(range.x_low, ==, 1);
    g_assert_cmpfloat(range.x_high, ==, 100);
    g_assert_cmpfloat(range.y_low, <, 1.01);
    g_assert_cmpfloat(range.y_high, >, 2.99);
    plot->y.low = 0;
    g_assert_cmpfloat(plot_range(plot).y_low, ==, 0);
    range = plot_range(empty);
    g_assert_cmpfloat(range.x_high, >, range.x_low);
    plot_series_append(plot_add_series(flat, PLOT_LINE, "flat", 1), 5, 7);
    range = plot_range(flat);
    g_assert_cmpfloat(range.y_low, <, 7);
    g_assert_cmpfloat(range.y_high, >, 7);
}

static void
test_find(void)
{
    g_autoptr(Plot) plot = make_plot(10);
    const PlotSeries *series = plot->series->pdata[0];

    g_assert_cmpint(plot_series_find(series, -100), ==, 0);
    g_assert_cmpint(plot_series_find(series, 3.4), ==, 2);
    g_assert_cmpint(plot_series_find(series, 3.6), ==, 3);
    g_assert_cmpint(plot_series_find(series, 100), ==, 9);
}

static void
test_words(void)
{
    g_autoptr(Plot) plot = make_plot(3);
    g_autoptr(Plot) empty = plot_new();
    g_autofree char *text = plot_describe(plot);
    g_autofree char *none = plot_describe(empty);

    g_assert_true(g_str_has_prefix(text, "Loss of Web"));
    g_assert_nonnull(strstr(text, "3 values"));
    g_assert_cmpstr(none, !=, "");
}

/* Every file is what its ending says; CSV is read by others whatever the locale. */
static void
test_files(void)
{
    static const struct {
        const char *name, *start;
    } files[] = {{"a.png", "\x89PNG"},
                 {"a.svg", "<?xml"},
                 {"a.csv", "series,x,y\n\"Loss, \"\"raw\"\"\",1,2\n"}};
    g_autoptr(Plot) plot = make_plot(2000);
    g_autofree char *dir = g_dir_make_tmp("torchlight-plot.XXXXXX", NULL);
    const PlotStyle style = {
        .width = 400, .height = 300, .with_ground = true, .text_size = 12, .hover_x = 700};
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(dir, files[i].name, NULL);
        g_autofree char *content = NULL;

        plot_export(plot, &style, path, &error);
        g_assert_no_error(error);
        g_assert_true(g_file_get_contents(path, &content, NULL, NULL));
        g_assert_true(g_str_has_prefix(content, files[i].start));
        g_unlink(path);
    }
    g_assert_false(plot_export(plot, &style, "a.txt", &error));
    g_assert_nonnull(strstr(error->message, "a.txt"));
    g_rmdir(dir);
}

int
main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plot/ticks", test_ticks);
    g_test_add_func("/plot/range", test_range);
    g_test_add_func("/plot/find", test_find);
    g_test_add_func("/plot/words", test_words);
    g_test_add_func("/plot/files", test_files);
    return g_test_run();
}
