/* SPDX-License-Identifier: Apache-2.0 */
/* How a model reads a caption: as tokens, of which it takes so many and no more. Immutable after
 * opening, so of use on any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct CaptionTokens CaptionTokens;

/* The tokenizer of a model's folder; NULL: the bundled model. */
CaptionTokens *caption_tokens_open(const char *model, GError **error);
void caption_tokens_free(CaptionTokens *tokens); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaptionTokens, caption_tokens_free)

/* Of the text alone; the limit is for the text alone too. */
int caption_tokens_count(const CaptionTokens *tokens, const char *text);
int caption_tokens_limit(const CaptionTokens *tokens);
/* The text as the model sees it, "wire·guard · web"; the caller frees. */
char *caption_tokens_split(const CaptionTokens *tokens, const char *text);
