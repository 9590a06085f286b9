/* SPDX-License-Identifier: Apache-2.0 */
/* What is drawn over the picture and changes with the pointer: the crosshair and the bit it is at,
 * the chosen packet and field, what was found; and the veil over all but the highlighted columns.
 * Lines are white beside black, so that they can be seen on every palette. */
#include "ui/trace/trace_view_private.h"

#include <math.h>

enum { FOUND_WIDTH = 7 };

static double
picture_bottom(const Frame *f)
{
    return fmin(f->bottom, frame_row_y(f, f->n_rows));
}

static double
row_height(const Frame *f, int row)
{
    return fmax(1, frame_row_y(f, row + 1) - frame_row_y(f, row));
}

/* A rectangle's outline, 1 pixel of black around 1 pixel of white. */
static void
outline(Frame *f, double x, double y, double width, double height)
{
    cairo_set_line_width(f->cr, 1);
    cairo_set_source_rgba(f->cr, 0, 0, 0, 0.9);
    cairo_rectangle(f->cr, x - 1.5, y - 1.5, width + 3, height + 3);
    cairo_stroke(f->cr);
    cairo_set_source_rgb(f->cr, 1, 1, 1);
    cairo_rectangle(f->cr, x - 0.5, y - 0.5, width + 1, height + 1);
    cairo_stroke(f->cr);
}

static void
draw_veil(Frame *f)
{
    double x = frame_column_x(f, 0), right = frame_column_x(f, f->n_columns);
    double from = frame_column_x(f, f->view->first_chosen);
    double to = frame_column_x(f, f->view->first_chosen + f->view->n_chosen);
    double height = picture_bottom(f) - f->top;

    frame_colour(f, &f->background, 0.82);
    frame_fill(f, x, f->top, from - x, height);
    frame_fill(f, to, f->top, right - to, height);
}

/* Lines beside a field that is hardly wider than they are keep away from it. */
static void
draw_chosen_columns(Frame *f)
{
    double x = frame_column_x(f, f->view->first_chosen);
    double width = frame_column_x(f, f->view->first_chosen + f->view->n_chosen) - x;
    double height = picture_bottom(f) - f->top;

    if (width >= 6) {
        outline(f, x, f->top - 3, width, height + 6);
        return;
    }
    for (int side = 0; side < 2; side++) {
        double line = side ? fmax(x + 1, x + width) + 2 : x - 4;
        cairo_set_source_rgba(f->cr, 0, 0, 0, 0.9);
        frame_fill(f, line, f->top, 2, height);
        cairo_set_source_rgb(f->cr, 1, 1, 1);
        frame_fill(f, line + !side, f->top, 1, height);
    }
}

static void
draw_chosen(Frame *f)
{
    TorchlightTraceView *view = f->view;
    TraceCell cell = view->chosen;
    double left = frame_column_x(f, 0), right = frame_column_x(f, f->n_columns);

    if (view->n_chosen > 0)
        draw_chosen_columns(f);
    if (cell.row >= 0)
        outline(f, left - 3, frame_row_y(f, cell.row), right - left + 6, row_height(f, cell.row));
    if (cell_is_bit(cell)) {
        double x = frame_column_x(f, cell.column), y = frame_row_y(f, cell.row);
        outline(f, x, y, fmax(1, frame_column_x(f, cell.column + 1) - x), row_height(f, cell.row));
    }
}

/* The field and the packet under the pointer as bands, the bit in a frame. */
static void
draw_hover(Frame *f)
{
    TraceCell cell = f->view->hover;
    int bit;

    if (cell.row >= f->n_rows || cell.column >= f->n_columns)
        return;
    cairo_set_source_rgba(f->cr, 1, 1, 1, 0.2);
    if (cell.column >= 0) {
        const LayoutField *entry = layout_field_at(f->layout, cell.column, &bit);
        double x = frame_column_x(f, entry->first_column);
        double to = frame_column_x(f, entry->first_column + field_table[entry->field].width);
        frame_fill(f, x, f->top, to - x, picture_bottom(f) - f->top);
    }
    if (cell.row >= 0)
        frame_fill(f, frame_column_x(f, 0), frame_row_y(f, cell.row),
                   frame_column_x(f, f->n_columns) - frame_column_x(f, 0), row_height(f, cell.row));
    if (!cell_is_bit(cell))
        return;
    double x = frame_column_x(f, cell.column), y = frame_row_y(f, cell.row);
    double width = fmax(1, frame_column_x(f, cell.column + 1) - x),
           height = row_height(f, cell.row);
    cairo_set_source_rgba(f->cr, 1, 1, 1, 0.75);
    if (f->zoom < 6) { /* a crosshair leads the eye where the bit itself is small */
        double left = frame_column_x(f, 0), right = frame_column_x(f, f->n_columns);
        frame_fill(f, left, floor(y + height / 2), x - left - 2, 1);
        frame_fill(f, x + width + 2, floor(y + height / 2), right - x - width - 2, 1);
        frame_fill(f, floor(x + width / 2), f->top, 1, y - f->top - 2);
        frame_fill(f, floor(x + width / 2), y + height + 2, 1, picture_bottom(f) - y - height - 2);
    }
    outline(f, x, y, width, height);
}

