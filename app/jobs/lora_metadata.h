/* SPDX-License-Identifier: Apache-2.0 */
/* What a LoRA file says of its making, in kohya's words where it has one. Private to app/jobs;
 * lora_card.h reads it. */
#pragma once

#include "app/jobs/training.h"

#define LORA_KEY_MODEL "ss_sd_model_name"
#define LORA_KEY_DATASET "ss_dataset"
#define LORA_KEY_PICTURES "ss_num_train_images"
#define LORA_KEY_STEPS "ss_steps"
#define LORA_KEY_RANK "ss_network_dim"
#define LORA_KEY_ALPHA "ss_network_alpha"
/* {"DATASET": {"WORD": COUNT, ...}}: other programs offer its words for prompts. */
#define LORA_KEY_WORDS "ss_tag_frequency"
#define LORA_KEY_LOSS "torchlight.loss"

/* Nothing in it differs between two equal runs. char* -> char*, owned. */
GHashTable *lora_metadata(const Training *t);
