/* SPDX-License-Identifier: Apache-2.0 */
/* A trace as a small picture, and the copies of such that are kept on disk: in the user's cache
 * folder, by what was drawn (path, time and size of its file, palette). A copy that is damaged or
 * somebody else's making is made again. Any thread. */
#pragma once

#include <gio/gio.h>

#include "app/trace/image.h"

enum { THUMBNAIL_SIZE = 192 }; /* pixels each way */

/* The picture of a file (a PNG, else the first packets of a capture), shrunk. */
Image *thumbnail_draw(const char *path, Palette palette, GError **error);
/* The same through the folder of copies (NULL: none is kept). */
Image *thumbnail_read(const char *path, Palette palette, const char *cache_dir, GError **error);
/* The same smaller, for a place of size pixels each way. */
Image *thumbnail_shrink(const Image *image, int size);
/* Where the copies are: .cache/torchlight/thumbnails. The caller frees. */
char *thumbnail_cache_dir(void);
/* Deletes the oldest copies where there are more than so many. */
void thumbnail_prune(const char *cache_dir, int max_files);
