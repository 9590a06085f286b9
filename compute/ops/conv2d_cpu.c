/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution and its gradient by x: every task is a tile and a range of output channels. */
#include "compute/ops/conv2d_cpu.h"

#include <glib.h>
#include <string.h>

#include "compute/cpu/parallel.h"
#include "compute/ops/conv2d_tile.h"
#include "compute/ops/conv2d_winograd.h"

#define MAX_CHUNK 64 /* channels packed at a time */

/* What a pass multiplies with, and where its points go. */
typedef struct {
    ConvPass pass;
    int64_t n;                  /* images */
    const float *source;        /* (n, channels, in_h, in_w) */
    const float *weight, *bias; /* bias may be NULL */
    int64_t bias_stride;        /* from one image's to the next's */
    const float *add;           /* of out's size, added to it, or NULL; may be out */
    int64_t row_stride;         /* from one output channel's weights to the next's */
    int64_t channel_stride;     /* from one input channel's to the next's */
    const int32_t *tap_offset;  /* taps_h * taps_w: a tap's weight within a channel's */
    float *out;                 /* (n, rows, out_h, out_w) */
    int64_t rows, out_h, out_w; /* rows: output channels */
    int64_t out_row, out_col;   /* where grid point (0, 0) lands */
    int64_t out_step;
} ConvJob;

/* Results of a group of vectors that lie next to each other in the output. */
typedef struct {
    int32_t sum, n;
    int64_t out;
} Run;

/* A tile's points as vectors of `lanes`: either row by row, each row's last vector partly wasted,
 * or straight through the packed plane, wasting the points between rows; whichever wastes less. */
typedef struct {
    int64_t n_vectors;
    int32_t *start; /* n_vectors: where each begins in a packed plane */
    Run *runs;
    int32_t *first_run; /* of each group of TILE_MAX_VECTORS, and the end */
} Vectors;

static void
vectors_add_run(const ConvJob *job, const ConvTile *tile, Vectors *v, int32_t *n_runs,
                int32_t group, int64_t j, int64_t i, int64_t sum, int64_t n)
{
    int64_t out = (job->out_row + (tile->row + j) * job->out_step) * job->out_w + job->out_col +
                  (tile->col + i) * job->out_step;
    Run *last = *n_runs > v->first_run[group] ? &v->runs[*n_runs - 1] : NULL;
    if (last && job->out_step == 1 && last->out + last->n == out && last->sum + last->n == sum)
        last->n += (int32_t)n;
    else
        v->runs[(*n_runs)++] = (Run){(int32_t)sum, (int32_t)n, out};
}

static void
vectors_init(Vectors *v, const ConvJob *job, const ConvTile *tile, int lanes)
{
    int64_t a_row = (tile->w + lanes - 1) / lanes;
    int64_t through = ((tile->h - 1) * tile->pitch + tile->w + lanes - 1) / lanes;
    bool by_rows = a_row * tile->h <= through;
    v->n_vectors = by_rows ? a_row * tile->h : through;
    v->start = g_new(int32_t, v->n_vectors);
    v->runs = g_new(Run, v->n_vectors * 2 + tile->h);
    v->first_run = g_new0(int32_t, v->n_vectors / TILE_MAX_VECTORS + 2);
    int32_t n_runs = 0;
    for (int64_t k = 0; k < v->n_vectors; k++) {
        int32_t group = (int32_t)(k / TILE_MAX_VECTORS);
        int64_t sum = k % TILE_MAX_VECTORS * lanes;
        if (sum == 0)
            v->first_run[group] = n_runs;
        if (by_rows) {
            int64_t j = k / a_row, i = k % a_row * lanes;
            v->start[k] = (int32_t)(j * tile->pitch + i);
            vectors_add_run(job, tile, v, &n_runs, group, j, i, sum, MIN(lanes, tile->w - i));
            continue;
        }
        v->start[k] = (int32_t)(k * lanes);
        for (int64_t p = k * lanes, end = p + lanes; p < end;) {
            int64_t j = p / tile->pitch, i = p % tile->pitch;
            int64_t stop = MIN(end, (j + 1) * tile->pitch);
            if (i < tile->w && j < tile->h)
                vectors_add_run(job, tile, v, &n_runs, group, j, i, sum + p - k * lanes,
                                MIN(stop - p, tile->w - i));
            p = stop;
        }
    }
    v->first_run[(v->n_vectors + TILE_MAX_VECTORS - 1) / TILE_MAX_VECTORS] = n_runs;
}

