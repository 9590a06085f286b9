/* SPDX-License-Identifier: Apache-2.0 */
/* A card and its menu. */
#include "ui/train/lora_card_view.h"

#include <glib/gi18n.h>

#include "ui/train/lora_item.h"
#include "ui/train/picture_load.h"

struct _TorchlightLoraCardView {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *content, *picture, *no_picture, *name, *words, *facts, *use, *more;

    /* borrowed */
    TorchlightWorkspace *workspace;

    /* owned */
    TorchlightItem *item;
    GtkFileChooserNative *chooser;
};

G_DEFINE_FINAL_TYPE(TorchlightLoraCardView, torchlight_lora_card_view, GTK_TYPE_WIDGET)

static void
show(TorchlightLoraCardView *card)
{
    TorchlightProject *project = torchlight_workspace_get_project(card->workspace);
    const char *words = torchlight_item_get_string(card->item, "words");
    g_autofree char *facts = lora_item_dup_facts(card->item);
    g_autofree char *preview = project ? lora_item_dup_preview(project, card->item) : NULL;
    g_autofree char *path = torchlight_item_dup_path(card->item);
    g_autofree char *menu =
        g_strdup_printf(_("Menu of “%s”"), torchlight_item_get_name(card->item));
    bool has_picture = preview && g_file_test(preview, G_FILE_TEST_IS_REGULAR);
    bool is_there = path && g_file_test(path, G_FILE_TEST_IS_REGULAR);

    gtk_label_set_label(GTK_LABEL(card->name), torchlight_item_get_name(card->item));
    gtk_widget_set_tooltip_text(card->name, torchlight_item_get_name(card->item));
    gtk_label_set_label(GTK_LABEL(card->words), words ? words : "");
    gtk_widget_set_visible(card->words, words != NULL);
    gtk_label_set_label(GTK_LABEL(card->facts), is_there ? facts : _("Its file is gone"));
    gtk_widget_set_visible(card->picture, has_picture);
    gtk_widget_set_visible(card->no_picture, !has_picture);
    gtk_widget_set_sensitive(card->use, is_there);
    gtk_widget_action_set_enabled(GTK_WIDGET(card), "lora.export", is_there);
    gtk_picture_set_alternative_text(GTK_PICTURE(card->picture), _("The last preview"));
    if (has_picture)
        picture_load_thumbnail(GTK_PICTURE(card->picture), card->workspace,
                               torchlight_item_get_id(card->item), preview);
    gtk_accessible_update_property(GTK_ACCESSIBLE(card->more), GTK_ACCESSIBLE_PROPERTY_LABEL, menu,
                                   -1);
    gtk_accessible_update_property(GTK_ACCESSIBLE(card), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   torchlight_item_get_name(card->item), -1);
}

TorchlightItem *
torchlight_lora_card_view_get_item(TorchlightLoraCardView *card)
{
    return card->item;
}

static void
on_use(TorchlightLoraCardView *card)
{
    torchlight_workspace_use_lora(card->workspace, card->item);
}

/* --- rename, delete --- */

static void
on_rename_response(AdwMessageDialog *dialog, const char *response, TorchlightLoraCardView *card)
{
    TorchlightProject *project = torchlight_workspace_get_project(card->workspace);
    GtkWidget *entry = adw_message_dialog_get_extra_child(dialog);
    g_autofree char *name = g_strstrip(g_strdup(gtk_editable_get_text(GTK_EDITABLE(entry))));

    if (!project || !*name || !g_str_equal(response, "rename"))
        return;
    torchlight_project_begin(project, _("Rename LoRA"));
    torchlight_project_set_string(project, card->item, "name", name);
    torchlight_project_end(project);
}

static void
rename_action(GtkWidget *widget, const char *action, GVariant *parameter)
{
    TorchlightLoraCardView *card = TORCHLIGHT_LORA_CARD_VIEW(widget);
    GtkWidget *dialog =
        adw_message_dialog_new(GTK_WINDOW(gtk_widget_get_root(widget)), _("Rename LoRA"), NULL);
    GtkWidget *entry = gtk_entry_new();

    gtk_editable_set_text(GTK_EDITABLE(entry), torchlight_item_get_name(card->item));
    gtk_entry_set_activates_default(GTK_ENTRY(entry), TRUE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("New name"), -1);
    adw_message_dialog_set_extra_child(ADW_MESSAGE_DIALOG(dialog), entry);
    adw_message_dialog_add_responses(ADW_MESSAGE_DIALOG(dialog), "cancel", _("_Cancel"), "rename",
                                     _("_Rename"), NULL);
    adw_message_dialog_set_response_appearance(ADW_MESSAGE_DIALOG(dialog), "rename",
                                               ADW_RESPONSE_SUGGESTED);
    adw_message_dialog_set_default_response(ADW_MESSAGE_DIALOG(dialog), "rename");
    adw_message_dialog_set_close_response(ADW_MESSAGE_DIALOG(dialog), "cancel");
    g_signal_connect_object(dialog, "response", G_CALLBACK(on_rename_response), card, 0);
    gtk_window_present(GTK_WINDOW(dialog));
    gtk_widget_grab_focus(entry);
}

