/* SPDX-License-Identifier: Apache-2.0 */
/* Projects: new, opened, recent, left; and files that come into them. */
#include "ui/window_private.h"

#include <glib/gi18n.h>

#include "app/jobs/paths.h"

static void
on_discard_answer(TorchlightWindow *window, const char *response)
{
    bool closing = window->closing;

    window->closing = false;
    if (!g_str_equal(response, "discard"))
        return;
    torchlight_workspace_set_project(window->workspace, NULL);
    if (closing)
        window_close_soon(window);
}

static void
ask_to_discard(TorchlightWindow *window, const char *sentence)
{
    g_autofree char *valid = g_utf8_make_valid(sentence, -1);
    GtkWidget *widget =
        adw_message_dialog_new(GTK_WINDOW(window), _("The Project Could Not Be Saved"), valid);
    AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG(widget);

    adw_message_dialog_add_responses(dialog, "keep", _("_Keep It Open"), "discard",
                                     _("_Discard Changes"), NULL);
    adw_message_dialog_set_response_appearance(dialog, "discard", ADW_RESPONSE_DESTRUCTIVE);
    adw_message_dialog_set_default_response(dialog, "keep");
    adw_message_dialog_set_close_response(dialog, "keep");
    g_signal_connect_object(dialog, "response", G_CALLBACK(on_discard_answer), window,
                            G_CONNECT_SWAPPED);
    gtk_window_present(GTK_WINDOW(dialog));
}

bool
window_leave_project(TorchlightWindow *window)
{
    TorchlightProject *project = torchlight_workspace_get_project(window->workspace);
    g_autoptr(GError) error = NULL;

    torchlight_workspace_open_trace(window->workspace, NULL); /* what is unsaved of it, is now */
    if (project && !torchlight_project_close(project, &error)) {
        ask_to_discard(window, error->message);
        return false;
    }
    if (!window->closing) /* else lists would be emptied for nobody to see */
        torchlight_workspace_set_project(window->workspace, NULL);
    return true;
}

static void
take_project(TorchlightWindow *window, TorchlightProject *project)
{
    g_autoptr(GFile) file = g_file_new_for_path(torchlight_project_get_dir(project));

    if (!window_leave_project(window))
        return;
    torchlight_workspace_set_project(window->workspace, project);
    settings_add_recent(window->settings, file);
    window_go(window, window->first_page ? window->first_page : "library");
    window->first_page = NULL;
}

/* Another window of ours that has it; NULL. */
static GtkWindow *
find_window(TorchlightWindow *window, const char *dir)
{
    g_autofree char *wanted = g_canonicalize_filename(dir, NULL);
    GtkApplication *application = gtk_window_get_application(GTK_WINDOW(window));

    for (GList *at = gtk_application_get_windows(application); at; at = at->next) {
        TorchlightProject *project =
            TORCHLIGHT_IS_WINDOW(at->data) && !TORCHLIGHT_WINDOW(at->data)->closing
                ? torchlight_workspace_get_project(TORCHLIGHT_WINDOW(at->data)->workspace)
                : NULL;
        g_autofree char *has =
            project ? g_canonicalize_filename(torchlight_project_get_dir(project), NULL) : NULL;

        if (g_strcmp0(has, wanted) == 0)
            return at->data;
    }
    return NULL;
}

/* A project on its way. */
typedef struct {
    TorchlightWindow *window;
    guint number; /* of the request: only the last one counts */
} Opening;

static void
on_project_opened(GObject *source, GAsyncResult *result, gpointer data)
{
    Opening *opening = data;
    TorchlightWindow *window = opening->window;
    g_autoptr(GError) error = NULL;
    g_autoptr(TorchlightProject) project = torchlight_project_open_finish(result, &error);

    if (window->workspace && opening->number == window->n_opened) {
        if (project)
            take_project(window, project);
        else
            window_tell_error(window, _("The Project Cannot Be Opened"), error->message);
        window->first_page = NULL;
    }
    g_object_unref(window);
    g_free(opening);
}

void
window_open_project(TorchlightWindow *window, const char *dir)
{
    GtkWindow *other = find_window(window, dir);
    Opening *opening;

    if (other) {
        window->first_page = NULL;
        gtk_window_present(other);
        return;
    }
    opening = g_new0(Opening, 1);
    *opening = (Opening){g_object_ref(window), ++window->n_opened};
    torchlight_project_open_async(dir, on_project_opened, opening);
}

static bool
make_project(TorchlightWindow *window, const char *dir, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorchlightProject) project = torchlight_project_create(dir, name, &error);

    if (!project) {
        window_tell_error(window, _("The Project Cannot Be Made"), error->message);
        return false;
    }
    take_project(window, project);
    return torchlight_workspace_get_project(window->workspace) == project;
}

static char *
projects_folder(void)
{
    return g_build_filename(g_get_user_data_dir(), "torchlight", "projects", NULL);
}

bool
window_make_project(TorchlightWindow *window, const char *name)
{
    g_autofree char *folder = projects_folder();
    g_autofree char *dir = g_build_filename(folder, name, NULL);

    for (int i = 2; g_file_test(dir, G_FILE_TEST_EXISTS); i++) {
        g_autofree char *numbered = g_strdup_printf("%s %d", name, i);

        g_free(dir);
        dir = g_build_filename(folder, numbered, NULL);
    }
    return make_project(window, dir, name);
}

