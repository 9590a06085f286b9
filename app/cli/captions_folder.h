/* SPDX-License-Identifier: Apache-2.0 */
/* The captions of a folder, which is a project or a dataset: the same to who reads or changes
 * them. */
#pragma once

#include "app/dataset/captions.h"
#include "app/dataset/dataset.h"
#include "app/project/project.h"

typedef struct {
    Dataset *dataset;           /* either this */
    TorchlightProject *project; /* or this */
    GArray *rows;               /* CaptionRow, whose texts live as long as the folder */
    GPtrArray *texts;           /* owned, of rows */
} CaptionsFolder;

CaptionsFolder *captions_folder_open(const char *dir, GError **error);
/* Saves; false and error when that fails. */
bool captions_folder_close(CaptionsFolder *folder, GError **error);
void captions_folder_free(CaptionsFolder *folder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaptionsFolder, captions_folder_free)

static inline const CaptionRow *
captions_folder_row(const CaptionsFolder *folder, guint i)
{
    return &g_array_index(folder->rows, CaptionRow, i);
}

/* The capture that a picture is of; NULL when it is not known. Borrowed. */
const char *captions_folder_source(const CaptionsFolder *folder, guint i);
/* after: a caption for each row, NULL: it stays. */
bool captions_folder_change(CaptionsFolder *folder, char *const *after, GError **error);
