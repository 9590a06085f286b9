/* SPDX-License-Identifier: Apache-2.0 */
/* The shown trace as a picture file, and in Wireshark. Files have a palette of files, whatever the
 * screen has. */
#include "ui/trace/trace_page_private.h"

#include <glib/gi18n.h>

#include "ui/trace/wireshark.h"

/* --- picture --- */

typedef struct {
    Document *document;
    char *path;
} Saving;

static void
saving_free(gpointer data)
{
    Saving *saving = data;

    document_unref(saving->document);
    g_free(saving->path);
    g_free(saving);
}

static void
save_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Saving *saving = data;
    GError *error = NULL;

    if (trace_write_png(saving->document->first_picture->trace, saving->path,
                        palette_for_files(saving->document->palette), &error))
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, error);
}

static void
on_saved(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightTracePage *page = TORCHLIGHT_TRACE_PAGE(source);
    const Saving *saving = g_task_get_task_data(G_TASK(result));
    g_autofree char *name = g_filename_display_basename(saving->path);
    g_autofree char *toast = g_strdup_printf(_("“%s” saved"), name);
    g_autoptr(GError) error = NULL;

    if (!page->workspace)
        return;
    if (g_task_propagate_boolean(G_TASK(result), &error))
        torchlight_workspace_toast(page->workspace, toast);
    else
        torchlight_workspace_tell_error(page->workspace, _("The Picture Could Not Be Saved"),
                                        error->message);
}

static void
on_chosen(GtkNativeDialog *dialog, int response, TorchlightTracePage *page)
{
    g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
    g_autofree char *path = file ? g_file_get_path(file) : NULL;

    if (response == GTK_RESPONSE_ACCEPT && path && page->document) {
        g_autoptr(GTask) task = g_task_new(page, NULL, on_saved, NULL);
        Saving *saving = g_new0(Saving, 1);
        *saving = (Saving){document_ref(page->document), g_steal_pointer(&path)};
        g_task_set_task_data(task, saving, saving_free);
        g_task_run_in_thread(task, save_in_thread);
    }
    g_clear_object(&page->chooser);
}

static char *
stem_of(TorchlightTracePage *page)
{
    char *stem =
        g_strdup(page->item ? torchlight_item_get_name(page->item) : page->document->title);
    char *dot = strrchr(stem, '.');

    if (dot && dot > stem)
        *dot = '\0';
    return stem;
}

void
trace_page_save_picture(TorchlightTracePage *page)
{
    GtkRoot *root = gtk_widget_get_root(GTK_WIDGET(page));
    g_autofree char *stem = page->document ? stem_of(page) : NULL;
    g_autofree char *name = g_strconcat(stem ? stem : "", ".png", NULL);
    GtkFileChooserNative *chooser;

    if (!page->document || page->chooser)
        return;
    chooser = gtk_file_chooser_native_new(_("Save Picture"), GTK_WINDOW(root),
                                          GTK_FILE_CHOOSER_ACTION_SAVE, _("_Save"), _("_Cancel"));
    gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(chooser), name);
    page->chooser = GTK_NATIVE_DIALOG(chooser);
    gtk_native_dialog_set_modal(page->chooser, TRUE);
    g_signal_connect_object(chooser, "response", G_CALLBACK(on_chosen), page, 0);
    gtk_native_dialog_show(page->chooser);
}

/* --- Wireshark --- */

static void
on_opened(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightTracePage *page = TORCHLIGHT_TRACE_PAGE(source);
    g_autoptr(Document) document = data;
    g_autoptr(GError) error = NULL;

    if (!page->workspace)
        return;
    if (wireshark_open_finish(result, &error)) {
        torchlight_workspace_toast(page->workspace, _("Opening in Wireshark…"));
    } else {
        g_autofree char *text =
            g_strdup_printf(_("Wireshark could not be started: %s"), error->message);
        torchlight_workspace_toast(page->workspace, text);
    }
}

/* What was drawn by a model is repaired on the way; real packets are written as they are. */
void
trace_page_open_wireshark(TorchlightTracePage *page)
{
    const char *origin = page->item ? torchlight_item_get_string(page->item, "origin") : NULL;
    g_autofree char *stem = NULL;

    if (!page->document)
        return;
    stem = stem_of(page);
    wireshark_open(GTK_WIDGET(page), page->document->first_picture->trace,
                   g_strcmp0(origin, "generated") == 0, stem, on_opened,
                   document_ref(page->document));
}
