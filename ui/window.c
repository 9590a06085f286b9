/* SPDX-License-Identifier: Apache-2.0 */
/* The window's frame: what is shown where, telling of errors, closing. */
#include "ui/window_private.h"

#include <glib/gi18n.h>

G_DEFINE_FINAL_TYPE(TorchlightWindow, torchlight_window, ADW_TYPE_APPLICATION_WINDOW)

void
window_toast(TorchlightWindow *window, const char *text)
{
    g_autofree char *escaped = g_markup_escape_text(text, -1);

    adw_toast_overlay_add_toast(window->toasts, adw_toast_new(escaped));
}

void
window_tell_error(TorchlightWindow *window, const char *heading, const char *sentence)
{
    g_autofree char *valid = g_utf8_make_valid(sentence, -1); /* it may name files */
    GtkWidget *dialog = adw_message_dialog_new(GTK_WINDOW(window), heading, valid);

    adw_message_dialog_add_response(ADW_MESSAGE_DIALOG(dialog), "close", _("_Close"));
    adw_message_dialog_set_default_response(ADW_MESSAGE_DIALOG(dialog), "close");
    gtk_window_present(GTK_WINDOW(dialog));
}

/* Not in the midst of what a dialog or the panel has still to do. */
static gboolean
close_in_idle(gpointer window)
{
    if (TORCHLIGHT_WINDOW(window)->settings)
        gtk_window_close(window);
    return G_SOURCE_REMOVE;
}

static void
close_soon(TorchlightWindow *window)
{
    g_idle_add_full(G_PRIORITY_DEFAULT_IDLE, close_in_idle, g_object_ref(window), g_object_unref);
}

typedef struct {
    TorchlightWindow *window;
    void (*accepted)(TorchlightWindow *window, GtkFileChooser *chooser);
} ChooserCall;

static void
on_chooser_response(GtkNativeDialog *dialog, int response, ChooserCall *call)
{
    TorchlightWindow *window = call->window;

    if (response == GTK_RESPONSE_ACCEPT)
        call->accepted(window, GTK_FILE_CHOOSER(dialog));
    if (window->chooser == dialog)
        g_clear_object(&window->chooser);
}

void
window_run_chooser(TorchlightWindow *window, GtkFileChooserNative *chooser,
                   void (*accepted)(TorchlightWindow *window, GtkFileChooser *chooser))
{
    ChooserCall *call = g_new(ChooserCall, 1);

    *call = (ChooserCall){window, accepted};
    g_signal_connect_data(chooser, "response", G_CALLBACK(on_chooser_response), call,
                          (GClosureNotify)(void (*)(void))g_free, 0);
    g_set_object(&window->chooser, GTK_NATIVE_DIALOG(chooser));
    g_object_unref(chooser);
    gtk_native_dialog_set_modal(window->chooser, TRUE);
    gtk_native_dialog_show(window->chooser);
}

void
window_update_spinner(TorchlightWindow *window)
{
    bool waiting = window->loading && window->spinner_timeout == 0;

    gtk_spinner_set_spinning(window->spinner,
                             waiting || window->export_job || window->picture_saves > 0);
}

static void
enable(TorchlightWindow *window, const char *action, bool enabled)
{
    gtk_widget_action_set_enabled(GTK_WIDGET(window), action, enabled);
}

void
window_update(TorchlightWindow *window)
{
    Document *shown = torchlight_trace_page_get_shown(window->page);
    Document *opened = torchlight_trace_page_get_opened(window->page);
    bool is_trace = g_strcmp0(gtk_stack_get_visible_child_name(window->stack), "trace") == 0;
    gboolean can_run;

    g_object_get(window->panel, "can-run", &can_run, NULL);
    adw_window_title_set_title(window->title, shown ? shown->title : _("Torchlight"));
    adw_window_title_set_subtitle(window->title, shown ? shown->folder : "");
    gtk_window_set_title(GTK_WINDOW(window), shown ? shown->title : _("Torchlight"));
    enable(window, "win.export", shown && !window->export_job);
    enable(window, "win.save-picture", shown != NULL);
    enable(window, "win.save-caption",
           shown && shown == opened && torchlight_trace_page_is_caption_unsaved(window->page) &&
               !g_hash_table_contains(window->saving, opened->path));
    enable(window, "win.zoom-in", is_trace);
    enable(window, "win.zoom-out", is_trace);
    enable(window, "win.zoom-fit", is_trace);
    enable(window, "win.zoom-one", is_trace);
    enable(window, "win.previous-picture", torchlight_trace_page_can_step(window->page, -1));
    enable(window, "win.next-picture", torchlight_trace_page_can_step(window->page, 1));
    enable(window, "win.run-generate", can_run);
    enable(window, "win.cancel-generate", torchlight_generate_panel_is_busy(window->panel));
    window_update_spinner(window);
}

