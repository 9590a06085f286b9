/* SPDX-License-Identifier: Apache-2.0 */
/* The bits of a field before and after a repair, a cell each, as the picture has them: up to 32
 * around the one that is asked for, which is framed. */
#pragma once

#include <gtk/gtk.h>

#include "app/repair/repair_story.h"

#define TORCHLIGHT_TYPE_TRIT_STRIP (torchlight_trit_strip_get_type())
G_DECLARE_FINAL_TYPE(TorchlightTritStrip, torchlight_trit_strip, TORCHLIGHT, TRIT_STRIP, GtkWidget)

/* Copies what it shows. */
void torchlight_trit_strip_set(TorchlightTritStrip *strip, const RepairBit *bit, Palette palette);
