/* SPDX-License-Identifier: Apache-2.0 */
/* Maps as things: new, named, copied, deleted, loaded, saved elsewhere, used. */
#include "ui/map/map_page_private.h"

#include <glib/gi18n.h>

static TorchlightItem *
current_item(TorchlightMapPage *page)
{
    return page->current ? torchlight_map_document_get_item(page->current) : NULL;
}

static void
on_new(GtkWidget *widget, const char *name, GVariant *parameter)
{
    map_page_open(TORCHLIGHT_MAP_PAGE(widget), NULL, true);
}

static void
on_duplicate(GtkWidget *widget, const char *name, GVariant *parameter)
{
    TorchlightMapPage *page = TORCHLIGHT_MAP_PAGE(widget);

    torchlight_map_canvas_cancel(page->canvas);
    map_page_open_new(page, control_map_dup(torchlight_map_document_get_map(page->current)),
                      torchlight_map_document_get_source(page->current), _("Duplicate Map"));
}

static void
on_delete(GtkWidget *widget, const char *name, GVariant *parameter)
{
    TorchlightMapPage *page = TORCHLIGHT_MAP_PAGE(widget);
    g_autoptr(TorchlightItem) item = g_object_ref(current_item(page));
    g_autofree char *text = g_strdup_printf(_("“%s” was deleted"), torchlight_item_get_name(item));

    torchlight_map_document_flush(page->current);
    torchlight_project_begin(page->project, _("Delete Map"));
    torchlight_project_remove(page->project, item);
    torchlight_project_end(page->project);
    torchlight_workspace_toast_action(page->workspace, text, _("_Undo"), "win.undo", NULL);
    map_page_close(page);
    map_page_open_any(page);
}

/* --- renaming --- */

static void
on_rename_answer(AdwMessageDialog *dialog, const char *response, TorchlightMapPage *page)
{
    GtkWidget *entry = adw_message_dialog_get_extra_child(dialog);
    TorchlightItem *item = g_object_get_data(G_OBJECT(dialog), "item");
    g_autofree char *name = g_strstrip(g_strdup(gtk_editable_get_text(GTK_EDITABLE(entry))));

    if (!g_str_equal(response, "rename") || !*name || !page->project)
        return;
    torchlight_project_begin(page->project, _("Rename Map"));
    torchlight_project_set_string(page->project, item, "name", name);
    torchlight_project_end(page->project);
}

static void
on_rename_typed(GtkEditable *entry, AdwMessageDialog *dialog)
{
    adw_message_dialog_set_response_enabled(dialog, "rename", *gtk_editable_get_text(entry) != 0);
}

static void
on_rename(GtkWidget *widget, const char *name, GVariant *parameter)
{
    TorchlightMapPage *page = TORCHLIGHT_MAP_PAGE(widget);
    TorchlightItem *item = current_item(page);
    GtkWidget *entry = gtk_entry_new();
    AdwMessageDialog *dialog =
        ADW_MESSAGE_DIALOG(adw_message_dialog_new(map_page_window(page), _("Rename Map"), NULL));

    adw_message_dialog_add_responses(dialog, "cancel", _("_Cancel"), "rename", _("_Rename"), NULL);
    adw_message_dialog_set_response_appearance(dialog, "rename", ADW_RESPONSE_SUGGESTED);
    adw_message_dialog_set_default_response(dialog, "rename");
    adw_message_dialog_set_close_response(dialog, "cancel");
    gtk_editable_set_text(GTK_EDITABLE(entry), torchlight_item_get_name(item));
    gtk_entry_set_activates_default(GTK_ENTRY(entry), TRUE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Name"),
                                   -1);
    g_signal_connect_object(entry, "changed", G_CALLBACK(on_rename_typed), dialog, 0);
    adw_message_dialog_set_extra_child(dialog, entry);
    g_object_set_data_full(G_OBJECT(dialog), "item", g_object_ref(item), g_object_unref);
    g_signal_connect_object(dialog, "response", G_CALLBACK(on_rename_answer), page, 0);
    gtk_window_present(GTK_WINDOW(dialog));
}

/* --- loading --- */

typedef struct {
    char *path;
    int width, height; /* wanted */
    ControlMap *map;
    ControlSource source;
} Loading;

static void
loading_free(gpointer data)
{
    Loading *loading = data;

    g_free(loading->path);
    control_map_free(loading->map);
    g_free(loading);
}

static void
load_in_thread(GTask *task, gpointer page, gpointer data, GCancellable *cancellable)
{
    Loading *loading = data;
    GError *error = NULL;

    loading->map = control_map_read(loading->path, &loading->source, &error);
    if (loading->map)
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, error);
}

