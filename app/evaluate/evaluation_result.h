/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of the cells that differ in their seed alone, together: how often they are right, and how
 * sure that is.
 *
 * The interval of a cross-validation is that of its folds (interval_cross_validation). All others
 * are asked about one set of traces: theirs is the percentile bootstrap (1,000 draws) over the
 * captures of it, each with the mean over the seeds of what was right; what two of them differ by
 * is resampled in pairs. All intervals are of 95%. */
#pragma once

#include "app/evaluate/evaluation_answer.h"
#include "app/evaluate/learn/interval.h"

typedef struct {
    EvaluationCell cell;                    /* round 0; of a cross-validation step 0 too */
    int tested;                             /* the set that was asked about, 0: the real one */
    int n_classes, n_train, n_test, n_runs; /* n_train: of the first run */
    Interval accuracy, macro_f1;
    GArray *runs;         /* double: the accuracy of each run */
    guint64 *confusion;   /* (n_classes, n_classes): true, predicted; sum over the runs */
    GArray *hits, *sizes; /* double: of each capture asked about, right ones by seed; traces */
} EvaluationResult;

typedef struct {
    const EvaluationPlan *plan; /* borrowed */
    GPtrArray *answers;         /* EvaluationAnswer, owned */
    GPtrArray *results;         /* EvaluationResult, owned */
} EvaluationResults;

/* Takes answers: one for each cell of the plan that could be asked. */
EvaluationResults *evaluation_results_new(const EvaluationPlan *plan, GPtrArray *answers);
void evaluation_results_free(EvaluationResults *results);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EvaluationResults, evaluation_results_free)

/* The result like the cell (its round is not looked at) about a set; NULL when there is none. */
const EvaluationResult *evaluation_results_find(const EvaluationResults *results,
                                                EvaluationCell cell, int tested);

/* Accuracy of a over that of b, and a's less b's, where both were asked about the same traces; all
 * NAN where one is NULL or they were not. */
Interval evaluation_result_ratio(const EvaluationResult *a, const EvaluationResult *b);
Interval evaluation_result_difference(const EvaluationResult *a, const EvaluationResult *b);

/* Of forests learned from a set (0: the real train part): means over the seeds of the importance of
 * each group of features (N_FEATURE_GROUPS). False when there is none. */
bool evaluation_results_importance(const EvaluationResults *results, int task,
                                   EvaluationFeatures features, int set, double *groups);

/* How alike what two forests look at is. */
typedef struct {
    double fields;   /* Jaccard of the ten groups of most importance */
    double rank;     /* Spearman's rank correlation of the importances of groups */
    double features; /* Jaccard of the EVALUATION_TOP features, mean over pairs of seeds */
} ImportanceOverlap;

/* Between forests of the real train part and of a set; of set 0 between forests of the real one
 * that differ in their seed: nothing can overlap more. NAN where there are not two. */
ImportanceOverlap evaluation_results_overlap(const EvaluationResults *results, int task,
                                             EvaluationFeatures features, int set);
