/* SPDX-License-Identifier: Apache-2.0 */
/* Captions from files and into files. */
#include <glib/gi18n.h>

#include "app/dataset/captions.h"
#include "ui/captions/captions_page_private.h"

static void
run_chooser(TorchlightCaptionsPage *page, GtkFileChooserNative *native, GCallback on_response)
{
    gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(native), TRUE);
    g_signal_connect_object(native, "response", on_response, page, 0);
    g_set_object(&page->chooser, GTK_NATIVE_DIALOG(native));
    g_object_unref(native);
    gtk_native_dialog_show(page->chooser);
}

static char *
chosen_path(GtkNativeDialog *native, int response)
{
    g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT
                                ? gtk_file_chooser_get_file(GTK_FILE_CHOOSER(native))
                                : NULL;

    return file ? g_file_get_path(file) : NULL;
}

/* --- in --- */

static void
read_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    GError *error = NULL;
    Captions *captions = captions_open(data, &error);

    if (captions)
        g_task_return_pointer(task, captions, (GDestroyNotify)captions_free);
    else
        g_task_return_error(task, error);
}

static void
use_captions(TorchlightCaptionsPage *page, const Captions *captions)
{
    g_autoptr(GPtrArray) items = captions_page_dup_targets(page);
    g_autoptr(CaptionChange) change = caption_change_new(items);
    guint n_found = 0;

    for (guint i = 0; i < items->len; i++) {
        g_autofree char *path = torchlight_item_dup_path(items->pdata[i]);
        const char *source = torchlight_item_get_string(items->pdata[i], "source");
        const char *caption = captions_lookup(
            captions, path ? path : torchlight_item_get_name(items->pdata[i]), source);

        n_found += caption != NULL;
        if (caption)
            caption_change_set(change, i, caption);
    }
    if (n_found == 0) {
        torchlight_workspace_tell_error(
            page->workspace, _("No Caption Fits"),
            _("The table has no line for any of these traces: it names a trace by the file of its "
              "picture or of its capture."));
    } else if (caption_change_n_changed(change) == 0) {
        torchlight_workspace_toast(page->workspace, _("The captions are the same already"));
    } else {
        captions_page_apply(page, change, _("Import Captions"));
    }
}

static void
on_read(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightCaptionsPage *page = TORCHLIGHT_CAPTIONS_PAGE(source);
    g_autoptr(GError) error = NULL;
    Captions *captions = g_task_propagate_pointer(G_TASK(result), &error);

    if (page->workspace && captions)
        use_captions(page, captions);
    else if (page->workspace)
        torchlight_workspace_tell_error(page->workspace, _("The Captions Could Not Be Read"),
                                        error->message);
    captions_free(captions);
}

static void
on_import_chosen(GtkNativeDialog *native, int response, TorchlightCaptionsPage *page)
{
    g_autofree char *path = chosen_path(native, response);
    g_autoptr(GTask) task = NULL;

    if (path) {
        task = g_task_new(page, NULL, on_read, NULL);
        g_task_set_source_tag(task, on_import_chosen);
        g_task_set_task_data(task, g_steal_pointer(&path), g_free);
        g_task_run_in_thread(task, read_in_thread);
    }
    g_clear_object(&page->chooser);
}

static void
on_import(GtkWidget *widget, const char *name, GVariant *parameter)
{
    GtkFileChooserNative *native =
        gtk_file_chooser_native_new(_("Import Captions"), GTK_WINDOW(gtk_widget_get_root(widget)),
                                    GTK_FILE_CHOOSER_ACTION_OPEN, _("_Import"), _("_Cancel"));
    g_autoptr(GtkFileFilter) filter = gtk_file_filter_new();

    gtk_file_filter_set_name(filter, _("Tables of captions"));
    gtk_file_filter_add_pattern(filter, "*.csv");
    gtk_file_filter_add_pattern(filter, "*.jsonl");
    gtk_file_chooser_add_filter(GTK_FILE_CHOOSER(native), filter);
    run_chooser(TORCHLIGHT_CAPTIONS_PAGE(widget), native, G_CALLBACK(on_import_chosen));
}

static void
on_import_folder(GtkWidget *widget, const char *name, GVariant *parameter)
{
    run_chooser(TORCHLIGHT_CAPTIONS_PAGE(widget),
                gtk_file_chooser_native_new(
                    _("Import Captions of a Folder"), GTK_WINDOW(gtk_widget_get_root(widget)),
                    GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("_Import"), _("_Cancel")),
                G_CALLBACK(on_import_chosen));
}