/* As a picture of the size wanted; marks on one of another size become part of it. */
static void
take_loaded(TorchlightMapPage *page, Loading *loading, ControlFit fit)
{
    ControlMap *map = loading->map;

    if (map->width == loading->width && map->height == loading->height) {
        map_page_open_new(page, g_steal_pointer(&loading->map), &loading->source, _("Load Map"));
        return;
    }
    const Image pixels = {map->width, map->height, 1, map->pixels};
    const ControlSource source = {.canny = false};
    g_autoptr(Image) image = control_image_fit(&pixels, loading->width, loading->height, fit);
    ControlMap *fitted = control_map_new(image->width, image->height);
    control_map_set_base(fitted, image);
    map_page_open_new(page, fitted, &source, _("Load Map"));
}

static void
on_fit_answer(AdwMessageDialog *dialog, const char *response, TorchlightMapPage *page)
{
    Loading *loading = g_object_get_data(G_OBJECT(dialog), "loading");

    if (page->project && !g_str_equal(response, "cancel"))
        take_loaded(page, loading, g_str_equal(response, "scale") ? CONTROL_SCALE : CONTROL_PLACE);
}

static void
ask_for_fit(TorchlightMapPage *page, Loading *loading)
{
    g_autofree char *text = g_strdup_printf(
        _("The picture has %d × %d pixels, the map %d × %d. Scaling keeps all of it; placing keeps "
          "its pixels, cuts off what is too much and leaves the rest black."),
        loading->map->width, loading->map->height, loading->width, loading->height);
    AdwMessageDialog *dialog =
        ADW_MESSAGE_DIALOG(adw_message_dialog_new(map_page_window(page), _("Another Size"), text));

    adw_message_dialog_add_responses(dialog, "cancel", _("_Cancel"), "place", _("_Place"), "scale",
                                     _("_Scale"), NULL);
    adw_message_dialog_set_response_appearance(dialog, "scale", ADW_RESPONSE_SUGGESTED);
    adw_message_dialog_set_default_response(dialog, "scale");
    adw_message_dialog_set_close_response(dialog, "cancel");
    g_object_set_data_full(G_OBJECT(dialog), "loading", loading, loading_free);
    g_signal_connect_object(dialog, "response", G_CALLBACK(on_fit_answer), page, 0);
    gtk_window_present(GTK_WINDOW(dialog));
}

static void
on_loaded(GObject *object, GAsyncResult *result, gpointer data)
{
    TorchlightMapPage *page = TORCHLIGHT_MAP_PAGE(object);
    Loading *loading = data;
    g_autoptr(GError) error = NULL;

    if (!page->workspace || !page->project) {
        loading_free(loading);
    } else if (!g_task_propagate_boolean(G_TASK(result), &error)) {
        torchlight_workspace_tell_error(page->workspace, _("The Picture Was Not Loaded"),
                                        error->message);
        loading_free(loading);
    } else if (loading->map->width != loading->width || loading->map->height != loading->height) {
        ask_for_fit(page, loading);
    } else {
        take_loaded(page, loading, CONTROL_PLACE);
        loading_free(loading);
    }
}

static void
load(TorchlightMapPage *page, const char *path)
{
    Loading *loading = g_new0(Loading, 1);
    g_autoptr(GTask) task = g_task_new(page, NULL, on_loaded, loading);

    loading->path = g_strdup(path);
    map_page_size(page, &loading->width, &loading->height);
    g_task_set_task_data(task, loading, NULL);
    g_task_run_in_thread(task, load_in_thread);
}

static void
choose(TorchlightMapPage *page, GtkFileChooserAction action, const char *title,
       GCallback on_response)
{
    g_autoptr(GtkFileFilter) filter = gtk_file_filter_new();

    gtk_file_filter_set_name(filter, _("PNG pictures"));
    gtk_file_filter_add_mime_type(filter, "image/png");
    gtk_file_filter_add_pattern(filter, "*.png");
    g_clear_object(&page->chooser);
    page->chooser = gtk_file_chooser_native_new(title, map_page_window(page), action, NULL, NULL);
    gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(page->chooser), TRUE);
    gtk_file_chooser_add_filter(GTK_FILE_CHOOSER(page->chooser), filter);
    g_signal_connect_object(page->chooser, "response", on_response, page, 0);
}

static char *
chosen_path(GtkNativeDialog *dialog, int response)
{
    g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT
                                ? gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog))
                                : NULL;

    return file ? g_file_get_path(file) : NULL;
}

