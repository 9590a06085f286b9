/* SPDX-License-Identifier: Apache-2.0 */
/* Three shares and a seed. */
#include "ui/library/split_dialog.h"

#include <glib/gi18n.h>

#include "app/dataset/split.h"

typedef struct {
    TorchlightWorkspace *workspace;
    TorchlightProject *project;
    GPtrArray *items;
    GtkSpinButton *shares[N_SPLIT_PARTS], *seed;
} SplitDialog;

static void
dialog_free(gpointer data, GClosure *closure)
{
    SplitDialog *dialog = data;

    g_object_unref(dialog->workspace);
    g_object_unref(dialog->project);
    g_ptr_array_unref(dialog->items);
    g_free(dialog);
}

static void
split(SplitDialog *dialog)
{
    guint n = dialog->items->len;
    g_autofree const char **captures = g_new0(const char *, n);
    g_autofree SplitPart *parts = g_new0(SplitPart, n);
    guint counts[N_SPLIT_PARTS] = {0};
    double shares[N_SPLIT_PARTS];
    g_autofree char *text = NULL;

    for (int part = 0; part < N_SPLIT_PARTS; part++)
        shares[part] = gtk_spin_button_get_value(dialog->shares[part]);
    if (shares[0] + shares[1] + shares[2] <= 0)
        return;
    for (guint i = 0; i < n; i++)
        captures[i] = torchlight_item_get_string(dialog->items->pdata[i], "source");
    split_by_capture(captures, n, shares, (guint64)gtk_spin_button_get_value(dialog->seed), parts);
    torchlight_project_begin(dialog->project, _("Split at Random"));
    for (guint i = 0; i < n; i++) {
        counts[parts[i]]++;
        torchlight_project_set_string(dialog->project, dialog->items->pdata[i], "split",
                                      split_part_name(parts[i]));
    }
    torchlight_project_end(dialog->project);
    text = g_strdup_printf(_("%u for training, %u for validation, %u for test"), counts[0],
                           counts[1], counts[2]);
    torchlight_workspace_toast_action(dialog->workspace, text, _("_Undo"), "win.undo", NULL);
}

static void
on_answer(AdwMessageDialog *widget, const char *response, SplitDialog *dialog)
{
    if (g_str_equal(response, "split"))
        split(dialog);
}

static GtkSpinButton *
add_row(GtkWidget *list, const char *title, double value, double max)
{
    GtkWidget *row = adw_action_row_new();
    GtkWidget *spin = gtk_spin_button_new_with_range(0, max, 1);

    gtk_spin_button_set_value(GTK_SPIN_BUTTON(spin), value);
    gtk_widget_set_valign(spin, GTK_ALIGN_CENTER);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
    adw_action_row_add_suffix(ADW_ACTION_ROW(row), spin);
    adw_action_row_set_activatable_widget(ADW_ACTION_ROW(row), spin);
    gtk_accessible_update_property(GTK_ACCESSIBLE(spin), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
    gtk_list_box_append(GTK_LIST_BOX(list), row);
    return GTK_SPIN_BUTTON(spin);
}

void
split_dialog_show(GtkWindow *parent, TorchlightWorkspace *workspace, GPtrArray *items)
{
    GtkWidget *widget = adw_message_dialog_new(
        parent, _("Split at Random"),
        _("Traces of one capture stay together, so that nothing is tested that was trained on."));
    GtkWidget *list = gtk_list_box_new();
    SplitDialog *dialog = g_new0(SplitDialog, 1);

    dialog->workspace = g_object_ref(workspace);
    dialog->project = g_object_ref(torchlight_workspace_get_project(workspace));
    dialog->items = g_ptr_array_ref(items);
    gtk_list_box_set_selection_mode(GTK_LIST_BOX(list), GTK_SELECTION_NONE);
    gtk_widget_add_css_class(list, "boxed-list");
    dialog->shares[SPLIT_INTO_TRAIN] = add_row(list, _("Training, %"), 80, 100);
    dialog->shares[SPLIT_INTO_VALIDATION] = add_row(list, _("Validation, %"), 10, 100);
    dialog->shares[SPLIT_INTO_TEST] = add_row(list, _("Test, %"), 10, 100);
    dialog->seed = add_row(list, _("Seed"), 1, G_MAXINT);
    adw_message_dialog_set_extra_child(ADW_MESSAGE_DIALOG(widget), list);
    adw_message_dialog_add_responses(ADW_MESSAGE_DIALOG(widget), "cancel", _("_Cancel"), "split",
                                     _("_Split"), NULL);
    adw_message_dialog_set_response_appearance(ADW_MESSAGE_DIALOG(widget), "split",
                                               ADW_RESPONSE_SUGGESTED);
    adw_message_dialog_set_default_response(ADW_MESSAGE_DIALOG(widget), "split");
    adw_message_dialog_set_close_response(ADW_MESSAGE_DIALOG(widget), "cancel");
    g_signal_connect_data(widget, "response", G_CALLBACK(on_answer), dialog, dialog_free, 0);
    gtk_window_present(GTK_WINDOW(widget));
}
