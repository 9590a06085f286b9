/* SPDX-License-Identifier: Apache-2.0 */
/* What a model's VAE alone keeps of traces: the pictures of a dataset are made into latents and
 * back, colour-corrected, and compared bit by bit. What it loses no sampling can bring back. */
#pragma once

#include "app/jobs/job.h"
#include "app/trace/field.h"

typedef struct {
    char *model, *dataset, *device; /* owned; model NULL: the bundled one; device NULL: auto */
    int limit;                      /* pictures, spread over the dataset; 0: all */
    double noise; /* standard deviation of noise on the scaled latents: how well what a sampler gets
                   * a little wrong is read all the same */
    guint64 seed; /* of that noise */
} ReconstructParams;

ReconstructParams *reconstruct_params_new(void);
void reconstruct_params_free(ReconstructParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReconstructParams, reconstruct_params_free)

typedef struct {
    guint64 n, n_wrong;
} BitCount;

typedef struct {
    int n_pictures;
    BitCount absent;           /* pixels of headers that are not there */
    BitCount present, random;  /* header bits that are not random by nature, and those that are */
    BitCount fields[N_FIELDS]; /* header bits, random or not */
    char *device;              /* owned by the job */
} ReconstructResult;

/* 0 to 1; NAN when there was none. */
double bit_count_share_right(const BitCount *count);

/* Takes params. */
TorchlightJob *reconstruct_job_new(ReconstructParams *params);
/* After the job is done. */
const ReconstructResult *reconstruct_job_get_result(TorchlightJob *job);