/* --- out --- */

/* What a thread writes. */
typedef struct {
    char *path;
    CaptionsForm form;
    GPtrArray *files, *captions; /* char* */
} Writing;

static void
writing_free(gpointer data)
{
    Writing *writing = data;

    g_free(writing->path);
    g_ptr_array_unref(writing->files);
    g_ptr_array_unref(writing->captions);
    g_free(writing);
}

static void
write_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Writing *writing = data;
    g_autofree CaptionRow *rows = g_new(CaptionRow, writing->files->len);
    GError *error = NULL;
    int n;

    for (guint i = 0; i < writing->files->len; i++)
        rows[i] = (CaptionRow){writing->files->pdata[i], writing->captions->pdata[i]};
    n = captions_write(writing->path, writing->form, rows, writing->files->len, &error);
    if (n >= 0)
        g_task_return_int(task, n);
    else
        g_task_return_error(task, error);
}

static void
on_written(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightCaptionsPage *page = TORCHLIGHT_CAPTIONS_PAGE(source);
    g_autoptr(GError) error = NULL;
    gssize n = g_task_propagate_int(G_TASK(result), &error);
    g_autofree char *text = NULL;

    if (!page->workspace)
        return;
    if (error) {
        torchlight_workspace_tell_error(page->workspace, _("The Captions Could Not Be Written"),
                                        error->message);
        return;
    }
    text =
        g_strdup_printf(ngettext("%d caption exported", "%d captions exported", (gulong)n), (int)n);
    torchlight_workspace_toast(page->workspace, text);
}

static const char form_key[] = "torchlight-form";

static void
on_export_chosen(GtkNativeDialog *native, int response, TorchlightCaptionsPage *page)
{
    g_autofree char *path = chosen_path(native, response);
    g_autoptr(GPtrArray) items = captions_page_dup_targets(page);
    g_autoptr(GTask) task = NULL;
    Writing *writing;

    if (path) {
        writing = g_new0(Writing, 1);
        writing->path = g_steal_pointer(&path);
        writing->form =
            (CaptionsForm)GPOINTER_TO_INT(g_object_get_data(G_OBJECT(native), form_key));
        writing->files = g_ptr_array_new_with_free_func(g_free);
        writing->captions = g_ptr_array_new_with_free_func(g_free);
        for (guint i = 0; i < items->len; i++) {
            g_autofree char *file = torchlight_item_dup_path(items->pdata[i]);

            g_ptr_array_add(writing->files,
                            file ? g_path_get_basename(file)
                                 : g_strdup(torchlight_item_get_name(items->pdata[i])));
            g_ptr_array_add(writing->captions,
                            g_strdup(torchlight_item_get_caption(items->pdata[i])));
        }
        task = g_task_new(page, NULL, on_written, NULL);
        g_task_set_source_tag(task, on_export_chosen);
        g_task_set_task_data(task, writing, writing_free);
        g_task_run_in_thread(task, write_in_thread);
    }
    g_clear_object(&page->chooser);
}

static void
on_export(GtkWidget *widget, const char *name, GVariant *parameter)
{
    static const char *const names[] = {"captions.csv", "metadata.jsonl", NULL};
    GtkFileChooserNative *native;
    CaptionsForm form;

    if (!captions_form_by_name(g_variant_get_string(parameter, NULL), &form, NULL))
        return;
    native = gtk_file_chooser_native_new(
        _("Export Captions"), GTK_WINDOW(gtk_widget_get_root(widget)),
        form == CAPTIONS_TXT ? GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER : GTK_FILE_CHOOSER_ACTION_SAVE,
        _("_Export"), _("_Cancel"));
    if (names[form])
        gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(native), names[form]);
    g_object_set_data(G_OBJECT(native), form_key, GINT_TO_POINTER((int)form));
    run_chooser(TORCHLIGHT_CAPTIONS_PAGE(widget), native, G_CALLBACK(on_export_chosen));
}

void
captions_page_add_file_actions(TorchlightCaptionsPageClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    gtk_widget_class_install_action(widget, "captions.import", NULL, on_import);
    gtk_widget_class_install_action(widget, "captions.import-folder", NULL, on_import_folder);
    gtk_widget_class_install_action(widget, "captions.export", "s", on_export);
}
