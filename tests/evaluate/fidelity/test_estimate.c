/* SPDX-License-Identifier: Apache-2.0 */
/* Means and intervals, against numpy.quantile and by hand. */
#include "app/evaluate/fidelity/estimate.h"

#include <math.h>

static void
test_repeated(void)
{
    const double values[] = {3.1, 0.2, NAN, 5, 9.7, 4.4, 1.0}, none[] = {NAN}, one[] = {NAN, 2};
    Estimate estimate = estimate_of(values, 7);

    /* numpy.mean, numpy.quantile(values, [0.025, 0.975]) */
    g_assert_cmpfloat_with_epsilon(estimate.value, 3.9, 1e-12);
    g_assert_cmpfloat_with_epsilon(estimate.low, 0.3, 1e-12);
    g_assert_cmpfloat_with_epsilon(estimate.high, 9.1125, 1e-12);
    g_assert_true(isnan(estimate_of(none, 1).value));
    g_assert_true(isnan(estimate_of(values, 0).value));
    estimate = estimate_of(one, 2);
    g_assert_cmpfloat(estimate.value, ==, 2);
    g_assert_true(isnan(estimate.low) && isnan(estimate.high));
}

/* The spread of resampled means is that of the normal law: 1.96 standard errors either way. */
static void
test_bootstrap(void)
{
    double values[400];
    Estimate estimate, again;

    for (int i = 0; i < 400; i++)
        values[i] = i % 2;
    estimate = estimate_mean(values, 400, 5);
    again = estimate_mean(values, 400, 5);
    g_assert_cmpfloat(estimate.value, ==, 0.5);
    g_assert_cmpfloat_with_epsilon(estimate.low, 0.5 - 1.96 * 0.025, 0.006);
    g_assert_cmpfloat_with_epsilon(estimate.high, 0.5 + 1.96 * 0.025, 0.006);
    g_assert_cmpfloat(estimate.low, ==, again.low);
    g_assert_cmpfloat(estimate.high, ==, again.high);
}

static void
test_ratio(void)
{
    const double parts[] = {1, NAN, 3, 0}, wholes[] = {2, 8, 4, 2}, zeros[] = {0, 0, 0, 0};
    Estimate estimate = estimate_ratio(parts, wholes, 4, 1);

    g_assert_cmpfloat(estimate.value, ==, 0.5);
    g_assert_cmpfloat(estimate.low, >=, 0);
    g_assert_cmpfloat(estimate.high, <=, 0.75);
    g_assert_cmpfloat(estimate.low, <, 0.5);
    g_assert_cmpfloat(estimate.high, >, 0.5);
    g_assert_true(isnan(estimate_ratio(parts, zeros, 4, 1).value));
    g_assert_true(isnan(estimate_ratio(parts, wholes, 0, 1).value));
    g_assert_true(isnan(estimate_ratio(parts, wholes, 1, 1).low));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/estimate/repeated", test_repeated);
    g_test_add_func("/estimate/bootstrap", test_bootstrap);
    g_test_add_func("/estimate/ratio", test_ratio);
    return g_test_run();
}
