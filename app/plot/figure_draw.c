/* SPDX-License-Identifier: Apache-2.0 */
/* What all figures have: title, legend, rows with names, and an axis of values. */
#include "app/plot/figure_draw.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/plot/figure_paint.h"

static const double MAX_NAMES = 0.34; /* of the width, for the names of rows */
static const double LINE = 1.45;      /* of the text's size */

/* --- helpers --- */

void
painting_ink(const Painting *p, double strength)
{
    double ink = p->style->dark ? 1 : 0;

    cairo_set_source_rgba(p->cairo, ink, ink, ink,
                          p->style->high_contrast ? fmin(1, strength * 1.6) : strength);
}

void
painting_series_ink(const Painting *p, int colour, double alpha)
{
    double rgb[3];

    plot_series_colour(colour, p->style->dark, rgb);
    cairo_set_source_rgba(p->cairo, rgb[0], rgb[1], rgb[2], alpha);
}

static PangoLayout *
make_layout(const Painting *p, const char *text, double room)
{
    PangoLayout *layout = pango_cairo_create_layout(p->cairo);

    pango_layout_set_font_description(layout, p->font);
    pango_layout_set_text(layout, text, -1);
    if (room > 0) {
        pango_layout_set_width(layout, (int)(room * PANGO_SCALE));
        pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_MIDDLE);
    }
    return layout;
}

void
painting_text(const Painting *p, const char *text, double x, double y, double ax, double ay,
              double room)
{
    PangoRectangle box;
    PangoLayout *layout = make_layout(p, text, 0);

    pango_layout_get_pixel_extents(layout, NULL, &box);
    if (room > 0 && box.width > room) {
        g_object_unref(layout);
        layout = make_layout(p, text, room);
        pango_layout_get_pixel_extents(layout, NULL, &box);
    }
    cairo_move_to(p->cairo, x - ax * box.width - box.x, y - ay * box.height);
    pango_cairo_show_layout(p->cairo, layout);
    g_object_unref(layout);
}

double
painting_text_width(const Painting *p, const char *text)
{
    PangoLayout *layout = make_layout(p, text, 0);
    int width;

    pango_layout_get_pixel_size(layout, &width, NULL);
    g_object_unref(layout);
    return width;
}

double
painting_x(const Painting *p, double value)
{
    double share;

    if (p->logarithmic)
        share = value > 0 ? log(value / p->low) / log(p->high / p->low) : 0;
    else
        share = (value - p->low) / (p->high - p->low);
    return p->left + p->width * CLAMP(share, 0, 1);
}

void
painting_spot(const Painting *p, double x, double y, double width, double height, guint series,
              guint index)
{
    FigureSpot spot = {x, y, width, height, series, index};

    if (p->spots)
        g_array_append_val(p->spots, spot);
}

int
figure_legend_index(const GPtrArray *legend, const char *name)
{
    guint index;

    return g_ptr_array_find_with_equal_func((GPtrArray *)legend, name, g_str_equal, &index)
               ? (int)index
               : 0;
}

GPtrArray *
figure_legend(const Figure *figure)
{
    GPtrArray *names = g_ptr_array_new();

    for (guint i = 0; figure->kind != FIGURE_HEAT_MAP && i < figure->series->len; i++) {
        const char *name = figure_series(figure, i)->name;

        if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
            g_ptr_array_add(names, (gpointer)name);
    }
    return names;
}

/* --- axis of values --- */

static void
extend(const Painting *p, const GArray *numbers, double *low, double *high)
{
    for (guint i = 0; i < numbers->len; i++) {
        double value = g_array_index(numbers, double, i);

        if (isnan(value) || (p->logarithmic && value <= 0))
            continue;
        *low = isnan(*low) ? value : fmin(*low, value);
        *high = isnan(*high) ? value : fmax(*high, value);
    }
}

static void
find_range(Painting *p)
{
    const FigureAxis *axis = &p->figure->y;
    double low = NAN, high = NAN;

    p->logarithmic = axis->logarithmic && p->figure->kind != FIGURE_HEAT_MAP;
    for (guint i = 0; i < p->figure->series->len; i++) {
        const FigureSeries *series = figure_series(p->figure, i);

        extend(p, series->y, &low, &high);
        extend(p, series->low, &low, &high);
        extend(p, series->high, &low, &high);
    }
    if (!isnan(axis->min) && (!p->logarithmic || axis->min > 0))
        low = axis->min;
    if (!isnan(axis->max) && (!p->logarithmic || axis->max > 0))
        high = axis->max;
    p->low = isnan(low) ? (p->logarithmic ? 1 : 0) : low;
    p->high = isnan(high) ? p->low + 1 : high;
    if (p->figure->kind == FIGURE_BARS && isnan(axis->max)) /* room for the number behind */
        p->high += (p->high - p->low) * 0.18;
    if (p->high <= p->low)
        p->high = p->logarithmic ? p->low * 10 : p->low + 1;
}

