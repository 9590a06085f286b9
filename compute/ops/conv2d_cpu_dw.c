/* SPDX-License-Identifier: Apache-2.0 */
/* The gradient of convolution by its weights: for every tap a dot product of dy with x moved by the
 * tap, tile by tile. */
#include <glib.h>
#include <string.h>

#include "compute/cpu/parallel.h"
#include "compute/ops/conv2d_cpu.h"
#include "compute/ops/conv2d_tile.h"

#define MAX_CHUNK 64 /* channels packed at a time */
#define MAX_PARTS 16 /* of the tiles, where threads share those */
#define MANY_ROWS 32 /* output channels, enough for threads to share */

typedef struct {
    const Conv2dSizes *sizes;
    const TileKernels *kernels;
    const float *x, *dy;
    ConvPass pass;
    ConvTiling tiling;
    int64_t dy_scratch; /* floats an output channel of a packed tile of dy takes at most */
} DwJob;

typedef struct {
    float *x, *dy; /* packed */
    TileTap *taps; /* of a chunk, filled up to a multiple of three */
} DwScratch;

static void
scratch_init(DwScratch *scratch, const DwJob *job, int64_t n_rows)
{
    scratch->x = conv_scratch_new(job->tiling.scratch);
    scratch->dy = conv_scratch_new(n_rows * job->dy_scratch);
    scratch->taps = g_new0(TileTap, job->tiling.chunk * job->pass.taps_h * job->pass.taps_w + 3);
}

static void
scratch_clear(DwScratch *scratch)
{
    conv_scratch_free(scratch->x);
    conv_scratch_free(scratch->dy);
    g_free(scratch->taps);
}

/* One row of dy, laid out as the packed x is: zeros between the rows of the tile and after it. */
static void
dy_pack(const DwJob *job, const ConvTile *tile, const float *plane, int64_t n_points, float *to)
{
    const float *end = to + n_points;
    for (int64_t j = 0; j < tile->h; j++) {
        memcpy(to, plane + (tile->row + j) * job->pass.grid_w + tile->col,
               (size_t)tile->w * sizeof *to);
        to += tile->w;
        for (int64_t i = tile->w; i < tile->pitch && to < end; i++)
            *to++ = 0;
    }
    while (to < end)
        *to++ = 0;
}

/* Adds what one tile of one image gives to dw, output channels first .. end - 1. dw (M, C, R, S) */
static void
tile_add(const DwJob *job, DwScratch *scratch, int64_t image, int64_t index, int64_t first,
         int64_t end, float *dw)
{
    const Conv2dSizes *z = job->sizes;
    const ConvPass *pass = &job->pass;
    const int64_t per_channel = z->r * z->s, lanes = job->kernels->lanes;
    const float *x = job->x + image * z->c * z->h * z->w;
    const float *dy = job->dy + image * z->m * z->oh * z->ow;
    ConvTile tile;
    conv_tile_init(&tile, pass, &job->tiling, index);
    conv_tile_taps(&tile, pass, job->tiling.chunk, scratch->taps);
    int64_t n_points = ((tile.h - 1) * tile.pitch + tile.w + lanes - 1) / lanes * lanes;
    for (int64_t m = first; m < end; m++)
        dy_pack(job, &tile, dy + m * z->oh * z->ow, n_points, scratch->dy + (m - first) * n_points);
    for (int64_t c = 0; c < z->c; c += job->tiling.chunk) {
        int64_t n_channels = MIN(job->tiling.chunk, z->c - c);
        conv_tile_pack(&tile, pass, x, c, n_channels, scratch->x);
        const int64_t n_blocks = (end - first + job->kernels->n_rows - 1) / job->kernels->n_rows;
        for (int64_t block = 0; block < n_blocks; block++) {
            int64_t m = first + (end - first) * block / n_blocks;
            int n_rows = (int)(first + (end - first) * (block + 1) / n_blocks - m);
            for (int64_t t = 0; t < n_channels * per_channel; t += 3) {
                float sums[TILE_MAX_ROWS * 3];
                job->kernels->dw(n_rows, scratch->dy + (m - first) * n_points, n_points, scratch->x,
                                 scratch->taps + t, n_points, sums);
                int64_t n = MIN(n_channels * per_channel - t, 3);
                for (int i = 0; i < n_rows; i++)
                    for (int64_t k = 0; k < n; k++)
                        dw[((m + i) * z->c + c) * per_channel + t + k] +=
                            sums[k * TILE_MAX_ROWS + i];
            }
        }
    }
}

