/* SPDX-License-Identifier: Apache-2.0 */
/* Small pictures for lists that scroll: made on a few threads, those asked for last first, kept in
 * memory (the latest used) and on disk (thumbnail.h). Main thread. */
#pragma once

#include <gdk/gdk.h>

#include "ui/library/thumbnail.h"

typedef struct Thumbnails Thumbnails;
typedef struct ThumbnailRequest ThumbnailRequest;

/* The thumbnails that go with an object (the workspace): made when first asked for, and gone with
 * it. Borrowed. */
Thumbnails *thumbnails_of(GObject *owner);

/* texture is NULL and error set when there can be no picture: the file is gone, or is none. The
 * request is over. */
typedef void (*ThumbnailFunc)(GdkTexture *texture, const GError *error, gpointer data);

/* The texture (borrowed) when it is at hand; else NULL, and *request, which calls func later unless
 * it is cancelled. id tells files apart that follow each other under one path. */
GdkTexture *thumbnails_get(Thumbnails *thumbnails, const char *id, const char *path,
                           Palette palette, ThumbnailFunc func, gpointer data,
                           ThumbnailRequest **request);
/* The same for a place of size pixels of the screen each way (THUMBNAIL_SIZE at most): a texture of
 * just that size is drawn many times faster than one that has to be scaled. */
GdkTexture *thumbnails_get_sized(Thumbnails *thumbnails, const char *id, const char *path,
                                 Palette palette, int size, ThumbnailFunc func, gpointer data,
                                 ThumbnailRequest **request);
/* func will not be called; *request becomes NULL. NULL is fine. */
void thumbnails_cancel(ThumbnailRequest **request);
