/* SPDX-License-Identifier: Apache-2.0 */
/* A control map over the picture it is of, to draw on: sharp pixels at every zoom, a ruler of
 * headers and fields above, packet numbers at the side. Scrollable.
 *
 * Wheel scrolls, Ctrl+wheel and pinching zoom about the pointer, + and - about the cursor, 0 fits,
 * 1 is actual size, the middle button or Alt and dragging pan. Dragging in the ruler selects
 * columns (a click a field, or a header), dragging at the side packets. Arrows move a cursor
 * (Shift: eight pixels), Space does what a press of the pointer would: it puts the tool down and
 * takes it up, Escape lets go. */
#pragma once

#include <gtk/gtk.h>

#include "app/dataset/control_map.h"

typedef enum {
    MAP_TOOL_PENCIL,
    MAP_TOOL_ERASER,
    MAP_TOOL_RESTORE, /* takes marks away: what lies beneath is seen again */
    MAP_TOOL_LINE,
    MAP_TOOL_RECTANGLE,
    MAP_TOOL_FILL,
    MAP_TOOL_MOVE, /* of what is selected; with Ctrl a copy of it */
    N_MAP_TOOLS
} MapTool;

typedef enum { MAP_SHOW_PICTURE, MAP_SHOW_BOTH, MAP_SHOW_MAP } MapShow;

typedef enum { MAP_SELECT_NONE, MAP_SELECT_COLUMNS, MAP_SELECT_ROWS } MapSelect;

#define TORCHLIGHT_TYPE_MAP_CANVAS (torchlight_map_canvas_get_type())
G_DECLARE_FINAL_TYPE(TorchlightMapCanvas, torchlight_map_canvas, TORCHLIGHT, MAP_CANVAS, GtkWidget)

/* Properties, notified: "zoom", "readout" (what is at the cursor, or NULL), "brush" (pixels
 * across). Signals: "stroke" (const char *label): an edit of the map is complete and waits for
 * control_map_end; "selected": another selection. */

/* The map is borrowed until the next call, and may be drawn on by the canvas; NULL: empty. picture
 * (taken; RGB, of the map's size) may be NULL; layout names the columns. keep: zoom, place and
 * selection stay. */
void torchlight_map_canvas_set_map(TorchlightMapCanvas *canvas, ControlMap *map, Image *picture,
                                   const Layout *layout, bool keep);
/* To be called when others changed the map: draws again what control_map_take_changed tells. */
void torchlight_map_canvas_update(TorchlightMapCanvas *canvas);
/* Ends a stroke that is not complete, and undoes it. */
void torchlight_map_canvas_cancel(TorchlightMapCanvas *canvas);

void torchlight_map_canvas_set_tool(TorchlightMapCanvas *canvas, MapTool tool);
void torchlight_map_canvas_set_brush(TorchlightMapCanvas *canvas, int size);
int torchlight_map_canvas_get_brush(TorchlightMapCanvas *canvas);
/* Whether rectangles are filled. */
void torchlight_map_canvas_set_filled(TorchlightMapCanvas *canvas, bool filled);
void torchlight_map_canvas_set_editable(TorchlightMapCanvas *canvas, bool editable);
/* opacity: of the map, 0 to 1, where both are shown. */
void torchlight_map_canvas_set_show(TorchlightMapCanvas *canvas, MapShow show, double opacity);
/* Lines where fields begin, as a guide: they are no part of the map. */
void torchlight_map_canvas_set_guide(TorchlightMapCanvas *canvas, bool guide);

MapSelect torchlight_map_canvas_get_selection(TorchlightMapCanvas *canvas, ControlRect *rect);
/* first and n: columns or rows. */
void torchlight_map_canvas_select(TorchlightMapCanvas *canvas, MapSelect select, int first, int n);

double torchlight_map_canvas_get_zoom(TorchlightMapCanvas *canvas);
void torchlight_map_canvas_zoom_in(TorchlightMapCanvas *canvas);
void torchlight_map_canvas_zoom_out(TorchlightMapCanvas *canvas);
void torchlight_map_canvas_zoom_fit(TorchlightMapCanvas *canvas);
void torchlight_map_canvas_zoom_one(TorchlightMapCanvas *canvas);
