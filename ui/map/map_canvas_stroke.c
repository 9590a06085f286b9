/* SPDX-License-Identifier: Apache-2.0 */
/* What the tools do to the map: from a press, over where it is dragged to, to the release. */
#include "ui/map/map_canvas_private.h"

#include <glib/gi18n.h>
#include <stdlib.h>

static uint8_t
mark_of_tool(MapTool tool)
{
    return tool == MAP_TOOL_ERASER ? MARK_BLACK : tool == MAP_TOOL_RESTORE ? MARK_NONE : MARK_WHITE;
}

static const char *
label_of(TorchlightMapCanvas *canvas)
{
    switch (canvas->tool) {
    case MAP_TOOL_ERASER:
        return _("Erase Edges");
    case MAP_TOOL_RESTORE:
        return _("Restore Edges");
    case MAP_TOOL_LINE:
        return _("Draw Line");
    case MAP_TOOL_RECTANGLE:
        return _("Draw Rectangle");
    case MAP_TOOL_FILL:
        return _("Fill Area");
    case MAP_TOOL_MOVE:
        return canvas->copy ? _("Copy Selection") : _("Move Selection");
    default:
        return _("Draw Edges");
    }
}

static ControlRect
rect_between(MapPlace a, MapPlace b)
{
    return (ControlRect){MIN(a.x, b.x), MIN(a.y, b.y), abs(a.x - b.x) + 1, abs(a.y - b.y) + 1};
}

static ControlRect
selected_rect(TorchlightMapCanvas *canvas)
{
    return canvas->select == MAP_SELECT_COLUMNS
               ? control_map_columns(canvas->map, canvas->select_first, canvas->select_n)
               : control_map_rows(canvas->map, canvas->select_first, canvas->select_n);
}

/* How far the selection has been dragged, along the one way that it can go. */
static int
moved_by(TorchlightMapCanvas *canvas)
{
    return canvas->select == MAP_SELECT_COLUMNS ? canvas->last.x - canvas->from.x
                                                : canvas->last.y - canvas->from.y;
}

/* A shape that follows the pointer is drawn anew from where it began. */
static void
draw_shape(TorchlightMapCanvas *canvas)
{
    const MapPlace a = canvas->from, b = canvas->last;
    ControlRect rect;

    control_map_rewind(canvas->map);
    switch (canvas->tool) {
    case MAP_TOOL_LINE:
        control_map_line(canvas->map, a.x, a.y, b.x, b.y, canvas->brush, MARK_WHITE);
        break;
    case MAP_TOOL_RECTANGLE:
        if (canvas->filled)
            control_map_fill(canvas->map, rect_between(a, b), MARK_WHITE);
        else
            control_map_outline(canvas->map, rect_between(a, b), canvas->brush, MARK_WHITE);
        break;
    case MAP_TOOL_MOVE:
        rect = selected_rect(canvas);
        if (moved_by(canvas) == 0)
            break;
        if (canvas->select == MAP_SELECT_COLUMNS)
            control_map_copy(canvas->map, rect, rect.x + moved_by(canvas), 0, !canvas->copy);
        else
            control_map_copy(canvas->map, rect, 0, rect.y + moved_by(canvas), !canvas->copy);
        break;
    default:
        break;
    }
}

static void
draw_to(TorchlightMapCanvas *canvas, MapPlace place)
{
    const MapPlace before = canvas->last;

    canvas->last = place;
    switch (canvas->tool) {
    case MAP_TOOL_PENCIL:
    case MAP_TOOL_ERASER:
    case MAP_TOOL_RESTORE:
        control_map_line(canvas->map, before.x, before.y, place.x, place.y, canvas->brush,
                         mark_of_tool(canvas->tool));
        break;
    case MAP_TOOL_FILL:
        break;
    default:
        draw_shape(canvas);
    }
    torchlight_map_canvas_update(canvas);
}

void
map_canvas_press(TorchlightMapCanvas *canvas, MapPlace place, bool copy)
{
    if (!canvas->map || !canvas->editable || canvas->map->editing ||
        (canvas->tool == MAP_TOOL_MOVE && canvas->select == MAP_SELECT_NONE))
        return;
    control_map_begin(canvas->map);
    canvas->grip = GRIP_STROKE;
    canvas->copy = copy;
    canvas->from = canvas->last = place;
    if (canvas->tool == MAP_TOOL_FILL)
        control_map_flood(canvas->map, place.x, place.y, MARK_WHITE);
    draw_to(canvas, place);
}

void
map_canvas_drag(TorchlightMapCanvas *canvas, MapPlace place)
{
    /* An undo in its midst has ended the stroke. */
    if (canvas->grip != GRIP_STROKE || !canvas->map || !canvas->map->editing ||
        (place.x == canvas->last.x && place.y == canvas->last.y))
        return;
    draw_to(canvas, place);
}

void
map_canvas_release(TorchlightMapCanvas *canvas)
{
    const bool stroke = canvas->grip == GRIP_STROKE;

    canvas->grip = GRIP_NONE;
    if (!stroke || !canvas->map || !canvas->map->editing)
        return;
    if (canvas->tool == MAP_TOOL_MOVE)
        torchlight_map_canvas_select(canvas, canvas->select,
                                     canvas->select_first + moved_by(canvas), canvas->select_n);
    g_signal_emit_by_name(canvas, "stroke", label_of(canvas));
}

void
torchlight_map_canvas_cancel(TorchlightMapCanvas *canvas)
{
    if (canvas->grip == GRIP_STROKE)
        canvas->grip = GRIP_NONE;
    if (!canvas->map || !canvas->map->editing)
        return;
    control_map_rewind(canvas->map);
    control_delta_free(control_map_end(canvas->map));
    torchlight_map_canvas_update(canvas);
}
