/* SPDX-License-Identifier: Apache-2.0 */
/* The canvas's widget: what it shows, where, and how large. */
#include "ui/map/map_canvas_private.h"

#include <glib/gi18n.h>
#include <math.h>

enum {
    PROP_0,
    PROP_ZOOM,
    PROP_READOUT,
    PROP_BRUSH,
    N_PROPS,
    PROP_HADJUSTMENT = N_PROPS,
    PROP_VADJUSTMENT,
    PROP_HPOLICY,
    PROP_VPOLICY
};

enum { SIGNAL_STROKE, SIGNAL_SELECTED, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE_WITH_CODE(TorchlightMapCanvas, torchlight_map_canvas, GTK_TYPE_WIDGET,
                              G_IMPLEMENT_INTERFACE(GTK_TYPE_SCROLLABLE, NULL))

void
map_canvas_area(TorchlightMapCanvas *canvas, double *width, double *height)
{
    *width = fmax(1, gtk_widget_get_width(GTK_WIDGET(canvas)) - SIDE_WIDTH);
    *height = fmax(1, gtk_widget_get_height(GTK_WIDGET(canvas)) - RULER_HEIGHT);
}

static double
value_of(GtkAdjustment *adjustment)
{
    return adjustment ? gtk_adjustment_get_value(adjustment) : 0;
}

void
map_canvas_origin(TorchlightMapCanvas *canvas, double *x, double *y)
{
    double width, height;

    map_canvas_area(canvas, &width, &height);
    const double slack = canvas->map ? width - floor(canvas->map->width * canvas->zoom) : 0;
    *x = SIDE_WIDTH + (slack > 0 ? floor(slack / 2) : -floor(value_of(canvas->hadjustment)));
    *y = RULER_HEIGHT - floor(value_of(canvas->vadjustment));
}

MapPlace
map_canvas_place(TorchlightMapCanvas *canvas, double x, double y)
{
    double x0, y0;

    map_canvas_origin(canvas, &x0, &y0);
    return (MapPlace){(int)floor((x - x0) / canvas->zoom), (int)floor((y - y0) / canvas->zoom)};
}

static double
fit_zoom(TorchlightMapCanvas *canvas)
{
    double width, height;

    if (!canvas->map)
        return 1;
    map_canvas_area(canvas, &width, &height);
    return CLAMP(fmin(width / canvas->map->width, height / canvas->map->height), ZOOM_MIN,
                 ZOOM_MAX);
}

static void
configure(GtkAdjustment *adjustment, double value, double content, double page)
{
    const double upper = fmax(content, page);

    if (adjustment)
        gtk_adjustment_configure(adjustment, CLAMP(value, 0, upper - page), 0, upper, page * 0.1,
                                 page * 0.9, page);
}

static void
update_adjustments(TorchlightMapCanvas *canvas, double x, double y)
{
    double width, height;

    map_canvas_area(canvas, &width, &height);
    configure(canvas->hadjustment, x, canvas->map ? floor(canvas->map->width * canvas->zoom) : 0,
              width);
    configure(canvas->vadjustment, y, canvas->map ? floor(canvas->map->height * canvas->zoom) : 0,
              height);
}

static void
set_zoom(TorchlightMapCanvas *canvas, double zoom)
{
    if (zoom == canvas->zoom)
        return;
    canvas->zoom = zoom;
    map_canvas_drop_tiles(canvas);
    g_object_notify_by_pspec(G_OBJECT(canvas), properties[PROP_ZOOM]);
}

void
map_canvas_zoom_at(TorchlightMapCanvas *canvas, double zoom, double px, double py)
{
    double x0, y0;

    map_canvas_origin(canvas, &x0, &y0);
    const double x = (px - x0) / canvas->zoom, y = (py - y0) / canvas->zoom;
    set_zoom(canvas, CLAMP(zoom, ZOOM_MIN, ZOOM_MAX));
    update_adjustments(canvas, x * canvas->zoom - (px - SIDE_WIDTH),
                       y * canvas->zoom - (py - RULER_HEIGHT));
    gtk_widget_queue_draw(GTK_WIDGET(canvas));
}

/* About the cursor where it can be seen, else about the centre. */
static void
zoom_at_cursor(TorchlightMapCanvas *canvas, double zoom)
{
    double width, height, x0, y0;

    map_canvas_area(canvas, &width, &height);
    map_canvas_origin(canvas, &x0, &y0);
    const double x = x0 + (canvas->cursor.x + 0.5) * canvas->zoom;
    const double y = y0 + (canvas->cursor.y + 0.5) * canvas->zoom;
    const bool seen = canvas->cursor.x >= 0 && x >= SIDE_WIDTH && x <= SIDE_WIDTH + width &&
                      y >= RULER_HEIGHT && y <= RULER_HEIGHT + height;
    canvas->fit = false;
    map_canvas_zoom_at(canvas, zoom, seen ? x : SIDE_WIDTH + width / 2,
                       seen ? y : RULER_HEIGHT + height / 2);
}

double
torchlight_map_canvas_get_zoom(TorchlightMapCanvas *canvas)
{
    return canvas->zoom;
}

void
torchlight_map_canvas_zoom_in(TorchlightMapCanvas *canvas)
{
    zoom_at_cursor(canvas, zoom_step(canvas->zoom, true));
}

void
torchlight_map_canvas_zoom_out(TorchlightMapCanvas *canvas)
{
    zoom_at_cursor(canvas, zoom_step(canvas->zoom, false));
}

void
torchlight_map_canvas_zoom_one(TorchlightMapCanvas *canvas)
{
    zoom_at_cursor(canvas, 1);
}

void
torchlight_map_canvas_zoom_fit(TorchlightMapCanvas *canvas)
{
    map_canvas_zoom_at(canvas, fit_zoom(canvas), 0, 0);
    canvas->fit = true;
}

void
map_canvas_reveal(TorchlightMapCanvas *canvas, MapPlace place)
{
    const double margin = fmax(canvas->zoom, 24);
    const double x = place.x * canvas->zoom, y = place.y * canvas->zoom;

    if (canvas->hadjustment)
        gtk_adjustment_clamp_page(canvas->hadjustment, x - margin, x + canvas->zoom + margin);
    if (canvas->vadjustment)
        gtk_adjustment_clamp_page(canvas->vadjustment, y - margin, y + canvas->zoom + margin);
}

/* "Packet 12 · IPv4 TTL, bit 3 · edge" */
static char *
describe(TorchlightMapCanvas *canvas)
{
    const MapPlace at = canvas->cursor;
    const ControlMap *map = canvas->map;

    if (!map || at.x < 0 || at.y < 0 || at.x >= map->width || at.y >= map->height)
        return NULL;
    const uint8_t value = map->pixels[(size_t)at.y * map->width + at.x];
    g_autofree char *grey = value == 255 ? g_strdup(_("edge"))
                            : value == 0 ? g_strdup(_("no edge"))
                                         : g_strdup_printf(_("grey %d"), value);
    if (!canvas->layout || canvas->layout->n_columns != map->width)
        return g_strdup_printf(_("Row %d · column %d · %s"), at.y + 1, at.x + 1, grey);
    int bit;
    const Field *field = &field_table[layout_field_at(canvas->layout, at.x, &bit)->field];
    return g_strdup_printf(_("Packet %d · %s %s, bit %d of %d · %s"), at.y + 1,
                           header_title(field->header), field->label, bit + 1, field->width, grey);
}

static void
update_readout(TorchlightMapCanvas *canvas)
{
    g_autofree char *readout = describe(canvas);

    if (g_strcmp0(readout, canvas->readout) == 0)
        return;
    g_free(canvas->readout);
    canvas->readout = g_steal_pointer(&readout);
    gtk_accessible_update_property(GTK_ACCESSIBLE(canvas), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                   canvas->readout ? canvas->readout : "", -1);
    g_object_notify_by_pspec(G_OBJECT(canvas), properties[PROP_READOUT]);
}

void
map_canvas_set_cursor(TorchlightMapCanvas *canvas, MapPlace place)
{
    if (canvas->cursor.x == place.x && canvas->cursor.y == place.y)
        return;
    canvas->cursor = place;
    update_readout(canvas);
    gtk_widget_queue_draw(GTK_WIDGET(canvas));
}

void
torchlight_map_canvas_set_map(TorchlightMapCanvas *canvas, ControlMap *map, Image *picture,
                              const Layout *layout, bool keep)
{
    torchlight_map_canvas_cancel(canvas);
    canvas->map = map;
    canvas->layout = layout;
    g_clear_pointer(&canvas->picture, image_free);
    canvas->picture = picture;
    canvas->grip = GRIP_NONE;
    map_canvas_drop_tiles(canvas);
    if (!keep) {
        canvas->cursor = (MapPlace){-1, -1};
        torchlight_map_canvas_select(canvas, MAP_SELECT_NONE, 0, 0);
        torchlight_map_canvas_zoom_fit(canvas);
    }
    update_adjustments(canvas, value_of(canvas->hadjustment), value_of(canvas->vadjustment));
    update_readout(canvas);
    gtk_widget_queue_draw(GTK_WIDGET(canvas));
}

void
torchlight_map_canvas_update(TorchlightMapCanvas *canvas)
{
    if (!canvas->map)
        return;
    map_canvas_drop_tiles_at(canvas, control_map_take_changed(canvas->map));
    update_readout(canvas);
    gtk_widget_queue_draw(GTK_WIDGET(canvas));
}

void
torchlight_map_canvas_set_tool(TorchlightMapCanvas *canvas, MapTool tool)
{
    torchlight_map_canvas_cancel(canvas);
    canvas->tool = tool;
    gtk_widget_queue_draw(GTK_WIDGET(canvas));
}

void
torchlight_map_canvas_set_brush(TorchlightMapCanvas *canvas, int size)
{
    size = CLAMP(size, 1, CONTROL_MAX_BRUSH);
    if (size == canvas->brush)
        return;
    canvas->brush = size;
    g_object_notify_by_pspec(G_OBJECT(canvas), properties[PROP_BRUSH]);
    gtk_widget_queue_draw(GTK_WIDGET(canvas));
}

int
torchlight_map_canvas_get_brush(TorchlightMapCanvas *canvas)
{
    return canvas->brush;
}

void
torchlight_map_canvas_set_filled(TorchlightMapCanvas *canvas, bool filled)
{
    canvas->filled = filled;
}

void
torchlight_map_canvas_set_editable(TorchlightMapCanvas *canvas, bool editable)
{
    canvas->editable = editable;
}

void
torchlight_map_canvas_set_show(TorchlightMapCanvas *canvas, MapShow show, double opacity)
{
    canvas->show = show;
    canvas->opacity = CLAMP(opacity, 0, 1);
    map_canvas_drop_tiles(canvas);
    gtk_widget_queue_draw(GTK_WIDGET(canvas));
}

void
torchlight_map_canvas_set_guide(TorchlightMapCanvas *canvas, bool guide)
{
    canvas->guide = guide;
    gtk_widget_queue_draw(GTK_WIDGET(canvas));
}

MapSelect
torchlight_map_canvas_get_selection(TorchlightMapCanvas *canvas, ControlRect *rect)
{
    *rect = !canvas->map || canvas->select == MAP_SELECT_NONE ? (ControlRect){0, 0, 0, 0}
            : canvas->select == MAP_SELECT_COLUMNS
                ? control_map_columns(canvas->map, canvas->select_first, canvas->select_n)
                : control_map_rows(canvas->map, canvas->select_first, canvas->select_n);
    return canvas->select;
}

void
torchlight_map_canvas_select(TorchlightMapCanvas *canvas, MapSelect select, int first, int n)
{
    const int size = !canvas->map                   ? 0
                     : select == MAP_SELECT_COLUMNS ? canvas->map->width
                                                    : canvas->map->height;
    const int end = CLAMP(first + n, 0, size);

    first = CLAMP(first, 0, size);
    if (end <= first)
        select = MAP_SELECT_NONE;
    canvas->select = select;
    canvas->select_first = first;
    canvas->select_n = end - first;
    g_signal_emit(canvas, signals[SIGNAL_SELECTED], 0);
    gtk_widget_queue_draw(GTK_WIDGET(canvas));
}

static void
on_adjusted(GtkAdjustment *adjustment, TorchlightMapCanvas *canvas)
{
    gtk_widget_queue_draw(GTK_WIDGET(canvas));
}

static void
set_adjustment(TorchlightMapCanvas *canvas, GtkAdjustment **slot, GtkAdjustment *adjustment)
{
    if (*slot) {
        g_signal_handlers_disconnect_by_data(*slot, canvas);
        g_clear_object(slot);
    }
    if (adjustment) {
        *slot = g_object_ref_sink(adjustment);
        g_signal_connect(adjustment, "value-changed", G_CALLBACK(on_adjusted), canvas);
    }
}

static void
torchlight_map_canvas_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
    TorchlightMapCanvas *canvas = TORCHLIGHT_MAP_CANVAS(widget);

