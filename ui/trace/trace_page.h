/* SPDX-License-Identifier: Apache-2.0 */
/* The page of the opened trace: its picture; beside or below it the list of packets and the fields
 * of the chosen one, all linked; finding, copying, comparing with another trace; its caption. */
#pragma once

#include "ui/workspace.h"

#define TORCHLIGHT_TYPE_TRACE_PAGE (torchlight_trace_page_get_type())
G_DECLARE_FINAL_TYPE(TorchlightTracePage, torchlight_trace_page, TORCHLIGHT, TRACE_PAGE, GtkWidget)

/* Properties that its actions switch: "finding", "highlight", "panels" (bool), "compare" (string:
 * "none", "side", "blink", "difference"). */
void torchlight_trace_page_set_workspace(TorchlightTracePage *page, TorchlightWorkspace *workspace);
