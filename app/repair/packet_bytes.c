/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as bytes: lengths, addresses, headers, checksums. */
#include "app/repair/packet_bytes.h"

#include <string.h>

int
ipv6_extension_bytes(uint32_t next_header)
{
    switch (next_header) {
    case 0:
    case 43:
    case 44:
    case 60:
        return 8;
    case 51:
        return 12;
    default:
        return 0;
    }
}

uint32_t
transport_protocol(Header transport)
{
    return transport == HEADER_TCP ? 6 : transport == HEADER_UDP ? 17 : 1;
}

int
repair_ip_header_bytes(const RepairContext *context, int row)
{
    if (context->packets[row].ip == HEADER_IPV4)
        return (int)repair_get(context, row, FIELD_IPV4_HL) * 4;
    if (!repair_has(context, row, FIELD_IPV6_NH))
        return IPV6_HEADER_BYTES;
    return IPV6_HEADER_BYTES + ipv6_extension_bytes(repair_get(context, row, FIELD_IPV6_NH));
}

int
repair_transport_header_bytes(const RepairContext *context, int row)
{
    switch (context->packets[row].transport) {
    case HEADER_TCP:
        return (int)repair_get(context, row, FIELD_TCP_DOFF) * 4;
    case HEADER_UDP:
    case HEADER_ICMP:
        return 8;
    default:
        return 0;
    }
}

int
repair_ip_total_bytes(const RepairContext *context, int row)
{
    if (context->packets[row].ip == HEADER_IPV4)
        return (int)repair_get(context, row, FIELD_IPV4_TL);
    if (context->trace->layout->column_of[FIELD_IPV6_LEN] < 0)
        return (int)context->trace->rows[row].length;
    return IPV6_HEADER_BYTES + (int)repair_get(context, row, FIELD_IPV6_LEN);
}

int
repair_payload_bytes(const RepairContext *context, int row)
{
    int payload = repair_ip_total_bytes(context, row) - repair_ip_header_bytes(context, row) -
                  repair_transport_header_bytes(context, row);
    return MAX(payload, 0);
}

void
repair_set_total(RepairContext *context, int row, int total)
{
    TraceRow *side = &context->trace->rows[row];
    bool has_field = context->packets[row].ip == HEADER_IPV4 ||
                     context->trace->layout->column_of[FIELD_IPV6_LEN] >= 0;

    if (context->packets[row].ip == HEADER_IPV4)
        repair_set(context, row, FIELD_IPV4_TL, total);
    else if (has_field)
        repair_set(context, row, FIELD_IPV6_LEN, total - IPV6_HEADER_BYTES);
    if (side->length != (uint32_t)total) {
        context->n_sides[REPAIR_SIDE_LENGTHS] +=
            side->length == context->drawn->rows[context->row_of[row]].length;
        side->length = total;
    }
}

Address
repair_address(const RepairContext *context, int row, bool source)
{
    const TraceRow *side = &context->trace->rows[row];
    FieldId field = source ? FIELD_IPV4_SRC : FIELD_IPV4_DST;
    bool is_v4 = context->packets[row].ip == HEADER_IPV4;
    Address address = {0};

    if (is_v4 && context->trace->layout->column_of[field] >= 0) {
        address.family = 4;
        repair_get_bytes(context, row, field, address.bytes, 4);
    } else if (context->trace->sides & TRACE_HAS_ADDRESSES) {
        address = source ? side->src : side->dst;
        if (address.family != (is_v4 ? 4 : 6))
            address = (Address){0};
    }
    return address;
}

void
repair_set_address(RepairContext *context, int row, bool source, const Address *address)
{
    TraceRow *side = &context->trace->rows[row];

    if (address->family == 4)
        repair_set_bytes(context, row, source ? FIELD_IPV4_SRC : FIELD_IPV4_DST, address->bytes, 4);
    *(source ? &side->src : &side->dst) = *address;
}

/* Copies the present bits of a header into bytes, at their places on the wire. */
static void
header_bytes(const RepairContext *context, int row, Header header, uint8_t *bytes, int n_bits)
{
    const Layout *layout = context->trace->layout;
    const int8_t *trits = trace_row(context->trace, row);

    for (int i = 0; i < layout->n_fields; i++) {
        const Field *field = &field_table[layout->fields[i].field];
        if (field->header != header)
            continue;
        const int8_t *from = trits + layout->fields[i].first_column;
        int n = MIN(field->width, n_bits - field->bit_offset);
        for (int bit = 0, at = field->bit_offset; bit < n; bit++, at++) {
            if (from[bit] > 0)
                bytes[at >> 3] |= (uint8_t)(0x80 >> (at & 7));
        }
    }
}

int
packet_ip_bytes(const RepairContext *context, int row, uint8_t bytes[60], bool *is_whole)
{
    bool is_v4 = context->packets[row].ip == HEADER_IPV4;
    Address src = repair_address(context, row, true), dst = repair_address(context, row, false);
    int n = is_v4 ? (int)repair_get(context, row, FIELD_IPV4_HL) * 4 : IPV6_HEADER_BYTES;

    n = CLAMP(n, 20, 60);
    memset(bytes, 0, 60);
    header_bytes(context, row, context->packets[row].ip, bytes, n * 8);
    memcpy(bytes + (is_v4 ? 12 : 8), src.bytes, is_v4 ? 4 : 16);
    memcpy(bytes + (is_v4 ? 16 : 24), dst.bytes, is_v4 ? 4 : 16);
    if (is_whole)
        *is_whole = src.family && dst.family;
    return n;
}

int
packet_transport_bytes(const RepairContext *context, int row, uint8_t bytes[60])
{
    int n = CLAMP(repair_transport_header_bytes(context, row), 0, 60);

    memset(bytes, 0, 60);
    if (n > 0)
        header_bytes(context, row, context->packets[row].transport, bytes, n * 8);
    return n;
}
