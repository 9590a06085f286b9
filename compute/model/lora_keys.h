/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of LoRA files. Every known form of a key is brought to one flat name, kohya's, and the
 * role of its tensor. Forms, for the layer mid_block.attentions.0.proj_in of the UNet:
 *
 *   lora_unet_mid_block_attentions_0_proj_in.lora_down.weight, .lora_up.weight, .alpha   (kohya)
 *   lora_unet_middle_block_1_proj_in.lora_down.weight     (kohya, by the original checkpoint's
 * names) unet.mid_block.attentions.0.proj_in.lora_A.weight, .lora_B.weight (PEFT) unet. ...
 * .lora.down.weight, unet. ... .lora_linear_layer.down.weight            (diffusers) unet. ...
 * .attn1.processor.to_q_lora.down.weight                         (diffusers, before 0.20)
 *   base_model.model. ... .lora_A.weight                                   (the file of a PEFT
 * folder)
 *
 * and lora_te_, lora_te1_, text_encoder. for the text encoder. */
#pragma once

#include "compute/model/lora.h"

/* LORA_MID: the middle factor of a Tucker decomposition. */
typedef enum { LORA_DOWN, LORA_UP, LORA_MID, LORA_ALPHA, LORA_N_ROLES } LoraRole;

/* The flat name ("lora_unet_mid_block_attentions_0_proj_in"; the caller frees) and role of a key,
 * or NULL when it has none of the forms. */
char *lora_key_flat(const char *key, LoraRole *role);
/* Whether the key is dotted, of diffusers or PEFT. */
bool lora_key_is_dotted(const char *key);

/* Which part a flat name belongs to: false for none ("lora_te2_..."). rest: behind the prefix. */
bool lora_flat_part(const char *flat, LoraPart *part, const char **rest);
/* "mid_block_attentions_0_proj_in" -> "mid_block.attentions.0.proj_in", by the words that the
 * models of the family know; the caller frees. */
char *lora_dotted_path(const char *flat_rest);
/* Whether a dotted path is one of the original checkpoint's (CompVis) UNet. */
bool lora_path_is_ldm(const char *path);
/* What the original checkpoint calls the UNet's layer `path`, flat, or NULL:
 * "middle_block_1_proj_in". The caller frees. */
char *lora_ldm_flat(const Module *unet, const char *path);

/* Refuses files that would come out wrong: another way of adapting (DoRA, LoHa, ...), or, where
 * there is a target, another architecture; the message names both. */
bool lora_check_kind(const WeightsFile *file, const LoraTarget *target, GError **error);
