/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures are read on a thread; zooming asks a picture for another size. */
#include "ui/generate/result_window.h"

#include <glib/gi18n.h>
#include <math.h>

static const double ZOOM_STEP = 1.25, MIN_ZOOM = 0.05, MAX_ZOOM = 16;

struct _TorchlightResultWindow {
    AdwWindow parent_instance;

    AdwToastOverlay *toasts;
    GtkWidget *scrolled, *pictures, *text, *save;
    GCancellable *cancellable;
    GtkFileChooserNative *chooser;
    char *path;  /* of the first picture */
    double zoom; /* 0: fits the window */
    int n;
};

G_DEFINE_FINAL_TYPE(TorchlightResultWindow, torchlight_result_window, ADW_TYPE_WINDOW)

/* --- zoom --- */

static void
apply_zoom(GtkWidget *picture, double zoom)
{
    GdkPaintable *paintable = gtk_picture_get_paintable(GTK_PICTURE(picture));
    int width = paintable ? gdk_paintable_get_intrinsic_width(paintable) : 0;
    int height = paintable ? gdk_paintable_get_intrinsic_height(paintable) : 0;

    gtk_widget_set_size_request(picture, zoom > 0 ? (int)(width * zoom) : -1,
                                zoom > 0 ? (int)(height * zoom) : -1);
}

/* The zoom at which the first picture fits, for a start. */
static double
fitting_zoom(TorchlightResultWindow *window)
{
    GtkWidget *box = gtk_widget_get_first_child(window->pictures);
    GtkWidget *picture = box ? gtk_widget_get_first_child(box) : NULL;
    GdkPaintable *paintable = picture ? gtk_picture_get_paintable(GTK_PICTURE(picture)) : NULL;
    int width = paintable ? gdk_paintable_get_intrinsic_width(paintable) : 0;

    return width > 0 ? (double)gtk_widget_get_width(picture) / width : 1;
}

static void
set_zoom(TorchlightResultWindow *window, double zoom)
{
    window->zoom = zoom > 0 ? CLAMP(zoom, MIN_ZOOM, MAX_ZOOM) : 0;
    for (GtkWidget *box = gtk_widget_get_first_child(window->pictures); box;
         box = gtk_widget_get_next_sibling(box))
        apply_zoom(gtk_widget_get_first_child(box), window->zoom);
}

static void
on_zoom_in(GtkWidget *widget, const char *action, GVariant *parameter)
{
    TorchlightResultWindow *window = TORCHLIGHT_RESULT_WINDOW(widget);

    set_zoom(window, (window->zoom > 0 ? window->zoom : fitting_zoom(window)) * ZOOM_STEP);
}

static void
on_zoom_out(GtkWidget *widget, const char *action, GVariant *parameter)
{
    TorchlightResultWindow *window = TORCHLIGHT_RESULT_WINDOW(widget);

    set_zoom(window, (window->zoom > 0 ? window->zoom : fitting_zoom(window)) / ZOOM_STEP);
}

static void
on_zoom_one(GtkWidget *widget, const char *action, GVariant *parameter)
{
    set_zoom(TORCHLIGHT_RESULT_WINDOW(widget), 1);
}

static void
on_zoom_fit(GtkWidget *widget, const char *action, GVariant *parameter)
{
    set_zoom(TORCHLIGHT_RESULT_WINDOW(widget), 0);
}

static gboolean
on_scroll(GtkEventControllerScroll *scroll, double dx, double dy, TorchlightResultWindow *window)
{
    GdkModifierType state =
        gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(scroll));

    if (!(state & GDK_CONTROL_MASK) || dy == 0)
        return FALSE;
    set_zoom(window,
             (window->zoom > 0 ? window->zoom : fitting_zoom(window)) * pow(ZOOM_STEP, -dy));
    return TRUE;
}

/* --- a copy --- */

static void
say(TorchlightResultWindow *window, const char *text)
{
    adw_toast_overlay_add_toast(window->toasts, adw_toast_new(text));
}

static void
on_copied(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(TorchlightResultWindow) window = data;
    g_autoptr(GError) error = NULL;

    if (g_file_copy_finish(G_FILE(source), result, &error))
        say(window, _("The picture is saved"));
    else if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        say(window, error->message);
}

