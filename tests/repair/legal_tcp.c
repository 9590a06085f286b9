/* SPDX-License-Identifier: Apache-2.0 */
/* Handshake, numbers, windows, timestamps and selective acknowledgments of connections. */
#include "tests/repair/legal_tcp.h"

#include <stdbool.h>

/* One direction of a connection. */
typedef struct {
    bool has_sent, has_fin, has_acked;
    guint32 first, next, acked;
    guint32 edge; /* up to which the other end may send */
    int shift;    /* of its windows, -1: not offered */
    bool has_stamps, permits_sack;
    GArray *stamps; /* guint32 */
    guint32 echoed; /* index in the other end's stamps, of the last echo */
} End;

typedef struct {
    End ends[2]; /* 0: the one that sent first */
    int n_packets;
    bool is_reset;
} Connection;

void
legal_connection_free(gpointer data)
{
    Connection *connection = data;

    g_array_unref(connection->ends[0].stamps);
    g_array_unref(connection->ends[1].stamps);
    g_free(connection);
}

static void
connection_key(const LegalView *view, int way, char key[80])
{
    int size = view->family == 4 ? 4 : 16, at = view->family == 4 ? 12 : 8;

    for (int end = 0; end < 2; end++) {
        const uint8_t *address = view->ip + at + (way ^ end) * size;
        for (int i = 0; i < size; i++)
            key += g_snprintf(key, 3, "%02x", address[i]);
        key += g_snprintf(key, 5, "%04x", u16(view->transport + 2 * (way ^ end)));
    }
}

/* The connection of a segment, by addresses and ports; which end sends it. */
static Connection *
find_connection(GHashTable *connections, const LegalView *view, int *from)
{
    char key[80];

    for (*from = 1; *from >= 0; --*from) {
        connection_key(view, *from, key);
        Connection *found = g_hash_table_lookup(connections, key);
        if (found)
            return found;
    }
    *from = 0;
    Connection *made = g_new0(Connection, 1);
    for (int end = 0; end < 2; end++) {
        made->ends[end].stamps = g_array_new(FALSE, FALSE, sizeof(guint32));
        made->ends[end].shift = -1;
    }
    g_hash_table_insert(connections, g_strdup(key), made);
    return made;
}

/* A segment taken apart. */
typedef struct {
    guint32 seq, ack, payload;
    bool fin, syn, rst, has_ack;
    unsigned window;
    int stamp, sack, scale; /* offset of the option in the header, 0: none */
    bool permits_sack;
} Segment;

static Segment
take_apart(const LegalView *view)
{
    const uint8_t *tcp = view->transport;
    int header = (tcp[12] >> 4) * 4;
    Segment segment = {.seq = u32(tcp + 4),
                       .ack = u32(tcp + 8),
                       .payload = (guint32)(view->n_transport - header),
                       .fin = tcp[13] & 1,
                       .syn = tcp[13] & 2,
                       .rst = tcp[13] & 4,
                       .has_ack = tcp[13] & 16,
                       .window = u16(tcp + 14)};

    for (int at = 20; at < header && tcp[at] != 0; at += tcp[at] == 1 ? 1 : tcp[at + 1]) {
        if (tcp[at] == 3)
            segment.scale = at;
        if (tcp[at] == 4)
            segment.permits_sack = true;
        if (tcp[at] == 5)
            segment.sack = at;
        if (tcp[at] == 8)
            segment.stamp = at;
    }
    return segment;
}

static const char *
check_numbers(Connection *connection, const Segment *segment, int from, int index)
{
    End *mine = &connection->ends[from], *theirs = &connection->ends[!from];
    guint32 end = segment->seq + segment->payload + segment->syn + segment->fin;
    bool is_plain = mine->has_sent && !segment->fin && !segment->syn;
    bool is_again = is_plain && segment->payload && (gint32)(end - mine->next) <= 0 &&
                    (gint32)(segment->seq - mine->first) > 0;
    bool is_probe = is_plain && segment->payload <= 1 && segment->seq == mine->next - 1;

    if (mine->has_sent && segment->seq != mine->next && !is_again && !is_probe)
        return "sequence number";
    if (mine->has_fin && segment->payload && !is_again && !is_probe)
        return "data after FIN";
    if (segment->has_ack && index > 0) {
        if ((gint32)(theirs->next - segment->ack) < 0)
            return "acknowledgment of what was not sent";
        if (mine->has_acked && (gint32)(segment->ack - mine->acked) < 0)
            return "acknowledgment going back";
        if (index <= 2 && segment->ack != theirs->next)
            return "acknowledgment of the handshake";
        mine->acked = segment->ack;
        mine->has_acked = true;
    } else if (segment->ack != 0) {
        return "acknowledgment number without ACK";
    }
    if (!mine->has_sent)
        mine->first = segment->seq;
    mine->has_sent = true;
    mine->has_fin |= segment->fin;
    if (!is_again && !is_probe)
        mine->next = end;
    return NULL;
}

