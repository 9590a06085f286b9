/* SPDX-License-Identifier: Apache-2.0 */
/* How a model's tokenizer sees captions: how many tokens they are, of how many that it reads, and
 * which words it knows only in pieces. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

typedef struct CaptionTokens CaptionTokens;

/* Of a model's folder; NULL: the bundled model. Reading takes up to a tenth of a second. */
CaptionTokens *caption_tokens_new(const char *model_dir, GError **error);
CaptionTokens *caption_tokens_ref(CaptionTokens *tokens);
void caption_tokens_unref(CaptionTokens *tokens); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaptionTokens, caption_tokens_unref)

/* The same on a thread; the callback's result is caption_tokens_load_finish's. */
void caption_tokens_load(const char *model_dir, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer data);
CaptionTokens *caption_tokens_load_finish(GAsyncResult *result, GError **error);

/* What follows is quick, a caption some 10 µs, and for any thread. */

/* Tokens that the model reads, begin and end included: 77 for Stable Diffusion. */
int caption_tokens_limit(const CaptionTokens *tokens);
/* Tokens of a caption, begin and end included; of a text longer than any caption, more than the
 * limit, but not exactly how many. */
int caption_tokens_count(const CaptionTokens *tokens, const char *caption);

typedef struct {
    int start, end; /* bytes of the caption */
    int n_tokens;
    char *pieces; /* "wire·guard" */
} CaptionPieces;

enum { CAPTION_WHOLE_TOKENS = 2 }; /* a word of more is one that the model has hardly learned */

/* CaptionPieces elements: the words, as blanks and commas part them, of more than
 * CAPTION_WHOLE_TOKENS tokens; of the first part of a long text. The caller unrefs. */
GArray *caption_tokens_split_words(const CaptionTokens *tokens, const char *caption);
