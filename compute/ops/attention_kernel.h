/* SPDX-License-Identifier: Apache-2.0 */
/* What attention does between its matrix products, for every instruction set. Scores are held
 * transposed, (keys, width) with a query a lane and width = TILE_MAX_VECTORS * lanes, so that
 * nothing is ever summed across a vector. All exponentials are to base 2. */
#pragma once

#include <stdint.h>

typedef struct {
    /* A chunk of scores s (n_keys, width) becomes 2^(s - max), where max and sum (width) go on from
     * the chunks before; factor (width): what those have to be multiplied with. */
    void (*softmax)(int64_t n_keys, float *s, float *max, float *sum, float *factor);
    /* s becomes p = 2^(s - lse), ds (the gradient of p) that of the scores: p (ds - delta). */
    void (*gradient)(int64_t n_keys, float *s, float *ds, const float *lse, const float *delta);
} AttentionKernels;

/* Of the same width as tile_kernels(). */
const AttentionKernels *attention_kernels(void);
