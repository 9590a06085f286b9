/* SPDX-License-Identifier: Apache-2.0 */
/* A text of caption words over several lines: completes the word at the cursor from a list (Down,
 * Tab, Return, Escape; Ctrl+Space asks for it), says how many tokens it takes of how many, and
 * warns of words that the model does not know, with what is nearest. */
#pragma once

#include <gtk/gtk.h>

#include "app/dataset/caption_words.h"
#include "app/jobs/caption_tokens.h"

#define TORCHLIGHT_TYPE_PROMPT_VIEW (torchlight_prompt_view_get_type())
G_DECLARE_FINAL_TYPE(TorchlightPromptView, torchlight_prompt_view, TORCHLIGHT, PROMPT_VIEW,
                     GtkWidget)

/* Properties: "label" (string, construct: of the text, with a mnemonic), "warns" (bool: of words
 * that are not known; true). Signal "changed" ().
 * Ctrl+Return activates "generate.run" of the page around it. */

/* Takes both; NULL: none, then nothing is completed or counted. */
void torchlight_prompt_view_take_words(TorchlightPromptView *view, CaptionWords *words,
                                       CaptionTokens *tokens);
char *torchlight_prompt_view_dup_text(TorchlightPromptView *view); /* without blanks around it */
void torchlight_prompt_view_set_text(TorchlightPromptView *view, const char *text);
void torchlight_prompt_view_focus(TorchlightPromptView *view);
