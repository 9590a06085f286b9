/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done with the selected traces. */
#include <glib/gi18n.h>

#include "ui/library/export_dialog.h"
#include "ui/library/library_page_private.h"
#include "ui/library/split_dialog.h"

static GPtrArray *
selected(TorchlightLibraryPage *page)
{
    return torchlight_workspace_dup_selected(page->workspace);
}

static GtkWindow *
window_of(GtkWidget *widget)
{
    return GTK_WINDOW(gtk_widget_get_root(widget));
}

static void
on_open(GtkWidget *widget, const char *name, GVariant *parameter)
{
    TorchlightLibraryPage *page = TORCHLIGHT_LIBRARY_PAGE(widget);
    g_autoptr(GPtrArray) items = selected(page);

    if (items->len == 0)
        return;
    torchlight_workspace_open_trace(page->workspace, items->pdata[0]);
    torchlight_workspace_go(page->workspace, "trace");
}

static void
on_captions(GtkWidget *widget, const char *name, GVariant *parameter)
{
    torchlight_workspace_go(TORCHLIGHT_LIBRARY_PAGE(widget)->workspace, "library/captions");
}

static void
on_select_all(GtkWidget *widget, const char *name, GVariant *parameter)
{
    gtk_selection_model_select_all(
        torchlight_workspace_get_traces(TORCHLIGHT_LIBRARY_PAGE(widget)->workspace));
}

static void
on_remove(GtkWidget *widget, const char *name, GVariant *parameter)
{
    TorchlightLibraryPage *page = TORCHLIGHT_LIBRARY_PAGE(widget);
    TorchlightProject *project = torchlight_workspace_get_project(page->workspace);
    g_autoptr(GPtrArray) items = selected(page);
    g_autofree char *text = NULL;

    if (items->len == 0)
        return;
    torchlight_project_begin(project,
                             ngettext("Delete Trace", "Delete Traces", (gulong)items->len));
    for (guint i = 0; i < items->len; i++) {
        if (items->pdata[i] == torchlight_workspace_get_trace(page->workspace))
            torchlight_workspace_open_trace(page->workspace, NULL);
    }
    torchlight_project_remove_many(project, items);
    torchlight_project_end(project);
    text =
        g_strdup_printf(ngettext("%u trace deleted", "%u traces deleted", items->len), items->len);
    torchlight_workspace_toast_action(page->workspace, text, _("_Undo"), "win.undo", NULL);
}

/* --- names --- */

typedef struct {
    TorchlightProject *project;
    TorchlightItem *item;
    GtkEditable *entry;
} Renaming;

static void
renaming_free(gpointer data, GClosure *closure)
{
    Renaming *renaming = data;

    g_object_unref(renaming->project);
    g_object_unref(renaming->item);
    g_free(renaming);
}

static void
on_rename_answer(AdwMessageDialog *dialog, const char *response, Renaming *renaming)
{
    g_autofree char *name = g_strdup(gtk_editable_get_text(renaming->entry));

    g_strstrip(name);
    if (!g_str_equal(response, "rename") || !*name)
        return;
    torchlight_project_begin(renaming->project, _("Rename"));
    torchlight_project_set_string(renaming->project, renaming->item, "name", name);
    torchlight_project_end(renaming->project);
}

static void
on_rename(GtkWidget *widget, const char *action, GVariant *parameter)
{
    TorchlightLibraryPage *page = TORCHLIGHT_LIBRARY_PAGE(widget);
    g_autoptr(GPtrArray) items = selected(page);
    GtkWidget *dialog, *entry;
    Renaming *renaming;

    if (items->len != 1)
        return;
    dialog = adw_message_dialog_new(window_of(widget), _("Rename Trace"), NULL);
    entry = gtk_entry_new();
    renaming = g_new(Renaming, 1);
    *renaming = (Renaming){g_object_ref(torchlight_workspace_get_project(page->workspace)),
                           g_object_ref(items->pdata[0]), GTK_EDITABLE(entry)};
    gtk_editable_set_text(GTK_EDITABLE(entry), torchlight_item_get_name(items->pdata[0]));
    gtk_entry_set_activates_default(GTK_ENTRY(entry), TRUE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Name"),
                                   -1);
    adw_message_dialog_set_extra_child(ADW_MESSAGE_DIALOG(dialog), entry);
    adw_message_dialog_add_responses(ADW_MESSAGE_DIALOG(dialog), "cancel", _("_Cancel"), "rename",
                                     _("_Rename"), NULL);
    adw_message_dialog_set_response_appearance(ADW_MESSAGE_DIALOG(dialog), "rename",
                                               ADW_RESPONSE_SUGGESTED);
    adw_message_dialog_set_default_response(ADW_MESSAGE_DIALOG(dialog), "rename");
    adw_message_dialog_set_close_response(ADW_MESSAGE_DIALOG(dialog), "cancel");
    g_signal_connect_data(dialog, "response", G_CALLBACK(on_rename_answer), renaming, renaming_free,
                          0);
    gtk_window_present(GTK_WINDOW(dialog));
}

