/* SPDX-License-Identifier: Apache-2.0 */
/* Pointer and keys of the trace view: hovering, choosing, zooming, panning, the tooltip. */
#include "ui/trace/trace_view_private.h"

#include <math.h>

/* In the ruler a column of all packets, at the side a packet. */
static TraceCell
cell_at(TorchlightTraceView *view, double x, double y)
{
    int w, h;
    double x0, y0;
    TraceCell cell;

    trace_view_picture_size(view, &w, &h);
    trace_view_origin(view, &x0, &y0);
    cell = (TraceCell){(int)floor((y - y0) / view->zoom), (int)floor((x - x0) / view->zoom)};
    if (y < trace_view_ruler_height(view))
        cell.row = -1;
    else if (cell.row >= h)
        return no_cell;
    if (x < trace_view_side_width(view))
        cell.column = -1;
    else if (cell.column < -1 || cell.column >= w)
        return no_cell;
    return (TraceCell){MAX(cell.row, -1), MAX(cell.column, -1)};
}

static void
set_hover(TorchlightTraceView *view, double x, double y)
{
    view->pointer_x = x;
    view->pointer_y = y;
    trace_view_set_hover(view, cell_at(view, x, y));
}

static gboolean
on_query_tooltip(TorchlightTraceView *view, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
    TraceCell cell = keyboard ? view->chosen : cell_at(view, x, y);
    g_autofree char *text = NULL;

    if (!view->picture || view->preview || cell_is_none(cell))
        return FALSE;
    if (cell_is_bit(cell))
        text = trace_picture_describe(view->picture, cell.row, cell.column);
    else if (cell.row >= 0)
        text = trace_picture_describe_packet(view->picture, cell.row);
    else
        text = trace_picture_describe_column(view->picture, cell.column);
    if (!text)
        return FALSE;
    if (!cell_is_bit(cell)) {
        gtk_tooltip_set_text(tooltip, text);
        return TRUE;
    }
    g_autofree char *markup = g_markup_printf_escaped(
        "%s\n<small>%s</small>", text, trace_picture_meaning(view->picture, cell.column));
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
        trace_view_zoom_at(view, zoom_step(view->zoom, up), view->pointer_x, view->pointer_y);
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
    if (x == view->pointer_x && y == view->pointer_y)
        return; /* a tooltip came or went: what was chosen by other means is still told of */
    set_hover(view, x, y);
}

static void
on_leave(GtkEventControllerMotion *controller, TorchlightTraceView *view)
{
    trace_view_set_hover(view, no_cell);
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

/* The header or field of a column, by which band of the ruler was met. */
static void
ruler_span(TorchlightTraceView *view, int column, double y, int *first, int *n)
{
    const Layout *layout = trace_view_layout(view);
    int bit;
    const LayoutField *entry = layout_field_at(layout, column, &bit);

    if (y < HEADER_BAND) {
        layout_header_span(layout, field_table[entry->field].header, first, n);
    } else {
        *first = entry->first_column;
        *n = field_table[entry->field].width;
    }
}

static void
click_ruler(TorchlightTraceView *view, int column, double y)
{
    int first, n;

    ruler_span(view, column, y, &first, &n);
    if (view->chosen.column < 0 && first == view->first_chosen && n == view->n_chosen)
        n = 0; /* once more lets go of it */
    torchlight_trace_view_choose_columns(view, n ? first : 0, n, false);
}

/* A press that did not pan chooses the bit; once more lets go of it. */
static void
on_drag_end(GtkGestureDrag *gesture, double dx, double dy, TorchlightTraceView *view)
{
    double x, y;
    TraceCell cell;

    if (gtk_widget_has_css_class(GTK_WIDGET(view), "panning")) {
        gtk_widget_remove_css_class(GTK_WIDGET(view), "panning");
        gtk_widget_set_cursor(GTK_WIDGET(view), NULL);
        return;
    }
    gtk_gesture_drag_get_start_point(gesture, &x, &y);
    cell = cell_at(view, x, y);
    if (cell.row < 0 && cell.column >= 0)
        click_ruler(view, cell.column, y);
    else
        torchlight_trace_view_choose(view, cell_is(cell, view->chosen) ? no_cell : cell, false);
}

/* Twice in the ruler zooms to what is there. */
static void
on_pressed(GtkGestureClick *gesture, int n_press, double x, double y, TorchlightTraceView *view)
{
    TraceCell cell = cell_at(view, x, y);
    int first, n;

    if (n_press != 2 || cell.row >= 0 || cell.column < 0)
        return;
    ruler_span(view, cell.column, y, &first, &n);
    /* Ends the drag, which would choose what is there once the zoom is another. */
    gtk_gesture_set_state(GTK_GESTURE(gesture), GTK_EVENT_SEQUENCE_CLAIMED);
    torchlight_trace_view_zoom_to(view, first, n);
    torchlight_trace_view_choose_columns(view, first, n, false);
}

static void
pan(GtkAdjustment *adjustment, double pages)
{
    if (adjustment)
        gtk_adjustment_set_value(adjustment, gtk_adjustment_get_value(adjustment) +
                                                 pages * gtk_adjustment_get_page_size(adjustment));
}

/* The first time it chooses what is in the top left corner. */
static void
move_chosen(TorchlightTraceView *view, int columns, int rows)
{
    int w, h;
    TraceCell cell = view->chosen;

    trace_view_picture_size(view, &w, &h);
    if (w == 0 || h == 0)
        return;
    if (cell.row < 0 || cell.column < 0) {
        double x0, y0;
        trace_view_origin(view, &x0, &y0);
        TraceCell corner = cell_at(view, fmax(x0, trace_view_side_width(view)) + view->zoom / 2,
                                   fmax(y0, trace_view_ruler_height(view)) + view->zoom / 2);
        cell = (TraceCell){cell.row < 0 ? MAX(corner.row, 0) : cell.row,
                           view->n_chosen > 0 ? view->first_chosen : MAX(corner.column, 0)};
    } else {
        cell.column = CLAMP(cell.column + columns, 0, w - 1);
        cell.row = CLAMP(cell.row + rows, 0, h - 1);
    }
    trace_view_set_hover(view, no_cell);
    torchlight_trace_view_choose(view, cell, true);
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
        if (cell_is_none(view->chosen) && view->n_chosen == 0)
            return FALSE;
        torchlight_trace_view_choose(view, no_cell, false);
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
    GtkGesture *click = gtk_gesture_click_new();

    add(view, gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES), "scroll",
        G_CALLBACK(on_scroll));
    add(view, motion, "motion", G_CALLBACK(on_motion));
    g_signal_connect(motion, "leave", G_CALLBACK(on_leave), view);
    add(view, GTK_EVENT_CONTROLLER(drag), "drag-begin", G_CALLBACK(on_drag_begin));
    add(view, GTK_EVENT_CONTROLLER(click), "pressed", G_CALLBACK(on_pressed));
    g_signal_connect(drag, "drag-update", G_CALLBACK(on_drag_update), view);
    g_signal_connect(drag, "drag-end", G_CALLBACK(on_drag_end), view);
    add(view, GTK_EVENT_CONTROLLER(pinch), "scale-changed", G_CALLBACK(on_pinch));
    g_signal_connect(pinch, "begin", G_CALLBACK(on_pinch_begin), view);
    add(view, gtk_event_controller_key_new(), "key-pressed", G_CALLBACK(on_key));
    g_signal_connect(view, "query-tooltip", G_CALLBACK(on_query_tooltip), NULL);
}
