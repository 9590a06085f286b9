/* SPDX-License-Identifier: Apache-2.0 */
/* The page “Control Map”. */
#pragma once

#include "ui/workspace.h"

#define TORCHLIGHT_TYPE_MAP_PAGE (torchlight_map_page_get_type())
G_DECLARE_FINAL_TYPE(TorchlightMapPage, torchlight_map_page, TORCHLIGHT, MAP_PAGE, GtkWidget)

/* Once, before it is shown. */
void torchlight_map_page_set_workspace(TorchlightMapPage *page, TorchlightWorkspace *workspace);
