/* SPDX-License-Identifier: Apache-2.0 */
/* How far two distributions are apart. Histograms are counts over the same n bins and need not have
 * the same sum; where one is empty every distance is NAN. */
#pragma once

#include <glib.h>

/* Jensen-Shannon divergence in bits, 0 (the same) to 1 (nothing in common), of two
 * histograms (J. Lin 1991, Divergence measures based on the Shannon entropy). It is the square of
 * what scipy calls the Jensen-Shannon distance with base 2. */
double jensen_shannon(const guint64 *a, const guint64 *b, int n);

/* Total variation distance, 0 to 1: half the sum of the differences of the shares; the largest
 * difference in probability that any event can have (Levin, Peres, Wilmer 2009, Markov Chains and
 * Mixing Times, section 4.1). */
double total_variation(const guint64 *a, const guint64 *b, int n);

/* Hellinger distance, 0 to 1: the Euclidean distance of the roots of the shares, divided by the
 * root of 2 (E. Hellinger 1909; van der Vaart 1998, Asymptotic Statistics, section 14.5). */
double hellinger(const guint64 *a, const guint64 *b, int n);

/* Wasserstein-1 distance of two samples, each in rising order: the mean way that values have to be
 * moved to make one sample the other, in their unit. NAN when one is empty. */
double wasserstein_1(const float *a, guint n_a, const float *b, guint n_b);
/* The same of two histograms whose bins lie at places (n), in rising order. */
double wasserstein_1_binned(const guint64 *a, const guint64 *b, const double *places, int n);

/* The value below which the share q (0 to 1) of a sample in rising order lies, linear between its
 * values; n > 0. */
double quantile(const float *sorted, guint n, double q);

/* Puts a sample into rising order. */
void sort_sample(float *values, guint n);
