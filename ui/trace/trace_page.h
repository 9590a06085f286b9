/* SPDX-License-Identifier: Apache-2.0 */
/* The page of the opened trace: its picture and what is under the pointer. */
#pragma once

#include "ui/workspace.h"

#define TORCHLIGHT_TYPE_TRACE_PAGE (torchlight_trace_page_get_type())
G_DECLARE_FINAL_TYPE(TorchlightTracePage, torchlight_trace_page, TORCHLIGHT, TRACE_PAGE, GtkWidget)

/* Once, before it is shown. */
void torchlight_trace_page_set_workspace(TorchlightTracePage *page, TorchlightWorkspace *workspace);
