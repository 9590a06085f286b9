/* SPDX-License-Identifier: Apache-2.0 */
/* What the trace view's widget, its input and its drawing share. Private to ui/trace/trace_view*.c.
 */
#pragma once

#include "ui/trace/trace_view.h"
#include "ui/zoom.h"

enum { HEADER_BAND = 22, FIELD_BAND = 21, TICK_BAND = 6, BIT_BAND = 16 }; /* of the ruler */

/* How much the ruler tells. */
typedef enum { RULER_HEADERS, RULER_FIELDS, RULER_BITS } RulerLevel;

/* What the drawn background hangs on: while it is the same, so is the background. */
typedef struct {
    double x0, y0, zoom;
    int width, height;
    GdkRGBA colour;
    const void *pixels, *picture;
} BackgroundKey;

struct _TorchlightTraceView {
    GtkWidget parent_instance;

    /* owned */
    TracePicture *picture; /* NULL: empty */
    Pixels *preview;       /* shown in its place, or NULL */
    Pixels *pixels;        /* shown in place of the picture's own, or NULL */
    char *readout;
    GArray *found_rows, *found_fields; /* int, FieldId */
    GskRenderNode *background;         /* picture, ruler and numbers as last drawn */
    BackgroundKey background_key;

    GtkAdjustment *hadjustment, *vadjustment;
    GtkScrollablePolicy hpolicy, vpolicy;

    guint notify_idle;
    double zoom; /* screen pixels a picture pixel */
    bool fit;    /* zoom follows the size of the widget */
    bool highlight;
    TraceCell hover, chosen;
    int first_chosen, n_chosen;  /* columns: the chosen header or field; n 0: none */
    double pointer_x, pointer_y; /* last known, for zooming */
    double drag_x, drag_y;       /* adjustments when a drag began */
    double pinch_zoom;           /* zoom when a pinch began */
    double scrolled;             /* of a smooth Ctrl+wheel, not yet a step */
};

/* --- trace_view.c --- */

static inline bool
cell_is(TraceCell a, TraceCell b)
{
    return a.row == b.row && a.column == b.column;
}

static inline bool
cell_is_bit(TraceCell cell)
{
    return cell.row >= 0 && cell.column >= 0;
}

static inline bool
cell_is_none(TraceCell cell)
{
    return cell.row < 0 && cell.column < 0;
}

static const TraceCell no_cell = {-1, -1};

/* The cell to tell of: under the pointer, else chosen. */
TraceCell trace_view_cell(TorchlightTraceView *view);
void trace_view_update_readout(TorchlightTraceView *view);
/* As by a user: signals it. */
void trace_view_set_hover(TorchlightTraceView *view, TraceCell cell);

/* --- trace_view_place.c --- */

const Layout *trace_view_layout(TorchlightTraceView *view);
/* Size of the picture in picture pixels; 0 without one. */
void trace_view_picture_size(TorchlightTraceView *view, int *width, int *height);
RulerLevel trace_view_ruler_level(TorchlightTraceView *view);
int trace_view_ruler_height(TorchlightTraceView *view);
/* Whether the side has room for times; its width. */
bool trace_view_has_times(TorchlightTraceView *view);
int trace_view_side_width(TorchlightTraceView *view);
/* Room for the picture beside the ruler and the packet numbers. */
void trace_view_area(TorchlightTraceView *view, double *width, double *height);
/* Top left of the picture area's content in widget coordinates. */
void trace_view_origin(TorchlightTraceView *view, double *x, double *y);
/* Sets the zoom, keeping what is under (x, y) in place. */
void trace_view_zoom_at(TorchlightTraceView *view, double zoom, double x, double y);
double trace_view_fit_zoom(TorchlightTraceView *view);
void trace_view_update_adjustments(TorchlightTraceView *view, double x, double y);
/* Scrolls so far that these can be seen; n 0: that way stays. */
void trace_view_reveal(TorchlightTraceView *view, int row, int first_column, int n_columns);
double trace_view_adjustment_value(GtkAdjustment *adjustment);

/* --- trace_view_input.c --- */

void trace_view_add_controllers(TorchlightTraceView *view);

/* --- trace_view_draw.c, trace_view_ruler.c, trace_view_marks.c --- */

/* One drawing. */
typedef struct {
    TorchlightTraceView *view;
    const Layout *layout;
    cairo_t *cr;
    PangoLayout *text;
    GdkRGBA colour, accent, background;
    double zoom;
    double x0, y0;     /* of the picture's first pixel */
    int left, top;     /* of the picture area: side and ruler end there */
    int right, bottom; /* of the widget */
    int n_columns, n_rows;
} Frame;

static inline void
frame_colour(Frame *f, const GdkRGBA *colour, double alpha)
{
    cairo_set_source_rgba(f->cr, colour->red, colour->green, colour->blue, colour->alpha * alpha);
}

static inline void
frame_fill(Frame *f, double x, double y, double width, double height)
{
    cairo_rectangle(f->cr, x, y, width, height);
    cairo_fill(f->cr);
}

static inline void
frame_clip(Frame *f, double x, double y, double right, double bottom)
{
    cairo_rectangle(f->cr, x, y, right - x, bottom - y);
    cairo_clip(f->cr);
}

/* Edges of column and row, on whole screen pixels. */
double frame_column_x(const Frame *f, int column);
double frame_row_y(const Frame *f, int row);
/* The visible part of columns first .. first + n - 1; false when there is none. */
bool frame_span(const Frame *f, int first, int n, double *x, double *width);
void frame_text_size(Frame *f, const char *text, int *width, int *height);

void trace_view_draw(TorchlightTraceView *view, GtkSnapshot *snapshot);
void trace_view_draw_ruler(Frame *f);
/* What marks the bits told of, chosen and found. */
void trace_view_draw_marks(Frame *f);
