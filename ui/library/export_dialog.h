/* SPDX-License-Identifier: Apache-2.0 */
/* Asks for a folder and a form, and starts a job that writes traces there as a dataset. */
#pragma once

#include "ui/workspace.h"

/* items: TorchlightItem. */
void export_dialog_show(GtkWindow *parent, TorchlightWorkspace *workspace, GPtrArray *items);
