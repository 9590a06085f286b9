/* SPDX-License-Identifier: Apache-2.0 */
/* Ports and addresses of drawn flows. */
#include "app/repair/ends_legal.h"

#include "app/repair/port_table.h"

/* An end whose address a host can have: not of "this network", loopback, multicast or reserved
 * (RFC 1122, section 3.2.1.3), with the nearest first octet that is none of these. */
static uint64_t
end_as_host(uint64_t end)
{
    int octet = (int)(end >> 40), best = octet, best_distance = 9;

    if (octet != 0 && octet != 127 && octet < 224)
        return end;
    for (int candidate = 1; candidate < 224; candidate++) {
        int distance = __builtin_popcount((unsigned)(candidate ^ octet));
        if (candidate != 127 && distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return (end & G_GUINT64_CONSTANT(0xffffffffff)) | (uint64_t)best << 40;
}

static uint16_t
free_port(Header transport, uint16_t port)
{
    uint16_t best = port;
    int best_distance = 17;

    for (uint32_t other = 1; other <= 0xffff; other++) {
        int distance = __builtin_popcount(other ^ port);
        if (distance < best_distance && port_least_payload(transport, (uint16_t)other) == 0) {
            best = (uint16_t)other;
            best_distance = distance;
        }
    }
    return best;
}

void
ends_make_legal(const EndsTable *table, int row, double exact_share, Ends *ends)
{
    Header transport = table->context->packets[row].transport;
    bool is_believed = (table->context->drawn->sides & TRACE_HAS_ADDRESSES) && exact_share >= 0.5;

    for (int side = 0; side < 2; side++) {
        uint64_t *end = &ends->end[side];
        uint16_t port = (uint16_t)*end;
        bool has_port = row_has_ports(table->context, row);
        if (has_port && (port == 0 || (!is_believed && port_needs_message(transport, port))))
            *end = (*end & ~(uint64_t)0xffff) | free_port(transport, port);
        if (row_has_address_bits(table, row))
            *end = end_as_host(*end);
    }
    if (row_has_address_bits(table, row) && ends->end[0] >> 16 == ends->end[1] >> 16)
        ends->end[1] ^= 1 << 16;
}
