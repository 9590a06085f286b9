/* SPDX-License-Identifier: Apache-2.0 */
/* Means and ratios with intervals. */
#include "app/evaluate/fidelity/estimate.h"

#include <math.h>
#include <stdlib.h>

#include "app/trace/random.h"

enum { N_RESAMPLES = 400 };

static const double LOW = 0.025, HIGH = 0.975;

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Linear between the values of a sorted sample. */
static double
at_share(const double *sorted, guint n, double share)
{
    double place = share * (n - 1);
    guint below = (guint)place, above = MIN(below + 1, n - 1);

    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

Estimate
estimate_unknown(void)
{
    return (Estimate){NAN, NAN, NAN};
}

/* Sorts values. */
static void
set_interval(Estimate *estimate, double *values, guint n)
{
    if (n < 2)
        return;
    qsort(values, n, sizeof *values, compare);
    estimate->low = at_share(values, n, LOW);
    estimate->high = at_share(values, n, HIGH);
}

Estimate
estimate_of(const double *values, guint n)
{
    g_autofree double *known = g_new(double, MAX(n, 1));
    Estimate estimate = estimate_unknown();
    double sum = 0;
    guint n_known = 0;

    for (guint i = 0; i < n; i++) {
        if (isnan(values[i]))
            continue;
        sum += values[i];
        known[n_known++] = values[i];
    }
    if (n_known == 0)
        return estimate;
    estimate.value = sum / n_known;
    set_interval(&estimate, known, n_known);
    return estimate;
}

Estimate
estimate_ratio(const double *parts, const double *wholes, guint n, guint64 seed)
{
    g_autofree guint *known = g_new(guint, MAX(n, 1));
    double ratios[N_RESAMPLES], part = 0, whole = 0;
    Estimate estimate = estimate_unknown();
    Random random = random_seeded(seed);
    guint n_known = 0, n_ratios = 0;

    for (guint i = 0; i < n; i++) {
        if (isnan(parts[i]) || isnan(wholes[i]))
            continue;
        known[n_known++] = i;
        part += parts[i];
        whole += wholes[i];
    }
    if (whole == 0)
        return estimate;
    estimate.value = part / whole;
    for (guint round = 0; n_known > 1 && round < N_RESAMPLES; round++) {
        part = whole = 0;
        for (guint k = 0; k < n_known; k++) {
            guint i = known[random_below(&random, n_known)];

            part += parts[i];
            whole += wholes[i];
        }
        if (whole > 0)
            ratios[n_ratios++] = part / whole;
    }
    set_interval(&estimate, ratios, n_ratios);
    return estimate;
}

Estimate
estimate_mean(const double *values, guint n, guint64 seed)
{
    g_autofree double *ones = g_new(double, MAX(n, 1));

    for (guint i = 0; i < n; i++)
        ones[i] = 1;
    return estimate_ratio(values, ones, n, seed);
}
