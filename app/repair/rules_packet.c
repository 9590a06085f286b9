/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows are packets, and which headers a packet has: one of IP, one above it. */
#include "app/repair/packet_bytes.h"
#include "app/repair/rules.h"

/* The fixed part of each header: what must be present wherever the header is. */
static const struct {
    FieldId first, last;
} base[N_HEADERS] = {
    [HEADER_IPV4] = {FIELD_IPV4_VER, FIELD_IPV4_DST},
    [HEADER_IPV6] = {FIELD_IPV6_VER, FIELD_IPV6_DST},
    [HEADER_TCP] = {FIELD_TCP_SPRT, FIELD_TCP_URP},
    [HEADER_UDP] = {FIELD_UDP_SPORT, FIELD_UDP_CKSUM},
    [HEADER_ICMP] = {FIELD_ICMP_TYPE, FIELD_ICMP_ROH},
};

static FieldId
header_option_field(Header header)
{
    return header == HEADER_IPV4 ? FIELD_IPV4_OPT : header == HEADER_TCP ? FIELD_TCP_OPT : N_FIELDS;
}

/* -1..1; -1 for a header that the layout lacks. */
static float
header_presence(const RepairContext *context, int row, Header header)
{
    const Layout *layout = context->drawn->layout;
    float sum = 0;
    int n = 0;

    for (int field = base[header].first; field <= (int)base[header].last; field++) {
        int column = layout->column_of[field], width = field_table[field].width;
        if (column < 0)
            continue;
        sum += repair_presence(context, row, column, width) * width;
        n += width;
    }
    return n > 0 ? sum / n : -1.0f;
}

static void
drop_padding(RepairContext *context)
{
    for (int row = 0; row < context->trace->n_rows; row++) {
        bool is_packet = false;
        for (int header = 0; header < N_HEADERS && !is_packet; header++)
            is_packet = header_presence(context, row, (Header)header) > 0;
        if (!is_packet)
            repair_drop(context, row);
    }
}

/* A field's agreement with value, -1..1 by its present bits, 0 when none is. */
static float
field_agreement(const RepairContext *context, int row, FieldId field, uint32_t value)
{
    float all = repair_cost(context, row, field, 0) + repair_cost(context, row, field, ~0u);
    return all > 0 ? 1 - 2 * repair_cost(context, row, field, value) / all : 0;
}

/* An IPv4 header that a host could have sent: whole, and with a checksum that fits. */
static bool
ipv4_is_sound(RepairContext *context, int row)
{
    uint8_t bytes[60];
    bool is_whole;

    for (int field = FIELD_IPV4_VER; field <= FIELD_IPV4_DST; field++) {
        if (context->trace->layout->column_of[field] >= 0 && !repair_has(context, row, field))
            return false;
    }
    if (repair_get(context, row, FIELD_IPV4_VER) != 4 ||
        repair_get(context, row, FIELD_IPV4_HL) < 5)
        return false;
    int n = packet_ip_bytes(context, row, bytes, &is_whole);
    if (!is_whole || (int)repair_get(context, row, FIELD_IPV4_TL) < n)
        return false;
    const int8_t *options =
        trace_row(context->trace, row) + context->trace->layout->column_of[FIELD_IPV4_OPT];
    for (int bit = 0; bit < field_table[FIELD_IPV4_OPT].width; bit++) {
        if ((options[bit] >= 0) != (bit < (n - 20) * 8))
            return false;
    }
    return repair_get(context, row, FIELD_IPV4_CKSUM) == 0 ||
           checksum_finish(checksum_add(0, bytes, n)) == 0;
}

/* IPv6 has no checksum: its version, its lengths and what follows must agree. */
static bool
ipv6_is_sound(RepairContext *context, int row, uint32_t protocol)
{
    const TraceRow *side = &context->trace->rows[row];

    if (!(context->trace->sides & TRACE_HAS_ADDRESSES) || side->src.family != 6 ||
        side->dst.family != 6)
        return false;
    if (context->trace->layout->column_of[FIELD_IPV6_VER] < 0)
        return side->length >= IPV6_HEADER_BYTES;
    for (int field = FIELD_IPV6_VER; field <= FIELD_IPV6_HL; field++) {
        if (!repair_has(context, row, field))
            return false;
    }
    uint32_t next = repair_get(context, row, FIELD_IPV6_NH);
    return repair_get(context, row, FIELD_IPV6_VER) == 6 &&
           repair_get(context, row, FIELD_IPV6_HL) > 0 &&
           (ipv6_extension_bytes(next) > 0 || next == protocol);
}

/* A layout without IPv6 holds the transport header of IPv6 packets all the same. */
static bool
ip_is_beside(const RepairContext *context, int row, float ipv4_presence)
{
    return context->drawn->layout->column_of[FIELD_IPV6_VER] < 0 && ipv4_presence <= -0.5f &&
           (context->drawn->sides & TRACE_HAS_ADDRESSES) &&
           context->trace->rows[row].src.family == 6 && context->trace->rows[row].dst.family == 6;
}

