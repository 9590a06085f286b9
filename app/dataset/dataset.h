/* SPDX-License-Identifier: Apache-2.0 */
/* A dataset folder: pictures of traces, PICTURE.png with its caption in PICTURE.txt beside it, and
 * metadata.jsonl, a JSON object a line with "file_name" and "text" (as the datasets library reads
 * it) and where the picture came from ("source", "first_packet", "packets"). */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "app/trace/trace.h"

#define DATASET_METADATA "metadata.jsonl"

typedef struct {
    char *name;       /* "web_00001.png" */
    char *caption;    /* UTF-8 */
    char *source;     /* file name of the capture, NULL when unknown */
    int first_packet; /* index of its first row in the rows of the capture */
    int n_packets;    /* rows that are no padding; 0 when unknown */
} DatasetItem;

typedef struct {
    char *dir;
    GPtrArray *items; /* DatasetItem, owned, by name */
} Dataset;

Dataset *dataset_new(const char *dir);
/* Reads the captions; pictures are not opened. A picture's .txt counts where there is one, else
 * its line of metadata.jsonl. Errors: no picture, a picture without caption, a line that is no
 * such object, a name that leaves the folder. */
Dataset *dataset_open(const char *dir, GError **error);
void dataset_free(Dataset *dataset);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dataset, dataset_free)

static inline DatasetItem *
dataset_item(const Dataset *dataset, guint i)
{
    return dataset->items->pdata[i];
}

/* Whether path is a folder that holds at least one picture with a caption file or metadata. */
bool dataset_is_folder(const char *path);
/* dir/name; the caller frees. */
char *dataset_path(const Dataset *dataset, const DatasetItem *item);

/* Draws the rows of a trace as pictures of `window` rows (at most IMAGE_ROWS) into the folder, each
 * with its caption file, and appends their items; windows of fewer than min_packets rows are left
 * out. stem names them: STEM.png, or STEM_00001.png ... when there are several; a name that is
 * taken gets a number more. */
bool dataset_add_trace(Dataset *dataset, const Trace *trace, const char *stem, const char *caption,
                       int window, int min_packets, GError **error);
/* Writes metadata.jsonl; the last step of making a folder. */
bool dataset_write_metadata(const Dataset *dataset, GError **error);
/* Changes a caption, in its file and in metadata.jsonl where there is one. */
bool dataset_set_caption(Dataset *dataset, guint i, const char *caption, GError **error);
