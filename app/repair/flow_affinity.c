/* SPDX-License-Identifier: Apache-2.0 */
/* Upper bits of numbers, voted on by flow and side, then rows moved to where they agree. */
#include "app/repair/flow_affinity.h"

#include "app/repair/drawn_number.h"

#include <math.h>
#include <string.h>

enum { UPPER_BITS = 11, N_ROUNDS = 2 };

/* What one side of a flow's numbers have in their upper bits, as votes. */
typedef struct {
    float sequence[UPPER_BITS], acknowledgment[UPPER_BITS];
} Votes;

typedef Votes FlowVotes[2];

static bool
is_tcp(const EndsTable *table, int row)
{
    return table->context->packets[row].transport == HEADER_TCP;
}

static void
add_votes(const DrawnNumber *number, float votes[UPPER_BITS])
{
    for (int bit = 0; bit < UPPER_BITS; bit++) {
        float confidence = number->confidence ? number->confidence[bit] : 1;
        if (number->known >> (UPPER_BITS - 1 - bit) & 1)
            votes[bit] += number->bits >> (UPPER_BITS - 1 - bit) & 1 ? confidence : -confidence;
    }
}

/* Bits that go against the vote. */
static float
votes_cost(const DrawnNumber *number, const float votes[UPPER_BITS])
{
    uint32_t voted = 0, undecided = 0;

    for (int bit = 0; bit < UPPER_BITS; bit++) {
        voted = voted << 1 | (votes[bit] > 0);
        undecided = undecided << 1 | (votes[bit] == 0);
    }
    return drawn_number_cost(number, (voted & ~undecided) | (number->bits & undecided));
}

static void
take_votes(const EndsTable *table, FlowVotes *flows)
{
    const RepairContext *context = table->context;

    for (int row = 0; row < context->trace->n_rows; row++) {
        const RowEnds *ends = &table->rows[row];
        if (!is_tcp(table, row))
            continue;
        DrawnNumber sequence = drawn_number(context, row, FIELD_TCP_SEQ, 0, UPPER_BITS);
        add_votes(&sequence, flows[ends->cluster][ends->side].sequence);
        if (!repair_get(context, row, FIELD_TCP_ACKF))
            continue;
        DrawnNumber acknowledgment = drawn_number(context, row, FIELD_TCP_ACKN, 0, UPPER_BITS);
        add_votes(&acknowledgment, flows[ends->cluster][ends->side].acknowledgment);
    }
}

static void
settle_row(EndsTable *table, int row, const Ends *centres, int n, FlowVotes *flows)
{
    const RepairContext *context = table->context;
    RowEnds *ends = &table->rows[row];
    DrawnNumber sequence = drawn_number(context, row, FIELD_TCP_SEQ, 0, UPPER_BITS);
    DrawnNumber acknowledgment = drawn_number(context, row, FIELD_TCP_ACKN, 0, UPPER_BITS);
    bool has_ack = repair_get(context, row, FIELD_TCP_ACKF);
    float best_cost = INFINITY;

    for (int i = 0; i < n; i++) {
        int side;
        if (centres[i].group != ends->ends.group)
            continue;
        float cost = (float)ends_nearest_side(table, row, &centres[i], &side);
        const Votes *votes = &flows[i][side];
        cost += votes_cost(&sequence, votes->sequence);
        if (has_ack)
            cost += votes_cost(&acknowledgment, votes->acknowledgment);
        if (cost < best_cost || (cost == best_cost && i == ends->cluster)) {
            best_cost = cost;
            ends->cluster = i;
            ends->side = (int8_t)side;
        }
    }
}

void
flow_affinity_settle(EndsTable *table, const Ends *centres, int n)
{
    if (n < 2 || table->error_rate > REPAIR_MOST_DOUBT)
        return;
    for (int round = 0; round < N_ROUNDS; round++) {
        g_autofree FlowVotes *flows = g_new0(FlowVotes, n);
        take_votes(table, flows);
        for (int row = 0; row < table->context->trace->n_rows; row++) {
            if (is_tcp(table, row) && !table->context->packets[row].observed)
                settle_row(table, row, centres, n, flows);
        }
    }
}
