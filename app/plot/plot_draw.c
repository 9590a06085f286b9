/* SPDX-License-Identifier: Apache-2.0 */
/* The strokes of a figure. */
#include "app/plot/plot_draw.h"

#include <math.h>
#include <pango/pangocairo.h>

typedef struct {
    double r, g, b, a;
} Colour;

typedef struct {
    cairo_t *cairo;
    const Plot *plot;
    const PlotStyle *style;
    PlotFrame frame;
    PangoFontDescription *font;
    Colour text, dim, grid;
    GArray *x_ticks, *y_ticks; /* double */
    double x_step, y_step;
} Drawing;

/* The palette of GNOME's interface guidelines and four more, ordered so that neighbours differ in
 * brightness too; {on light, on dark}. */
static const Colour palette[][2] = {
    {{0.11, 0.44, 0.85, 1}, {0.47, 0.68, 0.93, 1}}, {{0.78, 0.27, 0.00, 1}, {1.00, 0.64, 0.28, 1}},
    {{0.15, 0.64, 0.41, 1}, {0.34, 0.89, 0.54, 1}}, {{0.51, 0.24, 0.61, 1}, {0.86, 0.54, 0.87, 1}},
    {{0.65, 0.11, 0.18, 1}, {0.96, 0.51, 0.47, 1}}, {{0.39, 0.27, 0.17, 1}, {0.80, 0.67, 0.56, 1}},
    {{0.00, 0.50, 0.55, 1}, {0.40, 0.85, 0.90, 1}}, {{0.80, 0.22, 0.55, 1}, {1.00, 0.65, 0.82, 1}},
    {{0.62, 0.50, 0.00, 1}, {0.98, 0.89, 0.36, 1}}, {{0.37, 0.36, 0.39, 1}, {0.75, 0.75, 0.78, 1}},
};

void
plot_series_colour(int colour, bool dark, double rgb[3])
{
    const Colour *from = &palette[(guint)colour % G_N_ELEMENTS(palette)][dark];

    rgb[0] = from->r;
    rgb[1] = from->g;
    rgb[2] = from->b;
}

static void
set_colour(cairo_t *cairo, Colour colour, double alpha)
{
    cairo_set_source_rgba(cairo, colour.r, colour.g, colour.b, colour.a * alpha);
}

static void
choose_colours(Drawing *d)
{
    double ink = d->style->dark ? 1 : 0;
    bool strong = d->style->high_contrast;

    d->text = (Colour){ink, ink, ink, strong ? 1 : d->style->dark ? 0.87 : 0.8};
    d->dim = (Colour){ink, ink, ink, strong ? 1 : 0.6};
    d->grid = (Colour){ink, ink, ink, strong ? 0.4 : 0.12};
}

static Colour
series_colour(const Drawing *d, const PlotSeries *series)
{
    return palette[(guint)series->colour % G_N_ELEMENTS(palette)][d->style->dark];
}

/* --- text --- */

static PangoLayout *
make_layout(const Drawing *d, const char *text, double scale, int *width, int *height)
{
    PangoLayout *layout = pango_cairo_create_layout(d->cairo);

    pango_font_description_set_absolute_size(d->font, d->style->text_size * scale * PANGO_SCALE);
    pango_layout_set_font_description(layout, d->font);
    pango_layout_set_text(layout, text, -1);
    pango_layout_get_pixel_size(layout, width, height);
    return layout;
}

/* ax, ay: which part of the text's box stands at (x, y): 0 left or top, 1 right or bottom. */
static void
draw_text(const Drawing *d, const char *text, double scale, double x, double y, double ax,
          double ay)
{
    int width, height;
    PangoLayout *layout = make_layout(d, text, scale, &width, &height);

    cairo_move_to(d->cairo, x - ax * width, y - ay * height);
    pango_cairo_show_layout(d->cairo, layout);
    g_object_unref(layout);
}

static double
text_width(const Drawing *d, const char *text)
{
    int width, height;

    g_object_unref(make_layout(d, text, 1, &width, &height));
    return width;
}

/* --- frame --- */

static double
share(double value, double low, double high, bool logarithmic)
{
    if (logarithmic)
        return value > 0 ? log(value / low) / log(high / low) : -INFINITY;
    return (value - low) / (high - low);
}

