/* SPDX-License-Identifier: Apache-2.0 */
/* Sound IP headers and observed packets. */
#include "app/repair/observed.h"

#include "app/repair/option_list.h"
#include "app/repair/packet_bytes.h"

static bool
fields_are_whole(const RepairContext *context, int row, FieldId first, FieldId last)
{
    for (int field = first; field <= (int)last; field++) {
        if (context->trace->layout->column_of[field] >= 0 &&
            !repair_has(context, row, (FieldId)field))
            return false;
    }
    return true;
}

/* How many bits of an option field are present from its start; -1 when one is after a gap. */
static int
option_bits(const RepairContext *context, int row, FieldId field)
{
    const int8_t *trits = trace_row(context->trace, row) + context->trace->layout->column_of[field];
    int n = 0;

    while (n < field_table[field].width && trits[n] >= 0)
        n++;
    for (int bit = n; bit < field_table[field].width; bit++) {
        if (trits[bit] >= 0)
            return -1;
    }
    return n;
}

static bool
length_is_known(const RepairContext *context, int row, uint32_t length)
{
    return (context->drawn->sides & TRACE_HAS_LENGTHS) && length > 0 &&
           context->trace->rows[row].length == length;
}

static bool
ipv4_is_sound(const RepairContext *context, int row, Header transport)
{
    uint32_t protocol = repair_get(context, row, FIELD_IPV4_PROTO);
    uint32_t checksum = repair_get(context, row, FIELD_IPV4_CKSUM);
    uint8_t bytes[60];
    bool is_whole;

    if (!fields_are_whole(context, row, FIELD_IPV4_VER, FIELD_IPV4_DST) ||
        repair_get(context, row, FIELD_IPV4_VER) != 4 ||
        repair_get(context, row, FIELD_IPV4_HL) < 5)
        return false;
    int n = packet_ip_bytes(context, row, bytes, &is_whole);
    int total = (int)repair_get(context, row, FIELD_IPV4_TL);
    if (!is_whole || total < n || option_bits(context, row, FIELD_IPV4_OPT) != (n - 20) * 8)
        return false;
    bool is_known = protocol == 1 || protocol == 6 || protocol == 17;
    bool announces = transport == N_HEADERS
                         ? !is_known || repair_get(context, row, FIELD_IPV4_FOFF) > 0
                         : protocol == transport_protocol(transport) &&
                               repair_get(context, row, FIELD_IPV4_FOFF) == 0;
    bool contradicts =
        repair_get(context, row, FIELD_IPV4_DFBIT) && repair_get(context, row, FIELD_IPV4_MFBIT);
    if (!announces || contradicts)
        return false;
    if ((context->drawn->sides & TRACE_HAS_LENGTHS) && context->trace->rows[row].length > 0 &&
        !length_is_known(context, row, (uint32_t)total))
        return false;
    return checksum == 0 || checksum_finish(checksum_add(0, bytes, n)) == 0;
}

/* IPv6 has no checksum: its version, its lengths and what follows must agree. */
static bool
ipv6_is_sound(const RepairContext *context, int row, Header transport)
{
    const TraceRow *beside = &context->trace->rows[row];

    if (!(context->trace->sides & TRACE_HAS_ADDRESSES) || beside->src.family != 6 ||
        beside->dst.family != 6)
        return false;
    if (context->trace->layout->column_of[FIELD_IPV6_VER] < 0)
        return transport != N_HEADERS && beside->length >= IPV6_HEADER_BYTES;
    if (!fields_are_whole(context, row, FIELD_IPV6_VER, FIELD_IPV6_DST) ||
        repair_get(context, row, FIELD_IPV6_VER) != 6 ||
        repair_get(context, row, FIELD_IPV6_HL) == 0)
        return false;
    uint32_t next = repair_get(context, row, FIELD_IPV6_NH);
    uint32_t length = IPV6_HEADER_BYTES + repair_get(context, row, FIELD_IPV6_LEN);
    if ((context->drawn->sides & TRACE_HAS_LENGTHS) && !length_is_known(context, row, length))
        return false;
    if (transport == N_HEADERS)
        return next != 6 && next != 17;
    return next == transport_protocol(transport) || ipv6_extension_bytes(next) > 0;
}

bool
packet_is_sound(const RepairContext *context, int row, Header transport)
{
    return context->packets[row].ip == HEADER_IPV4 ? ipv4_is_sound(context, row, transport)
                                                   : ipv6_is_sound(context, row, transport);
}

static bool
transport_is_changed(const RepairContext *context, int row)
{
    const int16_t *by = context->written_by + (size_t)context->row_of[row] * N_FIELDS;

    for (int field = 0; field < N_FIELDS; field++) {
        if (by[field] >= 0 && field_table[field].header == context->packets[row].transport)
            return true;
    }
    return false;
}

static bool
tcp_is_observed(const RepairContext *context, int row)
{
    uint8_t bytes[OPTION_LIST_MAX_BYTES];
    int n = ((int)repair_get(context, row, FIELD_TCP_DOFF) - 5) * 4;
    int n_bits = option_bits(context, row, FIELD_TCP_OPT);
    bool is_syn = repair_get(context, row, FIELD_TCP_SYN);

    if (n < 0 || n_bits < 0 || n_bits > n * 8 ||
        (!repair_get(context, row, FIELD_TCP_URG) && repair_get(context, row, FIELD_TCP_URP)))
        return false;
    repair_get_bytes(context, row, FIELD_TCP_OPT, bytes, n);
    return n_bits < n * 8 || option_list_is_legal(is_syn ? OPTIONS_TCP_SYN : OPTIONS_TCP, bytes, n);
}

bool
packet_is_observed(const RepairContext *context, int row)
{
    const RepairPacket *packet = &context->packets[row];
    int headers =
        repair_ip_header_bytes(context, row) + repair_transport_header_bytes(context, row);
    int carried = repair_ip_total_bytes(context, row) - headers;

    if (!packet->sound || transport_is_changed(context, row) || carried < 0)
        return false;
    if (packet->transport == HEADER_TCP)
        return tcp_is_observed(context, row);
    if (packet->transport == HEADER_UDP && !repair_get(context, row, FIELD_IPV4_MFBIT))
        return (int)repair_get(context, row, FIELD_UDP_LEN) == carried + 8;
    return true;
}
