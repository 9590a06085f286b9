/* SPDX-License-Identifier: Apache-2.0 */
/* A trace as its picture: sharp pixels at every zoom, a ruler above with headers, fields and bits
 * as far as the zoom gives them room, packet numbers (with times and directions) at the side, a
 * tooltip that names packet, field and value. Scrollable.
 *
 * Wheel scrolls, Ctrl+wheel and pinching zoom about the pointer, + and - about the centre, 0 fits,
 * 1 is actual size, dragging, arrows, Page Up and Down, Home and End pan. A click, or Shift and an
 * arrow, chooses a bit, which is shown whenever the pointer is elsewhere; a click at the side
 * chooses a packet, one in the ruler a header or field, two zoom to it. */
#pragma once

#include <gtk/gtk.h>

#include "ui/trace/trace_picture.h"

#define TORCHLIGHT_TYPE_TRACE_VIEW (torchlight_trace_view_get_type())
G_DECLARE_FINAL_TYPE(TorchlightTraceView, torchlight_trace_view, TORCHLIGHT, TRACE_VIEW, GtkWidget)

/* A place in the picture. row alone: a packet; column alone: all packets; -1 and -1: none. */
typedef struct {
    int row, column;
} TraceCell;

/* Signals: "chosen" (what is chosen is another now, whoever did it), "hovered" (so is what the
 * pointer is over). */
GtkWidget *torchlight_trace_view_new(void);
/* NULL: empty. Keeps zoom and place when keep_place and a picture was there, else fits. */
void torchlight_trace_view_set_picture(TorchlightTraceView *view, TracePicture *picture,
                                       bool keep_place);
TracePicture *torchlight_trace_view_get_picture(TorchlightTraceView *view); /* borrowed, or NULL */
/* A picture in place of the trace's own while it is being made: a live preview. NULL ends it. */
void torchlight_trace_view_set_preview(TorchlightTraceView *view, Pixels *preview);
/* Other pixels for the same trace, which goes on being told of: a comparison. NULL ends it. */
void torchlight_trace_view_set_pixels(TorchlightTraceView *view, Pixels *pixels);

/* Screen pixels a picture pixel. Property "zoom", notified. */
double torchlight_trace_view_get_zoom(TorchlightTraceView *view);
void torchlight_trace_view_zoom_in(TorchlightTraceView *view);
void torchlight_trace_view_zoom_out(TorchlightTraceView *view);
void torchlight_trace_view_zoom_fit(TorchlightTraceView *view);
void torchlight_trace_view_zoom_one(TorchlightTraceView *view);
/* So that these columns fill the width. */
void torchlight_trace_view_zoom_to(TorchlightTraceView *view, int first_column, int n_columns);
/* Shows what other shows, at the same zoom; both must have pictures of one size. */
void torchlight_trace_view_follow(TorchlightTraceView *view, TorchlightTraceView *other);

TraceCell torchlight_trace_view_get_chosen(TorchlightTraceView *view);
TraceCell torchlight_trace_view_get_hovered(TorchlightTraceView *view);
/* reveal: scrolls so far that it can be seen. */
void torchlight_trace_view_choose(TorchlightTraceView *view, TraceCell cell, bool reveal);
/* A header or a field for all packets; the chosen packet stays. */
void torchlight_trace_view_choose_columns(TorchlightTraceView *view, int first_column,
                                          int n_columns, bool reveal);
/* The chosen header, or the field of the chosen bit; false when there is none. */
bool torchlight_trace_view_get_columns(TorchlightTraceView *view, int *first_column,
                                       int *n_columns);
/* Marks what the pointer is over elsewhere, as if it were here. Signals nothing. */
void torchlight_trace_view_show_hover(TorchlightTraceView *view, TraceCell cell);
/* Property "highlight": all but the chosen columns are dimmed. */
void torchlight_trace_view_set_highlight(TorchlightTraceView *view, bool highlight);
/* Rows and fields that were found: marked at the side and in the ruler. rows ascend. */
void torchlight_trace_view_set_marks(TorchlightTraceView *view, const int *rows, int n_rows,
                                     const FieldId *fields, int n_fields);

/* What is known of the bit under the pointer, else of the chosen one: property "readout", notified;
 * NULL when there is none. */
const char *torchlight_trace_view_get_readout(TorchlightTraceView *view);