/* Lines down the rows, and their values under them. */
static void
paint_axis(const Painting *p)
{
    double size = p->style->text_size, bottom = p->top + p->height;
    g_autoptr(GArray) ticks =
        plot_ticks(p->low, p->high, CLAMP((int)(p->width / (size * 5)), 2, 8), p->logarithmic);
    double step = ticks->len > 1 ? g_array_index(ticks, double, 1) - g_array_index(ticks, double, 0)
                                 : p->high - p->low;
    g_autofree char *label = *p->figure->y.unit
                                 ? g_strdup_printf("%s (%s)", p->figure->y.label, p->figure->y.unit)
                                 : g_strdup(p->figure->y.label);

    cairo_set_line_width(p->cairo, 1);
    for (guint i = 0; i < ticks->len; i++) {
        double value = g_array_index(ticks, double, i), x = floor(painting_x(p, value)) + 0.5;
        g_autofree char *text = plot_tick_text(value, p->logarithmic ? value : step);

        painting_ink(p, 0.13);
        cairo_move_to(p->cairo, x, p->top);
        cairo_line_to(p->cairo, x, bottom);
        cairo_stroke(p->cairo);
        painting_ink(p, 0.65);
        painting_text(p, text, x, bottom + size * 0.35, 0.5, 0, 0);
    }
    painting_ink(p, 0.65);
    painting_text(p, label, p->left + p->width, bottom + size * LINE * 1.15, 1, 0, p->width);
}

/* --- rows --- */

static guint
n_rows(const Figure *figure)
{
    return figure->kind == FIGURE_HEAT_MAP ? figure->y.names->len : figure->x.names->len;
}

/* Series of one group of violins or bars. */
static double
row_height(const Figure *figure, double text_size)
{
    g_autoptr(GPtrArray) legend = figure_legend(figure);
    double n = fmax(1, legend->len);

    switch (figure->kind) {
    case FIGURE_HEAT_MAP:
        return HIGH_CELL * text_size;
    case FIGURE_VIOLIN:
        return (n * HIGH_VIOLIN + HIGH_GAP) * text_size;
    default:
        return (n * HIGH_BAR + HIGH_GAP) * text_size;
    }
}

static void
paint_names(const Painting *p)
{
    const Figure *figure = p->figure;
    const GPtrArray *names = figure->kind == FIGURE_HEAT_MAP ? figure->y.names : figure->x.names;
    double gap = p->style->text_size * 0.6;

    painting_ink(p, 0.85);
    for (guint i = 0; i < names->len; i++)
        painting_text(p, names->pdata[i], p->left - gap, p->top + p->row * (i + 0.5), 1, 0.5,
                      p->left - gap * 1.5);
}

static double
names_width(const Painting *p)
{
    const Figure *figure = p->figure;
    const GPtrArray *names = figure->kind == FIGURE_HEAT_MAP ? figure->y.names : figure->x.names;
    double widest = p->style->text_size * 2;

    for (guint i = 0; i < names->len; i++)
        widest = fmax(widest, painting_text_width(p, names->pdata[i]));
    return fmin(widest + p->style->text_size * 1.2, p->style->width * MAX_NAMES);
}

/* --- head --- */