static void
vectors_clear(Vectors *v)
{
    g_free(v->start);
    g_free(v->runs);
    g_free(v->first_run);
}

/* to = from + b + add; to may be add */
CPU_CLONES static void
run_store(int n, const float *from, float b, const float *add, float *to, int64_t step)
{
    if (step != 1) {
        for (int i = 0; i < n; i++)
            to[i * step] = (add ? add[i * step] : 0) + (from[i] + b);
    } else if (add) {
#pragma GCC ivdep
        for (int i = 0; i < n; i++)
            to[i] = add[i] + (from[i] + b);
    } else {
#pragma GCC ivdep
        for (int i = 0; i < n; i++)
            to[i] = from[i] + b;
    }
}

/* Puts a block of sums (n_rows, width) where they belong. */
static void
runs_store(const Run *runs, int n_runs, const float *sums, int n_rows, int width, const float *bias,
           const float *add, int64_t step, float *out, int64_t plane)
{
    for (int m = 0; m < n_rows; m++, out += plane, sums += width) {
        for (int k = 0; k < n_runs; k++)
            run_store(runs[k].n, sums + runs[k].sum, bias ? bias[m] : 0,
                      add ? add + runs[k].out : NULL, out + runs[k].out, step);
        add = add ? add + plane : NULL;
    }
}

/* Output channels first .. end - 1 of one packed chunk of a tile of an image; later chunks of
 * channels add to what the first has stored. */
static void
chunk_compute(const ConvJob *job, const TileKernels *kernels, const Vectors *v, const float *packed,
              const TileTap *taps, int64_t n_taps, int64_t channel, int64_t first, int64_t end,
              int64_t image)
{
    const int64_t plane = job->out_h * job->out_w, offset = image * job->rows * plane;
    const int64_t n_blocks = (end - first + kernels->n_rows - 1) / kernels->n_rows;
    float sums[TILE_MAX_ROWS * TILE_MAX_VECTORS * TILE_MAX_LANES] __attribute__((aligned(64)));
    for (int64_t block = 0; block < n_blocks; block++) {
        int64_t m = first + (end - first) * block / n_blocks;
        int n_rows = (int)(first + (end - first) * (block + 1) / n_blocks - m);
        const float *weight = job->weight + m * job->row_stride + channel * job->channel_stride;
        float *out = job->out + offset + m * plane;
        const float *bias =
            job->bias && channel == 0 ? job->bias + image * job->bias_stride + m : NULL;
        const float *add = channel > 0 ? out : job->add ? job->add + offset + m * plane : NULL;
        for (int64_t k = 0; k < v->n_vectors; k += TILE_MAX_VECTORS) {
            int n_vectors = (int)MIN(v->n_vectors - k, TILE_MAX_VECTORS);
            const float *x[TILE_MAX_VECTORS] = {NULL};
            for (int i = 0; i < n_vectors; i++)
                x[i] = packed + v->start[k + i];
            kernels->forward(n_rows, n_vectors, x, taps, n_taps, weight, job->row_stride, sums);
            const int32_t *run = &v->first_run[k / TILE_MAX_VECTORS];
            runs_store(v->runs + run[0], run[1] - run[0], sums, n_rows, n_vectors * kernels->lanes,
                       bias, add, job->out_step, out, plane);
        }
    }
}

