/* SPDX-License-Identifier: Apache-2.0 */
/* What TCP options say along a connection: segment size, timestamps and their echo, blocks that
 * were received out of order, windows and their scale. */
#include "app/repair/counter_track.h"
#include "app/repair/echo_match.h"
#include "app/repair/rules.h"
#include "app/repair/repair_flow.h"
#include "app/repair/tcp_option.h"

#include <math.h>

enum { LEAST_MSS = 88 }; /* 128 bytes less headers of 40: below, nothing gets through */

static uint32_t
get_number(const uint8_t *bytes, int size)
{
    uint32_t number = 0;
    for (int i = 0; i < size; i++)
        number = number << 8 | bytes[i];
    return number;
}

static void
set_number(RepairContext *context, int row, int offset, int size, uint32_t number)
{
    uint8_t bytes[40];
    int n = tcp_options_get(context, row, bytes);

    for (int i = 0; i < size; i++)
        bytes[offset + i] = (uint8_t)(number >> (8 * (size - 1 - i)));
    repair_set_bytes(context, row, FIELD_TCP_OPT, bytes, n);
}

/* The largest payload that the other side sends. */
static int
largest_payload(const RepairContext *context, const RepairFlow *flow, int side)
{
    int largest = 0;
    for (guint i = 0; i < flow->rows->len; i++) {
        int row = flow_row(flow, i);
        if (context->packets[row].side != side)
            largest = MAX(largest, repair_payload_bytes(context, row));
    }
    return largest;
}

static void
repair_mss(RepairContext *context, RepairFlow *flow)
{
    for (guint i = 0; i < MIN(flow->rows->len, 2) && flow->has_handshake; i++) {
        int row = flow_row(flow, i), at = tcp_option_at(context, row, TCP_OPTION_MSS);
        if (at < 0)
            continue;
        DrawnNumber drawn = drawn_number(context, row, FIELD_TCP_OPT, (at + 2) * 8, 16);
        uint8_t bytes[40];
        tcp_options_get(context, row, bytes);
        uint32_t least = MAX(LEAST_MSS, (uint32_t)largest_payload(context, flow, (int)i));
        uint32_t now = get_number(bytes + at + 2, 2), best = now;
        float best_cost = INFINITY;
        for (uint32_t size = least; size <= 0xffff && now < least; size++) {
            float cost = drawn_number_cost(&drawn, size);
            if (cost < best_cost) {
                best = size;
                best_cost = cost;
            }
        }
        if (best != now)
            set_number(context, row, at + 2, 2, best);
    }
}

static void
repair_all_mss(RepairContext *context)
{
    for_each_flow(context, flow_is_drawn_tcp, repair_mss);
}

/* The rows of a side that carry timestamps, and where in their options. */
typedef struct {
    guint *at;
    int *offset;
    int n;
} Stamped;

static Stamped
stamped_rows(const RepairContext *context, const RepairFlow *flow, int side)
{
    Stamped stamped = {g_new(guint, flow->rows->len), g_new(int, flow->rows->len), 0};

    for (guint i = 0; i < flow->rows->len; i++) {
        int row = flow_row(flow, i);
        int offset = context->packets[row].side == side
                         ? tcp_option_at(context, row, TCP_OPTION_TIMESTAMPS)
                         : -1;
        if (offset < 0)
            continue;
        stamped.at[stamped.n] = i;
        stamped.offset[stamped.n++] = offset;
    }
    return stamped;
}

static void
stamped_clear(Stamped *stamped)
{
    g_free(stamped->at);
    g_free(stamped->offset);
}

