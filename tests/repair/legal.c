/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as the writer makes them: lengths, checksums, options, and TCP connections end by end. */
#include "tests/repair/legal.h"

#include <string.h>

#include "app/trace/codec.h"

enum { ETHERNET = 14 };

typedef struct {
    const uint8_t *ip, *transport; /* NULL: none */
    int family, protocol;
    int n_transport; /* bytes from the transport header to the end of the packet */
} View;

/* One direction of a connection. */
typedef struct {
    bool has_sent, has_fin;
    guint32 first, next, acked;
} End;

typedef struct {
    End ends[2]; /* 0: the one that sent first */
    int n_packets;
    bool is_reset;
} Connection;

static unsigned
u16(const uint8_t *bytes)
{
    return (unsigned)bytes[0] << 8 | bytes[1];
}

static guint32
u32(const uint8_t *bytes)
{
    return (guint32)u16(bytes) << 16 | u16(bytes + 2);
}

static unsigned
sum_bytes(guint64 sum, const uint8_t *bytes, int n)
{
    for (int i = 0; i + 1 < n; i += 2)
        sum += u16(bytes + i);
    if (n & 1)
        sum += (unsigned)bytes[n - 1] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (unsigned)sum;
}

static unsigned
pseudo_sum(const View *view, int length)
{
    bool is_v4 = view->family == 4;
    unsigned sum = sum_bytes((guint64)view->protocol + (guint64)length, view->ip + (is_v4 ? 12 : 8),
                             is_v4 ? 8 : 32);
    return sum;
}

static const char *
check_ip(const uint8_t *ip, int n, View *view)
{
    int header = 40, total = n;

    *view = (View){.ip = ip, .family = ip[0] >> 4};
    if (view->family == 4) {
        header = (ip[0] & 15) * 4;
        total = (int)u16(ip + 2);
        view->protocol = ip[9];
        if (header < 20 || header > total)
            return "IPv4 header length";
        if (sum_bytes(0, ip, header) != 0xffff)
            return "IPv4 checksum";
        if (ip[8] == 0)
            return "time to live 0";
        if (ip[6] & 0x80)
            return "reserved flag";
        if ((ip[6] & 0x3f) || ip[7])
            return NULL; /* a fragment has no transport to check */
    } else if (view->family == 6) {
        view->protocol = ip[6];
        total = 40 + (int)u16(ip + 4);
        if (ip[7] == 0)
            return "hop limit 0";
    } else {
        return "IP version";
    }
    if (total != n)
        return "IP length";
    if (view->protocol == 6 || view->protocol == 17 || view->protocol == 1) {
        view->transport = ip + header;
        view->n_transport = total - header;
    }
    return NULL;
}

static const char *
check_options(const uint8_t *options, int n, bool is_syn)
{
    for (int at = 0; at < n;) {
        if (options[at] == 0)
            return NULL;
        if (options[at] == 1) {
            at++;
            continue;
        }
        if (at + 1 >= n || options[at + 1] < 2 || at + options[at + 1] > n)
            return "TCP option length";
        if (options[at] >= 2 && options[at] <= 4 && !is_syn)
            return "TCP option that belongs on SYN";
        at += options[at + 1];
    }
    return NULL;
}

static const char *
check_tcp(const View *view)
{
    const uint8_t *tcp = view->transport;
    int n = view->n_transport, header = n >= 20 ? (tcp[12] >> 4) * 4 : 0, flags = tcp[13];

    if (header < 20 || header > n)
        return "TCP data offset";
    if (sum_bytes(pseudo_sum(view, n), tcp, n) != 0xffff)
        return "TCP checksum";
    if (tcp[12] & 0x0e)
        return "TCP reserved bits";
    if (((flags & 2) && (flags & 5)) || (flags & 5) == 5 || !(flags & 0x16))
        return "TCP flags";
    if (!(flags & 0x20) && u16(tcp + 18))
        return "urgent pointer without URG";
    return check_options(tcp + 20, header - 20, flags & 2);
}

