/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution and its gradients on the CPU, NCHW f32, any kernel, stride and padding. Works tile by
 * tile on packed copies that stay in a core's cache; nothing is unfolded. Sums have a fixed order
 * for a given number of threads. */
#pragma once

#include <stdint.h>

typedef struct {
    int64_t n, c, h, w; /* x (N, C, H, W) */
    int64_t m, r, s;    /* weight (M, C, R, S) */
    int64_t oh, ow;     /* y (N, M, OH, OW) */
    int stride, pad_top, pad_left;
} ConvSizes;

/* y = x * weight + bias; bias (M) may be NULL. */
void conv2d_cpu(const ConvSizes *sizes, const float *x, const float *weight, const float *bias,
                float *y);
/* dx (N, C, H, W) from dy (N, M, OH, OW). */
void conv2d_cpu_dx(const ConvSizes *sizes, const float *dy, const float *weight, float *dx);
/* dw (M, C, R, S). */
void conv2d_cpu_dw(const ConvSizes *sizes, const float *x, const float *dy, float *dw);
