/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a file and shrinking its picture by the mean of areas. */
#include "ui/library/thumbnail.h"

#include <string.h>

#include "app/trace/capture.h"

/* Each pixel the mean of what it covers, so that sparse bits do not flicker away. */
static Image *
shrink(const Image *from, int size)
{
    Image *to = image_new(size, size, 3);

    for (int y = 0; y < size; y++) {
        int y0 = y * from->height / size, y1 = MAX(y0 + 1, (y + 1) * from->height / size);
        for (int x = 0; x < size; x++) {
            int x0 = x * from->width / size, x1 = MAX(x0 + 1, (x + 1) * from->width / size);
            unsigned sum[3] = {0}, n = (unsigned)((y1 - y0) * (x1 - x0));
            for (int v = y0; v < y1; v++) {
                const uint8_t *p = from->pixels + ((size_t)v * from->width + x0) * 3;
                for (int u = x0; u < x1; u++, p += 3) {
                    sum[0] += p[0];
                    sum[1] += p[1];
                    sum[2] += p[2];
                }
            }
            for (int c = 0; c < 3; c++)
                to->pixels[((size_t)y * size + x) * 3 + c] = (uint8_t)(sum[c] / n);
        }
    }
    return to;
}

Image *
thumbnail_read(const char *path, GError **error)
{
    g_autofree char *lower = g_ascii_strdown(path, -1);
    g_autoptr(Image) whole = NULL;

    if (g_str_has_suffix(lower, ".png")) {
        whole = image_read_png(path, 3, NULL, error);
    } else {
        g_autoptr(Trace) trace =
            trace_read_capture(path, layout_default(), IMAGE_ROWS, NULL, error);
        whole = trace ? trace_draw(trace, 0, IMAGE_ROWS, PALETTE_TORCHLIGHT) : NULL;
    }
    return whole ? shrink(whole, THUMBNAIL_SIZE) : NULL;
}

static void
work(GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Image) image = NULL;
    g_autoptr(GBytes) bytes = NULL;

    if (g_task_return_error_if_cancelled(task))
        return;
    image = thumbnail_read(path, &error);
    if (!image) {
        g_task_return_error(task, g_steal_pointer(&error));
        return;
    }
    bytes = g_bytes_new(image->pixels, (gsize)image->width * image->height * 3);
    g_task_return_pointer(task,
                          gdk_memory_texture_new(image->width, image->height, GDK_MEMORY_R8G8B8,
                                                 bytes, (gsize)image->width * 3),
                          g_object_unref);
}

void
thumbnail_make(GObject *source, const char *path, GCancellable *cancellable,
               GAsyncReadyCallback callback)
{
    g_autoptr(GTask) task = g_task_new(source, cancellable, callback, NULL);

    g_task_set_task_data(task, g_strdup(path), g_free);
    g_task_set_priority(task, G_PRIORITY_LOW);
    g_task_run_in_thread(task, work);
}
