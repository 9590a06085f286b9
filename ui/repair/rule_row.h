/* SPDX-License-Identifier: Apache-2.0 */
/* A row of the trees of rules: colour, name, what must hold, how much it changed, and its switch.
 * Private to the rule list. */
#pragma once

#include "ui/repair/rule_node.h"

#define TORCHLIGHT_TYPE_RULE_ROW (torchlight_rule_row_get_type())
G_DECLARE_FINAL_TYPE(TorchlightRuleRow, torchlight_rule_row, TORCHLIGHT, RULE_ROW, GtkWidget)

/* Signal "switched" (int rule, bool on): the user did it. */
GtkWidget *torchlight_rule_row_new(void);
/* row: a GtkTreeListRow of a TorchlightRuleNode; NULL lets go of it. */
void torchlight_rule_row_bind(TorchlightRuleRow *row, GtkTreeListRow *tree_row);
/* Switches are shown but cannot be set. */
void torchlight_rule_row_set_fixed(TorchlightRuleRow *row, bool fixed);
