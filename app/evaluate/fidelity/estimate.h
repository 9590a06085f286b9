/* SPDX-License-Identifier: Apache-2.0 */
/* A figure and the interval that it is told with. */
#pragma once

#include <glib.h>

typedef struct {
    double value, low, high; /* NAN: not known; low and high alone NAN: no interval */
} Estimate;

Estimate estimate_unknown(void);
/* Of n repetitions of a measurement: their mean, and the interval that holds the middle 95 % of
 * them. Those that are NAN do not count; one alone has no interval. */
Estimate estimate_of(const double *values, guint n);

/* The ratio of two sums over n elements (for a mean the wholes are 1), with the 95 % percentile
 * interval of 400 resamples of the elements (B. Efron, Bootstrap methods: another look at the
 * jackknife, 1979). Elements either of whose numbers is NAN do not count; with fewer than two that
 * do there is no interval, and where the wholes sum to 0 nothing is known. */
Estimate estimate_ratio(const double *parts, const double *wholes, guint n, guint64 seed);
/* The mean of n values, with the same interval. */
Estimate estimate_mean(const double *values, guint n, guint64 seed);
