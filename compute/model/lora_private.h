/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of Lora share. */
#pragma once

#include "compute/model/lora.h"

/* What a PEFT file written here says of the alphas that are multiplied into its factors: one number
 * for all layers, or a JSON object {"lora_unet_...": alpha, ...}. */
#define LORA_KEY_FOLDED "torchlight.lora_alpha"

Lora *lora_new_empty(Device *device);
/* Path of the layer whose weight may carry a LoRA, or NULL; transfer full. */
char *lora_layer_path(const Weight *base);
/* Adds a layer with zero factors that fits a base weight of this shape. */
LoraLayer *lora_add_layer(Lora *lora, LoraPart part, const char *path, const Shape *base, int rank,
                          float alpha, GError **error);
/* The values of a weight, however it stores them; NULL after an error. The caller frees. */
float *lora_read_weight(const Weight *weight, GError **error);
/* The shape of the base weight. */
Shape lora_base_shape(const LoraLayer *layer);
float lora_layer_scale(const LoraLayer *layer); /* alpha / rank */
