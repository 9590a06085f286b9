/* SPDX-License-Identifier: Apache-2.0 */
/* A linear support vector machine, one class against the rest, L2-regularised with squared hinge
 * loss, fitted by liblinear (Fan et al. 2008) with its trust region Newton method.
 *
 * Features are centred by their means over the training samples, floats also divided by their
 * deviation; constant ones drop out. All are then divided by one number, so that the mean squared
 * length of a sample is 1, and C means the same for 2,000 features as for a million.
 *
 * A solution is a weighted sum of the samples, and depends on them only through their products.
 * So not the samples are given to the solver but, of n samples, the rows of the Cholesky factor of
 * their products: n numbers each, the same problem exactly, however many features there are.
 * Products of packed trits are counts of bits. */
#pragma once

#include "app/evaluate/learn/learn_set.h"

typedef struct {
    double c; /* weight of errors; 0: 10, the best of 0.1 to 100 on the validation part of the lab
                 data */
    FeatureMask mask;
} SvmOptions;

typedef struct {
    int n_classes, n_features;
    float *weights; /* (n_classes, n_features) of raw values; 0 of a feature that was left out */
    double *bias;   /* (n_classes); -INFINITY of a class without training samples */
    float *spread;  /* (n_features): standard deviation over the training samples */
} LinearSvm;

LinearSvm *linear_svm_fit(const LearnSet *set, const SvmOptions *options, const LearnWatch *watch,
                          GError **error);
void linear_svm_free(LinearSvm *svm);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LinearSvm, linear_svm_free)

/* (n, n_classes) decision values: the largest is the class. False only when stopped. */
bool linear_svm_decide(const LinearSvm *svm, const FeatureMatrix *matrix, const int *samples, int n,
                       const LearnWatch *watch, double *values, GError **error);
/* Sum over the classes of |weight| times the feature's spread: (n_features), sum 1 or all 0. */
void linear_svm_importance(const LinearSvm *svm, double *by_feature);
