/* SPDX-License-Identifier: Apache-2.0 */
/* Windows (RFC 9293, section 3.8.6): what a side was seen to send, the other had room for. */
#include "app/repair/rules.h"
#include "app/repair/repair_flow.h"
#include "app/repair/tcp_option.h"

enum { MAX_WINDOW = 0xffff };

/* Whether windows can be as large as need be: both ends offered a scale, or what they offered was
 * not seen. */
static bool
has_scale(const RepairContext *context, const RepairFlow *flow)
{
    for (guint i = 0; i < MIN(flow->rows->len, 2) && flow->has_handshake; i++) {
        if (tcp_option_at(context, flow_row(flow, i), TCP_OPTION_WINDOW_SCALE) < 0)
            return false;
    }
    return true;
}

/* Without a scale, and in a SYN even with one, no window holds more than 65,535 bytes: what a side
 * would send beyond it before it hears from the other is left out. */
static void
bound_flight(RepairContext *context, RepairFlow *flow)
{
    bool is_scaled = has_scale(context, flow),
         heard_scaled[2] = {!flow->has_handshake, !flow->has_handshake};
    int flight = 0, side = -1;

    if (context->drawn->sides & TRACE_HAS_LENGTHS)
        return;
    for (guint i = 0; i < flow->rows->len; i++) {
        int row = flow_row(flow, i), payload = repair_payload_bytes(context, row);
        if (context->packets[row].side != side)
            flight = 1; /* for a SYN or FIN */
        side = context->packets[row].side;
        heard_scaled[!side] |= i >= 2 && is_scaled;
        if (!heard_scaled[side] && flight + payload >= MAX_WINDOW) {
            repair_set_total(context, row, repair_ip_total_bytes(context, row) - payload);
            payload = 0;
        }
        flight += payload;
    }
}

static void
bound_all_flights(RepairContext *context)
{
    for_each_flow(context, flow_is_drawn_tcp, bound_flight);
}

/* For each packet of a side with ACK, how far beyond what it acknowledges the other side sends
 * before the next of them. */
static void
measure_flight(const RepairContext *context, const RepairFlow *flow, int side, uint32_t *flight)
{
    int last = -1;
    uint32_t acked = 0;

    for (guint i = 0; i < flow->rows->len; i++) {
        int row = flow_row(flow, i);
        flight[i] = 0;
        if (context->packets[row].side == side) {
            if (!repair_get(context, row, FIELD_TCP_ACKF))
                continue;
            last = (int)i;
            acked = repair_get(context, row, FIELD_TCP_ACKN);
        } else if (last >= 0 && tcp_segment_size(context, row) > 0) {
            uint32_t beyond =
                repair_get(context, row, FIELD_TCP_SEQ) + tcp_segment_size(context, row) - acked;
            if ((int32_t)beyond > 0)
                flight[last] = MAX(flight[last], beyond);
        }
    }
}

/* The least scale, from what it is, under which a window can hold the largest flight. */
static int
raise_shift(RepairContext *context, const RepairFlow *flow, int side, uint32_t largest)
{
    int shift = tcp_window_shift(context, flow, side), row;
    uint8_t bytes[40];

    if (largest < (uint32_t)MAX_WINDOW << shift || flow->rows->len < 2)
        return shift;
    row = flow_row(flow, (guint)side);
    int n = tcp_options_get(context, row, bytes);
    int at = tcp_option_find(bytes, n, TCP_OPTION_WINDOW_SCALE);
    if (!flow->has_handshake || at < 0 ||
        tcp_option_at(context, flow_row(flow, (guint)!side), TCP_OPTION_WINDOW_SCALE) < 0)
        return shift;
    while (shift < TCP_OPTION_MAX_SHIFT && largest >= (uint32_t)MAX_WINDOW << shift)
        shift++;
    bytes[at + 2] = (uint8_t)shift;
    repair_set_bytes(context, row, FIELD_TCP_OPT, bytes, n);
    return shift;
}

/* What the other side has sent in order before the i-th packet. */
static uint32_t
sent_before(const RepairFlow *flow, int side, guint i)
{
    int n = flow_marks_before(flow, side, i, 1);
    return g_array_index(flow->marks[side], RepairMark, n - 1).out;
}

