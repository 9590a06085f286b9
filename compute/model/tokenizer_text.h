// SPDX-License-Identifier: Apache-2.0
//
// What the tokenizer and its trainer do with text before any vocabulary comes in: cleaning,
// splitting into words, and the table of characters that stand for bytes.
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define TOKENIZER_MAX_TEXT 65536 /* bytes; the rest of a longer text is not looked at */
#define TOKENIZER_WORD_END "</w>"

/* A word of a cleaned text. */
typedef struct {
    const char *start; /* into the text */
    size_t size;       /* bytes */
    int special;       /* index into the special tokens, or -1 */
} TokenWord;

/* HTML entities resolved, composed (NFC), control characters dropped, white space collapsed and
 * stripped, lower case. Transfer full, valid UTF-8. *cut: whether it was too long. */
char *tokenizer_clean(const char *text, bool *cut);
/* CLIP's pattern: special tokens, contractions ('s 't 're 've 'm 'll 'd), runs of letters, single
 * digits, runs of anything else but white space. TokenWord elements; `text` must outlive them. */
GArray *tokenizer_words(const char *text, const char *const *specials);

/* The printable character that stands for a byte in vocab.json, and back (-1: none). */
gunichar tokenizer_byte_symbol(uint8_t byte);
int tokenizer_symbol_byte(gunichar symbol);
