/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a synthetic set knows what it is tested with. A trace drawn along the edges of a test
 * capture, or by a LoRA that was fitted to one, makes a classifier trained on it look good for the
 * wrong reason; so such a set is refused. */
#pragma once

#include "app/evaluate/evaluation_set.h"

typedef struct {
    int n_traces;
    int n_parents_unknown, n_trained_on_unknown; /* traces that do not say */
    int n_validation; /* traces that come from the validation part, which is allowed and said */
    int n_foreign;    /* traces with a parent that is not of the real set */
} LeakReport;

/* False and an error that names set, trace and capture when a trace's parents or what it was
 * trained on are in the test part of the real set. */
bool leaks_check(const EvaluationSet *synthetic, const EvaluationSet *real, LeakReport *report,
                 GError **error);
