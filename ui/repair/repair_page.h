/* SPDX-License-Identifier: Apache-2.0 */
/* The page “Repair”. */
#pragma once

#include "ui/workspace.h"

#define TORCHLIGHT_TYPE_REPAIR_PAGE (torchlight_repair_page_get_type())
G_DECLARE_FINAL_TYPE(TorchlightRepairPage, torchlight_repair_page, TORCHLIGHT, REPAIR_PAGE,
                     GtkWidget)

/* Once, before it is shown. */
void torchlight_repair_page_set_workspace(TorchlightRepairPage *page,
                                          TorchlightWorkspace *workspace);
