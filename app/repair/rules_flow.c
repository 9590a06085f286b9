/* SPDX-License-Identifier: Apache-2.0 */
/* Flows: which packets belong together, the ports they share, the hosts they run between. */
#include "app/repair/flow_ends.h"
#include "app/repair/observed.h"
#include "app/repair/rules.h"
#include "app/repair/repair_flow.h"

#include "app/trace/address_map.h"
#include "app/trace/flow.h"

#include <string.h>

/* Which end opened a drawn flow: a client's port is above 1023 and its server's is not; a first
 * packet with SYN alone comes from the client, one with SYN and ACK from the server. */
static bool
is_opened_by_second(const RepairContext *context, const RepairFlow *flow)
{
    int first = g_array_index(flow->rows, int, 0);
    float score = 0;

    if (flow->port[0] < 1024 && flow->port[1] >= 1024)
        score += 1;
    if (flow->port[1] < 1024 && flow->port[0] >= 1024)
        score -= 1;
    if (repair_get(context, first, FIELD_TCP_SYN))
        score += repair_get(context, first, FIELD_TCP_ACKF) ? 0.5f : -0.5f;
    return score > 0;
}

static void
swap_sides(RepairContext *context, RepairFlow *flow)
{
    uint16_t port = flow->port[0];
    Address address = flow->address[0];

    flow->port[0] = flow->port[1];
    flow->port[1] = port;
    flow->address[0] = flow->address[1];
    flow->address[1] = address;
    for (guint i = 0; i < flow->rows->len; i++)
        context->packets[g_array_index(flow->rows, int, i)].side ^= 1;
}

/* A flow of a trace that carries a capture's addresses, and any where that is allowed, may have
 * been caught in its middle: it gets a handshake only if its first packet drew SYN and its first
 * packets go there, back and there. */
static bool
starts_with_handshake(const RepairContext *context, const RepairFlow *flow)
{
    if (flow->transport != HEADER_TCP || flow->kind != FLOW_DRAWN)
        return false;
    if (!(context->drawn->sides & TRACE_HAS_ADDRESSES) && !context->options->mid_stream)
        return true;
    for (guint i = 0; i < MIN(3, flow->rows->len); i++) {
        if (context->packets[g_array_index(flow->rows, int, i)].side != (i == 1))
            return false;
    }
    return repair_get(context, g_array_index(flow->rows, int, 0), FIELD_TCP_SYN);
}

static void
open_flow(RepairContext *context, RepairFlow *flow)
{
    int n_rows = (int)flow->rows->len;

    flow->kind = flow->n_observed == n_rows       ? FLOW_OBSERVED
                 : flow->n_observed * 2 >= n_rows ? FLOW_MIXED
                                                  : FLOW_DRAWN;
    flow->has_handshake = starts_with_handshake(context, flow);
    if (!flow->has_handshake || (context->drawn->sides & TRACE_HAS_ADDRESSES))
        return;
    if (is_opened_by_second(context, flow))
        swap_sides(context, flow);
    for (int i = 0; i < MIN(3, n_rows); i++)
        context->packets[g_array_index(flow->rows, int, i)].side = i == 1;
}

static void
write_ports(RepairContext *context, const RepairFlow *flow, int row)
{
    int side = context->packets[row].side;

    if (flow->transport == HEADER_TCP) {
        repair_set(context, row, FIELD_TCP_SPRT, flow->port[side]);
        repair_set(context, row, FIELD_TCP_DPRT, flow->port[!side]);
    } else if (flow->transport == HEADER_UDP) {
        repair_set(context, row, FIELD_UDP_SPORT, flow->port[side]);
        repair_set(context, row, FIELD_UDP_DPORT, flow->port[!side]);
    }
}

/* Packets of a drawn flow are drawn, even if one among them looks observed. */
static void
repair_ends(RepairContext *context)
{
    for (int row = 0; row < context->trace->n_rows; row++)
        context->packets[row].observed = packet_is_observed(context, row);
    flow_ends_assemble(context);
    for (guint i = 0; i < context->flows->len; i++) {
        RepairFlow *flow = g_ptr_array_index(context->flows, i);
        open_flow(context, flow);
        for (guint k = 0; k < flow->rows->len; k++) {
            int row = g_array_index(flow->rows, int, k);
            context->packets[row].observed &= flow->kind != FLOW_DRAWN;
            if (!context->packets[row].observed)
                write_ports(context, flow, row);
        }
    }
}

/* The port whose owner answers requests of one message with one message, and asks none itself. */
static bool
is_answering_port(uint16_t port)
{
    return port == 53 || port == 67 || port == 123 || port == 137 || port == 161;
}

static bool
is_drawn_exchange(const RepairFlow *flow)
{
    return flow->transport == HEADER_UDP && flow->kind == FLOW_DRAWN &&
           is_answering_port(flow->port[0]) != is_answering_port(flow->port[1]);
}

/* Where the ends are not known from beside the rows, an answer that nothing asked for is a
 * question. */
static void
order_exchange(RepairContext *context, RepairFlow *flow)
{
    int server = is_answering_port(flow->port[1]), n_asked = 0;

    for (guint i = 0; i < flow->rows->len; i++) {
        int row = flow_row(flow, i);
        bool is_answer = context->packets[row].side == server;
        if (is_answer && n_asked == 0) {
            context->packets[row].side ^= 1;
            write_ports(context, flow, row);
            is_answer = false;
        }
        n_asked += is_answer ? -1 : 1;
    }
}

