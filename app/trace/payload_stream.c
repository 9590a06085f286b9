/* SPDX-License-Identifier: Apache-2.0 */
/* Segments too short for a message, as the ends of the ones before. */
#include "app/trace/payload_stream.h"

#include <string.h>

#include "app/trace/codec.h"
#include "app/trace/flow.h"

struct PayloadStreams {
    int n_rows;
    int *more;
};

/* Of each row. */
typedef struct {
    int *more;
    int *first_of; /* row + 1 that sent the same first, 0 for none */
} Marks;

/* One direction of a connection: rows + 1 by sequence number. */
typedef struct {
    GHashTable *row_at;    /* that was first to send from there */
    GHashTable *ending_at; /* that began the message which ends there, as far as is known */
} Direction;

int
payload_least_counted(unsigned port)
{
    return port == PAYLOAD_PORT_DNS       ? 4 /* the count and the ID */
           : port == PAYLOAD_PORT_OPENVPN ? 5 /* the count, the kind, a word */
                                          : 0;
}

static void
direction_free(gpointer data)
{
    Direction *direction = data;

    g_hash_table_unref(direction->row_at);
    g_hash_table_unref(direction->ending_at);
    g_free(direction);
}

/* Bytes behind the TCP header, by the headers' lengths; never negative. */
static int
count_payload(const Trace *trace, int row)
{
    uint32_t offset = 5, header, total, next;
    uint8_t extension[12];

    trace_get(trace, row, FIELD_TCP_DOFF, &offset);
    offset = MAX(offset, 5) * 4;
    if (trace_get(trace, row, FIELD_IPV4_TL, &total) &&
        trace_get(trace, row, FIELD_IPV4_HL, &header))
        return MAX((int)total - (int)header * 4 - (int)offset, 0);
    if (trace_get(trace, row, FIELD_IPV6_LEN, &total) &&
        trace_get(trace, row, FIELD_IPV6_NH, &next))
        return MAX((int)total - ipv6_extension_fill(next, 6, extension) - (int)offset, 0);
    if (trace->layout->column_of[FIELD_IPV6_LEN] < 0 && trace->rows[row].length <= G_MAXUINT16)
        return MAX((int)trace->rows[row].length - 40 - (int)offset, 0);
    return 0;
}

static Direction *
find_direction(GHashTable *directions, const FlowKey *key)
{
    Direction *direction = g_hash_table_lookup(directions, key);

    if (!direction) {
        direction = g_new0(Direction, 1);
        direction->row_at = g_hash_table_new(NULL, NULL);
        direction->ending_at = g_hash_table_new(NULL, NULL);
        g_hash_table_insert(directions, g_memdup2(key, sizeof *key), direction);
    }
    return direction;
}

/* True where the row is the end of a message that another began, however late it comes. */
static bool
add_segment(Direction *direction, int row, uint32_t sequence, int n, int least, const Marks *marks)
{
    gpointer from = GUINT_TO_POINTER(sequence), to = GUINT_TO_POINTER(sequence + (uint32_t)n);
    gpointer before = g_hash_table_lookup(direction->ending_at, from);
    gpointer known = g_hash_table_lookup(direction->row_at, from);

    if (known) { /* sent again */
        marks->first_of[row] = GPOINTER_TO_INT(known);
        return false;
    }
    g_hash_table_insert(direction->row_at, from, GINT_TO_POINTER(row + 1));
    if (n >= least) {
        g_hash_table_insert(direction->ending_at, to, GINT_TO_POINTER(row + 1));
    } else if (before) {
        g_hash_table_insert(direction->ending_at, to, before);
        marks->more[GPOINTER_TO_INT(before) - 1] += n;
        marks->more[row] = -1;
        return true;
    }
    return false;
}

static bool
add_row(GHashTable *directions, const Trace *trace, int row, const Marks *marks)
{
    uint32_t source, destination, sequence;
    FlowKey key;
    int n, least;

    if (!trace_get(trace, row, FIELD_TCP_SPRT, &source) ||
        !trace_get(trace, row, FIELD_TCP_DPRT, &destination))
        return false;
    least = payload_least_counted(source);
    if (least == 0)
        least = payload_least_counted(destination);
    if (least == 0 || !trace_get(trace, row, FIELD_TCP_SEQ, &sequence))
        return false;
    n = count_payload(trace, row);
    if (n == 0)
        return false;
    flow_key_init(&key, trace, row);
    return add_segment(find_direction(directions, &key), row, sequence, n, least, marks);
}

PayloadStreams *
payload_streams_new(const Trace *trace)
{
    g_autoptr(GHashTable) directions =
        g_hash_table_new_full(flow_key_hash, flow_key_equal, g_free, direction_free);
    g_autofree int *more = g_new0(int, MAX(trace->n_rows, 1));
    g_autofree int *first_of = g_new0(int, MAX(trace->n_rows, 1));
    const Marks marks = {more, first_of};
    PayloadStreams *streams;
    bool any = false;

    for (int row = 0; row < trace->n_rows; row++)
        any |= add_row(directions, trace, row, &marks);
    if (!any)
        return NULL;
    for (int row = 0; row < trace->n_rows; row++) {
        if (first_of[row])
            more[row] = more[first_of[row] - 1];
    }
    streams = g_new0(PayloadStreams, 1);
    streams->n_rows = trace->n_rows;
    streams->more = g_steal_pointer(&more);
    return streams;
}

void
payload_streams_free(PayloadStreams *streams)
{
    if (!streams)
        return;
    g_free(streams->more);
    g_free(streams);
}

int
payload_streams_more(const PayloadStreams *streams, int row)
{
    return streams && row < streams->n_rows ? streams->more[row] : 0;
}
