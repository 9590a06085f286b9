/* SPDX-License-Identifier: Apache-2.0 */
/* Sequence and acknowledgment numbers of TCP connections (RFC 9293, section 3.4): what most likely
 * was drawn, told by the search for a counter, and made into a run that an observer sees whole. */
#include "app/repair/counter_track.h"
#include "app/repair/echo_match.h"
#include "app/repair/rules.h"
#include "app/repair/repair_flow.h"

#include <math.h>

/* A segment sent again sooner than the round trip, or than this where that is not known, would be
 * taken for one out of order. */
static const int64_t least_resend_ns = 3000000;

/* Steps of a sequence number from where its sender stands. */
static const TrackStep sequence_steps[] = {
    {0, 0.03f, false}, {(uint32_t)-1, 6, true}, /* a keep-alive, RFC 1122 section 4.2.3.6 */
};

static const TrackStep same_step[] = {{0, 0.5f, false}};

/* One side of a connection, packet by packet. */
typedef struct {
    TrackItem *items;
    guint *at; /* index in the flow's rows */
    int n;
} Side;

static void
side_init(Side *side, const RepairContext *context, const RepairFlow *flow, int which,
          FieldId number)
{
    *side = (Side){g_new(TrackItem, flow->rows->len), g_new(guint, flow->rows->len), 0};
    for (guint i = 0; i < flow->rows->len; i++) {
        int row = flow_row(flow, i);
        if (context->packets[row].side != which)
            continue;
        if (number == FIELD_TCP_ACKN && !repair_get(context, row, FIELD_TCP_ACKF))
            continue;
        side->items[side->n] = (TrackItem){
            .drawn = drawn_number(context, row, number, 0, 32),
            .advance = number == FIELD_TCP_SEQ ? tcp_segment_size(context, row) : 0,
        };
        side->at[side->n++] = i;
    }
}

static void
side_clear(Side *side)
{
    g_free(side->items);
    g_free(side->at);
}

/* A new segment of a side as it comes out. */
typedef struct {
    uint32_t drawn, out, size;
    int row;
} Segment;

typedef struct {
    RepairContext *context;
    RepairFlow *flow;
    GArray *segments; /* Segment */
    GArray *marks;    /* RepairMark */
    uint32_t next;
    int64_t grown_ns; /* when next last grew */
    int64_t resend_ns;
} Output;

static int64_t
resend_time(const RepairContext *context, const RepairFlow *flow)
{
    if (!flow->has_handshake || flow->rows->len < 3 || !(context->drawn->sides & TRACE_HAS_TIMES))
        return least_resend_ns;
    int64_t round_trip = context->trace->rows[flow_row(flow, 2)].time_ns -
                         context->trace->rows[flow_row(flow, 0)].time_ns;
    return round_trip > 0 ? round_trip : least_resend_ns;
}

static void
add_mark(Output *output, uint32_t drawn, int at)
{
    RepairMark mark = {drawn, output->next, at};
    g_array_append_val(output->marks, mark);
}

/* The earlier segment that the item repeats, NULL where it cannot be told from one out of order. */
static const Segment *
find_repeated(const Output *output, const TrackItem *item, int row)
{
    const RepairContext *context = output->context;

    /* What is sent again is the same bytes, which only zeros are whatever the row. */
    if (repair_get(context, row, FIELD_TCP_SYN) || repair_get(context, row, FIELD_TCP_FIN) ||
        context->options->payload != PAYLOAD_ZEROS)
        return NULL;
    for (guint i = output->segments->len; i-- > 0;) {
        const Segment *segment = &g_array_index(output->segments, Segment, i);
        bool is_same = segment->drawn == item->number && segment->size == item->advance &&
                       (int)segment->size == repair_payload_bytes(context, segment->row);
        if (!is_same)
            continue;
        uint32_t end = segment->out + item->advance;
        bool is_last = end == output->next;
        bool is_late = (context->drawn->sides & TRACE_HAS_TIMES) &&
                       context->trace->rows[row].time_ns - output->grown_ns >= output->resend_ns;
        return (int32_t)(end - output->next) <= 0 && (is_last || is_late) ? segment : NULL;
    }
    return NULL;
}