/* Each thread has its own output channels and walks the whole image. */
static void
dw_by_rows(const DwJob *job, int n_threads, float *dw)
{
    const int64_t n_tiles = job->sizes->n * job->tiling.n_down * job->tiling.n_across;
#pragma omp parallel for schedule(static) num_threads(n_threads)
    for (int part = 0; part < n_threads; part++) {
        int64_t first, end;
        cpu_part(job->sizes->m, 1, part, n_threads, &first, &end);
        if (first >= end)
            continue;
        DwScratch scratch;
        scratch_init(&scratch, job, end - first);
        for (int64_t tile = 0; tile < n_tiles; tile++)
            tile_add(job, &scratch, tile / (job->tiling.n_down * job->tiling.n_across),
                     tile % (job->tiling.n_down * job->tiling.n_across), first, end, dw);
        scratch_clear(&scratch);
    }
}

/* Few output channels: parts of the tiles have sums of their own, added up in their order. How many
 * depends on the sizes alone, and so does the result. */
static void
dw_by_tiles(const DwJob *job, float *dw)
{
    const Conv2dSizes *z = job->sizes;
    const int64_t n_tiles = job->tiling.n_down * job->tiling.n_across, n_all = z->n * n_tiles;
    const int64_t n_dw = z->m * z->c * z->r * z->s;
    const int n_parts = (int)MIN(n_all, MAX_PARTS);
    g_autofree float *sums = g_new0(float, n_dw *n_parts);
#pragma omp parallel for schedule(dynamic)
    for (int part = 0; part < n_parts; part++) {
        int64_t first, end;
        cpu_part(n_all, 1, part, n_parts, &first, &end);
        DwScratch scratch;
        scratch_init(&scratch, job, z->m);
        for (int64_t tile = first; tile < end; tile++)
            tile_add(job, &scratch, tile / n_tiles, tile % n_tiles, 0, z->m, sums + part * n_dw);
        scratch_clear(&scratch);
    }
    for (int part = 0; part < n_parts; part++)
        for (int64_t i = 0; i < n_dw; i++)
            dw[i] += sums[part * n_dw + i];
}

void
conv2d_cpu_dw(const Conv2dSizes *z, const float *x, const float *dy, float *dw)
{
    bool flat = z->r == 1 && z->s == 1 && z->stride == 1 && z->oh == z->h && z->ow == z->w;
    int64_t h = flat ? 1 : z->h, w = flat ? z->h * z->w : z->w;
    DwJob job = {
        .sizes = z,
        .kernels = tile_kernels(),
        .x = x,
        .dy = dy,
        .pass = {z->c, h, w, flat ? 1 : z->oh, flat ? w : z->ow, z->r, z->s, -z->pad_top,
                 -z->pad_left, z->stride},
    };
    conv_tiling_init(&job.tiling, &job.pass, MAX_CHUNK);
    ConvTile largest;
    conv_tile_init(&largest, &job.pass, &job.tiling, 0);
    job.dy_scratch = largest.h * largest.pitch + TILE_MAX_LANES;
    memset(dw, 0, (size_t)(z->m * z->c * z->r * z->s) * sizeof *dw);
    if (z->m >= MANY_ROWS)
        dw_by_rows(&job, cpu_n_threads(), dw);
    else
        dw_by_tiles(&job, dw);
}
