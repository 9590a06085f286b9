/* SPDX-License-Identifier: Apache-2.0 */
/* Pointer and keys of the trace view: hovering, choosing, zooming, panning, the tooltip. */
#include "ui/trace/trace_view_private.h"

#include <math.h>

static Cell
cell_at(TorchlightTraceView *view, double x, double y)
{
    int w, h;
    double x0, y0;
    Cell cell = {-1, -1};

    trace_view_picture_size(view, &w, &h);
    trace_view_origin(view, &x0, &y0);
    if (x < SIDE_WIDTH || y < RULER_HEIGHT)
        return cell;
    cell = (Cell){(int)floor((y - y0) / view->zoom), (int)floor((x - x0) / view->zoom)};
    if (cell.column < 0 || cell.column >= w || cell.row < 0 || cell.row >= h)
        cell = (Cell){-1, -1};
    return cell;
}

static void
set_cell(TorchlightTraceView *view, Cell *which, Cell cell)
{
    if (cell.row == which->row && cell.column == which->column)
        return;
    *which = cell;
    trace_view_update_readout(view);
    gtk_widget_queue_draw(GTK_WIDGET(view));
}

static void
set_hover(TorchlightTraceView *view, double x, double y)
{
    view->pointer_x = x;
    view->pointer_y = y;
    set_cell(view, &view->hover, cell_at(view, x, y));
}

static gboolean
on_query_tooltip(TorchlightTraceView *view, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
    Cell cell = keyboard ? view->chosen : cell_at(view, x, y);
    const char *meaning;

    if (!view->picture || view->preview || !view->readout || cell.row < 0)
        return FALSE;
    meaning = trace_picture_meaning(view->picture, cell.column);
    g_autofree char *text = trace_picture_describe(view->picture, cell.row, cell.column);
    g_autofree char *markup =
        text ? g_markup_printf_escaped("%s\n<small>%s</small>", text, meaning) : NULL;
    if (!markup)
        return FALSE;
    gtk_tooltip_set_markup(tooltip, markup);
    return TRUE;
}

static gboolean
on_scroll(GtkEventControllerScroll *controller, double dx, double dy, TorchlightTraceView *view)
{
    GdkModifierType state =
        gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(controller));

    if (!(state & GDK_CONTROL_MASK))
        return FALSE; /* the scrolled window scrolls */
    view->scrolled += dy;
    while (fabs(view->scrolled) >= 1) {
        bool up = view->scrolled < 0;
        view->scrolled += up ? 1 : -1;
        view->fit = false;
        trace_view_zoom_at(view, trace_view_zoom_step(view->zoom, up), view->pointer_x,
                           view->pointer_y);
    }
    set_hover(view, view->pointer_x, view->pointer_y);
    return TRUE;
}

static void
on_pinch_begin(GtkGesture *gesture, GdkEventSequence *sequence, TorchlightTraceView *view)
{
    view->pinch_zoom = view->zoom;
}

static void
on_pinch(GtkGestureZoom *gesture, double scale, TorchlightTraceView *view)
{
    double x, y;

    if (!gtk_gesture_get_bounding_box_center(GTK_GESTURE(gesture), &x, &y))
        return;
    view->fit = false;
    trace_view_zoom_at(view, view->pinch_zoom * scale, x, y);
}

static void
on_motion(GtkEventControllerMotion *controller, double x, double y, TorchlightTraceView *view)
{
    set_hover(view, x, y);
}

static void
on_leave(GtkEventControllerMotion *controller, TorchlightTraceView *view)
{
    set_cell(view, &view->hover, (Cell){-1, -1});
}

static void
on_drag_begin(GtkGestureDrag *gesture, double x, double y, TorchlightTraceView *view)
{
    gtk_widget_grab_focus(GTK_WIDGET(view));
    view->drag_x = view->hadjustment ? gtk_adjustment_get_value(view->hadjustment) : 0;
    view->drag_y = view->vadjustment ? gtk_adjustment_get_value(view->vadjustment) : 0;
}

static void
on_drag_update(GtkGestureDrag *gesture, double dx, double dy, TorchlightTraceView *view)
{
    if (!gtk_drag_check_threshold(GTK_WIDGET(view), 0, 0, (int)dx, (int)dy) &&
        !gtk_widget_has_css_class(GTK_WIDGET(view), "panning"))
        return;
    if (!gtk_widget_has_css_class(GTK_WIDGET(view), "panning")) {
        gtk_widget_add_css_class(GTK_WIDGET(view), "panning");
        gtk_widget_set_cursor_from_name(GTK_WIDGET(view), "grabbing");
    }
    if (view->hadjustment)
        gtk_adjustment_set_value(view->hadjustment, view->drag_x - dx);
    if (view->vadjustment)
        gtk_adjustment_set_value(view->vadjustment, view->drag_y - dy);
}

/* A press that did not pan chooses the bit; once more lets go of it. */
static void
on_drag_end(GtkGestureDrag *gesture, double dx, double dy, TorchlightTraceView *view)
{
    double x, y;
    Cell cell;

    if (gtk_widget_has_css_class(GTK_WIDGET(view), "panning")) {
        gtk_widget_remove_css_class(GTK_WIDGET(view), "panning");
        gtk_widget_set_cursor(GTK_WIDGET(view), NULL);
        return;
    }
    gtk_gesture_drag_get_start_point(gesture, &x, &y);
    cell = cell_at(view, x, y);
    if (cell.row == view->chosen.row && cell.column == view->chosen.column)
        cell = (Cell){-1, -1};
    set_cell(view, &view->chosen, cell);
}

