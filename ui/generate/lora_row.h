/* SPDX-License-Identifier: Apache-2.0 */
/* A LoRA with its weight, in a list. */
#pragma once

#include <adwaita.h>

#define TORCHLIGHT_TYPE_LORA_ROW (torchlight_lora_row_get_type())
G_DECLARE_FINAL_TYPE(TorchlightLoraRow, torchlight_lora_row, TORCHLIGHT, LORA_ROW, AdwActionRow)

/* Signal "remove" (). name: for people. */
GtkWidget *torchlight_lora_row_new(const char *path, const char *name, double weight);
const char *torchlight_lora_row_get_path(TorchlightLoraRow *row);
double torchlight_lora_row_get_weight(TorchlightLoraRow *row);
