/* SPDX-License-Identifier: Apache-2.0 */
/* Captions of captures, from a CSV table with a first line of column names, two of which are
 * "file" and "caption" (RFC 4180: fields may be quoted, quotes in them doubled). */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    GHashTable *by_file; /* char* (file name without folder) -> char* caption */
    char *path;          /* of the table, for messages */
} Captions;

/* Errors name the line: a missing column, an empty caption, a file named twice, bad UTF-8. */
Captions *captions_read(const char *path, GError **error);
void captions_free(Captions *captions);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Captions, captions_free)
/* The caption of a capture, told by its file name; NULL and an error that names both files when
 * the table has none. Borrowed. */
const char *captions_find(const Captions *captions, const char *capture, GError **error);

/* Splits one line of a table; NULL when a quote is not closed. */
GPtrArray *captions_split_line(const char *line);
