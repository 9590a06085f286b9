/* SPDX-License-Identifier: Apache-2.0 */
/* A trace as a PNG and back. Text chunks: torchlight:layout, torchlight:palette, torchlight:rows,
 * torchlight:sides (sides.h), torchlight:skipped (a line a reason: count, space, reason), and
 * torchlight:provenance:KEY for each entry of the provenance. */
#include "app/trace/image.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/trace/excerpt.h"
#include "app/trace/sides.h"

#define KEY_LAYOUT "torchlight:layout"
#define KEY_PALETTE "torchlight:palette"
#define KEY_ROWS "torchlight:rows"
#define KEY_SIDES "torchlight:sides"
#define KEY_SKIPPED "torchlight:skipped"
#define KEY_PROVENANCE "torchlight:provenance:"

enum { MAX_KEYWORD = 79, MAX_SKIPPED = 1000 };

static void
put(GHashTable *text, const char *key, char *value)
{
    g_hash_table_insert(text, g_strdup(key), value);
}

static char *
skipped_to_text(const Trace *trace)
{
    GString *text = g_string_new(NULL);
    g_autoptr(GList) reasons =
        g_list_sort(g_hash_table_get_keys(trace->skipped), (GCompareFunc)strcmp);
    int n = 0;

    for (GList *at = reasons; at && n < MAX_SKIPPED; at = at->next, n++)
        g_string_append_printf(text, "%u %s\n",
                               GPOINTER_TO_UINT(g_hash_table_lookup(trace->skipped, at->data)),
                               (const char *)at->data);
    return g_string_free(text, FALSE);
}

static void
skipped_from_text(Trace *trace, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", MAX_SKIPPED + 1);

    for (int i = 0; lines[i] && i < MAX_SKIPPED; i++) {
        char *reason = strchr(lines[i], ' ');
        guint64 count;

        if (!reason)
            continue;
        *reason++ = '\0';
        if (*reason && g_ascii_string_to_unsigned(lines[i], 10, 1, G_MAXUINT32, &count, NULL))
            g_hash_table_insert(trace->skipped, g_strdup(reason), GUINT_TO_POINTER((guint)count));
    }
}

static GHashTable *
trace_text(const Trace *trace, Palette palette)
{
    GHashTable *text = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    GHashTableIter iter;
    gpointer key, value;

    put(text, KEY_LAYOUT, g_strdup(trace->layout->name));
    put(text, KEY_PALETTE, g_strdup(palette_name(palette)));
    put(text, KEY_ROWS, g_strdup_printf("%d", trace->n_rows));
    if (trace->sides)
        put(text, KEY_SIDES, trace_sides_to_text(trace));
    if (g_hash_table_size(trace->skipped))
        put(text, KEY_SKIPPED, skipped_to_text(trace));
    g_hash_table_iter_init(&iter, trace->provenance);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        if (g_str_is_ascii(key) && strlen(KEY_PROVENANCE) + strlen(key) <= MAX_KEYWORD)
            g_hash_table_insert(text, g_strconcat(KEY_PROVENANCE, key, NULL),
                                g_utf8_make_valid(value, -1));
    }
    return text;
}

bool
trace_write_png(const Trace *trace, const char *path, Palette palette, GError **error)
{
    g_autoptr(GHashTable) text = NULL;
    g_autoptr(Image) image = NULL;

    if (trace->n_rows > IMAGE_ROWS) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    _("Cannot draw “%s”: a picture holds %d packets and the trace has %d; write "
                      "them in parts."),
                    path, IMAGE_ROWS, trace->n_rows);
        return false;
    }
    image = trace_draw(trace, 0, IMAGE_ROWS, palette);
    text = trace_text(trace, palette);
    return image_write_png(image, path, text, error);
}

/* The layout the PNG names, else the one asked for, else the default. */
static const Layout *
choose_layout(GHashTable *text, const char *path, const char *asked, GError **error)
{
    const char *named = g_hash_table_lookup(text, KEY_LAYOUT);
    const Layout *layout;

    if (named && asked && layout_by_name(named, NULL) != layout_by_name(asked, NULL)) {
        g_autofree char *shown = excerpt(named);

        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    _("“%s” is a picture of layout %s, not %s: leave the layout to the picture."),
                    path, shown, asked);
        return NULL;
    }
    if (!named && !asked)
        return layout_default();
    layout = layout_by_name(named ? named : asked, error);
    if (!layout)
        g_prefix_error(error, "“%s”: ", path);
    return layout;
}