void
window_open_sample(TorchlightWindow *window)
{
    g_autofree char *folder = projects_folder();
    g_autofree char *dir = g_build_filename(folder, "Samples", NULL);

    if (project_is_folder(dir)) {
        window_open_project(window, dir);
        return;
    }
    if (make_project(window, dir, _("Samples"))) {
        g_autofree char *path = paths_data("samples", NULL);
        g_autoptr(GFile) samples = g_file_new_for_path(path);

        torchlight_workspace_import(window->workspace, &samples, 1, false);
    }
}

static bool
is_project(GFile *file)
{
    g_autofree char *path = g_file_get_path(file);
    g_autofree char *base = path ? g_path_get_basename(path) : NULL;

    return path && (g_strcmp0(base, PROJECT_FILE) == 0 || project_is_folder(path));
}

static char *
name_for(GFile *file)
{
    g_autofree char *base = g_file_get_basename(file);
    char *name = g_filename_display_name(base);
    char *dot = strrchr(name, '.');

    if (dot && dot != name)
        *dot = '\0';
    return name;
}

void
torchlight_window_open(TorchlightWindow *window, GFile *const *files, int n)
{
    for (int i = 0; i < n; i++) {
        if (!g_file_is_native(files[i])) {
            g_autofree char *uri = g_file_get_uri(files[i]);
            g_autofree char *text = g_strdup_printf(
                _("“%s” is not on this machine: copy it here and open the copy."), uri);

            window_tell_error(window, _("Only Local Files Can Be Opened"), text);
            return;
        }
    }
    if (n == 1 && is_project(files[0])) {
        g_autofree char *path = g_file_get_path(files[0]);

        window_open_project(window, path);
        return;
    }
    if (!torchlight_workspace_get_project(window->workspace)) {
        g_autofree char *name = name_for(files[0]);

        if (!window_make_project(window, name))
            return;
    }
    torchlight_workspace_import(window->workspace, files, n, true);
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
        folder ? _("Import a Dataset or a Folder of Captures") : _("Import Captures or Pictures"),
        GTK_WINDOW(window),
        folder ? GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER : GTK_FILE_CHOOSER_ACTION_OPEN, _("_Import"),
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

static void
on_project_chosen(TorchlightWindow *window, GtkFileChooser *chooser)
{
    g_autoptr(GFile) file = gtk_file_chooser_get_file(chooser);
    g_autofree char *path = file ? g_file_get_path(file) : NULL;

    if (path)
        window_open_project(window, path);
}

void
window_choose_project(TorchlightWindow *window)
{
    window_run_chooser(window,
                       gtk_file_chooser_native_new(_("Open a Project"), GTK_WINDOW(window),
                                                   GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
                                                   _("_Open"), _("_Cancel")),
                       on_project_chosen);
}

static void
on_new_project_chosen(TorchlightWindow *window, GtkFileChooser *chooser)
{
    g_autoptr(GFile) file = gtk_file_chooser_get_file(chooser);
    g_autofree char *path = file ? g_file_get_path(file) : NULL;
    g_autofree char *base = path ? g_path_get_basename(path) : NULL;
    g_autofree char *name = base ? g_filename_display_name(base) : NULL;

    if (path)
        make_project(window, path, name);
}

void
window_choose_new_project(TorchlightWindow *window)
{
    GtkFileChooserNative *native =
        gtk_file_chooser_native_new(_("New Project"), GTK_WINDOW(window),
                                    GTK_FILE_CHOOSER_ACTION_SAVE, _("_Create"), _("_Cancel"));

    gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(native), _("Untitled"));
    window_run_chooser(window, native, on_new_project_chosen);
}

static void
add_recent(TorchlightWindow *window, const char *uri)
{
    g_autoptr(GFile) file = g_file_new_for_uri(uri);
    g_autofree char *path = g_file_get_path(file);
    g_autofree char *base = path ? g_path_get_basename(path) : NULL;
    g_autofree char *name = base ? g_filename_display_name(base) : NULL;
    g_autofree char *shown = path ? g_filename_display_name(path) : NULL;
    g_autofree char *title = name ? g_markup_escape_text(name, -1) : NULL;
    g_autofree char *subtitle = shown ? g_markup_escape_text(shown, -1) : NULL;
    g_auto(GStrv) parts = name ? g_strsplit(name, "_", -1) : NULL;
    g_autofree char *label = parts ? g_strjoinv("__", parts) : NULL; /* no mnemonics */
    g_autoptr(GMenuItem) item = NULL;
    GtkWidget *row;

    if (!path || !project_is_folder(path))
        return; /* it is gone */
    item = g_menu_item_new(label, NULL);
    g_menu_item_set_action_and_target(item, "win.open-recent", "s", path);
    g_menu_append_item(window->recent_section, item);

    row = adw_action_row_new();
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(row), subtitle);
    adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(row), 1);
    gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), TRUE);
    g_object_set_data_full(G_OBJECT(row), "path", g_steal_pointer(&path), g_free);
    gtk_list_box_append(window->recent_list, row);
}

void
window_update_recent(TorchlightWindow *window)
{
    g_auto(GStrv) uris = g_settings_get_strv(window->settings, "recent-projects");
    GtkListBoxRow *row;

    g_menu_remove_all(window->recent_section);
    while ((row = gtk_list_box_get_row_at_index(window->recent_list, 0)))
        gtk_list_box_remove(window->recent_list, GTK_WIDGET(row));
    for (int i = 0; uris[i]; i++)
        add_recent(window, uris[i]);
    gtk_widget_set_visible(window->recent_box,
                           gtk_list_box_get_row_at_index(window->recent_list, 0) != NULL);
}
