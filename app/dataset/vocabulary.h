/* SPDX-License-Identifier: Apache-2.0 */
/* The words that captions are made of, so that a slip of the pen is noticed before a picture is
 * drawn from it. The file has a line a word, "axis<TAB>word", and comments that start with #.
 *     pixelated network data: WORD, WORD, ... */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* What captions begin with; it is no word. */
#define CAPTION_PREFIX "pixelated network data"

typedef struct {
    char *path;       /* of the file, for messages */
    GPtrArray *words; /* char*, owned, in the order of the file */
    GPtrArray *axes;  /* const char*, interned: the axis of each word; NULL: none has one */
} Vocabulary;

Vocabulary *vocabulary_read(const char *path, GError **error);
Vocabulary *vocabulary_copy(const Vocabulary *vocabulary);
void vocabulary_free(Vocabulary *vocabulary);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Vocabulary, vocabulary_free)

/* The first part of a caption, what stands between its commas, that is no word; NULL when all are.
 * The caller frees. */
char *vocabulary_find_unknown(const Vocabulary *vocabulary, const char *caption);
/* The known word that is most like it (the fewest letters to change), or NULL when none is near. */
const char *vocabulary_find_nearest(const Vocabulary *vocabulary, const char *word);
/* The axis of a word ("tunnel"), NULL when it is none of the vocabulary; letters compare without
 * case. */
const char *vocabulary_axis_of(const Vocabulary *vocabulary, const char *word);
/* The word that a caption has on an axis ("wireguard"), NULL when none; of the vocabulary. */
const char *vocabulary_word_on(const Vocabulary *vocabulary, const char *caption, const char *axis);
/* The names of the axes in the order of the file, interned; free with g_ptr_array_unref. */
GPtrArray *vocabulary_list_axes(const Vocabulary *vocabulary);
/* "no vpn, wireguard, ..."; the caller frees. */
char *vocabulary_to_text(const Vocabulary *vocabulary);
