/* SPDX-License-Identifier: Apache-2.0 */
/* Intervals against scipy 1.10: stats.t.ppf, stats.t.interval; of 49 degrees, where t.ppf is off in
 * the ninth digit (t.cdf says so), special.betaincinv. */
#include "app/evaluate/learn/interval.h"

#include <math.h>

static const double accuracies[5] = {.91, .88, .93, .9, .86};

static void
test_quantile(void)
{
    const double cases[][3] = {
        {.975, 1, 12.706204736432095}, {.975, 4, 2.7764451051977987},  {.975, 49, 2.00957523712924},
        {.9, 2.5, 1.730250928807177},  {.05, 10, -1.8124611228107341},
    };

    for (int i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpfloat_with_epsilon(student_t_quantile(cases[i][0], cases[i][1]), cases[i][2],
                                       1e-9);
}

static void
test_t(void)
{
    Interval interval = interval_t(accuracies, 5, 0.95);

    g_assert_cmpfloat_with_epsilon(interval.mean, 0.896, 1e-12);
    g_assert_cmpfloat_with_epsilon(interval.deviation, 0.027018512172212617, 1e-12);
    g_assert_cmpfloat_with_epsilon(interval.low, 0.8624520861507334, 1e-9);
    g_assert_cmpfloat_with_epsilon(interval.high, 0.9295479138492668, 1e-9);
    /* Nadeau and Bengio: half of the width times sqrt(1 / 5 + 1 / 4) instead of sqrt(1 / 5). */
    interval = interval_cross_validation(accuracies, 5, 0.25, 0.95);
    g_assert_cmpfloat_with_epsilon(interval.low, 0.8456781292261002, 1e-9);
    g_assert_cmpfloat_with_epsilon(interval.high, 0.9463218707739001, 1e-9);
    interval = interval_t(accuracies, 1, 0.95);
    g_assert_cmpfloat_with_epsilon(interval.mean, 0.91, 1e-12);
    g_assert_true(isnan(interval.low) && isnan(interval.high));
    g_assert_true(isnan(interval_t(accuracies, 0, 0.95).mean));
}

static double
largest(const int *indices, int n, gpointer data)
{
    double best = 0;

    for (int i = 0; i < n; i++)
        best = MAX(best, accuracies[indices[i]]);
    return best;
}

static void
test_bootstrap(void)
{
    double values[400];
    Interval interval, again, of_largest;

    for (int i = 0; i < 400; i++)
        values[i] = i % 4 == 0;
    interval = interval_bootstrap(values, 400, 4000, 7, 0.95);
    again = interval_bootstrap(values, 400, 4000, 7, 0.95);
    /* A share of 1/4 of 400: 0.25 +- 1.96 sqrt(0.25 * 0.75 / 400), by the normal law. */
    g_assert_cmpfloat_with_epsilon(interval.mean, 0.25, 1e-12);
    g_assert_cmpfloat_with_epsilon(interval.low, 0.2076, 0.004);
    g_assert_cmpfloat_with_epsilon(interval.high, 0.2924, 0.004);
    g_assert_true(interval.low == again.low && interval.high == again.high);
    of_largest = interval_bootstrap_of(5, largest, NULL, 1000, 1, 0.95);
    g_assert_cmpfloat_with_epsilon(of_largest.mean, 0.93, 1e-12);
    g_assert_cmpfloat_with_epsilon(of_largest.high, 0.93, 1e-12);
    g_assert_cmpfloat(of_largest.low, <, 0.93);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/learn/interval/quantile", test_quantile);
    g_test_add_func("/learn/interval/t", test_t);
    g_test_add_func("/learn/interval/bootstrap", test_bootstrap);
    return g_test_run();
}
