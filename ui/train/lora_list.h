/* SPDX-License-Identifier: Apache-2.0 */
/* The LoRAs of the project as cards. */
#pragma once

#include "ui/workspace.h"

#define TORCHLIGHT_TYPE_LORA_LIST (torchlight_lora_list_get_type())
G_DECLARE_FINAL_TYPE(TorchlightLoraList, torchlight_lora_list, TORCHLIGHT, LORA_LIST, GtkWidget)

/* Signal "set-up" (): somebody wants to begin a training. Once, before it is shown. */
void torchlight_lora_list_set_workspace(TorchlightLoraList *list, TorchlightWorkspace *workspace);
/* Brings the card of a LoRA into view. */
void torchlight_lora_list_show(TorchlightLoraList *list, TorchlightItem *lora);
