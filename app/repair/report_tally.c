/* SPDX-License-Identifier: Apache-2.0 */
/* Changes counted. */
#include "app/repair/report_tally.h"

const char *const report_side_names[N_REPAIR_SIDES] = {
    [REPAIR_SIDE_TIMES] = "times",
    [REPAIR_SIDE_ADDRESSES] = "addresses",
    [REPAIR_SIDE_DIRECTIONS] = "directions",
    [REPAIR_SIDE_LENGTHS] = "lengths",
};

uint64_t
report_first_bits(const int8_t *trits, int width)
{
    uint64_t value = 0;
    for (int i = 0; i < MIN(width, 64); i++)
        value = value << 1 | (trits[i] > 0);
    return value;
}

ReportTally *
report_tally(const GArray *changes, int n, bool by_rule)
{
    ReportTally *tallies = g_new0(ReportTally, n);

    for (int i = 0; i < n; i++)
        tallies[i].last_row = -1;
    for (guint i = 0; i < changes->len; i++) {
        const RepairChange *change = &g_array_index(changes, RepairChange, i);
        ReportTally *tally = &tallies[by_rule ? change->rule : (int)change->field];
        tally->n_bits += change->n_bits;
        tally->n_packets += tally->last_row != change->row;
        tally->last_row = change->row;
    }
    return tallies;
}
