/* SPDX-License-Identifier: Apache-2.0 */
/* What the trace view's widget, its input and its drawing share. Private to ui/trace_view*.c. */
#pragma once

#include "ui/trace/trace_view.h"

#define RULER_HEIGHT 48 /* headers, fields, ticks */
#define SIDE_WIDTH 52   /* packet numbers */
#define ZOOM_MIN 0.05
#define ZOOM_MAX 40.0

typedef struct {
    int row, column; /* of the picture; -1: none */
} Cell;

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
    char *readout;
    GskRenderNode *background; /* picture, ruler and numbers as last drawn */
    BackgroundKey background_key;

    GtkAdjustment *hadjustment, *vadjustment;
    GtkScrollablePolicy hpolicy, vpolicy;

    double zoom; /* screen pixels a picture pixel */
    bool fit;    /* zoom follows the size of the widget */
    Cell hover, chosen;
    double pointer_x, pointer_y; /* last known, for zooming */
    double drag_x, drag_y;       /* adjustments when a drag began */
    double pinch_zoom;           /* zoom when a pinch began */
    double scrolled;             /* of a smooth Ctrl+wheel, not yet a step */
};

const Layout *trace_view_layout(TorchlightTraceView *view);
/* Size of the picture in picture pixels; 0 without one. */
void trace_view_picture_size(TorchlightTraceView *view, int *width, int *height);
/* Top left of the picture area's content in widget coordinates. */
void trace_view_origin(TorchlightTraceView *view, double *x, double *y);
/* Sets the zoom, keeping what is under (x, y) in place. */
void trace_view_zoom_at(TorchlightTraceView *view, double zoom, double x, double y);
/* The next step of the ladder of zooms, up or down. */
double trace_view_zoom_step(double zoom, bool up);
void trace_view_update_readout(TorchlightTraceView *view);
/* The cell to tell of: under the pointer, else chosen. */
Cell trace_view_cell(TorchlightTraceView *view);

void trace_view_add_controllers(TorchlightTraceView *view);
void trace_view_draw(TorchlightTraceView *view, GtkSnapshot *snapshot);
