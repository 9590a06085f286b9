/* SPDX-License-Identifier: Apache-2.0 */
/* The page “Fine-Tune”. */
#pragma once

#include "ui/workspace.h"

#define TORCHLIGHT_TYPE_TRAIN_PAGE (torchlight_train_page_get_type())
G_DECLARE_FINAL_TYPE(TorchlightTrainPage, torchlight_train_page, TORCHLIGHT, TRAIN_PAGE, GtkWidget)

/* Once, before it is shown. */
void torchlight_train_page_set_workspace(TorchlightTrainPage *page, TorchlightWorkspace *workspace);