/* Bytes sent in order: where drawn numbers left a hole, it is closed. */
static void
put_next(Output *output, const TrackItem *item, guint at)
{
    int row = flow_row(output->flow, at);

    repair_set(output->context, row, FIELD_TCP_SEQ, output->next);
    if (item->advance == 0)
        return;
    Segment segment = {item->number, output->next, item->advance, row};
    g_array_append_val(output->segments, segment);
    if (g_array_index(output->marks, RepairMark, output->marks->len - 1).drawn != item->number)
        add_mark(output, item->number, (int)at);
    output->next += item->advance;
    output->grown_ns = output->context->trace->rows[row].time_ns;
    add_mark(output, item->number + item->advance, (int)at);
}

static void
put_item(Output *output, const TrackItem *item, guint at)
{
    int row = flow_row(output->flow, at);
    const Segment *repeated = item->kind == TRACK_REPEAT ? find_repeated(output, item, row) : NULL;
    bool is_keep_alive = item->kind == TRACK_ASIDE && output->marks->len > 1 && item->advance == 0;

    if (repeated) {
        repair_set(output->context, row, FIELD_TCP_SEQ, repeated->out);
        output->context->packets[row].repeats = repeated->row;
    } else if (is_keep_alive) {
        repair_set(output->context, row, FIELD_TCP_SEQ, output->next - 1);
    } else {
        put_next(output, item, at);
    }
}

/* A mostly observed flow keeps its holes and its order; a number is written where the search takes
 * the drawn one for an error. */
static void
put_among_observed(Output *output, const TrackItem *item, guint at)
{
    int row = flow_row(output->flow, at);
    uint32_t end = item->number + item->advance;

    repair_set(output->context, row, FIELD_TCP_SEQ, item->number);
    if ((int32_t)(end - output->next) > 0)
        output->next = end;
    RepairMark mark = {end, end, (int)at};
    if (item->advance > 0)
        g_array_append_val(output->marks, mark);
}

static void
number_side(RepairContext *context, RepairFlow *flow, int which)
{
    TrackModel model = {.bit_weight = repair_bit_weight(context),
                        .mask = UINT32_MAX,
                        .steps = sequence_steps,
                        .n_steps = G_N_ELEMENTS(sequence_steps),
                        .jump_cost = 14,
                        .max_jump = 1 << 22,
                        .repeat_cost = 7};
    Output output = {.context = context, .flow = flow};
    Side side;

    side_init(&side, context, flow, which, FIELD_TCP_SEQ);
    track_counter(&model, side.items, side.n);
    output.segments = g_array_new(FALSE, FALSE, sizeof(Segment));
    output.marks = flow->marks[which] = g_array_new(FALSE, FALSE, sizeof(RepairMark));
    output.resend_ns = resend_time(context, flow);
    if (side.n > 0) {
        output.next = side.items[0].number;
        add_mark(&output, output.next, -1);
    }
    for (int i = 0; i < side.n; i++) {
        if (flow->kind == FLOW_DRAWN)
            put_item(&output, &side.items[i], side.at[i]);
        else
            put_among_observed(&output, &side.items[i], side.at[i]);
    }
    g_array_unref(output.segments);
    side_clear(&side);
}

static void
repair_sequence(RepairContext *context, RepairFlow *flow)
{
    number_side(context, flow, 0);
    number_side(context, flow, 1);
}

static void
repair_sequences(RepairContext *context)
{
    for_each_flow(context, flow_is_repaired_tcp, repair_sequence);
}

/* The other side never sends: its numbers are known from what is acknowledged alone. */
static void
acknowledge_silent(RepairContext *context, const RepairFlow *flow, const Side *side)
{
    TrackModel model = {.bit_weight = repair_bit_weight(context),
                        .mask = UINT32_MAX,
                        .steps = same_step,
                        .n_steps = G_N_ELEMENTS(same_step),
                        .jump_cost = 8,
                        .max_jump = 1 << 20,
                        .repeat_cost = INFINITY};

    track_counter(&model, side->items, side->n);
    for (int i = 0; i < side->n; i++) {
        int row = flow_row(flow, side->at[i]);
        if (!context->packets[row].observed)
            repair_set(context, row, FIELD_TCP_ACKN, side->items[i].number);
    }
}

