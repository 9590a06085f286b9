/* SPDX-License-Identifier: Apache-2.0 */
/* What a reviewer would ask of synthetic traces, of one or more sets of them (docs/evaluation.md).
 * Into the folder `output` go report.html, evaluation.json, split.csv where the split was made, and
 * cache/: what was found so far, from which a run that was broken off goes on. The same inputs and
 * parameters give the same bytes, whatever was in the cache. */
#pragma once

#include "app/evaluate/evaluation_report.h"
#include "app/jobs/job.h"

typedef struct {
    char *real;           /* owned: folder */
    GPtrArray *synthetic; /* char*, owned: folders; the first goes through all of the protocol */
    /* Instead of a folder, or (synthetic) before them: sets that somebody made, such as of a
     * project; owned until the job takes them; NULL: none. Where traces of the real one are
     * in_split, no split is made. */
    EvaluationSet *given_real, *given_synthetic;
    char *split;        /* owned: table; NULL: made, see evaluation_split_make */
    double split_share; /* of the test part of a split that is made */
    char *output;       /* owned: folder */
    char *vocabulary;   /* owned: file; NULL: that of the bundled model */
    char *layout;       /* owned: of pictures that name none; NULL: the default */
    char *title;        /* owned; NULL: a plain one */
    char **axes;        /* owned; NULL: all */
    int n_packets;      /* 0: FEATURE_PACKETS */
    int n_checked;      /* traces of a set that repair and tshark look at; 0: none, -1: all */
    EvaluationOptions options; /* its axes are the job's business */
} EvaluateParams;

EvaluateParams *evaluate_params_new(void); /* evaluation_options_default */
void evaluate_params_free(EvaluateParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EvaluateParams, evaluate_params_free)

/* Takes params. */
TorchlightJob *evaluate_job_new(EvaluateParams *params);
/* After the job is done; owned by the job. */
const EvaluationReport *evaluate_job_get_report(TorchlightJob *job);
/* How many cells were found in the cache, and of how many. */
void evaluate_job_get_counts(TorchlightJob *job, guint *n_kept, guint *n_cells);
