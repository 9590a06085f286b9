/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of an evaluation share: private to app/jobs. */
#pragma once

#include "app/evaluate/learn/watch.h"
#include "app/jobs/evaluate_job.h"
#include "app/jobs/stages.h"

typedef struct {
    Stage stage;
    const EvaluateParams *params;
    char *cache;          /* folder */
    EvaluationData *data; /* once it was read */
    guint n_kept, n_cells;
} EvaluateRun;

/* Every cell of a plan, from the cache or found: EvaluationAnswer elements. Cells that cannot be
 * asked are noted in the plan. */
GPtrArray *evaluate_cells(EvaluateRun *run, Stage stage, EvaluationPlan *plan, GError **error);
/* Distances, legality, compliance of every synthetic set, into the report. */
bool evaluate_measures(EvaluateRun *run, Stage stage, EvaluationReport *report, GError **error);
