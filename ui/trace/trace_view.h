/* SPDX-License-Identifier: Apache-2.0 */
/* A trace as its picture: sharp pixels at every zoom, a ruler of header fields above, packet
 * numbers at the side, a tooltip that names packet, field and value. Scrollable.
 *
 * Wheel scrolls, Ctrl+wheel and pinching zoom about the pointer, + and - about the centre, 0 fits,
 * 1 is actual size, dragging, arrows, Page Up and Down, Home and End pan. A click, or Shift and an
 * arrow, chooses a bit, which is shown whenever the pointer is elsewhere. */
#pragma once

#include <gtk/gtk.h>

#include "ui/trace/trace_picture.h"

#define TORCHLIGHT_TYPE_TRACE_VIEW (torchlight_trace_view_get_type())
G_DECLARE_FINAL_TYPE(TorchlightTraceView, torchlight_trace_view, TORCHLIGHT, TRACE_VIEW, GtkWidget)

GtkWidget *torchlight_trace_view_new(void);
/* NULL: empty. Keeps zoom and place when keep_place and a picture was there, else fits. */
void torchlight_trace_view_set_picture(TorchlightTraceView *view, TracePicture *picture,
                                       bool keep_place);
TracePicture *torchlight_trace_view_get_picture(TorchlightTraceView *view); /* borrowed, or NULL */
/* A picture in place of the trace's own while it is being made: a live preview. NULL ends it. */
void torchlight_trace_view_set_preview(TorchlightTraceView *view, Pixels *preview);

/* Screen pixels a picture pixel. Property "zoom", notified. */
double torchlight_trace_view_get_zoom(TorchlightTraceView *view);
void torchlight_trace_view_zoom_in(TorchlightTraceView *view);
void torchlight_trace_view_zoom_out(TorchlightTraceView *view);
void torchlight_trace_view_zoom_fit(TorchlightTraceView *view);
void torchlight_trace_view_zoom_one(TorchlightTraceView *view);

/* What is known of the bit under the pointer, else of the chosen one: property "readout", notified;
 * NULL when there is none. */
const char *torchlight_trace_view_get_readout(TorchlightTraceView *view);
