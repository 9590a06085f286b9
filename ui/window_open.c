/* SPDX-License-Identifier: Apache-2.0 */
/* Opening: files and folders are read on a thread; only what was asked for last is shown. */
#include "ui/window_private.h"

#include <glib/gi18n.h>

#include "app/jobs/paths.h"

enum { SPINNER_AFTER_MS = 250 };

void
window_stop_loading(TorchlightWindow *window)
{
    if (window->loading)
        g_cancellable_cancel(window->loading);
    g_clear_object(&window->loading);
    g_clear_handle_id(&window->spinner_timeout, g_source_remove);
}

static gboolean
on_loading_is_slow(gpointer data)
{
    TorchlightWindow *window = data;

    window->spinner_timeout = 0;
    if (!torchlight_trace_page_get_shown(window->page))
        gtk_stack_set_visible_child_name(window->stack, "loading");
    window_update_spinner(window);
    return G_SOURCE_REMOVE;
}

static GTask *
start_loading(TorchlightWindow *window, GAsyncReadyCallback done)
{
    window_stop_loading(window);
    window->loading = g_cancellable_new();
    window->spinner_timeout = g_timeout_add(SPINNER_AFTER_MS, on_loading_is_slow, window);
    return g_task_new(window, window->loading, done, NULL);
}

/* False when something else was asked for in the meantime, or the window is gone. */
static bool
end_loading(TorchlightWindow *window, GAsyncResult *result)
{
    if (g_task_get_cancellable(G_TASK(result)) != window->loading)
        return false;
    g_clear_object(&window->loading);
    g_clear_handle_id(&window->spinner_timeout, g_source_remove);
    if (!torchlight_trace_page_get_shown(window->page))
        gtk_stack_set_visible_child_name(window->stack, "empty");
    window_update_spinner(window);
    return true;
}

static void
tell_cannot_open(TorchlightWindow *window, const char *path, const GError *error)
{
    g_autofree char *name = g_filename_display_basename(path);
    g_autofree char *heading = g_strdup_printf(_("“%s” Cannot Be Opened"), name);

    window_tell_error(window, heading, error->message);
}

typedef struct {
    char *path;
    Palette palette;
} Reading;

static void
reading_free(gpointer data)
{
    Reading *reading = data;

    g_free(reading->path);
    g_free(reading);
}

static void
read_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const Reading *reading = data;
    GError *error = NULL;
    Document *document;

    if (g_task_return_error_if_cancelled(task))
        return;
    document = document_read(reading->path, reading->palette, &error);
    if (document)
        g_task_return_pointer(task, document, (GDestroyNotify)document_unref);
    else
        g_task_return_error(task, error);
}

static void
on_read(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightWindow *window = TORCHLIGHT_WINDOW(source);
    const Reading *reading = g_task_get_task_data(G_TASK(result));
    g_autoptr(GError) error = NULL;
    g_autoptr(Document) document = g_task_propagate_pointer(G_TASK(result), &error);
    TorchlightLibraryItem *item;

    if (!end_loading(window, result))
        return;
    if (!document) {
        tell_cannot_open(window, reading->path, error);
        return;
    }
    window->follows_generation = false;
    gtk_stack_set_visible_child_name(window->stack, "trace");
    torchlight_trace_page_set_opened(window->page, document,
                                     g_hash_table_lookup(window->drafts, document->path));
    item = torchlight_library_view_find(window->library, document->path);
    if (item && *document->caption)
        torchlight_library_item_set_caption(item, document->caption);
    if (document->warning)
        window_tell_error(window, _("Not Everything Could Be Read"), document->warning);
    window_update(window);
}

void
window_open_path(TorchlightWindow *window, const char *path)
{
    g_autoptr(GTask) task = start_loading(window, on_read);
    Reading *reading = g_new0(Reading, 1);

    *reading = (Reading){g_strdup(path), settings_get_palette(window->settings)};
    g_task_set_task_data(task, reading, reading_free);
    g_task_run_in_thread(task, read_in_thread);
}

static void
list_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    GError *error = NULL;
    Library *library = library_read(data, &error);

    if (library)
        g_task_return_pointer(task, library, (GDestroyNotify)library_free);
    else
        g_task_return_error(task, error);
}

static void
on_listed(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightWindow *window = TORCHLIGHT_WINDOW(source);
    char **paths = g_task_get_task_data(G_TASK(result));
    g_autoptr(GError) error = NULL;
    g_autoptr(Library) library = g_task_propagate_pointer(G_TASK(result), &error);

    if (!end_loading(window, result))
        return;
    if (!library) {
        tell_cannot_open(window, paths[0], error);
        return;
    }
    gtk_widget_set_visible(window->library_button, TRUE);
    if (!adw_flap_get_folded(window->library_flap))
        adw_flap_set_reveal_flap(window->library_flap, TRUE);
    torchlight_library_view_set_library(window->library, library);
}

