/* SPDX-License-Identifier: Apache-2.0 */
/* A task is a block of tiles and a range of output channels: the tiles of all input channels are
 * transformed into scratch that the core's cache holds, and for eight output channels at a time 36
 * small matrix products and the transform back follow. */
#include "compute/ops/conv2d_winograd.h"

#include <glib.h>
#include <string.h>

#include "compute/cpu/parallel.h"
#include "compute/ops/conv2d_tile.h"
#include "compute/ops/conv2d_winograd_transform.h"

#define POINTS WINOGRAD_POINTS
#define LANES WINOGRAD_LANES
#define TILE 4 /* side, in points of the output */
#define MIN_CHANNELS 8
#define MIN_TILES 64                  /* below, transforming the weights takes too long */
#define MAX_WEIGHTS (8 << 20)         /* bytes of transformed weights held at a time */
#define MAX_ROW (TILE * LANES + TILE) /* pixels that the tiles of a block see of a row */

/* Tiles of a block that lie beside each other. */
typedef struct {
    int64_t row, col, n; /* of tiles */
    int64_t lane;        /* where the first stands in the block */
} Run;

typedef struct {
    const WinogradJob *job;
    const TileKernels *kernels;
    int64_t down, across;      /* tiles of an image */
    int64_t block;             /* tiles of a block */
    int64_t n_blocks;          /* of an image */
    int64_t first_row, n_rows; /* output channels of this pass */
    float *u;                  /* (36, n_rows, channels) */
    TileTap *taps;             /* channels */
} Pass;

typedef struct {
    float *v; /* (36, channels, block) */
    float *m; /* (36, rows at a time, block) */
    float *d; /* (6, 6, LANES) and a row of pixels */
    float *y; /* (4, TILE * LANES) */
} Scratch;

bool
winograd_pays(const WinogradJob *job)
{
    int64_t tiles = ((job->out_h + TILE - 1) / TILE) * ((job->out_w + TILE - 1) / TILE);
    return job->channels >= MIN_CHANNELS && job->rows >= MIN_CHANNELS && tiles >= MIN_TILES;
}

static int
block_runs(const Pass *pass, int64_t index, Run *runs)
{
    int64_t tile = index * pass->block, end = MIN(tile + pass->block, pass->down * pass->across);
    int n = 0;
    for (int64_t lane = 0; tile < end; n++) {
        int64_t row = tile / pass->across, col = tile % pass->across;
        runs[n] = (Run){row, col, MIN(pass->across - col, end - tile), lane};
        tile += runs[n].n;
        lane += runs[n].n;
    }
    return n;
}

/* n pixels of a row from column first on, zero outside: in place, or copied to `copy`. */
static const float *
row_of(const WinogradJob *job, const float *plane, int64_t row, int64_t first, int64_t n,
       float *copy)
{
    if (row >= 0 && row < job->in_h && first >= 0 && first + n <= job->in_w)
        return plane + row * job->in_w + first;
    memset(copy, 0, (size_t)n * sizeof *copy);
    if (row < 0 || row >= job->in_h)
        return copy;
    int64_t from = MAX(first, 0), to = MIN(first + n, job->in_w);
    if (to > from)
        memcpy(copy + from - first, plane + row * job->in_w + from,
               (size_t)(to - from) * sizeof *copy);
    return copy;
}

static void
block_input(const Pass *pass, const float *source, const Run *runs, int n_runs, Scratch *scratch)
{
    const WinogradJob *job = pass->job;
    float *copy = scratch->d + POINTS * LANES;
    for (int64_t c = 0; c < job->channels; c++) {
        const float *plane = source + c * job->in_h * job->in_w;
        for (int k = 0; k < n_runs; k++) {
            const Run *run = &runs[k];
            int64_t first = run->col * TILE - job->pad_left;
            for (int i = 0; i < 6; i++) {
                int64_t row = run->row * TILE - job->pad_top + i;
                winograd_split(run->n, row_of(job, plane, row, first, TILE * run->n + 2, copy),
                               scratch->d + i * 6 * LANES + run->lane);
            }
        }
        winograd_input(pass->block, scratch->d, scratch->v + c * pass->block,
                       job->channels * pass->block);
    }
}

CPU_CLONES static void
pixels_store(int64_t n, const float *restrict from, float bias, float *restrict to)
{
    for (int64_t j = 0; j < n; j++)
        to[j] = from[j] + bias;
}

/* to may be add */
CPU_CLONES static void
pixels_add(int64_t n, const float *from, float bias, const float *add, float *to)
{
#pragma GCC ivdep
    for (int64_t j = 0; j < n; j++)
        to[j] = add[j] + (from[j] + bias);
}

/* Puts one output channel of the block where it belongs. */
static void
block_store(const WinogradJob *job, const Run *runs, int n_runs, const float *y, float bias,
            const float *add, float *plane)
{
    for (int k = 0; k < n_runs; k++) {
        int64_t col = runs[k].col * TILE, n = MIN(runs[k].n * TILE, job->out_w - col);
        int64_t n_rows = MIN(TILE, job->out_h - runs[k].row * TILE);
        for (int64_t i = 0; i < n_rows; i++) {
            const float *from = y + i * TILE * LANES + runs[k].lane * TILE;
            int64_t at = (runs[k].row * TILE + i) * job->out_w + col;
            if (add)
                pixels_add(n, from, bias, add + at, plane + at);
            else
                pixels_store(n, from, bias, plane + at);
        }
    }
}

