/* SPDX-License-Identifier: Apache-2.0 */
/* A caption's words as tags to be set and taken away: "pixelated network data: wireguard, web". A
 * word is what stands between two commas (caption_words.h); letters compare without case. All else
 * of the text stays as it was written. */
#pragma once

#include "app/dataset/vocabulary.h"

bool caption_has_word(const char *caption, const char *word);
/* With the word where its axis has its place among the words of the vocabulary, in front of free
 * words; a free word (or without a vocabulary) at the end. The first word of an empty caption gets
 * the prefix. As it was when the word is there already. The caller frees. */
char *caption_add_word(const char *caption, const char *word, const Vocabulary *vocabulary);
/* Without the word, wherever it stands, and one of the commas beside it. The caller frees. */
char *caption_remove_word(const char *caption, const char *word);
