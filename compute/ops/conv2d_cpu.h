/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution and its gradients on the CPU, NCHW f32, any kernel, stride and padding. Works tile by
 * tile on packed copies that stay in a core's cache; nothing is unfolded. Sums have a fixed order,
 * whatever the number of threads. */
#pragma once

#include "compute/ops/conv2d_vulkan.h" /* Conv2dSizes */

/* y = x * weight + bias; bias (M) may be NULL. */
void conv2d_cpu(const Conv2dSizes *sizes, const float *x, const float *weight, const float *bias,
                float *y);
/* dx (N, C, H, W) from dy (N, M, OH, OW). */
void conv2d_cpu_dx(const Conv2dSizes *sizes, const float *dy, const float *weight, float *dx);
/* dw (M, C, R, S). */
void conv2d_cpu_dw(const Conv2dSizes *sizes, const float *x, const float *dy, float *dw);
