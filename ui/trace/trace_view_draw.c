/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing of the trace view: picture and side here, the ruler and the marks in files of their own.
 * All but the marks is one render node that is kept until something of it changes: moving the
 * pointer draws only the marks. */
#include "ui/trace/trace_view_private.h"

#include <math.h>

#include "ui/trace/bit_cells.h"

double
frame_column_x(const Frame *f, int column)
{
    return floor(f->x0 + column * f->zoom + 0.5);
}

double
frame_row_y(const Frame *f, int row)
{
    return floor(f->y0 + row * f->zoom + 0.5);
}

bool
frame_span(const Frame *f, int first, int n, double *x, double *width)
{
    double a = fmax(frame_column_x(f, first), f->left);
    double b = fmin(frame_column_x(f, first + n), f->right);

    *x = a;
    *width = b - a;
    return b > a;
}

void
frame_text_size(Frame *f, const char *text, int *width, int *height)
{
    pango_layout_set_text(f->text, text, -1);
    pango_layout_get_pixel_size(f->text, width, height);
}

static void
draw_pixels(Frame *f, const Pixels *pixels)
{
    double level_scale;
    double sx = f->zoom * f->n_columns / pixels->width, sy = f->zoom * f->n_rows / pixels->height;
    double device_x = 1, device_y = 1;

    cairo_surface_get_device_scale(cairo_get_target(f->cr), &device_x, &device_y);
    cairo_surface_t *surface = pixels_level(pixels, fmin(sx, sy) * device_x, &level_scale);
    cairo_save(f->cr);
    cairo_translate(f->cr, f->x0, f->y0);
    cairo_scale(f->cr, f->zoom * f->n_columns / cairo_image_surface_get_width(surface),
                f->zoom * f->n_rows / cairo_image_surface_get_height(surface));
    cairo_set_source_surface(f->cr, surface, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(f->cr), fmin(sx, sy) * device_x < 1
                                                          ? CAIRO_FILTER_BILINEAR
                                                          : CAIRO_FILTER_NEAREST);
    cairo_pattern_set_extend(cairo_get_source(f->cr), CAIRO_EXTEND_PAD);
    cairo_rectangle(f->cr, 0, 0, cairo_image_surface_get_width(surface),
                    cairo_image_surface_get_height(surface));
    cairo_fill(f->cr);
    cairo_restore(f->cr);
}

/* Lines between bits and packets where there is room, and between fields. */
static void
draw_grid(Frame *f)
{
    double bottom = fmin(f->bottom, frame_row_y(f, f->n_rows));
    double right = fmin(f->right, frame_column_x(f, f->n_columns));

    cairo_set_source_rgba(f->cr, 0, 0, 0, 0.22);
    if (f->zoom >= 8) {
        int first = MAX(0, (int)floor((f->left - f->x0) / f->zoom));
        for (int i = first; i < f->n_columns && frame_column_x(f, i) < f->right; i++)
            cairo_rectangle(f->cr, frame_column_x(f, i), f->top, 1, bottom - f->top);
        first = MAX(0, (int)floor((f->top - f->y0) / f->zoom));
        for (int i = first; i < f->n_rows && frame_row_y(f, i) < f->bottom; i++)
            cairo_rectangle(f->cr, f->left, frame_row_y(f, i), right - f->left, 1);
        cairo_fill(f->cr);
    }
    cairo_set_source_rgba(f->cr, 0, 0, 0, f->zoom >= 3 ? 0.55 : 0.35);
    for (int i = 1; i < f->layout->n_fields; i++) {
        const LayoutField *entry = &f->layout->fields[i];
        bool starts_header = field_table[entry->field].bit_offset == 0;
        double x = frame_column_x(f, entry->first_column);

        if ((starts_header || f->zoom >= 3) && x >= f->left - 2 && x < f->right)
            cairo_rectangle(f->cr, x, f->top, starts_header && f->zoom >= 3 ? 2 : 1,
                            bottom - f->top);
    }
    cairo_fill(f->cr);
}

enum { DIGITS_FROM = 16 }; /* zoom */

/* A digit as a mask, laid out once a drawing: there may be thousands of cells. */
static cairo_surface_t *
digit_mask(Frame *f, const char *digit)
{
    int w, h;

    frame_text_size(f, digit, &w, &h);
    cairo_surface_t *mask =
        cairo_surface_create_similar(cairo_get_target(f->cr), CAIRO_CONTENT_ALPHA, w, h);
    cairo_t *cr = cairo_create(mask);
    pango_cairo_show_layout(cr, f->text);
    cairo_destroy(cr);
    return mask;
}

