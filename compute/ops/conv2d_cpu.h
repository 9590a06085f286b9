/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution and its gradients on the CPU, NCHW f32, any kernel, stride and padding. Works tile by
 * tile on packed copies that stay in a core's cache; nothing is unfolded. Sums have a fixed order,
 * whatever the number of threads. */
#pragma once

#include "compute/ops/conv2d_vulkan.h" /* Conv2dSizes */

/* What is added to a convolution: each may be NULL. */
typedef struct {
    const float *bias;    /* (M) */
    const float *channel; /* (N, M) */
    const float *image;   /* (N, M, OH, OW), may be y itself */
} Conv2dSum;

/* y = x * weight + sum */
void conv2d_cpu(const Conv2dSizes *sizes, const float *x, const float *weight, const Conv2dSum *sum,
                float *y);
/* dx (N, C, H, W) from dy (N, M, OH, OW). */
void conv2d_cpu_dx(const Conv2dSizes *sizes, const float *dy, const float *weight, float *dx);
/* dw (M, C, R, S). */
void conv2d_cpu_dw(const Conv2dSizes *sizes, const float *x, const float *dy, float *dw);
