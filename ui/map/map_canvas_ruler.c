/* SPDX-License-Identifier: Apache-2.0 */
/* The canvas's rulers: headers and fields above, packet numbers at the side. They are kept as one
 * render node until something of them changes. */
#include "ui/map/map_canvas_private.h"

#include <math.h>

/* One drawing. */
typedef struct {
    TorchlightMapCanvas *canvas;
    cairo_t *cr;
    PangoLayout *text;
    GdkRGBA colour, accent;
    double x0, y0;
    int right, bottom; /* of the widget */
} Frame;

static void
set_colour(Frame *f, const GdkRGBA *colour, double alpha)
{
    cairo_set_source_rgba(f->cr, colour->red, colour->green, colour->blue, colour->alpha * alpha);
}

static void
fill(Frame *f, double x, double y, double width, double height)
{
    cairo_rectangle(f->cr, x, y, width, height);
    cairo_fill(f->cr);
}

static double
column_x(const Frame *f, int column)
{
    return floor(f->x0 + column * f->canvas->zoom + 0.5);
}

/* The visible part of columns first .. first + n - 1. */
static bool
span(const Frame *f, int first, int n, double *x, double *width)
{
    *x = fmax(column_x(f, first), SIDE_WIDTH);
    *width = fmin(column_x(f, first + n), f->right) - *x;
    return *width > 0;
}

/* Text centred in a span if it fits there. */
static void
draw_label(Frame *f, const char *label, double x, double width, double y, double height)
{
    int w, h;

    pango_layout_set_text(f->text, label, -1);
    pango_layout_get_pixel_size(f->text, &w, &h);
    if (w + 3 > width)
        return;
    cairo_move_to(f->cr, floor(x + (width - w) / 2), floor(y + (height - h) / 2));
    pango_cairo_show_layout(f->cr, f->text);
}

static void
draw_headers(Frame *f, const Layout *layout)
{
    int n_seen = 0;

    for (int header = 0; header < N_HEADERS; header++) {
        int first, n;
        double x, width;
        if (!layout_header_span(layout, (Header)header, &first, &n))
            continue;
        n_seen++;
        if (!span(f, first, n, &x, &width))
            continue;
        set_colour(f, &f->colour, n_seen % 2 ? 0.06 : 0.12);
        fill(f, x, 0, width, HEADER_BAND);
        set_colour(f, &f->colour, 0.5);
        if (column_x(f, first) >= SIDE_WIDTH)
            fill(f, column_x(f, first), 0, 1, RULER_HEIGHT);
        set_colour(f, &f->colour, 1);
        draw_label(f, header_title((Header)header), x, width, 0, HEADER_BAND);
    }
}

static void
draw_fields(Frame *f, const Layout *layout)
{
    double last_tick = -100;

    for (int i = 0; i < layout->n_fields; i++) {
        const Field *field = &field_table[layout->fields[i].field];
        const int first = layout->fields[i].first_column;
        const double edge = column_x(f, first);
        double x, width;

        if (!span(f, first, field->width, &x, &width))
            continue;
        if (edge >= SIDE_WIDTH && edge - last_tick >= 3) {
            set_colour(f, &f->colour, 0.35);
            fill(f, edge, HEADER_BAND, 1, FIELD_BAND);
            last_tick = edge;
        }
        set_colour(f, &f->colour, 0.85);
        draw_label(f, field->label, x, width, HEADER_BAND, FIELD_BAND);
    }
}

static void
draw_top(Frame *f)
{
    TorchlightMapCanvas *canvas = f->canvas;
    double x, width;

    cairo_rectangle(f->cr, SIDE_WIDTH, 0, f->right - SIDE_WIDTH, RULER_HEIGHT);
    cairo_clip(f->cr);
    if (canvas->layout && canvas->layout->n_columns == canvas->map->width) {
        draw_headers(f, canvas->layout);
        draw_fields(f, canvas->layout);
    }
    if (canvas->select == MAP_SELECT_COLUMNS &&
        span(f, canvas->select_first, canvas->select_n, &x, &width)) {
        set_colour(f, &f->accent, 0.4);
        fill(f, x, HEADER_BAND, width, FIELD_BAND);
    }
    if (span(f, 0, canvas->map->width, &x, &width)) {
        set_colour(f, &f->colour, 0.35);
        fill(f, x, RULER_HEIGHT - 1, width, 1);
    }
}

/* A step of packet numbers with room for their text: 1, 2, 5, 10, 20, ... */
static int
number_step(double zoom)
{
    static const int base[] = {1, 2, 5};

    for (int scale = 1; scale <= 100000; scale *= 10) {
        for (int i = 0; i < 3; i++) {
            if (base[i] * scale * zoom >= (base[i] * scale == 1 ? 15 : 24))
                return base[i] * scale;
        }
    }
    return 1000000;
}

