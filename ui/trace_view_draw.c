/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing of the trace view: picture, ruler of headers and fields, packet numbers, crosshair. */
#include "ui/trace_view_private.h"

#include <glib/gi18n.h>
#include <math.h>

typedef struct {
    TorchlightTraceView *view;
    cairo_t *cr;
    PangoLayout *text;
    GdkRGBA colour, accent;
    double x0, y0; /* of the picture's first pixel */
    int left, top; /* of the picture area */
    int right, bottom;
} Frame;

cairo_surface_t *
trace_view_surface(const Image *image)
{
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, image->width, image->height);
    cairo_surface_flush(surface);
    uint8_t *data = cairo_image_surface_get_data(surface);
    int stride = cairo_image_surface_get_stride(surface);
    for (int y = 0; y < image->height; y++) {
        const uint8_t *from = image->pixels + (size_t)y * image->width * image->n_channels;
        uint32_t *to = (uint32_t *)(void *)(data + (size_t)y * stride);
        for (int x = 0; x < image->width; x++, from += image->n_channels) {
            int g = image->n_channels == 3 ? 1 : 0, b = image->n_channels == 3 ? 2 : 0;
            to[x] = (uint32_t)from[0] << 16 | (uint32_t)from[g] << 8 | from[b];
        }
    }
    cairo_surface_mark_dirty(surface);
    return surface;
}

static void
set_colour(Frame *f, const GdkRGBA *colour, double alpha)
{
    cairo_set_source_rgba(f->cr, colour->red, colour->green, colour->blue, colour->alpha * alpha);
}

static void
draw_picture(Frame *f)
{
    TorchlightTraceView *view = f->view;
    cairo_surface_t *surface = view->preview ? view->preview : view->picture;
    cairo_save(f->cr);
    cairo_rectangle(f->cr, f->left, f->top, f->right - f->left, f->bottom - f->top);
    cairo_clip(f->cr);
    cairo_translate(f->cr, f->x0, f->y0);
    int width, height;
    trace_view_picture_size(view, &width, &height);
    double sx = view->zoom * width / cairo_image_surface_get_width(surface);
    double sy = view->zoom * height / cairo_image_surface_get_height(surface);
    cairo_scale(f->cr, sx, sy);
    cairo_set_source_surface(f->cr, surface, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(f->cr),
                             view->zoom < 1.0 ? CAIRO_FILTER_GOOD : CAIRO_FILTER_NEAREST);
    cairo_paint(f->cr);
    cairo_restore(f->cr);
}

/* Text centred in a span if it fits there. */
static void
draw_label(Frame *f, const char *label, double x, double width, double y, double alpha)
{
    int w, h;
    pango_layout_set_text(f->text, label, -1);
    pango_layout_get_pixel_size(f->text, &w, &h);
    if (w + 6 > width)
        return;
    set_colour(f, &f->colour, alpha);
    cairo_move_to(f->cr, floor(x + (width - w) / 2), y);
    pango_cairo_show_layout(f->cr, f->text);
}

static void
draw_tick(Frame *f, double x, double y0, double y1, double alpha)
{
    set_colour(f, &f->colour, alpha);
    cairo_set_line_width(f->cr, 1);
    cairo_move_to(f->cr, floor(x) + 0.5, y0);
    cairo_line_to(f->cr, floor(x) + 0.5, y1);
    cairo_stroke(f->cr);
}

/* The visible part of columns first .. first + n - 1, in widget coordinates. */
static bool
span(Frame *f, int first, int n, double *x, double *width)
{
    double a = f->x0 + first * f->view->zoom, b = a + n * f->view->zoom;
    a = fmax(a, f->left);
    b = fmin(b, f->right);
    *x = a;
    *width = b - a;
    return b > a;
}

static void
draw_fields(Frame *f)
{
    const Layout *layout = f->view->trace->layout;
    for (int i = 0; i < layout->n_fields; i++) {
        const Field *field = &field_table[layout->fields[i].field];
        double x, width;
        int first = layout->fields[i].first_column;
        if (!span(f, first, field->width, &x, &width))
            continue;
        bool hovered =
            f->view->hover_column >= first && f->view->hover_column < first + field->width;
        if (hovered) {
            set_colour(f, &f->accent, 0.35);
            cairo_rectangle(f->cr, x, RULER_HEIGHT / 2.0, width, RULER_HEIGHT / 2.0);
            cairo_fill(f->cr);
        }
        if (f->view->zoom * field->width >= 3)
            draw_tick(f, f->x0 + first * f->view->zoom, RULER_HEIGHT * 0.6, RULER_HEIGHT, 0.35);
        draw_label(f, field->label, x, width, RULER_HEIGHT / 2.0 + 3, 0.85);
    }
}

static void
draw_headers(Frame *f)
{
    const Layout *layout = f->view->trace->layout;
    for (int header = 0; header < N_HEADERS; header++) {
        int first, n;
        double x, width;
        if (!layout_header_span(layout, (Header)header, &first, &n) ||
            !span(f, first, n, &x, &width))
            continue;
        set_colour(f, &f->colour, header % 2 ? 0.10 : 0.05);
        cairo_rectangle(f->cr, x, 0, width, RULER_HEIGHT / 2.0);
        cairo_fill(f->cr);
        draw_tick(f, f->x0 + first * f->view->zoom, 0, RULER_HEIGHT, 0.5);
        draw_label(f, header_title((Header)header), x, width, 3, 1.0);
    }
}

