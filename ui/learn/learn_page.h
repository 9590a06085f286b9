/* SPDX-License-Identifier: Apache-2.0 */
/* The page “Learn”. */
#pragma once

#include "ui/workspace.h"

#define TORCHLIGHT_TYPE_LEARN_PAGE (torchlight_learn_page_get_type())
G_DECLARE_FINAL_TYPE(TorchlightLearnPage, torchlight_learn_page, TORCHLIGHT, LEARN_PAGE, GtkWidget)

/* Once, before it is shown. */
void torchlight_learn_page_set_workspace(TorchlightLearnPage *page, TorchlightWorkspace *workspace);
