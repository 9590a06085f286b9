/* SPDX-License-Identifier: Apache-2.0 */
/* Many traces repaired and written, one after the other. One that fails does not stop the others.
 */
#pragma once

#include "app/jobs/repair_job.h"

typedef struct {
    char *input, *output;
    char *sentence; /* why it was not written, or NULL: it was */
    int n_packets;
} RepairBatchLine;

/* params: RepairParams elements with input and output; taken. */
TorchlightJob *repair_batch_job_new(GPtrArray *params);
/* RepairBatchLine elements, owned by the job; after it is done or cancelled. */
GPtrArray *repair_batch_job_get_lines(TorchlightJob *job);
