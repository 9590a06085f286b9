/* SPDX-License-Identifier: Apache-2.0 */
/* The page “Generate”. */
#pragma once

#include "ui/workspace.h"

#define TORCHLIGHT_TYPE_GENERATE_PAGE (torchlight_generate_page_get_type())
G_DECLARE_FINAL_TYPE(TorchlightGeneratePage, torchlight_generate_page, TORCHLIGHT, GENERATE_PAGE,
                     GtkWidget)

/* Once, before it is shown. */
void torchlight_generate_page_set_workspace(TorchlightGeneratePage *page,
                                            TorchlightWorkspace *workspace);
