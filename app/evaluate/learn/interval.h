/* SPDX-License-Identifier: Apache-2.0 */
/* Confidence intervals of a mean. */
#pragma once

#include <glib.h>

typedef struct {
    double mean, low, high;
    double deviation; /* of the values, with n - 1; NAN of one */
    int n;
} Interval;

/* Student's t: mean +- t(n - 1) s / sqrt(n), for independent values. With one value low and high
 * are NAN, with none all is. level: 0.95. */
Interval interval_t(const double *values, int n, double level);
/* The same for n values of repeated cross-validation, whose training sets overlap: the variance of
 * the mean is s^2 (1 / n + test / train), where test / train is the ratio of the sizes of a fold's
 * parts, 1 / (k - 1) (Nadeau and Bengio 2003; Bouckaert and Frank 2004). */
Interval interval_cross_validation(const double *values, int n, double test_by_train, double level);
/* Percentile bootstrap of the mean (Efron 1979): n_draws resamples by the seed. */
Interval interval_bootstrap(const double *values, int n, int n_draws, guint64 seed, double level);
/* Percentile bootstrap of any statistic of n items: statistic(indices (n), n, data), with mean the
 * statistic of the items themselves and deviation that of the resamples. Resamples where it is NAN
 * are left out. */
Interval interval_bootstrap_of(int n, double (*statistic)(const int *indices, int n, gpointer data),
                               gpointer data, int n_draws, guint64 seed, double level);

/* Quantile of Student's t: the value below which the share p lies; degrees > 0. */
double student_t_quantile(double p, double degrees);
