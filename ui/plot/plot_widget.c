/* SPDX-License-Identifier: Apache-2.0 */
/* The widget around plot_draw. */
#include "ui/plot/plot_widget.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#include "app/plot/plot_export.h"

enum { MIN_WIDTH = 220, MIN_HEIGHT = 160, FILE_WIDTH = 960, FILE_HEIGHT = 540 };

struct _TorchlightPlot {
    GtkWidget parent;

    Plot *plot;
    PlotFrame frame; /* of the last drawing */
    double hover_x;  /* NAN: none */
    GtkWidget *menu; /* owned: a popover */
    GtkFileChooserNative *chooser;
};

G_DEFINE_FINAL_TYPE(TorchlightPlot, torchlight_plot, GTK_TYPE_WIDGET)

static double
text_size(TorchlightPlot *self)
{
    PangoContext *context = gtk_widget_get_pango_context(GTK_WIDGET(self));
    const PangoFontDescription *font = pango_context_get_font_description(context);
    double size = (double)pango_font_description_get_size(font) / PANGO_SCALE;
    double dpi = pango_cairo_context_get_resolution(context);

    if (!pango_font_description_get_size_is_absolute(font))
        size *= (dpi > 0 ? dpi : 96) / 72;
    return size * 0.86;
}

static PlotStyle
style_of(TorchlightPlot *self)
{
    AdwStyleManager *manager = adw_style_manager_get_default();
    PangoContext *context = gtk_widget_get_pango_context(GTK_WIDGET(self));

    return (PlotStyle){
        .width = gtk_widget_get_width(GTK_WIDGET(self)),
        .height = gtk_widget_get_height(GTK_WIDGET(self)),
        .dark = adw_style_manager_get_dark(manager),
        .high_contrast = adw_style_manager_get_high_contrast(manager),
        .font_family =
            pango_font_description_get_family(pango_context_get_font_description(context)),
        .text_size = text_size(self),
        .hover_x = self->hover_x,
    };
}

static void
torchlight_plot_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    TorchlightPlot *self = TORCHLIGHT_PLOT(widget);
    PlotStyle style = style_of(self);
    graphene_rect_t bounds = GRAPHENE_RECT_INIT(0, 0, (float)style.width, (float)style.height);
    cairo_t *cairo = gtk_snapshot_append_cairo(snapshot, &bounds);

    plot_draw(cairo, self->plot, &style, &self->frame);
    cairo_destroy(cairo);
    if (gtk_widget_has_visible_focus(widget))
        gtk_snapshot_render_focus(snapshot, gtk_widget_get_style_context(widget), 0, 0, style.width,
                                  style.height);
}

static void
torchlight_plot_measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                        int *natural, int *minimum_baseline, int *natural_baseline)
{
    *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? MIN_WIDTH : MIN_HEIGHT;
    *natural = *minimum * 2;
}

static void
torchlight_plot_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
    gtk_popover_present(GTK_POPOVER(TORCHLIGHT_PLOT(widget)->menu));
}

/* --- reading values --- */

