/* SPDX-License-Identifier: Apache-2.0 */
/* Distances against values known from elsewhere. */
#include "app/evaluate/divergence.h"

#include <math.h>

static void
test_jensen_shannon(void)
{
    const guint64 a[3] = {1, 1, 0}, b[3] = {0, 1, 1}, c[3] = {10, 10, 0}, none[3] = {0};
    const guint64 left[2] = {7, 0}, right[2] = {0, 3}, fair[2] = {1, 1}, loaded[2] = {9, 1};

    g_assert_cmpfloat_with_epsilon(jensen_shannon(a, c, 3), 0, 1e-12);
    g_assert_cmpfloat_with_epsilon(jensen_shannon(left, right, 2), 1, 1e-12);
    g_assert_cmpfloat_with_epsilon(jensen_shannon(a, b, 3), 0.5, 1e-12);
    /* By hand: H(0.7, 0.3) - (H(0.5, 0.5) + H(0.9, 0.1)) / 2 */
    g_assert_cmpfloat_with_epsilon(jensen_shannon(fair, loaded, 2), 0.14679310, 1e-7);
    g_assert_cmpfloat_with_epsilon(jensen_shannon(loaded, fair, 2), 0.14679310, 1e-7);
    g_assert_true(isnan(jensen_shannon(a, none, 3)));
}

static void
test_wasserstein(void)
{
    const float a[] = {0, 1, 3}, b[] = {5, 6, 8}, c[] = {0, 0, 1, 3}, d[] = {2};

    /* The examples of scipy.stats.wasserstein_distance, and what it says of the others. */
    g_assert_cmpfloat_with_epsilon(wasserstein_1(a, 3, b, 3), 5, 1e-9);
    g_assert_cmpfloat_with_epsilon(wasserstein_1(a, 3, a, 3), 0, 1e-9);
    g_assert_cmpfloat_with_epsilon(wasserstein_1(a, 3, c, 4), 1.0 / 3, 1e-7);
    g_assert_cmpfloat_with_epsilon(wasserstein_1(a, 3, d, 1), 4.0 / 3, 1e-7);
    g_assert_cmpfloat_with_epsilon(wasserstein_1(d, 1, a, 3), 4.0 / 3, 1e-7);
    g_assert_true(isnan(wasserstein_1(a, 3, d, 0)));
}

static void
test_quantile(void)
{
    float values[] = {3, 1, 2, 10};

    sort_sample(values, 4);
    g_assert_cmpfloat_with_epsilon(quantile(values, 4, 0), 1, 1e-9);
    g_assert_cmpfloat_with_epsilon(quantile(values, 4, 0.5), 2.5, 1e-9);
    g_assert_cmpfloat_with_epsilon(quantile(values, 4, 1), 10, 1e-9);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/divergence/jensen-shannon", test_jensen_shannon);
    g_test_add_func("/divergence/wasserstein", test_wasserstein);
    g_test_add_func("/divergence/quantile", test_quantile);
    return g_test_run();
}
