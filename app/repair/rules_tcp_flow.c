/* SPDX-License-Identifier: Apache-2.0 */
/* TCP connections (RFC 9293): opening, closing, sequence and acknowledgment numbers. */
#include "app/repair/rules.h"

#include <string.h>

/* How far from what is expected a drawn number of a mostly observed flow may be and stay: the
 * largest window without scaling, many times over. */
static const guint32 plausible_distance = 1 << 20;
/* Drawn numbers with fewer wrong bits than this are taken for the number they are nearest to. */
static const float near_cost = 5;
/* Segment ends that an acknowledgment is compared with. */
static const guint max_unacked = 128;

static bool
is_repaired(const RepairFlow *flow)
{
    return flow->transport == HEADER_TCP && flow->kind != FLOW_OBSERVED;
}

static int
flow_row(const RepairFlow *flow, guint i)
{
    return g_array_index(flow->rows, int, i);
}

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
    if (flow->rows->len < 2)
        return false;
    int syn = flow_row(flow, 0), reply = flow_row(flow, 1);
    return repair_get(context, syn, FIELD_TCP_ECE) && repair_get(context, syn, FIELD_TCP_CWR) &&
           repair_get(context, reply, FIELD_TCP_ECE) && !repair_get(context, reply, FIELD_TCP_CWR);
}