static void
repair_exchanges(RepairContext *context)
{
    if (!(context->drawn->sides & (TRACE_HAS_ADDRESSES | TRACE_HAS_DIRECTIONS)))
        for_each_flow(context, is_drawn_exchange, order_exchange);
}

/* A host pair of the template, or one made. */
typedef struct {
    Address ends[2];
    int n;
} HostPair;

static gint
compare_pairs(gconstpointer a, gconstpointer b)
{
    const HostPair *x = a, *y = b;
    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return memcmp(x->ends, y->ends, sizeof x->ends);
}

/* The host pairs of a family in the template, the busiest first. */
static GArray *
template_pairs(const Trace *template_trace, int family)
{
    GArray *pairs = g_array_new(FALSE, FALSE, sizeof(HostPair));
    g_autoptr(GHashTable) index =
        g_hash_table_new_full(flow_key_hash, flow_key_equal, g_free, NULL);

    for (int row = 0; template_trace && row < template_trace->n_rows; row++) {
        FlowKey key;
        flow_key_init(&key, template_trace, row);
        if (key.src.family != family || key.dst.family != family ||
            address_equal(&key.src, &key.dst))
            continue;
        HostPair pair = {{key.src, key.dst}, 0};
        flow_key_to_hosts(&key);
        flow_key_normalise(&key);
        gpointer known = g_hash_table_lookup(index, &key);
        if (!known) {
            g_array_append_val(pairs, pair);
            known = GUINT_TO_POINTER(pairs->len);
            g_hash_table_insert(index, g_memdup2(&key, sizeof key), known);
        }
        g_array_index(pairs, HostPair, GPOINTER_TO_UINT(known) - 1).n++;
    }
    g_array_sort(pairs, compare_pairs);
    return pairs;
}

/* One client, and a server for each pair. */
static HostPair
made_pair(const RepairOptions *options, int family, int ordinal)
{
    return (HostPair){
        .ends = {address_made(options->addresses, options->seed, family, true, 0),
                 address_made(options->addresses, options->seed, family, false, 1 + ordinal)}};
}

static void
write_addresses(RepairContext *context, int row, const Address *src, const Address *dst)
{
    const TraceRow *beside = &context->trace->rows[row];

    if (!address_equal(&beside->src, src) || !address_equal(&beside->dst, dst))
        context->n_sides[REPAIR_SIDE_ADDRESSES]++;
    repair_set_address(context, row, true, src);
    repair_set_address(context, row, false, dst);
}

static void
repair_addresses(RepairContext *context)
{
    const Trace *template_trace = context->options->template_trace;
    g_autoptr(GArray) pairs_v4 = template_pairs(template_trace, 4);
    g_autoptr(GArray) pairs_v6 = template_pairs(template_trace, 6);
    int n_made = 0;

    for (guint i = 0; i < context->flows->len; i++) {
        RepairFlow *flow = g_ptr_array_index(context->flows, i);
        int family = flow->ip == HEADER_IPV4 ? 4 : 6;
        const GArray *pairs = family == 4 ? pairs_v4 : pairs_v6;
        if (flow->address[0].family == 0) {
            HostPair pair = pairs->len ? g_array_index(pairs, HostPair, n_made % (int)pairs->len)
                                       : made_pair(context->options, family, n_made);
            memcpy(flow->address, pair.ends, sizeof flow->address);
            n_made++;
        }
        for (guint k = 0; k < flow->rows->len; k++) {
            int row = g_array_index(flow->rows, int, k), side = context->packets[row].side;
            if (!context->packets[row].observed)
                write_addresses(context, row, &flow->address[side], &flow->address[!side]);
        }
    }
    context->trace->sides |= TRACE_HAS_ADDRESSES;
}

/* clang-format off */
const RepairRule rules_flow[] = {
    {.id = "flow-ends", .tree = REPAIR_INTER_PACKET,
     .statement = N_("Every packet is of a flow between two ports, the ones most of its packets have."),
     .source = N_("RFC 9293, section 3.3.1; RFC 768; RFC 6335, section 6"),
     .reads = FIELDS_EVERY,
     .writes = F(TCP_SPRT) | F(TCP_DPRT) | F(UDP_SPORT) | F(UDP_DPORT),
     .after = AFTER("ipv4-version", "ipv4-options", "ipv4-fragment", "ipv4-ttl", "ipv4-protocol",
                    "ipv6-version", "ipv6-next-header", "ipv6-hop-limit", "tcp-reserved",
                    "tcp-flags", "icmp-type"),
     .apply = repair_ends},
    {.id = "udp-exchange", .tree = REPAIR_INTER_PACKET,
     .statement = N_("A server of questions and answers (DNS, DHCP, NTP, NetBIOS names, SNMP) sends no "
                  "more answers than it got questions."),
     .source = N_("RFC 1035, section 4.1; RFC 2131, section 3; RFC 5905, section 3; RFC 3416, section 4"),
     .reads = F(UDP_SPORT) | F(UDP_DPORT), .writes = F(UDP_SPORT) | F(UDP_DPORT),
     .after = AFTER("flow-ends"), .apply = repair_exchanges},
    {.id = "flow-addresses", .tree = REPAIR_INTER_PACKET,
     .statement = N_("A flow runs between two hosts."),
     .source = N_("RFC 1122, section 3.2.1.3; RFC 1918; RFC 4193; RFC 5737; RFC 3849"),
     .reads = 0, .writes = FIELDS_IPV4_ADDRESSES,
     .after = AFTER("flow-ends", "udp-exchange", "icmp-echo"), .apply = repair_addresses},
    {NULL},
};
/* clang-format on */
