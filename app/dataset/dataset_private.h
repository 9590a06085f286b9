/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of app/dataset. */
#pragma once

#include "app/dataset/dataset.h"

void dataset_item_free(DatasetItem *item);
/* Whether the last part of a name is that of a picture. */
bool dataset_is_picture(const char *name);
/* N of the name of a subfolder N_name, 0 when it is none. *words (may be NULL) is where name
 * begins. */
int dataset_repeats_of(const char *folder, const char **words);
/* The items that a metadata.jsonl names: char* name -> DatasetItem, which own their names. Empty
 * when there is no such file; NULL on error. */
GHashTable *dataset_read_metadata(const char *path, GError **error);
/* dir/STEM.txt of STEM.png; the caller frees. */
char *dataset_caption_path(const Dataset *dataset, const char *picture);
