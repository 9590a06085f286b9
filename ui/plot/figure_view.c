/* SPDX-License-Identifier: Apache-2.0 */
/* The widget around figure_draw. */
#include "ui/plot/figure_view.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#include "app/plot/figure_draw.h"

enum { MIN_WIDTH = 220, NATURAL_WIDTH = 420 };
enum { PROP_READOUT = 1, N_PROPS };
enum { SIGNAL_ACTIVATE, N_SIGNALS };

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

struct _TorchlightFigureView {
    GtkWidget parent;

    Figure *figure; /* a reference */
    GArray *spots;  /* FigureSpot, of the last drawing */
    int chosen;     /* of them, -1: none */
    double text_scale;
    char *readout;
    GskRenderNode *drawing; /* of the figure without what is pointed at; NULL: to be drawn */
    PlotStyle drawn;        /* how it was drawn */
};

G_DEFINE_FINAL_TYPE(TorchlightFigureView, torchlight_figure_view, GTK_TYPE_WIDGET)

static double
text_size(TorchlightFigureView *self)
{
    PangoContext *context = gtk_widget_get_pango_context(GTK_WIDGET(self));
    const PangoFontDescription *font = pango_context_get_font_description(context);
    double size = (double)pango_font_description_get_size(font) / PANGO_SCALE;
    double dpi = pango_cairo_context_get_resolution(context);

    if (!pango_font_description_get_size_is_absolute(font))
        size *= (dpi > 0 ? dpi : 96) / 72;
    return size * 0.86 * self->text_scale;
}

static bool
same_style(const PlotStyle *a, const PlotStyle *b)
{
    return a->width == b->width && a->height == b->height && a->dark == b->dark &&
           a->high_contrast == b->high_contrast && a->text_size == b->text_size;
}

/* Many labels take long to lay out: it is done once, not at every move of the pointer. */
static void
draw(TorchlightFigureView *self, const PlotStyle *style)
{
    GtkSnapshot *snapshot = gtk_snapshot_new();
    graphene_rect_t bounds = GRAPHENE_RECT_INIT(0, 0, (float)style->width, (float)style->height);
    cairo_t *cairo = gtk_snapshot_append_cairo(snapshot, &bounds);

    g_clear_pointer(&self->drawing, gsk_render_node_unref);
    figure_draw(cairo, self->figure, style, self->spots);
    cairo_destroy(cairo);
    self->drawing = gtk_snapshot_free_to_node(snapshot);
    self->drawn = *style;
    self->drawn.font_family = NULL; /* the context's */
}

static void
mark_chosen(TorchlightFigureView *self, GtkSnapshot *snapshot)
{
    const FigureSpot *spot = &g_array_index(self->spots, FigureSpot, self->chosen);
    float ink = self->drawn.dark ? 1 : 0;
    GdkRGBA colour = {ink, ink, ink, 1};
    GskRoundedRect outline;

    gsk_rounded_rect_init_from_rect(&outline,
                                    &GRAPHENE_RECT_INIT((float)spot->x - 1, (float)spot->y - 1,
                                                        (float)spot->width + 2,
                                                        (float)spot->height + 2),
                                    2);
    gtk_snapshot_append_border(snapshot, &outline, (float[4]){2, 2, 2, 2},
                               (GdkRGBA[4]){colour, colour, colour, colour});
}

static void
torchlight_figure_view_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    TorchlightFigureView *self = TORCHLIGHT_FIGURE_VIEW(widget);
    AdwStyleManager *manager = adw_style_manager_get_default();
    PangoContext *context = gtk_widget_get_pango_context(widget);
    PlotStyle style = {
        .width = gtk_widget_get_width(widget),
        .height = gtk_widget_get_height(widget),
        .dark = adw_style_manager_get_dark(manager),
        .high_contrast = adw_style_manager_get_high_contrast(manager),
        .font_family =
            pango_font_description_get_family(pango_context_get_font_description(context)),
        .text_size = text_size(self),
        .hover_x = NAN,
    };

    if (!self->drawing || !same_style(&style, &self->drawn))
        draw(self, &style);
    if (self->drawing)
        gtk_snapshot_append_node(snapshot, self->drawing);
    if (self->chosen >= 0 && self->chosen < (int)self->spots->len)
        mark_chosen(self, snapshot);
    if (gtk_widget_has_visible_focus(widget))
        gtk_snapshot_render_focus(snapshot, gtk_widget_get_style_context(widget), 0, 0, style.width,
                                  style.height);
}

static GtkSizeRequestMode
torchlight_figure_view_get_request_mode(GtkWidget *widget)
{
    return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
torchlight_figure_view_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                               int *minimum, int *natural, int *minimum_baseline,
                               int *natural_baseline)
{
    TorchlightFigureView *self = TORCHLIGHT_FIGURE_VIEW(widget);

    if (orientation == GTK_ORIENTATION_HORIZONTAL) {
        *minimum = MIN_WIDTH;
        *natural = NATURAL_WIDTH;
    } else {
        double width = for_size > 0 ? for_size : NATURAL_WIDTH;

        *minimum = *natural = (int)ceil(figure_height(self->figure, width, text_size(self), false));
    }
}

/* --- reading values --- */

