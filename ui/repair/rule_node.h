/* SPDX-License-Identifier: Apache-2.0 */
/* A rule in one of the two trees, with what it did to the reviewed trace; or the head of a tree. */
#pragma once

#include <gtk/gtk.h>

#include "app/repair/repair_choices.h"
#include "app/repair/repair_story.h"

#define TORCHLIGHT_TYPE_RULE_NODE (torchlight_rule_node_get_type())
G_DECLARE_FINAL_TYPE(TorchlightRuleNode, torchlight_rule_node, TORCHLIGHT, RULE_NODE, GObject)

/* Signal "changed": counts or on. */

/* The heads of the two trees with all rules below: a GListModel of TorchlightRuleNode. */
GListModel *rule_nodes_new(void);
/* New counts and switches for all; story NULL: no counts. */
void rule_nodes_update(GListModel *roots, const RepairStory *story, const RepairChoices *choices);

int torchlight_rule_node_get_rule(TorchlightRuleNode *node); /* -1: the head of a tree */
/* "tcp-window", or "Within a Packet". */
const char *torchlight_rule_node_get_title(TorchlightRuleNode *node);
/* What must hold; of a head what its rules are about. Translated. */
const char *torchlight_rule_node_get_statement(TorchlightRuleNode *node);
RepairRuleCount torchlight_rule_node_get_count(TorchlightRuleNode *node);
bool torchlight_rule_node_is_on(TorchlightRuleNode *node);
/* It changed something, or would have; or it is off. */
bool torchlight_rule_node_is_active(TorchlightRuleNode *node);
/* It is active, or a rule that waits for it is. */
bool torchlight_rule_node_has_active(TorchlightRuleNode *node);
/* TorchlightRuleNode elements: the rules that hang from it. Borrowed, NULL for none. */
GListModel *torchlight_rule_node_get_children(TorchlightRuleNode *node);
