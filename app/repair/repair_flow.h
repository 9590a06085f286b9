/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules of flows, and of TCP connections among them, share. */
#pragma once

#include "app/repair/repair_context.h"

static inline int
flow_row(const RepairFlow *flow, guint i)
{
    return g_array_index(flow->rows, int, i);
}

static inline bool
flow_is_repaired(const RepairFlow *flow)
{
    return flow->kind != FLOW_OBSERVED;
}

/* A connection that keeps to the strict rules throughout. */
static inline bool
flow_is_drawn_tcp(const RepairFlow *flow)
{
    return flow->transport == HEADER_TCP && flow->kind == FLOW_DRAWN;
}

/* One in which at least some packets were drawn. */
static inline bool
flow_is_repaired_tcp(const RepairFlow *flow)
{
    return flow->transport == HEADER_TCP && flow->kind != FLOW_OBSERVED;
}

/* Sequence numbers that a segment uses up (RFC 9293, section 3.4). */
static inline uint32_t
tcp_segment_size(const RepairContext *context, int row)
{
    return (uint32_t)repair_payload_bytes(context, row) + repair_get(context, row, FIELD_TCP_SYN) +
           repair_get(context, row, FIELD_TCP_FIN);
}

/* How many marks of a side stand before the i-th packet of the flow; at least 1. from: an answer
 * for a lesser i, or 1. */
static inline int
flow_marks_before(const RepairFlow *flow, int side, guint i, int from)
{
    const GArray *marks = flow->marks[side];
    while (from < (int)marks->len && g_array_index(marks, RepairMark, from).at < (int)i)
        from++;
    return from;
}

/* Applies a function to every flow that is_of_kind. */
static inline void
for_each_flow(RepairContext *context, bool (*is_of_kind)(const RepairFlow *flow),
              void (*apply)(RepairContext *context, RepairFlow *flow))
{
    for (guint i = 0; i < context->flows->len; i++) {
        RepairFlow *flow = g_ptr_array_index(context->flows, i);
        if (is_of_kind(flow))
            apply(context, flow);
    }
}
