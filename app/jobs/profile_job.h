/* SPDX-License-Identifier: Apache-2.0 */
/* Where the time of a forward pass or a training step goes: operation by operation, layer by layer.
 */
#pragma once

#include "app/jobs/job.h"

typedef enum { PROFILE_JOB_BY_OP, PROFILE_JOB_BY_LAYER, PROFILE_JOB_BY_KERNEL } ProfileJobBy;

typedef struct {
    char *device;    /* owned; NULL: the default */
    char *precision; /* owned: as open_device takes it; NULL: auto */
    char *model;     /* owned: folder; NULL: the preset */
    char *preset;    /* owned */
    double width;    /* of the preset */
    char *item;      /* owned: as bench's */
    int latent_width, latent_height, batch, rank, n_runs;
    ProfileJobBy by;
    gboolean cpu_time; /* CPU device: processor time in place of the clock's */
    char *trace;       /* owned: file to write, or NULL */
} ProfileParams;

ProfileParams *profile_params_new(void);
void profile_params_free(ProfileParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ProfileParams, profile_params_free)

typedef struct {
    char *name;
    int calls;
    double ms, share, gflops, gb_s; /* of a run; NAN where not known */
} ProfileLine;

typedef struct {
    GPtrArray *lines; /* ProfileLine, owned by the job; by falling time */
    double ms;        /* of all lines */
    char *device_name, *device, *model;
} ProfileResult;

/* Takes params. Each line also goes to the log. */
TorchlightJob *profile_job_new(ProfileParams *params);
/* After the job is done. */
const ProfileResult *profile_job_get_result(TorchlightJob *job);