static void
set_hover(TorchlightPlot *self, double x)
{
    if (x == self->hover_x || (isnan(x) && isnan(self->hover_x)))
        return;
    self->hover_x = x;
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void
on_motion(GtkEventControllerMotion *controller, double x, double y, TorchlightPlot *self)
{
    set_hover(self, plot_frame_x_value(&self->frame, x));
}

static void
on_leave(GtkEventControllerMotion *controller, TorchlightPlot *self)
{
    set_hover(self, NAN);
}

static bool
step_hover(TorchlightPlot *self, int by)
{
    const PlotSeries *series = self->plot->series->len ? self->plot->series->pdata[0] : NULL;
    int index;

    if (!series || series->points->len == 0)
        return false;
    index = isnan(self->hover_x) ? (by > 0 ? 0 : (int)series->points->len - 1)
                                 : plot_series_find(series, self->hover_x) + by;
    index = CLAMP(index, 0, (int)series->points->len - 1);
    set_hover(self, g_array_index(series->points, PlotPoint, index).x);
    return true;
}

static gboolean
on_key(GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state,
       TorchlightPlot *self)
{
    switch (key) {
    case GDK_KEY_Left:
        return step_hover(self, state & GDK_CONTROL_MASK ? -10 : -1);
    case GDK_KEY_Right:
        return step_hover(self, state & GDK_CONTROL_MASK ? 10 : 1);
    case GDK_KEY_Escape:
        if (isnan(self->hover_x))
            return FALSE;
        set_hover(self, NAN);
        return TRUE;
    default:
        return FALSE;
    }
}

/* --- saving --- */

static void
on_save_response(GtkNativeDialog *dialog, int response, TorchlightPlot *self)
{
    g_autoptr(GFile) file = NULL;
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    PlotStyle style = style_of(self);

    if (response != GTK_RESPONSE_ACCEPT)
        return;
    file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
    path = g_file_get_path(file);
    style.width = FILE_WIDTH;
    style.height = FILE_HEIGHT;
    style.text_size = 15;
    style.dark = style.high_contrast = false;
    style.with_ground = true;
    style.hover_x = NAN;
    if (!path)
        g_set_error_literal(&error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                            _("Figures are saved on this computer only: choose a local folder."));
    if (!error && plot_export(self->plot, &style, path, &error))
        return;
    GtkWidget *message = adw_message_dialog_new(GTK_WINDOW(gtk_widget_get_root(GTK_WIDGET(self))),
                                                _("The Figure Was Not Saved"), error->message);
    adw_message_dialog_add_response(ADW_MESSAGE_DIALOG(message), "close", _("_Close"));
    gtk_window_present(GTK_WINDOW(message));
}

void
torchlight_plot_save(TorchlightPlot *self)
{
    GtkWindow *window = GTK_WINDOW(gtk_widget_get_root(GTK_WIDGET(self)));
    const struct {
        const char *name, *pattern;
    } kinds[] = {
        {_("PNG picture"), "*.png"}, {_("SVG drawing"), "*.svg"}, {_("CSV table"), "*.csv"}};
    g_autofree char *name =
        g_strconcat(self->plot->title ? self->plot->title : _("Figure"), ".png", NULL);

    if (self->chooser)
        gtk_native_dialog_destroy(GTK_NATIVE_DIALOG(self->chooser));
    g_clear_object(&self->chooser);
    self->chooser = gtk_file_chooser_native_new(_("Save Figure"), window,
                                                GTK_FILE_CHOOSER_ACTION_SAVE, _("_Save"), NULL);
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        GtkFileFilter *filter = gtk_file_filter_new();

        gtk_file_filter_set_name(filter, kinds[i].name);
        gtk_file_filter_add_pattern(filter, kinds[i].pattern);
        gtk_file_chooser_add_filter(GTK_FILE_CHOOSER(self->chooser), filter);
        g_object_unref(filter);
    }
    gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(self->chooser),
                                      g_strdelimit(name, "/", '-'));
    gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(self->chooser), TRUE);
    g_signal_connect(self->chooser, "response", G_CALLBACK(on_save_response), self);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(self->chooser));
}

static void
save_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    torchlight_plot_save(TORCHLIGHT_PLOT(widget));
}

static void
menu_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    gtk_popover_popup(GTK_POPOVER(TORCHLIGHT_PLOT(widget)->menu));
}

static void
on_pressed(GtkGestureClick *gesture, int n_press, double x, double y, TorchlightPlot *self)
{
    GdkRectangle place = {(int)x, (int)y, 1, 1};

    if (gtk_gesture_single_get_current_button(GTK_GESTURE_SINGLE(gesture)) !=
        GDK_BUTTON_SECONDARY) {
        gtk_widget_grab_focus(GTK_WIDGET(self));
        return;
    }
    gtk_popover_set_pointing_to(GTK_POPOVER(self->menu), &place);
    gtk_popover_popup(GTK_POPOVER(self->menu));
}

/* --- the object --- */

Plot *
torchlight_plot_get_plot(TorchlightPlot *self)
{
    return self->plot;
}

