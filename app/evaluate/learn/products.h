/* SPDX-License-Identifier: Apache-2.0 */
/* Products of samples with each other, and sums of samples: what a linear machine needs of a
 * million features. Features that the mask takes out are not looked at. */
#pragma once

#include "app/evaluate/learn/learn_set.h"

/* The inner products of the set's samples, (n, n), of raw trits, or of floats each scaled by
 * (value - mean) * scale of its feature, (n_features) both, which of trits are not used and may be
 * NULL. The caller frees; NULL only when stopped. */
double *learn_products(const LearnSet *set, FeatureMask mask, const double *mean,
                       const double *scale, const LearnWatch *watch, GError **error);

/* For k of 0 .. n_sums-1 the sum over the set's samples of factors[i * n_sums + k] times the
 * sample, as raw values, into sums (n_sums, n_features); 0 of what the mask takes out. */
bool learn_sums(const LearnSet *set, FeatureMask mask, const double *factors, int n_sums,
                float *sums, const LearnWatch *watch, GError **error);

/* Mean and standard deviation (with n) of each feature over the set; spread is 0 of what the mask
 * takes out. (n_features) each; mean may be NULL. */
void learn_moments(const LearnSet *set, FeatureMask mask, double *mean, double *spread);

/* weights (n_rows, n_features) times each of n samples of raw values: (n, n_rows). */
void learn_weigh(const FeatureMatrix *matrix, const int *samples, int n, const float *weights,
                 int n_rows, double *values);

/* A (n, n) positive semidefinite matrix, which is overwritten, as L L^T by Cholesky's method with
 * pivots (Higham 2002, 10.3): L (n, *rank), rows in the order of the matrix; the caller frees. It
 * ends where what is left is below 1e-10 of the largest diagonal. */
double *learn_factor(double *matrix, int n, int *rank);
