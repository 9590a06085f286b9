/* SPDX-License-Identifier: Apache-2.0 */
/* How files come into the library besides the chooser and drops, which are the window's: pasted,
 * with options, the samples. And the bar that shows an import. */
#include <glib/gi18n.h>
#include <string.h>

#include "app/jobs/paths.h"
#include "ui/library/import_dialog.h"
#include "ui/library/library_page_private.h"

enum { MAX_PASTED = 1 << 20 }; /* bytes of text */

static void
import(TorchlightLibraryPage *page, GPtrArray *files)
{
    if (files->len > 0)
        torchlight_workspace_import(page->workspace, (GFile *const *)files->pdata, (int)files->len,
                                    false);
    else
        torchlight_workspace_toast(page->workspace,
                                   _("The clipboard has no file: copy files, or a path."));
}

/* --- the clipboard --- */

/* Files of this machine that lines of text name, as a path or as a URI. */
static GPtrArray *
files_of_text(const char *text)
{
    g_auto(GStrv) lines = g_strsplit_set(text, "\r\n", -1);
    GPtrArray *files = g_ptr_array_new_with_free_func(g_object_unref);

    for (int i = 0; lines[i]; i++) {
        g_autoptr(GFile) file = NULL;

        g_strstrip(lines[i]);
        if (g_str_has_prefix(lines[i], "file:"))
            file = g_file_new_for_uri(lines[i]);
        else if (g_path_is_absolute(lines[i]))
            file = g_file_new_for_path(lines[i]);
        if (file && g_file_query_exists(file, NULL))
            g_ptr_array_add(files, g_steal_pointer(&file));
    }
    return files;
}

static void
on_text(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(TorchlightLibraryPage) page = data;
    g_autofree char *text = gdk_clipboard_read_text_finish(GDK_CLIPBOARD(source), result, NULL);
    g_autoptr(GPtrArray) files = files_of_text(text && strlen(text) <= MAX_PASTED ? text : "");

    if (page->workspace)
        import(page, files);
}

static void
on_files(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(TorchlightLibraryPage) page = data;
    const GValue *value = gdk_clipboard_read_value_finish(GDK_CLIPBOARD(source), result, NULL);
    g_autoptr(GPtrArray) files = g_ptr_array_new();

    for (GSList *at = value ? g_value_get_boxed(value) : NULL; at; at = at->next)
        g_ptr_array_add(files, at->data);
    if (page->workspace)
        import(page, files);
}

static void
on_paste(GtkWidget *widget, const char *name, GVariant *parameter)
{
    GdkClipboard *clipboard = gtk_widget_get_clipboard(widget);

    if (gdk_content_formats_contain_gtype(gdk_clipboard_get_formats(clipboard), GDK_TYPE_FILE_LIST))
        gdk_clipboard_read_value_async(clipboard, GDK_TYPE_FILE_LIST, G_PRIORITY_DEFAULT, NULL,
                                       on_files, g_object_ref(widget));
    else
        gdk_clipboard_read_text_async(clipboard, NULL, on_text, g_object_ref(widget));
}

static void
on_options(GtkWidget *widget, const char *name, GVariant *parameter)
{
    import_dialog_show(GTK_WINDOW(gtk_widget_get_root(widget)),
                       TORCHLIGHT_LIBRARY_PAGE(widget)->workspace);
}

static void
on_samples(GtkWidget *widget, const char *name, GVariant *parameter)
{
    g_autofree char *path = paths_data("samples", NULL);
    g_autoptr(GFile) samples = g_file_new_for_path(path);

    torchlight_workspace_import(TORCHLIGHT_LIBRARY_PAGE(widget)->workspace, &samples, 1, false);
}

/* --- the bar --- */

static void
show_progress(TorchlightLibraryPage *page)
{
    JobState state = page->import ? torchlight_job_get_state(page->import) : JOB_DONE;
    bool runs = state == JOB_PENDING || state == JOB_RUNNING || state == JOB_PAUSED;
    g_autofree char *message = runs ? torchlight_job_dup_message(page->import) : NULL;

    gtk_widget_set_visible(page->progress_box, runs);
    if (runs) {
        gtk_progress_bar_set_fraction(page->progress, torchlight_job_get_fraction(page->import));
        gtk_progress_bar_set_text(page->progress, message && *message ? message : _("Importing"));
    } else if (page->import) {
        g_signal_handlers_disconnect_by_data(page->import, page);
        g_clear_object(&page->import);
    }
}

/* The newest job, if it is an import. */
static void
on_jobs(TorchlightLibraryPage *page)
{
    g_autoptr(TorchlightJob) job =
        g_list_model_get_item(torchlight_workspace_get_jobs(page->workspace), 0);

    if (!job || job == page->import ||
        g_strcmp0(torchlight_workspace_get_job_page(page->workspace, job), "library") != 0)
        return;
    if (page->import)
        g_signal_handlers_disconnect_by_data(page->import, page);
    g_set_object(&page->import, job);
    g_signal_connect_object(job, "notify", G_CALLBACK(show_progress), page, G_CONNECT_SWAPPED);
    g_signal_connect_object(job, "finished", G_CALLBACK(show_progress), page, G_CONNECT_SWAPPED);
    show_progress(page);
}

static void
on_import_cancel(TorchlightLibraryPage *page)
{
    if (page->import)
        torchlight_job_cancel(page->import);
}

void
library_page_watch_jobs(TorchlightLibraryPage *page)
{
    g_signal_connect_object(torchlight_workspace_get_jobs(page->workspace), "items-changed",
                            G_CALLBACK(on_jobs), page, G_CONNECT_SWAPPED);
    on_jobs(page);
}

void
library_page_add_import_actions(TorchlightLibraryPageClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    gtk_widget_class_bind_template_callback(widget, on_import_cancel);
    gtk_widget_class_install_action(widget, "library.paste", NULL, on_paste);
    gtk_widget_class_install_action(widget, "library.import-options", NULL, on_options);
    gtk_widget_class_install_action(widget, "library.import-samples", NULL, on_samples);
}
