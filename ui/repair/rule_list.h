/* SPDX-License-Identifier: Apache-2.0 */
/* The two trees of rules, as the legend of the colours: each rule under what it waits for, with
 * what it changed and its switch. */
#pragma once

#include "ui/repair/rule_node.h"

#define TORCHLIGHT_TYPE_RULE_LIST (torchlight_rule_list_get_type())
G_DECLARE_FINAL_TYPE(TorchlightRuleList, torchlight_rule_list, TORCHLIGHT, RULE_LIST, GtkWidget)

/* Signals: "switched" (int rule, bool on), "chosen" (int rule, -1: none); the user did it. */

/* story NULL: nothing is known yet. */
void torchlight_rule_list_update(TorchlightRuleList *list, const RepairStory *story,
                                 const RepairChoices *choices);
/* -1: none. Signals nothing. */
void torchlight_rule_list_choose(TorchlightRuleList *list, int rule);
/* The project cannot be written to: switches are shown only. */
void torchlight_rule_list_set_fixed(TorchlightRuleList *list, bool fixed);
