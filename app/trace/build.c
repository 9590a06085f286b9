/* SPDX-License-Identifier: Apache-2.0 */
/* A row of trits made into the packet it says it is. */
#include "app/trace/codec.h"

#include <string.h>

#include "app/trace/flow.h"
#include "app/trace/mac.h"
#include "app/trace/payload.h"

enum { LINK_TYPE_ETHERNET = 1 };

/* The packet under construction. */
typedef struct {
    const Trace *trace;
    int row;
    uint8_t header[N_HEADERS][60];
    int n[N_HEADERS]; /* known bytes of each */
    int family;
    int protocol;    /* the header that comes next */
    bool cut;        /* captured bytes end here */
    uint32_t stated; /* IP packet length by the IP header, 0 when it says none */
    GByteArray *out;
} Builder;

static uint32_t
get_u16(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 8 | bytes[1];
}

static uint32_t
ip_size(const Builder *builder)
{
    return builder->out->len - ETHERNET_SIZE;
}

/* The address of one end: by the side columns, else the documentation address of its host. */
static Address
end_address(const Builder *builder, bool source)
{
    const TraceRow *row = &builder->trace->rows[builder->row];
    const Address *known = source ? &row->src : &row->dst;

    if ((builder->trace->sides & TRACE_HAS_ADDRESSES) && known->family == builder->family)
        return *known;
    return address_placeholder(builder->family, (row->direction != 0) == source);
}

static void
append_ethernet(Builder *builder, const WritePolicy *policy)
{
    bool v4 = builder->family == 4;
    const uint8_t *ip = builder->header[v4 ? HEADER_IPV4 : HEADER_IPV6];
    Address src = {.family = (uint8_t)builder->family}, dst = src;
    uint8_t frame[ETHERNET_SIZE], known[ETHERNET_SIZE];
    bool as_it_was = policy->macs == MACS_DERIVED &&
                     (policy->addresses == ADDRESSES_AUTO || policy->addresses == ADDRESSES_KEEP);

    memcpy(src.bytes, ip + (v4 ? 12 : 8), v4 ? 4 : 16);
    memcpy(dst.bytes, ip + (v4 ? 16 : 24), v4 ? 4 : 16);
    macs_of_packet(policy, &src, &dst, builder->trace->rows[builder->row].direction != 0, frame + 6,
                   frame);
    if (as_it_was && codec_decode_extra(builder->trace, builder->row, false, known, 14) >= 12)
        memcpy(frame, known, 12);
    frame[12] = v4 ? 0x08 : 0x86;
    frame[13] = v4 ? 0x00 : 0xdd;
    g_byte_array_append(builder->out, frame, sizeof frame);
}

static void
fill_addresses(Builder *builder)
{
    bool v4 = builder->family == 4;
    uint8_t *ip = builder->header[v4 ? HEADER_IPV4 : HEADER_IPV6];
    Address src = end_address(builder, true), dst = end_address(builder, false);

    if (v4 && builder->trace->layout->column_of[FIELD_IPV4_SRC] >= 0)
        return;
    memcpy(ip + (v4 ? 12 : 8), src.bytes, v4 ? 4 : 16);
    memcpy(ip + (v4 ? 16 : 24), dst.bytes, v4 ? 4 : 16);
}

/* True when a later fragment's data follows, which is payload. */
static bool
append_ipv4(Builder *builder)
{
    const uint8_t *ip = builder->header[HEADER_IPV4];
    int n = builder->n[HEADER_IPV4], size = (ip[0] & 15) * 4;

    g_byte_array_append(builder->out, ip, n);
    builder->stated = n >= 4 ? get_u16(ip + 2) : 0;
    builder->cut = n < 20 || n < size || size < 20;
    builder->protocol = ip[9];
    return !builder->cut && (get_u16(ip + 6) & 0x1fff) != 0;
}

int
ipv6_extension_fill(uint32_t kind, uint8_t protocol, uint8_t bytes[12])
{
    if (kind != 0 && kind != 43 && kind != 44 && kind != 51 && kind != 60)
        return 0;
    memset(bytes, 0, 12);
    bytes[0] = protocol;
    if (kind == 0 || kind == 60) {
        bytes[2] = 1; /* PadN of 4 */
        bytes[3] = 4;
    } else if (kind == 51) {
        bytes[1] = 1;
        return 12;
    }
    return 8;
}

static void
append_extension(Builder *builder, uint8_t protocol)
{
    uint8_t bytes[12];
    int size = ipv6_extension_fill(builder->protocol, protocol, bytes);

    g_byte_array_append(builder->out, bytes, size);
    builder->protocol = protocol;
}

static void
append_ipv6(Builder *builder)
{
    const uint8_t *ip = builder->header[HEADER_IPV6];
    int n = builder->n[HEADER_IPV6], next = ip[6];
    uint8_t extension[12];

    g_byte_array_append(builder->out, ip, n);
    builder->stated = n >= 6 && get_u16(ip + 4) > 0 ? 40 + get_u16(ip + 4) : 0;
    builder->cut = n < 40;
    builder->protocol = next;
    if (builder->cut || ipv6_extension_fill(next, 0, extension) == 0)
        return;
    if (builder->n[HEADER_TCP])
        append_extension(builder, 6);
    else if (builder->n[HEADER_UDP])
        append_extension(builder, 17);
    else if (builder->n[HEADER_ICMP])
        append_extension(builder, 1);
    else
        builder->cut = true;
}

