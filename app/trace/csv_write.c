/* SPDX-License-Identifier: Apache-2.0 */
/* Writing nPrint CSV: eight cells at a time. */
#include <string.h>

#include "app/trace/csv_index.h"
#include "app/trace/flow.h"
#include "app/trace/table_write.h"

static const int64_t ns_per_second = 1000000000;
enum { CHUNK_SIZE = 1 << 20 }; /* bytes handed to the stream at a time */

static bool
index_is_written(const Trace *trace, Index index)
{
    if (index == INDEX_SRC_IP)
        return true;
    return index < INDEX_TV_USEC && trace->layout->column_of[FIELD_IPV4_SRC] < 0 &&
           (trace->sides & csv_index_table[index].known);
}

static void
append_address(GString *out, const Trace *trace, int row, bool source)
{
    g_autofree char *text = NULL;
    FlowKey key;

    flow_key_init(&key, trace, row);
    text = address_to_string(source ? &key.src : &key.dst);
    g_string_append(out, *text ? text : "NULL");
}

static void
append_index(GString *out, const Trace *trace, int row, Index index)
{
    const TraceRow *side = &trace->rows[row];
    int64_t seconds = side->time_ns / ns_per_second, ns = side->time_ns % ns_per_second;

    if (ns < 0) {
        seconds--;
        ns += ns_per_second;
    }
    switch (index) {
    case INDEX_SRC_IP:
    case INDEX_DST_IP:
        append_address(out, trace, row, index == INDEX_SRC_IP);
        break;
    case INDEX_TV_SEC:
        g_string_append_printf(out, "%" G_GINT64_FORMAT, (gint64)seconds);
        break;
    case INDEX_TV_NSEC:
        g_string_append_printf(out, "%" G_GINT64_FORMAT, (gint64)ns);
        break;
    case INDEX_LENGTH:
        g_string_append_printf(out, "%u", side->length);
        break;
    default:
        g_string_append_printf(out, "%u", side->direction);
        break;
    }
}

/* Cells of eight trits at a time: mostly all absent or all present. */
static char *
put_trits(char *at, const int8_t *trits, int n)
{
    int i = 0;

    for (; i + 8 <= n; i += 8) {
        uint64_t eight;

        memcpy(&eight, trits + i, sizeof eight);
        if (eight == UINT64_MAX) {
            memcpy(at, "-1,-1,-1,-1,-1,-1,-1,-1,", 24);
            at += 24;
        } else if (!(eight & 0x8080808080808080u)) {
            for (int bit = 0; bit < 8; bit++) {
                at[2 * bit] = (char)('0' + trits[i + bit]);
                at[2 * bit + 1] = ',';
            }
            at += 16;
        } else {
            break;
        }
    }
    for (; i < n; i++) {
        if (trits[i] < 0)
            *at++ = '-';
        *at++ = trits[i] == 0 ? '0' : '1';
        *at++ = ',';
    }
    return at;
}

static void
csv_begin(TableWriter *writer, const Trace *trace)
{
    GString *out = writer->out;

    for (int index = 0; index < N_INDEXES; index++) {
        if (index_is_written(trace, (Index)index))
            g_string_append_printf(out, "%s,", csv_index_table[index].name);
    }
    for (int column = 0; column < trace->layout->n_columns; column++) {
        g_autofree char *name = layout_column_name(trace->layout, column);
        g_string_append_printf(out, "%s%c", name,
                               column + 1 < trace->layout->n_columns ? ',' : '\n');
    }
}

static void
hand_over(TableWriter *writer)
{
    fwrite(writer->out->str, 1, writer->out->len, table_stream(writer));
    g_string_truncate(writer->out, 0);
}

static void
append_row(GString *out, const Trace *trace, int row)
{
    gsize used;
    char *end;

    for (int index = 0; index < N_INDEXES; index++) {
        if (!index_is_written(trace, (Index)index))
            continue;
        append_index(out, trace, row, (Index)index);
        g_string_append_c(out, ',');
    }
    used = out->len;
    g_string_set_size(out, used + 3 * (gsize)trace->layout->n_columns);
    end = put_trits(out->str + used, trace_row(trace, row), trace->layout->n_columns);
    end[-1] = '\n';
    g_string_truncate(out, end - out->str);
}

static void
csv_append(TableWriter *writer, const Trace *trace)
{
    for (int row = 0; row < trace->n_rows && !ferror(table_stream(writer)); row++) {
        append_row(writer->out, trace, row);
        if (writer->out->len > CHUNK_SIZE)
            hand_over(writer);
    }
}

const TableKind table_kind_csv = {csv_begin, csv_append, hand_over};
