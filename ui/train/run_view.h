/* SPDX-License-Identifier: Apache-2.0 */
/* One training in full: how far it is, its curve, its previews, what it said, and what can be done
 * with it. */
#pragma once

#include "ui/train/train_list.h"

#define TORCHLIGHT_TYPE_RUN_VIEW (torchlight_run_view_get_type())
G_DECLARE_FINAL_TYPE(TorchlightRunView, torchlight_run_view, TORCHLIGHT, RUN_VIEW, GtkWidget)

/* Signal "show-lora" (TorchlightItem). */
void torchlight_run_view_set_list(TorchlightRunView *view, TorchlightTrainList *list);
void torchlight_run_view_set_entry(TorchlightRunView *view, TorchlightTrainEntry *entry);