static void
choose(TorchlightFigureView *self, int chosen)
{
    const FigureSpot *spot;

    if (chosen == self->chosen)
        return;
    self->chosen = chosen;
    g_clear_pointer(&self->readout, g_free);
    if (chosen >= 0 && chosen < (int)self->spots->len) {
        spot = &g_array_index(self->spots, FigureSpot, chosen);
        self->readout = figure_readout(self->figure, spot->series, spot->index);
    }
    gtk_widget_set_tooltip_text(GTK_WIDGET(self), self->readout);
    g_object_notify_by_pspec(G_OBJECT(self), props[PROP_READOUT]);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void
on_motion(GtkEventControllerMotion *controller, double x, double y, TorchlightFigureView *self)
{
    choose(self, figure_spot_at(self->spots, x, y));
}

static void
on_leave(GtkEventControllerMotion *controller, TorchlightFigureView *self)
{
    choose(self, -1);
}

static gboolean
on_key(GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state,
       TorchlightFigureView *self)
{
    int n = (int)self->spots->len, by = 0;

    switch (key) {
    case GDK_KEY_Left:
        by = -1;
        break;
    case GDK_KEY_Right:
        by = 1;
        break;
    case GDK_KEY_Escape:
        if (self->chosen < 0)
            return FALSE;
        choose(self, -1);
        return TRUE;
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
        g_signal_emit(self, signals[SIGNAL_ACTIVATE], 0);
        return TRUE;
    default:
        return FALSE;
    }
    if (n > 0)
        choose(self, self->chosen < 0 ? (by > 0 ? 0 : n - 1) : CLAMP(self->chosen + by, 0, n - 1));
    return n > 0;
}

static void
on_released(GtkGestureClick *gesture, int n_press, double x, double y, TorchlightFigureView *self)
{
    g_signal_emit(self, signals[SIGNAL_ACTIVATE], 0);
}

/* --- the object --- */

GtkWidget *
torchlight_figure_view_new(Figure *figure)
{
    TorchlightFigureView *self = g_object_new(TORCHLIGHT_TYPE_FIGURE_VIEW, NULL);
    g_autofree char *said = figure_describe(figure);

    self->figure = figure_ref(figure);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   figure->title, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, said, -1);
    return GTK_WIDGET(self);
}

void
torchlight_figure_view_set_text_scale(TorchlightFigureView *self, double scale)
{
    self->text_scale = scale;
    gtk_widget_queue_resize(GTK_WIDGET(self));
}

Figure *
torchlight_figure_view_get_figure(TorchlightFigureView *self)
{
    return self->figure;
}

static void
torchlight_figure_view_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    g_value_set_string(value, TORCHLIGHT_FIGURE_VIEW(object)->readout);
}

static void
torchlight_figure_view_finalize(GObject *object)
{
    TorchlightFigureView *self = TORCHLIGHT_FIGURE_VIEW(object);

    figure_free(self->figure);
    g_clear_pointer(&self->drawing, gsk_render_node_unref);
    g_array_unref(self->spots);
    g_free(self->readout);
    G_OBJECT_CLASS(torchlight_figure_view_parent_class)->finalize(object);
}

static void
torchlight_figure_view_class_init(TorchlightFigureViewClass *class)
{
    GObjectClass *object_class = G_OBJECT_CLASS(class);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

    object_class->get_property = torchlight_figure_view_get_property;
    object_class->finalize = torchlight_figure_view_finalize;
    widget_class->snapshot = torchlight_figure_view_snapshot;
    widget_class->measure = torchlight_figure_view_measure;
    widget_class->get_request_mode = torchlight_figure_view_get_request_mode;
    props[PROP_READOUT] =
        g_param_spec_string("readout", NULL, NULL, NULL,
                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
    g_object_class_install_properties(object_class, N_PROPS, props);
    signals[SIGNAL_ACTIVATE] = g_signal_new("activate", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST,
                                            0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_css_name(widget_class, "figure");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
torchlight_figure_view_init(TorchlightFigureView *self)
{
    GtkWidget *widget = GTK_WIDGET(self);
    GtkEventController *motion = gtk_event_controller_motion_new();
    GtkEventController *key = gtk_event_controller_key_new();
    GtkGesture *click = gtk_gesture_click_new();
    AdwStyleManager *manager = adw_style_manager_get_default();

    self->chosen = -1;
    self->text_scale = 1;
    self->spots = g_array_new(FALSE, FALSE, sizeof(FigureSpot));
    gtk_widget_set_focusable(widget, TRUE);
    gtk_widget_set_cursor_from_name(widget, "zoom-in");
    g_signal_connect(motion, "motion", G_CALLBACK(on_motion), self);
    g_signal_connect(motion, "leave", G_CALLBACK(on_leave), self);
    g_signal_connect(key, "key-pressed", G_CALLBACK(on_key), self);
    g_signal_connect(click, "released", G_CALLBACK(on_released), self);
    gtk_widget_add_controller(widget, motion);
    gtk_widget_add_controller(widget, key);
    gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(click));
    g_signal_connect_object(manager, "notify::dark", G_CALLBACK(gtk_widget_queue_draw), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(manager, "notify::high-contrast", G_CALLBACK(gtk_widget_queue_draw),
                            self, G_CONNECT_SWAPPED);
}