/* --- splits --- */

static void
on_split(GtkWidget *widget, const char *action, GVariant *parameter)
{
    TorchlightLibraryPage *page = TORCHLIGHT_LIBRARY_PAGE(widget);
    TorchlightProject *project = torchlight_workspace_get_project(page->workspace);
    const char *split = g_variant_get_string(parameter, NULL);
    g_autoptr(GPtrArray) items = selected(page);

    torchlight_project_begin(project, _("Change What Traces Are Used For"));
    for (guint i = 0; i < items->len; i++)
        torchlight_project_set_string(project, items->pdata[i], "split", *split ? split : NULL);
    torchlight_project_end(project);
}

/* The selected traces, or all that are shown when none is. */
static GPtrArray *
selected_or_all(TorchlightLibraryPage *page)
{
    GListModel *traces = G_LIST_MODEL(torchlight_workspace_get_traces(page->workspace));
    g_autoptr(GPtrArray) items = selected(page);

    for (guint i = 0, n = items->len ? 0 : g_list_model_get_n_items(traces); i < n; i++)
        g_ptr_array_add(items, g_list_model_get_item(traces, i));
    return g_steal_pointer(&items);
}

static void
on_split_random(GtkWidget *widget, const char *action, GVariant *parameter)
{
    TorchlightLibraryPage *page = TORCHLIGHT_LIBRARY_PAGE(widget);
    g_autoptr(GPtrArray) items = selected_or_all(page);

    if (items->len > 0)
        split_dialog_show(window_of(widget), page->workspace, items);
}

/* --- files --- */

static void
on_export(GtkWidget *widget, const char *action, GVariant *parameter)
{
    TorchlightLibraryPage *page = TORCHLIGHT_LIBRARY_PAGE(widget);
    g_autoptr(GPtrArray) items = selected_or_all(page);

    if (items->len > 0)
        export_dialog_show(window_of(widget), page->workspace, items);
}

static void
on_show_folder(GtkWidget *widget, const char *action, GVariant *parameter)
{
    TorchlightLibraryPage *page = TORCHLIGHT_LIBRARY_PAGE(widget);
    g_autoptr(GPtrArray) items = selected(page);
    g_autofree char *path = items->len ? torchlight_item_dup_path(items->pdata[0]) : NULL;
    g_autofree char *folder = path ? g_path_get_dirname(path) : NULL;
    g_autofree char *uri = folder ? g_filename_to_uri(folder, NULL, NULL) : NULL;

    if (uri)
        gtk_show_uri(window_of(widget), uri, GDK_CURRENT_TIME);
}

void
library_page_update_actions(TorchlightLibraryPage *page)
{
    TorchlightProject *project = torchlight_workspace_get_project(page->workspace);
    g_autoptr(GtkBitset) set =
        gtk_selection_model_get_selection(torchlight_workspace_get_traces(page->workspace));
    guint64 n = gtk_bitset_get_size(set);
    bool writable = project && torchlight_project_is_writable(project);
    const struct {
        const char *name;
        bool enabled;
    } states[] = {
        {"library.open", n > 0},
        {"library.rename", n == 1 && writable},
        {"library.split", n > 0 && writable},
        {"library.split-random", writable},
        {"library.remove", n > 0 && writable},
        {"library.show-folder", n > 0},
        {"library.paste", writable},
        {"library.import-options", writable},
        {"library.import-samples", writable},
    };

    for (guint i = 0; i < G_N_ELEMENTS(states); i++)
        gtk_widget_action_set_enabled(GTK_WIDGET(page), states[i].name, states[i].enabled);
}

void
library_page_add_actions(TorchlightLibraryPageClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);
    static const struct {
        const char *name;
        const char *parameter;
        GtkWidgetActionActivateFunc func;
        guint key;
    } actions[] = {
        {"library.open", NULL, on_open, 0},
        {"library.captions", NULL, on_captions, 0},
        {"library.select-all", NULL, on_select_all, 0},
        {"library.remove", NULL, on_remove, GDK_KEY_Delete},
        {"library.rename", NULL, on_rename, GDK_KEY_F2},
        {"library.split", "s", on_split, 0},
        {"library.split-random", NULL, on_split_random, 0},
        {"library.export", NULL, on_export, 0},
        {"library.show-folder", NULL, on_show_folder, 0},
    };

    for (guint i = 0; i < G_N_ELEMENTS(actions); i++) {
        gtk_widget_class_install_action(widget, actions[i].name, actions[i].parameter,
                                        actions[i].func);
        if (actions[i].key)
            gtk_widget_class_add_binding_action(widget, actions[i].key, 0, actions[i].name, NULL);
    }
}
