/* SPDX-License-Identifier: Apache-2.0 */
/* A synthetic set drawn by a model: every trace under its class's caption, held by the edges of a
 * real capture of the training part. */
#pragma once

#include "app/jobs/generate_job.h"
#include "app/jobs/synthesis_set.h"

/* What is left out, to see what it is good for. */
typedef enum {
    SYNTHESIS_WITHOUT_NOTHING,
    SYNTHESIS_WITHOUT_LORA,
    SYNTHESIS_WITHOUT_CONTROL,
    SYNTHESIS_WITHOUT_COLOUR_CORRECTION, /* pixels by fixed thresholds, and as sure as any other */
    SYNTHESIS_WITHOUT_REPAIR,            /* the set is its drawn pictures; there are no captures */
    N_SYNTHESIS_WITHOUT
} SynthesisWithout;

/* "lora", "control", "colour-correction", "repair"; G_OPTION_ERROR. NULL is nothing. */
bool synthesis_without_by_name(const char *name, SynthesisWithout *without, GError **error);

typedef struct {
    SynthesisSetParams set;
    /* Owned: model, LoRAs, how to sample, how the control map acts, and "batch" traces at once.
     * Prompt, seed, maps, size and where pictures go are the set's to say. */
    GenerateParams *generate;
    SynthesisWithout without;
    bool control_first; /* control maps begin with the first packet of a capture, not anywhere */
} SynthesisParams;

SynthesisParams *synthesis_params_new(void);
void synthesis_params_free(SynthesisParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SynthesisParams, synthesis_params_free)

/* Takes params; session may be NULL. What was made before a failure, or when it is cancelled,
 * stays, and a job with the same params goes on from there. */
TorchlightJob *synthesis_job_new(SynthesisParams *params, GenerateSession *session);
/* After the job is done. */
const SynthesisResult *synthesis_job_get_result(TorchlightJob *job);
