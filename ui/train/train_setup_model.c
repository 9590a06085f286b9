/* SPDX-License-Identifier: Apache-2.0 */
/* The base model of a training: the bundled one, those of the project, any folder or
 * file. */
#include <glib/gi18n.h>

#include "ui/train/train_setup_private.h"

static void
add_model(TorchlightTrainSetup *setup, GtkStringList *names, const char *name, char *path)
{
    gtk_string_list_append(names, name);
    g_ptr_array_add(setup->models, path);
}

void
train_setup_list_models(TorchlightTrainSetup *setup)
{
    TorchlightProject *project = torchlight_workspace_get_project(setup->workspace);
    GListModel *items = project ? torchlight_project_get_items(project, ITEM_MODEL) : NULL;
    g_autoptr(GtkStringList) names = gtk_string_list_new(NULL);

    g_ptr_array_set_size(setup->models, 0);
    add_model(setup, names, _("Bundled Mini Model"), NULL);
    for (guint i = 0; items && i < g_list_model_get_n_items(items); i++) {
        g_autoptr(TorchlightItem) item = g_list_model_get_item(items, i);

        add_model(setup, names, torchlight_item_get_name(item), torchlight_item_dup_path(item));
    }
    adw_combo_row_set_model(ADW_COMBO_ROW(setup->model), G_LIST_MODEL(names));
}

static void
use_model(TorchlightTrainSetup *setup, const char *path)
{
    TorchlightProject *project = torchlight_workspace_get_project(setup->workspace);
    g_autofree char *name = g_path_get_basename(path);
    JsonObject *record = NULL;

    if (!project)
        return;
    if (!torchlight_project_find_file(project, path)) {
        g_autofree char *file = torchlight_project_relative(project, path);

        record = json_object_new();
        json_object_set_string_member(record, "file", file);
        json_object_set_string_member(record, "name", name);
        torchlight_project_begin(project, _("Add Model"));
        torchlight_project_add(project, ITEM_MODEL, record);
        torchlight_project_end(project);
        train_setup_list_models(setup);
    }
    for (guint i = 0; i < setup->models->len; i++) {
        if (g_strcmp0(setup->models->pdata[i], path) == 0)
            adw_combo_row_set_selected(ADW_COMBO_ROW(setup->model), i);
    }
}

static void
on_chosen(GtkNativeDialog *dialog, int response, TorchlightTrainSetup *setup)
{
    g_autoptr(GFile) file = NULL;
    g_autofree char *path = NULL;

    if (response != GTK_RESPONSE_ACCEPT)
        return;
    file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
    path = file ? g_file_get_path(file) : NULL;
    if (path)
        use_model(setup, path);
}

static void
choose(TorchlightTrainSetup *setup, GtkFileChooserAction action)
{
    g_autoptr(GtkFileFilter) filter = gtk_file_filter_new();

    g_clear_object(&setup->chooser);
    setup->chooser = gtk_file_chooser_native_new(_("Choose a Model"),
                                                 GTK_WINDOW(gtk_widget_get_root(GTK_WIDGET(setup))),
                                                 action, _("_Choose"), NULL);
    gtk_file_filter_set_name(filter, _("Models"));
    gtk_file_filter_add_suffix(filter, "safetensors");
    if (action == GTK_FILE_CHOOSER_ACTION_OPEN)
        gtk_file_chooser_add_filter(GTK_FILE_CHOOSER(setup->chooser), filter);
    gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(setup->chooser), TRUE);
    g_signal_connect_object(setup->chooser, "response", G_CALLBACK(on_chosen), setup, 0);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(setup->chooser));
}

void
train_setup_choose_model(TorchlightTrainSetup *setup)
{
    choose(setup, GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER);
}

void
train_setup_choose_model_file(TorchlightTrainSetup *setup)
{
    choose(setup, GTK_FILE_CHOOSER_ACTION_OPEN);
}
