/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution and its gradients on Vulkan as implicit matrix products: nothing is unfolded in
 * memory. NCHW, f32, any kernel, stride and padding; padding below and right follows from oh, ow.
 * Sums have a fixed order: the same device gives the same bits. */
#pragma once

#include "compute/op.h"

typedef struct {
    int64_t n, c, h, w; /* x (N, C, H, W) */
    int64_t m, r, s;    /* weight (M, C, R, S) */
    int64_t oh, ow;     /* y (N, M, OH, OW) */
    int stride, pad_top, pad_left;
} Conv2dSizes;

/* y = x * weight + bias; bias (M) may be NULL. */
void conv2d_dispatch(Dispatcher *d, const Conv2dSizes *sizes, Tensor *x, Tensor *weight,
                     Tensor *bias, Tensor *y);
/* dx (N, C, H, W) from dy (N, M, OH, OW). */
void conv2d_dx_dispatch(Dispatcher *d, const Conv2dSizes *sizes, Tensor *dy, Tensor *weight,
                        Tensor *dx);
/* dw (M, C, R, S). */
void conv2d_dw_dispatch(Dispatcher *d, const Conv2dSizes *sizes, Tensor *x, Tensor *dy, Tensor *dw);
/* db (M): the sum of dy over N, OH, OW. */
void conv2d_db_dispatch(Dispatcher *d, const Conv2dSizes *sizes, Tensor *dy, Tensor *db);
