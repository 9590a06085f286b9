/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles of a convolution: their size, and the packed copies of their source pixels. */
#include "compute/ops/conv2d_tile.h"

#include <glib.h>
#include <string.h>

#define PACKED_FLOATS (96 * 1024) /* of a packed tile: 384 KB, well inside a core's cache */
#define MAX_POINTS 8192           /* of a tile: enough tiles for many cores */
#define MAX_WIDTH 320             /* of a tile of a picture; a single row may be longer */
#define SLACK (2 * TILE_MAX_VECTORS * TILE_MAX_LANES)

static int64_t
parts_of(int64_t count, int64_t at_most)
{
    return (count + at_most - 1) / at_most;
}

void
conv_tiling_init(ConvTiling *tiling, const ConvPass *pass, int64_t max_chunk)
{
    int64_t extra_h = (pass->taps_h - 1) / pass->step, extra_w = (pass->taps_w - 1) / pass->step;
    int64_t phases = pass->step * pass->step;
    tiling->chunk = MIN(pass->channels, max_chunk);
    int64_t per_channel = MAX(PACKED_FLOATS / (tiling->chunk * phases), 1);
    int64_t width = MIN(pass->grid_h == 1 ? per_channel : MAX_WIDTH, MAX_POINTS);
    tiling->n_across = parts_of(pass->grid_w, width);
    /* whole vectors, so that only the last tile of a row has a remainder */
    tiling->tile_w =
        parts_of(parts_of(pass->grid_w, tiling->n_across), TILE_MAX_LANES) * TILE_MAX_LANES;
    tiling->tile_w = MIN(tiling->tile_w, pass->grid_w);
    tiling->n_across = parts_of(pass->grid_w, tiling->tile_w);
    int64_t height =
        MIN(per_channel / (tiling->tile_w + extra_w) - extra_h, MAX_POINTS / tiling->tile_w);
    tiling->n_down = parts_of(pass->grid_h, MAX(height, 1));
    tiling->tile_h = parts_of(pass->grid_h, tiling->n_down);
    tiling->n_down = parts_of(pass->grid_h, tiling->tile_h);
    tiling->scratch =
        tiling->chunk * phases * (tiling->tile_h + extra_h) * (tiling->tile_w + extra_w) + SLACK;
}

void
conv_tile_init(ConvTile *tile, const ConvPass *pass, const ConvTiling *tiling, int64_t index)
{
    tile->row = index / tiling->n_across * tiling->tile_h;
    tile->col = index % tiling->n_across * tiling->tile_w;
    tile->h = MIN(tiling->tile_h, pass->grid_h - tile->row);
    tile->w = MIN(tiling->tile_w, pass->grid_w - tile->col);
    tile->plane_rows = tile->h + (pass->taps_h - 1) / pass->step;
    tile->pitch = tile->w + (pass->taps_w - 1) / pass->step;
}

/* to[i] = from[first + i * step], zero outside 0 .. n_from - 1. */
static void
pack_row(const float *from, int64_t n_from, int64_t first, int64_t step, int64_t n, float *to)
{
    int64_t begin = first < 0 ? MIN((-first + step - 1) / step, n) : 0;
    int64_t end = first < n_from ? MIN((n_from - 1 - first) / step + 1, n) : begin;
    end = MAX(end, begin);
    for (int64_t i = 0; i < begin; i++)
        to[i] = 0;
    if (step == 1) {
        if (end > begin)
            memcpy(to + begin, from + first + begin, (size_t)(end - begin) * sizeof *to);
    } else {
        for (int64_t i = begin; i < end; i++)
            to[i] = from[first + i * step];
    }
    for (int64_t i = end; i < n; i++)
        to[i] = 0;
}

void
conv_tile_pack(const ConvTile *tile, const ConvPass *pass, const float *source, int64_t first,
               int64_t n, float *packed)
{
    const int64_t step = pass->step;
    for (int64_t c = first; c < first + n; c++) {
        const float *plane = source + c * pass->in_h * pass->in_w;
        for (int64_t phase = 0; phase < step * step; phase++) {
            int64_t col = tile->col * step + pass->first_col + phase % step;
            for (int64_t j = 0; j < tile->plane_rows; j++, packed += tile->pitch) {
                int64_t row = (tile->row + j) * step + pass->first_row + phase / step;
                if (row < 0 || row >= pass->in_h)
                    memset(packed, 0, (size_t)tile->pitch * sizeof *packed);
                else
                    pack_row(plane + row * pass->in_w, pass->in_w, col, step, tile->pitch, packed);
            }
        }
    }
    memset(packed, 0, SLACK * sizeof *packed);
}

void
conv_tile_taps(const ConvTile *tile, const ConvPass *pass, int64_t n, TileTap *taps)
{
    const int64_t step = pass->step, plane = tile->plane_rows * tile->pitch;
    for (int64_t c = 0; c < n; c++) {
        for (int64_t a = 0; a < pass->taps_h; a++) {
            for (int64_t b = 0; b < pass->taps_w; b++, taps++) {
                int64_t phase = a % step * step + b % step;
                taps->x = (int32_t)((c * step * step + phase) * plane + a / step * tile->pitch +
                                    b / step);
            }
        }
    }
}

float *
conv_scratch_new(int64_t n)
{
    return g_aligned_alloc((size_t)n, sizeof(float), 64);
}

void
conv_scratch_free(float *scratch)
{
    g_aligned_free(scratch);
}
