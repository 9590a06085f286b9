/* SPDX-License-Identifier: Apache-2.0 */
/* Figures as tables for other programs, and as sentences for who cannot see them. */
#include "app/evaluate/figure.h"

#include <glib/gi18n-lib.h>
#include <math.h>

enum { MAX_SAID = 24 }; /* numbers in a description */

char *
figure_number_text(double value)
{
    double size = fabs(value);

    if (isnan(value))
        return g_strdup("–");
    if (size > 0 && (size < 0.001 || size >= 1e7))
        return g_strdup_printf("%.2g", value);
    return size >= 1000   ? g_strdup_printf("%.0f", value)
           : size >= 100  ? g_strdup_printf("%.0f", value)
           : size >= 10   ? g_strdup_printf("%.3g", value)
           : value == 0.0 ? g_strdup("0")
                          : g_strdup_printf("%.3g", value);
}

/* --- CSV --- */

static void
add_cell(GString *csv, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        g_string_append(csv, text);
        return;
    }
    g_string_append_c(csv, '"');
    for (; *text; text++) {
        if (*text == '"')
            g_string_append_c(csv, '"');
        g_string_append_c(csv, *text);
    }
    g_string_append_c(csv, '"');
}

static void
add_number(GString *csv, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_append_c(csv, ',');
    if (!isnan(value))
        g_string_append(csv, g_ascii_formatd(text, sizeof text, "%.9g", value));
}

/* The place on the x axis: a name, or a number. A violin's values have none but their order. */
static void
add_x(GString *csv, const Figure *figure, const FigureSeries *series, guint i)
{
    if (figure->kind == FIGURE_BARS || figure->kind == FIGURE_HEAT_MAP) {
        g_string_append_c(csv, ',');
        add_cell(csv, figure->x.names->pdata[i]);
    } else {
        add_number(csv, figure->kind == FIGURE_VIOLIN ? (double)i : figure_at(series->x, i));
    }
}

char *
figure_to_csv(const Figure *figure)
{
    GString *csv = g_string_new("series,class,x,y,low,high\r\n");

    for (guint i = 0; i < figure->series->len; i++) {
        const FigureSeries *series = figure_series(figure, i);

        for (guint k = 0; k < series->y->len; k++) {
            add_cell(csv, series->name);
            g_string_append_c(csv, ',');
            add_cell(csv, series->class);
            add_x(csv, figure, series, k);
            add_number(csv, figure_at(series->y, k));
            add_number(csv, figure_at(series->low, k));
            add_number(csv, figure_at(series->high, k));
            g_string_append(csv, "\r\n");
        }
    }
    return g_string_free(csv, FALSE);
}

/* --- description --- */

static const char *
kind_title(FigureKind kind)
{
    static const char *const titles[N_FIGURE_KINDS] = {N_("Bar chart"), N_("Curve"), N_("Heat map"),
                                                       N_("Violin plot")};

    return _(titles[kind]);
}

static void
say(GString *text, const char *name, double value, double low, double high)
{
    g_autofree char *number = figure_number_text(value);

    g_string_append_printf(text, "\n%s: %s", name, number);
    if (!isnan(low) && !isnan(high)) {
        g_autofree char *from = figure_number_text(low);
        g_autofree char *to = figure_number_text(high);

        g_string_append_printf(text, _(" (%s to %s)"), from, to);
    }
}

char *
figure_readout(const Figure *figure, guint s, guint index)
{
    const FigureSeries *series = figure_series(figure, s);
    GString *text = g_string_new(NULL);
    g_autofree char *x = NULL;

    if (figure->kind == FIGURE_CURVE) {
        x = figure_number_text(figure_at(series->x, index));
        g_string_append_printf(text, "%s: %s", figure->x.label, x);
        for (guint i = 0; i < figure->series->len; i++) {
            const FigureSeries *other = figure_series(figure, i);
            g_autofree char *y = figure_number_text(figure_at(other->y, index));

            g_string_append_printf(text, " · %s: %s", other->name, y);
        }
        return g_string_free(text, FALSE);
    }
    if (figure->kind == FIGURE_VIOLIN) {
        guint n = series->y->len;

        g_string_append_printf(text, "%s, %s", series->class, series->name);
        say(text, _("Median, and the middle half"), figure_at(series->y, n / 2),
            figure_at(series->y, n / 4), figure_at(series->y, n * 3 / 4));
        return g_string_free(text, FALSE);
    }
    g_string_append_printf(text, "%s, %s", (char *)figure->x.names->pdata[index], series->name);
    say(text, figure->y.label, figure_at(series->y, index), figure_at(series->low, index),
        figure_at(series->high, index));
    return g_string_free(text, FALSE);
}

static void
say_bars(GString *text, const Figure *figure)
{
    int n = 0;

    for (guint g = 0; g < figure->x.names->len; g++) {
        for (guint i = 0; i < figure->series->len && n < MAX_SAID; i++, n++) {
            const FigureSeries *series = figure_series(figure, i);
            g_autofree char *name =
                g_strdup_printf("%s, %s", (char *)figure->x.names->pdata[g], series->name);

            say(text, name, figure_at(series->y, g), figure_at(series->low, g),
                figure_at(series->high, g));
        }
    }
}

/* Least and greatest of the numbers that are known. */
static void
range(const GArray *numbers, double *least, double *greatest)
{
    *least = *greatest = NAN;
    for (guint i = 0; i < numbers->len; i++) {
        double value = g_array_index(numbers, double, i);

        if (isnan(value))
            continue;
        *least = isnan(*least) ? value : MIN(*least, value);
        *greatest = isnan(*greatest) ? value : MAX(*greatest, value);
    }
}

static void
say_heat_map(GString *text, const Figure *figure)
{
    for (guint i = 0; i < figure->series->len && i < MAX_SAID; i++) {
        double least, greatest;

        range(figure_series(figure, i)->y, &least, &greatest);
        if (!isnan(least)) {
            g_autofree char *from = figure_number_text(least);
            g_autofree char *to = figure_number_text(greatest);

            g_string_append_printf(text, _("\n%s: %s to %s"), (char *)figure->y.names->pdata[i],
                                   from, to);
        }
    }
}

static void
say_spread(GString *text, const Figure *figure)
{
    for (guint i = 0; i < figure->series->len && i < MAX_SAID; i++) {
        const FigureSeries *series = figure_series(figure, i);
        guint n = series->y->len;
        g_autofree char *name =
            *series->class ? g_strdup_printf("%s, %s", series->class, series->name)
                           : g_strdup(series->name);

        if (n > 0 && figure->kind == FIGURE_VIOLIN)
            say(text, name, figure_at(series->y, n / 2), figure_at(series->y, n / 4),
                figure_at(series->y, n * 3 / 4));
        else if (n > 0)
            say(text, name, figure_at(series->y, n - 1), NAN, NAN);
    }
}

char *
figure_describe(const Figure *figure)
{
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "%s: %s.", kind_title(figure->kind), figure->title);
    if (*figure->explanation)
        g_string_append_printf(text, " %s", figure->explanation);
    if (figure->numbers->len > 0) {
        for (guint i = 0; i < MIN(figure->numbers->len, MAX_SAID); i++) {
            const FigureNumber *number = figure->numbers->pdata[i];

            say(text, number->name, number->value, number->low, number->high);
        }
    } else if (figure->kind == FIGURE_BARS) {
        say_bars(text, figure);
    } else if (figure->kind == FIGURE_HEAT_MAP) {
        say_heat_map(text, figure);
    } else {
        say_spread(text, figure);
    }
    return g_string_free(text, FALSE);
}
