// SPDX-License-Identifier: Apache-2.0
//
// Rng: MT19937 (Matsumoto and Nishimura 1998) and the draws of PyTorch's CPU generator.
#include "compute/sample/rng.h"

#include <math.h>

#include "compute/weights.h"

#define N 624
#define M 397

void
rng_init(Rng *rng, uint64_t seed)
{
    *rng = (Rng){.n_used = N};
    rng->state[0] = (uint32_t)seed;
    for (uint32_t i = 1; i < N; i++)
        rng->state[i] = 1812433253u * (rng->state[i - 1] ^ rng->state[i - 1] >> 30) + i;
}

Rng *
rng_new(uint64_t seed)
{
    Rng *rng = g_new(Rng, 1);

    rng_init(rng, seed);
    return rng;
}

void
rng_free(Rng *rng)
{
    g_free(rng);
}

static void
renew(Rng *rng)
{
    uint32_t *state = rng->state;

    for (int i = 0; i < N; i++) {
        uint32_t word = (state[i] & 0x80000000u) | (state[(i + 1) % N] & 0x7fffffffu);
        state[i] = state[(i + M) % N] ^ word >> 1 ^ (word & 1 ? 0x9908b0dfu : 0);
    }
    rng->n_used = 0;
}

uint32_t
rng_next(Rng *rng)
{
    uint32_t word;

    if (rng->n_used >= N)
        renew(rng);
    word = rng->state[rng->n_used++];
    word ^= word >> 11;
    word ^= word << 7 & 0x9d2c5680u;
    word ^= word << 15 & 0xefc60000u;
    return word ^ word >> 18;
}

void
rng_uniform(Rng *rng, float *out, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = (float)(rng_next(rng) & 0xffffff) * 0x1p-24f;
}

double
rng_double(Rng *rng)
{
    uint64_t high = rng_next(rng);

    return (double)((high << 32 | rng_next(rng)) & ((UINT64_C(1) << 53) - 1)) * 0x1p-53;
}

uint32_t
rng_int(Rng *rng, uint32_t n)
{
    g_return_val_if_fail(n > 0, 0);
    return rng_next(rng) % n;
}

void
rng_shuffle(Rng *rng, int *items, int n)
{
    for (int i = n - 1; i > 0; i--) {
        int other = rng_int(rng, i + 1), item = items[i];
        items[i] = items[other];
        items[other] = item;
    }
}

/* 16 uniforms become 16 normals; element j is paired with j + 8. */
static void
box_muller_16(float *block)
{
    for (int j = 0; j < 8; j++) {
        double radius = sqrt(-2.0 * log(1.0 - block[j])), angle = 2.0 * G_PI * block[j + 8];
        block[j] = (float)(radius * cos(angle));
        block[j + 8] = (float)(radius * sin(angle));
    }
}

static double
small_normal(Rng *rng)
{
    double angle, radius;

    if (rng->has_spare) {
        rng->has_spare = false;
        return rng->spare;
    }
    angle = 2.0 * G_PI * rng_double(rng);
    radius = sqrt(-2.0 * log1p(-rng_double(rng)));
    rng->spare = radius * sin(angle);
    rng->has_spare = true;
    return radius * cos(angle);
}

void
rng_normal(Rng *rng, float *out, int64_t n)
{
    if (n < 16) {
        for (int64_t i = 0; i < n; i++)
            out[i] = (float)small_normal(rng);
        return;
    }
    rng_uniform(rng, out, n);
    for (int64_t i = 0; i + 16 <= n; i += 16)
        box_muller_16(out + i);
    if (n % 16) {
        rng_uniform(rng, out + n - 16, 16);
        box_muller_16(out + n - 16);
    }
}

/* --- 16 bits --- */

static float
rounded(RngRounding rounding, double value)
{
    if (rounding == RNG_F16)
        return weights_f32_from_f16(weights_f16_from_f32((float)value));
    return weights_f32_from_bf16(weights_bf16_from_f32((float)value));
}

/* normal_fill_16 of ATen, whose every operation is rounded. */
static void
rounded_16(RngRounding rounding, float *block)
{
    for (int j = 0; j < 8; j++) {
        float u = 1 - block[j], product = rounded(rounding, -2 * rounded(rounding, logf(u)));
        float radius = rounded(rounding, sqrtf(product));
        float angle = rounded(rounding, 2.0 * G_PI * block[j + 8]);

        block[j] = rounded(rounding, radius * rounded(rounding, cosf(angle)));
        block[j + 8] = rounded(rounding, radius * rounded(rounding, sinf(angle)));
    }
}

static void
rounded_uniform(Rng *rng, RngRounding rounding, float *out, int64_t n)
{
    uint32_t bits = rounding == RNG_F16 ? 11 : 8;

    for (int64_t i = 0; i < n; i++)
        out[i] = (float)(rng_next(rng) & ((1u << bits) - 1)) / (float)(1u << bits);
}

void
rng_normal_rounded(Rng *rng, RngRounding rounding, float *out, int64_t n)
{
    if (n < 16) {
        for (int64_t i = 0; i < n; i++)
            out[i] = rounded(rounding, small_normal(rng));
        return;
    }
    rounded_uniform(rng, rounding, out, n);
    for (int64_t i = 0; i + 16 <= n; i += 16)
        rounded_16(rounding, out + i);
    if (n % 16) {
        rounded_uniform(rng, rounding, out + n - 16, 16);
        rounded_16(rounding, out + n - 16);
    }
}