/* An acknowledgment among observed packets that is one or two bits away from a likely one, and far
 * from what it could be: beyond what was sent, or long past. */
static bool
is_slip(uint32_t number, uint32_t likely, uint32_t sent)
{
    bool is_possible = sent - number < 1u << 24;
    return !is_possible && __builtin_popcount(number ^ likely) <= 2;
}

static void
acknowledge(RepairContext *context, const RepairFlow *flow, const Side *side, int whose)
{
    const GArray *marks = flow->marks[whose];
    g_autofree uint32_t *drawn = g_new(uint32_t, marks->len);
    g_autofree EchoItem *items = g_new0(EchoItem, MAX(side->n, 1));
    int n_available = 1;

    for (guint i = 0; i < marks->len; i++)
        drawn[i] = g_array_index(marks, RepairMark, i).drawn;
    for (int i = 0; i < side->n; i++) {
        n_available = flow_marks_before(flow, whose, side->at[i], n_available);
        items[i] = (EchoItem){.drawn = side->items[i].drawn,
                              .n_available = n_available,
                              .must_be_last = flow->has_handshake && side->at[i] <= 2};
    }
    echo_match(repair_bit_weight(context), drawn, items, side->n);
    for (int i = 0; i < side->n; i++) {
        int row = flow_row(flow, side->at[i]);
        uint32_t out = g_array_index(marks, RepairMark, items[i].mark).out;
        uint32_t sent = g_array_index(marks, RepairMark, items[i].n_available - 1).out;
        if (!context->packets[row].observed ||
            is_slip(repair_get(context, row, FIELD_TCP_ACKN), out, sent))
            repair_set(context, row, FIELD_TCP_ACKN, out);
    }
}

static void
repair_acknowledgment(RepairContext *context, RepairFlow *flow)
{
    for (int which = 0; which < 2; which++) {
        Side side;
        side_init(&side, context, flow, which, FIELD_TCP_ACKN);
        if (flow->marks[!which]->len > 0)
            acknowledge(context, flow, &side, !which);
        else
            acknowledge_silent(context, flow, &side);
        side_clear(&side);
    }
    for (guint i = 0; i < flow->rows->len; i++) {
        int row = flow_row(flow, i);
        if (!context->packets[row].observed && !repair_get(context, row, FIELD_TCP_ACKF))
            repair_set(context, row, FIELD_TCP_ACKN, 0);
    }
}

static void
repair_acknowledgments(RepairContext *context)
{
    for_each_flow(context, flow_is_repaired_tcp, repair_acknowledgment);
}

/* clang-format off */
const RepairRule rules_tcp_number[] = {
    {.id = "tcp-sequence", .tree = REPAIR_INTER_PACKET,
     .statement = N_("Each segment starts where its sender's last one ended, SYN and FIN counting one, repeats "
         "one sent before, or probes with the last byte (keep-alive)."),
     .source = N_("RFC 9293, sections 3.4 and 3.8.1; RFC 1122, section 4.2.3.6"),
     .reads = FIELDS_LENGTHS | F(TCP_SYN) | F(TCP_FIN) | F(TCP_SEQ), .writes = F(TCP_SEQ),
     .after = AFTER("tcp-teardown"), .apply = repair_sequences},
    {.id = "tcp-acknowledgment", .tree = REPAIR_INTER_PACKET,
     .statement = N_("A segment acknowledges no less than the one before and no more than the other side has "
         "sent; without ACK the number is 0."),
     .source = N_("RFC 9293, sections 3.4 and 3.10.7"),
     .reads = F(TCP_ACKF) | F(TCP_ACKN), .writes = F(TCP_ACKN),
     .after = AFTER("tcp-sequence"), .apply = repair_acknowledgments},
    {NULL},
};
/* clang-format on */
