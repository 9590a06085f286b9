/* SPDX-License-Identifier: Apache-2.0 */
/* What is written of a repair: captures, one or many, a file of choices, a trace of the project;
 * and the second opinion on it. */
#include "ui/repair/repair_page_private.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/jobs/repair_batch.h"
#include "app/trace/atomic.h"
#include "ui/repair/export_dialog.h"
#include "ui/repair/show_file.h"

static GtkWindow *
window_of(TorchlightRepairPage *page)
{
    return GTK_WINDOW(gtk_widget_get_root(GTK_WIDGET(page)));
}

/* The file's name without its ending. */
static char *
stem_of(const char *path)
{
    char *stem = g_path_get_basename(path), *dot = strrchr(stem, '.');

    if (dot && dot > stem)
        *dot = '\0';
    return stem;
}

static void
run_chooser(TorchlightRepairPage *page, GtkFileChooserNative *chooser,
            void (*accepted)(TorchlightRepairPage *page, int response, GtkNativeDialog *dialog))
{
    g_clear_object(&page->chooser);
    page->chooser = GTK_NATIVE_DIALOG(chooser);
    gtk_native_dialog_set_modal(page->chooser, TRUE);
    g_signal_connect_object(chooser, "response", G_CALLBACK(accepted), page, G_CONNECT_SWAPPED);
    gtk_native_dialog_show(page->chooser);
}

/* The chosen path, or NULL; the chooser goes. */
static char *
take_path(TorchlightRepairPage *page, int response, GtkNativeDialog *dialog)
{
    g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT
                                ? gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog))
                                : NULL;
    char *path = file ? g_file_get_path(file) : NULL;

    g_clear_object(&page->chooser);
    return path;
}

/* --- one capture --- */

static void
on_exported(TorchlightWorkspace *workspace, TorchlightJob *job)
{
    const GError *error = torchlight_job_get_error(job);
    const char *path = g_object_get_data(G_OBJECT(job), "torchlight-path");

    if (torchlight_job_get_state(job) == JOB_DONE) {
        const RepairResult *result = repair_job_get_result(job);
        int n = result->report->n_rows_out - result->n_dropped;
        g_autofree char *text = g_strdup_printf(
            ngettext("%'d packet written", "%'d packets written", (unsigned long)n), n);
        toast_written(workspace, text, path);
    } else if (error && !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        torchlight_workspace_tell_error(workspace, _("The Capture Could Not Be Written"),
                                        error->message);
    }
}

static void
on_export(TorchlightRepairPage *page, const char *path)
{
    Document *document = torchlight_review_get_document(page->review);
    RepairParams *params;
    g_autoptr(TorchlightJob) job = NULL;

    if (!document)
        return;
    params = review_params_new(document, page->choices);
    params->trace = trace_copy(document->trace);
    params->output = g_strdup(path);
    job = repair_job_new(params);
    g_object_set_data_full(G_OBJECT(job), "torchlight-path", g_strdup(path), g_free);
    g_signal_connect_object(job, "finished", G_CALLBACK(on_exported), page->workspace,
                            G_CONNECT_SWAPPED);
    torchlight_workspace_start_job(page->workspace, job, "trace/repair");
}

/* Documents, where the desktop has such a folder, else home. */
static char *
suggest_path(const Document *document)
{
    const char *folder = g_get_user_special_dir(G_USER_DIRECTORY_DOCUMENTS);
    g_autofree char *stem = stem_of(document->path ? document->path : "trace");
    g_autofree char *name = g_strconcat(stem, "-repaired.pcapng", NULL);

    return g_build_filename(folder ? folder : g_get_home_dir(), name, NULL);
}

void
repair_page_export(TorchlightRepairPage *page)
{
    const ReviewResult *result = torchlight_review_get_result(page->review);
    Document *document = torchlight_review_get_document(page->review);
    g_autofree char *path = NULL;
    GtkWidget *dialog;

    if (!result || !document)
        return;
    path = suggest_path(document);
    dialog = torchlight_export_dialog_new(window_of(page), result, page->choices, path);
    g_signal_connect_object(dialog, "export", G_CALLBACK(on_export), page, G_CONNECT_SWAPPED);
    gtk_window_present(GTK_WINDOW(dialog));
}

/* --- many captures --- */

static void
on_batch(TorchlightWorkspace *workspace, TorchlightJob *job)
{
    GPtrArray *lines = repair_batch_job_get_lines(job);
    g_autoptr(GString) problems = g_string_new(NULL);
    const RepairBatchLine *written = NULL;
    int n = 0;

    for (guint i = 0; i < lines->len; i++) {
        const RepairBatchLine *line = lines->pdata[i];
        if (line->sentence) {
            g_string_append_printf(problems, "%s%s", problems->len ? "\n\n" : "", line->sentence);
            continue;
        }
        written = line;
        n++;
    }
    if (written) {
        g_autofree char *text = g_strdup_printf(
            ngettext("%'d capture written", "%'d captures written", (unsigned long)n), n);
        toast_written(workspace, text, written->output);
    }
    if (problems->len && torchlight_job_get_state(job) == JOB_DONE)
        torchlight_workspace_tell_error(workspace, _("Some Captures Could Not Be Written"),
                                        problems->str);
}

