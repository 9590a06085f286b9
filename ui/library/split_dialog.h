/* SPDX-License-Identifier: Apache-2.0 */
/* Asks by which shares traces are divided at random into training, validation and test, and does
 * it as one edit. */
#pragma once

#include "ui/workspace.h"

/* items: TorchlightItem. */
void split_dialog_show(GtkWindow *parent, TorchlightWorkspace *workspace, GPtrArray *items);
