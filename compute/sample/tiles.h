/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles: a plane covered by equal tiles that overlap, and put together again without a seam. Both
 * directions are alike and apart from each other, so all is said of a line. */
#pragma once

/* length cells covered by n tiles of size cells, spread evenly. */
typedef struct {
    int length, size, n;
} TileLine;

/* Neighbours share at least overlap cells, 0 <= overlap < size. Where size reaches length there is
 * one tile of that length. */
TileLine tile_line(int length, int size, int overlap);
int tile_line_start(const TileLine *line, int i);
/* How much tile i counts at each of its cells, when each cell is scale wide: size * scale weights.
 * They rise and fall evenly over what is shared, and those of all tiles add up to 1, so between two
 * neighbouring cells of the result the tiles add a step of at most the difference of two tiles over
 * the width that they share. */
void tile_line_weights(const TileLine *line, int i, int scale, float *weights);

/* A window of planes (n, H, W). */
typedef struct {
    int n, height, width;
    int y, x, h, w;
} TileWindow;

/* planes -> tile (n, h, w) */
void tile_cut(const TileWindow *window, const float *planes, float *tile);
/* planes += tile * rows[y] * columns[x] */
void tile_add(const TileWindow *window, const float *tile, const float *rows, const float *columns,
              float *planes);
