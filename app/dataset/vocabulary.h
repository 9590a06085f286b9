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
} Vocabulary;

Vocabulary *vocabulary_read(const char *path, GError **error);
void vocabulary_free(Vocabulary *vocabulary);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Vocabulary, vocabulary_free)

/* The first part of a caption, what stands between its commas, that is no word; NULL when all are.
 * The caller frees. */
char *vocabulary_find_unknown(const Vocabulary *vocabulary, const char *caption);
/* The known word that is most like it (the fewest letters to change), or NULL when none is near. */
const char *vocabulary_find_nearest(const Vocabulary *vocabulary, const char *word);
/* "no vpn, wireguard, ..."; the caller frees. */
char *vocabulary_to_text(const Vocabulary *vocabulary);
