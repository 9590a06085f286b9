/* SPDX-License-Identifier: Apache-2.0 */
/* How legal a repaired trace is, by the rules themselves: which packets and flows break which. A
 * repair that took everything leaves nothing to be found; what is found is there because a rule is
 * off or a packet was to stay as drawn. A packet breaks a rule when
 *   the rule, switched off, would have changed it (RepairReport.declined),
 *   the packet stays as drawn, and the rule had changed it (the same list), or
 *   the rule changes it when the outcome is repaired once more with every rule on.
 * A flow is legal when all its packets are. */
#pragma once

#include "app/repair/repair_story.h"

typedef struct {
    int n_rules;   /* about it */
    int n_hold;    /* of them, that no packet breaks */
    int n_packets; /* that it is about: that have the header */
} RepairAboutCheck;

typedef struct {
    int n_packets, n_legal_packets;
    int n_flows, n_legal_flows;
    uint64_t *broken;   /* (n_packets) bit i: the packet breaks rule i; packets as repaired */
    int *n_broken;      /* by rule: packets that break it */
    uint64_t rules_off; /* bit i: rule i was switched off */
    RepairAboutCheck about[N_REPAIR_ABOUT];
} RepairCompliance;

/* repaired and report are what repair_trace gave under options. NULL and error as repair_trace. */
RepairCompliance *repair_compliance_new(const Trace *repaired, const RepairReport *report,
                                        const RepairOptions *options, GError **error);
void repair_compliance_free(RepairCompliance *compliance);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RepairCompliance, repair_compliance_free)
/* Lines for a terminal: how much is legal, and each rule that is broken; the caller frees. */
char *repair_compliance_to_text(const RepairCompliance *compliance);