/* The likeliest of IPv4 or IPv6 over TCP, UDP or (IPv4) ICMP: presence of both headers, then what
 * the version and the protocol number say. */
static void
choose_headers(RepairContext *context, int row, const float presence[N_HEADERS])
{
    RepairPacket *packet = &context->packets[row];
    bool is_beside = ip_is_beside(context, row, presence[HEADER_IPV4]);
    float best = -G_MAXFLOAT;

    for (int ip = HEADER_IPV4; ip <= HEADER_IPV6; ip++) {
        bool is_v4 = ip == HEADER_IPV4;
        if (is_beside ? is_v4 : context->drawn->layout->column_of[base[ip].first] < 0)
            continue;
        for (int transport = HEADER_TCP; transport <= HEADER_ICMP; transport++) {
            if (!is_v4 && transport == HEADER_ICMP)
                continue;
            float score =
                presence[ip] + presence[transport] +
                0.25f * field_agreement(context, row, base[ip].first, is_v4 ? 4 : 6) +
                0.25f * field_agreement(context, row, is_v4 ? FIELD_IPV4_PROTO : FIELD_IPV6_NH,
                                        transport_protocol((Header)transport));
            if (score > best + 1e-6f) {
                best = score;
                packet->ip = (Header)ip;
                packet->transport = (Header)transport;
            }
        }
    }
}

/* A sound IP header with nothing of the layout above it: a later fragment, or a protocol that the
 * layout does not hold. */
static bool
is_opaque(RepairContext *context, int row, const float presence[N_HEADERS])
{
    bool is_v4 = context->packets[row].ip == HEADER_IPV4;
    uint32_t protocol = repair_get(context, row, is_v4 ? FIELD_IPV4_PROTO : FIELD_IPV6_NH);

    for (int header = HEADER_TCP; header <= HEADER_ICMP; header++) {
        if (presence[header] > -0.5f)
            return false;
    }
    if (is_v4)
        return ipv4_is_sound(context, row) && ((protocol != 1 && protocol != 6 && protocol != 17) ||
                                               repair_get(context, row, FIELD_IPV4_FOFF) > 0);
    return protocol != 6 && protocol != 17 && ipv6_extension_bytes(protocol) == 0 &&
           ipv6_is_sound(context, row, protocol);
}

static void
choose_protocol(RepairContext *context)
{
    for (int row = 0; row < context->trace->n_rows; row++) {
        RepairPacket *packet = &context->packets[row];
        float presence[N_HEADERS];

        for (int header = 0; header < N_HEADERS; header++)
            presence[header] = header_presence(context, row, (Header)header);
        *packet = (RepairPacket){.flow = -1};
        choose_headers(context, row, presence);
        if (is_opaque(context, row, presence))
            packet->transport = N_HEADERS;
        packet->sound = packet->transport == N_HEADERS ||
                        (packet->ip == HEADER_IPV4
                             ? ipv4_is_sound(context, row)
                             : ipv6_is_sound(context, row, transport_protocol(packet->transport)));
        for (int field = 0; field < N_FIELDS; field++) {
            if (field_table[field].header != packet->ip &&
                field_table[field].header != packet->transport)
                repair_void(context, row, (FieldId)field);
        }
    }
    repair_context_vote(context);
}

static void
fill_headers(RepairContext *context)
{
    for (int row = 0; row < context->trace->n_rows; row++) {
        const RepairPacket *packet = &context->packets[row];
        for (int field = 0; field < N_FIELDS; field++) {
            Header header = field_table[field].header;
            if ((header == packet->ip || header == packet->transport) &&
                (FieldId)field != header_option_field(header))
                repair_fill(context, row, (FieldId)field);
        }
    }
}

/* clang-format off */
const RepairRule rules_packet[] = {
    {"padding", REPAIR_INTRA_PACKET,
     "A row in which absence outweighs the bits of every header is padding, not a packet.",
     "NetDiffusion, section 3.2: short traces are padded with rows of absence", NULL, drop_padding},
    {"one-protocol", REPAIR_INTRA_PACKET,
     "A packet has one IP header and at most one transport header; ICMP goes over IPv4.",
     "RFC 1122, sections 1.1.3 and 3.2.2", AFTER("padding"), choose_protocol},
    {"header-presence", REPAIR_INTRA_PACKET,
     "Every bit of the fixed part of a header that is there is there.",
     "RFC 791 section 3.1, RFC 8200 section 3, RFC 9293 section 3.1, RFC 768, RFC 792",
     AFTER("one-protocol"), fill_headers},
    {NULL},
};
/* clang-format on */
