/* SPDX-License-Identifier: Apache-2.0 */
/* The trace view's widget: what it shows, where, and how large. */
#include "ui/trace/trace_view_private.h"

#include <glib/gi18n.h>
#include <math.h>

enum {
    PROP_0,
    PROP_ZOOM,
    PROP_READOUT,
    N_PROPS,
    PROP_HADJUSTMENT = N_PROPS,
    PROP_VADJUSTMENT,
    PROP_HPOLICY,
    PROP_VPOLICY
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE_WITH_CODE(TorchlightTraceView, torchlight_trace_view, GTK_TYPE_WIDGET,
                              G_IMPLEMENT_INTERFACE(GTK_TYPE_SCROLLABLE, NULL))

static const Cell no_cell = {-1, -1};

const Layout *
trace_view_layout(TorchlightTraceView *view)
{
    return view->picture ? view->picture->trace->layout : layout_default();
}

/* A preview of another width than the layout's is stretched to it. */
void
trace_view_picture_size(TorchlightTraceView *view, int *width, int *height)
{
    const Pixels *pixels = view->preview   ? view->preview
                           : view->picture ? view->picture->pixels
                                           : NULL;

    *width = pixels ? trace_view_layout(view)->n_columns : 0;
    *height = pixels ? (int)lround((double)pixels->height * *width / pixels->width) : 0;
}

/* Room for the picture inside the ruler and the packet numbers. */
static void
area(TorchlightTraceView *view, double *width, double *height)
{
    *width = fmax(1, gtk_widget_get_width(GTK_WIDGET(view)) - SIDE_WIDTH);
    *height = fmax(1, gtk_widget_get_height(GTK_WIDGET(view)) - RULER_HEIGHT);
}

static double
value_of(GtkAdjustment *adjustment)
{
    return adjustment ? gtk_adjustment_get_value(adjustment) : 0;
}

void
trace_view_origin(TorchlightTraceView *view, double *x, double *y)
{
    int w, h;
    double aw, ah;
    trace_view_picture_size(view, &w, &h);
    area(view, &aw, &ah);
    double slack = aw - w * view->zoom;
    *x = SIDE_WIDTH + (slack > 0 ? floor(slack / 2) : -floor(value_of(view->hadjustment)));
    *y = RULER_HEIGHT - floor(value_of(view->vadjustment));
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
    configure(view->hadjustment, x, floor(w * view->zoom), aw);
    configure(view->vadjustment, y, floor(h * view->zoom), ah);
}

void
trace_view_zoom_at(TorchlightTraceView *view, double zoom, double px, double py)
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

/* About the chosen bit where it can be seen, else about the centre. */
static void
zoom_at_centre(TorchlightTraceView *view, double zoom)
{
    double aw, ah, x0, y0;
    area(view, &aw, &ah);
    trace_view_origin(view, &x0, &y0);
    double x = x0 + (view->chosen.column + 0.5) * view->zoom;
    double y = y0 + (view->chosen.row + 0.5) * view->zoom;
    bool seen = view->chosen.row >= 0 && x >= SIDE_WIDTH && x <= SIDE_WIDTH + aw &&
                y >= RULER_HEIGHT && y <= RULER_HEIGHT + ah;

    view->fit = false;
    trace_view_zoom_at(view, zoom, seen ? x : SIDE_WIDTH + aw / 2,
                       seen ? y : RULER_HEIGHT + ah / 2);
}

/* From 1 on whole numbers, so that every bit is as wide as the next. */
double
trace_view_zoom_step(double zoom, bool up)
{
    static const double ladder[] = {0.05, 0.07, 0.1, 0.14, 0.2, 0.25, 0.33, 0.5, 0.71, 1,  2, 3,
                                    4,    5,    6,   8,    10,  12,   16,   20,  24,   32, 40};
    const int n = G_N_ELEMENTS(ladder);

    for (int i = 0; i < n; i++) {
        int at = up ? i : n - 1 - i;
        if (up ? ladder[at] > zoom * 1.01 : ladder[at] < zoom * 0.99)
            return ladder[at];
    }
    return up ? ZOOM_MAX : ZOOM_MIN;
}

double
torchlight_trace_view_get_zoom(TorchlightTraceView *view)
{
    return view->zoom;
}

void
torchlight_trace_view_zoom_in(TorchlightTraceView *view)
{
    zoom_at_centre(view, trace_view_zoom_step(view->zoom, true));
}

void
torchlight_trace_view_zoom_out(TorchlightTraceView *view)
{
    zoom_at_centre(view, trace_view_zoom_step(view->zoom, false));
}

void
torchlight_trace_view_zoom_one(TorchlightTraceView *view)
{
    zoom_at_centre(view, 1.0);
}

void
torchlight_trace_view_zoom_fit(TorchlightTraceView *view)
{
    trace_view_zoom_at(view, fit_zoom(view), 0, 0);
    view->fit = true;
}

Cell
trace_view_cell(TorchlightTraceView *view)
{
    return view->hover.row >= 0 ? view->hover : view->chosen;
}

const char *
torchlight_trace_view_get_readout(TorchlightTraceView *view)
{
    return view->readout;
}

void
trace_view_update_readout(TorchlightTraceView *view)
{
    Cell cell = trace_view_cell(view);
    g_autofree char *readout = view->picture && !view->preview
                                   ? trace_picture_describe(view->picture, cell.row, cell.column)
                                   : NULL;

    if (g_strcmp0(readout, view->readout) == 0)
        return;
    g_free(view->readout);
    view->readout = g_steal_pointer(&readout);
    gtk_accessible_update_property(GTK_ACCESSIBLE(view), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                   view->readout ? view->readout : "", -1);
    g_object_notify_by_pspec(G_OBJECT(view), properties[PROP_READOUT]);
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
torchlight_trace_view_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
    TorchlightTraceView *view = TORCHLIGHT_TRACE_VIEW(widget);
    double zoom = view->zoom;

    if (view->fit)
        view->zoom = fit_zoom(view);
    update_adjustments(view, value_of(view->hadjustment), value_of(view->vadjustment));
    if (zoom != view->zoom)
        g_object_notify_by_pspec(G_OBJECT(view), properties[PROP_ZOOM]);
}

static void
torchlight_trace_view_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    trace_view_draw(TORCHLIGHT_TRACE_VIEW(widget), snapshot);
}

