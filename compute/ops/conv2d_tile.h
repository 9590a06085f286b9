/* SPDX-License-Identifier: Apache-2.0 */
/* How convolution walks an image. A pass computes a grid of points: point (j, i) sums over
 * channels c and taps (a, b) of a source plane at row j * step + first_row + a, column
 * i * step + first_col + b, zero outside. The forward convolution is one pass; its gradient by x is
 * stride * stride passes with step 1, one for every phase of the rows and columns of x.
 * A tile is a part of the grid with its source pixels packed: for each channel the step * step
 * phases of rows and columns as planes of plane_rows x pitch, so that a tap is one distance. */
#pragma once

#include "compute/cpu/tile_kernel.h"

typedef struct {
    int64_t channels, in_h, in_w; /* one source image (channels, in_h, in_w) */
    int64_t grid_h, grid_w;
    int64_t taps_h, taps_w;
    int64_t first_row, first_col;
    int64_t step;
} ConvPass;

/* The size of tiles for a pass, and of the packed copy of one. */
typedef struct {
    int64_t tile_h, tile_w; /* points, at most */
    int64_t chunk;          /* channels packed at a time */
    int64_t n_down, n_across;
    int64_t scratch; /* floats of the packed copy, with what vectors read past its end */
} ConvTiling;

typedef struct {
    int64_t row, col, h, w; /* of the grid */
    int64_t plane_rows, pitch;
} ConvTile;

void conv_tiling_init(ConvTiling *tiling, const ConvPass *pass, int64_t max_chunk);
/* The index-th tile, row by row. */
void conv_tile_init(ConvTile *tile, const ConvPass *pass, const ConvTiling *tiling, int64_t index);
/* Copies the source pixels of the tile, channels first .. first + n - 1. */
void conv_tile_pack(const ConvTile *tile, const ConvPass *pass, const float *source, int64_t first,
                    int64_t n, float *packed);
/* Undefined floats, aligned for vectors. */
float *conv_scratch_new(int64_t n);
void conv_scratch_free(float *scratch);
/* taps[(c * taps_h + a) * taps_w + b].x for n channels; .w is left alone. */
void conv_tile_taps(const ConvTile *tile, const ConvPass *pass, int64_t n, TileTap *taps);
