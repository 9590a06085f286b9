/* SPDX-License-Identifier: Apache-2.0 */
/* The trees in a list view. */
#include "ui/repair/rule_list.h"

#include <glib/gi18n.h>

#include "ui/repair/rule_row.h"

struct _TorchlightRuleList {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *content;
    GtkCheckButton *only_active;
    GtkListView *view;

    /* owned */
    GListModel *roots;
    GtkFilter *filter;
    GtkTreeListModel *tree;
    GtkSingleSelection *selection;
    bool fixed, choosing;
};

enum { SIGNAL_SWITCHED, SIGNAL_CHOSEN, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(TorchlightRuleList, torchlight_rule_list, GTK_TYPE_WIDGET)

static TorchlightRuleNode *
dup_node(TorchlightRuleList *list, guint position)
{
    g_autoptr(GtkTreeListRow) row = g_list_model_get_item(G_LIST_MODEL(list->selection), position);

    return row ? gtk_tree_list_row_get_item(row) : NULL;
}

static int
chosen_rule(TorchlightRuleList *list)
{
    guint position = gtk_single_selection_get_selected(list->selection);
    g_autoptr(TorchlightRuleNode) node = dup_node(list, position);

    return node ? torchlight_rule_node_get_rule(node) : -1;
}

static void
on_selected(TorchlightRuleList *list)
{
    if (!list->choosing)
        g_signal_emit(list, signals[SIGNAL_CHOSEN], 0, chosen_rule(list));
}

void
torchlight_rule_list_choose(TorchlightRuleList *list, int rule)
{
    guint n = g_list_model_get_n_items(G_LIST_MODEL(list->selection)), found;

    for (found = 0; found < n; found++) {
        g_autoptr(TorchlightRuleNode) node = dup_node(list, found);
        if (rule >= 0 && torchlight_rule_node_get_rule(node) == rule)
            break;
    }
    list->choosing = true;
    gtk_single_selection_set_selected(list->selection,
                                      found < n ? found : GTK_INVALID_LIST_POSITION);
    list->choosing = false;
}

static gboolean
passes(gpointer node, gpointer data)
{
    TorchlightRuleList *list = data;

    return !gtk_check_button_get_active(list->only_active) ||
           torchlight_rule_node_has_active(node) || torchlight_rule_node_get_rule(node) < 0;
}

static void
on_only_active(TorchlightRuleList *list)
{
    int rule = chosen_rule(list);

    list->choosing = true;
    gtk_filter_changed(list->filter, gtk_check_button_get_active(list->only_active)
                                         ? GTK_FILTER_CHANGE_MORE_STRICT
                                         : GTK_FILTER_CHANGE_LESS_STRICT);
    list->choosing = false;
    torchlight_rule_list_choose(list, rule);
}

void
torchlight_rule_list_update(TorchlightRuleList *list, const RepairStory *story,
                            const RepairChoices *choices)
{
    int rule = chosen_rule(list);

    list->choosing = true;
    rule_nodes_update(list->roots, story, choices);
    gtk_filter_changed(list->filter, GTK_FILTER_CHANGE_DIFFERENT);
    list->choosing = false;
    torchlight_rule_list_choose(list, rule);
}

static void
fix_row(GtkWidget *widget, bool fixed)
{
    if (TORCHLIGHT_IS_RULE_ROW(widget))
        torchlight_rule_row_set_fixed(TORCHLIGHT_RULE_ROW(widget), fixed);
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
         child = gtk_widget_get_next_sibling(child))
        fix_row(child, fixed);
}

void
torchlight_rule_list_set_fixed(TorchlightRuleList *list, bool fixed)
{
    list->fixed = fixed;
    fix_row(GTK_WIDGET(list->view), fixed);
}

static GListModel *
filtered(TorchlightRuleList *list, GListModel *nodes)
{
    return G_LIST_MODEL(gtk_filter_list_model_new(g_object_ref(nodes), g_object_ref(list->filter)));
}

