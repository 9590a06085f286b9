/* SPDX-License-Identifier: Apache-2.0 */
/* Pointer and keys of the canvas: strokes, selecting in the rulers, zooming, panning, the cursor.
 */
#include "ui/map/map_canvas_private.h"

#include <math.h>
#include <stdlib.h>

/* --- selecting in the rulers --- */

/* The field, or the header, at a column; the column alone where there is no layout. */
static void
columns_at(TorchlightMapCanvas *canvas, int column, int *first, int *n)
{
    int bit;

    *first = column;
    *n = 1;
    if (!canvas->layout || canvas->layout->n_columns != canvas->map->width || column < 0 ||
        column >= canvas->map->width)
        return;
    const LayoutField *entry = layout_field_at(canvas->layout, column, &bit);
    *first = entry->first_column;
    *n = field_table[entry->field].width;
    if (canvas->whole_header)
        layout_header_span(canvas->layout, field_table[entry->field].header, first, n);
}

/* From the field or packet that was pressed to the one that the pointer is over. */
static void
select_to(TorchlightMapCanvas *canvas, MapPlace place)
{
    int first = canvas->from.y, n = 1, other = place.y, other_n = 1;

    if (canvas->grip == GRIP_COLUMNS) {
        columns_at(canvas, CLAMP(canvas->from.x, 0, canvas->map->width - 1), &first, &n);
        columns_at(canvas, CLAMP(place.x, 0, canvas->map->width - 1), &other, &other_n);
    }
    const int end = MAX(first + n, other + other_n);
    first = MIN(first, other);
    torchlight_map_canvas_select(
        canvas, canvas->grip == GRIP_COLUMNS ? MAP_SELECT_COLUMNS : MAP_SELECT_ROWS, first,
        end - first);
}

static bool
press_ruler(TorchlightMapCanvas *canvas, double x, double y)
{
    const MapPlace place = map_canvas_place(canvas, x, y);

    if (y < RULER_HEIGHT && x >= SIDE_WIDTH && place.x >= 0 && place.x < canvas->map->width)
        canvas->grip = GRIP_COLUMNS;
    else if (x < SIDE_WIDTH && y >= RULER_HEIGHT && place.y >= 0 && place.y < canvas->map->height)
        canvas->grip = GRIP_ROWS;
    else if (y < RULER_HEIGHT || x < SIDE_WIDTH)
        torchlight_map_canvas_select(canvas, MAP_SELECT_NONE, 0, 0);
    else
        return false;
    canvas->whole_header = y < HEADER_BAND;
    canvas->from = place;
    if (canvas->grip != GRIP_NONE)
        select_to(canvas, place);
    return true;
}

/* --- the pointer --- */

static void
begin_pan(TorchlightMapCanvas *canvas)
{
    canvas->grip = GRIP_PAN;
    canvas->pan_x = canvas->hadjustment ? gtk_adjustment_get_value(canvas->hadjustment) : 0;
    canvas->pan_y = canvas->vadjustment ? gtk_adjustment_get_value(canvas->vadjustment) : 0;
    gtk_widget_set_cursor_from_name(GTK_WIDGET(canvas), "grabbing");
}

static void
on_drag_begin(GtkGestureDrag *gesture, double x, double y, TorchlightMapCanvas *canvas)
{
    const guint button = gtk_gesture_single_get_current_button(GTK_GESTURE_SINGLE(gesture));
    const GdkModifierType state =
        gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(gesture));

    gtk_widget_grab_focus(GTK_WIDGET(canvas));
    if (!canvas->map || button == GDK_BUTTON_SECONDARY || canvas->grip == GRIP_STROKE)
        return;
    if (button == GDK_BUTTON_MIDDLE || state & GDK_ALT_MASK)
        begin_pan(canvas);
    else if (!press_ruler(canvas, x, y))
        map_canvas_press(canvas, map_canvas_place(canvas, x, y), state & GDK_CONTROL_MASK);
}

/* Where the pointer was since the last frame: GTK tells only of its last place, but a quick hand
 * draws curves. */
static void
drag_along_history(GtkGestureDrag *gesture, TorchlightMapCanvas *canvas)
{
    GdkEvent *event = gtk_gesture_get_last_event(
        GTK_GESTURE(gesture), gtk_gesture_single_get_current_sequence(GTK_GESTURE_SINGLE(gesture)));
    GtkNative *native = gtk_widget_get_native(GTK_WIDGET(canvas));
    g_autofree GdkTimeCoord *history = NULL;
    double shift_x, shift_y;
    guint n = 0;

    if (event && gdk_event_get_event_type(event) == GDK_MOTION_NOTIFY)
        history = gdk_event_get_history(event, &n);
    gtk_native_get_surface_transform(native, &shift_x, &shift_y);
    for (guint i = 0; history && i < n; i++) {
        double x, y;
        if (history[i].flags & GDK_AXIS_FLAG_X && history[i].flags & GDK_AXIS_FLAG_Y &&
            gtk_widget_translate_coordinates(GTK_WIDGET(native), GTK_WIDGET(canvas),
                                             history[i].axes[GDK_AXIS_X] - shift_x,
                                             history[i].axes[GDK_AXIS_Y] - shift_y, &x, &y))
            map_canvas_drag(canvas, map_canvas_place(canvas, x, y));
    }
}