static void
draw_side(Frame *f)
{
    TorchlightMapCanvas *canvas = f->canvas;
    const double zoom = canvas->zoom, edge = fmax(SIDE_WIDTH, column_x(f, 0));
    const int step = number_step(zoom);

    cairo_rectangle(f->cr, 0, RULER_HEIGHT, edge, f->bottom - RULER_HEIGHT);
    cairo_clip(f->cr);
    if (canvas->select == MAP_SELECT_ROWS) {
        set_colour(f, &f->accent, 0.4);
        fill(f, edge - SIDE_WIDTH + 4, floor(f->y0 + canvas->select_first * zoom), SIDE_WIDTH - 4,
             fmax(1, canvas->select_n * zoom));
    }
    for (int y = MAX(0, (int)floor((RULER_HEIGHT - f->y0) / zoom));
         y < canvas->map->height && f->y0 + y * zoom < f->bottom; y++) {
        if (y != 0 && ((y + 1) % step != 0 || y * zoom < 20))
            continue;
        char number[16];
        int w, h;
        g_snprintf(number, sizeof number, "%d", y + 1);
        pango_layout_set_text(f->text, number, -1);
        pango_layout_get_pixel_size(f->text, &w, &h);
        set_colour(f, &f->colour, 0.75);
        cairo_move_to(
            f->cr, edge - 8 - w,
            floor(CLAMP(f->y0 + (y + 0.5) * zoom - h / 2.0, RULER_HEIGHT, f->bottom - h)));
        pango_cairo_show_layout(f->cr, f->text);
    }
}

static GskRenderNode *
draw_node(Frame *f, double y, double width, double height, void (*draw)(Frame *))
{
    GskRenderNode *node =
        gsk_cairo_node_new(&GRAPHENE_RECT_INIT(0, (float)y, (float)width, (float)height));
    PangoAttrList *attributes = pango_attr_list_new();

    f->cr = gsk_cairo_node_get_draw_context(node);
    f->text = gtk_widget_create_pango_layout(GTK_WIDGET(f->canvas), NULL);
    pango_attr_list_insert(attributes, pango_attr_scale_new(0.82));
    pango_attr_list_insert(attributes, pango_attr_font_features_new("tnum=1"));
    pango_layout_set_attributes(f->text, attributes);
    pango_attr_list_unref(attributes);
    draw(f);
    g_object_unref(f->text);
    cairo_destroy(f->cr);
    return node;
}

static bool
key_is(const MapRulerKey *a, const MapRulerKey *b)
{
    return a->x0 == b->x0 && a->y0 == b->y0 && a->zoom == b->zoom && a->width == b->width &&
           a->height == b->height && gdk_rgba_equal(&a->colour, &b->colour) &&
           gdk_rgba_equal(&a->accent, &b->accent) && a->select == b->select &&
           a->select_first == b->select_first && a->select_n == b->select_n && a->map == b->map &&
           a->layout == b->layout;
}

void
map_canvas_draw_rulers(TorchlightMapCanvas *canvas, GtkSnapshot *snapshot, const GdkRGBA *accent)
{
    GtkWidget *widget = GTK_WIDGET(canvas);
    MapRulerKey key = {.zoom = canvas->zoom,
                       .width = gtk_widget_get_width(widget),
                       .height = gtk_widget_get_height(widget),
                       .accent = *accent,
                       .select = canvas->select,
                       .select_first = canvas->select_first,
                       .select_n = canvas->select_n,
                       .map = canvas->map,
                       .layout = canvas->layout};

    map_canvas_origin(canvas, &key.x0, &key.y0);
    gtk_style_context_get_color(gtk_widget_get_style_context(widget), &key.colour);
    if (!canvas->rulers || !key_is(&key, &canvas->ruler_key)) {
        Frame f = {.canvas = canvas,
                   .colour = key.colour,
                   .accent = *accent,
                   .x0 = key.x0,
                   .y0 = key.y0,
                   .right = key.width,
                   .bottom = key.height};
        GskRenderNode *parts[2] = {draw_node(&f, 0, f.right, RULER_HEIGHT, draw_top),
                                   draw_node(&f, RULER_HEIGHT, fmax(SIDE_WIDTH, column_x(&f, 0)),
                                             f.bottom - RULER_HEIGHT, draw_side)};
        g_clear_pointer(&canvas->rulers, gsk_render_node_unref);
        canvas->rulers = gsk_container_node_new(parts, 2);
        canvas->ruler_key = key;
        gsk_render_node_unref(parts[0]);
        gsk_render_node_unref(parts[1]);
    }
    gtk_snapshot_append_node(snapshot, canvas->rulers);
}
