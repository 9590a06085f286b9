/* SPDX-License-Identifier: Apache-2.0 */
/* Distances against values known from elsewhere. */
#include "app/evaluate/fidelity/divergence.h"

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

/* scipy 1.10: distance.jensenshannon(p, q, 2)**2, abs(p - q).sum() / 2, the norm of the difference
 * of the roots over the root of 2, and stats.wasserstein_distance(places, places, a, b). */
static void
test_scipy(void)
{
    const guint64 a[6] = {12, 0, 5, 33, 7, 1}, b[6] = {3, 9, 0, 20, 20, 2};
    const double places[6] = {-3, -1, 0, 2.5, 7, 20};

    g_assert_cmpfloat_with_epsilon(jensen_shannon(a, b, 6), 0.22586347376661356, 1e-12);
    g_assert_cmpfloat_with_epsilon(total_variation(a, b, 6), 0.4361430395913155, 1e-12);
    g_assert_cmpfloat_with_epsilon(hellinger(a, b, 6), 0.44389661704997846, 1e-12);
    g_assert_cmpfloat_with_epsilon(wasserstein_1_binned(a, b, places, 6), 1.965197956577267, 1e-12);
}

/* The same, nothing in common, and nothing. */
static void
test_ends(void)
{
    const guint64 a[3] = {2, 1, 0}, same[3] = {4, 2, 0}, other[3] = {0, 0, 9}, none[3] = {0};
    const double places[3] = {1, 2, 5};
    double (*const measures[])(const guint64 *, const guint64 *,
                               int) = {jensen_shannon, total_variation, hellinger};

    for (guint i = 0; i < G_N_ELEMENTS(measures); i++) {
        g_assert_cmpfloat_with_epsilon(measures[i](a, same, 3), 0, 1e-12);
        g_assert_cmpfloat_with_epsilon(measures[i](a, other, 3), 1, 1e-12);
        g_assert_true(isnan(measures[i](a, none, 3)));
        g_assert_true(isnan(measures[i](none, none, 3)));
        g_assert_true(isnan(measures[i](a, same, 0)));
    }
    g_assert_cmpfloat_with_epsilon(wasserstein_1_binned(a, same, places, 3), 0, 1e-12);
    g_assert_cmpfloat_with_epsilon(wasserstein_1_binned(a, other, places, 3), 11.0 / 3, 1e-12);
    g_assert_true(isnan(wasserstein_1_binned(none, other, places, 3)));
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
    g_test_add_func("/divergence/scipy", test_scipy);
    g_test_add_func("/divergence/ends", test_ends);
    g_test_add_func("/divergence/wasserstein", test_wasserstein);
    g_test_add_func("/divergence/quantile", test_quantile);
    return g_test_run();
}
