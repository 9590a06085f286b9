/* SPDX-License-Identifier: Apache-2.0 */
/* A capture for Wireshark: written to the cache, and opened. */
#include "ui/trace/wireshark.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#include "app/repair/repair.h"
#include "app/trace/capture.h"

static bool
is_wireshark(GAppInfo *application)
{
    const char *id = g_app_info_get_id(application);
    g_autofree char *lower = id ? g_ascii_strdown(id, -1) : NULL;

    return lower && strstr(lower, "wireshark") != NULL;
}

/* NULL when there is none. */
static GAppInfo *
find_application(void)
{
    g_autofree char *program = g_find_program_in_path("wireshark");
    g_autofree char *quoted = program ? g_shell_quote(program) : NULL;
    GAppInfo *found = NULL;

    if (quoted)
        return g_app_info_create_from_commandline(quoted, "Wireshark", G_APP_INFO_CREATE_NONE,
                                                  NULL);
    GList *all = g_app_info_get_all_for_type("application/vnd.tcpdump.pcap");
    for (GList *at = all; at && !found; at = at->next) {
        if (is_wireshark(at->data))
            found = g_object_ref(at->data);
    }
    g_list_free_full(all, g_object_unref);
    return found;
}

bool
wireshark_is_installed(void)
{
    static gsize looked = 0;

    if (g_once_init_enter(&looked)) {
        g_autoptr(GAppInfo) application = find_application();
        g_once_init_leave(&looked, application ? 2 : 1);
    }
    return looked == 2;
}

typedef struct {
    const Trace *trace;
    bool repair;
    char *path;
} Opening;

static void
opening_free(gpointer data)
{
    Opening *opening = data;

    g_free(opening->path);
    g_free(opening);
}

static bool
write_capture(const Opening *opening, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(opening->path);
    g_autoptr(Trace) repaired = NULL;
    RepairOptions options = {.seed = 1};
    CaptureWriteOptions write = {.policy = {.payload = options.payload, .seed = options.seed}};
    int n_dropped = 0;

    if (g_mkdir_with_parents(folder, 0700) != 0) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                    _("The folder “%s” for temporary captures cannot be made."), folder);
        return false;
    }
    if (opening->repair && !(repaired = repair_trace(opening->trace, &options, NULL, error)))
        return false;
    return trace_write_capture(repaired ? repaired : opening->trace, opening->path, &write,
                               &n_dropped, error);
}

static void
write_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    GError *error = NULL;

    if (write_capture(data, &error))
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, error);
}

/* The task of the caller, with the widget to start from as its source. */
static void
on_written(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GTask) outer = data;
    GtkWidget *widget = GTK_WIDGET(source);
    const Opening *opening = g_task_get_task_data(G_TASK(result));
    g_autoptr(GdkAppLaunchContext) context =
        gdk_display_get_app_launch_context(gtk_widget_get_display(widget));
    g_autoptr(GFile) file = g_file_new_for_path(opening->path);
    g_autoptr(GAppInfo) application = NULL;
    GList files = {file, NULL, NULL};
    GError *error = NULL;

    if (!g_task_propagate_boolean(G_TASK(result), &error)) {
        g_task_return_error(outer, error);
        return;
    }
    application = find_application();
    if (!application)
        g_task_return_new_error(outer, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                                _("Wireshark is not there any more: install it again."));
    else if (!g_app_info_launch(application, &files, G_APP_LAUNCH_CONTEXT(context), &error))
        g_task_return_error(outer, error);
    else
        g_task_return_boolean(outer, TRUE);
}

void
wireshark_open(GtkWidget *widget, const Trace *trace, bool repair, const char *stem,
               GAsyncReadyCallback callback, gpointer data)
{
    GTask *outer = g_task_new(widget, NULL, callback, data);
    g_autoptr(GTask) task = g_task_new(widget, NULL, on_written, outer);
    Opening *opening = g_new0(Opening, 1);
    g_autofree char *name = g_strconcat(stem, ".pcapng", NULL);

    g_strdelimit(name, G_DIR_SEPARATOR_S, '_');
    *opening =
        (Opening){trace, repair,
                  g_build_filename(g_get_user_cache_dir(), "torchlight", "wireshark", name, NULL)};
    g_task_set_task_data(task, opening, opening_free);
    g_task_run_in_thread(task, write_in_thread);
}

bool
wireshark_open_finish(GAsyncResult *result, GError **error)
{
    return g_task_propagate_boolean(G_TASK(result), error);
}
