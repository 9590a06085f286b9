/* SPDX-License-Identifier: Apache-2.0 */
/* The trainings of a workspace's project: those that run, those that were broken off, those that
 * are done; and the LoRAs they leave. Widgets watch it; it knows none. Main thread. */
#pragma once

#include "ui/train/train_entry.h"
#include "ui/workspace.h"

#define TORCHLIGHT_TYPE_TRAIN_LIST (torchlight_train_list_get_type())
G_DECLARE_FINAL_TYPE(TorchlightTrainList, torchlight_train_list, TORCHLIGHT, TRAIN_LIST, GObject)

/* Signal "lora-added" (TorchlightItem): a training has ended with a LoRA. */
TorchlightTrainList *torchlight_train_list_new(TorchlightWorkspace *workspace);
/* TorchlightTrainEntry elements, the latest first; borrowed. */
GListModel *torchlight_train_list_get_entries(TorchlightTrainList *list);

/* Starts a training: fills the places of its LoRA and its run from name, and takes params. Its
 * entry, borrowed. */
TorchlightTrainEntry *torchlight_train_list_start(TorchlightTrainList *list, const char *name,
                                                  TrainParams *params);
/* Goes on with one that was broken off. */
void torchlight_train_list_resume(TorchlightTrainList *list, TorchlightTrainEntry *entry);
/* Removes it with its folder, as an edit. Not one that runs. */
void torchlight_train_list_discard(TorchlightTrainList *list, TorchlightTrainEntry *entry);
/* The LoRA that a training made, or NULL. Borrowed. */
TorchlightItem *torchlight_train_list_find_lora(TorchlightTrainList *list,
                                                TorchlightTrainEntry *entry);