/* The panel works on what is seen. */
static void
on_shown_changed(TorchlightWindow *window)
{
    Document *opened = torchlight_trace_page_get_opened(window->page);

    if (torchlight_trace_page_get_shown(window->page) == opened)
        torchlight_generate_panel_set_source(window->panel,
                                             torchlight_trace_page_get_picture(window->page),
                                             opened ? opened->caption : NULL);
    window_update(window);
}

static void
on_caption_changed(TorchlightWindow *window)
{
    window_note_draft(window);
    window_update(window);
}

static void
on_preview(TorchlightWindow *window, Pixels *preview)
{
    if (!window->follows_generation)
        return;
    gtk_stack_set_visible_child_name(window->stack, "trace");
    torchlight_trace_page_set_preview(window->page, preview);
    window_update(window);
}

static void
on_generated(TorchlightWindow *window, Document *document)
{
    if (document) {
        gtk_stack_set_visible_child_name(window->stack, "trace");
        torchlight_trace_page_set_generated(window->page, document, window->follows_generation);
        window_toast(window, _("The trace is generated"));
        return;
    }
    torchlight_trace_page_set_preview(window->page, NULL);
    if (!torchlight_trace_page_get_shown(window->page))
        gtk_stack_set_visible_child_name(window->stack, "empty");
    window_update(window);
}

static void
on_failed(TorchlightWindow *window, const char *sentence)
{
    if (!window->may_close)
        window_tell_error(window, _("The Trace Could Not Be Generated"), sentence);
}

static void
on_busy(TorchlightWindow *window)
{
    if (torchlight_generate_panel_is_busy(window->panel))
        window->follows_generation = true;
    window_update(window);
    if (window->may_close && !torchlight_generate_panel_is_busy(window->panel))
        close_soon(window);
}

/* In a narrow window the title gets the room of what icons can say too. */
static gboolean
update_header(gpointer data)
{
    TorchlightWindow *window = data;

    if (!window->settings)
        return G_SOURCE_REMOVE; /* gone */
    if (adw_flap_get_folded(window->generate_flap)) {
        adw_split_button_set_icon_name(window->open_button, "document-open-symbolic");
        gtk_button_set_icon_name(GTK_BUTTON(window->generate_button),
                                 "sidebar-show-right-symbolic");
    } else {
        adw_split_button_set_label(window->open_button, _("_Open"));
        gtk_button_set_label(GTK_BUTTON(window->generate_button), _("_Generate"));
    }
    return G_SOURCE_REMOVE;
}

/* What overlays the picture goes away by itself. This is told of in the midst of an allocation,
 * where nothing may change its size. */
static void
on_folded(TorchlightWindow *window, GParamSpec *spec, AdwFlap *flap)
{
    if (adw_flap_get_folded(flap))
        adw_flap_set_reveal_flap(flap, FALSE);
    if (flap == window->generate_flap)
        g_idle_add_full(G_PRIORITY_HIGH_IDLE, update_header, g_object_ref(window), g_object_unref);
}

static void
on_item_chosen(TorchlightWindow *window, TorchlightLibraryItem *item)
{
    window_open_path(window, torchlight_library_item_get_path(item));
    if (adw_flap_get_folded(window->library_flap))
        adw_flap_set_reveal_flap(window->library_flap, FALSE);
}

