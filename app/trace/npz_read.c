/* SPDX-License-Identifier: Apache-2.0 */
/* Reading NumPy .npz: the layout first, then the trits, then what travels beside them. */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/trace/excerpt.h"
#include "app/trace/flow.h"
#include "app/trace/interchange.h"
#include "app/trace/npy_header.h"
#include "app/trace/npz.h"
#include "app/trace/provenance.h"
#include "app/trace/zip_read.h"

enum { MAX_TEXT = 1 << 20 }; /* bytes of layout and provenance */

const NpzSideKind npz_side_table[N_NPZ_SIDES] = {
    [NPZ_TIME] = {"time_ns", "<i8", TRACE_HAS_TIMES},
    [NPZ_SRC] = {"src", "<U39", TRACE_HAS_ADDRESSES},
    [NPZ_DST] = {"dst", "<U39", TRACE_HAS_ADDRESSES},
    [NPZ_FRAME] = {"frame", "<u4", 0},
    [NPZ_LENGTH] = {"length", "<u4", TRACE_HAS_LENGTHS},
    [NPZ_DIRECTION] = {"direction", "|u1", TRACE_HAS_DIRECTIONS},
};

static bool
fail(const char *path, const char *member, const char *what, GError **error)
{
    g_autofree char *shown = excerpt(member);

    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s” has a member “%s” that cannot be used (%s): give trits (N × W int8) and "
                  "what docs/formats.md names beside them."),
                path, shown, what);
    return false;
}

static bool
read_zip(void *reader, void *out, size_t n)
{
    return zip_reader_read(reader, out, n);
}

/* Begins a member and reads the header of its array, whose items then fill the rest of it. */
static bool
begin_array(ZipReader *zip, const char *path, int i, NpyHeader *header, GError **error)
{
    const char *name = zip_reader_name(zip, i), *fault;
    gint64 n;

    if (!zip_reader_begin(zip, i, error))
        return false;
    fault = npy_header_read(header, read_zip, zip);
    if (fault)
        return fail(path, name, fault, error);
    n = npy_header_n_items(header);
    if (n < 0 || zip_reader_left(zip) != (guint64)n * (guint64)header->item_size)
        return fail(path, name, _("its size is not what its header says"), error);
    return true;
}

/* One item of an array: a whole number, false when it is none or does not fit. */
static bool
item_number(const NpyHeader *header, const guint8 *item, gint64 *number)
{
    guint64 value = 0;
    int n = header->item_size;

    for (int i = 0; i < n; i++)
        value = value << 8 | item[header->big_endian ? i : n - 1 - i];
    if (header->kind == 'i' && n < 8 && value >> (8 * n - 1))
        value |= ~G_GUINT64_CONSTANT(0) << (8 * n);
    *number = (gint64)value;
    return header->kind == 'i' || *number >= 0;
}

/* A text of UTF-8, or of four bytes a character, up to its padding; NULL when it is none. */
static char *
item_text(const NpyHeader *header, const guint8 *item)
{
    GString *out = g_string_new(NULL);
    bool good = true;

    if (header->kind == 'S')
        g_string_append_len(out, (const char *)item,
                            (gssize)strnlen((const char *)item, header->item_size));
    for (int i = 0; header->kind == 'U' && good && i + 4 <= header->item_size; i += 4) {
        gunichar character = 0;

        for (int k = 0; k < 4; k++)
            character = character << 8 | item[i + (header->big_endian ? k : 3 - k)];
        if (character == 0)
            break;
        good = g_unichar_validate(character);
        if (good)
            g_string_append_unichar(out, character);
    }
    if (good && g_utf8_validate(out->str, (gssize)out->len, NULL))
        return g_string_free(out, FALSE);
    g_string_free(out, TRUE);
    return NULL;
}

/* A member that is one text. NULL without error when there is no such member. */
static char *
read_text(ZipReader *zip, const char *path, const char *name, GError **error)
{
    int i = zip_reader_find(zip, name);
    g_autofree guint8 *item = NULL;
    NpyHeader header;
    char *text;

    if (i < 0 || !begin_array(zip, path, i, &header, error))
        return NULL;
    if ((header.kind != 'U' && header.kind != 'S') || npy_header_n_items(&header) != 1 ||
        header.item_size > MAX_TEXT) {
        fail(path, name, _("it is no text"), error);
        return NULL;
    }
    item = g_malloc0((size_t)header.item_size + 1);
    zip_reader_read(zip, item, (size_t)header.item_size);
    if (!zip_reader_end(zip, error))
        return NULL;
    text = item_text(&header, item);
    if (!text)
        fail(path, name, _("it is no text"), error);
    return text;
}

static const Layout *
read_layout(ZipReader *zip, const char *path, const Layout *asked, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autofree char *name = read_text(zip, path, "layout.npy", &local);
    const Layout *named;

    if (local) {
        g_propagate_error(error, g_steal_pointer(&local));
        return NULL;
    }
    if (!name)
        return asked ? asked : layout_default();
    named = layout_by_name(name, error);
    if (!named) {
        g_prefix_error(error, "“%s”: ", path);
        return NULL;
    }
    if (!asked || asked == named)
        return named;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                _("“%s” is of layout %s, not %s: leave the layout to the file."), path, named->name,
                asked->name);
    return NULL;
}