static GListModel *
make_children(gpointer node, gpointer data)
{
    GListModel *children = torchlight_rule_node_get_children(node);

    return children ? filtered(data, children) : NULL;
}

static void
on_switched(TorchlightRuleList *list, int rule, gboolean on)
{
    g_signal_emit(list, signals[SIGNAL_SWITCHED], 0, rule, on);
}

static void
set_up(TorchlightRuleList *list, GtkListItem *item)
{
    GtkWidget *row = torchlight_rule_row_new();

    torchlight_rule_row_set_fixed(TORCHLIGHT_RULE_ROW(row), list->fixed);
    g_signal_connect_object(row, "switched", G_CALLBACK(on_switched), list, G_CONNECT_SWAPPED);
    gtk_list_item_set_child(item, row);
}

static void
bind(GtkSignalListItemFactory *factory, GtkListItem *item)
{
    torchlight_rule_row_bind(TORCHLIGHT_RULE_ROW(gtk_list_item_get_child(item)),
                             gtk_list_item_get_item(item));
}

static void
unbind(GtkSignalListItemFactory *factory, GtkListItem *item)
{
    torchlight_rule_row_bind(TORCHLIGHT_RULE_ROW(gtk_list_item_get_child(item)), NULL);
}

static void
torchlight_rule_list_dispose(GObject *object)
{
    TorchlightRuleList *list = TORCHLIGHT_RULE_LIST(object);

    g_clear_pointer(&list->content, gtk_widget_unparent);
    g_clear_object(&list->selection);
    g_clear_object(&list->tree);
    g_clear_object(&list->filter);
    g_clear_object(&list->roots);
    G_OBJECT_CLASS(torchlight_rule_list_parent_class)->dispose(object);
}

static void
torchlight_rule_list_class_init(TorchlightRuleListClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_rule_list_dispose;
    signals[SIGNAL_SWITCHED] =
        g_signal_new("switched", TORCHLIGHT_TYPE_RULE_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                     G_TYPE_NONE, 2, G_TYPE_INT, G_TYPE_BOOLEAN);
    signals[SIGNAL_CHOSEN] = g_signal_new("chosen", TORCHLIGHT_TYPE_RULE_LIST, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
    gtk_widget_class_set_template_from_resource(widget,
                                                "/io/github/torchlight/Torchlight/ui/rule_list.ui");
    gtk_widget_class_bind_template_child(widget, TorchlightRuleList, content);
    gtk_widget_class_bind_template_child(widget, TorchlightRuleList, only_active);
    gtk_widget_class_bind_template_child(widget, TorchlightRuleList, view);
    gtk_widget_class_bind_template_callback(widget, on_only_active);
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_rule_list_init(TorchlightRuleList *list)
{
    g_autoptr(GtkListItemFactory) factory = gtk_signal_list_item_factory_new();

    list->roots = rule_nodes_new();
    gtk_widget_init_template(GTK_WIDGET(list));
    list->filter = GTK_FILTER(gtk_custom_filter_new(passes, list, NULL));
    list->tree = gtk_tree_list_model_new(filtered(list, list->roots), FALSE, TRUE, make_children,
                                         list, NULL);
    list->selection = gtk_single_selection_new(G_LIST_MODEL(g_object_ref(list->tree)));
    gtk_single_selection_set_autoselect(list->selection, FALSE);
    gtk_single_selection_set_can_unselect(list->selection, TRUE);
    gtk_single_selection_set_selected(list->selection, GTK_INVALID_LIST_POSITION);
    g_signal_connect_swapped(list->selection, "notify::selected", G_CALLBACK(on_selected), list);
    g_signal_connect_swapped(factory, "setup", G_CALLBACK(set_up), list);
    g_signal_connect(factory, "bind", G_CALLBACK(bind), NULL);
    g_signal_connect(factory, "unbind", G_CALLBACK(unbind), NULL);
    gtk_list_view_set_factory(list->view, factory);
    gtk_list_view_set_model(list->view, GTK_SELECTION_MODEL(list->selection));
}
