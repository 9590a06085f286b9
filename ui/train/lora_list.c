/* SPDX-License-Identifier: Apache-2.0 */
/* Cards of LoRAs, and loading one from a file. */
#include "ui/train/lora_list.h"

#include <glib/gi18n.h>

#include "ui/train/lora_card_view.h"
#include "ui/train/lora_item.h"

struct _TorchlightLoraList {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *content, *set_up, *scroller, *cards;

    /* borrowed */
    TorchlightWorkspace *workspace;

    /* owned */
    GtkFileChooserNative *chooser;
};

enum { SET_UP, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(TorchlightLoraList, torchlight_lora_list, GTK_TYPE_WIDGET)

static GtkWidget *
make_card(gpointer item, gpointer data)
{
    TorchlightLoraList *list = data;
    GtkWidget *child = gtk_flow_box_child_new();

    gtk_flow_box_child_set_child(GTK_FLOW_BOX_CHILD(child),
                                 torchlight_lora_card_view_new(list->workspace, item));
    gtk_widget_set_focusable(child, FALSE); /* its buttons are */
    gtk_widget_set_halign(child, GTK_ALIGN_START);
    return child;
}

static void
on_items(GListModel *items, guint position, guint removed, guint added, TorchlightLoraList *list)
{
    gtk_stack_set_visible_child_name(GTK_STACK(list->content),
                                     g_list_model_get_n_items(items) ? "cards" : "empty");
}

static void
on_project(TorchlightLoraList *list)
{
    TorchlightProject *project = torchlight_workspace_get_project(list->workspace);
    GListModel *items = project ? torchlight_project_get_items(project, ITEM_LORA) : NULL;

    gtk_flow_box_bind_model(GTK_FLOW_BOX(list->cards), items, make_card, list, NULL);
    if (!items)
        return;
    g_signal_connect_object(items, "items-changed", G_CALLBACK(on_items), list, 0);
    on_items(items, 0, 0, 0, list);
}

void
torchlight_lora_list_set_workspace(TorchlightLoraList *list, TorchlightWorkspace *workspace)
{
    list->workspace = workspace;
    g_signal_connect_object(workspace, "notify::project", G_CALLBACK(on_project), list,
                            G_CONNECT_SWAPPED);
    on_project(list);
}

void
torchlight_lora_list_show(TorchlightLoraList *list, TorchlightItem *lora)
{
    GtkFlowBoxChild *child;

    for (int i = 0; (child = gtk_flow_box_get_child_at_index(GTK_FLOW_BOX(list->cards), i)); i++) {
        GtkWidget *card = gtk_flow_box_child_get_child(child);

        if (torchlight_lora_card_view_get_item(TORCHLIGHT_LORA_CARD_VIEW(card)) == lora)
            gtk_widget_child_focus(GTK_WIDGET(child), GTK_DIR_TAB_FORWARD);
    }
}

static void
on_load_response(GtkNativeDialog *dialog, int response, TorchlightLoraList *list)
{
    TorchlightProject *project = torchlight_workspace_get_project(list->workspace);
    g_autoptr(GFile) file = NULL;
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;

    if (response != GTK_RESPONSE_ACCEPT || !project)
        return;
    file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
    path = file ? g_file_get_path(file) : NULL;
    if (path && !lora_item_load(project, path, &error))
        torchlight_workspace_tell_error(list->workspace, _("The LoRA Was Not Loaded"),
                                        error->message);
}

static void
load_action(GtkWidget *widget, const char *action, GVariant *parameter)
{
    TorchlightLoraList *list = TORCHLIGHT_LORA_LIST(widget);
    g_autoptr(GtkFileFilter) filter = gtk_file_filter_new();

    g_clear_object(&list->chooser);
    list->chooser =
        gtk_file_chooser_native_new(_("Load LoRA"), GTK_WINDOW(gtk_widget_get_root(widget)),
                                    GTK_FILE_CHOOSER_ACTION_OPEN, _("_Load"), NULL);
    gtk_file_filter_set_name(filter, _("LoRAs (.safetensors)"));
    gtk_file_filter_add_pattern(filter, "*.safetensors");
    gtk_file_chooser_add_filter(GTK_FILE_CHOOSER(list->chooser), filter);
    gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(list->chooser), TRUE);
    g_signal_connect_object(list->chooser, "response", G_CALLBACK(on_load_response), list, 0);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(list->chooser));
}

static void
on_set_up(TorchlightLoraList *list)
{
    g_signal_emit(list, signals[SET_UP], 0);
}

static void
torchlight_lora_list_dispose(GObject *object)
{
    TorchlightLoraList *list = TORCHLIGHT_LORA_LIST(object);

    g_clear_pointer(&list->content, gtk_widget_unparent);
    g_clear_object(&list->chooser);
    G_OBJECT_CLASS(torchlight_lora_list_parent_class)->dispose(object);
}

static void
torchlight_lora_list_class_init(TorchlightLoraListClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_lora_list_dispose;
    signals[SET_UP] = g_signal_new("set-up", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_template_from_resource(widget,
                                                "/io/github/torchlight/Torchlight/ui/lora_list.ui");
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_install_action(widget, "loras.load", NULL, load_action);
#define CHILD(name_) gtk_widget_class_bind_template_child(widget, TorchlightLoraList, name_)
    CHILD(content);
    CHILD(set_up);
    CHILD(scroller);
    CHILD(cards);
#undef CHILD
}

static void
torchlight_lora_list_init(TorchlightLoraList *list)
{
    gtk_widget_init_template(GTK_WIDGET(list));
    g_signal_connect_swapped(list->set_up, "clicked", G_CALLBACK(on_set_up), list);
}
