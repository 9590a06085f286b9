// SPDX-License-Identifier: Apache-2.0
//
// Tokenizer: CLIP's byte-level byte-pair encoding, read from vocab.json and merges.txt.
// Text is cleaned (HTML entities, whitespace, lower case), split into words, each word's UTF-8
// bytes are merged by rank, and the ids are framed by the start and end token and padded.
//
// Follows openai/CLIP `simple_tokenizer.py` and Hugging Face's CLIPTokenizer without ftfy.
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Tokenizer Tokenizer;

/* Reads `dir`/vocab.json, merges.txt and, where present, special_tokens_map.json and
 * tokenizer_config.json (start, end, padding token; model_max_length). The result is immutable
 * and may be used from any thread. */
Tokenizer *tokenizer_open(const char *dir, GError **error);
/* The same as open_clip tokenizes for SD 2, whatever the files say: padding is the token 0, "!",
 * and a "!" in the text is text like any other. (CLIPTokenizer, which diffusers uses, takes every
 * "!" of the text for padding, as tokenizer_open does where "!" is the padding token:
 * https://github.com/huggingface/diffusers/issues/4153.) */
Tokenizer *tokenizer_open_openclip(const char *dir, GError **error);
void tokenizer_free(Tokenizer *tokenizer);

int tokenizer_n_tokens(const Tokenizer *tokenizer);   /* size of the vocabulary */
int tokenizer_max_length(const Tokenizer *tokenizer); /* ids per prompt, 77 for CLIP */
int32_t tokenizer_bos(const Tokenizer *tokenizer);    /* ids of the special tokens */
int32_t tokenizer_eos(const Tokenizer *tokenizer);
int32_t tokenizer_pad(const Tokenizer *tokenizer);

/* Writes exactly tokenizer_max_length() ids: start, text, end, padding. Text that is too long is
 * cut (the end token stays). *n_used: ids before the padding, both frame tokens included;
 * *truncated: whether text was cut. Both may be NULL. Invalid UTF-8 is replaced by U+FFFD. */
void tokenizer_encode(const Tokenizer *tokenizer, const char *text, int32_t *ids, int *n_used,
                      bool *truncated);

/* The ids of the text alone, without frame, cut or padding; int32_t elements. Transfer full.
 * For counters in the interface: the limit is tokenizer_max_length() - 2. */
GArray *tokenizer_split(const Tokenizer *tokenizer, const char *text);

/* Text of one token as readable UTF-8 ("netw", "data "; a word's end shows as a space), or NULL
 * for an id outside the vocabulary. Transfer full. */
char *tokenizer_token_text(const Tokenizer *tokenizer, int32_t id);
/* Text of ids; the frame and the padding are left out. Transfer full, valid UTF-8. */
char *tokenizer_decode(const Tokenizer *tokenizer, const int32_t *ids, int n_ids);

/* Learns a vocabulary of at most `vocab_size` tokens (>= 514: 256 bytes, 256 word ends, 2 special)
 * from captions and writes vocab.json, merges.txt, special_tokens_map.json and
 * tokenizer_config.json into `dir` (created if need be), as tokenizer_open and CLIPTokenizer read
 * them. Deterministic: ties between pairs are broken by their text. Padding is the end token.
 * The vocabulary is smaller if the captions hold no more pairs. */
bool tokenizer_train(const char *const *captions, int n_captions, int vocab_size, const char *dir,
                     GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tokenizer, tokenizer_free)
