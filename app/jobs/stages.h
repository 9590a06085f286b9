/* SPDX-License-Identifier: Apache-2.0 */
/* A part of a job: work that is a job of its own elsewhere runs as a stage of a longer one.
 * Private to app/jobs. */
#pragma once

#include "app/jobs/dataset_job.h"
#include "app/jobs/generate_job.h"
#include "app/jobs/job.h"
#include "app/jobs/repair_job.h"
#include "app/jobs/train_job.h"

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

/* The jobs' work; params stay the caller's. Results are filled on success. */
bool dataset_stage(const Stage *stage, DatasetParams *params, DatasetResult *result,
                   GError **error);
bool train_stage(const Stage *stage, TrainParams *params, TrainResult *result, GError **error);
bool generate_stage(const Stage *stage, GenerateParams *params, GenerateResult *result,
                    GError **error);
bool repair_stage(const Stage *stage, RepairParams *params, RepairResult *result, GError **error);