static void
delete_action(GtkWidget *widget, const char *action, GVariant *parameter)
{
    TorchlightLoraCardView *card = TORCHLIGHT_LORA_CARD_VIEW(widget);
    TorchlightProject *project = torchlight_workspace_get_project(card->workspace);
    g_autoptr(TorchlightItem) item = g_object_ref(card->item);
    g_autofree char *text =
        g_strdup_printf(_("Deleted “%s”"), torchlight_item_get_name(card->item));
    TorchlightWorkspace *workspace = card->workspace;

    if (!project)
        return;
    torchlight_project_begin(project, _("Delete LoRA"));
    torchlight_project_remove(project, item); /* the card may be gone now */
    torchlight_project_end(project);
    torchlight_workspace_toast_action(workspace, text, _("_Undo"), "win.undo", NULL);
}

/* --- export --- */

static void
on_copied(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(TorchlightLoraCardView) card = data;
    g_autoptr(GError) error = NULL;

    if (g_file_copy_finish(G_FILE(source), result, &error))
        torchlight_workspace_toast(card->workspace, _("The LoRA was exported"));
    else
        torchlight_workspace_tell_error(card->workspace, _("The LoRA Was Not Exported"),
                                        error->message);
}

static void
on_export_response(GtkNativeDialog *dialog, int response, TorchlightLoraCardView *card)
{
    g_autofree char *path = torchlight_item_dup_path(card->item);
    g_autoptr(GFile) from = path ? g_file_new_for_path(path) : NULL;
    g_autoptr(GFile) to = NULL;

    if (response != GTK_RESPONSE_ACCEPT || !from)
        return;
    to = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
    g_file_copy_async(from, to, G_FILE_COPY_OVERWRITE, G_PRIORITY_DEFAULT, NULL, NULL, NULL,
                      on_copied, g_object_ref(card));
}

static void
export_action(GtkWidget *widget, const char *action, GVariant *parameter)
{
    TorchlightLoraCardView *card = TORCHLIGHT_LORA_CARD_VIEW(widget);
    g_autofree char *name = g_strconcat(torchlight_item_get_name(card->item), ".safetensors", NULL);

    g_clear_object(&card->chooser);
    card->chooser =
        gtk_file_chooser_native_new(_("Export LoRA"), GTK_WINDOW(gtk_widget_get_root(widget)),
                                    GTK_FILE_CHOOSER_ACTION_SAVE, _("_Export"), NULL);
    gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(card->chooser),
                                      g_strdelimit(name, "/", '-'));
    gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(card->chooser), TRUE);
    g_signal_connect_object(card->chooser, "response", G_CALLBACK(on_export_response), card, 0);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(card->chooser));
}

GtkWidget *
torchlight_lora_card_view_new(TorchlightWorkspace *workspace, TorchlightItem *item)
{
    TorchlightLoraCardView *card = g_object_new(TORCHLIGHT_TYPE_LORA_CARD_VIEW, NULL);

    card->workspace = workspace;
    card->item = g_object_ref(item);
    g_signal_connect_object(item, "changed", G_CALLBACK(show), card, G_CONNECT_SWAPPED);
    show(card);
    return GTK_WIDGET(card);
}

static void
torchlight_lora_card_view_dispose(GObject *object)
{
    TorchlightLoraCardView *card = TORCHLIGHT_LORA_CARD_VIEW(object);

    g_clear_pointer(&card->content, gtk_widget_unparent);
    g_clear_object(&card->chooser);
    g_clear_object(&card->item);
    G_OBJECT_CLASS(torchlight_lora_card_view_parent_class)->dispose(object);
}

static void
torchlight_lora_card_view_class_init(TorchlightLoraCardViewClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_lora_card_view_dispose;
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/lora_card_view.ui");
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_GROUP);
    gtk_widget_class_install_action(widget, "lora.rename", NULL, rename_action);
    gtk_widget_class_install_action(widget, "lora.delete", NULL, delete_action);
    gtk_widget_class_install_action(widget, "lora.export", NULL, export_action);
#define CHILD(name_) gtk_widget_class_bind_template_child(widget, TorchlightLoraCardView, name_)
    CHILD(content);
    CHILD(picture);
    CHILD(no_picture);
    CHILD(name);
    CHILD(words);
    CHILD(facts);
    CHILD(use);
    CHILD(more);
#undef CHILD
}

static void
torchlight_lora_card_view_init(TorchlightLoraCardView *card)
{
    gtk_widget_init_template(GTK_WIDGET(card));
    g_signal_connect_swapped(card->use, "clicked", G_CALLBACK(on_use), card);
}
