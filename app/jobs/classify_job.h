/* SPDX-License-Identifier: Apache-2.0 */
/* What forests that learned from real captures take traces for (app/evaluate/forests.h), and how
 * such forests are made. */
#pragma once

#include "app/evaluate/forests.h"
#include "app/jobs/job.h"

/* The forests in a folder; NULL: the bundled ones. */
Forests *classify_load_forests(const char *dir, GError **error);

typedef struct {
    char **traces; /* owned, NULL-terminated: captures, pictures, tables */
    char *forests; /* owned: folder; NULL: the bundled ones */
    char *layout;  /* owned: of what names none; NULL: the default */
} ClassifyParams;

ClassifyParams *classify_params_new(void);
void classify_params_free(ClassifyParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ClassifyParams, classify_params_free)

typedef struct {
    char *path;         /* owned */
    int n_packets;      /* that were looked at */
    GPtrArray *answers; /* ForestAnswer, owned */
} ClassifiedTrace;

/* Takes params. Fails at the first trace that cannot be read. Damage goes into the log. */
TorchlightJob *classify_job_new(ClassifyParams *params);
/* After the job is done, owned by it: ClassifiedTrace, in the order of the params. */
const GPtrArray *classify_job_get_traces(TorchlightJob *job);
const Forests *classify_job_get_forests(TorchlightJob *job);

typedef struct {
    char *real;         /* owned: a folder of captures with their captions, or a dataset */
    char *split;        /* owned: table; NULL: made by chance */
    char *output;       /* owned: folder */
    char *vocabulary;   /* owned: file; NULL: that of the bundled model */
    double split_share; /* of the test part of a split that is made */
    int n_packets;      /* 0: FEATURE_PACKETS */
    ClassifierOptions options;
} LearnForestsParams;

LearnForestsParams *learn_forests_params_new(void);
void learn_forests_params_free(LearnForestsParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LearnForestsParams, learn_forests_params_free)

/* Takes params. What is passed over goes into the log. */
TorchlightJob *learn_forests_job_new(LearnForestsParams *params);
/* After the job is done; owned by the job. */
const Forests *learn_forests_job_get_result(TorchlightJob *job);
