/* SPDX-License-Identifier: Apache-2.0 */
/* How a product of (rows, k) by (k, cols) is spread over work groups: what the users of
 * shaders/gemm.glsl share. The choice depends on sizes alone, so results do not depend on the
 * machine's load. */
#pragma once

#include "compute/op.h"

typedef struct {
    bool large;         /* take the shader NAME_large */
    uint32_t threads_m; /* specialization constant THREADS_M */
    uint32_t gx, gy;    /* tiles along cols and rows */
    uint32_t splits;    /* parts of the sum over k */
} GemmGrid;

/* n_items: products of this size in one dispatch. */
GemmGrid gemm_grid(int64_t rows, int64_t cols, int64_t k, int64_t n_items);

/* Where the parts of out go: out itself when there is one, else scratch. Lowers grid->splits where
 * the device cannot hold so many. */
Tensor *gemm_parts(Dispatcher *d, GemmGrid *grid, Tensor *out);
/* Adds the parts up into out, with bias (n_bias numbers, bias[i / inner % n_bias]) or NULL. Does
 * nothing when there is one part. */
void gemm_sum_parts(Dispatcher *d, const GemmGrid *grid, Tensor *parts, Tensor *bias, int64_t inner,
                    Tensor *out);
