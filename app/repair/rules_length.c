/* SPDX-License-Identifier: Apache-2.0 */
/* Lengths: IPv4 total length, IPv6 payload length, UDP length. What was drawn is kept wherever the
 * headers fit into it; a drawn packet is no longer than the link carries. */
#include "app/repair/fragments.h"
#include "app/repair/packet_bytes.h"
#include "app/repair/port_table.h"
#include "app/repair/rules.h"

#include <math.h>
#include <string.h>

enum {
    ETHERNET_MTU = 1500, /* RFC 894 */
    MAX_PACKET = 65535,
    MAX_TOTAL = MAX_PACKET + 40, /* of IPv6, whose length leaves out its header */
    QUOTED_BYTES = 28,           /* an ICMP error quotes an IP header and eight bytes, RFC 792 */
    MOST_QUOTED = 128,           /* past these, extensions of RFC 4884 are looked for */
};

/* The least payload, other than none, that is a message to the owner of either port; 0 where there
 * is no telling. */
static int
least_message(const RepairContext *context, int row)
{
    bool is_tcp = context->packets[row].transport == HEADER_TCP;
    FieldId ports[] = {is_tcp ? FIELD_TCP_SPRT : FIELD_UDP_SPORT,
                       is_tcp ? FIELD_TCP_DPRT : FIELD_UDP_DPORT};
    int least = 0;

    for (int end = 0; end < 2; end++) {
        uint16_t port = (uint16_t)repair_get(context, row, ports[end]);
        if (!port_needs_message(context->packets[row].transport, port))
            least = MAX(least, port_least_payload(context->packets[row].transport, port));
    }
    return least;
}

static int
least_payload(const RepairContext *context, int row)
{
    if (context->packets[row].transport == HEADER_UDP && !context->packets[row].observed)
        return least_message(context, row);
    if (context->packets[row].transport != HEADER_ICMP)
        return 0;
    switch (repair_get(context, row, FIELD_ICMP_TYPE)) {
    case 3:
    case 4:
    case 5:
    case 11:
    case 12:
        return QUOTED_BYTES;
    case 13:
    case 14:
        return 12;
    case 17:
    case 18:
        return 4;
    default:
        return 0;
    }
}

/* The longest packet among a trace's sound ones, and never less than Ethernet carries. */
static int
longest_sound(const RepairContext *context)
{
    const Trace *template_trace = context->options->template_trace;
    int longest = ETHERNET_MTU;

    for (int row = 0; row < context->trace->n_rows; row++) {
        if (context->packets[row].sound)
            longest = MAX(longest, repair_ip_total_bytes(context, row));
    }
    for (int row = 0; template_trace && row < template_trace->n_rows; row++) {
        uint32_t length;
        if (trace_get(template_trace, row, FIELD_IPV4_TL, &length))
            longest = MAX(longest, (int)length);
        else if (trace_get(template_trace, row, FIELD_IPV6_LEN, &length))
            longest = MAX(longest, (int)length + IPV6_HEADER_BYTES);
    }
    return MIN(longest, MAX_PACKET);
}

/* How much more likely, in nats, a total length is for the packets that seem to have it. */
typedef struct {
    float nats[MAX_TOTAL + 1];
} LengthPrior;

/* The total length from low to high that the IP and (over UDP) the UDP length field hold against
 * least, lengths that many packets have being likelier; of equals the nearest to what the IP header
 * says. */
