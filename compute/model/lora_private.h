/* SPDX-License-Identifier: Apache-2.0 */
/* What lora.c and lora_file.c share. */
#pragma once

#include "compute/model/lora.h"

Lora *lora_new_empty(Device *device);
/* Path of the layer whose weight may carry a LoRA, or NULL; transfer full. standard: only those
 * that a new Lora adapts. */
char *lora_layer_path(const Weight *base, bool standard);
/* Adds a layer with zero factors that fits the base weight. */
LoraLayer *lora_add_layer(Lora *lora, LoraPart part, const char *path, const Weight *base, int rank,
                          float alpha, GError **error);
