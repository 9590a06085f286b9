/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds that inspect.c tells apart, and what those of models share. Private to app/jobs. */
#pragma once

#include "app/jobs/inspect.h"
#include "compute/model/checkpoint.h"
#include "compute/weights.h"

bool inspect_weights(Facts *facts, const char *path, GError **error); /* a safetensors file */
bool inspect_model(Facts *facts, const char *dir, GError **error);    /* a diffusers folder */
/* A folder with one part of a model: config.json and weights. */
bool inspect_is_part(const char *dir);
bool inspect_part(Facts *facts, const char *dir, GError **error);
/* From the first factor that goes down; 0 when the file is no LoRA. */
gint64 inspect_lora_rank(const WeightsFile *file);

/* "Stable Diffusion 2.x" */
const char *inspect_family(const UNetConfig *config);
/* Number, elements and types of the tensors whose name begins so. */
void inspect_add_tensors(Facts *facts, const WeightsFile *file, const char *prefix);
void inspect_add_unet(Facts *facts, const UNetConfig *config);
void inspect_add_controlnet(Facts *facts, const ControlNetConfig *config);
void inspect_add_vae(Facts *facts, const VaeConfig *config);
void inspect_add_text_encoder(Facts *facts, const TextEncoderConfig *config);
/* source: what the prediction was taken from, or NULL. */
void inspect_add_schedule(Facts *facts, const SchedulerConfig *config, const char *source);
bool inspect_add_tokenizer(Facts *facts, const char *dir, GError **error);
/* Of a module_survey: what is wrong, and which tensors that begin so have no use. */
void inspect_add_survey(Facts *facts, const WeightsFile *file, const char *prefix,
                        const GPtrArray *problems, GHashTable *used);