static void
draw_digits_of_row(Frame *f, int row, int from, cairo_surface_t *const masks[2])
{
    const Palette palette = f->view->picture->palette;
    const int8_t *trits = trace_row(f->view->picture->trace, row);
    int w, h;

    frame_text_size(f, "0", &w, &h);
    double y = frame_row_y(f, row) + floor((f->zoom - h) / 2);
    for (int column = from; column < f->n_columns && frame_column_x(f, column) < f->right;
         column++) {
        int trit = trits[column];

        if (trit < 0)
            continue;
        GdkRGBA ink = colour_to_read_on(palette_colour(palette, trit));
        cairo_set_source_rgba(f->cr, ink.red, ink.green, ink.blue, 0.75);
        cairo_mask_surface(f->cr, masks[trit],
                           frame_column_x(f, column) + floor((f->zoom - w) / 2) + 1, y);
    }
}

static void
draw_digits(Frame *f)
{
    const Trace *trace = f->view->picture->trace;
    int from_row = MAX(0, (int)floor((f->top - f->y0) / f->zoom));
    int from = MAX(0, (int)floor((f->left - f->x0) / f->zoom));
    cairo_surface_t *masks[2] = {digit_mask(f, "0"), digit_mask(f, "1")};

    for (int row = from_row; row < trace->n_rows && frame_row_y(f, row) < f->bottom; row++)
        draw_digits_of_row(f, row, from, masks);
    cairo_surface_destroy(masks[0]);
    cairo_surface_destroy(masks[1]);
}

static void
draw_picture(Frame *f)
{
    TorchlightTraceView *view = f->view;

    cairo_save(f->cr);
    frame_clip(f, f->left, f->top, f->right, f->bottom);
    draw_pixels(f, view->preview  ? view->preview
                   : view->pixels ? view->pixels
                                  : view->picture->pixels);
    if (!view->preview)
        draw_grid(f);
    if (f->zoom >= DIGITS_FROM && view->picture && !view->preview && !view->pixels)
        draw_digits(f);
    cairo_restore(f->cr);
}

/* A step of packet numbers with room for their text: 1, 2, 5, 10, 20, ... */
static int
number_step(double zoom)
{
    static const int base[] = {1, 2, 5};

    for (int scale = 1; scale <= 1000000; scale *= 10) {
        for (int i = 0; i < 3; i++) {
            if (base[i] * scale * zoom >= (base[i] * scale == 1 ? 15 : 24))
                return base[i] * scale;
        }
    }
    return 1000000;
}

/* Where the side ends: beside a narrow picture it is in the middle of the widget. */
static double
side_right(const Frame *f)
{
    return fmax(f->left, frame_column_x(f, 0));
}

/* Text that ends at x, centred on the row. */
static void
draw_side_text(Frame *f, const char *text, double x, int row, double alpha)
{
    int w, h;
    double y = f->y0 + (row + 0.5) * f->zoom;

    frame_text_size(f, text, &w, &h);
    frame_colour(f, &f->colour, alpha);
    cairo_move_to(f->cr, x - w, floor(CLAMP(y - h / 2.0, f->top, f->bottom - h)));
    pango_cairo_show_layout(f->cr, f->text);
}

/* Up for the way of the first packet of its hosts, down for the way back: filled, so that it is
 * told from the other by more than its shape. */
static void
draw_arrow(Frame *f, double x, int row, bool back)
{
    double size = fmin(8, f->zoom * 0.6), y = floor(f->y0 + (row + 0.5) * f->zoom);
    double up = back ? size / 2 : -size / 2;

    cairo_move_to(f->cr, x - size / 2, y - up);
    cairo_line_to(f->cr, x + size / 2, y - up);
    cairo_line_to(f->cr, x, y + up);
    cairo_close_path(f->cr);
    frame_colour(f, &f->colour, back ? 0.45 : 0.9);
    cairo_fill(f->cr);
}

static void
draw_row_side(Frame *f, int row, bool has_number, bool is_packet)
{
    const TracePicture *picture = f->view->preview ? NULL : f->view->picture;
    double right = side_right(f) - 8;

    if (picture && is_packet && f->zoom >= 8) {
        draw_arrow(f, right - 3, row, packet_info_row(picture->packets, row)->direction);
        right -= 13;
    }
    if (picture && is_packet && trace_view_has_times(f->view)) {
        g_autofree char *time = packet_info_time_text(picture->packets, row);
        draw_side_text(f, time, right, row, 0.6);
        right -= 80;
    }
    if (has_number) {
        int first = picture ? picture->first_row : 0;
        g_autofree char *text = g_strdup_printf("%d", first + row + 1);
        draw_side_text(f, text, right, row, is_packet ? 0.8 : 0.35);
    }
}