static void
tile_compute(const ConvJob *job, const TileKernels *kernels, const ConvTiling *tiling,
             int64_t image, int64_t index, int64_t first, int64_t end, float *packed, TileTap *taps)
{
    const ConvPass *pass = &job->pass;
    const float *source = job->source + image * pass->channels * pass->in_h * pass->in_w;
    const int64_t n_taps = pass->taps_h * pass->taps_w;
    ConvTile tile;
    Vectors vectors;
    conv_tile_init(&tile, pass, tiling, index);
    vectors_init(&vectors, job, &tile, kernels->lanes);
    conv_tile_taps(&tile, pass, tiling->chunk, taps);
    for (int64_t c = 0; c < tiling->chunk; c++)
        for (int64_t t = 0; t < n_taps; t++)
            taps[c * n_taps + t].w = (int32_t)(c * job->channel_stride + job->tap_offset[t]);
    for (int64_t c = 0; c < pass->channels; c += tiling->chunk) {
        int64_t n = MIN(tiling->chunk, pass->channels - c);
        conv_tile_pack(&tile, pass, source, c, n, packed);
        chunk_compute(job, kernels, &vectors, packed, taps, n * n_taps, c, first, end, image);
    }
    vectors_clear(&vectors);
}

/* How many parts of the output channels keep all threads busy when there are few tiles. */
static int64_t
row_parts(int64_t rows, int64_t block, int64_t n_tiles, int n_threads)
{
    int64_t most = MAX(rows / block, 1), best = 1;
    double best_use = 0;
    for (int64_t parts = 1; parts <= most && parts <= 2 * n_threads; parts++) {
        int64_t rounds = (n_tiles * parts + n_threads - 1) / n_threads;
        double use = (double)(n_tiles * parts) / (double)(rounds * n_threads);
        if (use > best_use * 1.05)
            best = parts, best_use = use;
    }
    return best;
}

static void
job_run(const ConvJob *job)
{
    const TileKernels *kernels = tile_kernels();
    const ConvPass *pass = &job->pass;
    if (pass->grid_h <= 0 || pass->grid_w <= 0)
        return;
    ConvTiling tiling;
    conv_tiling_init(&tiling, pass, MAX_CHUNK);
    const int64_t n_tiles = tiling.n_down * tiling.n_across;
    const int n_threads = cpu_n_threads();
    const int64_t n_parts = row_parts(job->rows, kernels->n_rows, job->n * n_tiles, n_threads);
    const int64_t n_tasks = job->n * n_tiles * n_parts;
#pragma omp parallel num_threads((int)MIN(n_threads, n_tasks))
    {
        float *packed = conv_scratch_new(tiling.scratch);
        TileTap *taps = g_new(TileTap, tiling.chunk * pass->taps_h * pass->taps_w);
#pragma omp for schedule(dynamic)
        for (int64_t task = 0; task < n_tasks; task++) {
            int64_t tile = task / n_parts, first, end;
            cpu_part(job->rows, kernels->n_rows, (int)(task % n_parts), (int)n_parts, &first, &end);
            tile_compute(job, kernels, &tiling, tile / n_tiles, tile % n_tiles, first, end, packed,
                         taps);
        }
        g_free(taps);
        conv_scratch_free(packed);
    }
}

static bool
is_3x3(const Conv2dSizes *z)
{
    return z->r == 3 && z->s == 3 && z->stride == 1;
}

/* bias + channel (N, M), to be freed; NULL without channel. */
static float *
biases_new(const Conv2dSizes *z, const Conv2dSum *sum)
{
    if (!sum->channel)
        return NULL;
    float *biases = g_memdup2(sum->channel, (gsize)(z->n * z->m) * sizeof *biases);
    for (int64_t i = 0; sum->bias && i < z->n * z->m; i++)
        biases[i] += sum->bias[i % z->m];
    return biases;
}

