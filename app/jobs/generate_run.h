/* SPDX-License-Identifier: Apache-2.0 */
/* One generation, from params to pictures. Private to app/jobs. */
#pragma once

#include "app/jobs/generate_job.h"
#include "app/jobs/run_folder.h"
#include "app/jobs/stages.h"

typedef struct {
    GenerateParams *params; /* borrowed */
    GenerateSession *session;
    int skip;              /* atomic: the picture in the making is not wanted */
    RunFolder *folder;     /* where pictures go beside params, or NULL; borrowed */
    int first_index;       /* of the pictures */
    int n_total;           /* of pictures that this run is a part of; 0: it is all there is */
    bool keep;             /* pixels and traces too where they went into a folder */
    GMutex mutex;          /* guards images, film */
    GenerateResult result; /* images grow as they are drawn */
    GPtrArray *film;       /* GenerateFrame */
} GenerateRun;

/* session may be NULL: one for this run alone. */
void generate_run_init(GenerateRun *run, GenerateParams *params, GenerateSession *session);
void generate_run_clear(GenerateRun *run);
/* Whether the model's captions have the words of a prompt, or need not have them. */
bool generate_check_words(const GenerateParams *params, const char *prompt, GError **error);
/* What was drawn before a failure stays in the result, unless it was to go into a run folder. */
bool generate_run_all(GenerateRun *run, const Stage *stage, GError **error);
