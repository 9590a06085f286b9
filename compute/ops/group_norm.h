/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels of group normalisation; compute/ops/group_norm.c says what they compute. */
#pragma once

#include "compute/op.h"

typedef struct {
    int64_t n, c, pixels; /* x (N, C, ...) with that many pixels */
    int64_t groups;
    float eps;
    bool silu;
} GroupNormSizes;

/* x, y (N, C, pixels) weight, bias (C) stats (N, groups, 2): mean, 1 / sqrt(variance + eps) */
void group_norm_cpu(const GroupNormSizes *sizes, const float *x, const float *weight,
                    const float *bias, float *y, float *stats);
/* sums (N, C, 2): over pixels of g, and of g (x - mean) rstd */
void group_norm_cpu_sums(const GroupNormSizes *sizes, const float *x, const float *dy,
                         const float *weight, const float *bias, const float *stats, float *sums);
void group_norm_cpu_dx(const GroupNormSizes *sizes, const float *x, const float *dy,
                       const float *weight, const float *bias, const float *stats,
                       const float *sums, float *dx);

/* The same on Vulkan; in and out as the nodes have them. */
void group_norm_dispatch(Dispatcher *d, const GroupNormSizes *sizes, Tensor *const *in,
                         Tensor *const *out);
void group_norm_sums_dispatch(Dispatcher *d, const GroupNormSizes *sizes, Tensor *const *in,
                              Tensor *sums);
void group_norm_dx_dispatch(Dispatcher *d, const GroupNormSizes *sizes, Tensor *const *in,
                            Tensor *dx);
