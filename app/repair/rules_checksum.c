/* SPDX-License-Identifier: Apache-2.0 */
/* Checksums, last: everything they cover stands. The payload is what the writer will put there,
 * which fits the checksum that was drawn wherever there is room for a word that does. */
#include "app/repair/packet_bytes.h"
#include "app/repair/rules.h"
#include "app/trace/codec.h"
#include "app/trace/payload.h"
#include "app/trace/payload_stream.h"

static void
repair_ipv4(RepairContext *context)
{
    uint8_t bytes[60];

    for (int row = 0; row < context->trace->n_rows; row++) {
        if (context->packets[row].ip != HEADER_IPV4)
            continue;
        int n = packet_ip_bytes(context, row, bytes, NULL);
        if (checksum_finish(checksum_add(0, bytes, n)) == 0)
            continue;
        bytes[10] = bytes[11] = 0;
        repair_set(context, row, FIELD_IPV4_CKSUM, checksum_finish(checksum_add(0, bytes, n)));
    }
}

/* The headers of a row as the writer writes them; how many bytes. */
static size_t
wire_headers(const RepairContext *context, int row, uint8_t bytes[PACKET_MAX_HEADERS])
{
    const RepairPacket *packet = &context->packets[row];
    uint8_t protocol = (uint8_t)transport_protocol(packet->transport);
    int n = packet_ip_bytes(context, row, bytes, NULL);

    if (packet->ip == HEADER_IPV6 && context->trace->layout->column_of[FIELD_IPV6_VER] < 0) {
        bytes[0] = 0x60;
        bytes[6] = protocol;
    } else if (packet->ip == HEADER_IPV6) {
        n += ipv6_extension_fill(bytes[6], protocol, bytes + n);
    }
    return (size_t)(n + packet_transport_bytes(context, row, bytes + n));
}

/* Bits that were not drawn become those that a packet without payload would have. */
static void
fill_absent(RepairContext *context, int row, FieldId field, const TransportSum *transport)
{
    const int8_t *drawn =
        repair_drawn_trits(context, row) + context->trace->layout->column_of[field];
    uint32_t right = transport_sum_right(transport, NULL, 0), value = 0;

    for (int bit = 0; bit < 16; bit++) {
        int8_t trit = drawn[bit] >= 0 ? drawn[bit] : (int8_t)(right >> (15 - bit) & 1);
        value = value << 1 | (uint32_t)trit;
    }
    repair_set(context, row, field, value);
}

/* One's complement has two zeros, of which a sender writes one: 0xffff comes of no data but zeros,
 * and UDP writes it for 0. */
static void
avoid_other_zero(RepairContext *context, int row, FieldId field, const TransportSum *transport)
{
    if (field == FIELD_UDP_CKSUM)
        repair_clamp(context, row, field, 1, 0xffff);
    else if (transport->sum != 0)
        repair_clamp(context, row, field, 0, 0xfffe);
}

/* What fills the payload. */
static WritePolicy
payload_policy(const RepairContext *context, const PayloadStreams *streams)
{
    return (WritePolicy){.seed = context->options->seed,
                         .payload = context->options->payload,
                         .template = context->options->payload_template,
                         .streams = streams};
}

/* The payload is made so that it fits what stands in the header (payload.h), where it can be. */
static void
repair_row(RepairContext *context, int row, FieldId field, const WritePolicy *policy,
           GByteArray *payload)
{
    size_t n = (size_t)repair_payload_bytes(context, row);
    uint8_t headers[PACKET_MAX_HEADERS];
    size_t n_headers = wire_headers(context, row, headers);
    TransportSum transport;

    if (!transport_sum_init(&transport, headers, n_headers, n))
        return;
    fill_absent(context, row, field, &transport);
    if (field == FIELD_UDP_CKSUM && context->packets[row].ip == HEADER_IPV4 &&
        repair_get(context, row, field) == 0)
        return;
    avoid_other_zero(context, row, field, &transport);
    wire_headers(context, row, headers);
    g_byte_array_set_size(payload, (guint)MAX(n, 1));
    payload_fill_packet(policy, row, headers, n_headers, payload->data, n);
    repair_set(context, row, field, transport_sum_right(&transport, payload->data, n));
}

