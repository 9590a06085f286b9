/* SPDX-License-Identifier: Apache-2.0 */
/* A repair to look at before anything is written: what it does, told bit by bit, how legal that
 * leaves the trace, and what an export of it would be. */
#pragma once

#include "app/jobs/repair_job.h"
#include "app/repair/repair_story.h"

typedef struct {
    RepairResult repair; /* with compliance and measure */
    RepairStory *story;
    Trace *aligned; /* repair_story_align */
} ReviewResult;

/* Takes params, which name no input and no outputs. drawn is what is repaired; it belongs to
 * keeper, which release is called with when the job is gone. */
TorchlightJob *review_job_new(RepairParams *params, const Trace *drawn, gpointer keeper,
                              GDestroyNotify release);
/* After the job is done. */
const ReviewResult *review_job_get_result(TorchlightJob *job);
