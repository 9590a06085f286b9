/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of rows of floats. Sixteen running sums, so that they vectorise without reordering. */
#include "compute/ops/sums.h"

#include "compute/cpu/parallel.h"

#define LANES 16
#define BLOCK 4096 /* floats that stay in the first-level cache between two passes */

static inline double
lanes_total(const double *lanes)
{
    double total = 0;
    for (int i = 0; i < LANES; i++)
        total += lanes[i];
    return total;
}

CPU_CLONES double
floats_sum(int64_t n, const float *x)
{
    double lanes[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++)
            lanes[j] += (double)x[i + j];
    for (; i < n; i++)
        lanes[0] += (double)x[i];
    return lanes_total(lanes);
}

CPU_CLONES double
floats_dot(int64_t n, const float *x, const float *y)
{
    double lanes[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++)
            lanes[j] += (double)x[i + j] * (double)y[i + j];
    for (; i < n; i++)
        lanes[0] += (double)x[i] * (double)y[i];
    return lanes_total(lanes);
}

CPU_CLONES static double
squares_about(int64_t n, const float *x, double mean)
{
    double lanes[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++)
            lanes[j] += ((double)x[i + j] - mean) * ((double)x[i + j] - mean);
    for (; i < n; i++)
        lanes[0] += ((double)x[i] - mean) * ((double)x[i] - mean);
    return lanes_total(lanes);
}

void
floats_moments(int64_t n, const float *x, double *mean, double *sum_squares)
{
    double m = 0, s = 0;
    for (int64_t first = 0; first < n; first += BLOCK) {
        int64_t count = n - first < BLOCK ? n - first : BLOCK;
        double block_mean = floats_sum(count, x + first) / (double)count;
        double distance = block_mean - m, total = (double)(first + count);
        s += squares_about(count, x + first, block_mean) +
             distance * distance * (double)first * (double)count / total;
        m += distance * (double)count / total;
    }
    *mean = m;
    *sum_squares = s;
}
