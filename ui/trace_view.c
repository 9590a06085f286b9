/* SPDX-License-Identifier: Apache-2.0 */
/* The trace view's widget: scrolling, zooming, hovering. Drawing is in trace_view_draw.c. */
#include "ui/trace_view_private.h"

#include <glib/gi18n.h>
#include <math.h>

enum {
    PROP_0,
    PROP_ZOOM,
    N_PROPS,
    PROP_HADJUSTMENT = N_PROPS,
    PROP_VADJUSTMENT,
    PROP_HPOLICY,
    PROP_VPOLICY
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE_WITH_CODE(TorchlightTraceView, torchlight_trace_view, GTK_TYPE_WIDGET,
                              G_IMPLEMENT_INTERFACE(GTK_TYPE_SCROLLABLE, NULL))

void
trace_view_picture_size(TorchlightTraceView *view, int *width, int *height)
{
    *width = view->trace ? view->trace->layout->n_columns : 0;
    *height = view->picture ? cairo_image_surface_get_height(view->picture) : 0;
}

/* Room for the picture inside the ruler and the packet numbers. */
static void
area(TorchlightTraceView *view, double *width, double *height)
{
    *width = fmax(1, gtk_widget_get_width(GTK_WIDGET(view)) - SIDE_WIDTH);
    *height = fmax(1, gtk_widget_get_height(GTK_WIDGET(view)) - RULER_HEIGHT);
}

void
trace_view_origin(TorchlightTraceView *view, double *x, double *y)
{
    int w, h;
    double aw, ah;
    trace_view_picture_size(view, &w, &h);
    area(view, &aw, &ah);
    double cw = w * view->zoom;
    double hv = view->hadjustment ? gtk_adjustment_get_value(view->hadjustment) : 0;
    double vv = view->vadjustment ? gtk_adjustment_get_value(view->vadjustment) : 0;
    *x = SIDE_WIDTH + (cw < aw ? floor((aw - cw) / 2) : -floor(hv));
    *y = RULER_HEIGHT - floor(vv);
}

static double
fit_zoom(TorchlightTraceView *view)
{
    int w, h;
    double aw, ah;
    trace_view_picture_size(view, &w, &h);
    area(view, &aw, &ah);
    return w > 0 && h > 0 ? CLAMP(fmin(aw / w, ah / h), ZOOM_MIN, ZOOM_MAX) : 1.0;
}

static void
configure(GtkAdjustment *adjustment, double value, double content, double page)
{
    if (!adjustment)
        return;
    double upper = fmax(content, page);
    gtk_adjustment_configure(adjustment, CLAMP(value, 0, upper - page), 0, upper, page * 0.1,
                             page * 0.9, page);
}

static void
update_adjustments(TorchlightTraceView *view, double x, double y)
{
    int w, h;
    double aw, ah;
    trace_view_picture_size(view, &w, &h);
    area(view, &aw, &ah);
    configure(view->hadjustment, x, w * view->zoom, aw);
    configure(view->vadjustment, y, h * view->zoom, ah);
}

/* Sets the zoom, keeping what is under (px, py) in place. */
static void
set_zoom(TorchlightTraceView *view, double zoom, double px, double py)
{
    double x0, y0;
    trace_view_origin(view, &x0, &y0);
    double column = (px - x0) / view->zoom, row = (py - y0) / view->zoom;
    view->zoom = CLAMP(zoom, ZOOM_MIN, ZOOM_MAX);
    update_adjustments(view, column * view->zoom - (px - SIDE_WIDTH),
                       row * view->zoom - (py - RULER_HEIGHT));
    gtk_widget_queue_draw(GTK_WIDGET(view));
    g_object_notify_by_pspec(G_OBJECT(view), properties[PROP_ZOOM]);
}

static void
set_zoom_at_centre(TorchlightTraceView *view, double zoom)
{
    double aw, ah;
    area(view, &aw, &ah);
    view->fit = false;
    set_zoom(view, zoom, SIDE_WIDTH + aw / 2, RULER_HEIGHT + ah / 2);
}

double
torchlight_trace_view_get_zoom(TorchlightTraceView *view)
{
    return view->zoom;
}

void
torchlight_trace_view_zoom_by(TorchlightTraceView *view, double factor)
{
    set_zoom_at_centre(view, view->zoom * factor);
}

void
torchlight_trace_view_zoom_one(TorchlightTraceView *view)
{
    set_zoom_at_centre(view, 1.0);
}

void
torchlight_trace_view_zoom_fit(TorchlightTraceView *view)
{
    view->fit = true;
    set_zoom(view, fit_zoom(view), 0, 0);
}

static void
set_hover(TorchlightTraceView *view, double px, double py)
{
    int w, h, row = -1, column = -1;
    double x0, y0;
    trace_view_picture_size(view, &w, &h);
    trace_view_origin(view, &x0, &y0);
    view->pointer_x = px;
    view->pointer_y = py;
    if (px >= SIDE_WIDTH && py >= RULER_HEIGHT) {
        column = (int)floor((px - x0) / view->zoom);
        row = (int)floor((py - y0) / view->zoom);
    }
    if (column < 0 || column >= w || row < 0 || row >= h)
        row = column = -1;
    if (row != view->hover_row || column != view->hover_column) {
        view->hover_row = row;
        view->hover_column = column;
        gtk_widget_queue_draw(GTK_WIDGET(view));
    }
}

char *
torchlight_trace_view_describe(TorchlightTraceView *view, int row, int column)
{
    if (!view->trace || row < 0 || column < 0 || column >= view->trace->layout->n_columns)
        return NULL;
    int bit;
    const LayoutField *entry = layout_field_at(view->trace->layout, column, &bit);
    const Field *field = &field_table[entry->field];
    if (row >= view->trace->n_rows)
        return g_strdup_printf(_("Row %d: padding, no packet"), row + 1);
    int trit = trace_row(view->trace, row)[column];
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, _("Packet %d · %s %s"), row + 1, header_title(field->header),
                           field->label);
    if (trit < 0) {
        g_string_append_printf(text, " · %s", _("absent"));
        return g_string_free(text, FALSE);
    }
    uint32_t value;
    if (field->width > 1 && field->width <= 32 && trace_get(view->trace, row, entry->field, &value))
        g_string_append_printf(text, " = %u (0x%x)", value, value);
    g_string_append_printf(text, _(" · bit %d of %d is %d"), bit, field->width, trit);
    return g_string_free(text, FALSE);
}

