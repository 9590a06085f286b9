/* SPDX-License-Identifier: Apache-2.0 */
/* The trace view's widget: what it shows, where, and how large. */
#include "ui/trace/trace_view_private.h"

#include <glib/gi18n.h>

enum {
    PROP_0,
    PROP_ZOOM,
    PROP_READOUT,
    PROP_HIGHLIGHT,
    N_PROPS,
    PROP_HADJUSTMENT = N_PROPS,
    PROP_VADJUSTMENT,
    PROP_HPOLICY,
    PROP_VPOLICY
};

enum { SIGNAL_CHOSEN, SIGNAL_HOVERED, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE_WITH_CODE(TorchlightTraceView, torchlight_trace_view, GTK_TYPE_WIDGET,
                              G_IMPLEMENT_INTERFACE(GTK_TYPE_SCROLLABLE, NULL))

TraceCell
trace_view_cell(TorchlightTraceView *view)
{
    return cell_is_none(view->hover) ? view->chosen : view->hover;
}

const char *
torchlight_trace_view_get_readout(TorchlightTraceView *view)
{
    return view->readout;
}

/* Whether what is chosen of all packets is a field and not a header. */
static bool
is_field(TorchlightTraceView *view)
{
    int bit;

    return view->n_chosen > 0 &&
           view->n_chosen ==
               field_table[layout_field_at(trace_view_layout(view), view->first_chosen, &bit)
                               ->field]
                   .width;
}

static char *
describe(TorchlightTraceView *view, TraceCell cell)
{
    const TracePicture *picture = view->picture;

    if (cell_is_none(cell) && is_field(view))
        return trace_picture_describe_column(picture, view->first_chosen);
    if (cell_is_bit(cell))
        return trace_picture_describe(picture, cell.row, cell.column);
    if (cell.row >= 0 && cell_is(cell, view->chosen) && is_field(view))
        return trace_picture_describe_field(picture, cell.row, view->first_chosen);
    return cell.row >= 0 ? trace_picture_describe_packet(picture, cell.row)
                         : trace_picture_describe_column(picture, cell.column);
}

void
trace_view_update_readout(TorchlightTraceView *view)
{
    g_autofree char *readout =
        view->picture && !view->preview ? describe(view, trace_view_cell(view)) : NULL;

    if (g_strcmp0(readout, view->readout) == 0)
        return;
    g_free(view->readout);
    view->readout = g_steal_pointer(&readout);
    gtk_accessible_update_property(GTK_ACCESSIBLE(view), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                   view->readout ? view->readout : "", -1);
    g_object_notify_by_pspec(G_OBJECT(view), properties[PROP_READOUT]);
}

/* --- what is chosen and under the pointer --- */

void
trace_view_set_hover(TorchlightTraceView *view, TraceCell cell)
{
    if (cell_is(cell, view->hover))
        return;
    torchlight_trace_view_show_hover(view, cell);
    g_signal_emit(view, signals[SIGNAL_HOVERED], 0);
}

void
torchlight_trace_view_show_hover(TorchlightTraceView *view, TraceCell cell)
{
    if (cell_is(cell, view->hover))
        return;
    view->hover = cell;
    trace_view_update_readout(view);
    gtk_widget_queue_draw(GTK_WIDGET(view));
}

TraceCell
torchlight_trace_view_get_chosen(TorchlightTraceView *view)
{
    return view->chosen;
}

TraceCell
torchlight_trace_view_get_hovered(TorchlightTraceView *view)
{
    return view->hover;
}

static void
set_chosen(TorchlightTraceView *view, TraceCell cell, int first, int n)
{
    if (cell_is(cell, view->chosen) && first == view->first_chosen && n == view->n_chosen)
        return;
    view->chosen = cell;
    view->first_chosen = first;
    view->n_chosen = n;
    trace_view_update_readout(view);
    gtk_widget_queue_draw(GTK_WIDGET(view));
    g_signal_emit(view, signals[SIGNAL_CHOSEN], 0);
}

/* Cells outside the picture are none. */
void
torchlight_trace_view_choose(TorchlightTraceView *view, TraceCell cell, bool reveal)
{
    const LayoutField *entry = NULL;
    int w, h, bit;

    trace_view_picture_size(view, &w, &h);
    if (cell.row >= h || cell.column >= w)
        cell = no_cell;
    if (cell.column >= 0)
        entry = layout_field_at(trace_view_layout(view), cell.column, &bit);
    if (entry)
        set_chosen(view, cell, entry->first_column, field_table[entry->field].width);
    else if (cell.row >= 0) /* another packet, of which the same columns are looked at */
        set_chosen(view, cell, view->first_chosen, view->n_chosen);
    else
        set_chosen(view, cell, 0, 0);
    if (!reveal)
        return;
    torchlight_trace_view_show_hover(view, no_cell); /* until the pointer moves, this is told of */
    trace_view_reveal(view, cell.row, MAX(cell.column, 0), cell.column >= 0 ? 1 : 0);
}

void
torchlight_trace_view_choose_columns(TorchlightTraceView *view, int first_column, int n_columns,
                                     bool reveal)
{
    set_chosen(view, (TraceCell){view->chosen.row, -1}, first_column, n_columns);
    if (!reveal)
        return;
    torchlight_trace_view_show_hover(view, no_cell);
    trace_view_reveal(view, -1, first_column, n_columns);
}

bool
torchlight_trace_view_get_columns(TorchlightTraceView *view, int *first_column, int *n_columns)
{
    *first_column = view->first_chosen;
    *n_columns = view->n_chosen;
    return view->n_chosen > 0;
}

void
torchlight_trace_view_set_highlight(TorchlightTraceView *view, bool highlight)
{
    if (view->highlight == highlight)
        return;
    view->highlight = highlight;
    gtk_widget_queue_draw(GTK_WIDGET(view));
    g_object_notify_by_pspec(G_OBJECT(view), properties[PROP_HIGHLIGHT]);
}

void
torchlight_trace_view_set_marks(TorchlightTraceView *view, const int *rows, int n_rows,
                                const FieldId *fields, int n_fields)
{
    g_array_set_size(view->found_rows, 0);
    g_array_set_size(view->found_fields, 0);
    if (n_rows > 0)
        g_array_append_vals(view->found_rows, rows, (guint)n_rows);
    if (n_fields > 0)
        g_array_append_vals(view->found_fields, fields, (guint)n_fields);
    gtk_widget_queue_draw(GTK_WIDGET(view));
}

/* --- scrolling --- */

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

/* Whoever listens may want another size, which cannot be had within an allocation. */
static gboolean
notify_zoom(gpointer data)
{
    TorchlightTraceView *view = data;

    view->notify_idle = 0;
    g_object_notify_by_pspec(G_OBJECT(view), properties[PROP_ZOOM]);
    return G_SOURCE_REMOVE;
}

static void
torchlight_trace_view_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
    TorchlightTraceView *view = TORCHLIGHT_TRACE_VIEW(widget);
    double zoom = view->zoom;

