/* SPDX-License-Identifier: Apache-2.0 */
/* The page “Captions”: the captions of the traces that are selected in the library (of all that it
 * shows, when none is), edited one by one, by words that are set and taken away, and many at once.
 */
#pragma once

#include "ui/workspace.h"

#define TORCHLIGHT_TYPE_CAPTIONS_PAGE (torchlight_captions_page_get_type())
G_DECLARE_FINAL_TYPE(TorchlightCaptionsPage, torchlight_captions_page, TORCHLIGHT, CAPTIONS_PAGE,
                     GtkWidget)

/* Once, before it is shown. */
void torchlight_captions_page_set_workspace(TorchlightCaptionsPage *page,
                                            TorchlightWorkspace *workspace);
