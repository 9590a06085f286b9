/* SPDX-License-Identifier: Apache-2.0 */
/* exp, erf and sigmoid of compute/cpu/fast_math.h against the C library in double. */
#include "compute/cpu/fast_math.h"
#include "compute/cpu/parallel.h"

#include <glib.h>
#include <math.h>

#define BLOCK 4096
#define STRIDE 977 /* every 977th float */

typedef void (*Loop)(const float *x, float *y, int n);

CPU_CLONES static void
exp_loop(const float *x, float *y, int n)
{
    for (int i = 0; i < n; i++)
        y[i] = fast_expf(x[i]);
}

CPU_CLONES static void
erf_loop(const float *x, float *y, int n)
{
    for (int i = 0; i < n; i++)
        y[i] = fast_erff(x[i]);
}

CPU_CLONES static void
sigmoid_loop(const float *x, float *y, int n)
{
    for (int i = 0; i < n; i++)
        y[i] = fast_sigmoidf(x[i]);
}

static double
sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static double
unit_in_last_place(double value)
{
    float f = fabsf((float)value);
    return (double)(nextafterf(f, INFINITY) - f);
}

/* The largest error over the floats in low .. high, in units in the last place. */
static double
worst_error(Loop loop, double (*exact)(double), float low, float high)
{
    static float x[BLOCK], y[BLOCK];
    double worst = 0;
    for (uint64_t first = 0; first < (uint64_t)1 << 32; first += (uint64_t)BLOCK * STRIDE) {
        for (int i = 0; i < BLOCK; i++) {
            uint32_t bits = (uint32_t)(first + (uint64_t)i * STRIDE);
            memcpy(&x[i], &bits, sizeof bits);
            if (!(x[i] >= low && x[i] <= high) || fabsf(x[i]) < 1e-36f)
                x[i] = 0.5f;
        }
        loop(x, y, BLOCK);
        for (int i = 0; i < BLOCK; i++) {
            double expected = exact((double)x[i]);
            worst = fmax(worst, fabs((double)y[i] - expected) / unit_in_last_place(expected));
        }
    }
    return worst;
}

static void
test_exp(void)
{
    g_assert_cmpfloat(worst_error(exp_loop, exp, -86.9f, 88.72f), <=, 1.5);
    g_assert_cmpfloat(fast_expf(-INFINITY), ==, 0);
    g_assert_cmpfloat(fast_expf(-1000), ==, 0);
    g_assert_cmpfloat(fast_expf(0), ==, 1);
    g_assert_true(isinf(fast_expf(89)));
    g_assert_true(isinf(fast_expf(INFINITY)));
    g_assert_true(isnan(fast_expf(NAN)));
}

static void
test_erf(void)
{
    g_assert_cmpfloat(worst_error(erf_loop, erf, -1e30f, 1e30f), <=, 1.3);
    g_assert_cmpfloat(fast_erff(-INFINITY), ==, -1);
    g_assert_cmpfloat(fast_erff(INFINITY), ==, 1);
    g_assert_true(isnan(fast_erff(NAN)));
}

static void
test_sigmoid(void)
{
    g_assert_cmpfloat(worst_error(sigmoid_loop, sigmoid, -86.9f, 1e30f), <=, 3);
    g_assert_cmpfloat(fast_sigmoidf(-1000), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fast_math/exp", test_exp);
    g_test_add_func("/fast_math/erf", test_erf);
    g_test_add_func("/fast_math/sigmoid", test_sigmoid);
    return g_test_run();
}
