/* SPDX-License-Identifier: Apache-2.0 */
/* Does this device compute right? Every op against the CPU (on the CPU itself: gradients against
 * finite differences), and every tensor of a folder of golden data. */
#pragma once

#include "app/jobs/job.h"

typedef struct {
    char *device;    /* owned; NULL: the default */
    char *precision; /* owned: "f16"; NULL: auto */
    char *goldens;   /* owned: folder; NULL: ops only */
    char *filter;    /* owned: glob pattern of op and golden file names; NULL: all */
} SelftestParams;

SelftestParams *selftest_params_new(void);
void selftest_params_free(SelftestParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SelftestParams, selftest_params_free)

/* An op, or a group of golden tensors. error and tolerance are those of the comparison that came
 * nearest to its tolerance. */
typedef struct {
    char *group; /* "op", or the golden file */
    char *name;
    int n; /* comparisons */
    double error, tolerance;
    bool passed;
    char *worst; /* the comparison: "odd size, dx0"; NULL for golden data */
} SelftestLine;

typedef struct {
    GPtrArray *lines; /* SelftestLine, owned by the job */
    int n_failed;
    char *device; /* owned by the job: description */
    char *device_name;
} SelftestResult;

/* Takes params. The job is done when all ran, whether it passed or not: see n_failed. Each line
 * also goes to the log. */
TorchlightJob *selftest_job_new(SelftestParams *params);
/* After the job is done. */
const SelftestResult *selftest_job_get_result(TorchlightJob *job);
