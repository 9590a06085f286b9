/* SPDX-License-Identifier: Apache-2.0 */
/* A random forest (Breiman 2001): trees on bootstrap samples, each split the best of sqrt(features)
 * at random; probabilities are the mean of the trees' leaves, as in scikit-learn. */
#pragma once

#include "app/evaluate/learn/tree.h"

typedef struct {
    int n_trees;      /* 0: 100 */
    int max_features; /* 0: the root of those the mask leaves; -1: all */
    int max_depth, min_leaf;
    guint64 seed;
    FeatureMask mask;
} ForestOptions;

typedef struct {
    int n_classes, n_trees;
    Tree **trees;
    /* Out of bag, of the samples of the set it was fitted on: (n, n_classes) means over the trees
     * that did not see the sample, NAN where all did. NULL of a forest that was read from a file.
     */
    double *oob;
} Forest;

Forest *forest_fit(const LearnSet *set, const ForestOptions *options, const LearnWatch *watch,
                   GError **error);
void forest_free(Forest *forest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Forest, forest_free)

/* (n, n_classes) probabilities of samples. False only when stopped. */
bool forest_probabilities(const Forest *forest, const FeatureMatrix *matrix, const int *samples,
                          int n, const LearnWatch *watch, double *probabilities, GError **error);
/* Mean over the trees of the share of impurity that a feature takes away: (n_features), sum 1. */
void forest_importance(const Forest *forest, int n_features, double *by_feature);
/* Share of the training samples that the out-of-bag means get right; NAN when there are none. */
double forest_oob_accuracy(const Forest *forest, const LearnSet *set);