static gboolean
on_drop(GtkDropTarget *target, const GValue *value, double x, double y, TorchlightWindow *window)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new();

    for (GSList *at = g_value_get_boxed(value); at; at = at->next)
        g_ptr_array_add(files, at->data);
    if (files->len == 0)
        return FALSE;
    torchlight_window_open(window, (GFile *const *)files->pdata, (int)files->len);
    return TRUE;
}

static void
on_close_answer(TorchlightWindow *window, const char *response)
{
    if (g_str_equal(response, "save")) {
        window_save_all_captions(window);
    } else if (g_str_equal(response, "discard") || g_str_equal(response, "stop")) {
        if (g_str_equal(response, "discard"))
            g_hash_table_remove_all(window->drafts);
        if (g_str_equal(response, "stop")) {
            window->may_close = true;
            torchlight_generate_panel_cancel(window->panel);
        }
        close_soon(window);
    } else {
        window->may_close = false;
    }
}

static void
ask(TorchlightWindow *window, const char *heading, const char *body, bool captions)
{
    GtkWidget *widget = adw_message_dialog_new(GTK_WINDOW(window), heading, body);
    AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG(widget);

    adw_message_dialog_add_response(dialog, "cancel", captions ? _("_Cancel") : _("_Keep Open"));
    if (captions) {
        adw_message_dialog_add_response(dialog, "discard", _("_Discard"));
        adw_message_dialog_add_response(dialog, "save", _("_Save"));
        adw_message_dialog_set_response_appearance(dialog, "discard", ADW_RESPONSE_DESTRUCTIVE);
        adw_message_dialog_set_response_appearance(dialog, "save", ADW_RESPONSE_SUGGESTED);
    } else {
        adw_message_dialog_add_response(dialog, "stop", _("_Stop and Close"));
        adw_message_dialog_set_response_appearance(dialog, "stop", ADW_RESPONSE_DESTRUCTIVE);
    }
    adw_message_dialog_set_close_response(dialog, "cancel");
    adw_message_dialog_set_default_response(dialog, captions ? "save" : "cancel");
    g_signal_connect_swapped(dialog, "response", G_CALLBACK(on_close_answer), window);
    gtk_window_present(GTK_WINDOW(dialog));
}

/* After "stop" the window is hidden and goes when the job has let go of everything. */
static gboolean
on_close_request(TorchlightWindow *window)
{
    guint n = g_hash_table_size(window->drafts);

    if (torchlight_generate_panel_is_busy(window->panel) && !window->may_close) {
        ask(window, _("Stop Generating?"),
            _("A trace is being generated. What is drawn so far is lost when the window closes."),
            false);
        return TRUE;
    }
    if (n > 0) {
        g_autofree char *body = g_strdup_printf(
            ngettext("%u caption is not saved.", "%u captions are not saved.", n), n);
        ask(window, _("Save Captions?"), body, true);
        return TRUE;
    }
    if (torchlight_generate_panel_is_busy(window->panel) || window->export_job ||
        window->picture_saves > 0) {
        window->may_close = true;
        gtk_widget_set_visible(GTK_WIDGET(window), FALSE);
        return TRUE;
    }
    window_stop_loading(window);
    if (!gtk_window_is_maximized(GTK_WINDOW(window))) {
        int width, height;
        gtk_window_get_default_size(GTK_WINDOW(window), &width, &height);
        g_settings_set_int(window->settings, "window-width", CLAMP(width, 360, 16384));
        g_settings_set_int(window->settings, "window-height", CLAMP(height, 294, 16384));
    }
    g_settings_set_boolean(window->settings, "window-maximized",
                           gtk_window_is_maximized(GTK_WINDOW(window)));
    g_settings_set_boolean(window->settings, "generate-panel",
                           adw_flap_get_reveal_flap(window->generate_flap));
    return FALSE;
}

static void
on_palette(TorchlightWindow *window)
{
    Palette palette = settings_get_palette(window->settings);

    torchlight_trace_page_set_palette(window->page, palette);
    torchlight_generate_panel_set_palette(window->panel, palette);
}

