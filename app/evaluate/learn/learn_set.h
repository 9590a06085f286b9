/* SPDX-License-Identifier: Apache-2.0 */
/* What a classifier is fitted on: samples of a matrix with their classes. */
#pragma once

#include "app/evaluate/learn/feature_matrix.h"

/* All borrowed. A sample may stand in it more than once. */
typedef struct {
    const FeatureMatrix *matrix;
    const int *samples; /* (n) indices into matrix */
    const int *classes; /* (n) 0 .. n_classes-1 */
    int n;
    int n_classes; /* a class without a sample is never predicted */
} LearnSet;

/* False and error when it has no samples, or one out of range. */
bool learn_set_check(const LearnSet *set, GError **error);
