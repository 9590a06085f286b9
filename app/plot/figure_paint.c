/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of figures: bars, violins, heat maps. */
#include "app/plot/figure_paint.h"

#include <math.h>

/* --- bars --- */

static void
paint_whisker(const Painting *p, double low, double high, double y, double size)
{
    double from = painting_x(p, low), to = painting_x(p, high);

    if (isnan(low) || isnan(high))
        return;
    painting_ink(p, 0.75);
    cairo_set_line_width(p->cairo, 1.5);
    cairo_move_to(p->cairo, from, y);
    cairo_line_to(p->cairo, to, y);
    cairo_move_to(p->cairo, from, y - size * 0.25);
    cairo_line_to(p->cairo, from, y + size * 0.25);
    cairo_move_to(p->cairo, to, y - size * 0.25);
    cairo_line_to(p->cairo, to, y + size * 0.25);
    cairo_stroke(p->cairo);
}

static void
paint_bar(const Painting *p, guint s, guint group)
{
    const FigureSeries *series = figure_series(p->figure, s);
    double size = p->style->text_size, thick = size * HIGH_BAR;
    double y = p->top + p->row * group + size * HIGH_GAP / 2 + thick * s;
    double value = figure_at(series->y, group), low = figure_at(series->low, group);
    double high = figure_at(series->high, group);
    double zero = painting_x(p, 0), x = painting_x(p, value);
    double end = isnan(high) ? x : fmax(x, painting_x(p, high));
    g_autofree char *text = figure_number_text(value);
    double width = painting_text_width(p, text);

    if (!isnan(value)) {
        painting_series_ink(p, (int)s, 1);
        cairo_rectangle(p->cairo, fmin(zero, x), y + 1, fabs(x - zero), thick - 2);
        cairo_fill(p->cairo);
        paint_whisker(p, low, high, y + thick / 2, size);
    }
    /* The number stands behind the bar where there is room, else above its end. */
    painting_ink(p, isnan(value) ? 0.5 : 0.85);
    if (isnan(value))
        painting_text(p, text, p->left + size * 0.4, y + thick / 2, 0, 0.5, 0);
    else if (end + width + size * 0.8 < p->left + p->width)
        painting_text(p, text, end + size * 0.5, y + thick / 2, 0, 0.5, 0);
    painting_spot(p, p->left, y, p->width, thick, s, group);
}

void
figure_paint_bars(const Painting *p)
{
    for (guint group = 0; group < p->figure->x.names->len; group++) {
        for (guint s = 0; s < p->figure->series->len; s++)
            paint_bar(p, s, group);
    }
}

/* --- violins --- */

enum { N_DENSITY = 96 };

static double
place(const Painting *p, double value)
{
    return p->logarithmic ? log(fmax(value, p->low)) : value;
}

/* How dense the values are along the axis, 1 at most; by a normal kernel of a quarter of
 * Silverman's width, which is meant for one hump: packets have two or three sizes. */
static void
estimate(const Painting *p, const GArray *values, double *density)
{
    double from = place(p, p->low), to = place(p, p->high), n = values->len;
    double mean = 0, square = 0, width, most = 0;

    for (guint i = 0; i < values->len; i++) {
        double v = place(p, g_array_index(values, double, i));

        mean += v / n;
        square += v * v / n;
    }
    width = 1.06 * sqrt(fmax(0, square - mean * mean)) * pow(n, -0.2) / 4;
    width = fmax(width, (to - from) / N_DENSITY);
    for (int k = 0; k < N_DENSITY; k++) {
        double at = from + (to - from) * k / (N_DENSITY - 1);

        density[k] = 0;
        for (guint i = 0; i < values->len; i++) {
            double d = (at - place(p, g_array_index(values, double, i))) / width;

            density[k] += fabs(d) < 5 ? exp(-d * d / 2) : 0;
        }
        most = fmax(most, density[k]);
    }
    for (int k = 0; k < N_DENSITY && most > 0; k++)
        density[k] /= most;
}

static void
paint_body(const Painting *p, const GArray *values, int colour, double middle, double half)
{
    double density[N_DENSITY];

    estimate(p, values, density);
    cairo_new_path(p->cairo); /* text leaves its place behind */
    for (int k = 0; k < N_DENSITY; k++)
        cairo_line_to(p->cairo, p->left + p->width * k / (N_DENSITY - 1),
                      middle - half * density[k]);
    for (int k = N_DENSITY - 1; k >= 0; k--)
        cairo_line_to(p->cairo, p->left + p->width * k / (N_DENSITY - 1),
                      middle + half * density[k]);
    cairo_close_path(p->cairo);
    painting_series_ink(p, colour, 0.35);
    cairo_fill_preserve(p->cairo);
    painting_series_ink(p, colour, 1);
    cairo_set_line_width(p->cairo, 1.2);
    cairo_stroke(p->cairo);
}

/* The middle half as a thick line, the median as a dot. */
static void
paint_quartiles(const Painting *p, const GArray *values, double middle, double size)
{
    guint n = values->len;
    double x = painting_x(p, figure_at(values, n / 2));

    painting_ink(p, 0.8);
    cairo_set_line_width(p->cairo, size * 0.22);
    cairo_move_to(p->cairo, painting_x(p, figure_at(values, n / 4)), middle);
    cairo_line_to(p->cairo, painting_x(p, figure_at(values, n * 3 / 4)), middle);
    cairo_stroke(p->cairo);
    cairo_arc(p->cairo, x, middle, size * 0.34, 0, 2 * G_PI);
    cairo_fill(p->cairo);
}

