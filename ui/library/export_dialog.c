/* SPDX-License-Identifier: Apache-2.0 */
/* A name and a place, with the forms as a choice of the file chooser. */
#include "ui/library/export_dialog.h"

#include <glib/gi18n.h>

#include "app/jobs/dataset_export.h"

enum { KOHYA_REPEATS = 10 };

typedef struct {
    TorchlightWorkspace *workspace;
    GPtrArray *items;
} ExportDialog;

static void
dialog_free(gpointer data, GClosure *closure)
{
    ExportDialog *dialog = data;

    g_object_unref(dialog->workspace);
    g_ptr_array_unref(dialog->items);
    g_free(dialog);
}

static void
on_finished(TorchlightJob *job, TorchlightWorkspace *workspace)
{
    const GError *error = torchlight_job_get_error(job);
    g_autofree char *text = NULL;
    int n;

    if (error) {
        if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
            torchlight_workspace_tell_error(workspace, _("The Dataset Could Not Be Exported"),
                                            error->message);
        return;
    }
    n = dataset_export_get_count(job);
    text = g_strdup_printf(ngettext("%d trace exported", "%d traces exported", (gulong)n), n);
    torchlight_workspace_toast(workspace, text);
}

static void
start(ExportDialog *dialog, const char *path, const char *form)
{
    DatasetExportParams *params = dataset_export_params_new();
    g_autoptr(TorchlightJob) job = NULL;

    params->output = g_strdup(path);
    if (g_strcmp0(form, "kohya") == 0) {
        params->form.style = DATASET_KOHYA;
        params->form.repeats = KOHYA_REPEATS;
    }
    for (guint i = 0; i < dialog->items->len; i++) {
        TorchlightItem *item = dialog->items->pdata[i];
        g_autofree char *file = torchlight_item_dup_path(item);

        if (file)
            dataset_export_params_add(params, file, torchlight_item_get_caption(item),
                                      torchlight_item_get_string(item, "source"));
    }
    job = dataset_export_new(params);
    g_signal_connect_object(job, "finished", G_CALLBACK(on_finished), dialog->workspace, 0);
    torchlight_workspace_start_job(dialog->workspace, job, "library");
}

static void
on_response(GtkNativeDialog *native, int response, ExportDialog *dialog)
{
    GtkFileChooser *chooser = GTK_FILE_CHOOSER(native);

    if (response == GTK_RESPONSE_ACCEPT) {
        g_autoptr(GFile) file = gtk_file_chooser_get_file(chooser);
        g_autofree char *path = file ? g_file_get_path(file) : NULL;

        if (path)
            start(dialog, path, gtk_file_chooser_get_choice(chooser, "form"));
        else
            torchlight_workspace_tell_error(dialog->workspace,
                                            _("The Dataset Could Not Be Exported"),
                                            _("Choose a folder on this machine."));
    }
    g_object_unref(native);
}

void
export_dialog_show(GtkWindow *parent, TorchlightWorkspace *workspace, GPtrArray *items)
{
    const char *forms[] = {"torchlight", "kohya", NULL};
    const char *labels[] = {_("Pictures side by side"), _("Subfolders, as kohya_ss reads them"),
                            NULL};
    GtkFileChooserNative *native = gtk_file_chooser_native_new(
        _("Export as Dataset"), parent, GTK_FILE_CHOOSER_ACTION_SAVE, _("_Export"), _("_Cancel"));
    GtkFileChooser *chooser = GTK_FILE_CHOOSER(native);
    ExportDialog *dialog = g_new0(ExportDialog, 1);

    *dialog = (ExportDialog){g_object_ref(workspace), g_ptr_array_ref(items)};
    gtk_file_chooser_set_current_name(chooser, _("dataset"));
    gtk_file_chooser_add_choice(chooser, "form", _("Form"), forms, labels);
    gtk_file_chooser_set_choice(chooser, "form", forms[0]);
    gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(native), TRUE);
    g_signal_connect_data(native, "response", G_CALLBACK(on_response), dialog, dialog_free, 0);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(native));
}