void
torchlight_plot_take_plot(TorchlightPlot *self, Plot *plot)
{
    g_return_if_fail(TORCHLIGHT_IS_PLOT(self) && plot);
    if (plot != self->plot)
        plot_free(self->plot);
    self->plot = plot;
    torchlight_plot_changed(self);
}

void
torchlight_plot_changed(TorchlightPlot *self)
{
    g_autofree char *description = plot_describe(self->plot);

    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   self->plot->title ? self->plot->title : _("Figure"),
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

GtkWidget *
torchlight_plot_new(void)
{
    return g_object_new(TORCHLIGHT_TYPE_PLOT, NULL);
}

static void
torchlight_plot_dispose(GObject *object)
{
    TorchlightPlot *self = TORCHLIGHT_PLOT(object);

    if (self->chooser) {
        g_signal_handlers_disconnect_by_data(self->chooser, self);
        gtk_native_dialog_destroy(GTK_NATIVE_DIALOG(self->chooser));
    }
    g_clear_object(&self->chooser);
    g_clear_pointer(&self->menu, gtk_widget_unparent);
    G_OBJECT_CLASS(torchlight_plot_parent_class)->dispose(object);
}

static void
torchlight_plot_finalize(GObject *object)
{
    plot_free(TORCHLIGHT_PLOT(object)->plot);
    G_OBJECT_CLASS(torchlight_plot_parent_class)->finalize(object);
}

static void
torchlight_plot_class_init(TorchlightPlotClass *class)
{
    GObjectClass *object_class = G_OBJECT_CLASS(class);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

    object_class->dispose = torchlight_plot_dispose;
    object_class->finalize = torchlight_plot_finalize;
    widget_class->snapshot = torchlight_plot_snapshot;
    widget_class->measure = torchlight_plot_measure;
    widget_class->size_allocate = torchlight_plot_size_allocate;
    gtk_widget_class_set_css_name(widget_class, "plot");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
    gtk_widget_class_install_action(widget_class, "plot.save", NULL, save_action);
    gtk_widget_class_install_action(widget_class, "plot.menu", NULL, menu_action);
    gtk_widget_class_add_binding_action(widget_class, GDK_KEY_Menu, 0, "plot.menu", NULL);
    gtk_widget_class_add_binding_action(widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, "plot.menu",
                                        NULL);
}

static void
add_controllers(TorchlightPlot *self)
{
    GtkWidget *widget = GTK_WIDGET(self);
    GtkEventController *motion = gtk_event_controller_motion_new();
    GtkEventController *key = gtk_event_controller_key_new();
    GtkGesture *click = gtk_gesture_click_new();

    g_signal_connect(motion, "motion", G_CALLBACK(on_motion), self);
    g_signal_connect(motion, "leave", G_CALLBACK(on_leave), self);
    g_signal_connect(key, "key-pressed", G_CALLBACK(on_key), self);
    gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(click), 0);
    g_signal_connect(click, "pressed", G_CALLBACK(on_pressed), self);
    gtk_widget_add_controller(widget, motion);
    gtk_widget_add_controller(widget, key);
    gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(click));
}

static void
torchlight_plot_init(TorchlightPlot *self)
{
    g_autoptr(GMenu) menu = g_menu_new();
    AdwStyleManager *manager = adw_style_manager_get_default();

    self->plot = plot_new();
    self->hover_x = NAN;
    gtk_widget_set_focusable(GTK_WIDGET(self), TRUE);
    g_menu_append(menu, _("_Save Figure…"), "plot.save");
    self->menu = gtk_popover_menu_new_from_model(G_MENU_MODEL(menu));
    gtk_popover_set_has_arrow(GTK_POPOVER(self->menu), FALSE);
    gtk_widget_set_parent(self->menu, GTK_WIDGET(self));
    add_controllers(self);
    g_signal_connect_object(manager, "notify::dark", G_CALLBACK(gtk_widget_queue_draw), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(manager, "notify::high-contrast", G_CALLBACK(gtk_widget_queue_draw),
                            self, G_CONNECT_SWAPPED);
    torchlight_plot_changed(self);
}
