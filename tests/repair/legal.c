/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as the writer makes them: lengths, checksums, options. */
#include "tests/repair/legal.h"

#include <string.h>

#include "app/trace/codec.h"
#include "app/trace/payload_stream.h"
#include "tests/repair/legal_tcp.h"

enum { ETHERNET = 14 };

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
pseudo_sum(const LegalView *view, int length)
{
    bool is_v4 = view->family == 4;
    unsigned sum = sum_bytes((guint64)view->protocol + (guint64)length, view->ip + (is_v4 ? 12 : 8),
                             is_v4 ? 8 : 32);
    return sum;
}

static const char *
check_ip(const uint8_t *ip, int n, LegalView *view)
{
    int header = 40, total = n;

    *view = (LegalView){.ip = ip, .family = ip[0] >> 4};
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
check_tcp(const LegalView *view)
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
check_transport(const LegalView *view)
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

char *
legal_find_fault(const Trace *trace, const LegalOptions *options)
{
    g_autoptr(GHashTable) connections =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, legal_connection_free);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(PayloadStreams) streams = payload_streams_new(trace);
    const WritePolicy policy = {
        .payload = options->payload, .seed = options->seed, .streams = streams};
    Codec codec;

    codec_init(&codec, trace->layout);
    for (int row = 0; row < trace->n_rows; row++) {
        BuiltPacket built = {.bytes = bytes};
        const char *fault = NULL;
        LegalView view;

        if (!packet_build(&codec, trace, row, &policy, &built))
            return g_strdup_printf("row %d cannot be written", row);
        fault = check_ip(bytes->data + ETHERNET, (int)bytes->len - ETHERNET, &view);
        if (!fault)
            fault = check_transport(&view);
        if (!fault && options->is_drawn && view.transport && view.protocol == 6) {
            fault = legal_check_segment(connections, &view);
        }
        if (!fault && row > 0 && trace->rows[row].time_ns < trace->rows[row - 1].time_ns)
            fault = "time going back";
        if (fault)
            return g_strdup_printf("row %d: %s", row, fault);
    }
    return NULL;
}