static void
pan(GtkAdjustment *adjustment, double pages)
{
    if (adjustment)
        gtk_adjustment_set_value(adjustment, gtk_adjustment_get_value(adjustment) +
                                                 pages * gtk_adjustment_get_page_size(adjustment));
}

static void
show_range(GtkAdjustment *adjustment, double from, double to)
{
    if (adjustment)
        gtk_adjustment_clamp_page(adjustment, from, to);
}

/* The first time it chooses what is in the top left corner. */
static void
move_chosen(TorchlightTraceView *view, int columns, int rows)
{
    int w, h;
    Cell cell = view->chosen;

    trace_view_picture_size(view, &w, &h);
    if (w == 0 || h == 0)
        return;
    if (cell.row < 0) {
        double x0, y0;
        trace_view_origin(view, &x0, &y0);
        cell = cell_at(view, fmax(x0, SIDE_WIDTH) + view->zoom / 2,
                       fmax(y0, RULER_HEIGHT) + view->zoom / 2);
    } else {
        cell.column = CLAMP(cell.column + columns, 0, w - 1);
        cell.row = CLAMP(cell.row + rows, 0, h - 1);
    }
    view->hover = (Cell){-1, -1};
    set_cell(view, &view->chosen, cell);
    show_range(view->hadjustment, (cell.column - 1) * view->zoom, (cell.column + 2) * view->zoom);
    show_range(view->vadjustment, (cell.row - 1) * view->zoom, (cell.row + 2) * view->zoom);
}

static bool
on_arrow(TorchlightTraceView *view, guint key, bool choose)
{
    int dx = key == GDK_KEY_Right || key == GDK_KEY_KP_Right ? 1
             : key == GDK_KEY_Left || key == GDK_KEY_KP_Left ? -1
                                                             : 0;
    int dy = key == GDK_KEY_Down || key == GDK_KEY_KP_Down ? 1
             : key == GDK_KEY_Up || key == GDK_KEY_KP_Up   ? -1
                                                           : 0;

    if (!dx && !dy)
        return false;
    if (choose) {
        move_chosen(view, dx, dy);
    } else {
        pan(view->hadjustment, 0.1 * dx);
        pan(view->vadjustment, 0.1 * dy);
    }
    return true;
}

static gboolean
on_key(GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state,
       TorchlightTraceView *view)
{
    if (state & (GDK_CONTROL_MASK | GDK_ALT_MASK))
        return FALSE;
    if (on_arrow(view, key, state & GDK_SHIFT_MASK))
        return TRUE;
    switch (key) {
    case GDK_KEY_plus:
    case GDK_KEY_equal:
    case GDK_KEY_KP_Add:
        torchlight_trace_view_zoom_in(view);
        return TRUE;
    case GDK_KEY_minus:
    case GDK_KEY_KP_Subtract:
        torchlight_trace_view_zoom_out(view);
        return TRUE;
    case GDK_KEY_0:
    case GDK_KEY_KP_0:
        torchlight_trace_view_zoom_fit(view);
        return TRUE;
    case GDK_KEY_1:
    case GDK_KEY_KP_1:
        torchlight_trace_view_zoom_one(view);
        return TRUE;
    case GDK_KEY_Page_Up:
        pan(view->vadjustment, -0.9);
        return TRUE;
    case GDK_KEY_Page_Down:
        pan(view->vadjustment, 0.9);
        return TRUE;
    case GDK_KEY_Home:
        pan(view->vadjustment, -1e6);
        return TRUE;
    case GDK_KEY_End:
        pan(view->vadjustment, 1e6);
        return TRUE;
    case GDK_KEY_Escape:
        if (view->chosen.row < 0)
            return FALSE;
        set_cell(view, &view->chosen, (Cell){-1, -1});
        return TRUE;
    default:
        return FALSE;
    }
}

static void
add(TorchlightTraceView *view, GtkEventController *controller, const char *signal, GCallback func)
{
    g_signal_connect(controller, signal, func, view);
    gtk_widget_add_controller(GTK_WIDGET(view), controller);
}

void
trace_view_add_controllers(TorchlightTraceView *view)
{
    GtkEventController *motion = gtk_event_controller_motion_new();
    GtkGesture *drag = gtk_gesture_drag_new(), *pinch = gtk_gesture_zoom_new();

    add(view, gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES), "scroll",
        G_CALLBACK(on_scroll));
    add(view, motion, "motion", G_CALLBACK(on_motion));
    g_signal_connect(motion, "leave", G_CALLBACK(on_leave), view);
    add(view, GTK_EVENT_CONTROLLER(drag), "drag-begin", G_CALLBACK(on_drag_begin));
    g_signal_connect(drag, "drag-update", G_CALLBACK(on_drag_update), view);
    g_signal_connect(drag, "drag-end", G_CALLBACK(on_drag_end), view);
    add(view, GTK_EVENT_CONTROLLER(pinch), "scale-changed", G_CALLBACK(on_pinch));
    g_signal_connect(pinch, "begin", G_CALLBACK(on_pinch_begin), view);
    add(view, gtk_event_controller_key_new(), "key-pressed", G_CALLBACK(on_key));
    g_signal_connect(view, "query-tooltip", G_CALLBACK(on_query_tooltip), NULL);
}
