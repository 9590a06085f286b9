/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of app/dataset. */
#pragma once

#include "app/dataset/dataset.h"

void dataset_item_free(DatasetItem *item);
/* dir/STEM.txt of STEM.png; the caller frees. */
char *dataset_caption_path(const Dataset *dataset, const char *picture);