static double
paint_head(const Painting *p)
{
    double size = p->style->text_size, y = size * 0.8;
    PangoLayout *layout;
    int height;

    if (!p->style->with_ground)
        return size * 0.2;
    painting_ink(p, 0.9);
    pango_font_description_set_weight(p->font, PANGO_WEIGHT_BOLD);
    painting_text(p, p->figure->title, size * 0.8, y, 0, 0, p->style->width - size * 1.6);
    pango_font_description_set_weight(p->font, PANGO_WEIGHT_NORMAL);
    layout = make_layout(p, p->figure->explanation, 0);
    pango_layout_set_width(layout, (int)((p->style->width - size * 1.6) * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_get_pixel_size(layout, NULL, &height);
    painting_ink(p, 0.7);
    y += size * LINE * 1.1;
    cairo_move_to(p->cairo, size * 0.8, y);
    pango_cairo_show_layout(p->cairo, layout);
    g_object_unref(layout);
    return y + height + size * 0.6;
}

/* Names of series beside their colours, in as many lines as they need. */
static double
paint_legend(const Painting *p, double y)
{
    g_autoptr(GPtrArray) legend = figure_legend(p->figure);
    double size = p->style->text_size, x = size * 0.4;

    if (legend->len < 2)
        return y;
    for (guint i = 0; i < legend->len; i++) {
        double width = painting_text_width(p, legend->pdata[i]) + size * 2.6;

        if (i > 0 && x + width > p->style->width) {
            x = size * 0.4;
            y += size * LINE;
        }
        painting_series_ink(p, (int)i, 1);
        cairo_rectangle(p->cairo, x, y + size * 0.3, size * 0.9, size * 0.9);
        cairo_fill(p->cairo);
        painting_ink(p, 0.85);
        painting_text(p, legend->pdata[i], x + size * 1.3, y, 0, 0, 0);
        x += width;
    }
    return y + size * (LINE + 0.4);
}

/* --- curves: by plot_draw --- */

static void
add_curve_spots(const Painting *p, const PlotFrame *frame)
{
    guint n = p->figure->series->len;
    const FigureSeries *first = n ? figure_series(p->figure, 0) : NULL;

    for (guint i = 1; i < n; i++) {
        if (figure_series(p->figure, i)->x->len > first->x->len)
            first = figure_series(p->figure, i);
    }
    for (guint i = 0; first && i < first->x->len; i++) {
        double x = plot_frame_x(frame, figure_at(first->x, i));
        double next = i + 1 < first->x->len ? plot_frame_x(frame, figure_at(first->x, i + 1))
                                            : frame->left + frame->width;

        painting_spot(p, x, frame->top, fmax(next - x, 1), frame->height, 0, i);
    }
}

static void
paint_curves(const Painting *p)
{
    g_autoptr(Plot) plot = plot_new();
    PlotStyle style = *p->style;
    PlotFrame frame;
    const Figure *figure = p->figure;
    g_autofree char *y_label = *figure->y.unit
                                   ? g_strdup_printf("%s (%s)", figure->y.label, figure->y.unit)
                                   : g_strdup(figure->y.label);

    style.hover_x = NAN;
    style.with_ground = false;
    style.height -= p->top;
    plot_axis_set(&plot->x, figure->x.label, figure->x.min, figure->x.max);
    plot_axis_set(&plot->y, y_label, figure->y.min, figure->y.max);
    plot->x.logarithmic = figure->x.logarithmic;
    plot->y.logarithmic = figure->y.logarithmic;
    for (guint i = 0; i < figure->series->len; i++) {
        const FigureSeries *series = figure_series(figure, i);
        PlotSeries *line = plot_add_series(plot, PLOT_LINE, series->name, (int)i);

        for (guint k = 0; k < series->x->len; k++)
            plot_series_append(line, figure_at(series->x, k), figure_at(series->y, k));
    }
    cairo_save(p->cairo);
    cairo_translate(p->cairo, 0, p->top);
    plot_draw(p->cairo, plot, &style, &frame);
    add_curve_spots(p, &frame);
    cairo_restore(p->cairo);
    for (guint i = 0; p->spots && i < p->spots->len; i++)
        g_array_index(p->spots, FigureSpot, i).y += p->top;
}

/* --- all of it --- */

static void
paint_rows(Painting *p)
{
    double size = p->style->text_size;

    find_range(p);
    p->left = names_width(p);
    p->width = fmax(1, p->style->width - p->left - size * 1.2);
    p->row = row_height(p->figure, size);
    p->height = p->row * n_rows(p->figure);
    if (p->figure->kind == FIGURE_HEAT_MAP) {
        figure_paint_heat_map(p);
        paint_names(p);
        return;
    }
    paint_axis(p);
    paint_names(p);
    if (p->figure->kind == FIGURE_VIOLIN)
        figure_paint_violins(p);
    else
        figure_paint_bars(p);
}

void
figure_draw(cairo_t *cairo, const Figure *figure, const PlotStyle *style, GArray *spots)
{
    Painting p = {.cairo = cairo,
                  .figure = figure,
                  .style = style,
                  .font = pango_font_description_new(),
                  .spots = spots};

    if (spots)
        g_array_set_size(spots, 0);
    pango_font_description_set_family(p.font, style->font_family ? style->font_family : "Sans");
    pango_font_description_set_absolute_size(p.font, style->text_size * PANGO_SCALE);
    if (style->with_ground) {
        double ground = style->dark ? 0.12 : 1;

        cairo_set_source_rgb(cairo, ground, ground, ground);
        cairo_paint(cairo);
    }
    p.top = paint_head(&p);
    if (figure->kind == FIGURE_CURVE) {
        paint_curves(&p);
    } else {
        p.top = paint_legend(&p, p.top);
        paint_rows(&p);
    }
    pango_font_description_free(p.font);
}

double
figure_height(const Figure *figure, double width, double text_size, bool with_ground)
{
    double head = with_ground ? text_size * 7 : 0;
    g_autoptr(GPtrArray) legend = figure_legend(figure);
    double letters = 0;

    if (figure->kind == FIGURE_CURVE)
        return head + fmin(width * 0.62, text_size * 26);
    for (guint i = 0; i < legend->len; i++)
        letters += (double)g_utf8_strlen(legend->pdata[i], -1) * 0.6 + 2.6;
    if (legend->len > 1)
        head += text_size * (LINE * ceil(letters * text_size / fmax(width, 1)) + 0.4);
    if (figure->kind == FIGURE_HEAT_MAP)
        head += text_size * 8; /* names of columns, scale */
    return head + row_height(figure, text_size) * n_rows(figure) + text_size * LINE * 2.4;
}

int
figure_spot_at(const GArray *spots, double x, double y)
{
    for (guint i = 0; i < spots->len; i++) {
        const FigureSpot *spot = &g_array_index(spots, FigureSpot, i);

        if (x >= spot->x && x < spot->x + spot->width && y >= spot->y && y < spot->y + spot->height)
            return (int)i;
    }
    return -1;
}
