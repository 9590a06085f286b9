/* SPDX-License-Identifier: Apache-2.0 */
/* The inner loops of convolution on the CPU. Both work on a tile of the image that was packed so
 * that every tap (input channel, kernel row, kernel column) of a run of pixels lies at a constant
 * distance from the run: no unfolding, a kernel of any shape is a list of distances. */
#pragma once

#include <stdint.h>

#define TILE_MAX_ROWS 8    /* output channels at a time */
#define TILE_MAX_VECTORS 3 /* runs of `lanes` pixels at a time */
#define TILE_MAX_LANES 16

/* Where one tap lies, in floats: from the start of a run of pixels, and in the weights. */
typedef struct {
    int32_t x, w;
} TileTap;

typedef struct {
    const char *name;
    int lanes;  /* floats of a vector */
    int n_rows; /* output channels a call takes at most */
    /* sums[m][v * lanes + i] = sum over taps of w[tap.w + m * w_stride] * x[v][tap.x + i] */
    void (*forward)(int n_rows, int n_vectors, const float *const *x, const TileTap *taps,
                    int64_t n_taps, const float *w, int64_t w_stride, float *sums);
    /* sums[t * TILE_MAX_ROWS + m] = sum over i < n (a multiple of lanes) of
     * dy[m * dy_stride + i] * x[taps[t].x + i], for the three taps given */
    void (*dw)(int n_rows, const float *dy, int64_t dy_stride, const float *x, const TileTap *taps,
               int64_t n, float *sums);
} TileKernels;

/* The ones for this machine. */
const TileKernels *tile_kernels(void);