double
plot_frame_x(const PlotFrame *f, double value)
{
    return f->left + f->width * share(value, f->range.x_low, f->range.x_high, f->x_logarithmic);
}

double
plot_frame_y(const PlotFrame *f, double value)
{
    return f->top +
           f->height * (1 - share(value, f->range.y_low, f->range.y_high, f->y_logarithmic));
}

double
plot_frame_x_value(const PlotFrame *f, double position)
{
    double part = CLAMP((position - f->left) / fmax(f->width, 1), 0, 1);

    if (f->x_logarithmic)
        return f->range.x_low * pow(f->range.x_high / f->range.x_low, part);
    return f->range.x_low + part * (f->range.x_high - f->range.x_low);
}

static double
step_of(const GArray *ticks, double otherwise)
{
    return ticks->len > 1 ? g_array_index(ticks, double, 1) - g_array_index(ticks, double, 0)
                          : otherwise;
}

static guint
n_named(const Plot *plot)
{
    guint n = 0;

    for (guint i = 0; i < plot->series->len; i++)
        n += ((PlotSeries *)plot->series->pdata[i])->name != NULL;
    return n;
}

/* Room for labels first, then ticks for the room that is left. */
static void
lay_out(Drawing *d)
{
    const PlotStyle *style = d->style;
    PlotFrame *f = &d->frame;
    double line = style->text_size * 1.4, widest = 0;

    f->range = plot_range(d->plot);
    f->x_logarithmic = d->plot->x.logarithmic;
    f->y_logarithmic = d->plot->y.logarithmic;
    f->top = style->text_size * 0.8 + (d->plot->title ? line * 1.3 : 0) +
             (n_named(d->plot) > 1 ? line * 1.2 : 0) + (d->plot->y.label ? line : 0);
    f->height = fmax(1, style->height - f->top - line * (d->plot->x.label ? 2.4 : 1.5));
    d->y_ticks = plot_ticks(f->range.y_low, f->range.y_high,
                            CLAMP((int)(f->height / (line * 1.7)), 2, 8), f->y_logarithmic);
    d->y_step = step_of(d->y_ticks, f->range.y_high - f->range.y_low);
    for (guint i = 0; i < d->y_ticks->len; i++) {
        g_autofree char *text = plot_tick_text(g_array_index(d->y_ticks, double, i), d->y_step);

        widest = fmax(widest, text_width(d, text));
    }
    f->left = widest + style->text_size * 1.2;
    f->width = fmax(1, style->width - f->left - style->text_size * 1.6);
    d->x_ticks =
        plot_ticks(f->range.x_low, f->range.x_high,
                   CLAMP((int)(f->width / (style->text_size * 6)), 2, 10), f->x_logarithmic);
    d->x_step = step_of(d->x_ticks, f->range.x_high - f->range.x_low);
}

/* --- axes --- */

static double
crisp(double position)
{
    return floor(position) + 0.5;
}

static void
draw_axes(const Drawing *d)
{
    const PlotFrame *f = &d->frame;
    double gap = d->style->text_size * 0.5, bottom = f->top + f->height;

    cairo_set_line_width(d->cairo, 1);
    for (guint i = 0; i < d->y_ticks->len; i++) {
        double value = g_array_index(d->y_ticks, double, i), y = plot_frame_y(f, value);
        g_autofree char *text = plot_tick_text(value, d->y_step);

        set_colour(d->cairo, d->grid, 1);
        cairo_move_to(d->cairo, f->left, crisp(y));
        cairo_line_to(d->cairo, f->left + f->width, crisp(y));
        cairo_stroke(d->cairo);
        set_colour(d->cairo, d->dim, 1);
        draw_text(d, text, 1, f->left - gap, y, 1, 0.5);
    }
    for (guint i = 0; i < d->x_ticks->len; i++) {
        double value = g_array_index(d->x_ticks, double, i), x = plot_frame_x(f, value);
        g_autofree char *text = plot_tick_text(value, d->x_step);

        set_colour(d->cairo, d->dim, 0.6);
        cairo_move_to(d->cairo, crisp(x), bottom);
        cairo_line_to(d->cairo, crisp(x), bottom + gap * 0.6);
        cairo_stroke(d->cairo);
        set_colour(d->cairo, d->dim, 1);
        draw_text(d, text, 1, x, bottom + gap * 0.7, 0.5, 0);
    }
    set_colour(d->cairo, d->dim, 0.6);
    cairo_move_to(d->cairo, f->left, crisp(bottom));
    cairo_line_to(d->cairo, f->left + f->width, crisp(bottom));
    cairo_stroke(d->cairo);
}

