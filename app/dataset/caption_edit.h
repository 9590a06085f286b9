/* SPDX-License-Identifier: Apache-2.0 */
/* One change for many captions: words added, or text removed or replaced wherever it stands. */
#pragma once

#include "app/dataset/vocabulary.h"

typedef enum { CAPTION_ADD, CAPTION_REMOVE, CAPTION_REPLACE } CaptionAction;

typedef enum {
    CAPTION_MATCH_TEXT,  /* anywhere: "web" is also found in "websocket" */
    CAPTION_MATCH_WORD,  /* "openvpn" is not found in "openvpn-udp", nor "http1" in "http1.1" */
    CAPTION_MATCH_REGEX, /* PCRE; "with" may refer to groups: \1 */
} CaptionMatch;

typedef struct {
    CaptionAction action;
    CaptionMatch match; /* of find */
    const char *find;   /* for remove and replace */
    const char *with;   /* the text instead; for add: words with commas between */
    bool match_case;
} CaptionEditSpec;

typedef struct CaptionEdit CaptionEdit;

/* vocabulary (copied; may be NULL) orders the words that are added. Errors, G_OPTION_ERROR: nothing
 * to find or to add, a regular expression that is none. */
CaptionEdit *caption_edit_new(const CaptionEditSpec *spec, const Vocabulary *vocabulary,
                              GError **error);
void caption_edit_free(CaptionEdit *edit); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaptionEdit, caption_edit_free)

/* The caption changed; NULL when it stays, without an error where nothing was found, with one where
 * the expression takes too long on it. Any thread. The caller frees. */
char *caption_edit_apply(const CaptionEdit *edit, const char *caption, GError **error);