static void
open_list(TorchlightWindow *window, char **paths)
{
    g_autoptr(GTask) task = start_loading(window, on_listed);

    g_task_set_task_data(task, paths, (GDestroyNotify)g_strfreev);
    g_task_run_in_thread(task, list_in_thread);
}

static void
leave_library(TorchlightWindow *window)
{
    gtk_widget_set_visible(window->library_button, FALSE);
    adw_flap_set_reveal_flap(window->library_flap, FALSE);
}

void
torchlight_window_open(TorchlightWindow *window, GFile *const *files, int n)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);

    for (int i = 0; i < n; i++) {
        char *path = g_file_get_path(files[i]);
        if (!path) {
            g_autofree char *uri = g_file_get_uri(files[i]);
            g_autofree char *text = g_strdup_printf(
                _("“%s” is not on this machine: copy it here and open the copy."), uri);
            window_tell_error(window, _("Only Local Files Can Be Opened"), text);
            return;
        }
        g_ptr_array_add(paths, path);
    }
    if (n == 1)
        settings_add_recent(window->settings, files[0]);
    if (n == 1 && !g_file_test(paths->pdata[0], G_FILE_TEST_IS_DIR)) {
        if (!torchlight_library_view_find(window->library, paths->pdata[0]))
            leave_library(window);
        window_open_path(window, paths->pdata[0]);
        return;
    }
    g_ptr_array_add(paths, NULL);
    open_list(window, (char **)g_ptr_array_steal(paths, NULL));
}

void
window_open_samples(TorchlightWindow *window)
{
    char **paths = g_new0(char *, 2);

    paths[0] = paths_data("samples", NULL);
    open_list(window, paths);
}

static void
on_files_chosen(TorchlightWindow *window, GtkFileChooser *chooser)
{
    g_autoptr(GListModel) files = gtk_file_chooser_get_files(chooser);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_object_unref);

    for (guint i = 0; i < g_list_model_get_n_items(files); i++)
        g_ptr_array_add(all, g_list_model_get_item(files, i));
    if (all->len > 0)
        torchlight_window_open(window, (GFile *const *)all->pdata, (int)all->len);
}

void
window_choose_files(TorchlightWindow *window, bool folder)
{
    GtkFileChooserNative *native = gtk_file_chooser_native_new(
        folder ? _("Open a Dataset or a Folder of Captures") : _("Open Captures or Pictures"),
        GTK_WINDOW(window),
        folder ? GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER : GTK_FILE_CHOOSER_ACTION_OPEN, _("_Open"),
        _("_Cancel"));
    GtkFileChooser *chooser = GTK_FILE_CHOOSER(native);

    if (!folder) {
        static const char *const patterns[] = {"*.pcap", "*.pcapng", "*.cap", "*.png",
                                               "*.csv",  "*.npy",    "*.npz"};
        g_autoptr(GtkFileFilter) known = gtk_file_filter_new();
        g_autoptr(GtkFileFilter) all = gtk_file_filter_new();
        gtk_file_filter_set_name(known, _("Captures and pictures of them"));
        for (guint i = 0; i < G_N_ELEMENTS(patterns); i++)
            gtk_file_filter_add_pattern(known, patterns[i]);
        gtk_file_filter_set_name(all, _("All files"));
        gtk_file_filter_add_pattern(all, "*");
        gtk_file_chooser_add_filter(chooser, known);
        gtk_file_chooser_add_filter(chooser, all);
        gtk_file_chooser_set_select_multiple(chooser, TRUE);
    }
    window_run_chooser(window, native, on_files_chosen);
}

void
window_update_recent(TorchlightWindow *window)
{
    g_auto(GStrv) uris = g_settings_get_strv(window->settings, "recent-files");

    g_menu_remove_all(window->recent_section);
    for (int i = 0; uris[i]; i++) {
        g_autoptr(GFile) file = g_file_new_for_uri(uris[i]);
        g_autofree char *base = g_file_get_basename(file);
        g_autofree char *name = g_filename_display_name(base ? base : uris[i]);
        g_autoptr(GMenuItem) item = g_menu_item_new(NULL, NULL);
        g_auto(GStrv) parts = g_strsplit(name, "_", -1);
        g_autofree char *label = g_strjoinv("__", parts); /* no mnemonics */

        g_menu_item_set_label(item, label);
        g_menu_item_set_action_and_target(item, "win.open-uri", "s", uris[i]);
        g_menu_append_item(window->recent_section, item);
    }
}
