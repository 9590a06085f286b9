/* SPDX-License-Identifier: Apache-2.0 */
/* The shown trace as a capture, repaired, with what that changed; and its picture as a PNG. */
#include "ui/window_private.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/jobs/repair_job.h"
#include "ui/repair_summary.h"

/* STEM and an ending for what is shown. */
static char *
suggest_name(const Document *document, const char *ending)
{
    const char *seed = g_hash_table_lookup(document->trace->provenance, "seed");
    g_autofree char *base = document->path ? g_path_get_basename(document->path) : NULL;
    char *dot = base ? strrchr(base, '.') : NULL;

    if (dot && dot > base)
        *dot = '\0';
    if (base)
        return g_strconcat(base, ending, NULL);
    return seed ? g_strconcat("generated-", seed, ending, NULL)
                : g_strconcat("generated", ending, NULL);
}

static GtkWidget *
make_rule_list(const RepairSummary *summary)
{
    GtkWidget *list = gtk_list_box_new();
    GtkWidget *scroller = gtk_scrolled_window_new();

    gtk_list_box_set_selection_mode(GTK_LIST_BOX(list), GTK_SELECTION_NONE);
    gtk_widget_add_css_class(list, "boxed-list");
    gtk_widget_set_margin_start(list, 6);
    gtk_widget_set_margin_end(list, 6);
    gtk_widget_set_margin_top(list, 6);
    gtk_widget_set_margin_bottom(list, 6);
    for (guint i = 0; i < summary->lines->len; i++) {
        const RepairLine *line = summary->lines->pdata[i];
        GtkWidget *row = adw_action_row_new();
        g_autofree char *title = g_markup_escape_text(line->title, -1);
        g_autofree char *detail = g_markup_escape_text(line->detail, -1);
        adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
        adw_action_row_set_subtitle(ADW_ACTION_ROW(row), detail);
        gtk_list_box_append(GTK_LIST_BOX(list), row);
    }
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    gtk_scrolled_window_set_min_content_height(GTK_SCROLLED_WINDOW(scroller),
                                               (int)MIN(72 * summary->lines->len, 260));
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), list);
    gtk_accessible_update_property(GTK_ACCESSIBLE(list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Rules that changed something"), -1);
    return scroller;
}

static void
tell_summary(TorchlightWindow *window, const RepairResult *result)
{
    g_autoptr(RepairSummary) summary = repair_summary_new(result);
    GtkWidget *dialog = adw_message_dialog_new(GTK_WINDOW(window), summary->heading, summary->body);

    adw_message_dialog_add_response(ADW_MESSAGE_DIALOG(dialog), "close", _("_Close"));
    adw_message_dialog_set_default_response(ADW_MESSAGE_DIALOG(dialog), "close");
    if (summary->lines->len > 0)
        adw_message_dialog_set_extra_child(ADW_MESSAGE_DIALOG(dialog), make_rule_list(summary));
    gtk_window_present(GTK_WINDOW(dialog));
}

static void
on_exported(TorchlightJob *job, TorchlightWindow *window)
{
    g_autoptr(TorchlightJob) held = g_object_ref(job);
    const GError *error = torchlight_job_get_error(job);

    g_clear_object(&window->export_job);
    window_update(window);
    if (window->may_close)
        gtk_window_close(GTK_WINDOW(window));
    else if (torchlight_job_get_state(job) == JOB_DONE)
        tell_summary(window, repair_job_get_result(job));
    else if (error && !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        window_tell_error(window, _("The Capture Could Not Be Written"), error->message);
}

/* A generated trace has the times and the hosts of the opened one, which is real; hosts get other
 * addresses. */
static RepairParams *
make_params(TorchlightWindow *window, const Document *shown)
{
    RepairParams *params = repair_params_new();
    const Document *opened = torchlight_trace_page_get_opened(window->page);
    const char *seed = g_hash_table_lookup(shown->trace->provenance, "seed");

    params->output = g_strdup(window->export_path);
    params->seed = seed ? g_ascii_strtoull(seed, NULL, 10) : 0;
    if (shown->path) {
        params->input = g_strdup(shown->path);
        params->layout = g_strdup(shown->trace->layout->name);
    } else {
        params->trace = trace_copy(shown->trace);
        params->template = opened ? g_strdup(opened->path) : NULL;
    }
    return params;
}

static void
on_export_chosen(TorchlightWindow *window, GtkFileChooser *chooser)
{
    g_autoptr(GFile) file = gtk_file_chooser_get_file(chooser);
    Document *shown = torchlight_trace_page_get_shown(window->page);

    g_free(window->export_path);
    window->export_path = file ? g_file_get_path(file) : NULL;
    if (!window->export_path || !shown || window->export_job)
        return;
    window->export_job = repair_job_new(make_params(window, shown));
    g_signal_connect_object(window->export_job, "finished", G_CALLBACK(on_exported), window, 0);
    torchlight_job_start(window->export_job);
    window_update(window);
}

static GtkFileChooserNative *
make_chooser(TorchlightWindow *window, const char *title, const char *name)
{
    GtkFileChooserNative *chooser = gtk_file_chooser_native_new(
        title, GTK_WINDOW(window), GTK_FILE_CHOOSER_ACTION_SAVE, _("_Save"), _("_Cancel"));

    gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(chooser), name);
    return chooser;
}

void
window_export(TorchlightWindow *window)
{
    Document *shown = torchlight_trace_page_get_shown(window->page);
    g_autofree char *name = suggest_name(shown, shown->path ? "-repaired.pcap" : ".pcap");

    window_run_chooser(window, make_chooser(window, _("Export as Capture"), name),
                       on_export_chosen);
}

typedef struct {
    TracePicture *picture;
    Palette palette;
    char *path;
} PictureSave;

static void
picture_save_free(gpointer data)
{
    PictureSave *save = data;

    trace_picture_unref(save->picture);
    g_free(save->path);
    g_free(save);
}

static void
save_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const PictureSave *save = data;
    GError *error = NULL;

    if (trace_write_png(save->picture->trace, save->path, save->palette, &error))
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, error);
}

