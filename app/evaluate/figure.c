/* SPDX-License-Identifier: Apache-2.0 */
/* Figures made and unmade. */
#include "app/evaluate/figure.h"

#include <math.h>

static const char *const kind_names[N_FIGURE_KINDS] = {"bars", "curve", "heat-map", "violin"};

const char *
figure_kind_name(FigureKind kind)
{
    return kind_names[kind];
}

static void
axis_init(FigureAxis *axis)
{
    *axis = (FigureAxis){.label = g_strdup(""),
                         .unit = g_strdup(""),
                         .names = g_ptr_array_new_with_free_func(g_free),
                         .min = NAN,
                         .max = NAN};
}

static void
axis_clear(FigureAxis *axis)
{
    g_free(axis->label);
    g_free(axis->unit);
    g_ptr_array_unref(axis->names);
}

static void
series_free(void *data)
{
    FigureSeries *series = data;

    g_free(series->name);
    g_free(series->class);
    g_array_unref(series->x);
    g_array_unref(series->y);
    g_array_unref(series->low);
    g_array_unref(series->high);
    g_free(series);
}

static void
number_free(void *data)
{
    FigureNumber *number = data;

    g_free(number->name);
    g_free(number);
}

Figure *
figure_new(const char *id, FigureKind kind, const char *title)
{
    Figure *figure = g_atomic_rc_box_new0(Figure);

    figure->id = g_strdup(id);
    figure->kind = kind;
    figure->title = g_strdup(title);
    figure->explanation = g_strdup("");
    figure->source = g_strdup("");
    axis_init(&figure->x);
    axis_init(&figure->y);
    figure->series = g_ptr_array_new_with_free_func(series_free);
    figure->numbers = g_ptr_array_new_with_free_func(number_free);
    return figure;
}

static void
figure_clear(void *data)
{
    Figure *figure = data;

    g_free(figure->id);
    g_free(figure->title);
    g_free(figure->explanation);
    g_free(figure->source);
    axis_clear(&figure->x);
    axis_clear(&figure->y);
    g_ptr_array_unref(figure->series);
    g_ptr_array_unref(figure->numbers);
}

Figure *
figure_ref(Figure *figure)
{
    return g_atomic_rc_box_acquire(figure);
}

void
figure_free(Figure *figure)
{
    if (figure)
        g_atomic_rc_box_release_full(figure, figure_clear);
}

static void
replace(char **text, const char *with)
{
    g_free(*text);
    *text = g_strdup(with);
}

void
figure_explain(Figure *figure, const char *explanation, const char *source)
{
    replace(&figure->explanation, explanation);
    replace(&figure->source, source);
}

void
figure_axis_label(FigureAxis *axis, const char *label, const char *unit)
{
    replace(&axis->label, label);
    replace(&axis->unit, unit);
}

void
figure_axis_add_name(FigureAxis *axis, const char *name)
{
    g_ptr_array_add(axis->names, g_strdup(name));
}

FigureSeries *
figure_add_series(Figure *figure, const char *name, const char *class)
{
    FigureSeries *series = g_new0(FigureSeries, 1);

    series->name = g_strdup(name);
    series->class = g_strdup(class);
    series->x = g_array_new(FALSE, FALSE, sizeof(double));
    series->y = g_array_new(FALSE, FALSE, sizeof(double));
    series->low = g_array_new(FALSE, FALSE, sizeof(double));
    series->high = g_array_new(FALSE, FALSE, sizeof(double));
    g_ptr_array_add(figure->series, series);
    return series;
}

void
figure_series_add(FigureSeries *series, double x, double y, double low, double high)
{
    guint n = series->y->len;

    if (!isnan(x))
        g_array_append_val(series->x, x);
    g_array_append_val(series->y, y);
    if (isnan(low) && series->low->len == 0)
        return;
    for (double none = NAN; series->low->len < n;) { /* of the points before */
        g_array_append_val(series->low, none);
        g_array_append_val(series->high, none);
    }
    g_array_append_val(series->low, low);
    g_array_append_val(series->high, high);
}

void
figure_add_number(Figure *figure, const char *name, double value, double low, double high)
{
    FigureNumber *number = g_new(FigureNumber, 1);

    *number = (FigureNumber){g_strdup(name), value, low, high};
    g_ptr_array_add(figure->numbers, number);
}

Figures *
figures_new(const char *title)
{
    Figures *figures = g_new0(Figures, 1);

    figures->title = g_strdup(title);
    figures->parameters = json_object_new();
    figures->figures = g_ptr_array_new_with_free_func((GDestroyNotify)figure_free);
    return figures;
}

void
figures_free(Figures *figures)
{
    if (!figures)
        return;
    g_free(figures->title);
    json_object_unref(figures->parameters);
    g_ptr_array_unref(figures->figures);
    g_free(figures);
}
