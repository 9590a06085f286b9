/* SPDX-License-Identifier: Apache-2.0 */
/* The values of a figure, and what its axes make of them. */
#include "app/plot/plot.h"

#include <glib/gi18n-lib.h>
#include <math.h>

static void
series_free(void *data)
{
    PlotSeries *series = data;

    g_free(series->name);
    g_array_unref(series->points);
    g_free(series);
}

Plot *
plot_new(void)
{
    Plot *plot = g_new0(Plot, 1);

    plot->x.low = plot->x.high = plot->y.low = plot->y.high = NAN;
    plot->series = g_ptr_array_new_with_free_func(series_free);
    return plot;
}

void
plot_free(Plot *plot)
{
    if (!plot)
        return;
    g_free(plot->title);
    g_free(plot->x.label);
    g_free(plot->y.label);
    g_ptr_array_unref(plot->series);
    g_free(plot);
}

void
plot_set_title(Plot *plot, const char *title)
{
    g_free(plot->title);
    plot->title = g_strdup(title);
}

void
plot_axis_set(PlotAxis *axis, const char *label, double low, double high)
{
    g_free(axis->label);
    axis->label = g_strdup(label);
    axis->low = low;
    axis->high = high;
}

PlotSeries *
plot_add_series(Plot *plot, PlotKind kind, const char *name, int colour)
{
    PlotSeries *series = g_new0(PlotSeries, 1);

    series->name = g_strdup(name);
    series->kind = kind;
    series->colour = colour;
    series->points = g_array_new(FALSE, FALSE, sizeof(PlotPoint));
    g_ptr_array_add(plot->series, series);
    return series;
}

void
plot_series_append(PlotSeries *series, double x, double y)
{
    PlotPoint point = {x, y};

    g_array_append_val(series->points, point);
}

void
plot_clear_series(Plot *plot)
{
    g_ptr_array_set_size(plot->series, 0);
}

bool
plot_is_empty(const Plot *plot)
{
    for (guint i = 0; i < plot->series->len; i++) {
        const PlotSeries *series = plot->series->pdata[i];

        if (series->points->len > 0)
            return false;
    }
    return true;
}

/* --- axes --- */

static void
include(double value, bool logarithmic, double *low, double *high)
{
    if (!isfinite(value) || (logarithmic && value <= 0))
        return;
    *low = isnan(*low) ? value : fmin(*low, value);
    *high = isnan(*high) ? value : fmax(*high, value);
}

/* Fills what the axis leaves open; margin: share of the span to add at both ends. */
static void
settle(const PlotAxis *axis, double margin, double *low, double *high)
{
    double span;

    if (isnan(*low)) {
        *low = axis->logarithmic ? 0.1 : 0;
        *high = 1;
    }
    if (axis->logarithmic) {
        double factor = fmax(pow(*high / *low, margin), *high > *low ? 1 : 2);

        *low = isnan(axis->low) ? *low / factor : axis->low;
        *high = isnan(axis->high) ? *high * factor : axis->high;
    } else {
        span = *high > *low ? *high - *low : fmax(fabs(*high), 1) * 0.2;
        margin = *high > *low ? margin : 0.5;
        *low = isnan(axis->low) ? *low - span * margin : axis->low;
        *high = isnan(axis->high) ? *high + span * margin : axis->high;
    }
    if (!(*high > *low))
        *high = *low + fmax(fabs(*low), 1) * 1e-3;
}

PlotRange
plot_range(const Plot *plot)
{
    PlotRange range = {NAN, NAN, NAN, NAN};

    for (guint i = 0; i < plot->series->len; i++) {
        const PlotSeries *series = plot->series->pdata[i];

        for (guint j = 0; j < series->points->len; j++) {
            const PlotPoint *point = &g_array_index(series->points, PlotPoint, j);

            include(point->x, plot->x.logarithmic, &range.x_low, &range.x_high);
            include(point->y, plot->y.logarithmic, &range.y_low, &range.y_high);
        }
    }
    settle(&plot->x, 0, &range.x_low, &range.x_high);
    settle(&plot->y, 0.06, &range.y_low, &range.y_high);
    return range;
}

static double
nice_step(double span, int n_max)
{
    double raw = span / MAX(1, n_max), power = pow(10, floor(log10(raw)));
    double factor = raw / power;

    return power * (factor <= 1.0000001   ? 1
                    : factor <= 2.0000001 ? 2
                    : factor <= 5.0000001 ? 5
                                          : 10);
}

GArray *
plot_ticks(double low, double high, int n_max, bool logarithmic)
{
    GArray *ticks = g_array_new(FALSE, FALSE, sizeof(double));

    g_return_val_if_fail(isfinite(low) && isfinite(high) && high > low, ticks);
    if (logarithmic && low > 0) {
        int first = (int)ceil(log10(low) - 1e-9), last = (int)floor(log10(high) + 1e-9);
        int stride = MAX(1, (last - first + n_max) / MAX(1, n_max));

        for (int power = first; power <= last; power += stride) {
            double value = pow(10, power);

            g_array_append_val(ticks, value);
        }
        if (ticks->len >= 2)
            return ticks;
        g_array_set_size(ticks, 0);
    }
    double step = nice_step(high - low, n_max);
    for (double i = ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
        double value = i * step;

        g_array_append_val(ticks, value);
    }
    return ticks;
}

char *
plot_tick_text(double value, double step)
{
    int digits;

    if (fabs(value) < step * 1e-6)
        return g_strdup("0");
    if (fabs(value) >= 1e6 || fabs(value) < 1e-3)
        return g_strdup_printf("%.3g", value);
    digits = step < 1 ? CLAMP((int)ceil(-log10(step) - 1e-9), 0, 9) : 0;
    return g_strdup_printf("%.*f", digits, value);
}

int
plot_series_find(const PlotSeries *series, double x)
{
    guint low = 0, high = series->points->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;

        if (g_array_index(series->points, PlotPoint, middle).x < x)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == series->points->len)
        return (int)low - 1;
    if (low > 0 && x - g_array_index(series->points, PlotPoint, low - 1).x <
                       g_array_index(series->points, PlotPoint, low).x - x)
        low--;
    return (int)low;
}

char *
plot_describe(const Plot *plot)
{
    GString *text = g_string_new(plot->title ? plot->title : "");

    for (guint i = 0; i < plot->series->len; i++) {
        const PlotSeries *series = plot->series->pdata[i];
        const PlotPoint *last;

        if (series->points->len == 0)
            continue;
        last = &g_array_index(series->points, PlotPoint, series->points->len - 1);
        /* Translators: a curve; how many points; the value of the last, and where it stands. */
        g_string_append_printf(text, _("%s%s: %u values, the last %.4g at %.4g"),
                               text->len ? ". " : "", series->name, series->points->len, last->y,
                               last->x);
    }
    if (plot_is_empty(plot))
        g_string_append_printf(text, "%s%s", text->len ? ". " : "", _("No values yet"));
    return g_string_free(text, FALSE);
}