static const char *
check_transport(const View *view)
{
    const uint8_t *bytes = view->transport;
    int n = view->n_transport;

    if (!bytes)
        return NULL;
    if (view->protocol == 6)
        return n < 20 ? "TCP header cut" : check_tcp(view);
    if (n < 8)
        return "transport header cut";
    if (view->protocol == 17) {
        if ((int)u16(bytes + 4) != n)
            return "UDP length";
        if (view->family == 4 && u16(bytes + 6) == 0)
            return NULL;
        return sum_bytes(pseudo_sum(view, n), bytes, n) != 0xffff ? "UDP checksum" : NULL;
    }
    if (sum_bytes(0, bytes, n) != 0xffff)
        return "ICMP checksum";
    return bytes[0] > 18 || bytes[0] == 1 || bytes[0] == 2 || bytes[0] == 7 ? "ICMP type" : NULL;
}

static void
connection_key(const View *view, int way, char key[80])
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
find_connection(GHashTable *connections, const View *view, int *from)
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
    g_hash_table_insert(connections, g_strdup(key), made);
    return made;
}

static const char *
check_segment(Connection *connection, const View *view, int from)
{
    const uint8_t *tcp = view->transport;
    guint32 seq = u32(tcp + 4), ack = u32(tcp + 8);
    guint32 payload = (guint32)(view->n_transport - (tcp[12] >> 4) * 4);
    bool fin = tcp[13] & 1, syn = tcp[13] & 2, rst = tcp[13] & 4, has_ack = tcp[13] & 16;
    End *mine = &connection->ends[from], *theirs = &connection->ends[!from];
    int index = connection->n_packets++;

    if (connection->is_reset)
        return "segment after RST";
    connection->is_reset = rst;
    if (syn != (index < 2) || has_ack == (index == 0) || (index < 3 && from != (index == 1)))
        return "handshake";
    if (syn && payload)
        return "SYN with data";
    bool is_again = mine->has_sent && payload && !fin && !syn &&
                    (gint32)(seq + payload - mine->next) <= 0 && (gint32)(seq - mine->first) > 0;
    bool is_probe = mine->has_sent && payload <= 1 && !fin && !syn && seq == mine->next - 1;
    if (mine->has_sent && seq != mine->next && !is_again && !is_probe)
        return "sequence number";
    if (mine->has_fin && payload && !is_again && !is_probe)
        return "data after FIN";
    if (has_ack && index > 0) {
        if ((gint32)(theirs->next - ack) < 0)
            return "acknowledgment of what was not sent";
        if (mine->has_sent && index > 2 && (gint32)(ack - mine->acked) < 0)
            return "acknowledgment going back";
        if (index <= 2 && ack != theirs->next)
            return "acknowledgment of the handshake";
        mine->acked = ack;
    } else if (ack != 0) {
        return "acknowledgment number without ACK";
    }
    if (!mine->has_sent)
        mine->first = seq;
    mine->has_sent = true;
    mine->has_fin |= fin;
    if (!is_again && !is_probe)
        mine->next = seq + payload + syn + fin;
    return NULL;
}

char *
legal_find_fault(const Trace *trace, const LegalOptions *options)
{
    g_autoptr(GHashTable) connections =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    const WritePolicy policy = {.payload = options->payload, .seed = options->seed};
    Codec codec;

    codec_init(&codec, trace->layout);
    for (int row = 0; row < trace->n_rows; row++) {
        BuiltPacket built = {.bytes = bytes};
        const char *fault = NULL;
        View view;
        int from = 0;

        if (!packet_build(&codec, trace, row, &policy, &built))
            return g_strdup_printf("row %d cannot be written", row);
        fault = check_ip(bytes->data + ETHERNET, (int)bytes->len - ETHERNET, &view);
        if (!fault)
            fault = check_transport(&view);
        if (!fault && options->is_drawn && view.transport && view.protocol == 6) {
            Connection *connection = find_connection(connections, &view, &from);
            fault = check_segment(connection, &view, from);
        }
        if (!fault && row > 0 && trace->rows[row].time_ns < trace->rows[row - 1].time_ns)
            fault = "time going back";
        if (fault)
            return g_strdup_printf("row %d: %s", row, fault);
    }
    return NULL;
}