static void
on_drag_update(GtkGestureDrag *gesture, double dx, double dy, TorchlightMapCanvas *canvas)
{
    double x, y;

    if (!canvas->map || !gtk_gesture_drag_get_start_point(gesture, &x, &y))
        return;
    const MapPlace place = map_canvas_place(canvas, x + dx, y + dy);
    if (canvas->grip == GRIP_PAN) {
        if (canvas->hadjustment)
            gtk_adjustment_set_value(canvas->hadjustment, canvas->pan_x - dx);
        if (canvas->vadjustment)
            gtk_adjustment_set_value(canvas->vadjustment, canvas->pan_y - dy);
    } else if (canvas->grip == GRIP_COLUMNS || canvas->grip == GRIP_ROWS) {
        select_to(canvas, place);
    } else if (canvas->grip == GRIP_STROKE) {
        drag_along_history(gesture, canvas);
        map_canvas_drag(canvas, place);
    }
}

static void
on_drag_end(GtkGestureDrag *gesture, double dx, double dy, TorchlightMapCanvas *canvas)
{
    if (canvas->grip == GRIP_PAN)
        gtk_widget_set_cursor(GTK_WIDGET(canvas), NULL);
    map_canvas_release(canvas);
}

static void
on_drag_cancel(GtkGesture *gesture, GdkEventSequence *sequence, TorchlightMapCanvas *canvas)
{
    gtk_widget_set_cursor(GTK_WIDGET(canvas), NULL);
    torchlight_map_canvas_cancel(canvas);
    canvas->grip = GRIP_NONE;
}

static void
on_motion(GtkEventControllerMotion *controller, double x, double y, TorchlightMapCanvas *canvas)
{
    if (x == canvas->pointer_x && y == canvas->pointer_y)
        return;
    canvas->pointer_x = x;
    canvas->pointer_y = y;
    canvas->by_keys = false;
    map_canvas_set_cursor(canvas, x < SIDE_WIDTH || y < RULER_HEIGHT
                                      ? (MapPlace){-1, -1}
                                      : map_canvas_place(canvas, x, y));
}

static void
on_leave(GtkEventControllerMotion *controller, TorchlightMapCanvas *canvas)
{
    if (!canvas->by_keys)
        map_canvas_set_cursor(canvas, (MapPlace){-1, -1});
}

static gboolean
on_scroll(GtkEventControllerScroll *controller, double dx, double dy, TorchlightMapCanvas *canvas)
{
    const GdkModifierType state =
        gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(controller));

    if (!(state & GDK_CONTROL_MASK))
        return FALSE; /* the scrolled window scrolls */
    canvas->scrolled += dy;
    while (fabs(canvas->scrolled) >= 1) {
        const bool up = canvas->scrolled < 0;
        canvas->scrolled += up ? 1 : -1;
        canvas->fit = false;
        map_canvas_zoom_at(canvas, zoom_step(canvas->zoom, up), canvas->pointer_x,
                           canvas->pointer_y);
    }
    return TRUE;
}

static void
on_pinch_begin(GtkGesture *gesture, GdkEventSequence *sequence, TorchlightMapCanvas *canvas)
{
    torchlight_map_canvas_cancel(canvas); /* of the first finger */
    canvas->pinch_zoom = canvas->zoom;
}

static void
on_pinch(GtkGestureZoom *gesture, double scale, TorchlightMapCanvas *canvas)
{
    double x, y;

    if (!gtk_gesture_get_bounding_box_center(GTK_GESTURE(gesture), &x, &y))
        return;
    canvas->fit = false;
    map_canvas_zoom_at(canvas, canvas->pinch_zoom * scale, x, y);
}

/* --- keys --- */

/* The first time it comes to the top left corner of what is seen. */
static void
move_cursor(TorchlightMapCanvas *canvas, int dx, int dy)
{
    MapPlace place = canvas->cursor;
    const ControlMap *map = canvas->map;

    if (place.x < 0 || place.y < 0 || place.x >= map->width || place.y >= map->height) {
        double x0, y0;
        map_canvas_origin(canvas, &x0, &y0);
        place = map_canvas_place(canvas, fmax(x0, SIDE_WIDTH) + 1, fmax(y0, RULER_HEIGHT) + 1);
    } else {
        place.x += dx;
        place.y += dy;
    }
    place.x = CLAMP(place.x, 0, map->width - 1);
    place.y = CLAMP(place.y, 0, map->height - 1);
    canvas->by_keys = true;
    map_canvas_set_cursor(canvas, place);
    map_canvas_reveal(canvas, place);
    map_canvas_drag(canvas, place);
}