static int
likeliest_length(const RepairContext *context, int row, int low, int high, const LengthPrior *prior)
{
    float weight = (float)repair_bit_weight(context);
    bool is_v4 = context->packets[row].ip == HEADER_IPV4;
    int base = is_v4 ? 0 : IPV6_HEADER_BYTES, best = low;
    int ip_header = repair_ip_header_bytes(context, row);
    int now = repair_ip_total_bytes(context, row);
    float best_cost = INFINITY;
    RepairCosts ip, udp = {{{0}}};

    repair_costs(context, row, is_v4 ? FIELD_IPV4_TL : FIELD_IPV6_LEN, &ip);
    if (context->packets[row].transport == HEADER_UDP)
        repair_costs(context, row, FIELD_UDP_LEN, &udp);
    for (int total = low; total <= high; total++) {
        float cost = weight * (repair_costs_of(&ip, total - base) +
                               repair_costs_of(&udp, total - ip_header)) -
                     prior->nats[total];
        if (cost < best_cost || (cost == best_cost && abs(total - now) < abs(best - now))) {
            best = total;
            best_cost = cost;
        }
    }
    return best;
}

/* True where a drawn TCP segment has too few bytes of payload for a message to the owner of a port.
 * It is left empty. */
static bool
is_torn(const RepairContext *context, int row, int payload)
{
    return context->packets[row].transport == HEADER_TCP && !context->packets[row].observed &&
           payload > 0 && payload < least_message(context, row);
}

/* A drawn SYN carries no data; RFC 9293 lets it, but few stacks do (RFC 7413). */
static bool
is_drawn_syn(const RepairContext *context, int row)
{
    return context->packets[row].transport == HEADER_TCP && !context->packets[row].observed &&
           repair_get(context, row, FIELD_TCP_SYN);
}

/* The longest packet that a drawn row may become. */
static int
most_total(const RepairContext *context, int row, int low, int longest)
{
    if (is_drawn_syn(context, row))
        return low;
    if (context->packets[row].transport == HEADER_ICMP &&
        least_payload(context, row) == QUOTED_BYTES)
        return low - QUOTED_BYTES + MOST_QUOTED;
    return MAX(longest, low);
}

/* The total length that a row should have. */
static int
choose_total(const RepairContext *context, int row, int longest, const LengthPrior *prior)
{
    bool is_v4 = context->packets[row].ip == HEADER_IPV4;
    int headers =
        repair_ip_header_bytes(context, row) + repair_transport_header_bytes(context, row);
    int low = headers + least_payload(context, row), now = repair_ip_total_bytes(context, row);
    int high = most_total(context, row, low, longest), answers = context->packets[row].answers;
    int known = (context->drawn->sides & TRACE_HAS_LENGTHS)
                    ? (int)MIN(context->trace->rows[row].length, MAX_PACKET + 1)
                    : 0;
    bool has_field = is_v4 || context->trace->layout->column_of[FIELD_IPV6_LEN] >= 0;
    int most = MAX_PACKET + (is_v4 ? 0 : IPV6_HEADER_BYTES);

    int total = low;
    if (answers >= 0)
        total =
            MIN(repair_ip_total_bytes(context, answers) - repair_ip_header_bytes(context, answers) +
                    repair_ip_header_bytes(context, row),
                most);
    else if (context->packets[row].sound && now >= low && now <= most &&
             !is_drawn_syn(context, row))
        total = now;
    else if (known >= low && known <= high)
        total = known;
    else if (has_field)
        total = likeliest_length(context, row, low, high, prior);
    return is_torn(context, row, total - headers) ? low : total;
}

/* Counts what lengths the packets seem to have, and lets the counts tell where bits do not. */
static void
learn_lengths(const RepairContext *context, Header ip, int longest, LengthPrior *prior)
{
    enum { N_ROUNDS = 3 };
    g_autofree int *counts = g_new(int, MAX_TOTAL + 1);

    for (int round = 0; round < N_ROUNDS; round++) {
        memset(counts, 0, (MAX_TOTAL + 1) * sizeof *counts);
        for (int row = 0; row < context->trace->n_rows; row++) {
            if (context->packets[row].ip != ip || context->packets[row].answers >= 0)
                continue;
            int total = round ? choose_total(context, row, longest, prior)
                              : repair_ip_total_bytes(context, row);
            counts[CLAMP(total, 0, MAX_TOTAL)]++;
        }
        for (int total = 0; total <= MAX_TOTAL; total++)
            prior->nats[total] = log1pf((float)counts[total]);
    }
}

