/* SPDX-License-Identifier: Apache-2.0 */
/* What is looked for among traces: words that must all be there, "no vpn" in quotes as one, and
 * -words that must not. Letters compare without case; part of a word is enough. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct CaptionQuery CaptionQuery;

/* Any text is a query. */
CaptionQuery *caption_query_new(const char *text);
void caption_query_free(CaptionQuery *query); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaptionQuery, caption_query_free)

bool caption_query_is_empty(const CaptionQuery *query);
/* Whether each word is in one of the texts (NULLs among them are none), and no excluded one is.
 * About 0.2 µs a word and line. */
bool caption_query_matches(const CaptionQuery *query, const char *const *texts, int n_texts);