void
figure_paint_violins(const Painting *p)
{
    g_autoptr(GPtrArray) legend = figure_legend(p->figure);
    double size = p->style->text_size, thick = size * HIGH_VIOLIN;

    for (guint s = 0; s < p->figure->series->len; s++) {
        const FigureSeries *series = figure_series(p->figure, s);
        int colour = figure_legend_index(legend, series->name);
        int group = figure_legend_index(p->figure->x.names, series->class);
        double y = p->top + p->row * group + size * HIGH_GAP / 2 + thick * colour;

        if (series->y->len > 0) {
            paint_body(p, series->y, colour, y + thick / 2, thick * 0.46);
            paint_quartiles(p, series->y, y + thick / 2, size);
        } else {
            painting_ink(p, 0.5);
            painting_text(p, "–", p->left + size * 0.4, y + thick / 2, 0, 0.5, 0);
        }
        painting_spot(p, p->left, y, p->width, thick, s, series->y->len / 2);
    }
}

/* --- heat maps --- */

void
figure_scale_colour(double share, double rgb[3])
{
    static const guint32 scale[] = {0x00204d, 0x00336f, 0x39486b, 0x575c6d, 0x707173,
                                    0x8a8779, 0xa69d75, 0xc4b56c, 0xe4cf5b, 0xffea46};
    double at = CLAMP(share, 0, 1) * (G_N_ELEMENTS(scale) - 1);
    guint below = MIN((guint)at, (guint)G_N_ELEMENTS(scale) - 2);
    double part = at - below;

    for (int c = 0; c < 3; c++) {
        int shift = 16 - 8 * c;

        rgb[c] = ((scale[below] >> shift & 255) * (1 - part) +
                  (scale[below + 1] >> shift & 255) * part) /
                 255;
    }
}

static double
share_of(const Painting *p, double value)
{
    return (value - p->low) / (p->high - p->low);
}

static void
paint_cell(const Painting *p, guint row, guint column, double width)
{
    double value = figure_at(figure_series(p->figure, row)->y, column), size = p->style->text_size;
    double x = p->left + width * column, y = p->top + p->row * row;
    double rgb[3];

    if (isnan(value)) {
        painting_ink(p, 0.12);
        cairo_set_line_width(p->cairo, 1);
        cairo_move_to(p->cairo, x + width * 0.3, y + p->row / 2);
        cairo_line_to(p->cairo, x + width * 0.7, y + p->row / 2);
        cairo_stroke(p->cairo);
    } else {
        g_autofree char *text =
            p->high - p->low <= 10 ? g_strdup_printf("%.2f", value) : figure_number_text(value);

        figure_scale_colour(share_of(p, value), rgb);
        cairo_set_source_rgb(p->cairo, rgb[0], rgb[1], rgb[2]);
        cairo_rectangle(p->cairo, x + 0.5, y + 0.5, width - 1, p->row - 1);
        cairo_fill(p->cairo);
        if (painting_text_width(p, text) + size * 0.5 < width) {
            double ink = share_of(p, value) > 0.5 ? 0 : 1;

            cairo_set_source_rgb(p->cairo, ink, ink, ink);
            painting_text(p, text, x + width / 2, y + p->row / 2, 0.5, 0.5, 0);
        }
    }
    painting_spot(p, x, y, width, p->row, row, column);
}

/* Names of columns: level where all fit, else upright. */
static double
paint_columns(const Painting *p, double width)
{
    const GPtrArray *names = p->figure->x.names;
    double size = p->style->text_size, widest = 0, room = size * 7;
    bool upright;

    for (guint i = 0; i < names->len; i++)
        widest = fmax(widest, painting_text_width(p, names->pdata[i]));
    upright = widest + size * 0.4 > width;
    painting_ink(p, 0.85);
    for (guint i = 0; i < names->len; i++) {
        double x = p->left + width * (i + 0.5);

        if (!upright) {
            painting_text(p, names->pdata[i], x, p->top, 0.5, 0, 0);
            continue;
        }
        cairo_save(p->cairo);
        cairo_translate(p->cairo, x, p->top + fmin(widest, room));
        cairo_rotate(p->cairo, -G_PI / 2);
        painting_text(p, names->pdata[i], 0, 0, 0, 0.5, room);
        cairo_restore(p->cairo);
    }
    return upright ? fmin(widest, room) + size * 0.3 : size * 1.5;
}

/* What the colours mean, under the cells. */
static void
paint_scale(const Painting *p)
{
    double size = p->style->text_size, y = p->top + p->height + size * 0.7;
    double width = fmin(p->width, size * 16), step = width / 64;
    g_autofree char *low = figure_number_text(p->low);
    g_autofree char *high = figure_number_text(p->high);

    for (int i = 0; i < 64; i++) {
        double rgb[3];

        figure_scale_colour(i / 63.0, rgb);
        cairo_set_source_rgb(p->cairo, rgb[0], rgb[1], rgb[2]);
        cairo_rectangle(p->cairo, p->left + step * i, y, step + 0.5, size * 0.7);
        cairo_fill(p->cairo);
    }
    painting_ink(p, 0.7);
    painting_text(p, low, p->left, y + size * 0.85, 0, 0, 0);
    painting_text(p, high, p->left + width, y + size * 0.85, 1, 0, 0);
}

void
figure_paint_heat_map(Painting *p)
{
    guint n = p->figure->x.names->len;
    double width = p->width / fmax(1, n);

    p->top += paint_columns(p, width);
    for (guint row = 0; row < p->figure->series->len; row++) {
        for (guint column = 0; column < n; column++)
            paint_cell(p, row, column, width);
    }
    paint_scale(p);
}
