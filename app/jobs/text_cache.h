/* SPDX-License-Identifier: Apache-2.0 */
/* What a text encoder makes of captions, kept: one that is not trained need not be asked twice, nor
 * be part of a training step. Private to app/jobs. */
#pragma once

#include "compute/model/text_encoder.h"

typedef struct TextCache TextCache;

/* Borrows encoder, with what LoRAs are attached to it. Its program is recorded at the first use. */
TextCache *text_cache_new(const TextEncoder *encoder, int n_tokens, int clip_skip);
void text_cache_free(TextCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TextCache, text_cache_free)

/* ids (n_tokens) -> out (n_tokens, hidden_size). */
bool text_cache_read(TextCache *cache, const int32_t *ids, float *out, GCancellable *cancellable,
                     GError **error);
