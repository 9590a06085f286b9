/* SPDX-License-Identifier: Apache-2.0 */
/* Small pictures of traces, made on worker threads. */
#pragma once

#include <gdk/gdk.h>

#include "app/trace/image.h"

enum { THUMBNAIL_SIZE = 112 }; /* pixels each way */

/* The first picture of a file, shrunk; any thread. */
Image *thumbnail_read(const char *path, GError **error);
/* callback gets a GTask whose pointer is a GdkTexture. */
void thumbnail_make(GObject *source, const char *path, GCancellable *cancellable,
                    GAsyncReadyCallback callback);
