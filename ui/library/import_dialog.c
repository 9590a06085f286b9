/* SPDX-License-Identifier: Apache-2.0 */
/* The dialog of an import with options. */
#include "ui/library/import_dialog.h"

#include <glib/gi18n.h>

#include "app/dataset/caption_template.h"
#include "app/jobs/paths.h"
#include "app/trace/capture.h"

enum { MAX_PREVIEWS = 3 };

#define TORCHLIGHT_TYPE_IMPORT_DIALOG (torchlight_import_dialog_get_type())
G_DECLARE_FINAL_TYPE(TorchlightImportDialog, torchlight_import_dialog, TORCHLIGHT, IMPORT_DIALOG,
                     AdwWindow)

struct _TorchlightImportDialog {
    AdwWindow parent_instance;

    /* template */
    GtkWidget *accept;
    AdwActionRow *files_row;
    AdwComboRow *flows;
    GtkSpinButton *window, *min_packets, *max_pictures;
    GtkEditable *filter, *template;
    GtkLabel *preview;

    /* owned */
    TorchlightWorkspace *workspace;
    GPtrArray *paths; /* char* */
    GtkFileChooserNative *chooser;
    Vocabulary *vocabulary;
};

G_DEFINE_FINAL_TYPE(TorchlightImportDialog, torchlight_import_dialog, ADW_TYPE_WINDOW)

static void
mark(GtkEditable *row, const GError *error)
{
    if (error)
        gtk_widget_add_css_class(GTK_WIDGET(row), "error");
    else
        gtk_widget_remove_css_class(GTK_WIDGET(row), "error");
}

/* What captions would be, or what is wrong. */
static char *
preview_text(TorchlightImportDialog *dialog, const GError *error)
{
    g_autoptr(GString) text = g_string_new(error ? error->message : NULL);

    for (guint i = 0; !error && i < MIN(dialog->paths->len, MAX_PREVIEWS); i++) {
        const char *path = dialog->paths->pdata[i];
        g_autofree char *name = g_filename_display_basename(path);
        g_autofree char *caption = caption_template_apply(gtk_editable_get_text(dialog->template),
                                                          path, dialog->vocabulary);

        g_string_append_printf(text, "%s%s\n→ %s", i ? "\n" : "", name,
                               *caption ? caption : _("(no caption)"));
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void
on_changed(TorchlightImportDialog *dialog)
{
    const char *filter = gtk_editable_get_text(dialog->filter);
    g_autoptr(GError) bad_filter = NULL, bad_template = NULL;
    g_autofree char *text = NULL;

    if (*filter)
        capture_filter_check(filter, &bad_filter);
    caption_template_check(gtk_editable_get_text(dialog->template), &bad_template);
    mark(dialog->filter, bad_filter);
    mark(dialog->template, bad_template);
    text = preview_text(dialog, bad_filter ? bad_filter : bad_template);
    gtk_label_set_label(dialog->preview, text);
    gtk_widget_set_sensitive(dialog->accept,
                             dialog->paths->len > 0 && !bad_filter && !bad_template);
}

/* --- what is imported --- */

static void
on_chosen(GtkNativeDialog *native, int response, TorchlightImportDialog *dialog)
{
    g_autoptr(GListModel) files = gtk_file_chooser_get_files(GTK_FILE_CHOOSER(native));
    guint n = response == GTK_RESPONSE_ACCEPT ? g_list_model_get_n_items(files) : 0;
    g_autofree char *subtitle = NULL;
    g_autofree char *first = NULL;

    if (n > 0)
        g_ptr_array_set_size(dialog->paths, 0);
    for (guint i = 0; i < n; i++) {
        g_autoptr(GFile) file = g_list_model_get_item(files, i);
        char *path = g_file_get_path(file);

        if (path)
            g_ptr_array_add(dialog->paths, path);
    }
    g_clear_object(&dialog->chooser);
    if (dialog->paths->len == 0)
        return;
    first = g_filename_display_basename(dialog->paths->pdata[0]);
    subtitle = dialog->paths->len == 1
                   ? g_markup_escape_text(first, -1)
                   : g_strdup_printf(ngettext("%u file", "%u files", dialog->paths->len),
                                     dialog->paths->len);
    adw_action_row_set_subtitle(dialog->files_row, subtitle);
    on_changed(dialog);
}

static void
choose(TorchlightImportDialog *dialog, const char *title, GtkFileChooserAction action)
{
    GtkFileChooserNative *chooser =
        gtk_file_chooser_native_new(title, GTK_WINDOW(dialog), action, _("_Choose"), _("_Cancel"));

    gtk_file_chooser_set_select_multiple(GTK_FILE_CHOOSER(chooser),
                                         action == GTK_FILE_CHOOSER_ACTION_OPEN);
    gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(chooser), TRUE);
    g_signal_connect_object(chooser, "response", G_CALLBACK(on_chosen), dialog, 0);
    g_set_object(&dialog->chooser, chooser);
    g_object_unref(chooser);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(chooser));
}

