/* SPDX-License-Identifier: Apache-2.0 */
/* An import by other settings than the usual: how captures are cut into pictures, which packets
 * count, and how captions are made. */
#pragma once

#include "ui/workspace.h"

void import_dialog_show(GtkWindow *parent, TorchlightWorkspace *workspace);
