/* SPDX-License-Identifier: Apache-2.0 */
/* What the trace view's widget and its drawing share. Private to ui/trace_view*.c. */
#pragma once

#include "ui/trace_view.h"

#define RULER_HEIGHT 46 /* headers above fields */
#define SIDE_WIDTH 56   /* packet numbers */
#define ZOOM_MIN 0.05
#define ZOOM_MAX 40.0

struct _TorchlightTraceView {
    GtkWidget parent_instance;

    /* owned */
    Trace *trace;
    cairo_surface_t *picture; /* the trace's pixels, NULL without a trace */
    cairo_surface_t *preview; /* shown in its place, or NULL */

    GtkAdjustment *hadjustment, *vadjustment;
    GtkScrollablePolicy hpolicy, vpolicy;

    double zoom;                 /* screen pixels a picture pixel */
    bool fit;                    /* zoom follows the size of the widget */
    int hover_row, hover_column; /* -1: none */
    double pointer_x, pointer_y; /* last known, for zooming */
    double drag_x, drag_y;       /* adjustments when a drag began */
};

/* Size of the picture in picture pixels. */
void trace_view_picture_size(TorchlightTraceView *view, int *width, int *height);
/* Top left of the picture area's content in widget coordinates. */
void trace_view_origin(TorchlightTraceView *view, double *x, double *y);
void trace_view_draw(TorchlightTraceView *view, GtkSnapshot *snapshot);
cairo_surface_t *trace_view_surface(const Image *image);
