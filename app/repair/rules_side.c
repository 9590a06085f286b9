/* SPDX-License-Identifier: Apache-2.0 */
/* What travels beside the rows: directions and times. These are no bits of the picture. */
#include "app/repair/rules.h"

#include "app/trace/flow.h"
#include "app/trace/timing.h"
#include "app/trace/timing_model.h"

static void
repair_directions(RepairContext *context)
{
    Trace *trace = context->trace;
    bool is_known = context->drawn->sides & TRACE_HAS_DIRECTIONS;

    /* A part of a capture has the directions of the whole. */
    if (is_known && context->n_sides[REPAIR_SIDE_ADDRESSES] == 0)
        return;
    g_autofree uint8_t *before = g_new(uint8_t, MAX(trace->n_rows, 1));

    for (int row = 0; row < trace->n_rows; row++)
        before[row] = trace->rows[row].direction;
    trace_set_directions(trace);
    trace->sides |= TRACE_HAS_DIRECTIONS;
    for (int row = 0; row < trace->n_rows; row++)
        context->n_sides[REPAIR_SIDE_DIRECTIONS] +=
            !is_known || before[row] != trace->rows[row].direction;
}

static void
repair_times(RepairContext *context)
{
    Trace *trace = context->trace;

    if (!(trace->sides & TRACE_HAS_TIMES)) {
        const RepairOptions *options = context->options;

        if (options->timing)
            timing_model_sample(options->timing, trace, timing_trace_caption(trace), options->seed);
        else
            trace_sample_times(trace, options->template_trace, options->seed);
        trace->sides |= TRACE_HAS_TIMES;
        context->n_sides[REPAIR_SIDE_TIMES] = trace->n_rows;
        return;
    }
    for (int row = 1; row < trace->n_rows; row++) {
        if (trace->rows[row].time_ns >= trace->rows[row - 1].time_ns)
            continue;
        trace->rows[row].time_ns = trace->rows[row - 1].time_ns;
        context->n_sides[REPAIR_SIDE_TIMES]++;
    }
}

/* clang-format off */
const RepairRule rules_side[] = {
    {.id = "directions", .tree = REPAIR_INTER_PACKET,
     .statement = N_("A packet goes the way of the first packet between its hosts, or the other way."),
     .source = N_("this trace format: TraceRow.direction"),
     .reads = FIELDS_IPV4_ADDRESSES | F(TCP_SPRT) | F(TCP_DPRT) | F(UDP_SPORT) | F(UDP_DPORT),
     .writes = 0, .after = AFTER("flow-addresses"), .apply = repair_directions},
    {.id = "times", .tree = REPAIR_INTER_PACKET,
     .statement = N_("Times never go back; where none are known, gaps come from a model of real traces of "
                  "the caption, or are sampled from one real trace, and no answer comes before its "
                  "round trip."),
     .source = N_("pcapng, draft-ietf-opsawg-pcapng, section 4.3"),
     .reads = FIELDS_LENGTHS | F(TCP_SEQ) | F(TCP_ACKN) | F(TCP_SYN) | F(TCP_ACKF) | F(TCP_FIN) |
              F(TCP_RST) | F(TCP_PSH),
     .writes = 0,
     .after = AFTER("directions", "tcp-window", "ipv4-total-length", "ipv6-payload-length"),
     .apply = repair_times},
    {NULL},
};
/* clang-format on */
