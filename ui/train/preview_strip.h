/* SPDX-License-Identifier: Apache-2.0 */
/* The previews of a training: a picture of each prompt at one step, and a slider over the steps. */
#pragma once

#include <gtk/gtk.h>

#define TORCHLIGHT_TYPE_PREVIEW_STRIP (torchlight_preview_strip_get_type())
G_DECLARE_FINAL_TYPE(TorchlightPreviewStrip, torchlight_preview_strip, TORCHLIGHT, PREVIEW_STRIP,
                     GtkWidget)

GtkWidget *torchlight_preview_strip_new(void);
/* previews: TrainPreview elements by step and prompt; takes a reference. Stays at the latest step
 * when it was there. */
void torchlight_preview_strip_set_previews(TorchlightPreviewStrip *strip, GPtrArray *previews);