static gboolean
on_query_tooltip(GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
    TorchlightTraceView *view = TORCHLIGHT_TRACE_VIEW(widget);
    g_autofree char *text = NULL;
    if (!keyboard)
        text = torchlight_trace_view_describe(view, view->hover_row, view->hover_column);
    if (!text)
        return FALSE;
    gtk_tooltip_set_text(tooltip, text);
    return TRUE;
}

static gboolean
on_scroll(GtkEventControllerScroll *controller, double dx, double dy, TorchlightTraceView *view)
{
    GdkModifierType state =
        gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(controller));
    if (!(state & GDK_CONTROL_MASK))
        return FALSE; /* the scrolled window scrolls */
    view->fit = false;
    set_zoom(view, view->zoom * pow(1.25, -dy), view->pointer_x, view->pointer_y);
    set_hover(view, view->pointer_x, view->pointer_y);
    return TRUE;
}

static void
on_motion(GtkEventControllerMotion *controller, double x, double y, TorchlightTraceView *view)
{
    set_hover(view, x, y);
}

static void
on_leave(GtkEventControllerMotion *controller, TorchlightTraceView *view)
{
    set_hover(view, -1, -1);
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
    if (view->hadjustment)
        gtk_adjustment_set_value(view->hadjustment, view->drag_x - dx);
    if (view->vadjustment)
        gtk_adjustment_set_value(view->vadjustment, view->drag_y - dy);
}

static void
pan(GtkAdjustment *adjustment, double pages)
{
    if (adjustment)
        gtk_adjustment_set_value(adjustment, gtk_adjustment_get_value(adjustment) +
                                                 pages * gtk_adjustment_get_page_size(adjustment));
}

