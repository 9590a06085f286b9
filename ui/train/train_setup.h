/* SPDX-License-Identifier: Apache-2.0 */
/* What a new training is to be: its pictures, its base model, its settings, what it will take. */
#pragma once

#include "ui/train/train_list.h"

#define TORCHLIGHT_TYPE_TRAIN_SETUP (torchlight_train_setup_get_type())
G_DECLARE_FINAL_TYPE(TorchlightTrainSetup, torchlight_train_setup, TORCHLIGHT, TRAIN_SETUP,
                     GtkWidget)

/* Signal "started" (TorchlightTrainEntry). Once, before it is shown. */
void torchlight_train_setup_set_list(TorchlightTrainSetup *setup, TorchlightWorkspace *workspace,
                                     TorchlightTrainList *list);
