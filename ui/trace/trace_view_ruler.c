/* SPDX-License-Identifier: Apache-2.0 */
/* The ruler above the picture: headers; where the zoom gives them room, fields; then bits with
 * their numbers. All of it is read off the one table of fields. */
#include "ui/trace/trace_view_private.h"

#include <math.h>

/* Text centred in a span if it fits there. */
static bool
draw_label(Frame *f, const char *label, double x, double width, double y, double height,
           double alpha)
{
    int w, h;

    frame_text_size(f, label, &w, &h);
    if (w + 3 > width)
        return false;
    frame_colour(f, &f->colour, alpha);
    cairo_move_to(f->cr, floor(x + (width - w) / 2), floor(y + (height - h) / 2));
    pango_cairo_show_layout(f->cr, f->text);
    return true;
}

/* Every fourth and eighth bit of a field is longer, where bits can be told apart. */
static void
draw_bit_ticks(Frame *f, int first, int width)
{
    if (f->zoom < 4)
        return;
    frame_colour(f, &f->colour, 0.45);
    for (int bit = 1; bit < width; bit++) {
        double x = frame_column_x(f, first + bit);
        int length = bit % 8 == 0 ? 6 : bit % 4 == 0 ? 4 : 2;

        if (x >= f->left && x <= f->right && (f->zoom >= 6 || bit % 4 == 0))
            cairo_rectangle(f->cr, x, f->top - 1 - length, 1, length);
    }
    cairo_fill(f->cr);
}

/* How many bits from one number to the next. */
static int
bit_number_step(Frame *f, int width)
{
    int w, h;

    frame_text_size(f, width > 100 ? "000" : width > 10 ? "00" : "0", &w, &h);
    return w + 2 <= f->zoom ? 1 : w + 2 <= 4 * f->zoom ? 4 : 8;
}

static void
draw_bit_numbers(Frame *f, int first, int width)
{
    int step = bit_number_step(f, width);
    int from = MAX(0, (int)floor((f->left - f->x0) / f->zoom) - first);
    double y = HEADER_BAND + FIELD_BAND;

    for (int bit = from - from % step; bit < width; bit += step) {
        double x = frame_column_x(f, first + bit);
        char text[12];

        if (x > f->right)
            break;
        g_snprintf(text, sizeof text, "%d", bit);
        if (step == 1) {
            draw_label(f, text, x, f->zoom + 3, y, BIT_BAND - 1, 0.6);
        } else if (x >= f->left) {
            frame_colour(f, &f->colour, 0.45);
            frame_fill(f, x, y + BIT_BAND - 5, 1, 4);
            draw_label(f, text, x, f->zoom * step, y, BIT_BAND - 1, 0.6);
        }
    }
}

static void
draw_fields(Frame *f)
{
    bool has_bits = trace_view_ruler_level(f->view) == RULER_BITS;
    double last_tick = -100;

    for (int i = 0; i < f->layout->n_fields; i++) {
        const Field *field = &field_table[f->layout->fields[i].field];
        int first = f->layout->fields[i].first_column;
        double x, width, edge = frame_column_x(f, first);

        if (!frame_span(f, first, field->width, &x, &width))
            continue;
        if (edge >= f->left && edge - last_tick >= 3) {
            frame_colour(f, &f->colour, 0.35);
            frame_fill(f, edge, HEADER_BAND, 1, f->top - HEADER_BAND);
            last_tick = edge;
        }
        draw_label(f, field->label, x, width, HEADER_BAND, FIELD_BAND, 0.85);
        if (has_bits)
            draw_bit_numbers(f, first, field->width);
        else
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
        if (!frame_span(f, first, n, &x, &width))
            continue;
        frame_colour(f, &f->colour, n_seen % 2 ? 0.06 : 0.12);
        frame_fill(f, x, 0, width, HEADER_BAND);
        frame_colour(f, &f->colour, 0.5);
        if (frame_column_x(f, first) >= f->left)
            frame_fill(f, frame_column_x(f, first), 0, 1, f->top);
        draw_label(f, header_title((Header)header), x, width, 0, HEADER_BAND, 1.0);
    }
    pango_layout_set_attributes(f->text, plain);
    pango_attr_list_unref(plain);
    pango_attr_list_unref(bold);
}

void
trace_view_draw_ruler(Frame *f)
{
    double left = fmax(f->left, frame_column_x(f, 0));
    double right = fmin(f->right, frame_column_x(f, f->n_columns));

    cairo_save(f->cr);
    frame_clip(f, f->left, 0, f->right, f->top);
    draw_headers(f);
    if (trace_view_ruler_level(f->view) != RULER_HEADERS)
        draw_fields(f);
    frame_colour(f, &f->colour, 0.35);
    frame_fill(f, left, f->top - 1, right - left, 1);
    cairo_restore(f->cr);
}
