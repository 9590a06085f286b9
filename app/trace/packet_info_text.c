/* SPDX-License-Identifier: Apache-2.0 */
/* A packet in a line of text, in Wireshark's words. */
#include "app/trace/packet_info.h"

#include "app/trace/bytes.h"
#include "app/trace/flow.h"

static uint32_t
get(const Trace *trace, int row, FieldId field)
{
    uint32_t value = 0;

    return trace_get(trace, row, field, &value) ? value : 0;
}

/* --- TCP --- */

size_t
packet_tcp_options(const Trace *trace, int row, uint8_t bytes[40])
{
    int column = trace->layout->column_of[FIELD_TCP_OPT];
    int n = CLAMP((int)get(trace, row, FIELD_TCP_DOFF) - 5, 0, 10) * 4;
    const int8_t *trits = trace_row(trace, row) + column;

    if (column < 0)
        return 0;
    for (int i = 0; i < n; i++) {
        bytes[i] = 0;
        for (int bit = 0; bit < 8; bit++, trits++) {
            if (*trits < 0)
                return 0;
            bytes[i] = (uint8_t)(bytes[i] << 1 | *trits);
        }
    }
    return (size_t)n;
}

/* One option, without kind and length: RFC 9293 section 3.2, RFC 7323, RFC 2018, RFC 7413. */
static void
append_option(GString *text, uint8_t kind, Bytes value)
{
    switch (kind) {
    case 2:
        g_string_append_printf(text, " MSS=%d", MAX(bytes_u16(value, 0), 0));
        break;
    case 3:
        g_string_append_printf(text, " WS=%d", 1 << CLAMP(bytes_u8(value, 0), 0, 14));
        break;
    case 4:
        g_string_append(text, " SACK_PERM");
        break;
    case 5:
        for (size_t at = 0; at + 8 <= value.size; at += 8)
            g_string_append_printf(text, " SLE=%u SRE=%u", bytes_u32(value, at),
                                   bytes_u32(value, at + 4));
        break;
    case 8:
        g_string_append_printf(text, " TSval=%u TSecr=%u", bytes_u32(value, 0),
                               bytes_u32(value, 4));
        break;
    default:
        break;
    }
}

/* Calls append_option for a whole list; SACK edges are told relative to base. */
static void
append_options(GString *text, const Trace *trace, int row, uint32_t sack_base)
{
    uint8_t bytes[40];
    Bytes list = {bytes, packet_tcp_options(trace, row, bytes)};

    for (size_t at = 0; at < list.size && list.data[at] != 0;) {
        uint8_t kind = list.data[at];
        int length = kind == 1 ? 1 : bytes_u8(list, at + 1);

        if (length < (kind == 1 ? 1 : 2) || at + (size_t)length > list.size)
            return;
        if (kind == 5) {
            for (size_t edge = at + 2; edge + 4 <= at + (size_t)length; edge += 4) {
                uint32_t value = bytes_u32(list, edge) - sack_base;
                for (int i = 0; i < 4; i++)
                    bytes[edge + (size_t)i] = (uint8_t)(value >> (24 - 8 * i));
            }
        }
        if (kind != 1)
            append_option(text, kind, bytes_first(bytes_from(list, at + 2), (size_t)length - 2));
        at += (size_t)length;
    }
}

void
packet_info_append_options(GString *text, const Trace *trace, int row)
{
    append_options(text, trace, row, 0);
}

static void
append_flags(GString *text, const Trace *trace, int row)
{
    static const struct {
        FieldId field;
        const char *name;
    } flags[] = {{FIELD_TCP_FIN, "FIN"}, {FIELD_TCP_SYN, "SYN"},  {FIELD_TCP_RST, "RST"},
                 {FIELD_TCP_PSH, "PSH"}, {FIELD_TCP_ACKF, "ACK"}, {FIELD_TCP_URG, "URG"},
                 {FIELD_TCP_ECE, "ECE"}, {FIELD_TCP_CWR, "CWR"},  {FIELD_TCP_NS, "AE"}};
    bool first = true;

    g_string_append(text, " [");
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
        if (!get(trace, row, flags[i].field))
            continue;
        g_string_append_printf(text, "%s%s", first ? "" : ", ", flags[i].name);
        first = false;
    }
    g_string_append(text, first ? "<None>]" : "]");
}

static void
append_tcp(GString *text, const Trace *trace, int row, const PacketInfo *info)
{
    uint32_t window = get(trace, row, FIELD_TCP_WSIZE), ack = get(trace, row, FIELD_TCP_ACKN);

    g_string_append_printf(text, "%d → %d", info->src_port, info->dst_port);
    append_flags(text, trace, row);
    g_string_append_printf(text, " Seq=%u", info->seq);
    if (get(trace, row, FIELD_TCP_ACKF))
        g_string_append_printf(text, " Ack=%u", info->ack);
    g_string_append_printf(text, " Win=%u", info->shift > 0 ? window << info->shift : window);
    if (get(trace, row, FIELD_TCP_URG))
        g_string_append_printf(text, " Urg=%u", get(trace, row, FIELD_TCP_URP));
    if (info->payload >= 0)
        g_string_append_printf(text, " Len=%d", info->payload);
    append_options(text, trace, row, ack - info->ack);
}

/* --- others --- */

