/* SPDX-License-Identifier: Apache-2.0 */
/* NumPy .npz part by part: the trits go into the archive as they come, what travels beside the rows
 * waits in a temporary file until the trits have ended. */
#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/trace/flow.h"
#include "app/trace/npy_header.h"
#include "app/trace/npz.h"
#include "app/trace/provenance.h"
#include "app/trace/table_write.h"
#include "app/trace/zip_write.h"

enum { ROWS_AT_A_TIME = 1024, SPOOL_BUFFER = 1 << 16 };

typedef struct {
    ZipWriter *zip;
    FILE *rows;  /* TraceRow, one after the other */
    FILE *spool; /* the archive, where it cannot be written over in its place; else NULL */
    TraceSides sides;
    GHashTable *provenance, *skipped; /* of the last part, which counts for all */
    bool failed;                      /* on rows */
} NpzState;

static void
npz_state_free(void *data)
{
    NpzState *state = data;

    if (!state)
        return;
    zip_writer_free(state->zip);
    if (state->rows)
        fclose(state->rows);
    if (state->spool)
        fclose(state->spool);
    g_clear_pointer(&state->provenance, g_hash_table_unref);
    g_clear_pointer(&state->skipped, g_hash_table_unref);
    g_free(state);
}

static void
npz_begin(TableWriter *writer, const Trace *trace)
{
    NpzState *state = g_new0(NpzState, 1);
    FILE *stream = table_stream(writer);

    state->rows = tmpfile();
    state->failed = !state->rows;
    if (!atomic_file_can_seek(writer->file) || ftello(stream) != 0) {
        state->spool = tmpfile();
        state->failed |= !state->spool;
    }
    state->zip = zip_writer_new(state->spool ? state->spool : stream);
    state->sides = trace->sides;
    writer->state = state;
    zip_writer_begin(state->zip, "trits.npy", NPY_HEADER_SIZE);
}

static void
npz_append(TableWriter *writer, const Trace *trace)
{
    NpzState *state = writer->state;

    zip_writer_add(state->zip, trace->trits, (size_t)trace->n_rows * trace->layout->n_columns);
    if (!state->failed)
        state->failed = fwrite(trace->rows, sizeof *trace->rows, trace->n_rows, state->rows) !=
                        (size_t)trace->n_rows;
    g_clear_pointer(&state->provenance, g_hash_table_unref);
    g_clear_pointer(&state->skipped, g_hash_table_unref);
    state->provenance = g_hash_table_ref(trace->provenance);
    state->skipped = g_hash_table_ref(trace->skipped);
}

static void
end_member(NpzState *state, const char *descr, int n_dimensions, const gint64 *shape)
{
    char header[NPY_HEADER_SIZE];

    npy_header_format(header, descr, n_dimensions, shape);
    zip_writer_end(state->zip, header);
}

/* A text of its own, in NumPy's four bytes a character. */
static void
write_text(NpzState *state, const char *name, const char *text)
{
    glong n = 0;
    g_autofree gunichar *characters = g_utf8_to_ucs4_fast(text, -1, &n);
    g_autofree char *descr = g_strdup_printf("<U%ld", n);

    for (glong i = 0; i < n; i++)
        characters[i] = GUINT32_TO_LE(characters[i]);
    zip_writer_begin(state->zip, name, NPY_HEADER_SIZE);
    zip_writer_add(state->zip, characters, (size_t)n * 4);
    end_member(state, descr, 0, NULL);
}

static size_t
put_address(guint8 *out, const Address *address)
{
    g_autofree char *text = address_to_string(address);

    memset(out, 0, NPZ_ADDRESS_CHARACTERS * 4);
    for (int i = 0; text[i] && i < NPZ_ADDRESS_CHARACTERS; i++)
        out[4 * i] = (guint8)text[i];
    return NPZ_ADDRESS_CHARACTERS * 4;
}

static size_t
put_number(guint8 *out, guint64 value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (guint8)(value >> (8 * i));
    return size;
}

/* The item of one row, little-endian; its size. */
static size_t
put_side(guint8 *out, const TraceRow *row, NpzSide side)
{
    switch (side) {
    case NPZ_TIME:
        return put_number(out, (guint64)row->time_ns, 8);
    case NPZ_SRC:
        return put_address(out, &row->src);
    case NPZ_DST:
        return put_address(out, &row->dst);
    case NPZ_FRAME:
        return put_number(out, row->frame, 4);
    case NPZ_LENGTH:
        return put_number(out, row->length, 4);
    default:
        return put_number(out, row->direction, 1);
    }
}

static void
write_side(NpzState *state, NpzSide side, gint64 n_rows)
{
    g_autofree TraceRow *rows = g_new(TraceRow, ROWS_AT_A_TIME);
    g_autofree guint8 *items = g_malloc((size_t)ROWS_AT_A_TIME * NPZ_ADDRESS_CHARACTERS * 4);
    g_autofree char *name = g_strconcat(npz_side_table[side].name, ".npy", NULL);

    rewind(state->rows);
    zip_writer_begin(state->zip, name, NPY_HEADER_SIZE);
    for (gint64 left = n_rows; left > 0 && !state->failed;) {
        size_t n = (size_t)MIN(left, ROWS_AT_A_TIME), used = 0;

        state->failed = fread(rows, sizeof *rows, n, state->rows) != n;
        for (size_t i = 0; i < n && !state->failed; i++)
            used += put_side(items + used, &rows[i], side);
        zip_writer_add(state->zip, items, used);
        left -= (gint64)n;
    }
    end_member(state, npz_side_table[side].descr, 1, &n_rows);
}

/* Into the pipe, now that it is whole. */
static bool
empty_spool(NpzState *state, FILE *stream)
{
    g_autofree guint8 *buffer = g_malloc(SPOOL_BUFFER);
    size_t n;

    if (fflush(state->spool) != 0 || ferror(state->spool))
        return false;
    rewind(state->spool);
    while ((n = fread(buffer, 1, SPOOL_BUFFER, state->spool)) > 0 &&
           fwrite(buffer, 1, n, stream) == n)
        ;
    return ferror(state->spool) == 0;
}

static bool
npz_end(TableWriter *writer, GError **error)
{
    NpzState *state = writer->state;
    const gint64 shape[] = {writer->n_rows, writer->layout->n_columns};
    g_autofree char *json = provenance_to_json(state->provenance, state->skipped);

    end_member(state, "|i1", 2, shape);
    write_text(state, "layout.npy", writer->layout->name);
    for (int side = 0; side < N_NPZ_SIDES && !state->failed; side++) {
        if (!npz_side_table[side].known || (state->sides & npz_side_table[side].known))
            write_side(state, (NpzSide)side, writer->n_rows);
    }
    write_text(state, "provenance.npy", json);
    state->failed |= !zip_writer_finish(state->zip);
    if (state->spool)
        state->failed |= !empty_spool(state, table_stream(writer));
    /* What the stream could not take is said at the commit. */
    if (!state->failed || ferror(table_stream(writer)))
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                _("Cannot write “%s”: what must wait could not be kept in a temporary file; make "
                  "room in “%s”."),
                writer->path, P_tmpdir);
    return false;
}

const TableKind table_kind_npz = {npz_begin, npz_append, npz_end, npz_state_free};
