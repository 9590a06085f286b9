/* SPDX-License-Identifier: Apache-2.0 */
/* A LoRA as a card: its picture, its words, what it was made of, and what can be done with it. */
#pragma once

#include "ui/workspace.h"

#define TORCHLIGHT_TYPE_LORA_CARD_VIEW (torchlight_lora_card_view_get_type())
G_DECLARE_FINAL_TYPE(TorchlightLoraCardView, torchlight_lora_card_view, TORCHLIGHT, LORA_CARD_VIEW,
                     GtkWidget)

GtkWidget *torchlight_lora_card_view_new(TorchlightWorkspace *workspace, TorchlightItem *item);
TorchlightItem *torchlight_lora_card_view_get_item(TorchlightLoraCardView *card);
