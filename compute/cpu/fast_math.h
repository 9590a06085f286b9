/* SPDX-License-Identifier: Apache-2.0 */
/* Branch-free float functions that GCC vectorises inside CPU_CLONES loops. Accuracy against the
 * exact value, over all finite arguments (tests/compute/test_fast_math.c checks it):
 *   fast_expf      1.5 ulp; 0 below -86.9 (no subnormals), inf above 88.73; NaN stays NaN
 *   fast_erff      1.2 ulp
 *   fast_sigmoidf  3 ulp, for arguments above -86.9
 * The erf polynomial is N. Juffa's minimax form (public, stackoverflow.com/a/35148199). */
#pragma once

#include <stdint.h>
#include <string.h>

static inline float
fast_expf(float x)
{
    const float round = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer */
    float bounded = x > 88.8f ? 88.8f : x;
    bounded = bounded < -87.4f ? -87.4f : bounded;
    float shifted = bounded * 1.442695041f + round;
    float n = shifted - round;
    float r = bounded - n * 0.693359375f; /* ln 2 in two parts, the first exact times n */
    r = r + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 126u) << 23; /* 2^(n-1): n may be 128 */
    float half_scale;
    memcpy(&half_scale, &bits, sizeof half_scale);
    float y = p * half_scale * 2.0f;
    return x < -86.9f ? 0.0f : y;
}

static inline float
fast_absf(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits &= 0x7fffffffu;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline float
fast_erff(float x)
{
    float t = fast_absf(x);
    t = t > 4.0f ? 4.0f : t; /* erff is 1 from 3.92 on */
    float s = t * t;
    /* |x| > 0.92: 1 - exp(-polynomial of |x|) */
    float a = 0x1.222900p-16f * t - 0x1.91d2ccp-12f;
    float b = 0x1.fd1336p-9f * t - 0x1.8d6300p-6f;
    a = a * s + b;
    a = a * t + 0x1.b55cb0p-4f;
    a = a * t + 0x1.450aa0p-1f;
    a = a * t + 0x1.079d0cp-3f;
    a = a * t + t;
    a = 1.0f - fast_expf(-a);
    a = x < 0.0f ? -a : a;
    /* else an odd polynomial */
    float c = -0x1.3a1a82p-11f;
    c = c * s + 0x1.473f48p-8f;
    c = c * s - 0x1.b68bd2p-6f;
    c = c * s + 0x1.ce1a46p-4f;
    c = c * s - 0x1.8126e0p-2f;
    c = c * s + 0x1.06eba6p-3f;
    c = c * x + x;
    return t > 0.921875f ? a : c;
}

static inline float
fast_sigmoidf(float x)
{
    return 1.0f / (1.0f + fast_expf(-x));
}
