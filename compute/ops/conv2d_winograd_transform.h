/* SPDX-License-Identifier: Apache-2.0 */
/* The three transforms of F(4x4, 3x3), for many tiles at once, a tile a lane. Point p = 6 i + j is
 * row i, column j of the transformed square. */
#pragma once

#include <stdint.h>

#define WINOGRAD_POINTS 36
#define WINOGRAD_LANES 48 /* tiles at most in one call */

/* d[6 k ...]: splits a row of pixels into what each of n tiles sees of it:
 * d[k * WINOGRAD_LANES + i] = x[4 i + k], k < 6 */
void winograd_split(int64_t n, const float *x, float *d);
/* d (6, 6, WINOGRAD_LANES): rows as winograd_split makes them -> v[p * stride + i] */
void winograd_input(int64_t n, const float *d, float *v, int64_t stride);
/* m[p * stride + i] -> y (4, 4 * WINOGRAD_LANES): four rows of pixels */
void winograd_output(int64_t n, const float *m, int64_t stride, float *y);
/* The kernels of n channels, 9 taps each from w[c * channel_stride + tap[t]] -> u[p * stride + c]
 */
void winograd_weights(int64_t n, const float *w, int64_t channel_stride, const int *tap, float *u,
                      int64_t stride);
