/* SPDX-License-Identifier: Apache-2.0 */
/* What the ops that update weights have in common: the gradient's factor, and whether there is a
 * step at all. A step whose gradients are not finite (the sum of their squares says it) changes
 * nothing, neither weights nor moments. */
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define STEP_GRAIN 16384 /* elements a thread takes at a time */

/* By its bits: the compiler may take comparisons with infinity for granted. */
static inline bool
step_is_finite(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (bits & 0x7f800000u) != 0x7f800000u;
}

/* sum (1) or NULL: the squared norm of all gradients. *clip: what the gradient is to be scaled by,
 * so that its norm is at most max_norm (0: any), as torch's clip_grad_norm_. False: no step. */
static inline bool
step_clip(float max_norm, const float *sum, float *clip)
{
    *clip = 1;
    if (!sum)
        return true;
    if (!step_is_finite(sum[0]))
        return false;
    if (max_norm > 0)
        *clip = fminf(1, max_norm / (sqrtf(sum[0]) + 1e-6f));
    return true;
}

/* 1 - beta, where beta stands for the nearest number of seven decimals: 1 - 0.999f would be 5e-5
 * too large, and with it the first update. */
static inline float
step_rest(float beta)
{
    return (float)(rint((1.0 - (double)beta) * 1e7) * 1e-7);
}