    if (canvas->fit)
        set_zoom(canvas, fit_zoom(canvas));
    update_adjustments(canvas, value_of(canvas->hadjustment), value_of(canvas->vadjustment));
}

static void
torchlight_map_canvas_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    map_canvas_draw(TORCHLIGHT_MAP_CANVAS(widget), snapshot);
}

static void
torchlight_map_canvas_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    TorchlightMapCanvas *canvas = TORCHLIGHT_MAP_CANVAS(object);

    switch ((int)id) {
    case PROP_ZOOM:
        g_value_set_double(value, canvas->zoom);
        break;
    case PROP_READOUT:
        g_value_set_string(value, canvas->readout);
        break;
    case PROP_BRUSH:
        g_value_set_int(value, canvas->brush);
        break;
    case PROP_HADJUSTMENT:
        g_value_set_object(value, canvas->hadjustment);
        break;
    case PROP_VADJUSTMENT:
        g_value_set_object(value, canvas->vadjustment);
        break;
    case PROP_HPOLICY:
        g_value_set_enum(value, (int)canvas->hpolicy);
        break;
    case PROP_VPOLICY:
        g_value_set_enum(value, (int)canvas->vpolicy);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

static void
torchlight_map_canvas_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    TorchlightMapCanvas *canvas = TORCHLIGHT_MAP_CANVAS(object);

    switch ((int)id) {
    case PROP_HADJUSTMENT:
        set_adjustment(canvas, &canvas->hadjustment, g_value_get_object(value));
        break;
    case PROP_VADJUSTMENT:
        set_adjustment(canvas, &canvas->vadjustment, g_value_get_object(value));
        break;
    case PROP_HPOLICY:
        canvas->hpolicy = (GtkScrollablePolicy)g_value_get_enum(value);
        break;
    case PROP_VPOLICY:
        canvas->vpolicy = (GtkScrollablePolicy)g_value_get_enum(value);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
    gtk_widget_queue_resize(GTK_WIDGET(canvas));
}

static void
torchlight_map_canvas_dispose(GObject *object)
{
    TorchlightMapCanvas *canvas = TORCHLIGHT_MAP_CANVAS(object);

    canvas->map = NULL;
    set_adjustment(canvas, &canvas->hadjustment, NULL);
    set_adjustment(canvas, &canvas->vadjustment, NULL);
    g_clear_pointer(&canvas->picture, image_free);
    g_clear_pointer(&canvas->tiles, g_hash_table_unref);
    g_clear_pointer(&canvas->rulers, gsk_render_node_unref);
    g_clear_pointer(&canvas->readout, g_free);
    G_OBJECT_CLASS(torchlight_map_canvas_parent_class)->dispose(object);
}

static void
torchlight_map_canvas_class_init(TorchlightMapCanvasClass *class)
{
    GObjectClass *object = G_OBJECT_CLASS(class);
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);
    const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

    object->get_property = torchlight_map_canvas_get_property;
    object->set_property = torchlight_map_canvas_set_property;
    object->dispose = torchlight_map_canvas_dispose;
    widget->size_allocate = torchlight_map_canvas_size_allocate;
    widget->snapshot = torchlight_map_canvas_snapshot;
    properties[PROP_ZOOM] = g_param_spec_double("zoom", NULL, NULL, ZOOM_MIN, ZOOM_MAX, 1, flags);
    properties[PROP_READOUT] = g_param_spec_string("readout", NULL, NULL, NULL, flags);
    properties[PROP_BRUSH] = g_param_spec_int("brush", NULL, NULL, 1, CONTROL_MAX_BRUSH, 1, flags);
    g_object_class_install_properties(object, N_PROPS, properties);
    g_object_class_override_property(object, PROP_HADJUSTMENT, "hadjustment");
    g_object_class_override_property(object, PROP_VADJUSTMENT, "vadjustment");
    g_object_class_override_property(object, PROP_HPOLICY, "hscroll-policy");
    g_object_class_override_property(object, PROP_VPOLICY, "vscroll-policy");
    signals[SIGNAL_STROKE] = g_signal_new("stroke", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
    signals[SIGNAL_SELECTED] = g_signal_new("selected", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST,
                                            0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_css_name(widget, "mapcanvas");
    gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
torchlight_map_canvas_init(TorchlightMapCanvas *canvas)
{
    GtkWidget *widget = GTK_WIDGET(canvas);

    canvas->zoom = 1;
    canvas->fit = true;
    canvas->brush = 1;
    canvas->editable = true;
    canvas->show = MAP_SHOW_BOTH;
    canvas->opacity = 0.6;
    canvas->cursor = (MapPlace){-1, -1};
    canvas->tiles = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL,
                                          (GDestroyNotify)gsk_render_node_unref);
    gtk_widget_set_focusable(widget, TRUE);
    gtk_widget_set_overflow(widget, GTK_OVERFLOW_HIDDEN);
    gtk_accessible_update_property(GTK_ACCESSIBLE(canvas), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Control map"), -1);
    map_canvas_add_controllers(canvas);
}