/* Clocks of a tick a millisecond are the rule; slower ones tick between. */
static void
stamp_side(RepairContext *context, const RepairFlow *flow, const Stamped *stamped)
{
    static const TrackStep steps[] = {
        {0, 0.6f, false}, {1, 1.6f, false}, {(uint32_t)-1, 1.9f, false},
        {2, 3, false},    {3, 3.5f, false}, {(uint32_t)-2, 3.5f, false}};
    TrackModel model = {.bit_weight = repair_bit_weight(context),
                        .mask = UINT32_MAX,
                        .steps = steps,
                        .n_steps = G_N_ELEMENTS(steps),
                        .jump_cost = 9,
                        .max_jump = 1 << 24,
                        .repeat_cost = INFINITY};
    g_autofree TrackItem *items = g_new0(TrackItem, MAX(stamped->n, 1));
    uint32_t last = 0;

    for (int i = 0; i < stamped->n; i++) {
        int row = flow_row(flow, stamped->at[i]);
        int64_t gap = i + 1 < stamped->n
                          ? context->trace->rows[flow_row(flow, stamped->at[i + 1])].time_ns -
                                context->trace->rows[row].time_ns
                          : 0;
        items[i] = (TrackItem){
            .drawn = drawn_number(context, row, FIELD_TCP_OPT, (stamped->offset[i] + 2) * 8, 32),
            .advance = (uint32_t)(CLAMP(gap, 0, INT64_C(1000000000000)) / 1000000)};
    }
    track_counter(&model, items, stamped->n);
    for (int i = 0; i < stamped->n; i++) {
        uint32_t value = items[i].number;
        if (i > 0 && (int32_t)(value - last) < 0)
            value = last;
        set_number(context, flow_row(flow, stamped->at[i]), stamped->offset[i] + 2, 4, value);
        last = value;
    }
}

/* Each echo is of a timestamp that the other side has sent, and never of one before the last. */
static void
echo_side(RepairContext *context, const RepairFlow *flow, const Stamped *mine,
          const Stamped *theirs)
{
    g_autofree uint32_t *sent = g_new(uint32_t, MAX(theirs->n, 1));
    g_autofree EchoItem *items = g_new0(EchoItem, MAX(mine->n, 1));
    g_autofree int *which = g_new(int, MAX(mine->n, 1));
    int n = 0, n_sent = 0;

    for (int i = 0; i < theirs->n; i++) {
        uint8_t bytes[40];
        tcp_options_get(context, flow_row(flow, theirs->at[i]), bytes);
        sent[i] = get_number(bytes + theirs->offset[i] + 2, 4);
    }
    for (int i = 0; i < mine->n; i++) {
        int row = flow_row(flow, mine->at[i]);
        while (n_sent < theirs->n && theirs->at[n_sent] < mine->at[i])
            n_sent++;
        if (!repair_get(context, row, FIELD_TCP_ACKF)) {
            set_number(context, row, mine->offset[i] + 6, 4, 0);
            continue;
        }
        if (n_sent == 0)
            continue; /* an echo of what was sent before the trace began */
        items[n] = (EchoItem){
            .drawn = drawn_number(context, row, FIELD_TCP_OPT, (mine->offset[i] + 6) * 8, 32),
            .n_available = n_sent};
        which[n++] = i;
    }
    echo_match(repair_bit_weight(context), sent, items, n);
    for (int i = 0; i < n; i++)
        set_number(context, flow_row(flow, mine->at[which[i]]), mine->offset[which[i]] + 6, 4,
                   sent[items[i].mark]);
}

static void
repair_timestamps(RepairContext *context, RepairFlow *flow)
{
    Stamped sides[2];

    for (int side = 0; side < 2; side++) {
        sides[side] = stamped_rows(context, flow, side);
        stamp_side(context, flow, &sides[side]);
    }
    echo_side(context, flow, &sides[0], &sides[1]);
    echo_side(context, flow, &sides[1], &sides[0]);
    stamped_clear(&sides[0]);
    stamped_clear(&sides[1]);
}

static void
repair_all_timestamps(RepairContext *context)
{
    for_each_flow(context, flow_is_drawn_tcp, repair_timestamps);
}

/* The mark from low to high whose number the drawn bits hold against least. */
static int
nearest_mark(const GArray *marks, int low, int high, const DrawnNumber *drawn)
{
    int best = low;
    float best_cost = INFINITY;

    for (int i = low; i <= high; i++) {
        float cost = drawn_number_cost(drawn, g_array_index(marks, RepairMark, i).drawn);
        if (cost < best_cost) {
            best = i;
            best_cost = cost;
        }
    }
    return best;
}

/* The first mark from `from` on that is beyond a number, up to n. */
static int
mark_beyond(const GArray *marks, int from, int n, uint32_t number)
{
    while (from < n && (int32_t)(g_array_index(marks, RepairMark, from).out - number) <= 0)
        from++;
    return from;
}

enum { MAX_MARKS = 256 };

/* Blocks between what is acknowledged and what was sent, each behind a hole, none touching another;
 * where there is no room for one, the option becomes the end of the list. */
