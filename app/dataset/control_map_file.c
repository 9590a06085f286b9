/* SPDX-License-Identifier: Apache-2.0 */
/* Control maps as PNG, with their marks in text chunks. */
#include "app/dataset/control_map_file.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "app/dataset/control_map_private.h"

enum { MAX_PIXELS = 1 << 24 };

#define KEY_KIND "torchlight:kind"
#define KEY_CANNY "torchlight:control:canny"
#define KEY_MARKS "torchlight:control:marks"
#define KEY_BENEATH "torchlight:control:beneath"
#define KEY_NAME "torchlight:provenance:source"

static char *
plane_to_text(const ControlMap *map, const uint8_t *plane)
{
    const size_t n = (size_t)map->width * map->height;
    g_autofree uint8_t *runs = g_malloc(2 * n);

    return g_base64_encode(runs, control_pack_runs(plane, n, runs, 2 * n));
}

/* False when there is no such text, or it does not fit the map. */
static bool
plane_from_text(const ControlMap *map, GHashTable *text, const char *key, uint8_t *plane)
{
    const size_t n = (size_t)map->width * map->height;
    const char *value = g_hash_table_lookup(text, key);
    g_autofree uint8_t *runs = NULL, *bytes = NULL;
    gsize size = 0;

    if (!value)
        return false;
    runs = g_base64_decode(value, &size);
    bytes = g_malloc(n);
    if (!control_unpack_runs(runs, size, bytes, n))
        return false;
    memcpy(plane, bytes, n);
    return true;
}

static char *
canny_to_text(const ControlSource *source)
{
    char low[G_ASCII_DTOSTR_BUF_SIZE], high[G_ASCII_DTOSTR_BUF_SIZE];

    return g_strjoin(" ", g_ascii_dtostr(low, sizeof low, source->low),
                     g_ascii_dtostr(high, sizeof high, source->high), source->l2 ? "L2" : "L1",
                     NULL);
}

static bool
canny_from_text(const char *text, ControlSource *source)
{
    g_auto(GStrv) words = text ? g_strsplit(text, " ", 4) : NULL;

    if (!words || g_strv_length(words) != 3)
        return false;
    source->low = g_ascii_strtod(words[0], NULL);
    source->high = g_ascii_strtod(words[1], NULL);
    source->l2 = g_str_equal(words[2], "L2");
    source->canny = isfinite(source->low) && isfinite(source->high);
    return source->canny;
}

bool
control_map_write(const ControlMap *map, const ControlSource *source, const char *name,
                  const char *path, GError **error)
{
    g_autoptr(GHashTable) text = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    const Image image = {map->width, map->height, 1, map->pixels};
    const bool marked = control_map_has_marks(map);

    g_hash_table_insert(text, KEY_KIND, g_strdup("control-map"));
    if (source->canny)
        g_hash_table_insert(text, KEY_CANNY, canny_to_text(source));
    else if (marked)
        g_hash_table_insert(text, KEY_BENEATH, plane_to_text(map, map->base));
    if (marked)
        g_hash_table_insert(text, KEY_MARKS, plane_to_text(map, map->marks));
    if (name)
        g_hash_table_insert(text, KEY_NAME, g_strdup(name));
    return image_write_png(&image, path, text, error);
}

static bool
size_check(const Image *pixels, const char *path, GError **error)
{
    if ((int64_t)pixels->width * pixels->height <= MAX_PIXELS)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s” is too large for a control map (%d × %d pixels): make it smaller, a "
                  "picture of a trace has 1088 × 1024."),
                path, pixels->width, pixels->height);
    return false;
}

/* What was beneath, as far as the pixels tell. */
static void
look_beneath(ControlMap *map, const Image *pixels)
{
    const size_t n = (size_t)map->width * map->height;

    for (size_t i = 0; i < n; i++)
        map->base[i] =
            map->marks[i] == MARK_INVERTED ? (uint8_t)(255 - pixels->pixels[i]) : pixels->pixels[i];
}

ControlMap *
control_map_read(const char *path, ControlSource *source, GError **error)
{
    g_autoptr(GHashTable) text = NULL;
    g_autoptr(Image) pixels = image_read_png_on_black(path, &text, error);
    ControlMap *map;

    *source = (ControlSource){.canny = false};
    if (!pixels || !size_check(pixels, path, error))
        return NULL;
    map = control_map_new(pixels->width, pixels->height);
    canny_from_text(g_hash_table_lookup(text, KEY_CANNY), source);
    plane_from_text(map, text, KEY_MARKS, map->marks);
    if (source->canny || !plane_from_text(map, text, KEY_BENEATH, map->base))
        look_beneath(map, pixels);
    control_map_touch(map, control_map_all(map));
    return map;
}