static void
torchlight_window_dispose(GObject *object)
{
    TorchlightWindow *window = TORCHLIGHT_WINDOW(object);

    window_stop_loading(window);
    if (window->settings)
        g_signal_handlers_disconnect_by_data(window->settings, window);
    if (window->export_job) {
        g_signal_handlers_disconnect_by_data(window->export_job, window);
        torchlight_job_cancel(window->export_job);
    }
    g_clear_object(&window->export_job);
    g_clear_object(&window->chooser);
    g_clear_object(&window->settings);
    g_clear_pointer(&window->export_path, g_free);
    g_clear_pointer(&window->drafts, g_hash_table_unref);
    g_clear_pointer(&window->saving, g_hash_table_unref);
    G_OBJECT_CLASS(torchlight_window_parent_class)->dispose(object);
}

static void
torchlight_window_class_init(TorchlightWindowClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_window_dispose;
    g_type_ensure(TORCHLIGHT_TYPE_LIBRARY_VIEW);
    g_type_ensure(TORCHLIGHT_TYPE_GENERATE_PANEL);
    g_type_ensure(TORCHLIGHT_TYPE_TRACE_PAGE);
    gtk_widget_class_set_template_from_resource(widget,
                                                "/io/github/torchlight/Torchlight/ui/window.ui");
#define BIND(child) gtk_widget_class_bind_template_child(widget, TorchlightWindow, child)
    BIND(toasts);
    BIND(title);
    BIND(open_button);
    BIND(library_button);
    BIND(generate_button);
    BIND(spinner);
    BIND(library_flap);
    BIND(generate_flap);
    BIND(library);
    BIND(panel);
    BIND(stack);
    BIND(page);
    BIND(recent_section);
#undef BIND
    window_add_actions(class);
}

static void
connect(TorchlightWindow *window, void *instance, const char *signal,
        void (*func)(TorchlightWindow *))
{
    g_signal_connect_object(instance, signal, G_CALLBACK(func), window, G_CONNECT_SWAPPED);
}

static void
torchlight_window_init(TorchlightWindow *window)
{
    GtkDropTarget *drop;

    window->settings = settings_new();
    window->drafts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    window->saving = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    gtk_widget_init_template(GTK_WIDGET(window));
    connect(window, window->page, "shown-changed", on_shown_changed);
    connect(window, window->page, "caption-changed", on_caption_changed);
    connect(window, window->panel, "notify::busy", on_busy);
    connect(window, window->panel, "notify::can-run", window_update);
    connect(window, window->settings, "changed::palette", on_palette);
    connect(window, window->settings, "changed::recent-files", window_update_recent);
    g_signal_connect_object(window->panel, "preview", G_CALLBACK(on_preview), window,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(window->panel, "generated", G_CALLBACK(on_generated), window,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(window->panel, "failed", G_CALLBACK(on_failed), window,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(window->library, "chosen", G_CALLBACK(on_item_chosen), window,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(window->library_flap, "notify::folded", G_CALLBACK(on_folded), window,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(window->generate_flap, "notify::folded", G_CALLBACK(on_folded), window,
                            G_CONNECT_SWAPPED);
    g_signal_connect(window, "close-request", G_CALLBACK(on_close_request), NULL);
    drop = gtk_drop_target_new(GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);
    g_signal_connect(drop, "drop", G_CALLBACK(on_drop), window);
    gtk_widget_add_controller(GTK_WIDGET(window), GTK_EVENT_CONTROLLER(drop));

    gtk_window_set_default_size(GTK_WINDOW(window),
                                g_settings_get_int(window->settings, "window-width"),
                                g_settings_get_int(window->settings, "window-height"));
    if (g_settings_get_boolean(window->settings, "window-maximized"))
        gtk_window_maximize(GTK_WINDOW(window));
    adw_flap_set_reveal_flap(window->generate_flap,
                             g_settings_get_boolean(window->settings, "generate-panel"));
    on_palette(window);
    window_update_recent(window);
    window_update(window);
}

TorchlightWindow *
torchlight_window_new(GtkApplication *application)
{
    return g_object_new(TORCHLIGHT_TYPE_WINDOW, "application", application, NULL);
}
