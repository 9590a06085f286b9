/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing of the trace view: picture, ruler of headers and fields, packet numbers, and what marks
 * the bit told of. All but the marks is one render node that is kept until something of it changes:
 * moving the pointer draws only the marks. */
#include "ui/trace/trace_view_private.h"

#include <math.h>

enum { HEADER_BAND = 21, FIELD_BAND = 21 }; /* the rest of the ruler is for ticks */

typedef struct {
    TorchlightTraceView *view;
    const Layout *layout;
    cairo_t *cr;
    PangoLayout *text;
    GdkRGBA colour, accent;
    double zoom;
    double x0, y0; /* of the picture's first pixel */
    int n_columns, n_rows;
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

/* Edges of column and row, on whole screen pixels. */
static double
column_x(const Frame *f, int column)
{
    return floor(f->x0 + column * f->zoom + 0.5);
}

static double
row_y(const Frame *f, int row)
{
    return floor(f->y0 + row * f->zoom + 0.5);
}

static void
clip_to(Frame *f, double x, double y, double right, double bottom)
{
    cairo_rectangle(f->cr, x, y, right - x, bottom - y);
    cairo_clip(f->cr);
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
    double bottom = fmin(f->bottom, row_y(f, f->n_rows)),
           right = fmin(f->right, column_x(f, f->n_columns));

    cairo_set_source_rgba(f->cr, 0, 0, 0, 0.22);
    if (f->zoom >= 8) {
        int first = MAX(0, (int)floor((SIDE_WIDTH - f->x0) / f->zoom));
        for (int i = first; i < f->n_columns && column_x(f, i) < f->right; i++)
            cairo_rectangle(f->cr, column_x(f, i), RULER_HEIGHT, 1, bottom - RULER_HEIGHT);
        first = MAX(0, (int)floor((RULER_HEIGHT - f->y0) / f->zoom));
        for (int i = first; i < f->n_rows && row_y(f, i) < f->bottom; i++)
            cairo_rectangle(f->cr, SIDE_WIDTH, row_y(f, i), right - SIDE_WIDTH, 1);
        cairo_fill(f->cr);
    }
    cairo_set_source_rgba(f->cr, 0, 0, 0, f->zoom >= 3 ? 0.55 : 0.35);
    for (int i = 1; i < f->layout->n_fields; i++) {
        const LayoutField *entry = &f->layout->fields[i];
        bool starts_header = field_table[entry->field].bit_offset == 0;
        if (starts_header || f->zoom >= 3)
            cairo_rectangle(f->cr, column_x(f, entry->first_column), RULER_HEIGHT,
                            starts_header && f->zoom >= 3 ? 2 : 1, bottom - RULER_HEIGHT);
    }
    cairo_fill(f->cr);
}

static void
draw_picture(Frame *f)
{
    TorchlightTraceView *view = f->view;

    cairo_save(f->cr);
    clip_to(f, SIDE_WIDTH, RULER_HEIGHT, f->right, f->bottom);
    draw_pixels(f, view->preview ? view->preview : view->picture->pixels);
    if (!view->preview)
        draw_grid(f);
    cairo_restore(f->cr);
}

/* Text centred in a span if it fits there. */
static bool
draw_label(Frame *f, const char *label, double x, double width, double y, double height,
           double alpha)
{
    int w, h;

    pango_layout_set_text(f->text, label, -1);
    pango_layout_get_pixel_size(f->text, &w, &h);
    if (w + 3 > width)
        return false;
    set_colour(f, &f->colour, alpha);
    cairo_move_to(f->cr, floor(x + (width - w) / 2), floor(y + (height - h) / 2));
    pango_cairo_show_layout(f->cr, f->text);
    return true;
}

/* The visible part of columns first .. first + n - 1, in widget coordinates. */
static bool
span(Frame *f, int first, int n, double *x, double *width)
{
    double a = fmax(column_x(f, first), SIDE_WIDTH), b = fmin(column_x(f, first + n), f->right);

    *x = a;
    *width = b - a;
    return b > a;
}

/* Every fourth and eighth bit of a field is longer, where bits can be told apart. */
static void
draw_bit_ticks(Frame *f, int first, int width)
{
    if (f->zoom < 4)
        return;
    set_colour(f, &f->colour, 0.45);
    for (int bit = 1; bit < width; bit++) {
        double x = column_x(f, first + bit);
        int length = bit % 8 == 0 ? 6 : bit % 4 == 0 ? 4 : 2;
        if (x >= SIDE_WIDTH && x <= f->right && (f->zoom >= 6 || bit % 4 == 0))
            cairo_rectangle(f->cr, x, RULER_HEIGHT - 1 - length, 1, length);
    }
    cairo_fill(f->cr);
}

static void
draw_fields(Frame *f)
{
    double last_tick = -100;

    for (int i = 0; i < f->layout->n_fields; i++) {
        const Field *field = &field_table[f->layout->fields[i].field];
        int first = f->layout->fields[i].first_column;
        double x, width, edge = column_x(f, first);

        if (!span(f, first, field->width, &x, &width))
            continue;
        if (edge >= SIDE_WIDTH && edge - last_tick >= 3) {
            set_colour(f, &f->colour, 0.35);
            fill(f, edge, HEADER_BAND, 1, RULER_HEIGHT - HEADER_BAND);
            last_tick = edge;
        }
        draw_label(f, field->label, x, width, HEADER_BAND, FIELD_BAND, 0.85);
        draw_bit_ticks(f, first, field->width);
    }
}

/* The name of a header wanders with its visible part, so that it can always be read. */
static void
draw_headers(Frame *f)
{
    PangoAttrList *plain = pango_attr_list_ref(pango_layout_get_attributes(f->text));
    PangoAttrList *bold = pango_attr_list_copy(plain);
    int n_seen = 0;

    pango_attr_list_insert(bold, pango_attr_weight_new(PANGO_WEIGHT_BOLD));
    pango_layout_set_attributes(f->text, bold);
    for (int header = 0; header < N_HEADERS; header++) {
        int first, n;
        double x, width;
        if (!layout_header_span(f->layout, (Header)header, &first, &n))
            continue;
        n_seen++;
        if (!span(f, first, n, &x, &width))
            continue;
        set_colour(f, &f->colour, n_seen % 2 ? 0.06 : 0.12);
        fill(f, x, 0, width, HEADER_BAND);
        set_colour(f, &f->colour, 0.5);
        if (column_x(f, first) >= SIDE_WIDTH)
            fill(f, column_x(f, first), 0, 1, RULER_HEIGHT);
        draw_label(f, header_title((Header)header), x, width, 0, HEADER_BAND, 1.0);
    }
    pango_layout_set_attributes(f->text, plain);
    pango_attr_list_unref(plain);
    pango_attr_list_unref(bold);
}

static void
draw_ruler(Frame *f)
{
    double left = fmax(SIDE_WIDTH, column_x(f, 0)),
           right = fmin(f->right, column_x(f, f->n_columns));

    cairo_save(f->cr);
    clip_to(f, SIDE_WIDTH, 0, f->right, RULER_HEIGHT);
    draw_headers(f);
    draw_fields(f);
    set_colour(f, &f->colour, 0.35);
    fill(f, left, RULER_HEIGHT - 1, right - left, 1);
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

static void
draw_number(Frame *f, int row, double alpha)
{
    int w, h, first = f->view->picture ? f->view->picture->first_row : 0;
    double y = f->y0 + (row + 0.5) * f->zoom;
    g_autofree char *text = g_strdup_printf("%d", first + row + 1);

    pango_layout_set_text(f->text, text, -1);
    pango_layout_get_pixel_size(f->text, &w, &h);
    set_colour(f, &f->colour, alpha);
    cairo_move_to(f->cr, column_x(f, 0) > SIDE_WIDTH ? column_x(f, 0) - 8 - w : SIDE_WIDTH - 8 - w,
                  floor(CLAMP(y - h / 2.0, RULER_HEIGHT, f->bottom - h)));
    pango_cairo_show_layout(f->cr, f->text);
}

static void
draw_side(Frame *f)
{
    TorchlightTraceView *view = f->view;
    int step = number_step(f->zoom);
    int first = view->picture ? view->picture->first_row : 0;
    int n_packets = view->picture && !view->preview ? view->picture->trace->n_rows : f->n_rows;
    int from = MAX(0, (int)floor((RULER_HEIGHT - f->y0) / f->zoom));

    cairo_save(f->cr);
    clip_to(f, 0, RULER_HEIGHT, fmax(SIDE_WIDTH, column_x(f, 0)), f->bottom);
    for (int row = from; row < f->n_rows && row_y(f, row) < f->bottom; row++) {
        int number = first + row + 1;
        if (row == 0 || (number % step == 0 && row * f->zoom >= 20))
            draw_number(f, row, row < n_packets ? 0.75 : 0.35);
        if (number % step == 0 && f->zoom < 15) {
            set_colour(f, &f->colour, 0.35);
            fill(f, fmax(SIDE_WIDTH, column_x(f, 0)) - 5, floor(f->y0 + (row + 0.5) * f->zoom), 4,
                 1);
        }
    }
    cairo_restore(f->cr);
}

static void
draw_background(Frame *f)
{
    draw_picture(f);
    draw_ruler(f);
    draw_side(f);
}

/* The bit in a frame of black and white, its packet and field as bands, the field in the ruler. */
static void
draw_marks(Frame *f)
{
    Cell cell = trace_view_cell(f->view);
    int bit;

    if (cell.row < 0 || cell.column < 0 || f->view->preview || cell.column >= f->n_columns ||
        cell.row >= f->n_rows)
        return;
    const LayoutField *entry = layout_field_at(f->layout, cell.column, &bit);
    double x = column_x(f, entry->first_column);
    double width = column_x(f, entry->first_column + field_table[entry->field].width) - x;
    double y = row_y(f, cell.row), height = fmax(1, row_y(f, cell.row + 1) - y);

    cairo_save(f->cr);
    clip_to(f, SIDE_WIDTH, 0, f->right, f->bottom);
    set_colour(f, &f->accent, 0.3);
    fill(f, x, HEADER_BAND, width, RULER_HEIGHT - 1 - HEADER_BAND);
    clip_to(f, SIDE_WIDTH, RULER_HEIGHT, f->right, f->bottom);
    cairo_set_source_rgba(f->cr, 1, 1, 1, 0.18);
    fill(f, x, RULER_HEIGHT, width, fmin(f->bottom, row_y(f, f->n_rows)) - RULER_HEIGHT);
    fill(f, column_x(f, 0), y, column_x(f, f->n_columns) - column_x(f, 0), height);
    x = column_x(f, cell.column);
    width = fmax(1, column_x(f, cell.column + 1) - x);
    cairo_set_line_width(f->cr, 1);
    cairo_set_source_rgb(f->cr, 0, 0, 0);
    cairo_rectangle(f->cr, x - 1.5, y - 1.5, width + 3, height + 3);
    cairo_stroke(f->cr);
    cairo_set_source_rgb(f->cr, 1, 1, 1);
    cairo_rectangle(f->cr, x - 0.5, y - 0.5, width + 1, height + 1);
    cairo_stroke(f->cr);
    cairo_restore(f->cr);
}

static void
frame_init(Frame *f, TorchlightTraceView *view)
{
    GtkWidget *widget = GTK_WIDGET(view);
    GtkStyleContext *style = gtk_widget_get_style_context(widget);

    *f = (Frame){.view = view, .layout = trace_view_layout(view), .zoom = view->zoom};
    f->right = gtk_widget_get_width(widget);
    f->bottom = gtk_widget_get_height(widget);
    gtk_style_context_get_color(style, &f->colour);
    if (!gtk_style_context_lookup_color(style, "accent_bg_color", &f->accent))
        f->accent = (GdkRGBA){0.2f, 0.5f, 0.9f, 1.0f};
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
    if ((!view->picture && !view->preview) || f.right <= SIDE_WIDTH || f.bottom <= RULER_HEIGHT)
        return;
    BackgroundKey key = {.x0 = f.x0,
                         .y0 = f.y0,
                         .zoom = f.zoom,
                         .width = f.right,
                         .height = f.bottom,
                         .colour = f.colour,
                         .pixels = view->preview,
                         .picture = view->picture};
    if (!view->background || !background_is(&key, &view->background_key)) {
        g_clear_pointer(&view->background, gsk_render_node_unref);
        view->background = draw_node(&f, draw_background);
        view->background_key = key;
    }
    gtk_snapshot_append_node(snapshot, view->background);
    if (trace_view_cell(view).row >= 0) {
        g_autoptr(GskRenderNode) marks = draw_node(&f, draw_marks);
        gtk_snapshot_append_node(snapshot, marks);
    }
}