/* A segment that is sent again has the bytes of the first, and the checksum that they ask for. */
static void
repair_repeated(RepairContext *context, int row, const WritePolicy *policy, GByteArray *payload)
{
    int first = context->packets[row].repeats;
    size_t n = (size_t)repair_payload_bytes(context, row);
    uint8_t headers[PACKET_MAX_HEADERS];
    size_t n_headers = wire_headers(context, first, headers);
    TransportSum transport;

    g_byte_array_set_size(payload, (guint)MAX(n, 1));
    payload_fill_packet(policy, first, headers, n_headers, payload->data, n);
    n_headers = wire_headers(context, row, headers);
    if (transport_sum_init(&transport, headers, n_headers, n))
        repair_set(context, row, FIELD_TCP_CKSUM,
                   transport_sum_right(&transport, payload->data, n));
}

static void
repair_transport(RepairContext *context, Header transport, FieldId field)
{
    g_autoptr(GByteArray) payload = g_byte_array_new();
    g_autoptr(PayloadStreams) streams =
        transport == HEADER_TCP ? payload_streams_new(context->trace) : NULL;
    const WritePolicy policy = payload_policy(context, streams);

    for (int row = 0; row < context->trace->n_rows; row++) {
        if (context->packets[row].transport != transport)
            continue;
        if (context->packets[row].repeats >= 0)
            repair_repeated(context, row, &policy, payload);
        else
            repair_row(context, row, field, &policy, payload);
    }
}

static void
repair_tcp(RepairContext *context)
{
    repair_transport(context, HEADER_TCP, FIELD_TCP_CKSUM);
}

static void
repair_udp(RepairContext *context)
{
    repair_transport(context, HEADER_UDP, FIELD_UDP_CKSUM);
}

static void
repair_icmp(RepairContext *context)
{
    repair_transport(context, HEADER_ICMP, FIELD_ICMP_CKSUM);
}

/* clang-format off */
const RepairRule rules_checksum[] = {
    {.id = "ipv4-checksum", .tree = REPAIR_INTRA_PACKET,
     .statement = N_("The header checksum fits the header."),
     .source = N_("RFC 791, section 3.1; RFC 1071"),
     .reads = FIELDS_IPV4_HEADER, .writes = F(IPV4_CKSUM),
     .after = AFTER("ipv4-total-length", "flow-addresses", "flow-constants", "ipv4-identification"),
     .apply = repair_ipv4},
    {.id = "tcp-checksum", .tree = REPAIR_INTRA_PACKET,
     .statement = N_("The checksum fits addresses, length, header and data."),
     .source = N_("RFC 9293, section 3.1; RFC 8200, section 8.1"),
     .reads = FIELDS_EVERY, .writes = F(TCP_CKSUM),
     .after = AFTER("tcp-acknowledgment", "tcp-window", "tcp-timestamps", "tcp-sack", "tcp-urgent",
                    "flow-addresses"),
     .apply = repair_tcp},
    {.id = "udp-checksum", .tree = REPAIR_INTRA_PACKET,
     .statement = N_("The checksum fits addresses, length, header and data; over IPv4 0 says that "
                  "there is none."),
     .source = N_("RFC 768; RFC 8200, section 8.1"),
     .reads = FIELDS_EVERY, .writes = F(UDP_CKSUM),
     .after = AFTER("udp-length", "udp-exchange", "flow-addresses"), .apply = repair_udp},
    {.id = "icmp-checksum", .tree = REPAIR_INTRA_PACKET,
     .statement = N_("The checksum fits the message."), .source = N_("RFC 792"),
     .reads = FIELDS_EVERY, .writes = F(ICMP_CKSUM),
     .after = AFTER("icmp-echo", "ipv4-total-length", "flow-addresses"), .apply = repair_icmp},
    {NULL},
};
/* clang-format on */