/* A name in the folder that neither a file nor another trace has. */
static char *
free_path(const char *folder, const char *stem, GHashTable *taken)
{
    char *path = g_strdup_printf("%s/%s.pcapng", folder, stem);

    for (int i = 2; g_file_test(path, G_FILE_TEST_EXISTS) || g_hash_table_contains(taken, path);
         i++) {
        g_free(path);
        path = g_strdup_printf("%s/%s_%d.pcapng", folder, stem, i);
    }
    g_hash_table_add(taken, g_strdup(path));
    return path;
}

static RepairParams *
batch_params(TorchlightRepairPage *page, TorchlightItem *item, const char *folder,
             GHashTable *taken)
{
    g_autofree char *path = torchlight_item_dup_path(item);
    g_autofree char *stem = path ? stem_of(path) : NULL;
    g_autoptr(RepairChoices) choices = repair_page_read_choices(page, item);
    JsonObject *settings = torchlight_item_get_object(item, "settings");
    RepairParams *params;

    if (!path)
        return NULL;
    params = repair_params_new();
    repair_params_add_choices(params, choices);
    if (!choices->has_seed && settings)
        params->seed = (guint64)json_object_get_int_member_with_default(settings, "seed", 0);
    params->input = g_strdup(path);
    params->output = free_path(folder, stem, taken);
    return params;
}

static void
on_batch_folder(TorchlightRepairPage *page, int response, GtkNativeDialog *dialog)
{
    g_autofree char *folder = take_path(page, response, dialog);
    g_autoptr(GPtrArray) items = torchlight_workspace_dup_selected(page->workspace);
    g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GPtrArray *all;
    g_autoptr(TorchlightJob) job = NULL;

    if (!folder)
        return;
    all = g_ptr_array_new_with_free_func((GDestroyNotify)repair_params_free);
    for (guint i = 0; i < items->len; i++) {
        RepairParams *params = batch_params(page, items->pdata[i], folder, taken);
        if (params)
            g_ptr_array_add(all, params);
    }
    job = repair_batch_job_new(all);
    g_signal_connect_object(job, "finished", G_CALLBACK(on_batch), page->workspace,
                            G_CONNECT_SWAPPED);
    torchlight_workspace_start_job(page->workspace, job, "trace/repair");
}

void
repair_page_export_selected(TorchlightRepairPage *page)
{
    g_autoptr(GPtrArray) items = torchlight_workspace_dup_selected(page->workspace);
    g_autofree char *title = NULL;

    if (items->len == 0) {
        torchlight_workspace_toast_action(page->workspace,
                                          _("Select traces in the library to export them together"),
                                          _("_Library"), "win.go", g_variant_new_string("library"));
        return;
    }
    title = g_strdup_printf(
        ngettext("Choose a Folder for %u Capture", "Choose a Folder for %u Captures", items->len),
        items->len);
    run_chooser(page,
                gtk_file_chooser_native_new(title, window_of(page),
                                            GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("_Export"),
                                            _("_Cancel")),
                on_batch_folder);
}

/* --- choices for the command --- */

static void
on_choices_file(TorchlightRepairPage *page, int response, GtkNativeDialog *dialog)
{
    g_autofree char *path = take_path(page, response, dialog);
    g_autoptr(JsonNode) node = repair_choices_to_json(page->choices);
    g_autofree char *text = json_to_string(node, TRUE);
    g_autoptr(GError) error = NULL;
    g_autoptr(AtomicFile) file = path ? atomic_file_new(path, &error) : NULL;

    if (!path)
        return;
    if (file)
        fprintf(atomic_file_stream(file), "%s\n", text);
    if (file && atomic_file_commit(file, &error))
        toast_written(page->workspace, _("Choices saved for torchlight repair --choices"), path);
    else
        torchlight_workspace_tell_error(page->workspace, _("The Choices Could Not Be Saved"),
                                        error->message);
}

void
repair_page_save_choices(TorchlightRepairPage *page)
{
    GtkFileChooserNative *chooser = gtk_file_chooser_native_new(
        _("Save Choices"), window_of(page), GTK_FILE_CHOOSER_ACTION_SAVE, _("_Save"), _("_Cancel"));

    gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(chooser), "choices.json");
    run_chooser(page, chooser, on_choices_file);
}

/* --- tshark --- */

static void
on_tshark_finished(TorchlightRepairPage *page, TorchlightJob *job)
{
    const GError *error = torchlight_job_get_error(job);

    if (job != page->tshark)
        return; /* the trace is another by now */
    torchlight_compliance_pane_set_running(page->compliance, false);
    if (torchlight_job_get_state(job) == JOB_DONE)
        torchlight_compliance_pane_show_tshark(page->compliance, tshark_job_get_lines(job));
    else if (error && !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        torchlight_workspace_tell_error(page->workspace, _("tshark Could Not Check"),
                                        error->message);
    g_clear_object(&page->tshark);
}

static void
release_document(gpointer document)
{
    document_unref(document);
}

void
repair_page_check_with_tshark(TorchlightRepairPage *page)
{
    Document *document = torchlight_review_get_document(page->review);

    if (!document || page->tshark)
        return;
    page->tshark = tshark_job_new(review_params_new(document, page->choices), document->trace,
                                  document_ref(document), release_document);
    torchlight_compliance_pane_set_running(page->compliance, true);
    g_signal_connect_object(page->tshark, "finished", G_CALLBACK(on_tshark_finished), page,
                            G_CONNECT_SWAPPED);
    torchlight_workspace_start_job(page->workspace, page->tshark, "trace/repair");
}