/* RFC 792, RFC 950, RFC 1256. */
static const char *
icmp_name(uint32_t type)
{
    static const char *const names[] = {
        [0] = "Echo (ping) reply",    [3] = "Destination unreachable",
        [4] = "Source quench",        [5] = "Redirect",
        [8] = "Echo (ping) request",  [9] = "Router advertisement",
        [10] = "Router solicitation", [11] = "Time-to-live exceeded",
        [12] = "Parameter problem",   [13] = "Timestamp request",
        [14] = "Timestamp reply",     [15] = "Information request",
        [16] = "Information reply",   [17] = "Address mask request",
        [18] = "Address mask reply",
    };

    return type < G_N_ELEMENTS(names) && names[type] ? names[type] : "Unknown ICMP";
}

static const char *
icmp_code_name(uint32_t type, uint32_t code)
{
    static const char *const unreachable[] = {"Network unreachable",
                                              "Host unreachable",
                                              "Protocol unreachable",
                                              "Port unreachable",
                                              "Fragmentation needed",
                                              "Source route failed",
                                              "Network unknown",
                                              "Host unknown",
                                              "Source host isolated",
                                              "Network administratively prohibited",
                                              "Host administratively prohibited",
                                              "Network unreachable for TOS",
                                              "Host unreachable for TOS",
                                              "Communication administratively filtered",
                                              "Host precedence violation",
                                              "Precedence cutoff in effect"};
    static const char *const exceeded[] = {"Time to live exceeded in transit",
                                           "Fragment reassembly time exceeded"};
    static const char *const redirect[] = {"Redirect for network", "Redirect for host",
                                           "Redirect for Type of Service and network",
                                           "Redirect for Type of Service and host"};

    if (type == 3)
        return code < G_N_ELEMENTS(unreachable) ? unreachable[code] : NULL;
    if (type == 5)
        return code < G_N_ELEMENTS(redirect) ? redirect[code] : NULL;
    return type == 11 && code < G_N_ELEMENTS(exceeded) ? exceeded[code] : NULL;
}

static void
append_icmp(GString *text, const Trace *trace, int row)
{
    uint32_t type = get(trace, row, FIELD_ICMP_TYPE), code = get(trace, row, FIELD_ICMP_CODE);
    uint32_t rest = get(trace, row, FIELD_ICMP_ROH), seq = rest & 0xffff;
    const char *code_name = icmp_code_name(type, code);

    g_string_append(text, icmp_name(type));
    if (type == 0 || type == 8) /* both orders of the bytes, as some systems use either */
        g_string_append_printf(text, "%s  id=0x%04x, seq=%u/%u, ttl=%u", type == 0 ? "  " : "",
                               rest >> 16, seq, seq >> 8 | (seq & 0xff) << 8,
                               get(trace, row, FIELD_IPV4_TTL));
    else if (code_name)
        g_string_append_printf(text, " (%s)", code_name);
    else if (code)
        g_string_append_printf(text, " (code %u)", code);
}

/* Where there is no transport header: who talks with whom, and what is in it. */
static void
append_ip(GString *text, const Trace *trace, int row, const PacketInfo *info)
{
    uint32_t number = 0, offset = get(trace, row, FIELD_IPV4_FOFF);
    FlowKey key;

    if (!trace_get(trace, row, FIELD_IPV4_PROTO, &number))
        trace_get(trace, row, FIELD_IPV6_NH, &number);
    g_autofree char *protocol = flow_protocol_to_string((int)number);
    flow_key_init(&key, trace, row);
    if (offset) {
        g_string_append_printf(text, "Fragmented IP protocol (proto=%s %u, off=%u, ID=%04x)",
                               protocol, number, offset * 8, get(trace, row, FIELD_IPV4_ID));
    } else if (key.src.family && key.dst.family) {
        g_autofree char *src = address_to_string(&key.src);
        g_autofree char *dst = address_to_string(&key.dst);
        g_string_append_printf(text, "%s → %s", src, dst);
    } else {
        g_string_append(text, protocol);
    }
    if (!offset && info->length)
        g_string_append_printf(text, " Len=%u", info->length);
}

char *
packet_info_text(const PacketInfoTable *table, int row)
{
    const Trace *trace = packet_info_trace(table);
    const PacketInfo *info = packet_info_row(table, row);
    GString *text = g_string_sized_new(96);

    if (!*info->protocol)
        return g_string_free(text, FALSE);
    switch (info->transport) {
    case HEADER_TCP:
        append_tcp(text, trace, row, info);
        break;
    case HEADER_UDP:
        g_string_append_printf(text, "%d → %d", info->src_port, info->dst_port);
        if (info->payload >= 0)
            g_string_append_printf(text, " Len=%d", info->payload);
        break;
    case HEADER_ICMP:
        append_icmp(text, trace, row);
        break;
    default:
        append_ip(text, trace, row, info);
    }
    return g_string_free(text, FALSE);
}

char *
packet_info_time_text(const PacketInfoTable *table, int row)
{
    const Trace *trace = packet_info_trace(table);
    const PacketInfo *info = packet_info_row(table, row);
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    if (!(trace->sides & TRACE_HAS_TIMES) || !*info->protocol)
        return g_strdup("");
    return g_strdup(g_ascii_formatd(text, sizeof text, "%.6f", (double)info->time_ns / 1e9));
}