/* A sender keeps within the last window that it was told. */
static const char *
check_window(Connection *connection, const Segment *segment, int from)
{
    End *mine = &connection->ends[from], *theirs = &connection->ends[!from];
    bool is_scaled = mine->shift >= 0 && theirs->shift >= 0 && !segment->syn;

    if (segment->payload && theirs->has_acked &&
        (gint32)(segment->seq + segment->payload - theirs->edge) > 0)
        return "data beyond the window";
    if (segment->window == 0)
        return "closed window";
    if (segment->has_ack)
        mine->edge = segment->ack + (segment->window << (is_scaled ? mine->shift : 0));
    return NULL;
}

static const char *
check_stamps(Connection *connection, const Segment *segment, const uint8_t *tcp, int from,
             int index)
{
    End *mine = &connection->ends[from], *theirs = &connection->ends[!from];

    if (index >= 2 && (segment->stamp != 0) != (mine->has_stamps && theirs->has_stamps))
        return "timestamps on some segments";
    if (!segment->stamp)
        return NULL;
    guint32 value = u32(tcp + segment->stamp + 2), echo = u32(tcp + segment->stamp + 6);
    if (mine->stamps->len &&
        (gint32)(value - g_array_index(mine->stamps, guint32, mine->stamps->len - 1)) < 0)
        return "timestamp going back";
    g_array_append_val(mine->stamps, value);
    if (!segment->has_ack)
        return echo ? "echo without ACK" : NULL;
    while (mine->echoed < theirs->stamps->len &&
           g_array_index(theirs->stamps, guint32, mine->echoed) != echo)
        mine->echoed++;
    return mine->echoed == theirs->stamps->len ? "echo of no timestamp" : NULL;
}

static const char *
check_sack(Connection *connection, const Segment *segment, const uint8_t *tcp, int from)
{
    End *mine = &connection->ends[from], *theirs = &connection->ends[!from];
    guint32 after = segment->ack;

    if (!segment->sack)
        return NULL;
    if (!mine->permits_sack || !theirs->permits_sack)
        return "selective acknowledgment without leave";
    guint32 first_left = u32(tcp + segment->sack + 2);
    if ((gint32)(first_left - after) <= 0)
        return "block that is acknowledged";
    for (int at = 2; at < tcp[segment->sack + 1]; at += 8) {
        guint32 left = u32(tcp + segment->sack + at), right = u32(tcp + segment->sack + at + 4);
        if ((gint32)(right - left) <= 0 || (gint32)(left - after) <= 0)
            return "block without a hole before it";
        if ((gint32)(right - theirs->next) > 0)
            return "block of what was not sent";
        after = right;
    }
    return NULL;
}

const char *
legal_check_segment(GHashTable *connections, const LegalView *view)
{
    const uint8_t *tcp = view->transport;
    Segment segment = take_apart(view);
    int from;
    Connection *connection = find_connection(connections, view, &from);
    End *mine = &connection->ends[from];
    int index = connection->n_packets++;
    const char *fault;

    if (connection->is_reset)
        return "segment after RST";
    connection->is_reset = segment.rst;
    if (segment.syn != (index < 2) || segment.has_ack == (index == 0) ||
        (index < 3 && from != (index == 1)))
        return "handshake";
    if (segment.syn && segment.payload)
        return "SYN with data";
    if (segment.syn) {
        mine->shift = segment.scale ? tcp[segment.scale + 2] : -1;
        mine->has_stamps = segment.stamp != 0;
        mine->permits_sack = segment.permits_sack;
    }
    fault = check_numbers(connection, &segment, from, index);
    if (!fault)
        fault = check_window(connection, &segment, from);
    if (!fault)
        fault = check_stamps(connection, &segment, tcp, from, index);
    return fault ? fault : check_sack(connection, &segment, tcp, from);
}
