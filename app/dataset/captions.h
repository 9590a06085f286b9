/* SPDX-License-Identifier: Apache-2.0 */
/* Captions of captures and pictures that stand in files: a CSV table with a first line of column
 * names, two of which are "file" and "caption" (RFC 4180: fields may be quoted, quotes in them
 * doubled, and hold newlines), a metadata.jsonl, or a folder of files NAME.txt. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    GHashTable *by_file; /* char* (file name without folder; of NAME.txt, NAME) -> char* caption */
    char *path;          /* of the table, for messages */
} Captions;

typedef enum { CAPTIONS_CSV, CAPTIONS_JSONL, CAPTIONS_TXT } CaptionsForm;

/* "csv", "jsonl", "txt"; G_OPTION_ERROR. */
bool captions_form_by_name(const char *name, CaptionsForm *form, GError **error);

/* Errors name the line: a missing column, an empty caption, a file named twice, bad UTF-8. */
Captions *captions_read(const char *path, GError **error);
/* The same of any form: a folder has .txt, a name in .jsonl is metadata, else it is a table. */
Captions *captions_open(const char *path, GError **error);
void captions_free(Captions *captions);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Captions, captions_free)
/* The caption of a capture, told by its file name; NULL and an error that names both files when
 * the table has none. Borrowed. */
const char *captions_find(const Captions *captions, const char *capture, GError **error);
/* The same without an error, of a picture: by its file name, else by that of the capture it came
 * from (source, may be NULL), both also without their endings. */
const char *captions_lookup(const Captions *captions, const char *file, const char *source);

/* A caption to be written. */
typedef struct {
    const char *file; /* "web_00001.png" */
    const char *caption;
} CaptionRow;

/* Writes those that are not empty: a table, a metadata.jsonl, or (path is a folder, made if need
 * be) STEM.txt of each; how many, -1 on error. What other files the folder has stays. */
int captions_write(const char *path, CaptionsForm form, const CaptionRow *rows, guint n_rows,
                   GError **error);

/* Splits one line of a table; NULL when a quote is not closed. */
GPtrArray *captions_split_line(const char *line);