static void
draw_ruler(Frame *f)
{
    cairo_save(f->cr);
    cairo_rectangle(f->cr, f->left, 0, f->right - f->left, RULER_HEIGHT);
    cairo_clip(f->cr);
    draw_headers(f);
    draw_fields(f);
    cairo_restore(f->cr);
    set_colour(f, &f->colour, 0.25);
    cairo_rectangle(f->cr, f->left, RULER_HEIGHT - 1, f->right - f->left, 1);
    cairo_fill(f->cr);
}

/* A step of packet numbers with room for their text: 1, 2, 5, 10, 20, ... */
static int
number_step(double zoom)
{
    static const int base[] = {1, 2, 5};
    for (int scale = 1; scale <= 1000000; scale *= 10) {
        for (int i = 0; i < 3; i++) {
            if (base[i] * scale * zoom >= 22)
                return base[i] * scale;
        }
    }
    return 1000000;
}

static void
draw_number(Frame *f, int number, double y, double alpha)
{
    int w, h;
    g_autofree char *text = g_strdup_printf("%d", number);
    pango_layout_set_text(f->text, text, -1);
    pango_layout_get_pixel_size(f->text, &w, &h);
    set_colour(f, &f->colour, alpha);
    cairo_move_to(f->cr, SIDE_WIDTH - 8 - w, floor(y - h / 2.0));
    pango_cairo_show_layout(f->cr, f->text);
}

static void
draw_side(Frame *f)
{
    TorchlightTraceView *view = f->view;
    int step = number_step(view->zoom), width, height;
    trace_view_picture_size(view, &width, &height);
    cairo_save(f->cr);
    cairo_rectangle(f->cr, 0, f->top, SIDE_WIDTH, f->bottom - f->top);
    cairo_clip(f->cr);
    for (int row = 0; row < height; row++) {
        int number = row + 1;
        if (number != 1 && number % step)
            continue;
        double y = f->y0 + (row + 0.5) * view->zoom;
        if (y >= f->top - 10 && y <= f->bottom + 10 && abs(row - view->hover_row) * view->zoom > 14)
            draw_number(f, number, y, row < view->trace->n_rows ? 0.7 : 0.3);
    }
    if (view->hover_row >= 0)
        draw_number(f, view->hover_row + 1, f->y0 + (view->hover_row + 0.5) * view->zoom, 1.0);
    cairo_restore(f->cr);
    set_colour(f, &f->colour, 0.25);
    cairo_rectangle(f->cr, SIDE_WIDTH - 1, f->top, 1, f->bottom - f->top);
    cairo_fill(f->cr);
}

/* Frames the hovered row and field. */
static void
draw_hover(Frame *f)
{
    TorchlightTraceView *view = f->view;
    if (view->hover_row < 0 || view->zoom < 2)
        return;
    cairo_save(f->cr);
    cairo_rectangle(f->cr, f->left, f->top, f->right - f->left, f->bottom - f->top);
    cairo_clip(f->cr);
    cairo_set_source_rgba(f->cr, 1, 1, 1, 0.9);
    cairo_set_line_width(f->cr, 1);
    cairo_rectangle(f->cr, floor(f->x0 + view->hover_column * view->zoom) - 0.5,
                    floor(f->y0 + view->hover_row * view->zoom) - 0.5, ceil(view->zoom) + 1,
                    ceil(view->zoom) + 1);
    cairo_stroke(f->cr);
    cairo_restore(f->cr);
}

void
trace_view_draw(TorchlightTraceView *view, GtkSnapshot *snapshot)
{
    GtkWidget *widget = GTK_WIDGET(view);
    int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
    if (!view->trace || !view->picture || width <= SIDE_WIDTH || height <= RULER_HEIGHT)
        return;
    Frame f = {.view = view, .left = SIDE_WIDTH, .top = RULER_HEIGHT};
    GtkStyleContext *style = gtk_widget_get_style_context(widget);
    gtk_style_context_get_color(style, &f.colour);
    if (!gtk_style_context_lookup_color(style, "accent_bg_color", &f.accent))
        f.accent = (GdkRGBA){0.2f, 0.5f, 0.9f, 1.0f};
    f.right = width;
    f.bottom = height;
    trace_view_origin(view, &f.x0, &f.y0);
    f.cr = gtk_snapshot_append_cairo(snapshot, &GRAPHENE_RECT_INIT(0, 0, width, height));
    f.text = gtk_widget_create_pango_layout(widget, NULL);
    PangoAttrList *attributes = pango_attr_list_new();
    pango_attr_list_insert(attributes, pango_attr_scale_new(0.85));
    pango_attr_list_insert(attributes, pango_attr_font_features_new("tnum=1"));
    pango_layout_set_attributes(f.text, attributes);
    pango_attr_list_unref(attributes);
    draw_picture(&f);
    draw_ruler(&f);
    draw_side(&f);
    draw_hover(&f);
    g_object_unref(f.text);
    cairo_destroy(f.cr);
}
