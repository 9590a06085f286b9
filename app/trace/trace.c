/* SPDX-License-Identifier: Apache-2.0 */
/* The Trace: storage, fields read and written bit by bit, copies and slices. */
#include "app/trace/trace.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

Trace *
trace_new(const Layout *layout, int n_rows)
{
    Trace *trace;
    size_t cells;

    g_return_val_if_fail(layout && n_rows >= 0, NULL);
    trace = g_new0(Trace, 1);
    cells = (size_t)n_rows * layout->n_columns;
    trace->layout = layout;
    trace->n_rows = n_rows;
    trace->trits = g_malloc(MAX(cells, 1));
    memset(trace->trits, -1, MAX(cells, 1));
    trace->rows = g_new0(TraceRow, MAX(n_rows, 1));
    trace->provenance = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    trace->skipped = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return trace;
}

void
trace_free(Trace *trace)
{
    if (!trace)
        return;
    g_free(trace->trits);
    g_free(trace->confidence);
    g_free(trace->extra_trits);
    g_free(trace->rows);
    g_clear_pointer(&trace->provenance, g_hash_table_unref);
    g_clear_pointer(&trace->skipped, g_hash_table_unref);
    g_free(trace);
}

bool
trace_get(const Trace *trace, int row, FieldId field, uint32_t *value)
{
    const int8_t *trits;
    uint32_t bits = 0;
    int column, width;

    g_return_val_if_fail((unsigned)field < N_FIELDS && row >= 0 && row < trace->n_rows, false);
    column = trace->layout->column_of[field];
    width = field_table[field].width;
    if (column < 0 || width > 32)
        return false;
    trits = trace_row(trace, row) + column;
    for (int i = 0; i < width; i++) {
        if (trits[i] < 0)
            return false;
        bits = bits << 1 | (trits[i] & 1);
    }
    *value = bits;
    return true;
}

bool
trace_set(Trace *trace, int row, FieldId field, uint32_t value)
{
    int8_t *trits;
    int column, width;

    g_return_val_if_fail((unsigned)field < N_FIELDS && row >= 0 && row < trace->n_rows, false);
    column = trace->layout->column_of[field];
    width = field_table[field].width;
    if (column < 0 || width > 32)
        return false;
    trits = trace_row(trace, row) + column;
    for (int i = 0; i < width; i++)
        trits[i] = value >> (width - 1 - i) & 1;
    return true;
}

bool
trace_has_header(const Trace *trace, int row, Header header)
{
    const int8_t *trits;
    int first, n;

    g_return_val_if_fail(row >= 0 && row < trace->n_rows, false);
    if (!layout_header_span(trace->layout, header, &first, &n))
        return false;
    trits = trace_row(trace, row) + first;
    for (int i = 0; i < n; i++) {
        if (trits[i] >= 0)
            return true;
    }
    return false;
}

bool
trace_row_is_empty(const Trace *trace, int row)
{
    const int8_t *trits;

    g_return_val_if_fail(row >= 0 && row < trace->n_rows, true);
    trits = trace_row(trace, row);
    for (int i = 0; i < trace->layout->n_columns; i++) {
        if (trits[i] >= 0)
            return false;
    }
    return true;
}

void
trace_keep_extra(Trace *trace, const TraceExtra *extra)
{
    size_t size = (size_t)trace->n_rows * trace_extra_width(extra);

    g_clear_pointer(&trace->extra_trits, g_free);
    trace->extra = *extra;
    if (trace_extra_width(extra) == 0)
        return;
    trace->extra_trits = g_malloc(MAX(size, 1));
    memset(trace->extra_trits, -1, MAX(size, 1));
}

static void
copy_text_table(GHashTable *to, GHashTable *from)
{
    GHashTableIter iter;
    gpointer key, value;

    g_hash_table_iter_init(&iter, from);
    while (g_hash_table_iter_next(&iter, &key, &value))
        g_hash_table_insert(to, g_strdup(key), g_strdup(value));
}

static void
copy_count_table(GHashTable *to, GHashTable *from)
{
    GHashTableIter iter;
    gpointer key, value;

    g_hash_table_iter_init(&iter, from);
    while (g_hash_table_iter_next(&iter, &key, &value))
        g_hash_table_insert(to, g_strdup(key), value);
}

Trace *
trace_slice(const Trace *trace, int first, int n)
{
    size_t width = trace->layout->n_columns;
    Trace *slice;

    g_return_val_if_fail(first >= 0 && n >= 0 && first <= trace->n_rows - n, NULL);
    slice = trace_new(trace->layout, n);
    memcpy(slice->trits, trace->trits + first * width, n * width);
    memcpy(slice->rows, trace->rows + first, n * sizeof *slice->rows);
    if (trace->confidence)
        slice->confidence =
            g_memdup2(trace->confidence + first * width, n * width * sizeof *trace->confidence);
    if (trace->extra_trits) {
        trace_keep_extra(slice, &trace->extra);
        memcpy(slice->extra_trits, trace_extra_row(trace, first),
               (size_t)n * trace_extra_width(&trace->extra));
    }
    slice->sides = trace->sides;
    copy_text_table(slice->provenance, trace->provenance);
    copy_count_table(slice->skipped, trace->skipped);
    return slice;
}

Trace *
trace_copy(const Trace *trace)
{
    return trace_slice(trace, 0, trace->n_rows);
}

int
trace_drop_empty(Trace *trace)
{
    size_t width = trace->layout->n_columns;
    int kept = 0, dropped;

    for (int row = 0; row < trace->n_rows; row++) {
        if (trace_row_is_empty(trace, row))
            continue;
        if (kept != row) {
            memcpy(trace->trits + kept * width, trace->trits + row * width, width);
            trace->rows[kept] = trace->rows[row];
            if (trace->confidence)
                memcpy(trace->confidence + kept * width, trace->confidence + row * width,
                       width * sizeof *trace->confidence);
            if (trace->extra_trits)
                memcpy(trace_extra_row(trace, kept), trace_extra_row(trace, row),
                       trace_extra_width(&trace->extra));
        }
        kept++;
    }
    dropped = trace->n_rows - kept;
    trace->n_rows = kept;
    return dropped;
}

bool
trace_grow(Trace *trace, int *room, GError **error)
{
    int more = *room > G_MAXINT / 2 ? G_MAXINT : MAX(*room * 2, 1024);
    int8_t *trits;
    TraceRow *rows;

    if (trace->n_rows < *room)
        return true;
    trits = g_try_realloc_n(trace->trits, more, trace->layout->n_columns);
    if (trits)
        trace->trits = trits;
    rows = trits ? g_try_realloc_n(trace->rows, more, sizeof *rows) : NULL;
    if (rows)
        trace->rows = rows;
    if (rows && trace->extra_trits) {
        int8_t *extra =
            g_try_realloc_n(trace->extra_trits, more, MAX(trace_extra_width(&trace->extra), 1));
        if (extra)
            trace->extra_trits = extra;
        else
            rows = NULL;
    }
    if (!rows || more == *room) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                    _("No memory for more than %d packets: read fewer at a time."), trace->n_rows);
        return false;
    }
    *room = more;
    return true;
}
