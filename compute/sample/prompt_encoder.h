/* SPDX-License-Identifier: Apache-2.0 */
/* PromptEncoder: the text encoder's program for a few prompts at a time. */
#pragma once

#include "compute/sample/pipeline.h"

typedef struct PromptEncoder PromptEncoder;

/* Borrows the pipeline. clip_skip as text_encoder_forward has it. */
PromptEncoder *prompt_encoder_new(const Pipeline *pipeline, int n_prompts, int clip_skip,
                                  GError **error);
void prompt_encoder_free(PromptEncoder *encoder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PromptEncoder, prompt_encoder_free)

/* (n_prompts, T, D): of what comes out. */
const Shape *prompt_encoder_shape(const PromptEncoder *encoder);
/* n_prompts texts -> context. Errors: a text of too many tokens. */
bool prompt_encoder_run(PromptEncoder *encoder, const char *const *prompts, float *context,
                        GCancellable *cancellable, GError **error);
