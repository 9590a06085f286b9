/* SPDX-License-Identifier: Apache-2.0 */
/* 3x3 convolution of stride 1 by Winograd's minimal filtering F(4x4, 3x3) (Lavin & Gray,
 * arXiv:1509.09308): 36 products make 16 points where the plain sum takes 144. The points of
 * interpolation are 0, +-1/sqrt 2, +-sqrt 2 and infinity, whose rounding error is near that of the
 * plain sum (Barabasz et al., arXiv:1803.10986); those in common use, 0, +-1, +-2, lose ten times
 * as much. Nothing depends on the number of threads. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int64_t n, channels, in_h, in_w; /* source (n, channels, in_h, in_w) */
    int64_t rows, out_h, out_w;      /* out (n, rows, out_h, out_w) */
    int64_t pad_top, pad_left;       /* point (0, 0) sees the source from (-pad_top, -pad_left) */
    const float *source;
    const float *weight;                /* 9 taps in row order for each (row, channel) */
    int64_t row_stride, channel_stride; /* of weight, in floats */
    bool flipped;                       /* the taps in reverse order: the gradient by x */
    const float *bias;                  /* (rows) or NULL */
    int64_t bias_stride; /* from one image's to the next's, 0 where all have the same */
    const float *add;    /* of out's size, added to it, or NULL; may be out */
    float *out;
} WinogradJob;

/* Whether it is worth it for these sizes. */
bool winograd_pays(const WinogradJob *job);
void winograd_run(const WinogradJob *job);
