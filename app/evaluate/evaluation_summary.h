/* SPDX-License-Identifier: Apache-2.0 */
/* What a person wants of evaluation.json (evaluation_report.h), read back: goals, the table of
 * sets, what to know before believing it, and the figures. */
#pragma once

#include "app/evaluate/evaluation_report.h"

typedef struct {
    char *statement, *detail; /* owned */
    double value;             /* NAN: not known */
    GoalState state;
} SummaryGoal;

typedef struct {
    char *name, *kind; /* owned */
    bool is_real;
    int n_traces;
    double utility[N_EVALUATION_FEATURES], least[N_EVALUATION_FEATURES]; /* NAN: not known */
    double divergence, divergence_floor; /* mean Jensen-Shannon over the header fields */
    double auc;                          /* of the discriminator */
    double repaired;                     /* share of bits */
} SummarySet;

typedef struct {
    char *title;      /* owned, as all below */
    GPtrArray *goals; /* SummaryGoal */
    GPtrArray *sets;  /* SummarySet, the real one first */
    GPtrArray
        *notes; /* char*: of the evaluation, its axes ("quality: ...") and sets ("real: ...") */
    Figures *figures;
} EvaluationSummary;

/* Errors: another format or version, members of another kind. Believes nothing. */
EvaluationSummary *evaluation_summary_read(const char *path, GError **error);
void evaluation_summary_free(EvaluationSummary *summary);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EvaluationSummary, evaluation_summary_free)