static void
draw_side(Frame *f)
{
    TorchlightTraceView *view = f->view;
    int step = number_step(f->zoom);
    int first = view->picture ? view->picture->first_row : 0;
    int n_packets = view->picture && !view->preview ? view->picture->trace->n_rows : f->n_rows;
    int from = MAX(0, (int)floor((f->top - f->y0) / f->zoom));

    cairo_save(f->cr);
    frame_clip(f, 0, f->top, side_right(f), f->bottom);
    for (int row = from; row < f->n_rows && frame_row_y(f, row) < f->bottom; row++) {
        int number = first + row + 1;
        bool has_number = row == 0 || (number % step == 0 && row * f->zoom >= 20);

        if (has_number || f->zoom >= 8)
            draw_row_side(f, row, has_number, row < n_packets);
        if (number % step == 0 && f->zoom < 8) {
            frame_colour(f, &f->colour, 0.35);
            frame_fill(f, side_right(f) - 5, floor(f->y0 + (row + 0.5) * f->zoom), 4, 1);
        }
    }
    cairo_restore(f->cr);
}

static void
draw_background(Frame *f)
{
    draw_picture(f);
    trace_view_draw_ruler(f);
    draw_side(f);
}

static void
frame_init(Frame *f, TorchlightTraceView *view)
{
    GtkWidget *widget = GTK_WIDGET(view);
    GtkStyleContext *style = gtk_widget_get_style_context(widget);

    *f = (Frame){.view = view, .layout = trace_view_layout(view), .zoom = view->zoom};
    f->right = gtk_widget_get_width(widget);
    f->bottom = gtk_widget_get_height(widget);
    f->left = trace_view_side_width(view);
    f->top = trace_view_ruler_height(view);
    gtk_style_context_get_color(style, &f->colour);
    if (!gtk_style_context_lookup_color(style, "accent_bg_color", &f->accent))
        f->accent = (GdkRGBA){0.2f, 0.5f, 0.9f, 1.0f};
    if (!gtk_style_context_lookup_color(style, "window_bg_color", &f->background))
        f->background = (GdkRGBA){0.5f, 0.5f, 0.5f, 1.0f};
    trace_view_picture_size(view, &f->n_columns, &f->n_rows);
    trace_view_origin(view, &f->x0, &f->y0);
}

static void
frame_open_text(Frame *f)
{
    PangoAttrList *attributes = pango_attr_list_new();

    f->text = gtk_widget_create_pango_layout(GTK_WIDGET(f->view), NULL);
    pango_attr_list_insert(attributes, pango_attr_scale_new(0.82));
    pango_attr_list_insert(attributes, pango_attr_font_features_new("tnum=1"));
    pango_layout_set_attributes(f->text, attributes);
    pango_attr_list_unref(attributes);
}

/* As a node of its own; the text is laid out for the widget, so it is sharp at every scale. */
static GskRenderNode *
draw_node(Frame *f, void (*draw)(Frame *))
{
    GskRenderNode *node = gsk_cairo_node_new(&GRAPHENE_RECT_INIT(0, 0, f->right, f->bottom));

    f->cr = gsk_cairo_node_get_draw_context(node);
    frame_open_text(f);
    draw(f);
    g_object_unref(f->text);
    cairo_destroy(f->cr);
    return node;
}

static bool
background_is(const BackgroundKey *a, const BackgroundKey *b)
{
    return a->x0 == b->x0 && a->y0 == b->y0 && a->zoom == b->zoom && a->width == b->width &&
           a->height == b->height && gdk_rgba_equal(&a->colour, &b->colour) &&
           a->pixels == b->pixels && a->picture == b->picture;
}

void
trace_view_draw(TorchlightTraceView *view, GtkSnapshot *snapshot)
{
    Frame f;

    frame_init(&f, view);
    if ((!view->picture && !view->preview) || f.right <= f.left || f.bottom <= f.top)
        return;
    BackgroundKey key = {.x0 = f.x0,
                         .y0 = f.y0,
                         .zoom = f.zoom,
                         .width = f.right,
                         .height = f.bottom,
                         .colour = f.colour,
                         .pixels = view->preview ? view->preview : view->pixels,
                         .picture = view->picture};
    if (!view->background || !background_is(&key, &view->background_key)) {
        g_clear_pointer(&view->background, gsk_render_node_unref);
        view->background = draw_node(&f, draw_background);
        view->background_key = key;
    }
    gtk_snapshot_append_node(snapshot, view->background);
    if (!view->preview && view->picture) {
        g_autoptr(GskRenderNode) marks = draw_node(&f, trace_view_draw_marks);
        gtk_snapshot_append_node(snapshot, marks);
    }
}
