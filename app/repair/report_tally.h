/* SPDX-License-Identifier: Apache-2.0 */
/* What the report's writers, as JSON and as text, count alike. Private to app/repair. */
#pragma once

#include "app/repair/repair.h"

extern const char *const report_side_names[N_REPAIR_SIDES];

typedef struct {
    gint64 n_packets, n_bits;
    int last_row;
} ReportTally;

/* Packets and bits by rule (n of them) or by field, of RepairChange elements; the caller frees. */
ReportTally *report_tally(const GArray *changes, int n, bool by_rule);

/* The first 64 bits of a field, right-aligned, absent ones 0. */
uint64_t report_first_bits(const int8_t *trits, int width);
