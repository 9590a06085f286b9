/* SPDX-License-Identifier: Apache-2.0 */
/* The words that captions are written with: those of the vocabulary and those that stand in the
 * captions at hand, with how often. For completing what is typed and for noticing slips of the pen.
 * A word is what stands between two commas: "no vpn" is one. Letters compare without case. */
#pragma once

#include "app/dataset/vocabulary.h"

typedef struct CaptionWords CaptionWords;

typedef struct {
    const char *text; /* owned by the CaptionWords */
    int count;        /* captions that have it */
    bool known;       /* of the vocabulary */
} CaptionWord;

/* vocabulary is copied; NULL: none, then every word is as good as another. */
CaptionWords *caption_words_new(const Vocabulary *vocabulary);
void caption_words_free(CaptionWords *words); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaptionWords, caption_words_free)

/* Counts the words of a caption; n is 1, or -1 to take it back. A word longer than a sentence is
 * left out. */
void caption_words_count(CaptionWords *words, const char *caption, int n);

/* CaptionWord elements: the most frequent first, then those of the vocabulary in its order. The
 * caller unrefs. */
GArray *caption_words_list(const CaptionWords *words);

/* A place in a text: bytes start to end - 1, without the blanks around them. */
typedef struct {
    int start, end;
} CaptionSpan;

/* Steps to the next word that is not empty and not the prefix; *at starts as 0. False: no more. */
bool caption_words_next(const char *text, int *at, CaptionSpan *span);
/* The word at a byte offset; an empty span where none has been begun. */
CaptionSpan caption_words_at(const char *text, int cursor);
/* What the word up to the cursor may become: CaptionWord elements, at most max, those that begin
 * with it before those that hold it, each the most frequent first; without those that the text has
 * elsewhere, and none when the word is complete and alone. The caller unrefs. */
GArray *caption_words_complete(const CaptionWords *words, const char *text, int cursor, int max);
/* text with the word at cursor replaced, and a comma behind it when nothing follows; *cursor goes
 * behind both. The caller frees. */
char *caption_words_insert(const char *text, int *cursor, const char *word);

typedef struct {
    CaptionSpan span;
    char *word;
    const char *nearest; /* a word of the vocabulary that is like it, or NULL; borrowed */
} CaptionUnknown;

/* CaptionUnknown elements: the words of text that the vocabulary does not have, in their order;
 * empty without a vocabulary. The caller unrefs. */
GArray *caption_words_unknown(const CaptionWords *words, const char *text);
