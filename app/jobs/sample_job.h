/* SPDX-License-Identifier: Apache-2.0 */
/* The sample project: a new folder with the sample captures in it, as pictures with their captions.
 * The job leaves it closed, ready to be opened. */
#pragma once

#include "app/jobs/job.h"

/* dir: new or empty. */
TorchlightJob *sample_job_new(const char *dir);
/* How many traces it holds; after the job is done. */
guint sample_job_get_n_traces(TorchlightJob *job);
