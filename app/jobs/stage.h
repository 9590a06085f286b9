/* SPDX-License-Identifier: Apache-2.0 */
/* A part of a job: work that is a job of its own elsewhere runs as a stage of a longer one.
 * Private to app/jobs. */
#pragma once

#include "app/jobs/job.h"

typedef struct {
    TorchlightJob *job;
    double first, share; /* of the job's fraction: before this stage, and its own */
} Stage;

/* The whole of a job. */
#define STAGE_WHOLE(job_) ((Stage){.job = (job_), .first = 0, .share = 1})

/* A part of a stage. */
static inline Stage
stage_part(const Stage *stage, double first, double share)
{
    return (Stage){stage->job, stage->first + first * stage->share, share * stage->share};
}

#define stage_progress(stage, fraction, ...)                                                       \
    torchlight_job_progress((stage)->job, (stage)->first + (fraction) * (stage)->share, __VA_ARGS__)
