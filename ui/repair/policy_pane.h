/* SPDX-License-Identifier: Apache-2.0 */
/* By which policies what no picture holds is made: times, addresses, payload, form of the capture.
 */
#pragma once

#include "app/repair/repair_choices.h"
#include "ui/workspace.h"

#define TORCHLIGHT_TYPE_POLICY_PANE (torchlight_policy_pane_get_type())
G_DECLARE_FINAL_TYPE(TorchlightPolicyPane, torchlight_policy_pane, TORCHLIGHT, POLICY_PANE,
                     GtkWidget)

/* Signal "changed": the user chose something else; _apply then has it. */

void torchlight_policy_pane_set_workspace(TorchlightPolicyPane *pane,
                                          TorchlightWorkspace *workspace);
/* Shows the policies of choices, whose files are absolute, for this document. Signals nothing. */
void torchlight_policy_pane_update(TorchlightPolicyPane *pane, const Document *document,
                                   const RepairChoices *choices);
/* Writes the shown policies into choices; files are absolute. */
void torchlight_policy_pane_apply(TorchlightPolicyPane *pane, RepairChoices *choices);
void torchlight_policy_pane_set_fixed(TorchlightPolicyPane *pane, bool fixed);