static void
on_save_chosen(GtkNativeDialog *dialog, int response, TorchlightResultWindow *window)
{
    g_autoptr(GFile) target = response == GTK_RESPONSE_ACCEPT
                                  ? gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog))
                                  : NULL;
    g_autoptr(GFile) source = g_file_new_for_path(window->path);

    g_clear_object(&window->chooser);
    if (target)
        g_file_copy_async(source, target, G_FILE_COPY_OVERWRITE, G_PRIORITY_DEFAULT,
                          window->cancellable, NULL, NULL, on_copied, g_object_ref(window));
}

static void
on_save(GtkWidget *widget, const char *action, GVariant *parameter)
{
    TorchlightResultWindow *window = TORCHLIGHT_RESULT_WINDOW(widget);
    g_autofree char *name = window->path ? g_path_get_basename(window->path) : NULL;

    if (!window->path || window->n != 1)
        return;
    g_clear_object(&window->chooser);
    window->chooser = gtk_file_chooser_native_new(_("Save the Picture"), GTK_WINDOW(window),
                                                  GTK_FILE_CHOOSER_ACTION_SAVE, _("_Save"), NULL);
    gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(window->chooser), name);
    gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(window->chooser), TRUE);
    g_signal_connect_object(window->chooser, "response", G_CALLBACK(on_save_chosen), window, 0);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(window->chooser));
}

/* --- pictures --- */

static void
read_in_thread(GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
    GError *error = NULL;
    GdkTexture *texture = gdk_texture_new_from_filename(path, &error);

    if (texture)
        g_task_return_pointer(task, texture, g_object_unref);
    else
        g_task_return_error(task, error);
}

static void
on_read(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GtkWidget) picture = data;
    TorchlightResultWindow *window = TORCHLIGHT_RESULT_WINDOW(source);
    g_autoptr(GError) error = NULL;
    g_autoptr(GdkTexture) texture = g_task_propagate_pointer(G_TASK(result), &error);

    if (texture) {
        gtk_picture_set_paintable(GTK_PICTURE(picture), GDK_PAINTABLE(texture));
        apply_zoom(picture, window->zoom);
    } else if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        say(window, error->message);
    }
}

void
torchlight_result_window_add(TorchlightResultWindow *window, const char *path, const char *label)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    GtkWidget *picture = gtk_picture_new();
    GtkWidget *caption = gtk_label_new(label);
    g_autoptr(GTask) task = NULL;

    gtk_widget_set_vexpand(picture, TRUE);
    gtk_picture_set_alternative_text(GTK_PICTURE(picture), label ? label : _("The picture"));
    gtk_label_set_ellipsize(GTK_LABEL(caption), PANGO_ELLIPSIZE_MIDDLE);
    gtk_widget_set_visible(caption, label != NULL);
    gtk_box_append(GTK_BOX(box), picture);
    gtk_box_append(GTK_BOX(box), caption);
    gtk_box_append(GTK_BOX(window->pictures), box);
    if (window->n++ == 0)
        window->path = g_strdup(path);
    gtk_widget_set_visible(window->save, window->n == 1);
    task = g_task_new(window, window->cancellable, on_read, g_object_ref(picture));
    g_task_set_task_data(task, g_strdup(path), g_free);
    g_task_run_in_thread(task, read_in_thread);
}

void
torchlight_result_window_set_text(TorchlightResultWindow *window, const char *text)
{
    gtk_label_set_label(GTK_LABEL(window->text), text ? text : "");
    gtk_widget_set_visible(window->text, text && *text);
}

GtkWidget *
torchlight_result_window_new(GtkWindow *parent, const char *title)
{
    return g_object_new(TORCHLIGHT_TYPE_RESULT_WINDOW, "transient-for", parent, "title", title,
                        "modal", FALSE, "destroy-with-parent", TRUE, NULL);
}

static void
torchlight_result_window_dispose(GObject *object)
{
    TorchlightResultWindow *window = TORCHLIGHT_RESULT_WINDOW(object);

    g_cancellable_cancel(window->cancellable);
    g_clear_object(&window->cancellable);
    g_clear_object(&window->chooser);
    g_clear_pointer(&window->path, g_free);
    G_OBJECT_CLASS(torchlight_result_window_parent_class)->dispose(object);
}