static gboolean
on_key(GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state,
       TorchlightTraceView *view)
{
    switch (key) {
    case GDK_KEY_plus:
    case GDK_KEY_equal:
    case GDK_KEY_KP_Add:
        torchlight_trace_view_zoom_by(view, 1.25);
        return TRUE;
    case GDK_KEY_minus:
    case GDK_KEY_KP_Subtract:
        torchlight_trace_view_zoom_by(view, 0.8);
        return TRUE;
    case GDK_KEY_0:
    case GDK_KEY_KP_0:
        torchlight_trace_view_zoom_fit(view);
        return TRUE;
    case GDK_KEY_1:
    case GDK_KEY_KP_1:
        torchlight_trace_view_zoom_one(view);
        return TRUE;
    case GDK_KEY_Left:
        pan(view->hadjustment, -0.1);
        return TRUE;
    case GDK_KEY_Right:
        pan(view->hadjustment, 0.1);
        return TRUE;
    case GDK_KEY_Up:
        pan(view->vadjustment, -0.1);
        return TRUE;
    case GDK_KEY_Down:
        pan(view->vadjustment, 0.1);
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
    default:
        return FALSE;
    }
}

static void
on_adjusted(GtkAdjustment *adjustment, TorchlightTraceView *view)
{
    gtk_widget_queue_draw(GTK_WIDGET(view));
}

static void
set_adjustment(TorchlightTraceView *view, GtkAdjustment **slot, GtkAdjustment *adjustment)
{
    if (*slot) {
        g_signal_handlers_disconnect_by_data(*slot, view);
        g_clear_object(slot);
    }
    if (adjustment) {
        *slot = g_object_ref_sink(adjustment);
        g_signal_connect(adjustment, "value-changed", G_CALLBACK(on_adjusted), view);
    }
}

static void
size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
    TorchlightTraceView *view = TORCHLIGHT_TRACE_VIEW(widget);
    if (view->fit)
        view->zoom = fit_zoom(view);
    update_adjustments(view, view->hadjustment ? gtk_adjustment_get_value(view->hadjustment) : 0,
                       view->vadjustment ? gtk_adjustment_get_value(view->vadjustment) : 0);
    if (view->fit)
        g_object_notify_by_pspec(G_OBJECT(view), properties[PROP_ZOOM]);
}

static void
snapshot(GtkWidget *widget, GtkSnapshot *snap)
{
    trace_view_draw(TORCHLIGHT_TRACE_VIEW(widget), snap);
}

void
torchlight_trace_view_take_trace(TorchlightTraceView *view, Trace *trace, Palette palette)
{
    g_clear_pointer(&view->trace, trace_free);
    g_clear_pointer(&view->picture, cairo_surface_destroy);
    g_clear_pointer(&view->preview, cairo_surface_destroy);
    view->hover_row = view->hover_column = -1;
    view->trace = trace;
    if (trace) {
        g_autoptr(Image) image = trace_draw(trace, 0, CLAMP(trace->n_rows, 1, IMAGE_ROWS), palette);
        view->picture = trace_view_surface(image);
    }
    torchlight_trace_view_zoom_fit(view);
}

const Trace *
torchlight_trace_view_get_trace(TorchlightTraceView *view)
{
    return view->trace;
}

void
torchlight_trace_view_set_preview(TorchlightTraceView *view, const Image *preview)
{
    g_clear_pointer(&view->preview, cairo_surface_destroy);
    if (preview)
        view->preview = trace_view_surface(preview);
    gtk_widget_queue_draw(GTK_WIDGET(view));
}