static void
place_blocks(RepairContext *context, int row, const GArray *marks, int n_marks)
{
    uint8_t bytes[40];
    int n = tcp_options_get(context, row, bytes);
    int at = tcp_option_find(bytes, n, TCP_OPTION_SACK), n_blocks = (bytes[at + 1] - 2) / 8, k = 0;
    uint32_t acked = repair_get(context, row, FIELD_TCP_ACKN);
    int from = MAX(0, n_marks - MAX_MARKS);

    for (; k < n_blocks; k++) {
        int offset = at + 2 + 8 * k;
        DrawnNumber left = drawn_number(context, row, FIELD_TCP_OPT, offset * 8, 32);
        DrawnNumber right = drawn_number(context, row, FIELD_TCP_OPT, (offset + 4) * 8, 32);
        int low = mark_beyond(marks, from, n_marks, acked);
        int high = n_marks - 1;
        while (high > low && g_array_index(marks, RepairMark, high - 1).out ==
                                 g_array_index(marks, RepairMark, n_marks - 1).out)
            high--;
        if (low >= high) /* no two ends beyond */
            break;
        int first = nearest_mark(marks, low, high - 1, &left);
        uint32_t start = g_array_index(marks, RepairMark, first).out;
        int next = mark_beyond(marks, first, n_marks, start);
        int last = nearest_mark(marks, next, n_marks - 1, &right);
        uint32_t end = g_array_index(marks, RepairMark, last).out;
        for (int i = 0; i < 4; i++) {
            bytes[offset + i] = (uint8_t)(start >> (24 - 8 * i));
            bytes[offset + 4 + i] = (uint8_t)(end >> (24 - 8 * i));
        }
        acked = end;
        from = last;
    }
    if (k < n_blocks) {
        int keep = k ? at + 2 + 8 * k : at;
        while (!k && keep > 0 && bytes[keep - 1] == TCP_OPTION_NOP)
            keep--;
        if (k)
            bytes[at + 1] = (uint8_t)(2 + 8 * k);
        memset(bytes + keep, TCP_OPTION_END, (size_t)(n - keep));
    }
    repair_set_bytes(context, row, FIELD_TCP_OPT, bytes, n);
}

static void
repair_blocks(RepairContext *context, RepairFlow *flow)
{
    int n_marks[2] = {1, 1};

    for (guint i = 0; i < flow->rows->len; i++) {
        int row = flow_row(flow, i), theirs = !context->packets[row].side;
        if (tcp_option_at(context, row, TCP_OPTION_SACK) < 0)
            continue;
        n_marks[theirs] = flow_marks_before(flow, theirs, i, n_marks[theirs]);
        place_blocks(context, row, flow->marks[theirs],
                     MIN(n_marks[theirs], (int)flow->marks[theirs]->len));
    }
}

static void
repair_all_blocks(RepairContext *context)
{
    for_each_flow(context, flow_is_drawn_tcp, repair_blocks);
}

/* clang-format off */
const RepairRule rules_tcp_option[] = {
    {.id = "tcp-mss", .tree = REPAIR_INTER_PACKET,
     .statement = N_("The maximum segment size that a side announces is no less than the segments it "
                  "gets, and no less than 88."),
     .source = N_("RFC 9293, section 3.7.1"),
     .reads = FIELDS_LENGTHS | F(TCP_OPT), .writes = F(TCP_OPT),
     .after = AFTER("tcp-flight"), .apply = repair_all_mss},
    {.id = "tcp-timestamps", .tree = REPAIR_INTER_PACKET,
     .statement = N_("A side's timestamps never fall, and each echoes one that the other side has sent, "
                  "none before the last; without ACK the echo is 0."),
     .source = N_("RFC 7323, sections 3.2 and 4.3"),
     .reads = F(TCP_DOFF) | F(TCP_ACKF) | F(TCP_OPT), .writes = F(TCP_OPT),
     .after = AFTER("tcp-options", "times"), .apply = repair_all_timestamps},
    {.id = "tcp-sack", .tree = REPAIR_INTER_PACKET,
     .statement = N_("Selectively acknowledged blocks lie between what is acknowledged and what was "
                  "sent, each behind a hole; where nothing is outstanding there are none."),
     .source = N_("RFC 2018, sections 3 and 4"),
     .reads = F(TCP_DOFF) | F(TCP_ACKN) | F(TCP_OPT), .writes = F(TCP_OPT),
     .after = AFTER("tcp-options", "tcp-window"), .apply = repair_all_blocks},
    {NULL},
};
/* clang-format on */
