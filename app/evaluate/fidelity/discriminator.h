/* SPDX-License-Identifier: Apache-2.0 */
/* Can a classifier tell generated traces from real ones? A random forest (app/evaluate/learn) is
 * trained to, in cross-validation, and its ROC-AUC told: 0.5 when it cannot, 1 when it always can
 * (classifier two-sample test: Lopez-Paz, Oquab 2017, arXiv 1610.06545). The floor sets real
 * captures against other real ones.
 *
 * Each class gives as many real samples as generated ones, the lesser of the two numbers, and each
 * fold as many of either from every class, so that no share of classes gives a side away; for the
 * floor two halves of the class' real ones. Draws and folds are repeated, every time with another
 * seed; a repetition's AUC is the mean over its folds; told are the mean of the repetitions and the
 * interval that holds the middle 95 % of them. */
#pragma once

#include "app/evaluate/fidelity/estimate.h"
#include "app/evaluate/fidelity/side.h"
#include "app/evaluate/learn/feature_matrix.h"

typedef struct {
    const int *samples; /* (n) indices into the matrix; each is a trace of its own */
    const int *classes; /* (n) any numbers, alike on both sides */
    int n;
} DiscriminatorSide;

typedef struct {
    FeatureMask mask; /* of features that are left out */
    guint64 seed;
    int n_repeats; /* 0: 5 */
    int n_folds;   /* 0: 5; fewer where there are fewer samples */
    int n_trees;   /* 0: 100 */
} DiscriminatorOptions;

typedef struct {
    Estimate generated, floor;           /* AUC; NAN with fewer than two samples a side */
    int n_generated, n_floor;            /* samples on each side of the two tests */
    double importance[N_FEATURE_GROUPS]; /* what tells generated from real, by header field: the
                                            forests' mean, sum 1; all 0 when not known */
} DiscriminatorResult;

/* options and watch may be NULL. False and error when stopped or samples are out of range. */
bool discriminator_run(const FeatureMatrix *matrix, const DiscriminatorSide sides[N_SIDES],
                       const DiscriminatorOptions *options, const LearnWatch *watch,
                       DiscriminatorResult *result, GError **error);