static void
append_transport(Builder *builder)
{
    Header header;
    int n, size = 8;

    switch (builder->protocol) {
    case 6:
        header = HEADER_TCP;
        size =
            MAX(20, builder->n[HEADER_TCP] > 12 ? (builder->header[HEADER_TCP][12] >> 4) * 4 : 0);
        break;
    case 17:
        header = HEADER_UDP;
        break;
    case 1:
        header = HEADER_ICMP;
        break;
    default:
        builder->cut = true; /* of a header outside the layout no byte is known */
        return;
    }
    n = builder->n[header];
    g_byte_array_append(builder->out, builder->header[header], n);
    builder->cut = n < size;
}

static uint32_t
packet_length(const Builder *builder)
{
    uint32_t size = ip_size(builder), limit = PACKET_MAX_CAPTURED - ETHERNET_SIZE;
    uint32_t length = builder->trace->rows[builder->row].length;

    if (builder->stated >= size)
        return builder->stated;
    if ((builder->trace->sides & TRACE_HAS_LENGTHS) && length >= size)
        return MIN(length, limit);
    if (builder->n[HEADER_UDP] == 8) {
        length = get_u16(builder->header[HEADER_UDP] + 4);
        if (length > 8)
            return size - 8 + length;
    }
    return size;
}

static void
append_payload(Builder *builder, uint32_t n, const WritePolicy *policy)
{
    guint start = builder->out->len;
    uint8_t *packet;

    g_byte_array_set_size(builder->out, start + n);
    packet = builder->out->data;
    payload_fill_packet(policy, builder->row, packet + ETHERNET_SIZE, start - ETHERNET_SIZE,
                        packet + start, n);
    if (policy->payload == PAYLOAD_ZEROS)
        codec_decode_extra(builder->trace, builder->row, true, packet + start,
                           (int)MIN(n, (uint32_t)TRACE_MAX_PAYLOAD));
}

/* The header that a layout without IPv6 left out. */
static void
make_ipv6(Builder *builder)
{
    uint8_t *ip = builder->header[HEADER_IPV6];
    uint32_t length = builder->trace->rows[builder->row].length;
    int transport = 8;

    if (builder->n[HEADER_TCP] > 12)
        transport = MAX(20, (builder->header[HEADER_TCP][12] >> 4) * 4);
    else if (builder->n[HEADER_TCP])
        transport = 20;
    else if (builder->n[HEADER_UDP] == 8)
        transport = MAX(8, (int)get_u16(builder->header[HEADER_UDP] + 4));
    length = length > 40 && length - 40 <= 0xffff ? length - 40 : (uint32_t)transport;
    memset(ip, 0, 40);
    ip[0] = 0x60;
    ip[4] = (uint8_t)(length >> 8);
    ip[5] = (uint8_t)length;
    ip[6] = builder->n[HEADER_TCP] ? 6 : builder->n[HEADER_UDP] ? 17 : 1;
    ip[7] = 64;
    builder->n[HEADER_IPV6] = 40;
}

static bool
choose_family(Builder *builder, const Layout *layout)
{
    const TraceRow *row = &builder->trace->rows[builder->row];
    bool v4 = builder->n[HEADER_IPV4] > 0, v6 = builder->n[HEADER_IPV6] > 0;

    if (v4 && v6)
        return false;
    if (!v4 && !v6) {
        if (layout->column_of[FIELD_IPV6_VER] >= 0 || row->src.family != 6 ||
            !(builder->trace->sides & TRACE_HAS_ADDRESSES))
            return false;
        make_ipv6(builder);
    }
    builder->family = v4 ? 4 : 6;
    return true;
}

/* Whether reading the packet gives the row again. */
static bool
builds_row(const Codec *codec, const Builder *builder, uint32_t wire_length)
{
    g_autofree int8_t *trits = g_malloc(codec->layout->n_columns);
    Bytes captured = {builder->out->data, builder->out->len};
    SkipReason reason;
    Packet packet;

    return packet_parse(&packet, LINK_TYPE_ETHERNET, captured, wire_length, &reason) &&
           codec_encode(codec, &packet, trits, &reason) &&
           memcmp(trits, trace_row(builder->trace, builder->row), codec->layout->n_columns) == 0;
}

bool
packet_build(const Codec *codec, const Trace *trace, int row, const WritePolicy *policy,
             BuiltPacket *built)
{
    Builder builder = {.trace = trace, .row = row, .out = built->bytes};
    bool later_fragment = false;
    uint32_t length;

    for (int header = 0; header < N_HEADERS; header++)
        builder.n[header] =
            codec_decode(codec, trace_row(trace, row), (Header)header, builder.header[header]);
    g_byte_array_set_size(built->bytes, 0);
    if (!choose_family(&builder, codec->layout))
        return false;
    fill_addresses(&builder);
    append_ethernet(&builder, policy);
    if (builder.family == 4)
        later_fragment = append_ipv4(&builder);
    else
        append_ipv6(&builder);
    if (!builder.cut && !later_fragment)
        append_transport(&builder);
    length = packet_length(&builder);
    if (!builder.cut)
        append_payload(&builder, length - ip_size(&builder), policy);
    built->wire_length = length + ETHERNET_SIZE;
    return builds_row(codec, &builder, built->wire_length);
}
