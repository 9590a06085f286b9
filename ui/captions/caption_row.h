/* SPDX-License-Identifier: Apache-2.0 */
/* A trace with its caption in a list: the picture, the name, the caption with the words marked that
 * the model's tokenizer splits, and how many tokens it is. It draws its texts itself; while it is
 * edited there is a text field in it, and what is typed goes into the project at once. */
#pragma once

#include "app/jobs/caption_tokens.h"
#include "ui/library/thumbnails.h"
#include "ui/workspace.h"

#define TORCHLIGHT_TYPE_CAPTION_ROW (torchlight_caption_row_get_type())
G_DECLARE_FINAL_TYPE(TorchlightCaptionRow, torchlight_caption_row, TORCHLIGHT, CAPTION_ROW,
                     GtkWidget)

/* Signal "done" (int step): the user has finished editing; 1: go on with the next row. */

/* workspace is borrowed and outlives the row. */
GtkWidget *torchlight_caption_row_new(TorchlightWorkspace *workspace);
/* NULL: none. tokens (may be NULL: not counted) is kept by reference. */
void torchlight_caption_row_set_item(TorchlightCaptionRow *row, TorchlightItem *item,
                                     CaptionTokens *tokens);
TorchlightItem *torchlight_caption_row_get_item(TorchlightCaptionRow *row);
void torchlight_caption_row_edit(TorchlightCaptionRow *row);
