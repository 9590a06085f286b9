/* SPDX-License-Identifier: Apache-2.0 */
/* The page “Evaluate”. */
#pragma once

#include "ui/workspace.h"

#define TORCHLIGHT_TYPE_EVALUATE_PAGE (torchlight_evaluate_page_get_type())
G_DECLARE_FINAL_TYPE(TorchlightEvaluatePage, torchlight_evaluate_page, TORCHLIGHT, EVALUATE_PAGE,
                     GtkWidget)

/* Once, before it is shown. */
void torchlight_evaluate_page_set_workspace(TorchlightEvaluatePage *page,
                                            TorchlightWorkspace *workspace);
