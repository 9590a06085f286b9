/* SPDX-License-Identifier: Apache-2.0 */
/* The page “Library”: all traces of the project as a grid of pictures, found by words and filters,
 * selected, renamed, put into splits, taken away; and where files come in. */
#pragma once

#include "ui/workspace.h"

#define TORCHLIGHT_TYPE_LIBRARY_PAGE (torchlight_library_page_get_type())
G_DECLARE_FINAL_TYPE(TorchlightLibraryPage, torchlight_library_page, TORCHLIGHT, LIBRARY_PAGE,
                     GtkWidget)

/* Once, before it is shown. */
void torchlight_library_page_set_workspace(TorchlightLibraryPage *page,
                                           TorchlightWorkspace *workspace);