/* The name of a field, on a ground of its own so that it covers its neighbours where it is longer
 * than its place. */
static void
draw_field_name(Frame *f, int first, int n, bool chosen)
{
    double x, width;
    int bit, w, h;

    if (!frame_span(f, first, n, &x, &width))
        return;
    const Field *field = &field_table[layout_field_at(f->layout, first, &bit)->field];
    if (trace_view_ruler_level(f->view) == RULER_HEADERS || n != field->width) {
        frame_colour(f, &f->accent, 0.35);
        frame_fill(f, x, 0, width, f->top - 1);
        return;
    }
    frame_colour(f, &f->accent, 0.35);
    frame_fill(f, x, HEADER_BAND, width, f->top - 1 - HEADER_BAND);
    frame_text_size(f, field->label, &w, &h);
    double left =
        floor(CLAMP(x + (width - w) / 2, f->left + 4, fmax(f->left + 4, f->right - w - 4)));
    if (w + 3 > width) {
        frame_colour(f, &f->background, 1);
        frame_fill(f, left - 4, HEADER_BAND, w + 8, FIELD_BAND);
        frame_colour(f, &f->accent, chosen ? 0.5 : 0.25);
        frame_fill(f, left - 4, HEADER_BAND, w + 8, FIELD_BAND);
    }
    frame_colour(f, &f->colour, 1);
    cairo_move_to(f->cr, left, HEADER_BAND + floor((FIELD_BAND - h) / 2.0));
    pango_cairo_show_layout(f->cr, f->text);
}

static void
draw_ruler_marks(Frame *f)
{
    TorchlightTraceView *view = f->view;
    int bit;

    for (guint i = 0; i < view->found_fields->len; i++) {
        FieldId field = g_array_index(view->found_fields, FieldId, i);
        int first = f->layout->column_of[field];
        double x, width;

        if (first < 0 || !frame_span(f, first, field_table[field].width, &x, &width))
            continue;
        frame_colour(f, &f->accent, 0.3);
        frame_fill(f, x, 0, width, f->top - 1);
        frame_colour(f, &f->accent, 1);
        frame_fill(f, x, f->top - 3, width, 2);
    }
    if (view->n_chosen > 0)
        draw_field_name(f, view->first_chosen, view->n_chosen, true);
    if (view->hover.column >= 0 && view->hover.column < f->n_columns) {
        const LayoutField *entry = layout_field_at(f->layout, view->hover.column, &bit);
        draw_field_name(f, entry->first_column, field_table[entry->field].width, false);
    }
}

/* Found packets: where they are in the whole, at the right edge, as a scroll bar would show them;
 * and at their rows, beside the numbers. */
static void
draw_found(Frame *f)
{
    const GArray *rows = f->view->found_rows;
    double height = f->bottom - f->top, last = -2;

    if (rows->len == 0)
        return;
    frame_colour(f, &f->background, 0.7);
    frame_fill(f, f->right - FOUND_WIDTH, f->top, FOUND_WIDTH, height);
    frame_colour(f, &f->accent, 1);
    for (guint i = 0; i < rows->len; i++) {
        int row = g_array_index(rows, int, i);
        double y = floor(f->top + (row + 0.5) / f->n_rows * (height - 2));

        if (y - last >= 1)
            cairo_rectangle(f->cr, f->right - FOUND_WIDTH, y, FOUND_WIDTH, 2);
        last = y;
        y = frame_row_y(f, row);
        if (y + f->zoom >= f->top && y < f->bottom)
            cairo_rectangle(f->cr, fmax(f->left, frame_column_x(f, 0)) - 4, y, 3,
                            fmax(2, row_height(f, row)));
    }
    cairo_fill(f->cr);
}

void
trace_view_draw_marks(Frame *f)
{
    cairo_save(f->cr);
    frame_clip(f, f->left, 0, f->right, f->bottom);
    draw_ruler_marks(f);
    frame_clip(f, f->left, f->top, f->right, f->bottom);
    if (f->view->highlight && f->view->n_chosen > 0)
        draw_veil(f);
    draw_chosen(f);
    draw_hover(f);
    cairo_restore(f->cr);
    cairo_save(f->cr);
    frame_clip(f, 0, f->top, f->right, f->bottom);
    draw_found(f);
    cairo_restore(f->cr);
}
