/* SPDX-License-Identifier: Apache-2.0 */
/* TCP connections (RFC 9293): opening, closing, what is agreed on in between. */
#include "app/repair/rules.h"
#include "app/repair/repair_flow.h"
#include "app/repair/tcp_option.h"

static void
clear_flags(RepairContext *context, int row, const FieldId *flags, int n)
{
    for (int i = 0; i < n; i++)
        repair_set(context, row, flags[i], 0);
}

/* RFC 3168, section 6.1.1: ECN is in use when SYN drew ECE and CWR and SYN-ACK drew ECE alone. */
static bool
negotiates_ecn(const RepairContext *context, const RepairFlow *flow)
{
    if (flow->rows->len < 2 || !flow->has_handshake)
        return false;
    int syn = flow_row(flow, 0), reply = flow_row(flow, 1);
    return repair_get(context, syn, FIELD_TCP_ECE) && repair_get(context, syn, FIELD_TCP_CWR) &&
           repair_get(context, reply, FIELD_TCP_ECE) && !repair_get(context, reply, FIELD_TCP_CWR);
}

/* ECN-capable transport: only where it was agreed on, on segments with new data. */
static void
repair_codepoint(RepairContext *context, int row, bool is_used)
{
    FieldId field = context->packets[row].ip == HEADER_IPV4 ? FIELD_IPV4_TOS : FIELD_IPV6_TC;
    bool may_have = is_used && !repair_get(context, row, FIELD_TCP_SYN) &&
                    repair_payload_bytes(context, row) > 0;

    if (!may_have)
        repair_set(context, row, field, repair_get(context, row, field) & ~3u);
}

static void
repair_ecn(RepairContext *context, RepairFlow *flow)
{
    static const FieldId bits[] = {FIELD_TCP_NS, FIELD_TCP_CWR, FIELD_TCP_ECE};
    bool is_used = negotiates_ecn(context, flow);

    for (guint i = 0; i < flow->rows->len; i++) {
        clear_flags(context, flow_row(flow, i), bits, is_used ? 1 : 3);
        repair_codepoint(context, flow_row(flow, i), is_used);
    }
}

static void
repair_all_ecn(RepairContext *context)
{
    for_each_flow(context, flow_is_drawn_tcp, repair_ecn);
}

static void
open_connection(RepairContext *context, const RepairFlow *flow)
{
    static const FieldId not_on_syn[] = {FIELD_TCP_URG, FIELD_TCP_PSH, FIELD_TCP_RST,
                                         FIELD_TCP_FIN};

    for (guint i = 0; i < flow->rows->len; i++) {
        int row = flow_row(flow, i);
        bool is_syn = flow->has_handshake && i < 2;
        if (is_syn)
            clear_flags(context, row, not_on_syn, G_N_ELEMENTS(not_on_syn));
        if (flow->has_handshake && i == 2) /* completes the handshake; FIN and RST come later */
            clear_flags(context, row, not_on_syn + 2, 2);
        repair_set(context, row, FIELD_TCP_SYN, is_syn);
        repair_set(context, row, FIELD_TCP_ACKF, !(flow->has_handshake && i == 0));
    }
}

/* Drawn packets of a mostly observed flow: its start was seen or it was not. */
static void
continue_connection(RepairContext *context, const RepairFlow *flow)
{
    for (guint i = 0; i < flow->rows->len; i++) {
        int row = flow_row(flow, i);
        if (context->packets[row].observed)
            continue;
        if (i >= 2)
            repair_set(context, row, FIELD_TCP_SYN, 0);
        if (!repair_get(context, row, FIELD_TCP_SYN))
            repair_set(context, row, FIELD_TCP_ACKF, 1);
    }
}

static void
repair_handshake(RepairContext *context, RepairFlow *flow)
{
    if (flow->kind == FLOW_DRAWN)
        open_connection(context, flow);
    else
        continue_connection(context, flow);
}

static void
repair_all_handshakes(RepairContext *context)
{
    for_each_flow(context, flow_is_repaired_tcp, repair_handshake);
}