void
conv2d_cpu(const Conv2dSizes *z, const float *x, const float *weight, const Conv2dSum *sum,
           float *y)
{
    g_autofree float *biases = biases_new(z, sum);
    const WinogradJob winograd = {
        .n = z->n,
        .channels = z->c,
        .in_h = z->h,
        .in_w = z->w,
        .rows = z->m,
        .out_h = z->oh,
        .out_w = z->ow,
        .pad_top = z->pad_top,
        .pad_left = z->pad_left,
        .source = x,
        .weight = weight,
        .row_stride = z->c * 9,
        .channel_stride = 9,
        .bias = biases ? biases : sum->bias,
        .bias_stride = biases ? z->m : 0,
        .add = sum->image,
        .out = y,
    };
    if (is_3x3(z) && winograd_pays(&winograd)) {
        winograd_run(&winograd);
        return;
    }
    /* a 1x1 convolution sees no neighbours: one long row wastes nothing between rows */
    bool flat = z->r == 1 && z->s == 1 && z->stride == 1 && z->oh == z->h && z->ow == z->w;
    int64_t h = flat ? 1 : z->h, w = flat ? z->h * z->w : z->w;
    int64_t oh = flat ? 1 : z->oh, ow = flat ? w : z->ow;
    g_autofree int32_t *offset = g_new(int32_t, z->r * z->s);
    for (int64_t t = 0; t < z->r * z->s; t++)
        offset[t] = (int32_t)t;
    ConvJob job = {
        .pass = {z->c, h, w, oh, ow, z->r, z->s, -z->pad_top, -z->pad_left, z->stride},
        .n = z->n,
        .source = x,
        .weight = weight,
        .bias = biases ? biases : sum->bias,
        .bias_stride = biases ? z->m : 0,
        .add = sum->image,
        .row_stride = z->c * z->r * z->s,
        .channel_stride = z->r * z->s,
        .tap_offset = offset,
        .out = y,
        .rows = z->m,
        .out_h = oh,
        .out_w = ow,
        .out_step = 1,
    };
    job_run(&job);
}

/* The taps of one phase along one axis: x at phase + j * stride - pad is reached by the kernel's
 * phase, phase + stride, ... */
typedef struct {
    int64_t taps, first, grid, out; /* source of grid point 0's first tap; points; where 0 lands */
} Phase;

static Phase
phase_of(int64_t phase, int64_t kernel, int64_t stride, int64_t pad, int64_t size)
{
    int64_t j = phase < pad ? (pad - phase + stride - 1) / stride : 0;
    int64_t out = j * stride + phase - pad;
    int64_t taps = phase < kernel ? (kernel - 1 - phase) / stride + 1 : 0;
    return (Phase){taps, j - (taps - 1), out < size ? (size - 1 - out) / stride + 1 : 0, out};
}

void
conv2d_cpu_dx(const Conv2dSizes *z, const float *dy, const float *weight, float *dx)
{
    const WinogradJob winograd = {
        .n = z->n,
        .channels = z->m,
        .in_h = z->oh,
        .in_w = z->ow,
        .rows = z->c,
        .out_h = z->h,
        .out_w = z->w,
        .pad_top = 2 - z->pad_top,
        .pad_left = 2 - z->pad_left,
        .source = dy,
        .weight = weight,
        .row_stride = 9,
        .channel_stride = z->c * 9,
        .flipped = true,
        .out = dx,
    };
    if (is_3x3(z) && winograd_pays(&winograd)) {
        winograd_run(&winograd);
        return;
    }
    g_autofree int32_t *offset = g_new(int32_t, z->r * z->s);
    if (z->stride > z->r || z->stride > z->s) /* some of x is never read */
        memset(dx, 0, (size_t)(z->n * z->c * z->h * z->w) * sizeof *dx);
    for (int64_t p = 0; p < z->stride; p++) {
        Phase rows = phase_of(p, z->r, z->stride, z->pad_top, z->h);
        for (int64_t q = 0; q < z->stride; q++) {
            Phase cols = phase_of(q, z->s, z->stride, z->pad_left, z->w);
            if (rows.taps == 0 || cols.taps == 0)
                continue;
            for (int64_t a = 0; a < rows.taps; a++)
                for (int64_t b = 0; b < cols.taps; b++)
                    offset[a * cols.taps + b] =
                        (int32_t)((p + (rows.taps - 1 - a) * z->stride) * z->s + q +
                                  (cols.taps - 1 - b) * z->stride);
            ConvJob job = {
                .pass = {z->m, z->oh, z->ow, rows.grid, cols.grid, rows.taps, cols.taps, rows.first,
                         cols.first, 1},
                .n = z->n,
                .source = dy,
                .weight = weight,
                .row_stride = z->r * z->s,
                .channel_stride = z->c * z->r * z->s,
                .tap_offset = offset,
                .out = dx,
                .rows = z->c,
                .out_h = z->h,
                .out_w = z->w,
                .out_row = rows.out,
                .out_col = cols.out,
                .out_step = z->stride,
            };
            job_run(&job);
        }
    }
}