/* Output channels first .. first + n_rows - 1 of the pass, at most as many as the kernel takes. */
static void
block_rows(const Pass *pass, const Run *runs, int n_runs, int64_t image, int64_t first, int n_rows,
           Scratch *scratch)
{
    const WinogradJob *job = pass->job;
    const int lanes = pass->kernels->lanes;
    const int n_vectors = (int)(pass->block / lanes);
    for (int p = 0; p < POINTS; p++) {
        const float *v = scratch->v + p * job->channels * pass->block;
        const float *x[TILE_MAX_VECTORS] = {v, v + lanes, v + 2 * lanes};
        pass->kernels->forward(n_rows, n_vectors, x, pass->taps, job->channels,
                               pass->u + (p * pass->n_rows + first) * job->channels, job->channels,
                               scratch->m + p * n_rows * pass->block);
    }
    for (int i = 0; i < n_rows; i++) {
        int64_t row = pass->first_row + first + i;
        int64_t at = (image * job->rows + row) * job->out_h * job->out_w;
        winograd_output(pass->block, scratch->m + i * pass->block, n_rows * pass->block,
                        scratch->y);
        block_store(job, runs, n_runs, scratch->y,
                    job->bias ? job->bias[image * job->bias_stride + row] : 0,
                    job->add ? job->add + at : NULL, job->out + at);
    }
}

static void
task_run(const Pass *pass, int64_t block, int64_t first, int64_t end, Scratch *scratch)
{
    const WinogradJob *job = pass->job;
    const int64_t image = block / pass->n_blocks;
    const int64_t n_groups = (end - first + pass->kernels->n_rows - 1) / pass->kernels->n_rows;
    Run runs[LANES];
    int n_runs = block_runs(pass, block % pass->n_blocks, runs);
    block_input(pass, job->source + image * job->channels * job->in_h * job->in_w, runs, n_runs,
                scratch);
    for (int64_t group = 0; group < n_groups; group++) {
        int64_t row = first + (end - first) * group / n_groups;
        int n_rows = (int)(first + (end - first) * (group + 1) / n_groups - row);
        block_rows(pass, runs, n_runs, image, row, n_rows, scratch);
    }
}

static void
transform_weights(const Pass *pass, int64_t row)
{
    const WinogradJob *job = pass->job;
    int tap[9];
    for (int i = 0; i < 9; i++)
        tap[i] = job->flipped ? 8 - i : i;
    winograd_weights(job->channels, job->weight + (pass->first_row + row) * job->row_stride,
                     job->channel_stride, tap, pass->u + row * job->channels,
                     pass->n_rows * job->channels);
}

static void
scratch_init(Scratch *scratch, const Pass *pass)
{
    const int64_t size = POINTS * pass->block;
    scratch->v = conv_scratch_new(size * pass->job->channels);
    scratch->m = conv_scratch_new(size * TILE_MAX_ROWS);
    scratch->d = conv_scratch_new(POINTS * LANES + MAX_ROW);
    scratch->y = conv_scratch_new(TILE * TILE * LANES);
    memset(scratch->d, 0, POINTS * LANES * sizeof(float)); /* lanes that no tile takes */
}

static void
scratch_clear(Scratch *scratch)
{
    conv_scratch_free(scratch->v);
    conv_scratch_free(scratch->m);
    conv_scratch_free(scratch->d);
    conv_scratch_free(scratch->y);
}

/* Output channels are divided too when there are few blocks, at the price of transforming the
 * source more than once. */
static int64_t
row_parts(const Pass *pass, int64_t n_blocks, int n_threads)
{
    int64_t most = MAX(pass->n_rows / (2 * pass->kernels->n_rows), 1);
    return n_blocks >= 4 * n_threads ? 1 : MIN(most, n_threads);
}

static void
pass_run(const Pass *pass)
{
    const int n_threads = cpu_n_threads();
    const int64_t n_blocks = pass->job->n * pass->n_blocks;
    const int64_t n_parts = row_parts(pass, n_blocks, n_threads);
#pragma omp parallel num_threads(n_threads)
    {
        Scratch scratch;
        scratch_init(&scratch, pass);
#pragma omp for schedule(static)
        for (int64_t row = 0; row < pass->n_rows; row++)
            transform_weights(pass, row);
#pragma omp for schedule(dynamic)
        for (int64_t task = 0; task < n_blocks * n_parts; task++) {
            int64_t first, end;
            cpu_part(pass->n_rows, pass->kernels->n_rows, (int)(task % n_parts), (int)n_parts,
                     &first, &end);
            task_run(pass, task / n_parts, first, end, &scratch);
        }
        scratch_clear(&scratch);
    }
}

void
winograd_run(const WinogradJob *job)
{
    Pass pass = {.job = job, .kernels = tile_kernels()};
    int64_t most = MAX(MAX_WEIGHTS / (POINTS * job->channels * (int64_t)sizeof(float)), 32);
    int64_t n_passes = (job->rows + most - 1) / most;
    pass.down = (job->out_h + TILE - 1) / TILE;
    pass.across = (job->out_w + TILE - 1) / TILE;
    pass.block = TILE_MAX_VECTORS * pass.kernels->lanes;
    pass.n_blocks = (pass.down * pass.across + pass.block - 1) / pass.block;
    pass.u = conv_scratch_new(POINTS * ((job->rows + n_passes - 1) / n_passes) * job->channels);
    pass.taps = g_new(TileTap, job->channels);
    for (int64_t c = 0; c < job->channels; c++)
        pass.taps[c] = (TileTap){(int32_t)(c * pass.block), (int32_t)c};
    for (int64_t i = 0; i < n_passes; i++) {
        pass.first_row = job->rows * i / n_passes;
        pass.n_rows = job->rows * (i + 1) / n_passes - pass.first_row;
        pass_run(&pass);
    }
    g_free(pass.taps);
    conv_scratch_free(pass.u);
}