static void
draw_labels(const Drawing *d)
{
    const PlotFrame *f = &d->frame;
    double line = d->style->text_size * 1.4, y = d->style->text_size * 0.4;
    double x = d->style->text_size * 0.4;

    if (d->plot->title) {
        set_colour(d->cairo, d->text, 1);
        pango_font_description_set_weight(d->font, PANGO_WEIGHT_BOLD);
        draw_text(d, d->plot->title, 1.1, x, y, 0, 0);
        pango_font_description_set_weight(d->font, PANGO_WEIGHT_NORMAL);
        y += line * 1.3;
    }
    for (guint i = 0; n_named(d->plot) > 1 && i < d->plot->series->len; i++) {
        const PlotSeries *series = d->plot->series->pdata[i];

        if (!series->name)
            continue;
        set_colour(d->cairo, series_colour(d, series), series->faint ? 0.45 : 1);
        cairo_set_line_width(d->cairo, series->faint ? 2 : 3);
        cairo_move_to(d->cairo, x, y + line / 2);
        cairo_line_to(d->cairo, x + line, y + line / 2);
        cairo_stroke(d->cairo);
        set_colour(d->cairo, d->text, 1);
        draw_text(d, series->name, 1, x + line * 1.3, y, 0, 0);
        x += line * 2.6 + text_width(d, series->name);
    }
    set_colour(d->cairo, d->dim, 1);
    if (d->plot->y.label)
        draw_text(d, d->plot->y.label, 1, d->style->text_size * 0.4, f->top - line * 0.4, 0, 1);
    if (d->plot->x.label)
        draw_text(d, d->plot->x.label, 1, f->left + f->width, d->style->height, 1, 1);
}

/* --- series --- */

/* Where many points fall on one column of pixels, the lowest and highest of them are enough. */
static void
trace_line(const Drawing *d, const PlotSeries *series)
{
    double column = NAN, low = NAN, high = NAN, last = NAN;
    bool pen_down = false;

    for (guint i = 0; i < series->points->len; i++) {
        const PlotPoint *point = &g_array_index(series->points, PlotPoint, i);
        double x = plot_frame_x(&d->frame, point->x), y = plot_frame_y(&d->frame, point->y);

        if (!isfinite(x) || !isfinite(y)) {
            pen_down = false;
            column = NAN;
            continue;
        }
        if (pen_down && floor(x * 2) == column) {
            low = fmin(low, y);
            high = fmax(high, y);
            last = y;
            continue;
        }
        if (pen_down && high > low) {
            cairo_line_to(d->cairo, column / 2, low);
            cairo_line_to(d->cairo, column / 2, high);
            cairo_line_to(d->cairo, column / 2, last);
        }
        if (pen_down)
            cairo_line_to(d->cairo, x, y);
        else
            cairo_move_to(d->cairo, x, y);
        pen_down = true;
        column = floor(x * 2);
        low = high = last = y;
    }
    if (pen_down && high > low) {
        cairo_line_to(d->cairo, column / 2, low);
        cairo_line_to(d->cairo, column / 2, high);
        cairo_line_to(d->cairo, column / 2, last);
    }
}

static void
draw_line(const Drawing *d, const PlotSeries *series)
{
    Colour colour = series_colour(d, series);

    set_colour(d->cairo, colour, series->faint ? (d->style->high_contrast ? 0.7 : 0.4) : 1);
    if (series->points->len == 1) { /* a line needs two: a dot says that something is there */
        const PlotPoint *point = &g_array_index(series->points, PlotPoint, 0);

        cairo_arc(d->cairo, plot_frame_x(&d->frame, point->x), plot_frame_y(&d->frame, point->y), 3,
                  0, 2 * G_PI);
        cairo_fill(d->cairo);
        return;
    }
    cairo_set_line_width(d->cairo, series->faint ? 1 : 2);
    cairo_set_line_join(d->cairo, CAIRO_LINE_JOIN_ROUND);
    trace_line(d, series);
    cairo_stroke(d->cairo);
}