    if (view->fit)
        view->zoom = trace_view_fit_zoom(view);
    trace_view_update_adjustments(view, trace_view_adjustment_value(view->hadjustment),
                                  trace_view_adjustment_value(view->vadjustment));
    if (zoom != view->zoom && !view->notify_idle)
        view->notify_idle = g_idle_add_full(G_PRIORITY_HIGH_IDLE, notify_zoom, view, NULL);
}

static void
torchlight_trace_view_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    trace_view_draw(TORCHLIGHT_TRACE_VIEW(widget), snapshot);
}

void
torchlight_trace_view_set_picture(TorchlightTraceView *view, TracePicture *picture, bool keep_place)
{
    bool keep = keep_place && view->picture && picture;

    if (picture)
        trace_picture_ref(picture);
    g_clear_pointer(&view->picture, trace_picture_unref);
    view->picture = picture;
    g_clear_pointer(&view->preview, pixels_unref);
    g_clear_pointer(&view->pixels, pixels_unref);
    view->hover = no_cell;
    if (keep && !view->fit)
        trace_view_zoom_at(view, view->zoom, 0, 0);
    else
        torchlight_trace_view_zoom_fit(view);
    if (!keep)
        torchlight_trace_view_set_marks(view, NULL, 0, NULL, 0);
    torchlight_trace_view_choose(view, keep ? view->chosen : no_cell, false);
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
        trace_view_update_adjustments(view, trace_view_adjustment_value(view->hadjustment),
                                      trace_view_adjustment_value(view->vadjustment));
    trace_view_update_readout(view);
    gtk_widget_queue_draw(GTK_WIDGET(view));
}

void
torchlight_trace_view_set_pixels(TorchlightTraceView *view, Pixels *pixels)
{
    if (pixels)
        pixels_ref(pixels);
    g_clear_pointer(&view->pixels, pixels_unref);
    view->pixels = pixels;
    trace_view_update_adjustments(view, trace_view_adjustment_value(view->hadjustment),
                                  trace_view_adjustment_value(view->vadjustment));
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
    case PROP_HIGHLIGHT:
        g_value_set_boolean(value, view->highlight);
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
    case PROP_HIGHLIGHT:
        torchlight_trace_view_set_highlight(view, g_value_get_boolean(value));
        return;
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
    g_clear_handle_id(&view->notify_idle, g_source_remove);
    set_adjustment(view, &view->hadjustment, NULL);
    set_adjustment(view, &view->vadjustment, NULL);
    g_clear_pointer(&view->picture, trace_picture_unref);
    g_clear_pointer(&view->preview, pixels_unref);
    g_clear_pointer(&view->pixels, pixels_unref);
    g_clear_pointer(&view->found_rows, g_array_unref);
    g_clear_pointer(&view->found_fields, g_array_unref);
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
    properties[PROP_HIGHLIGHT] =
        g_param_spec_boolean("highlight", NULL, NULL, FALSE,
                             G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object, N_PROPS, properties);
    signals[SIGNAL_CHOSEN] = g_signal_new("chosen", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[SIGNAL_HOVERED] = g_signal_new("hovered", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST,
                                           0, NULL, NULL, NULL, G_TYPE_NONE, 0);
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
    view->found_rows = g_array_new(FALSE, FALSE, sizeof(int));
    view->found_fields = g_array_new(FALSE, FALSE, sizeof(FieldId));
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