static void
on_load_chosen(GtkNativeDialog *dialog, int response, TorchlightMapPage *page)
{
    g_autofree char *path = chosen_path(dialog, response);

    if (path && page->project)
        load(page, path);
    g_clear_object(&page->chooser);
}

static void
on_load(GtkWidget *widget, const char *name, GVariant *parameter)
{
    TorchlightMapPage *page = TORCHLIGHT_MAP_PAGE(widget);

    choose(page, GTK_FILE_CHOOSER_ACTION_OPEN, _("Load a Control Map"), G_CALLBACK(on_load_chosen));
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(page->chooser));
}

/* --- saving elsewhere --- */

typedef struct {
    ControlMap *map;
    ControlSource source;
    char *path;
} Saving;

static void
saving_free(gpointer data)
{
    Saving *saving = data;

    control_map_free(saving->map);
    g_free(saving->path);
    g_free(saving);
}

static void
save_in_thread(GTask *task, gpointer page, gpointer data, GCancellable *cancellable)
{
    const Saving *saving = data;
    GError *error = NULL;

    if (control_map_write(saving->map, &saving->source, NULL, saving->path, &error))
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, error);
}

static void
on_saved(GObject *object, GAsyncResult *result, gpointer data)
{
    TorchlightMapPage *page = TORCHLIGHT_MAP_PAGE(object);
    const Saving *saving = g_task_get_task_data(G_TASK(result));
    g_autoptr(GError) error = NULL;

    if (!page->workspace)
        return;
    if (!g_task_propagate_boolean(G_TASK(result), &error)) {
        torchlight_workspace_tell_error(page->workspace, _("The Map Was Not Saved"),
                                        error->message);
        return;
    }
    g_autofree char *base = g_path_get_basename(saving->path);
    g_autofree char *name = g_filename_display_name(base);
    g_autofree char *text = g_strdup_printf(_("“%s” saved"), name);
    torchlight_workspace_toast(page->workspace, text);
}

static void
on_save_chosen(GtkNativeDialog *dialog, int response, TorchlightMapPage *page)
{
    g_autofree char *path = chosen_path(dialog, response);

    if (path && page->current) {
        Saving *saving = g_new0(Saving, 1);
        g_autoptr(GTask) task = g_task_new(page, NULL, on_saved, NULL);
        saving->map = control_map_dup(torchlight_map_document_get_map(page->current));
        saving->source = *torchlight_map_document_get_source(page->current);
        saving->path = g_steal_pointer(&path);
        g_task_set_task_data(task, saving, saving_free);
        g_task_run_in_thread(task, save_in_thread);
    }
    g_clear_object(&page->chooser);
}

static void
on_save(GtkWidget *widget, const char *name, GVariant *parameter)
{
    TorchlightMapPage *page = TORCHLIGHT_MAP_PAGE(widget);
    TorchlightItem *item = current_item(page);
    g_autofree char *file =
        g_strdup_printf("%s.png", item ? torchlight_item_get_name(item) : _("edges"));

    torchlight_map_canvas_cancel(page->canvas);
    choose(page, GTK_FILE_CHOOSER_ACTION_SAVE, _("Save the Control Map"),
           G_CALLBACK(on_save_chosen));
    g_strdelimit(file, "/", '_');
    gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(page->chooser), file);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(page->chooser));
}

/* --- using --- */

static void
on_use(GtkWidget *widget, const char *name, GVariant *parameter)
{
    TorchlightMapPage *page = TORCHLIGHT_MAP_PAGE(widget);

    torchlight_map_document_create(page->current, _("New Map"));
    torchlight_map_document_flush(page->current);
    if (current_item(page))
        torchlight_workspace_use_map(page->workspace, current_item(page));
}

static void
on_library(GtkWidget *widget, const char *name, GVariant *parameter)
{
    torchlight_workspace_go(TORCHLIGHT_MAP_PAGE(widget)->workspace, "library");
}

static void
on_open_loaded(GtkWidget *widget, const char *name, GVariant *parameter)
{
    map_page_open_any(TORCHLIGHT_MAP_PAGE(widget));
}

void
map_page_add_file_actions(GtkWidgetClass *class)
{
    static const struct {
        const char *name;
        GtkWidgetActionActivateFunc func;
    } actions[] = {
        {"map.new", on_new},
        {"map.duplicate", on_duplicate},
        {"map.rename", on_rename},
        {"map.delete", on_delete},
        {"map.load", on_load},
        {"map.save", on_save},
        {"map.use", on_use},
        {"map.library", on_library},
        {"map.open-loaded", on_open_loaded},
    };

    for (guint i = 0; i < G_N_ELEMENTS(actions); i++)
        gtk_widget_class_install_action(class, actions[i].name, NULL, actions[i].func);
}
