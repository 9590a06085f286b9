/* SPDX-License-Identifier: Apache-2.0 */
/* Synthetic sets that no model drew, to be measured beside those that one did: what is gained over
 * them is the model's. Everything after the drawing (repair, times, files) is the same. */
#pragma once

#include "app/jobs/synthesis_set.h"

typedef enum {
    /* Whole rows of the class's training captures, with replacement. */
    BASELINE_BOOTSTRAP,
    /* Every trit by itself, with the shares of 1, 0 and absence that its column has in the class.
     */
    BASELINE_INDEPENDENT_BITS,
    /* Each row with replacement from those that follow, in a training capture of the class, a row
     * of the same type as the one before: a first-order Markov chain over types (baseline_rows.h),
     * and rows given the type before. */
    BASELINE_MARKOV_ROWS,
    /* Pixels of random colour, corrected; no class. */
    BASELINE_REPAIRED_NOISE,
    /* The control map as bits: 1 on an edge, else 0, in the columns that most rows of the class
     * have a bit in; and as many rows as the parent has. */
    BASELINE_CONTROL_MAP_ONLY,
    N_BASELINES
} BaselineKind;

/* "bootstrap", "independent-bits", "markov-rows", "repaired-noise", "control-map-only"; NULL past
 * the end. G_OPTION_ERROR for a name that is none. */
const char *baseline_name(int n);
bool baseline_by_name(const char *name, BaselineKind *kind, GError **error);

typedef struct {
    SynthesisSetParams set;
    BaselineKind kind;
} BaselineParams;

BaselineParams *baseline_params_new(void);
void baseline_params_free(BaselineParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BaselineParams, baseline_params_free)

/* Takes params. Goes on with a set that was stopped, as synthesis_job_new does. */
TorchlightJob *baseline_job_new(BaselineParams *params);
/* After the job is done. */
const SynthesisResult *baseline_job_get_result(TorchlightJob *job);
