/* SPDX-License-Identifier: Apache-2.0 */
/* Group normalisation on the CPU. Statistics and sums in double; a thread takes whole groups, or
 * whole channels, so the result does not depend on the number of threads. */
#include "compute/cpu/fast_math.h"
#include "compute/cpu/parallel.h"
#include "compute/ops/group_norm.h"
#include "compute/ops/sums.h"

#include <math.h>

#define BLOCK 2048 /* floats of g that stay in the first-level cache */

/* What a channel's pixels are normalised with. */
typedef struct {
    float mean, rstd, weight, bias;
    bool silu;
} Channel;

/* y may be x. */
CPU_CLONES static void
channel_apply(int64_t n, const float *x, const Channel *channel, float *y)
{
    const float mean = channel->mean, factor = channel->rstd * channel->weight;
    const float bias = channel->bias;
    if (!channel->silu) {
#pragma GCC ivdep
        for (int64_t i = 0; i < n; i++)
            y[i] = (x[i] - mean) * factor + bias;
        return;
    }
#pragma GCC ivdep
    for (int64_t i = 0; i < n; i++) {
        float z = (x[i] - mean) * factor + bias;
        y[i] = z * fast_sigmoidf(z);
    }
}

/* g = dL/dz and xhat = (x - mean) rstd of n pixels */
CPU_CLONES static void
channel_slopes(int64_t n, const float *restrict x, const float *restrict dy, const Channel *channel,
               float *restrict g, float *restrict xhat)
{
    const float mean = channel->mean, rstd = channel->rstd;
    const float weight = channel->weight, bias = channel->bias;
    if (!channel->silu) {
        for (int64_t i = 0; i < n; i++) {
            xhat[i] = (x[i] - mean) * rstd;
            g[i] = dy[i];
        }
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        float value = (x[i] - mean) * rstd, z = value * weight + bias, s = fast_sigmoidf(z);
        xhat[i] = value;
        g[i] = dy[i] * s * (1.0f + z * (1.0f - s));
    }
}

CPU_CLONES static void
channel_dx(int64_t n, const float *restrict g, const float *restrict xhat, float weight,
           float mean_g, float mean_gx, float rstd, float *restrict dx)
{
    for (int64_t i = 0; i < n; i++)
        dx[i] = rstd * (weight * g[i] - mean_g - xhat[i] * mean_gx);
}

static Channel
channel_of(const GroupNormSizes *z, int64_t image, int64_t c, const float *weight,
           const float *bias, const float *stats)
{
    const float *at = stats + (image * z->groups + c / (z->c / z->groups)) * 2;
    return (Channel){at[0], at[1], weight[c], bias[c], z->silu};
}

void
group_norm_cpu(const GroupNormSizes *z, const float *x, const float *weight, const float *bias,
               float *y, float *stats)
{
    const int64_t per_group = z->c / z->groups, count = per_group * z->pixels;
#pragma omp parallel for schedule(static) if (z->n * z->c * z->pixels > 8192)
    for (int64_t k = 0; k < z->n * z->groups; k++) {
        double mean, squares;
        floats_moments(count, x + k * count, &mean, &squares);
        stats[2 * k] = (float)mean;
        stats[2 * k + 1] = (float)(1.0 / sqrt(squares / (double)count + (double)z->eps));
        for (int64_t i = 0; i < per_group; i++) {
            int64_t c = k % z->groups * per_group + i, at = k * count + i * z->pixels;
            Channel channel = channel_of(z, k / z->groups, c, weight, bias, stats);
            channel_apply(z->pixels, x + at, &channel, y + at);
        }
    }
}

void
group_norm_cpu_sums(const GroupNormSizes *z, const float *x, const float *dy, const float *weight,
                    const float *bias, const float *stats, float *sums)
{
#pragma omp parallel for schedule(static) if (z->n * z->c * z->pixels > 8192)
    for (int64_t k = 0; k < z->n * z->c; k++) {
        Channel channel = channel_of(z, k / z->c, k % z->c, weight, bias, stats);
        float g[BLOCK], xhat[BLOCK];
        double sum_g = 0, sum_gx = 0;
        for (int64_t i = 0; i < z->pixels; i += BLOCK) {
            int64_t n = MIN(BLOCK, z->pixels - i), at = k * z->pixels + i;
            channel_slopes(n, x + at, dy + at, &channel, g, xhat);
            sum_g += floats_sum(n, g);
            sum_gx += floats_dot(n, g, xhat);
        }
        sums[2 * k] = (float)sum_g;
        sums[2 * k + 1] = (float)sum_gx;
    }
}

void
group_norm_cpu_dx(const GroupNormSizes *z, const float *x, const float *dy, const float *weight,
                  const float *bias, const float *stats, const float *sums, float *dx)
{
    const int64_t per_group = z->c / z->groups;
    const double count = (double)(per_group * z->pixels);
#pragma omp parallel for schedule(static) if (z->n * z->c * z->pixels > 8192)
    for (int64_t k = 0; k < z->n * z->c; k++) {
        Channel channel = channel_of(z, k / z->c, k % z->c, weight, bias, stats);
        double mean_g = 0, mean_gx = 0;
        int64_t first = k % z->c / per_group * per_group;
        for (int64_t c = first; c < first + per_group; c++) {
            const float *at = sums + (k / z->c * z->c + c) * 2;
            mean_g += (double)weight[c] * (double)at[0] / count;
            mean_gx += (double)weight[c] * (double)at[1] / count;
        }
        float g[BLOCK], xhat[BLOCK];
        for (int64_t i = 0; i < z->pixels; i += BLOCK) {
            int64_t n = MIN(BLOCK, z->pixels - i), at = k * z->pixels + i;
            channel_slopes(n, x + at, dy + at, &channel, g, xhat);
            channel_dx(n, g, xhat, channel.weight, (float)mean_g, (float)mean_gx, channel.rstd,
                       dx + at);
        }
    }
}
