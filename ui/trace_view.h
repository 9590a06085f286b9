/* SPDX-License-Identifier: Apache-2.0 */
/* A trace as its picture: sharp pixels at every zoom, a ruler of header fields above, packet
 * numbers at the side, a tooltip that names packet, field and value. Scrollable; wheel scrolls,
 * Ctrl+wheel and + - zoom about the pointer, 0 fits, dragging and arrow keys pan. */
#pragma once

#include <gtk/gtk.h>

#include "app/trace/image.h"

#define TORCHLIGHT_TYPE_TRACE_VIEW (torchlight_trace_view_get_type())
G_DECLARE_FINAL_TYPE(TorchlightTraceView, torchlight_trace_view, TORCHLIGHT, TRACE_VIEW, GtkWidget)

GtkWidget *torchlight_trace_view_new(void);
/* Takes trace (NULL: empty). The picture is drawn under palette. Fits it into the window. */
void torchlight_trace_view_take_trace(TorchlightTraceView *view, Trace *trace, Palette palette);
const Trace *torchlight_trace_view_get_trace(TorchlightTraceView *view);
/* A picture in place of the trace's own while it is being made: a live preview. NULL ends it. */
void torchlight_trace_view_set_preview(TorchlightTraceView *view, const Image *preview);
/* Screen pixels a picture pixel. Property "zoom", notified. */
double torchlight_trace_view_get_zoom(TorchlightTraceView *view);
void torchlight_trace_view_zoom_by(TorchlightTraceView *view, double factor);
void torchlight_trace_view_zoom_fit(TorchlightTraceView *view);
void torchlight_trace_view_zoom_one(TorchlightTraceView *view);
/* "Packet 12 · TTL (ipv4_ttl) bit 3 = 1 · 64"; NULL outside. The caller frees. */
char *torchlight_trace_view_describe(TorchlightTraceView *view, int row, int column);