static void
draw_series(const Drawing *d)
{
    const PlotFrame *f = &d->frame;

    cairo_save(d->cairo);
    cairo_rectangle(d->cairo, f->left, f->top - 2, f->width + 2, f->height + 3);
    cairo_clip(d->cairo);
    for (int faint = 1; faint >= 0; faint--) {
        for (guint i = 0; i < d->plot->series->len; i++) {
            const PlotSeries *series = d->plot->series->pdata[i];

            if (series->faint != (faint == 1))
                continue;
            switch (series->kind) {
            case PLOT_LINE:
                draw_line(d, series);
                break;
            }
        }
    }
    cairo_restore(d->cairo);
}

/* --- readout --- */

static void
draw_hover(const Drawing *d)
{
    const PlotFrame *f = &d->frame;
    g_autoptr(GString) text = g_string_new(NULL);
    double x = NAN, pad = d->style->text_size * 0.5;
    double ground = d->style->dark ? 0.16 : 1;
    PangoLayout *layout;
    int width, height;

    for (guint i = 0; i < d->plot->series->len; i++) {
        const PlotSeries *series = d->plot->series->pdata[i];
        int index = plot_series_find(series, d->style->hover_x);
        const PlotPoint *point =
            index < 0 ? NULL : &g_array_index(series->points, PlotPoint, index);

        if (!point || !isfinite(point->y))
            continue;
        x = plot_frame_x(f, point->x);
        if (text->len == 0)
            g_string_append_printf(text, "%s %.6g", d->plot->x.label ? d->plot->x.label : "x",
                                   point->x);
        g_string_append_printf(text, "\n%s %.4g", series->name ? series->name : "", point->y);
        set_colour(d->cairo, series_colour(d, series), 1);
        cairo_arc(d->cairo, x, plot_frame_y(f, point->y), 3.5, 0, 2 * G_PI);
        cairo_fill(d->cairo);
    }
    if (text->len == 0)
        return;
    set_colour(d->cairo, d->dim, 0.6);
    cairo_set_line_width(d->cairo, 1);
    cairo_move_to(d->cairo, crisp(x), f->top);
    cairo_line_to(d->cairo, crisp(x), f->top + f->height);
    cairo_stroke(d->cairo);
    layout = make_layout(d, text->str, 1, &width, &height);
    x = x + pad * 2 + width + pad * 2 > d->style->width ? x - pad * 4 - width : x + pad * 2;
    cairo_rectangle(d->cairo, fmax(0, x), f->top, width + pad * 2, height + pad * 2);
    cairo_set_source_rgba(d->cairo, ground, ground, ground, 0.92);
    cairo_fill_preserve(d->cairo);
    set_colour(d->cairo, d->grid, 1);
    cairo_stroke(d->cairo);
    set_colour(d->cairo, d->text, 1);
    cairo_move_to(d->cairo, fmax(0, x) + pad, f->top + pad);
    pango_cairo_show_layout(d->cairo, layout);
    g_object_unref(layout);
}

void
plot_draw(cairo_t *cairo, const Plot *plot, const PlotStyle *style, PlotFrame *frame)
{
    Drawing d = {.cairo = cairo, .plot = plot, .style = style};

    d.font = pango_font_description_from_string(style->font_family ? style->font_family : "Sans");
    choose_colours(&d);
    if (style->with_ground) {
        double ground = style->dark ? 0.14 : 1;

        cairo_set_source_rgb(cairo, ground, ground, ground);
        cairo_paint(cairo);
    }
    lay_out(&d);
    draw_axes(&d);
    draw_series(&d);
    draw_labels(&d);
    if (!isnan(style->hover_x))
        draw_hover(&d);
    if (frame)
        *frame = d.frame;
    g_array_unref(d.x_ticks);
    g_array_unref(d.y_ticks);
    pango_font_description_free(d.font);
}