static void
repair_totals(RepairContext *context, Header ip)
{
    int longest = longest_sound(context);
    g_autofree LengthPrior *prior = g_new0(LengthPrior, 1);

    if (context->error_rate <= REPAIR_MOST_DOUBT)
        learn_lengths(context, ip, longest, prior);
    for (int row = 0; row < context->trace->n_rows; row++) {
        if (context->packets[row].ip == ip)
            repair_set_total(context, row, choose_total(context, row, longest, prior));
    }
    context->trace->sides |= TRACE_HAS_LENGTHS;
}

static void
repair_ipv4_total(RepairContext *context)
{
    repair_totals(context, HEADER_IPV4);
}

static void
repair_ipv6_payload(RepairContext *context)
{
    repair_totals(context, HEADER_IPV6);
}

/* The first fragment of a sound datagram has the length of the whole. */
static void
repair_udp(RepairContext *context)
{
    for (int row = 0; row < context->trace->n_rows; row++) {
        if (context->packets[row].transport != HEADER_UDP)
            continue;
        int carried = repair_ip_total_bytes(context, row) - repair_ip_header_bytes(context, row);
        int now = (int)repair_get(context, row, FIELD_UDP_LEN);
        bool is_fragment =
            context->packets[row].ip == HEADER_IPV4 && repair_get(context, row, FIELD_IPV4_MFBIT);
        int rest = is_fragment ? fragment_rest(context, row) : -1;
        if (rest >= 0)
            carried += repair_ip_total_bytes(context, rest) - repair_ip_header_bytes(context, rest);
        bool is_last = rest >= 0 && !repair_get(context, rest, FIELD_IPV4_MFBIT);
        if (!is_fragment || is_last || now < carried)
            repair_set(context, row, FIELD_UDP_LEN, carried);
    }
}

/* What tells the least that a message must hold. */
#define FIELDS_MESSAGE                                                                             \
    (F(UDP_SPORT) | F(UDP_DPORT) | F(UDP_LEN) | F(TCP_SPRT) | F(TCP_DPRT) | F(TCP_SYN) |           \
     F(ICMP_TYPE))

/* clang-format off */
const RepairRule rules_length[] = {
    {.id = "ipv4-total-length", .tree = REPAIR_INTRA_PACKET,
     .statement = N_("The total length holds the headers and the least message of the protocol, and no "
                  "more than the link carries; an echo reply is as long as its request."),
     .source = N_("RFC 791, section 3.1; RFC 894; RFC 792"),
     .reads = FIELDS_LENGTHS | FIELDS_MESSAGE, .writes = F(IPV4_TL),
     .after = AFTER("ipv4-options", "ipv4-protocol", "tcp-options", "icmp-echo", "tcp-handshake"),
     .apply = repair_ipv4_total},
    {.id = "ipv6-payload-length", .tree = REPAIR_INTRA_PACKET,
     .statement = N_("The payload length is what follows the IPv6 header: the transport header at least."),
     .source = N_("RFC 8200, section 3; RFC 2464"),
     .reads = FIELDS_LENGTHS | FIELDS_MESSAGE, .writes = F(IPV6_LEN),
     .after = AFTER("ipv6-next-header", "tcp-options", "tcp-handshake"),
     .apply = repair_ipv6_payload},
    {.id = "udp-length", .tree = REPAIR_INTRA_PACKET,
     .statement = N_("The UDP length is what the IP packet carries: eight bytes and the data."),
     .source = N_("RFC 768"),
     .reads = FIELDS_LENGTHS | F(IPV4_MFBIT) | F(IPV4_FOFF), .writes = F(UDP_LEN),
     .after = AFTER("ipv4-total-length", "ipv6-payload-length"), .apply = repair_udp},
    {NULL},
};
/* clang-format on */
