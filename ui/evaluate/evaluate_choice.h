/* SPDX-License-Identifier: Apache-2.0 */
/* What of a project can be compared with what: the axes of captions, the sets of real traces and
 * those of generated ones, each with a name for people that has its count. */
#pragma once

#include "app/evaluate/evaluation_set.h"
#include "app/jobs/figures_job.h"
#include "app/project/project.h"

typedef struct {
    char *label; /* owned, translated: "Test split (12)" */
    char *key;   /* owned: an axis; or a split; or an origin */
    guint n;     /* traces */
} EvaluateChoice;

/* EvaluateChoice elements; the caller unrefs. Sets that are empty are left out. */
GPtrArray *evaluate_list_axes(void);
GPtrArray *evaluate_list_sets(TorchlightProject *project, Side side);

/* The job's parameters, without output. Choices are of the lists above. */
FiguresParams *evaluate_params(TorchlightProject *project, const EvaluateChoice *axis,
                               const EvaluateChoice *real, const EvaluateChoice *generated);

/* The same traces for an evaluation, real ones in the parts of their split where they have one. The
 * caller frees. */
EvaluationSet *evaluate_given_set(TorchlightProject *project, Side side,
                                  const EvaluateChoice *choice);
/* "27 real and 4 generated traces in 3 classes" of figures; NULL where they do not say. The caller
 * frees. */
char *evaluate_say_counts(const Figures *figures);