void
torchlight_trace_view_set_picture(TorchlightTraceView *view, TracePicture *picture, bool keep_place)
{
    bool keep = keep_place && view->picture && picture && !view->fit;

    if (picture)
        trace_picture_ref(picture);
    g_clear_pointer(&view->picture, trace_picture_unref);
    view->picture = picture;
    g_clear_pointer(&view->preview, pixels_unref);
    view->hover = no_cell;
    if (!keep)
        view->chosen = no_cell;
    if (keep)
        trace_view_zoom_at(view, view->zoom, SIDE_WIDTH, RULER_HEIGHT);
    else
        torchlight_trace_view_zoom_fit(view);
    trace_view_update_readout(view);
}

TracePicture *
torchlight_trace_view_get_picture(TorchlightTraceView *view)
{
    return view->picture;
}

void
torchlight_trace_view_set_preview(TorchlightTraceView *view, Pixels *preview)
{
    int w, h, was_w, was_h;

    trace_view_picture_size(view, &was_w, &was_h);
    if (preview)
        pixels_ref(preview);
    g_clear_pointer(&view->preview, pixels_unref);
    view->preview = preview;
    trace_view_picture_size(view, &w, &h);
    if (view->fit && (w != was_w || h != was_h))
        torchlight_trace_view_zoom_fit(view);
    else
        update_adjustments(view, value_of(view->hadjustment), value_of(view->vadjustment));
    trace_view_update_readout(view);
    gtk_widget_queue_draw(GTK_WIDGET(view));
}

static void
torchlight_trace_view_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    TorchlightTraceView *view = TORCHLIGHT_TRACE_VIEW(object);
    switch ((int)id) {
    case PROP_ZOOM:
        g_value_set_double(value, view->zoom);
        break;
    case PROP_READOUT:
        g_value_set_string(value, view->readout);
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
torchlight_trace_view_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
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
torchlight_trace_view_dispose(GObject *object)
{
    TorchlightTraceView *view = TORCHLIGHT_TRACE_VIEW(object);
    set_adjustment(view, &view->hadjustment, NULL);
    set_adjustment(view, &view->vadjustment, NULL);
    g_clear_pointer(&view->picture, trace_picture_unref);
    g_clear_pointer(&view->preview, pixels_unref);
    g_clear_pointer(&view->background, gsk_render_node_unref);
    g_clear_pointer(&view->readout, g_free);
    G_OBJECT_CLASS(torchlight_trace_view_parent_class)->dispose(object);
}

static void
torchlight_trace_view_class_init(TorchlightTraceViewClass *class)
{
    GObjectClass *object = G_OBJECT_CLASS(class);
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);
    const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

    object->get_property = torchlight_trace_view_get_property;
    object->set_property = torchlight_trace_view_set_property;
    object->dispose = torchlight_trace_view_dispose;
    widget->size_allocate = torchlight_trace_view_size_allocate;
    widget->snapshot = torchlight_trace_view_snapshot;
    properties[PROP_ZOOM] = g_param_spec_double("zoom", NULL, NULL, ZOOM_MIN, ZOOM_MAX, 1.0, flags);
    properties[PROP_READOUT] = g_param_spec_string("readout", NULL, NULL, NULL, flags);
    g_object_class_install_properties(object, N_PROPS, properties);
    g_object_class_override_property(object, PROP_HADJUSTMENT, "hadjustment");
    g_object_class_override_property(object, PROP_VADJUSTMENT, "vadjustment");
    g_object_class_override_property(object, PROP_HPOLICY, "hscroll-policy");
    g_object_class_override_property(object, PROP_VPOLICY, "vscroll-policy");
    gtk_widget_class_set_css_name(widget, "traceview");
    gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
torchlight_trace_view_init(TorchlightTraceView *view)
{
    GtkWidget *widget = GTK_WIDGET(view);

    view->zoom = 1.0;
    view->fit = true;
    view->hover = view->chosen = no_cell;
    gtk_widget_set_focusable(widget, TRUE);
    gtk_widget_set_has_tooltip(widget, TRUE);
    gtk_widget_set_overflow(widget, GTK_OVERFLOW_HIDDEN);
    gtk_accessible_update_property(GTK_ACCESSIBLE(view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Picture of the trace"), -1);
    trace_view_add_controllers(view);
}

GtkWidget *
torchlight_trace_view_new(void)
{
    return g_object_new(TORCHLIGHT_TYPE_TRACE_VIEW, NULL);
}