/* trits, or the only member there is. */
static int
find_trits(const ZipReader *zip, const char *path, GError **error)
{
    int i = zip_reader_find(zip, "trits.npy");

    if (i < 0 && zip_reader_n(zip) == 1)
        i = 0;
    if (i < 0)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” has no array “trits”: save the N × W array of int8 under that name."),
                    path);
    return i;
}

static bool
trits_are_good(const int8_t *trits, size_t n)
{
    bool good = true;

    for (size_t i = 0; i < n; i++)
        good &= trits[i] >= -1 && trits[i] <= 1;
    return good;
}

/* Row by row: no more memory than there is data for, whatever the header claims. */
static Trace *
read_trits(ZipReader *zip, const char *path, const Layout *layout, GError **error)
{
    int i = find_trits(zip, path, error), room = 0;
    g_autoptr(Trace) trace = trace_new(layout, 0);
    const char *fault, *name;
    NpyHeader header;

    if (i < 0 || !begin_array(zip, path, i, &header, error))
        return NULL;
    name = zip_reader_name(zip, i);
    fault = npy_header_check_trits(&header, layout->n_columns);
    if (fault) {
        fail(path, name, fault, error);
        return NULL;
    }
    while (trace->n_rows < header.shape[0]) {
        int8_t *row;

        if (!trace_grow(trace, &room, error))
            return NULL;
        row = trace_row(trace, trace->n_rows);
        if (!zip_reader_read(zip, row, layout->n_columns))
            break;
        if (!trits_are_good(row, layout->n_columns)) {
            fail(path, name, _("a value is none of -1, 0 and 1"), error);
            return NULL;
        }
        trace->rows[trace->n_rows++] = (TraceRow){.time_ns = 0};
    }
    return zip_reader_end(zip, error) ? g_steal_pointer(&trace) : NULL;
}

static bool
set_side(TraceRow *row, NpzSide side, const NpyHeader *header, const guint8 *item)
{
    Address *address = side == NPZ_SRC ? &row->src : &row->dst;
    g_autofree char *text = NULL;
    gint64 number = 0;

    if (side == NPZ_SRC || side == NPZ_DST) {
        text = item_text(header, item);
        return text && (*text == '\0' || address_from_string(text, address));
    }
    if (!item_number(header, item, &number))
        return false;
    switch (side) {
    case NPZ_TIME:
        row->time_ns = number;
        return true;
    case NPZ_FRAME:
        row->frame = (uint32_t)number;
        return number >= 0 && number <= G_MAXUINT32;
    case NPZ_LENGTH:
        row->length = (uint32_t)number;
        return number >= 0 && number <= G_MAXUINT32;
    default:
        row->direction = (uint8_t)number;
        return number == 0 || number == 1;
    }
}

static bool
side_fits(const NpyHeader *header, NpzSide side, int n_rows)
{
    bool text = header->kind == 'U' || header->kind == 'S';
    bool number = (header->kind == 'i' || header->kind == 'u') && header->item_size >= 1 &&
                  header->item_size <= 8;

    return header->n_dimensions == 1 && header->shape[0] == n_rows &&
           (side == NPZ_SRC || side == NPZ_DST ? text && header->item_size <= MAX_TEXT : number);
}

static bool
read_side(ZipReader *zip, const char *path, Trace *trace, NpzSide side, GError **error)
{
    g_autofree char *name = g_strconcat(npz_side_table[side].name, ".npy", NULL);
    int i = zip_reader_find(zip, name);
    g_autofree guint8 *item = NULL;
    NpyHeader header;

    if (i < 0)
        return true;
    if (!begin_array(zip, path, i, &header, error))
        return false;
    if (!side_fits(&header, side, trace->n_rows))
        return fail(path, name, _("it has not one number or text a row"), error);
    item = g_malloc0((size_t)header.item_size + 1);
    for (int row = 0; row < trace->n_rows; row++) {
        if (!zip_reader_read(zip, item, (size_t)header.item_size))
            break;
        if (!set_side(&trace->rows[row], side, &header, item))
            return fail(path, name, _("a value is out of its range"), error);
    }
    trace->sides |= npz_side_table[side].known;
    return zip_reader_end(zip, error);
}

static bool
read_provenance(ZipReader *zip, const char *path, Trace *trace, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autofree char *json = read_text(zip, path, "provenance.npy", &local);

    if (local) {
        g_propagate_error(error, g_steal_pointer(&local));
        return false;
    }
    if (json && !provenance_from_json(json, trace->provenance, trace->skipped))
        return fail(path, "provenance.npy", _("it is no JSON object of texts"), error);
    if (!g_hash_table_contains(trace->provenance, "source"))
        g_hash_table_insert(trace->provenance, g_strdup("source"), g_path_get_basename(path));
    return true;
}

Trace *
trace_read_npz(const char *path, const Layout *layout, GError **error)
{
    g_autoptr(ZipReader) zip = zip_reader_open(path, error);
    g_autoptr(Trace) trace = NULL;

    layout = zip ? read_layout(zip, path, layout, error) : NULL;
    trace = layout ? read_trits(zip, path, layout, error) : NULL;
    if (!trace)
        return NULL;
    for (int side = 0; side < N_NPZ_SIDES; side++) {
        if (!read_side(zip, path, trace, (NpzSide)side, error))
            return NULL;
    }
    return read_provenance(zip, path, trace, error) ? g_steal_pointer(&trace) : NULL;
}
