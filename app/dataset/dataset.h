/* SPDX-License-Identifier: Apache-2.0 */
/* A dataset folder: pictures of traces, PICTURE.png with its caption in PICTURE.txt beside it, and
 * metadata.jsonl, a JSON object a line with "file_name" and "text" (as the datasets library reads
 * it) and where the picture came from ("source", "first_packet", "packets").
 * In kohya's style the pictures stand in subfolders N_name/, whose pictures a training takes N
 * times each. */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "app/trace/image.h"

#define DATASET_METADATA "metadata.jsonl"

typedef struct {
    char *name;       /* "web_00001.png", "10_web/web_00001.png" */
    char *caption;    /* UTF-8 */
    char *source;     /* file name of the capture, NULL when unknown */
    int first_packet; /* index of its first row in the rows of the capture, or of the flow */
    int n_packets;    /* rows that are no padding; 0 when unknown */
    JsonObject *more; /* what else its line has, of flows and of others' making; NULL: nothing */
    int repeats;      /* how often a training takes it in one round, from 1 */
} DatasetItem;

typedef enum {
    DATASET_TORCHLIGHT, /* all in one folder */
    DATASET_KOHYA,      /* in subfolders, N_ and words of the caption */
} DatasetStyle;

enum { DATASET_MAX_REPEATS = 10000 };

bool dataset_style_by_name(const char *name, DatasetStyle *style, GError **error);

/* How pictures are added. */
typedef struct {
    DatasetStyle style;
    int repeats; /* of every picture, 1 to DATASET_MAX_REPEATS; kohya's N */
    Palette palette;
} DatasetForm;

typedef struct {
    char *dir;
    GPtrArray *items;  /* DatasetItem, owned, by name */
    GHashTable *names; /* of the items, borrowed */
    DatasetForm form;  /* after dataset_new: in one folder, 1, the paper's palette */
} Dataset;

Dataset *dataset_new(const char *dir);
/* Reads the captions; pictures are not opened. Pictures stand in the folder itself, in kohya's
 * subfolders N_name/, or where metadata.jsonl says. A picture's .txt (or kohya's .caption) counts
 * where there is one, else its line of metadata.jsonl ("text", or "caption", or "prompt"), else
 * the name of its subfolder. Errors: no picture, a picture without caption, a line that is no such
 * object, a name that leaves the folder. */
Dataset *dataset_open(const char *dir, GError **error);
/* The same, where every picture has the caption given (NULL: as dataset_open). */
Dataset *dataset_open_with(const char *dir, const char *caption, GError **error);
/* Only the pictures of these names; nothing is wrong with the others. Error when one is missing. */
Dataset *dataset_open_only(const char *dir, char **names, GError **error);
void dataset_free(Dataset *dataset);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dataset, dataset_free)

static inline DatasetItem *
dataset_item(const Dataset *dataset, guint i)
{
    return dataset->items->pdata[i];
}

/* The caption in the file beside a picture (its path, which ends in .png): .txt or kohya's
 * .caption. NULL, without error where there is neither. The caller frees. */
char *dataset_read_caption(const char *picture, GError **error);
/* Whether path is a folder that holds at least one picture with a caption file or metadata. */
bool dataset_is_folder(const char *path);
/* dir/name; the caller frees. */
char *dataset_path(const Dataset *dataset, const DatasetItem *item);

/* Draws, in the form of the dataset, the rows of a trace as pictures of `window` rows (at most
 * IMAGE_ROWS) into the folder, each with its caption file, and appends their items; windows of
 * fewer than min_packets rows are left out. stem names them: STEM.png, or STEM_00001.png ... when
 * there are several; a name that is taken gets a number more. */
bool dataset_add_trace(Dataset *dataset, const Trace *trace, const char *stem, const char *caption,
                       int window, int min_packets, GError **error);
/* Draws all rows of a trace, at most IMAGE_ROWS, as one picture. first_packet: see DatasetItem;
 * more: other members of its line (taken; may be NULL). */
bool dataset_add_picture(Dataset *dataset, const Trace *trace, const char *stem,
                         const char *caption, int first_packet, JsonObject *more, GError **error);

typedef struct {
    const Palette *palette; /* of the pictures; NULL: the one each names, else the paper's */
    const char *layout;     /* of those that name none; NULL: the default */
    const char *caption;    /* for every picture; NULL: its own */
} DatasetImport;

/* Adds the pictures of another folder, of any style, drawn again in the form of this one: also
 * NetDiffusion's, in its palette and with an index column in front. */
bool dataset_add_folder(Dataset *dataset, const char *dir, const DatasetImport *import,
                        GError **error);
/* Writes metadata.jsonl; the last step of making a folder. */
bool dataset_write_metadata(const Dataset *dataset, GError **error);
/* Changes captions, one an item (NULL: it stays), in their files and in metadata.jsonl where there
 * is one. On error those that were not yet written stay. */
bool dataset_set_captions(Dataset *dataset, char *const *captions, GError **error);
/* Changes a caption, in its file and in metadata.jsonl where there is one. */
bool dataset_set_caption(Dataset *dataset, guint i, const char *caption, GError **error);
