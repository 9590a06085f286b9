/* SPDX-License-Identifier: Apache-2.0 */
/* Checksums, last: everything they cover stands. The payload is what the writer will put there. */
#include "app/repair/packet_bytes.h"
#include "app/repair/rules.h"

#include <string.h>

static void
repair_ipv4(RepairContext *context)
{
    uint8_t bytes[60];

    for (int row = 0; row < context->trace->n_rows; row++) {
        if (context->packets[row].ip != HEADER_IPV4)
            continue;
        int n = packet_ip_bytes(context, row, bytes, NULL);
        bytes[10] = bytes[11] = 0;
        repair_set(context, row, FIELD_IPV4_CKSUM, checksum_finish(checksum_add(0, bytes, n)));
    }
}

/* RFC 9293 section 3.1 and RFC 8200 section 8.1. */
static guint32
pseudo_header_sum(const RepairContext *context, int row, guint32 length)
{
    Address src = repair_address(context, row, true), dst = repair_address(context, row, false);
    size_t size = context->packets[row].ip == HEADER_IPV4 ? 4 : 16;
    guint32 sum =
        transport_protocol(context->packets[row].transport) + (length >> 16) + (length & 0xffff);

    sum = checksum_add(sum, src.bytes, size);
    return checksum_add(sum, dst.bytes, size);
}

/* The sum of the payload bytes that follow the headers. */
static guint32
payload_sum(RepairContext *context, int row, const uint8_t *transport, int n_transport, int covered,
            GByteArray *scratch)
{
    uint8_t headers[PACKET_MAX_HEADERS];
    int n_ip = packet_ip_bytes(context, row, headers, NULL);
    int n = repair_payload_bytes(context, row);

    memcpy(headers + n_ip, transport, n_transport);
    g_byte_array_set_size(scratch, MAX(MAX(n, covered), 1));
    memset(scratch->data, 0, scratch->len);
    payload_fill_packet(context->options->payload, context->options->seed, row, headers,
                        n_ip + n_transport, scratch->data, n);
    return checksum_add(0, scratch->data, covered);
}

/* The checksum of a row's transport header, its own field (at byte `at`) taken as 0. */
static uint16_t
transport_checksum(RepairContext *context, int row, int at, GByteArray *scratch)
{
    Header transport = context->packets[row].transport;
    uint8_t bytes[60];
    int n = packet_transport_bytes(context, row, bytes);
    int covered = repair_payload_bytes(context, row);
    guint32 sum = 0;

    if (transport == HEADER_UDP)
        covered = MAX((int)repair_get(context, row, FIELD_UDP_LEN) - n, 0);
    bytes[at] = bytes[at + 1] = 0;
    if (transport != HEADER_ICMP)
        sum = pseudo_header_sum(context, row, (guint32)(n + covered));
    sum = checksum_add(sum, bytes, n);
    if (covered > 0)
        sum += payload_sum(context, row, bytes, n, covered, scratch);
    return checksum_finish(sum);
}

/* Over IPv4 an observed datagram may do without. */
static bool
is_unsummed(const RepairContext *context, int row)
{
    return context->packets[row].observed && context->packets[row].ip == HEADER_IPV4 &&
           repair_get(context, row, FIELD_UDP_CKSUM) == 0;
}

static void
repair_transport(RepairContext *context, Header transport, FieldId field)
{
    g_autoptr(GByteArray) scratch = g_byte_array_new();

    for (int row = 0; row < context->trace->n_rows; row++) {
        if (context->packets[row].transport != transport)
            continue;
        if (transport == HEADER_UDP && is_unsummed(context, row))
            continue;
        uint16_t checksum =
            transport_checksum(context, row, field_table[field].bit_offset / 8, scratch);
        if (transport == HEADER_UDP && checksum == 0)
            checksum = 0xffff; /* 0 means that there is none */
        repair_set(context, row, field, checksum);
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
    {"ipv4-checksum", REPAIR_INTRA_PACKET, "The header checksum fits the header.",
     "RFC 791, section 3.1; RFC 1071", AFTER("ipv4-total-length", "flow-addresses"), repair_ipv4},
    {"tcp-checksum", REPAIR_INTRA_PACKET,
     "The checksum fits addresses, length, header and data.",
     "RFC 9293, section 3.1; RFC 8200, section 8.1",
     AFTER("tcp-sequence", "tcp-urgent", "flow-addresses"), repair_tcp},
    {"udp-checksum", REPAIR_INTRA_PACKET,
     "The checksum fits addresses, length, header and data, and is not 0 where drawn.",
     "RFC 768; RFC 8200, section 8.1", AFTER("udp-length", "flow-addresses"), repair_udp},
    {"icmp-checksum", REPAIR_INTRA_PACKET, "The checksum fits the message.", "RFC 792",
     AFTER("icmp-echo", "ipv4-total-length"), repair_icmp},
    {NULL},
};
/* clang-format on */