static bool
choose_palette(GHashTable *text, const char *path, const Palette *asked, Palette *palette,
               GError **error)
{
    const char *named = g_hash_table_lookup(text, KEY_PALETTE);

    *palette = asked ? *asked : PALETTE_TORCHLIGHT;
    if (asked || !named || palette_by_name(named, palette, error))
        return true;
    g_prefix_error(error, "“%s”: ", path);
    return false;
}

/* NetDiffusion's own pictures have an index column in front. */
static void
drop_first_column(Image *image)
{
    size_t stride = (size_t)image->width * 3, narrow = stride - 3;

    for (int y = 0; y < image->height; y++)
        memmove(image->pixels + y * narrow, image->pixels + y * stride + 3, narrow);
    image->width--;
}

static bool
check_width(Image *image, const char *path, const Layout *layout, Palette palette, GError **error)
{
    const char *remedy = _("give a picture of that layout, neither scaled nor cropped");

    if (image->width == layout->n_columns + 1) {
        if (palette == PALETTE_NETDIFFUSION) {
            drop_first_column(image);
            return true;
        }
        remedy = _("if its first column is NetDiffusion's index, say that its palette is "
                   "netdiffusion");
    }
    if (image->width == layout->n_columns)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s” is %d pixels wide and %d high, but layout %s is %d wide: %s."), path,
                image->width, image->height, layout->name, layout->n_columns, remedy);
    return false;
}

/* Keeps the first n rows. */
static void
trace_cut(Trace *trace, int n)
{
    trace->n_rows = MIN(trace->n_rows, n);
}

static int
n_rows_without_padding(const Trace *trace)
{
    int n = trace->n_rows;

    while (n > 0 && trace_row_is_empty(trace, n - 1))
        n--;
    return n;
}

static bool
apply_text(Trace *trace, GHashTable *text, const char *path, GError **error)
{
    const char *rows = g_hash_table_lookup(text, KEY_ROWS);
    const char *sides = g_hash_table_lookup(text, KEY_SIDES);
    const char *skipped = g_hash_table_lookup(text, KEY_SKIPPED);
    guint64 n_rows = n_rows_without_padding(trace);
    GHashTableIter iter;
    gpointer key, value;

    if (rows && !g_ascii_string_to_unsigned(rows, 10, 0, trace->n_rows, &n_rows, NULL)) {
        g_autofree char *shown = excerpt(rows);

        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” says that it has %s rows, but it is %d high: write it again."), path,
                    shown, trace->n_rows);
        return false;
    }
    trace_cut(trace, (int)n_rows);
    if (sides && !trace_sides_from_text(trace, sides, error)) {
        g_prefix_error(error, "“%s”: ", path);
        return false;
    }
    if (skipped)
        skipped_from_text(trace, skipped);
    g_hash_table_iter_init(&iter, text);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        if (g_str_has_prefix(key, KEY_PROVENANCE))
            put(trace->provenance, (char *)key + strlen(KEY_PROVENANCE), g_strdup(value));
    }
    return true;
}

Trace *
trace_read_png(const char *path, const char *layout_name, const Palette *palette, GError **error)
{
    g_autoptr(GHashTable) text = NULL;
    g_autoptr(Trace) trace = NULL;
    g_autoptr(Image) image = image_read_png(path, 3, &text, error);
    const Layout *layout;
    Palette chosen;

    if (!image)
        return NULL;
    layout = choose_layout(text, path, layout_name, error);
    if (!layout || !choose_palette(text, path, palette, &chosen, error) ||
        !check_width(image, path, layout, chosen, error))
        return NULL;
    trace = trace_from_image(image, layout, chosen, error);
    if (!trace || !apply_text(trace, text, path, error))
        return NULL;
    return g_steal_pointer(&trace);
}
