/* SPDX-License-Identifier: Apache-2.0 */
/* How far two distributions are apart. */
#pragma once

#include <glib.h>

/* Jensen-Shannon divergence in bits, 0 (the same) to 1 (nothing in common), of two histograms of n
 * bins that need not have the same sum (J. Lin 1991, Divergence measures based on the Shannon
 * entropy). NAN when one is empty. */
double jensen_shannon(const guint64 *a, const guint64 *b, int n);

/* Wasserstein-1 distance of two samples, each in rising order: the mean way that values have to be
 * moved to make one sample the other, in their unit. NAN when one is empty. */
double wasserstein_1(const float *a, guint n_a, const float *b, guint n_b);

/* The value below which the share q (0 to 1) of a sample in rising order lies, linear between its
 * values; n > 0. */
double quantile(const float *sorted, guint n, double q);

/* Puts a sample into rising order. */
void sort_sample(float *values, guint n);
