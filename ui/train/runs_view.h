/* SPDX-License-Identifier: Apache-2.0 */
/* The trainings of the project: a list, and the chosen one in full; side by side or, where it is
 * narrow, one after the other. */
#pragma once

#include "ui/train/train_list.h"

#define TORCHLIGHT_TYPE_RUNS_VIEW (torchlight_runs_view_get_type())
G_DECLARE_FINAL_TYPE(TorchlightRunsView, torchlight_runs_view, TORCHLIGHT, RUNS_VIEW, GtkWidget)

/* Signals "show-lora" (TorchlightItem), "set-up" (): somebody wants to begin. */
void torchlight_runs_view_set_list(TorchlightRunsView *view, TorchlightTrainList *list);
void torchlight_runs_view_show(TorchlightRunsView *view, TorchlightTrainEntry *entry);
