/* SPDX-License-Identifier: Apache-2.0 */
/* Files of figures: written and read again, and read from a hostile hand. */
#include "app/evaluate/figure.h"

#include <math.h>
#include <string.h>

static Figures *
make_figures(void)
{
    Figures *figures = figures_new("A “comparison”");
    Figure *bars = figure_new("bars", FIGURE_BARS, "Bars");
    Figure *map = figure_new("map", FIGURE_HEAT_MAP, "Map");
    Figure *violin = figure_new("violin", FIGURE_VIOLIN, "Violin");
    FigureSeries *series;

    figure_explain(bars, "What it is.", "Somebody 1999");
    figure_axis_label(&bars->y, "Share", "%");
    bars->y.min = 0;
    figure_axis_add_name(&bars->x, "web, \"old\"");
    figure_axis_add_name(&bars->x, "dns");
    series = figure_add_series(bars, "real", "");
    figure_series_add(series, NAN, 0.25, 0.125, 0.5);
    figure_series_add(series, NAN, NAN, NAN, NAN);
    figure_add_number(bars, "web", 0.25, NAN, NAN);
    figure_axis_add_name(&map->x, "a");
    figure_axis_add_name(&map->y, "row");
    figure_series_add(figure_add_series(map, "row", ""), NAN, 1, NAN, NAN);
    violin->y.logarithmic = true;
    figure_axis_add_name(&violin->x, "a");
    series = figure_add_series(violin, "real", "a");
    for (int i = 0; i < 5; i++)
        figure_series_add(series, NAN, i * 10, NAN, NAN);
    g_ptr_array_add(figures->figures, bars);
    g_ptr_array_add(figures->figures, map);
    g_ptr_array_add(figures->figures, violin);
    json_object_set_int_member(figures->parameters, "seed", 7);
    return figures;
}

static void
test_round_trip(void)
{
    g_autoptr(Figures) figures = make_figures();
    g_autofree char *text = figures_to_json(figures);
    g_autoptr(GError) error = NULL;
    g_autoptr(Figures) again = figures_from_json(text, strlen(text), "x.json", &error);
    g_autofree char *second = NULL;
    const Figure *bars;

    g_assert_no_error(error);
    second = figures_to_json(again);
    g_assert_cmpstr(text, ==, second);
    bars = again->figures->pdata[0];
    g_assert_cmpuint(bars->x.names->len, ==, 2);
    g_assert_cmpfloat(figure_at(figure_series(bars, 0)->low, 0), ==, 0.125);
    g_assert_true(isnan(figure_at(figure_series(bars, 0)->y, 1)));
    g_assert_true(isnan(bars->y.max));
    g_assert_cmpint(json_object_get_int_member(again->parameters, "seed"), ==, 7);
}

static void
test_csv(void)
{
    g_autoptr(Figures) figures = make_figures();
    g_autofree char *csv = figure_to_csv(figures->figures->pdata[0]);
    g_autofree char *said = figure_describe(figures->figures->pdata[0]);

    g_assert_cmpstr(csv, ==,
                    "series,class,x,y,low,high\r\n"
                    "real,,\"web, \"\"old\"\"\",0.25,0.125,0.5\r\n"
                    "real,,dns,,,\r\n");
    g_assert_nonnull(strstr(said, "Bars"));
    g_assert_nonnull(strstr(said, "web: 0.25"));
}

#define HEAD "{\"format\":\"torchlight-figures\",\"version\":1,\"figures\":["

static void
test_hostile(void)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"format\":\"torchlight-figures\",\"version\":2,\"figures\":[]}",
        "{\"format\":\"torchlight-figures\",\"version\":1,\"figures\":{}}",
        HEAD "7]}",
        HEAD "{\"kind\":\"pie\"}]}",
        HEAD "{\"kind\":3}]}",
        HEAD "{\"kind\":\"bars\",\"title\":[]}]}",
        HEAD "{\"kind\":\"bars\",\"x\":7}]}",
        HEAD "{\"kind\":\"bars\",\"x\":{\"names\":[null]}}]}",
        HEAD "{\"kind\":\"bars\",\"x\":{\"min\":2,\"max\":1}}]}",
        HEAD "{\"kind\":\"bars\",\"x\":{\"names\":[\"a\"]},\"series\":[{\"y\":[1,2]}]}]}",
        HEAD "{\"kind\":\"bars\",\"x\":{\"names\":[\"a\"]},\"series\":[{\"y\":[1],\"low\":[]"
             ",\"high\":[1]}]}]}",
        HEAD "{\"kind\":\"bars\",\"x\":{\"names\":[\"a\"]},\"series\":[{\"y\":[1e99]}]}]}",
        HEAD "{\"kind\":\"bars\",\"x\":{\"names\":[\"a\"]},\"series\":[{\"y\":[\"1\"]}]}]}",
        HEAD "{\"kind\":\"bars\",\"series\":[[]]}]}",
        HEAD "{\"kind\":\"curve\",\"series\":[{\"y\":[1],\"x\":[1,2]}]}]}",
        HEAD "{\"kind\":\"heat-map\",\"y\":{\"names\":[\"a\"]}}]}",
        HEAD "{\"kind\":\"violin\",\"series\":[{\"class\":\"a\",\"y\":[1]}]}]}",
        HEAD "{\"kind\":\"violin\",\"x\":{\"names\":[\"a\"]},\"series\":[{\"class\":\"a\",\"y\":["
             "null]}]}]}",
        HEAD "{\"kind\":\"bars\",\"numbers\":[{\"name\":7}]}]}",
        HEAD "\xff]}",
    };

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Figures) figures = figures_from_json(bad[i], strlen(bad[i]), "evil", &error);

        if (figures)
            g_error("taken: %s", bad[i]);
        g_assert_nonnull(strstr(error->message, "evil"));
    }
}

static void
test_deep(void)
{
    g_autofree char *text = g_strnfill(100000, '[');
    g_autoptr(GError) error = NULL;

    g_assert_null(figures_from_json(text, 100000, "deep", &error));
    g_assert_nonnull(error);
}

/* An id may not lead out of the folder that its file goes to, and values of a violin are sorted. */
static void
test_made_safe(void)
{
    static const char text[] =
        HEAD "{\"id\":\"../../x\",\"kind\":\"violin\",\"x\":{\"names\":[\"a\"]},\"series\":["
             "{\"class\":\"a\",\"y\":[3,1,2]}]}]}";
    g_autoptr(GError) error = NULL;
    g_autoptr(Figures) figures = figures_from_json(text, strlen(text), "x", &error);
    const Figure *figure;

    g_assert_no_error(error);
    figure = figures->figures->pdata[0];
    g_assert_cmpstr(figure->id, ==, "______x");
    g_assert_cmpfloat(figure_at(figure_series(figure, 0)->y, 0), ==, 1);
    g_assert_cmpfloat(figure_at(figure_series(figure, 0)->y, 2), ==, 3);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/figure/round-trip", test_round_trip);
    g_test_add_func("/figure/csv", test_csv);
    g_test_add_func("/figure/hostile", test_hostile);
    g_test_add_func("/figure/deep", test_deep);
    g_test_add_func("/figure/made-safe", test_made_safe);
    return g_test_run();
}
