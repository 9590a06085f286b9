/* SPDX-License-Identifier: Apache-2.0 */
/* What may be wrong with a caption, for a list that a person goes through. */
#pragma once

#include "app/dataset/caption_words.h"

typedef enum {
    CAPTION_IS_EMPTY,
    CAPTION_HAS_UNKNOWN_WORD, /* word; nearest, or NULL */
    CAPTION_REPEATS_WORD,     /* word */
    CAPTION_IS_TOO_LONG, /* for the model: whoever counts its tokens adds that (count, limit) */
} CaptionFault;

typedef struct {
    CaptionFault fault;
    char *word;
    char *nearest;
    int count, limit; /* tokens, begin and end included */
} CaptionProblem;

void caption_problem_clear(CaptionProblem *problem);

/* CaptionProblem elements, in their order in the text, none too long; the caller unrefs. words: as
 * for caption_words_unknown. Any thread. */
GArray *caption_check(const char *caption, const CaptionWords *words);
/* "“wirequard” is no known word: wireguard?"; the caller frees. */
char *caption_problem_to_text(const CaptionProblem *problem);
