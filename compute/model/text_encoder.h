/* SPDX-License-Identifier: Apache-2.0 */
/* TextEncoder: the text half of CLIP (Radford et al. 2021, arXiv 2103.00020), transformers'
 * CLIPTextModel. A folder holds config.json and model.safetensors. */
#pragma once

#include "compute/model/config.h"
#include "compute/model/layer.h"

typedef struct {
    TextEncoderConfig config;
    Module *module;
} TextEncoder;

TextEncoder *text_encoder_open(Device *device, const char *dir, GError **error);
/* From anywhere: a file with many models, or with other names. */
TextEncoder *text_encoder_load(Device *device, const TextEncoderConfig *config,
                               const ModuleSource *source, GError **error);
/* module_survey of what the config asks for. */
GPtrArray *text_encoder_survey(const TextEncoderConfig *config, const ModuleSource *source,
                               GHashTable *used);
TextEncoder *text_encoder_new_random(Device *device, const TextEncoderConfig *config, guint64 seed,
                                     GError **error);
bool text_encoder_save(const TextEncoder *encoder, const char *dir, WeightsDtype dtype,
                       GError **error);
void text_encoder_free(TextEncoder *encoder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TextEncoder, text_encoder_free)

/* ids (B, T) i32, each below vocab_size, T <= max_position_embeddings -> (B, T, hidden_size), after
 * the final norm. clip_skip: 0 or 1 takes the last layer, 2 the one before it, and so on. */
Tensor *text_encoder_forward(Graph *graph, const TextEncoder *encoder, Tensor *ids, int clip_skip);

/* One layer: for tests. x (B, T, C) */
Tensor *text_encoder_layer(const Scope *scope, const TextEncoderConfig *config, Tensor *x);