static void
repair_all_options(RepairContext *context)
{
    for_each_flow(context, flow_is_drawn_tcp, tcp_options_choose);
}

/* For each side the position of the one FIN that may stay: the first after its last data. */
static void
find_fins(const RepairContext *context, const RepairFlow *flow, int fin_at[2])
{
    bool has_data_later[2] = {false, false};

    fin_at[0] = fin_at[1] = -1;
    for (int i = (int)flow->rows->len - 1; i >= 0; i--) {
        int row = flow_row(flow, i), side = context->packets[row].side;
        if (repair_get(context, row, FIELD_TCP_FIN) && !has_data_later[side])
            fin_at[side] = i;
        has_data_later[side] |= repair_payload_bytes(context, row) > 0;
    }
}

/* A drawn reset is not believed: nothing tells it from an error, and a connection that ends without
 * one is legal. One that is drawn among observed packets may end them. */
static void
repair_teardown(RepairContext *context, RepairFlow *flow)
{
    int fin_at[2], last = (int)flow->rows->len - 1;

    find_fins(context, flow, fin_at);
    for (int i = 0; i <= last; i++) {
        int row = flow_row(flow, i);
        if (context->packets[row].observed)
            continue;
        if (i < last || flow->kind == FLOW_DRAWN)
            repair_set(context, row, FIELD_TCP_RST, 0);
        if (fin_at[context->packets[row].side] != i)
            repair_set(context, row, FIELD_TCP_FIN, 0);
    }
}

static void
repair_all_teardowns(RepairContext *context)
{
    for_each_flow(context, flow_is_repaired_tcp, repair_teardown);
}

/* clang-format off */
const RepairRule rules_tcp_flow[] = {
    {.id = "tcp-handshake", .tree = REPAIR_INTER_PACKET,
     .statement = N_("A drawn connection opens with SYN, SYN-ACK, ACK, unless it may start in its middle; "
                  "later packets acknowledge and have no SYN."),
     .source = N_("RFC 9293, section 3.5"),
     .reads = F(TCP_SYN),
     .writes = F(TCP_SYN) | F(TCP_ACKF) | F(TCP_URG) | F(TCP_PSH) | F(TCP_RST) | F(TCP_FIN),
     .after = AFTER("flow-ends", "tcp-flags"), .apply = repair_all_handshakes},
    {.id = "tcp-agreement", .tree = REPAIR_INTER_PACKET,
     .statement = N_("Timestamps stand on every segment of a connection or on none, and selective "
                  "acknowledgments and window scales only where both ends offered them."),
     .source = N_("RFC 7323, sections 2.2 and 3.2; RFC 2018, section 2; RFC 9293, section 3.1"),
     .reads = F(TCP_DOFF) | F(TCP_OPT), .writes = F(TCP_DOFF) | F(TCP_OPT),
     .after = AFTER("tcp-handshake"), .apply = repair_all_options},
    {.id = "tcp-ecn", .tree = REPAIR_INTER_PACKET,
     .statement = N_("Congestion is notified only where both ends of a connection agreed on it, and only "
                  "segments with data are marked as capable."),
     .source = N_("RFC 3168, sections 6.1.1 to 6.1.5"),
     .reads = FIELDS_LENGTHS | F(TCP_SYN),
     .writes = F(TCP_NS) | F(TCP_CWR) | F(TCP_ECE) | F(IPV4_TOS) | F(IPV6_TC),
     .after = AFTER("tcp-handshake", "ipv4-total-length", "ipv6-payload-length"),
     .apply = repair_all_ecn},
    {.id = "tcp-teardown", .tree = REPAIR_INTER_PACKET,
     .statement = N_("A side sends nothing new after its FIN; a reset ends its connection, and a drawn "
                  "connection does without."),
     .source = N_("RFC 9293, sections 3.5.2 and 3.6"),
     .reads = FIELDS_LENGTHS, .writes = F(TCP_RST) | F(TCP_FIN),
     .after = AFTER("tcp-handshake", "tcp-flight"), .apply = repair_all_teardowns},
    {NULL},
};
/* clang-format on */