static bool
on_arrow(TorchlightMapCanvas *canvas, guint key, GdkModifierType state)
{
    const int step = state & GDK_SHIFT_MASK ? 8 : 1;
    const int dx = key == GDK_KEY_Right || key == GDK_KEY_KP_Right ? step
                   : key == GDK_KEY_Left || key == GDK_KEY_KP_Left ? -step
                                                                   : 0;
    const int dy = key == GDK_KEY_Down || key == GDK_KEY_KP_Down ? step
                   : key == GDK_KEY_Up || key == GDK_KEY_KP_Up   ? -step
                                                                 : 0;

    if (!canvas->map || (!dx && !dy))
        return false;
    move_cursor(canvas, dx, dy);
    return true;
}

/* Puts the tool down at the cursor, and takes it up again; a fill is done at once. */
static void
on_space(TorchlightMapCanvas *canvas, bool copy)
{
    if (canvas->grip == GRIP_STROKE) {
        map_canvas_release(canvas);
        return;
    }
    if (canvas->cursor.x < 0)
        move_cursor(canvas, 0, 0);
    map_canvas_press(canvas, canvas->cursor, copy);
    if (canvas->tool == MAP_TOOL_FILL)
        map_canvas_release(canvas);
}

static bool
on_escape(TorchlightMapCanvas *canvas)
{
    if (canvas->grip == GRIP_STROKE)
        torchlight_map_canvas_cancel(canvas);
    else if (canvas->select != MAP_SELECT_NONE)
        torchlight_map_canvas_select(canvas, MAP_SELECT_NONE, 0, 0);
    else
        return false;
    return true;
}

static void
pan(GtkAdjustment *adjustment, double pages)
{
    if (adjustment)
        gtk_adjustment_set_value(adjustment, gtk_adjustment_get_value(adjustment) +
                                                 pages * gtk_adjustment_get_page_size(adjustment));
}

static bool
on_other_key(TorchlightMapCanvas *canvas, guint key)
{
    switch (key) {
    case GDK_KEY_plus:
    case GDK_KEY_equal:
    case GDK_KEY_KP_Add:
        torchlight_map_canvas_zoom_in(canvas);
        return true;
    case GDK_KEY_minus:
    case GDK_KEY_KP_Subtract:
        torchlight_map_canvas_zoom_out(canvas);
        return true;
    case GDK_KEY_0:
    case GDK_KEY_KP_0:
        torchlight_map_canvas_zoom_fit(canvas);
        return true;
    case GDK_KEY_1:
    case GDK_KEY_KP_1:
        torchlight_map_canvas_zoom_one(canvas);
        return true;
    case GDK_KEY_Page_Up:
    case GDK_KEY_Page_Down:
        pan(canvas->vadjustment, key == GDK_KEY_Page_Up ? -0.9 : 0.9);
        return true;
    case GDK_KEY_Home:
    case GDK_KEY_End:
        pan(canvas->vadjustment, key == GDK_KEY_Home ? -1e6 : 1e6);
        return true;
    case GDK_KEY_Escape:
        return on_escape(canvas);
    default:
        return false;
    }
}

static gboolean
on_key(GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state,
       TorchlightMapCanvas *canvas)
{
    if (!canvas->map || state & GDK_ALT_MASK)
        return FALSE;
    if (key == GDK_KEY_space || key == GDK_KEY_KP_Space) {
        on_space(canvas, state & GDK_CONTROL_MASK);
        return TRUE;
    }
    if (state & GDK_CONTROL_MASK)
        return FALSE;
    return on_arrow(canvas, key, state) || on_other_key(canvas, key);
}

static void
add(TorchlightMapCanvas *canvas, GtkEventController *controller, const char *signal, GCallback func)
{
    g_signal_connect(controller, signal, func, canvas);
    gtk_widget_add_controller(GTK_WIDGET(canvas), controller);
}

void
map_canvas_add_controllers(TorchlightMapCanvas *canvas)
{
    GtkEventController *motion = gtk_event_controller_motion_new();
    GtkGesture *drag = gtk_gesture_drag_new(), *pinch = gtk_gesture_zoom_new();

    gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(drag), 0);
    add(canvas, gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES), "scroll",
        G_CALLBACK(on_scroll));
    add(canvas, motion, "motion", G_CALLBACK(on_motion));
    g_signal_connect(motion, "leave", G_CALLBACK(on_leave), canvas);
    add(canvas, GTK_EVENT_CONTROLLER(drag), "drag-begin", G_CALLBACK(on_drag_begin));
    g_signal_connect(drag, "drag-update", G_CALLBACK(on_drag_update), canvas);
    g_signal_connect(drag, "drag-end", G_CALLBACK(on_drag_end), canvas);
    g_signal_connect(drag, "cancel", G_CALLBACK(on_drag_cancel), canvas);
    add(canvas, GTK_EVENT_CONTROLLER(pinch), "scale-changed", G_CALLBACK(on_pinch));
    g_signal_connect(pinch, "begin", G_CALLBACK(on_pinch_begin), canvas);
    add(canvas, gtk_event_controller_key_new(), "key-pressed", G_CALLBACK(on_key));
}
