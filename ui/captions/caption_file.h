/* SPDX-License-Identifier: Apache-2.0 */
/* The caption of one file, wherever it stands: in STEM.txt beside it, in the metadata.jsonl of its
 * dataset folder, in a table captions.csv of its folder, or in the picture itself. Any thread. */
#pragma once

#include "app/trace/trace.h"

/* "" when there is none. NULL and error when STEM.txt is there and is no caption. trace (may be
 * NULL) is what the file holds. The caller frees. */
char *caption_file_read(const char *path, const Trace *trace, GError **error);
/* Only what STEM.txt says; NULL when it is not there or no caption. */
char *caption_file_beside(const char *path);
/* Into STEM.txt, and into metadata.jsonl where the file's folder is a dataset. Refuses to
 * overwrite a STEM.txt that is no caption. */
bool caption_file_write(const char *path, const char *caption, GError **error);