/* Where no window is large enough, more is acknowledged, up to all: from there on, as no
 * acknowledgment is less than the one before. */
static void
raise_acknowledgments(RepairContext *context, RepairFlow *flow, int side, const uint32_t *flight,
                      int shift)
{
    uint32_t least = 0;
    bool is_raised = false;

    for (guint i = 0; i < flow->rows->len; i++) {
        int row = flow_row(flow, i);
        if (context->packets[row].side != side || !repair_get(context, row, FIELD_TCP_ACKF))
            continue;
        if (flight[i] >= (uint32_t)MAX_WINDOW << (i < 2 ? 0 : shift)) {
            least = sent_before(flow, !side, i);
            is_raised = true;
        }
        if (is_raised && (int32_t)(least - repair_get(context, row, FIELD_TCP_ACKN)) > 0)
            repair_set(context, row, FIELD_TCP_ACKN, least);
    }
}

static void
repair_side(RepairContext *context, RepairFlow *flow, int side, uint32_t *flight)
{
    uint32_t largest = 0;

    measure_flight(context, flow, side, flight);
    for (guint i = 2; i < flow->rows->len; i++)
        largest = MAX(largest, flight[i]);
    int shift = raise_shift(context, flow, side, largest);
    if (largest >= (uint32_t)MAX_WINDOW << shift && flow->has_handshake &&
        flow->marks[!side]->len > 0) {
        raise_acknowledgments(context, flow, side, flight, shift);
        measure_flight(context, flow, side, flight);
    }
    for (guint i = 0; i < flow->rows->len; i++) {
        int row = flow_row(flow, i);
        if (context->packets[row].side != side)
            continue;
        bool is_syn = repair_get(context, row, FIELD_TCP_SYN);
        uint32_t least = (flight[i] >> (is_syn ? 0 : shift)) + 1;
        /* A window that is exactly full is one that a sender waits on. */
        if (repair_get(context, row, FIELD_TCP_WSIZE) < MIN(least, MAX_WINDOW))
            repair_set(
                context, row, FIELD_TCP_WSIZE,
                repair_nearest(context, row, FIELD_TCP_WSIZE, MIN(least, MAX_WINDOW), MAX_WINDOW));
    }
}

static void
repair_windows(RepairContext *context, RepairFlow *flow)
{
    g_autofree uint32_t *flight = g_new(uint32_t, flow->rows->len);

    repair_side(context, flow, 0, flight);
    repair_side(context, flow, 1, flight);
}

static void
repair_all_windows(RepairContext *context)
{
    for_each_flow(context, flow_is_drawn_tcp, repair_windows);
}

/* clang-format off */
const RepairRule rules_tcp_window[] = {
    {.id = "tcp-flight", .tree = REPAIR_INTER_PACKET,
     .statement = N_("Where the other side has not said a scaled window, a side sends less than 65,535 "
                  "bytes before it hears from it."),
     .source = N_("RFC 9293, sections 3.1 and 3.8.6; RFC 7323, section 2"),
     .reads = FIELDS_LENGTHS | F(TCP_OPT), .writes = F(IPV4_TL) | F(IPV6_LEN),
     .after = AFTER("tcp-options", "ipv4-total-length", "ipv6-payload-length"),
     .apply = bound_all_flights},
    {.id = "tcp-window", .tree = REPAIR_INTER_PACKET,
     .statement = N_("A window has room for what the other side sends until the next one, and is never "
                  "closed; its scale is the one that the handshake agreed on; where none is large "
                  "enough, more is acknowledged."),
     .source = N_("RFC 9293, section 3.8.6; RFC 7323, section 2.3"),
     .reads = FIELDS_LENGTHS | F(TCP_SYN) | F(TCP_FIN) | F(TCP_ACKF) | F(TCP_SEQ) | F(TCP_ACKN) |
              F(TCP_OPT) | F(TCP_WSIZE),
     .writes = F(TCP_WSIZE) | F(TCP_OPT) | F(TCP_ACKN),
     .after = AFTER("tcp-acknowledgment", "tcp-mss"), .apply = repair_all_windows},
    {NULL},
};
/* clang-format on */
