/* SPDX-License-Identifier: Apache-2.0 */
/* Which part each capture belongs to, as a file has it: a CSV table (RFC 4180, a line a capture)
 * with the columns file_name and part (train, validation, test), and perhaps text, the caption.
 * data/lab/split.csv is one. */
#pragma once

#include "app/dataset/split.h"

#include <stdbool.h>

typedef struct {
    char *file; /* name without folder */
    SplitPart part;
    char *text; /* NULL: the table has none */
} SplitRow;

typedef struct {
    char *path;          /* for messages */
    GPtrArray *rows;     /* SplitRow, in the order of the file */
    GHashTable *by_file; /* char* -> SplitRow */
} SplitTable;

/* Errors name the line: a missing column, a part that is none, a file named twice. */
SplitTable *split_table_read(const char *path, GError **error);
void split_table_free(SplitTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SplitTable, split_table_free)

/* The row of a capture, told by its file name; NULL when the table has none. Borrowed. */
const SplitRow *split_table_find(const SplitTable *table, const char *capture);
