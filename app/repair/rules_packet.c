/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows are packets, and which headers a packet has: one of IP, one above it. */
#include "app/repair/observed.h"
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

/* An IP header with nothing of the layout above it: a sound one where next to nothing was drawn,
 * or, in a trace that carries the addresses of a capture, any where nothing was: errors of bits
 * take no header away. */
static bool
is_opaque(const RepairContext *context, int row, const float presence[N_HEADERS])
{
    bool is_bare =
        context->packets[row].ip == HEADER_IPV4 && (context->drawn->sides & TRACE_HAS_ADDRESSES);

    for (int header = HEADER_TCP; header <= HEADER_ICMP; header++) {
        if (presence[header] > -0.5f)
            return false;
        is_bare &= presence[header] == -1;
    }
    return is_bare || packet_is_sound(context, row, N_HEADERS);
}

static void
choose_protocol(RepairContext *context)
{
    for (int row = 0; row < context->trace->n_rows; row++) {
        RepairPacket *packet = &context->packets[row];
        float presence[N_HEADERS];

        for (int header = 0; header < N_HEADERS; header++)
            presence[header] = header_presence(context, row, (Header)header);
        *packet = (RepairPacket){.flow = -1, .answers = -1, .repeats = -1};
        choose_headers(context, row, presence);
        if (is_opaque(context, row, presence))
            packet->transport = N_HEADERS;
        packet->sound = packet_is_sound(context, row, packet->transport);
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
    {.id = "padding", .tree = REPAIR_INTRA_PACKET,
     .statement = N_("A row in which absence outweighs the bits of every header is padding, not a packet."),
     .source = N_("the picture format: short traces are padded, as in NetDiffusion (arXiv 2310.08543)"),
     .reads = FIELDS_EVERY, .writes = 0, .after = NULL, .apply = drop_padding},
    {.id = "one-protocol", .tree = REPAIR_INTRA_PACKET,
     .statement = N_("A packet has one IP header and at most one transport header; ICMP goes over IPv4."),
     .source = N_("RFC 1122, sections 1.1.3 and 3.2.2"),
     .reads = FIELDS_EVERY, .writes = FIELDS_EVERY,
     .after = AFTER("padding"), .apply = choose_protocol},
    {.id = "header-presence", .tree = REPAIR_INTRA_PACKET,
     .statement = N_("Where a header is, every bit of its fixed part is present."),
     .source = N_("RFC 791 section 3.1, RFC 8200 section 3, RFC 9293 section 3.1, RFC 768, RFC 792"),
     .reads = FIELDS_EVERY, .writes = FIELDS_EVERY & ~(F(IPV4_OPT) | F(TCP_OPT)),
     .after = AFTER("one-protocol"), .apply = fill_headers},
    {NULL},
};
/* clang-format on */