static void
torchlight_result_window_class_init(TorchlightResultWindowClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_result_window_dispose;
    gtk_widget_class_install_action(widget, "result.zoom-in", NULL, on_zoom_in);
    gtk_widget_class_install_action(widget, "result.zoom-out", NULL, on_zoom_out);
    gtk_widget_class_install_action(widget, "result.zoom-one", NULL, on_zoom_one);
    gtk_widget_class_install_action(widget, "result.zoom-fit", NULL, on_zoom_fit);
    gtk_widget_class_install_action(widget, "result.save", NULL, on_save);
    gtk_widget_class_add_binding_action(widget, GDK_KEY_plus, GDK_CONTROL_MASK, "result.zoom-in",
                                        NULL);
    gtk_widget_class_add_binding_action(widget, GDK_KEY_equal, GDK_CONTROL_MASK, "result.zoom-in",
                                        NULL);
    gtk_widget_class_add_binding_action(widget, GDK_KEY_minus, GDK_CONTROL_MASK, "result.zoom-out",
                                        NULL);
    gtk_widget_class_add_binding_action(widget, GDK_KEY_1, GDK_CONTROL_MASK, "result.zoom-one",
                                        NULL);
    gtk_widget_class_add_binding_action(widget, GDK_KEY_0, GDK_CONTROL_MASK, "result.zoom-fit",
                                        NULL);
    gtk_widget_class_add_binding_action(widget, GDK_KEY_s, GDK_CONTROL_MASK, "result.save", NULL);
    gtk_widget_class_add_binding_action(widget, GDK_KEY_Escape, 0, "window.close", NULL);
}

static GtkWidget *
new_button(const char *icon, const char *action, const char *label)
{
    GtkWidget *button = gtk_button_new_from_icon_name(icon);

    gtk_actionable_set_action_name(GTK_ACTIONABLE(button), action);
    gtk_widget_set_tooltip_text(button, label);
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                   -1);
    return button;
}

static GtkWidget *
new_header(TorchlightResultWindow *window)
{
    GtkWidget *header = adw_header_bar_new();

    adw_header_bar_pack_start(ADW_HEADER_BAR(header),
                              new_button("zoom-out-symbolic", "result.zoom-out", _("Zoom out")));
    adw_header_bar_pack_start(ADW_HEADER_BAR(header),
                              new_button("zoom-in-symbolic", "result.zoom-in", _("Zoom in")));
    adw_header_bar_pack_start(
        ADW_HEADER_BAR(header),
        new_button("zoom-fit-best-symbolic", "result.zoom-fit", _("Fit the window")));
    window->save = gtk_button_new_with_mnemonic(_("_Save…"));
    gtk_actionable_set_action_name(GTK_ACTIONABLE(window->save), "result.save");
    adw_header_bar_pack_end(ADW_HEADER_BAR(header), window->save);
    return header;
}

static void
torchlight_result_window_init(TorchlightResultWindow *window)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    GtkEventController *scroll =
        gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);

    window->cancellable = g_cancellable_new();
    window->toasts = ADW_TOAST_OVERLAY(adw_toast_overlay_new());
    window->scrolled = gtk_scrolled_window_new();
    window->pictures = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    window->text = gtk_label_new(NULL);
    gtk_box_set_homogeneous(GTK_BOX(window->pictures), TRUE);
    gtk_widget_set_vexpand(window->scrolled, TRUE);
    gtk_widget_set_margin_top(window->pictures, 12);
    gtk_widget_set_margin_bottom(window->pictures, 12);
    gtk_widget_set_margin_start(window->pictures, 12);
    gtk_widget_set_margin_end(window->pictures, 12);
    gtk_label_set_wrap(GTK_LABEL(window->text), TRUE);
    gtk_label_set_selectable(GTK_LABEL(window->text), TRUE);
    gtk_widget_set_margin_bottom(window->text, 12);
    gtk_widget_set_visible(window->text, FALSE);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(window->scrolled), window->pictures);
    gtk_box_append(GTK_BOX(box), new_header(window));
    gtk_box_append(GTK_BOX(box), window->scrolled);
    gtk_box_append(GTK_BOX(box), window->text);
    adw_toast_overlay_set_child(window->toasts, box);
    adw_window_set_content(ADW_WINDOW(window), GTK_WIDGET(window->toasts));
    gtk_window_set_default_size(GTK_WINDOW(window), 1000, 640);
    gtk_widget_set_size_request(GTK_WIDGET(window), 360, 294);
    g_signal_connect(scroll, "scroll", G_CALLBACK(on_scroll), window);
    gtk_event_controller_set_propagation_phase(scroll, GTK_PHASE_CAPTURE);
    gtk_widget_add_controller(window->scrolled, scroll);
}