static void
get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    TorchlightTraceView *view = TORCHLIGHT_TRACE_VIEW(object);
    switch ((int)id) {
    case PROP_ZOOM:
        g_value_set_double(value, view->zoom);
        break;
    case PROP_HADJUSTMENT:
        g_value_set_object(value, view->hadjustment);
        break;
    case PROP_VADJUSTMENT:
        g_value_set_object(value, view->vadjustment);
        break;
    case PROP_HPOLICY:
        g_value_set_enum(value, (int)view->hpolicy);
        break;
    case PROP_VPOLICY:
        g_value_set_enum(value, (int)view->vpolicy);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

static void
set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    TorchlightTraceView *view = TORCHLIGHT_TRACE_VIEW(object);
    switch ((int)id) {
    case PROP_HADJUSTMENT:
        set_adjustment(view, &view->hadjustment, g_value_get_object(value));
        break;
    case PROP_VADJUSTMENT:
        set_adjustment(view, &view->vadjustment, g_value_get_object(value));
        break;
    case PROP_HPOLICY:
        view->hpolicy = (GtkScrollablePolicy)g_value_get_enum(value);
        break;
    case PROP_VPOLICY:
        view->vpolicy = (GtkScrollablePolicy)g_value_get_enum(value);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
    gtk_widget_queue_resize(GTK_WIDGET(view));
}

static void
dispose(GObject *object)
{
    TorchlightTraceView *view = TORCHLIGHT_TRACE_VIEW(object);
    set_adjustment(view, &view->hadjustment, NULL);
    set_adjustment(view, &view->vadjustment, NULL);
    g_clear_pointer(&view->trace, trace_free);
    g_clear_pointer(&view->picture, cairo_surface_destroy);
    g_clear_pointer(&view->preview, cairo_surface_destroy);
    G_OBJECT_CLASS(torchlight_trace_view_parent_class)->dispose(object);
}

static void
torchlight_trace_view_class_init(TorchlightTraceViewClass *klass)
{
    GObjectClass *object = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);
    object->get_property = get_property;
    object->set_property = set_property;
    object->dispose = dispose;
    widget->size_allocate = size_allocate;
    widget->snapshot = snapshot;
    widget->query_tooltip = on_query_tooltip;
    properties[PROP_ZOOM] = g_param_spec_double("zoom", NULL, NULL, ZOOM_MIN, ZOOM_MAX, 1.0,
                                                G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object, N_PROPS, properties);
    g_object_class_override_property(object, PROP_HADJUSTMENT, "hadjustment");
    g_object_class_override_property(object, PROP_VADJUSTMENT, "vadjustment");
    g_object_class_override_property(object, PROP_HPOLICY, "hscroll-policy");
    g_object_class_override_property(object, PROP_VPOLICY, "vscroll-policy");
    gtk_widget_class_set_css_name(widget, "traceview");
    gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
add_controllers(TorchlightTraceView *view)
{
    GtkWidget *widget = GTK_WIDGET(view);
    GtkEventController *scroll =
        gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
    g_signal_connect(scroll, "scroll", G_CALLBACK(on_scroll), view);
    gtk_widget_add_controller(widget, scroll);
    GtkEventController *motion = gtk_event_controller_motion_new();
    g_signal_connect(motion, "motion", G_CALLBACK(on_motion), view);
    g_signal_connect(motion, "leave", G_CALLBACK(on_leave), view);
    gtk_widget_add_controller(widget, motion);
    GtkGesture *drag = gtk_gesture_drag_new();
    g_signal_connect(drag, "drag-begin", G_CALLBACK(on_drag_begin), view);
    g_signal_connect(drag, "drag-update", G_CALLBACK(on_drag_update), view);
    gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(drag));
    GtkEventController *key = gtk_event_controller_key_new();
    g_signal_connect(key, "key-pressed", G_CALLBACK(on_key), view);
    gtk_widget_add_controller(widget, key);
}

static void
torchlight_trace_view_init(TorchlightTraceView *view)
{
    GtkWidget *widget = GTK_WIDGET(view);
    view->zoom = 1.0;
    view->fit = true;
    view->hover_row = view->hover_column = -1;
    gtk_widget_set_focusable(widget, TRUE);
    gtk_widget_set_has_tooltip(widget, TRUE);
    gtk_widget_set_overflow(widget, GTK_OVERFLOW_HIDDEN);
    gtk_accessible_update_property(GTK_ACCESSIBLE(view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Trace picture"), -1);
    add_controllers(view);
}

GtkWidget *
torchlight_trace_view_new(void)
{
    return g_object_new(TORCHLIGHT_TYPE_TRACE_VIEW, NULL);
}