static void
on_picture_saved(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightWindow *window = TORCHLIGHT_WINDOW(source);
    g_autoptr(GError) error = NULL;
    bool done = g_task_propagate_boolean(G_TASK(result), &error);

    if (!window->drafts)
        return; /* the window is gone */
    window->picture_saves--;
    window_update(window);
    if (window->may_close)
        gtk_window_close(GTK_WINDOW(window));
    else if (done)
        window_toast(window, _("Picture saved"));
    else
        window_tell_error(window, _("The Picture Could Not Be Saved"), error->message);
}

static void
on_picture_chosen(TorchlightWindow *window, GtkFileChooser *chooser)
{
    g_autoptr(GFile) file = gtk_file_chooser_get_file(chooser);
    TracePicture *picture = torchlight_trace_page_get_picture(window->page);
    g_autofree char *path = file ? g_file_get_path(file) : NULL;
    g_autoptr(GTask) task = NULL;
    PictureSave *save;

    if (!path || !picture)
        return;
    save = g_new0(PictureSave, 1);
    *save = (PictureSave){trace_picture_ref(picture), settings_get_palette(window->settings),
                          g_steal_pointer(&path)};
    task = g_task_new(window, NULL, on_picture_saved, NULL);
    g_task_set_task_data(task, save, picture_save_free);
    g_task_run_in_thread(task, save_in_thread);
    window->picture_saves++;
    window_update(window);
}

void
window_save_picture(TorchlightWindow *window)
{
    Document *shown = torchlight_trace_page_get_shown(window->page);
    g_autofree char *name = suggest_name(shown, ".png");

    window_run_chooser(window, make_chooser(window, _("Save Picture"), name), on_picture_chosen);
}
