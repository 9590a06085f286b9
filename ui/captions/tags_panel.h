/* SPDX-License-Identifier: Apache-2.0 */
/* The words of captions as chips, an axis of the vocabulary after the other and then free words:
 * filled where all captions have it, outlined where some do. */
#pragma once

#include <gtk/gtk.h>

#include "app/jobs/caption_report.h"

#define TORCHLIGHT_TYPE_TAGS_PANEL (torchlight_tags_panel_get_type())
G_DECLARE_FINAL_TYPE(TorchlightTagsPanel, torchlight_tags_panel, TORCHLIGHT, TAGS_PANEL, GtkWidget)

/* Signal "toggle" (const char *word, gboolean wanted): the user wants all captions to have it, or
 * none. */

/* Once; may be NULL. */
void torchlight_tags_panel_set_vocabulary(TorchlightTagsPanel *panel, const Vocabulary *vocabulary);
/* words: of the n captions that clicks are for; may be NULL. */
void torchlight_tags_panel_show(TorchlightTagsPanel *panel, const CaptionWords *words, guint n,
                                bool writable);