static void
on_choose_files(TorchlightImportDialog *dialog)
{
    choose(dialog, _("Choose Captures or Pictures"), GTK_FILE_CHOOSER_ACTION_OPEN);
}

static void
on_choose_folder(TorchlightImportDialog *dialog)
{
    choose(dialog, _("Choose a Folder"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER);
}

static void
on_accept(TorchlightImportDialog *dialog)
{
    static const FlowBy flows[] = {FLOW_BY_CAPTURE, FLOW_BY_TUPLE, FLOW_BY_HOSTS};
    TorchlightProject *project = torchlight_workspace_get_project(dialog->workspace);
    ImportParams *params = import_params_new();
    const char *filter = gtk_editable_get_text(dialog->filter);

    g_ptr_array_add(dialog->paths, NULL);
    params->dir = g_strdup(torchlight_project_get_dir(project));
    params->inputs = g_strdupv((char **)dialog->paths->pdata);
    params->template = g_strdup(gtk_editable_get_text(dialog->template));
    params->filter = *filter ? g_strdup(filter) : NULL;
    params->flows = flows[MIN(adw_combo_row_get_selected(dialog->flows), 2)];
    params->window = gtk_spin_button_get_value_as_int(dialog->window);
    params->min_packets = gtk_spin_button_get_value_as_int(dialog->min_packets);
    params->max_pictures = gtk_spin_button_get_value_as_int(dialog->max_pictures);
    torchlight_workspace_import_with(dialog->workspace, params, false);
    gtk_window_destroy(GTK_WINDOW(dialog));
}

static void
torchlight_import_dialog_dispose(GObject *object)
{
    TorchlightImportDialog *dialog = TORCHLIGHT_IMPORT_DIALOG(object);

    g_clear_object(&dialog->chooser);
    g_clear_object(&dialog->workspace);
    g_clear_pointer(&dialog->paths, g_ptr_array_unref);
    g_clear_pointer(&dialog->vocabulary, vocabulary_free);
    G_OBJECT_CLASS(torchlight_import_dialog_parent_class)->dispose(object);
}

static void
torchlight_import_dialog_class_init(TorchlightImportDialogClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_import_dialog_dispose;
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/import_dialog.ui");
#define BIND(child) gtk_widget_class_bind_template_child(widget, TorchlightImportDialog, child)
    BIND(accept);
    BIND(files_row);
    BIND(flows);
    BIND(window);
    BIND(min_packets);
    BIND(max_pictures);
    BIND(filter);
    BIND(template);
    BIND(preview);
#undef BIND
    gtk_widget_class_bind_template_callback(widget, on_accept);
    gtk_widget_class_bind_template_callback(widget, on_changed);
    gtk_widget_class_bind_template_callback(widget, on_choose_files);
    gtk_widget_class_bind_template_callback(widget, on_choose_folder);
}

static void
torchlight_import_dialog_init(TorchlightImportDialog *dialog)
{
    g_autofree char *path = paths_vocabulary(NULL);

    dialog->paths = g_ptr_array_new_with_free_func(g_free);
    dialog->vocabulary = path ? vocabulary_read(path, NULL) : NULL;
    gtk_widget_init_template(GTK_WIDGET(dialog));
}

void
import_dialog_show(GtkWindow *parent, TorchlightWorkspace *workspace)
{
    TorchlightImportDialog *dialog =
        g_object_new(TORCHLIGHT_TYPE_IMPORT_DIALOG, "transient-for", parent, NULL);

    dialog->workspace = g_object_ref(workspace);
    gtk_window_present(GTK_WINDOW(dialog));
}
