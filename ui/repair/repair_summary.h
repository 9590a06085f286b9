/* SPDX-License-Identifier: Apache-2.0 */
/* What a repair changed, as a person wants to hear it after an export. */
#pragma once

#include "app/jobs/repair_job.h"

typedef struct {
    char *title;  /* what must hold */
    char *detail; /* "12 packets, 340 bits · RFC 791, section 3.1" */
    gint64 n_bits;
} RepairLine;

typedef struct {
    char *heading;    /* "310 packets written" */
    char *body;       /* packets, flows, bits, what was dropped */
    GPtrArray *lines; /* RepairLine, owned: the rules that changed something, most bits first */
} RepairSummary;

RepairSummary *repair_summary_new(const RepairResult *result);
void repair_summary_free(RepairSummary *summary);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RepairSummary, repair_summary_free)