static void
repair_ecn(RepairContext *context, const RepairFlow *flow)
{
    static const FieldId bits[] = {FIELD_TCP_NS, FIELD_TCP_CWR, FIELD_TCP_ECE};
    bool is_used = negotiates_ecn(context, flow);

    for (guint i = 0; i < flow->rows->len; i++)
        clear_flags(context, flow_row(flow, i), bits, is_used ? 1 : 3);
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
    repair_ecn(context, flow);
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
repair_handshake(RepairContext *context)
{
    for (guint i = 0; i < context->flows->len; i++) {
        const RepairFlow *flow = g_ptr_array_index(context->flows, i);
        if (!is_repaired(flow))
            continue;
        if (flow->kind == FLOW_DRAWN)
            open_connection(context, flow);
        else
            continue_connection(context, flow);
    }
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

static void
close_connection(RepairContext *context, const RepairFlow *flow)
{
    int fin_at[2], last = (int)flow->rows->len - 1;

    find_fins(context, flow, fin_at);
    for (int i = 0; i <= last; i++) {
        int row = flow_row(flow, i);
        if (context->packets[row].observed)
            continue;
        if (i < last)
            repair_set(context, row, FIELD_TCP_RST, 0);
        if (fin_at[context->packets[row].side] != i)
            repair_set(context, row, FIELD_TCP_FIN, 0);
    }
}

static void
repair_teardown(RepairContext *context)
{
    for (guint i = 0; i < context->flows->len; i++) {
        const RepairFlow *flow = g_ptr_array_index(context->flows, i);
        if (is_repaired(flow))
            close_connection(context, flow);
    }
}

/* Sequence numbers that a segment uses up. */
static guint32
segment_size(const RepairContext *context, int row)
{
    return (guint32)repair_payload_bytes(context, row) + repair_get(context, row, FIELD_TCP_SYN) +
           repair_get(context, row, FIELD_TCP_FIN);
}

static gint
compare_numbers(gconstpointer a, gconstpointer b)
{
    guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;
    return x < y ? -1 : x > y;
}

/* The initial sequence number that most of a side's drawn numbers lead back to; where no two
 * agree, the one its first packet drew. */
static guint32
vote_initial(const RepairContext *context, const RepairFlow *flow, int side)
{
    g_autoptr(GArray) votes = g_array_new(FALSE, FALSE, sizeof(guint32));
    guint32 offset = 0, best;
    guint best_n = 1;

    for (guint i = 0; i < flow->rows->len; i++) {
        int row = flow_row(flow, i);
        if (context->packets[row].side != side)
            continue;
        guint32 vote = repair_get(context, row, FIELD_TCP_SEQ) - offset;
        g_array_append_val(votes, vote);
        offset += segment_size(context, row);
    }
    if (votes->len == 0)
        return 0;
    best = g_array_index(votes, guint32, 0);
    g_array_sort(votes, compare_numbers);
    for (guint from = 0, to; from < votes->len; from = to) {
        guint32 vote = g_array_index(votes, guint32, from);
        for (to = from; to < votes->len && g_array_index(votes, guint32, to) == vote; to++)
            ;
        if (to - from > best_n) {
            best_n = to - from;
            best = vote;
        }
    }
    return best;
}

/* The side of a flow that never sends, -1 when both do. */
static int
silent_side(const RepairContext *context, const RepairFlow *flow)
{
    bool sends[2] = {false, false};

    for (guint i = 0; i < flow->rows->len; i++)
        sends[context->packets[flow_row(flow, i)].side] = true;
    return sends[0] && sends[1] ? -1 : sends[0] ? 1 : 0;
}

/* What one side of a drawn flow has sent, and what the other has acknowledged of it. */
typedef struct {
    GArray *ends;  /* guint32: where each segment ended, the start of the first before them */
    guint n_acked; /* index of the end acknowledged last */
    guint32 acked;
} Sent;

static guint32
sent_next(const Sent *sent)
{
    return g_array_index(sent->ends, guint32, sent->ends->len - 1);
}

/* The acknowledgment of what the other side sent: the end of a segment, not before the last one
 * acknowledged, that the drawn bits hold against least; if they are near to none, what was drawn
 * where it is within bounds, else all that was sent. */
static guint32
choose_ack(const RepairContext *context, int row, Sent *theirs)
{
    guint32 drawn = repair_get(context, row, FIELD_TCP_ACKN), next = sent_next(theirs), best = next;
    guint from =
        MAX(theirs->n_acked, theirs->ends->len > max_unacked ? theirs->ends->len - max_unacked : 0);
    float best_cost = near_cost;

    for (guint i = theirs->ends->len; i-- > from && best_cost > 0;) {
        guint32 end = g_array_index(theirs->ends, guint32, i);
        float cost = (gint32)(end - theirs->acked) >= 0
                         ? repair_cost(context, row, FIELD_TCP_ACKN, end)
                         : near_cost;
        if (cost < best_cost) {
            best = end;
            best_cost = cost;
            theirs->n_acked = i;
        }
    }
    if (best_cost == near_cost && drawn - theirs->acked <= next - theirs->acked)
        return drawn;
    return best;
}

static void
number_segment(RepairContext *context, const RepairFlow *flow, guint i, Sent sent[2], int silent)
{
    int row = flow_row(flow, i), side = context->packets[row].side;
    Sent *mine = &sent[side], *theirs = &sent[!side];
    guint32 start = sent_next(mine), end = start + segment_size(context, row);
    guint32 drawn = repair_get(context, row, FIELD_TCP_ACKN);

    repair_set(context, row, FIELD_TCP_SEQ, start);
    if (end != start)
        g_array_append_val(mine->ends, end);
    if (!repair_get(context, row, FIELD_TCP_ACKF)) {
        repair_set(context, row, FIELD_TCP_ACKN, 0);
        return;
    }
    if (silent == !side && drawn - theirs->acked < plausible_distance && drawn != theirs->acked)
        g_array_append_val(theirs->ends, drawn);
    bool must_ack_all = flow->has_handshake && i <= 2;
    theirs->acked = must_ack_all ? sent_next(theirs) : choose_ack(context, row, theirs);
    repair_set(context, row, FIELD_TCP_ACKN, theirs->acked);
}

static void
number_drawn(RepairContext *context, const RepairFlow *flow)
{
    int silent = silent_side(context, flow);
    Sent sent[2];

    for (int side = 0; side < 2; side++) {
        /* A silent side has sent what the other acknowledges. */
        guint32 first = side == silent ? repair_get(context, flow_row(flow, 0), FIELD_TCP_ACKN)
                                       : vote_initial(context, flow, side);
        sent[side] = (Sent){g_array_new(FALSE, FALSE, sizeof(guint32)), 0, first};
        g_array_append_val(sent[side].ends, first);
    }
    for (guint i = 0; i < flow->rows->len; i++)
        number_segment(context, flow, i, sent, silent);
    g_array_unref(sent[0].ends);
    g_array_unref(sent[1].ends);
}

/* The drawn number where it is near what is expected, else what is expected. */
static void
fit_number(RepairContext *context, int row, FieldId field, guint32 expected)
{
    guint32 drawn = repair_get(context, row, field);
    if (drawn - expected + plausible_distance > 2 * plausible_distance)
        repair_set(context, row, field, expected);
}

static void
number_mixed(RepairContext *context, const RepairFlow *flow)
{
    guint32 next[2] = {0, 0};
    bool is_known[2] = {false, false};

    for (guint i = 0; i < flow->rows->len; i++) {
        int row = flow_row(flow, i), side = context->packets[row].side;
        bool has_ack = repair_get(context, row, FIELD_TCP_ACKF);

        if (!context->packets[row].observed) {
            if (is_known[side])
                fit_number(context, row, FIELD_TCP_SEQ, next[side]);
            if (!has_ack)
                repair_set(context, row, FIELD_TCP_ACKN, 0);
            else if (is_known[!side])
                fit_number(context, row, FIELD_TCP_ACKN, next[!side]);
            if (!is_known[side])
                continue; /* nothing to build on */
        }
        guint32 end = repair_get(context, row, FIELD_TCP_SEQ) + segment_size(context, row);
        if (!is_known[side] || (gint32)(end - next[side]) > 0 || context->packets[row].observed)
            next[side] = end;
        is_known[side] = true;
    }
}

static void
repair_numbers(RepairContext *context)
{
    for (guint i = 0; i < context->flows->len; i++) {
        const RepairFlow *flow = g_ptr_array_index(context->flows, i);
        if (!is_repaired(flow))
            continue;
        if (flow->kind == FLOW_DRAWN)
            number_drawn(context, flow);
        else
            number_mixed(context, flow);
    }
}

/* clang-format off */
const RepairRule rules_tcp_flow[] = {
    {"tcp-handshake", REPAIR_INTER_PACKET,
     "A drawn connection opens with SYN, SYN-ACK, ACK; later packets acknowledge and have no SYN; "
     "ECN is used only where both ends agreed.",
     "RFC 9293, section 3.5; RFC 3168, section 6.1.1", AFTER("flow-ends"), repair_handshake},
    {"tcp-teardown", REPAIR_INTER_PACKET,
     "A side sends nothing new after its FIN, and a reset is the last packet of its connection.",
     "RFC 9293, sections 3.5.2 and 3.6",
     AFTER("tcp-handshake", "ipv4-total-length", "ipv6-payload-length"), repair_teardown},
    {"tcp-sequence", REPAIR_INTER_PACKET,
     "Each segment starts where its sender's last one ended, SYN and FIN counting one, and "
     "acknowledges no less than before and no more than the other side has sent.",
     "RFC 9293, section 3.4", AFTER("tcp-teardown"), repair_numbers},
    {NULL},
};
/* clang-format on */
