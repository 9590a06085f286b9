/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a file, shrinking its picture by the mean of areas, and keeping the result. */
#include "ui/library/thumbnail.h"

#include <glib/gstdio.h>
#include <string.h>

#include "app/trace/capture.h"

#define FORMAT "1" /* of the copies: another one makes all of them again */

/* Each pixel the mean of what it covers, so that sparse bits do not flicker away. */
Image *
thumbnail_shrink(const Image *from, int size)
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

/* In the paper's palette red, green and blue are the shares of 0, 1 and absent bits, of which any
 * palette mixes its colours. */
static void
use_palette(Image *image, Palette palette)
{
    static const int trits[3] = {0, 1, -1};
    const uint8_t *colours[3];
    size_t n = (size_t)image->width * image->height;

    if (palette == PALETTE_TORCHLIGHT)
        return;
    for (int i = 0; i < 3; i++)
        colours[i] = palette_colour(palette, trits[i]);
    for (uint8_t *p = image->pixels; n > 0; n--, p += 3) {
        const uint8_t share[3] = {p[0], p[1], p[2]};

        for (int c = 0; c < 3; c++) {
            int mixed =
                share[0] * colours[0][c] + share[1] * colours[1][c] + share[2] * colours[2][c];
            p[c] = (uint8_t)MIN(mixed / 255, 255);
        }
    }
}

Image *
thumbnail_draw(const char *path, Palette palette, GError **error)
{
    g_autofree char *lower = g_ascii_strdown(path, -1);
    g_autoptr(GHashTable) text = NULL;
    g_autoptr(Image) whole = NULL;
    g_autoptr(Image) small = NULL;

    if (g_str_has_suffix(lower, ".png")) {
        whole = image_read_png(path, 3, &text, error);
        if (whole)
            image_use_paper_palette(whole, text);
    } else {
        g_autoptr(Trace) trace =
            trace_read_capture(path, layout_default(), IMAGE_ROWS, NULL, error);

        whole = trace ? trace_draw(trace, 0, IMAGE_ROWS, PALETTE_TORCHLIGHT) : NULL;
    }
    if (!whole)
        return NULL;
    small = thumbnail_shrink(whole, THUMBNAIL_SIZE);
    use_palette(small, palette);
    return g_steal_pointer(&small);
}

/* --- copies on disk --- */

char *
thumbnail_cache_dir(void)
{
    return g_build_filename(g_get_user_cache_dir(), "torchlight", "thumbnails", NULL);
}

/* NULL when the file is not there. */
static char *
copy_path(const char *path, Palette palette, const char *cache_dir)
{
    g_autofree char *key = NULL;
    g_autofree char *sum = NULL;
    g_autofree char *name = NULL;
    GStatBuf facts;

    if (!cache_dir || g_stat(path, &facts) != 0)
        return NULL;
    key = g_strdup_printf("%s\n%" G_GINT64_FORMAT ".%09ld\n%" G_GINT64_FORMAT "\n%s\n" FORMAT, path,
                          (gint64)facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec,
                          (gint64)facts.st_size, palette_name(palette));
    sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, key, -1);
    name = g_strconcat(sum, ".png", NULL);
    return g_build_filename(cache_dir, name, NULL);
}

static Image *
read_copy(const char *copy)
{
    g_autoptr(Image) image = NULL;

    if (!g_file_test(copy, G_FILE_TEST_IS_REGULAR))
        return NULL;
    image = image_read_png(copy, 3, NULL, NULL);
    if (!image || image->width != THUMBNAIL_SIZE || image->height != THUMBNAIL_SIZE)
        return NULL;
    return g_steal_pointer(&image);
}

Image *
thumbnail_read(const char *path, Palette palette, const char *cache_dir, GError **error)
{
    g_autofree char *copy = copy_path(path, palette, cache_dir);
    g_autoptr(Image) image = copy ? read_copy(copy) : NULL;

    if (image)
        return g_steal_pointer(&image);
    image = thumbnail_draw(path, palette, error);
    /* A copy that cannot be kept is no harm. */
    if (image && copy && g_mkdir_with_parents(cache_dir, 0700) == 0)
        image_write_png(image, copy, NULL, NULL);
    return g_steal_pointer(&image);
}

typedef struct {
    char *path;
    gint64 time; /* of its last change */
} Copy;

static void
copy_clear(void *data)
{
    g_free(((Copy *)data)->path);
}

static int
compare_times(const void *a, const void *b)
{
    gint64 x = ((const Copy *)a)->time, y = ((const Copy *)b)->time;

    return (x > y) - (x < y);
}

void
thumbnail_prune(const char *cache_dir, int max_files)
{
    g_autoptr(GDir) dir = g_dir_open(cache_dir, 0, NULL);
    g_autoptr(GArray) copies = g_array_new(FALSE, FALSE, sizeof(Copy));
    const char *name;

    g_array_set_clear_func(copies, copy_clear);
    while (dir && (name = g_dir_read_name(dir))) {
        Copy copy = {g_build_filename(cache_dir, name, NULL), 0};
        GStatBuf facts;

        if (g_lstat(copy.path, &facts) == 0 && S_ISREG(facts.st_mode))
            copy.time = facts.st_mtim.tv_sec;
        g_array_append_val(copies, copy);
    }
    if ((int)copies->len <= max_files)
        return;
    g_array_sort(copies, compare_times);
    for (guint i = 0; i < copies->len - (guint)max_files; i++)
        g_unlink(g_array_index(copies, Copy, i).path);
}
