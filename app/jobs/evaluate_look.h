/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at the traces of a set one by one, on all threads: what fidelity counts of each, how
 * legal it was as drawn and is as it stands, and what tshark thinks of it. Private to app/jobs. */
#pragma once

#include "app/evaluate/evaluation_data.h"
#include "app/evaluate/fidelity/compliance.h"
#include "app/evaluate/fidelity/legality.h"
#include "app/evaluate/fidelity/packed_trace.h"
#include "app/evaluate/fidelity/trace_counts.h"
#include "app/jobs/stages.h"

typedef struct {
    guint index;         /* of the trace in its set */
    bool checked;        /* the rest is known */
    bool has_drawn;      /* legality is of what was drawn, and of its repair */
    bool has_expert;     /* tshark has seen it */
    TraceCounts *counts; /* owned, or taken; NULL where not asked for */
    PackedTrace *packed; /* the same */
    LegalityCount legality;
    ComplianceCount compliance;
    ExpertCount expert;
} Looked;

typedef struct {
    Looked *traces; /* (n) */
    guint n;
} LookedSet;

void looked_set_clear(LookedSet *looked);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LookedSet, looked_set_clear)

typedef struct {
    bool counts;   /* counts and packed are wanted */
    int part;      /* of a real set: only traces of it; -1: any */
    int n_checked; /* of how many the rest is; spread evenly over the set; -1: of all */
} LookOptions;

/* What could not be looked at is noted in the set. */
bool evaluate_look(const Stage *stage, const EvaluationData *data, guint set,
                   const LookOptions *options, LookedSet *looked, GError **error);
/* What tshark thinks of a capture, added to count. cancellable may be NULL. */
bool evaluate_ask_tshark(const char *path, GCancellable *cancellable, ExpertCount *count,
                         GError **error);
