/* SPDX-License-Identifier: Apache-2.0 */
/* How often each word stands in the captions: a table that sorts by a click on its heading. */
#pragma once

#include <gtk/gtk.h>

#include "app/dataset/caption_words.h"

#define TORCHLIGHT_TYPE_WORDS_PANEL (torchlight_words_panel_get_type())
G_DECLARE_FINAL_TYPE(TorchlightWordsPanel, torchlight_words_panel, TORCHLIGHT, WORDS_PANEL,
                     GtkWidget)

/* Signal "find" (const char *word): the user wants to see the captions that have it. */

void torchlight_words_panel_show(TorchlightWordsPanel *panel, const CaptionWords *words);
