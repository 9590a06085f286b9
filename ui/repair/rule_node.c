/* SPDX-License-Identifier: Apache-2.0 */
/* The trees as list models. */
#include "ui/repair/rule_node.h"

#include <glib/gi18n.h>

struct _TorchlightRuleNode {
    GObject parent_instance;

    int rule;
    RepairTree tree; /* of a head */
    RepairRuleCount count;
    bool on;
    bool has_active;
    GListStore *children; /* NULL: a leaf */
};

static guint changed_signal;

G_DEFINE_FINAL_TYPE(TorchlightRuleNode, torchlight_rule_node, G_TYPE_OBJECT)

int
torchlight_rule_node_get_rule(TorchlightRuleNode *node)
{
    return node->rule;
}

const char *
torchlight_rule_node_get_title(TorchlightRuleNode *node)
{
    if (node->rule >= 0)
        return repair_rules(NULL)[node->rule]->id;
    return node->tree == REPAIR_INTRA_PACKET ? _("Within a Packet") : _("Between Packets");
}

const char *
torchlight_rule_node_get_statement(TorchlightRuleNode *node)
{
    if (node->rule >= 0)
        return _(repair_rules(NULL)[node->rule]->statement);
    return node->tree == REPAIR_INTRA_PACKET ? _("What a packet owes to itself")
                                             : _("What packets owe to each other");
}

RepairRuleCount
torchlight_rule_node_get_count(TorchlightRuleNode *node)
{
    return node->count;
}

bool
torchlight_rule_node_is_on(TorchlightRuleNode *node)
{
    return node->on;
}

bool
torchlight_rule_node_is_active(TorchlightRuleNode *node)
{
    return !node->on || node->count.n_bits > 0 || node->count.n_declined_bits > 0;
}

bool
torchlight_rule_node_has_active(TorchlightRuleNode *node)
{
    return node->has_active;
}

GListModel *
torchlight_rule_node_get_children(TorchlightRuleNode *node)
{
    return G_LIST_MODEL(node->children);
}

static void
torchlight_rule_node_finalize(GObject *object)
{
    g_clear_object(&TORCHLIGHT_RULE_NODE(object)->children);
    G_OBJECT_CLASS(torchlight_rule_node_parent_class)->finalize(object);
}

static void
torchlight_rule_node_class_init(TorchlightRuleNodeClass *class)
{
    G_OBJECT_CLASS(class)->finalize = torchlight_rule_node_finalize;
    changed_signal = g_signal_new("changed", TORCHLIGHT_TYPE_RULE_NODE, G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);
}

static void
torchlight_rule_node_init(TorchlightRuleNode *node)
{
    node->on = true;
}

/* The rules of a tree that hang from a rule, or for -1 from its head. */
static void
add_children(TorchlightRuleNode *node, RepairTree tree)
{
    int n;
    const RepairRule *const *rules = repair_rules(&n);

    for (int i = 0; i < n; i++) {
        g_autoptr(TorchlightRuleNode) child = NULL;
        if (rules[i]->tree != tree || repair_rule_parent(i) != node->rule)
            continue;
        child = g_object_new(TORCHLIGHT_TYPE_RULE_NODE, NULL);
        child->rule = i;
        add_children(child, tree);
        if (!node->children)
            node->children = g_list_store_new(TORCHLIGHT_TYPE_RULE_NODE);
        g_list_store_append(node->children, child);
    }
}

GListModel *
rule_nodes_new(void)
{
    GListStore *roots = g_list_store_new(TORCHLIGHT_TYPE_RULE_NODE);

    for (int tree = REPAIR_INTRA_PACKET; tree <= REPAIR_INTER_PACKET; tree++) {
        g_autoptr(TorchlightRuleNode) head = g_object_new(TORCHLIGHT_TYPE_RULE_NODE, NULL);
        head->rule = -1;
        head->tree = (RepairTree)tree;
        add_children(head, (RepairTree)tree);
        g_list_store_append(roots, head);
    }
    return G_LIST_MODEL(roots);
}

static void
update_node(TorchlightRuleNode *node, const RepairStory *story, const RepairChoices *choices)
{
    GListModel *children = G_LIST_MODEL(node->children);

    node->count =
        story && node->rule >= 0 ? repair_story_count(story, node->rule) : (RepairRuleCount){0};
    node->on = node->rule < 0 || !(choices->rules_off >> node->rule & 1);
    node->has_active = torchlight_rule_node_is_active(node);
    for (guint i = 0; children && i < g_list_model_get_n_items(children); i++) {
        g_autoptr(TorchlightRuleNode) child = g_list_model_get_item(children, i);
        update_node(child, story, choices);
        node->has_active |= child->has_active;
    }
    g_signal_emit(node, changed_signal, 0);
}

void
rule_nodes_update(GListModel *roots, const RepairStory *story, const RepairChoices *choices)
{
    for (guint i = 0; i < g_list_model_get_n_items(roots); i++) {
        g_autoptr(TorchlightRuleNode) head = g_list_model_get_item(roots, i);
        update_node(head, story, choices);
    }
}
