/* SPDX-License-Identifier: Apache-2.0 */
/* The matrix product on Vulkan, shared by op_linear, op_matmul and their gradients.
 * out[b] (M, N) = op(a[b]) (M, K) op(b[b]) (K, N) + bias (N), f32, rows contiguous. A long sum over
 * few outputs (weight gradients) is split over K and added up in a fixed order. */
#pragma once

#include "compute/op.h"

typedef struct {
    int64_t batch, m, n, k;
    bool trans_a; /* a is stored (K, M) */
    bool trans_b; /* b is stored (N, K), as a linear layer's weight is */
    /* elements from one batch item to the next; 0: every item uses the same matrix */
    int64_t stride_a, stride_b, stride_out;
} MatmulSizes;

/* bias may be NULL. Records one or two dispatches. batch, m, n, k >= 1. */
void matmul_dispatch(Dispatcher *d, const MatmulSizes *sizes, Tensor *a, Tensor *b, Tensor *bias,
                     Tensor *out);
/* The same with the bias along rows: bias (M), as a 1 x 1 convolution has it. */
void matmul_dispatch_biased(Dispatcher *d, const MatmulSizes *sizes, Tensor *a, Tensor *b,
                            Tensor *bias, bool bias_along_rows, Tensor *out);
