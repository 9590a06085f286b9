/* SPDX-License-Identifier: Apache-2.0 */
/* A tile holds as many queries as fit three vectors, transposed, and meets the keys a chunk at a
 * time: keys and values are read where they lie, a row or a column of them at a time, and no width
 * of a head wastes lanes. Threads share the (sample, head, query tile) triples forward and the
 * (sample, head, query chunk) triples backward; a chunk has sums of its own for dk and dv, which
 * are added in order. Nothing depends on the number of threads. */
#include "compute/ops/attention_cpu.h"

#include <math.h>
#include <string.h>

#include <glib.h>

#include "compute/cpu/parallel.h"
#include "compute/cpu/tile_kernel.h"
#include "compute/ops/attention_kernel.h"

#define KEYS 96 /* of a chunk */
#define MAX_WIDTH (TILE_MAX_VECTORS * TILE_MAX_LANES)
#define MIN_UNITS 8 /* backward: (sample, head, chunk) triples, enough for this many threads */
#define LOG2_E 1.44269504f
#define LN_2 0.693147181f

/* What a thread works with; tiles are (d, width), chunks of scores (KEYS, width). */
typedef struct {
    const TileKernels *kernels;
    const AttentionKernels *vector;
    int64_t c, d, width;
    int64_t padded;          /* d in whole vectors */
    TileTap *by_channel;     /* d: of a tile against rows of keys */
    TileTap *by_key;         /* KEYS: of a chunk against columns of values */
    TileTap *by_query;       /* width: of rows of queries against a chunk */
    float *q, *acc;          /* tiles */
    float *s;                /* scores */
    float *dy, *ds;          /* backward: tile of dy, gradient of the scores */
    float *q_rows, *dy_rows; /* backward: (width, padded) */
} Worker;

static float *
floats_new(int64_t n)
{
    return g_aligned_alloc0((gsize)MAX(n, 1), sizeof(float), 64);
}

static void
worker_init(Worker *w, const AttentionSizes *z, bool backward)
{
    memset(w, 0, sizeof *w);
    w->kernels = tile_kernels();
    w->vector = attention_kernels();
    w->c = z->c;
    w->d = z->c / z->heads;
    w->width = TILE_MAX_VECTORS * w->kernels->lanes;
    w->padded = (w->d + w->kernels->lanes - 1) / w->kernels->lanes * w->kernels->lanes;
    w->by_channel = g_new(TileTap, w->d);
    for (int64_t i = 0; i < w->d; i++)
        w->by_channel[i] = (TileTap){(int32_t)(i * w->width), (int32_t)i};
    w->by_key = g_new(TileTap, KEYS);
    for (int64_t i = 0; i < KEYS; i++)
        w->by_key[i] = (TileTap){(int32_t)(i * w->width), (int32_t)(i * w->c)};
    w->by_query = g_new(TileTap, w->width);
    for (int64_t i = 0; i < w->width; i++)
        w->by_query[i] = (TileTap){(int32_t)(i * w->padded), (int32_t)i};
    w->q = floats_new(w->d * w->width);
    w->acc = floats_new(w->d * w->width);
    w->s = floats_new(KEYS * w->width);
    if (backward) {
        w->dy = floats_new(w->d * w->width);
        w->ds = floats_new(KEYS * w->width);
        w->q_rows = floats_new(w->width * w->padded);
        w->dy_rows = floats_new(w->width * w->padded);
    }
}

static void
worker_clear(Worker *w)
{
    float *const floats[] = {w->q, w->acc, w->s, w->dy, w->ds, w->q_rows, w->dy_rows};
    for (guint i = 0; i < G_N_ELEMENTS(floats); i++)
        g_aligned_free(floats[i]);
    g_free(w->by_channel);
    g_free(w->by_key);
    g_free(w->by_query);
}

/* Rows of x, n of them, as a tile: to (d, width) = factor x', zero past n. */
static void
tile_load(const Worker *w, const float *x, int64_t n, float factor, float *to)
{
    if (n < w->width)
        memset(to, 0, (size_t)(w->d * w->width) * sizeof *to);
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < w->d; k++)
            to[k * w->width + i] = factor * x[i * w->c + k];
}

/* The same rows as (width, padded). */
static void
rows_load(const Worker *w, const float *x, int64_t n, float factor, float *to)
{
    memset(to, 0, (size_t)(w->width * w->padded) * sizeof *to);
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < w->d; k++)
            to[i * w->padded + k] = factor * x[i * w->c + k];
}

/* s (n_keys, width) = rows (n_keys of c) times tile (d, width) */
static void
chunk_scores(const Worker *w, const float *rows, int64_t n_keys, const float *tile, float *s)
{
    const int lanes = w->kernels->lanes;
    const float *x[TILE_MAX_VECTORS] = {tile, tile + lanes, tile + 2 * lanes};
    for (int64_t key = 0; key < n_keys; key += w->kernels->n_rows)
        w->kernels->forward((int)MIN(w->kernels->n_rows, n_keys - key), TILE_MAX_VECTORS, x,
                            w->by_channel, w->d, rows + key * w->c, w->c, s + key * w->width);
}

CPU_CLONES static void
rescale_add(int64_t n_rows, int64_t width, const float *restrict factor, const float *restrict sums,
            float *restrict acc)
{
    for (int64_t row = 0; row < n_rows; row++)
        for (int64_t i = 0; i < width; i++)
            acc[row * width + i] = acc[row * width + i] * factor[i] + sums[row * width + i];
}

/* tile (d, width) = tile * factor (width) + rows' (d, n_keys) chunk (n_keys, width) */
static void
chunk_gather(const Worker *w, const float *rows, int64_t n_keys, const float *chunk,
             const float *factor, float *tile)
{
    const int lanes = w->kernels->lanes;
    const float *x[TILE_MAX_VECTORS] = {chunk, chunk + lanes, chunk + 2 * lanes};
    const int64_t n_groups = (w->d + w->kernels->n_rows - 1) / w->kernels->n_rows;
    float sums[TILE_MAX_ROWS * MAX_WIDTH] __attribute__((aligned(64)));
    for (int64_t group = 0; group < n_groups; group++) {
        int64_t k = w->d * group / n_groups;
        int n = (int)(w->d * (group + 1) / n_groups - k);
        w->kernels->forward(n, TILE_MAX_VECTORS, x, w->by_key, n_keys, rows + k, 1, sums);
        rescale_add(n, w->width, factor, sums, tile + k * w->width);
    }
}

CPU_CLONES static void
rows_add(int64_t n_rows, int64_t n, const float *restrict x, int64_t x_stride, float *restrict y,
         int64_t y_stride)
{
    for (int64_t row = 0; row < n_rows; row++)
        for (int64_t i = 0; i < n; i++)
            y[row * y_stride + i] += x[row * x_stride + i];
}

/* to (n_keys, padded) += chunk (n_keys, width) times rows (n_queries, padded) */
static void
chunk_spread(const Worker *w, const float *chunk, int64_t n_keys, const float *rows,
             int64_t n_queries, float *to)
{
    const int lanes = w->kernels->lanes;
    float sums[TILE_MAX_ROWS * MAX_WIDTH] __attribute__((aligned(64)));
    for (int64_t key = 0; key < n_keys; key += w->kernels->n_rows) {
        int n = (int)MIN(w->kernels->n_rows, n_keys - key);
        for (int64_t k = 0; k < w->padded; k += w->width) {
            int n_vectors = (int)MIN(TILE_MAX_VECTORS, (w->padded - k) / lanes);
            const float *x[TILE_MAX_VECTORS] = {rows + k, rows + k + lanes, rows + k + 2 * lanes};
            w->kernels->forward(n, n_vectors, x, w->by_query, n_queries, chunk + key * w->width,
                                w->width, sums);
            rows_add(n, n_vectors * lanes, sums, n_vectors * lanes, to + key * w->padded + k,
                     w->padded);
        }
    }
}

/* Keys that a tile of queries meets. */
static int64_t
key_end(const AttentionSizes *z, int64_t q0, int64_t n)
{
    return z->causal ? MIN(z->s, q0 + n) : z->s;
}

/* Query q sees the keys 0 .. q. */
static void
chunk_mask(const Worker *w, int64_t q0, int64_t k0, int64_t n_keys, float *s)
{
    for (int64_t key = MAX(q0 - k0, 0); key < n_keys; key++) {
        int64_t hidden = MIN(k0 + key - q0, w->width);
        for (int64_t i = 0; i < hidden; i++)
            s[key * w->width + i] = -1e30f;
    }
}

/* q, k, v, o, lse: of one sample and head. */
static void
forward_tile(const AttentionSizes *z, Worker *w, int64_t q0, const float *q, const float *k,
             const float *v, float *o, float *lse)
{
    const int64_t n_q = MIN(w->width, z->t - q0), end = key_end(z, q0, n_q);
    float max[MAX_WIDTH], sum[MAX_WIDTH], factor[MAX_WIDTH];
    for (int64_t i = 0; i < w->width; i++)
        max[i] = -1e30f, sum[i] = 0;
    tile_load(w, q + q0 * z->c, n_q, LOG2_E / sqrtf((float)w->d), w->q);
    memset(w->acc, 0, (size_t)(w->d * w->width) * sizeof(float));
    for (int64_t k0 = 0; k0 < end; k0 += KEYS) {
        int64_t n_keys = MIN(KEYS, end - k0);
        chunk_scores(w, k + k0 * z->c, n_keys, w->q, w->s);
        if (z->causal)
            chunk_mask(w, q0, k0, n_keys, w->s);
        w->vector->softmax(n_keys, w->s, max, sum, factor);
        chunk_gather(w, v + k0 * z->c, n_keys, w->s, factor, w->acc);
    }
    for (int64_t i = 0; i < n_q; i++) {
        float *row = o + (q0 + i) * z->c, scale = 1 / sum[i];
        for (int64_t j = 0; j < w->d; j++)
            row[j] = scale * w->acc[j * w->width + i];
        lse[q0 + i] = max[i] * LN_2 + logf(sum[i]);
    }
}

void
attention_cpu_forward(const AttentionSizes *z, const float *q, const float *k, const float *v,
                      float *o, float *lse)
{
    const int64_t width = TILE_MAX_VECTORS * tile_kernels()->lanes, d = z->c / z->heads;
    const int64_t n_tiles = (z->t + width - 1) / width, n_units = z->b * z->heads * n_tiles;
#pragma omp parallel
    {
        Worker w;
        worker_init(&w, z, false);
#pragma omp for schedule(dynamic)
        for (int64_t unit = 0; unit < n_units; unit++) {
            int64_t q0 = unit % n_tiles * width, pair = unit / n_tiles;
            int64_t sample = pair / z->heads, head = pair % z->heads;
            int64_t of_q = sample * z->t * z->c + head * d, of_k = sample * z->s * z->c + head * d;
            forward_tile(z, &w, q0, q + of_q, k + of_k, v + of_k, o + of_q, lse + pair * z->t);
        }
        worker_clear(&w);
    }
}

/* Of one sample and head; dk and dv (S, padded). */
typedef struct {
    const float *q, *k, *v, *o, *lse, *upstream;
    float *dq, *dk, *dv;
} BackwardUnit;

static void
backward_tile(const AttentionSizes *z, Worker *w, const BackwardUnit *u, int64_t q0)
{
    const int64_t n_q = MIN(w->width, z->t - q0), end = key_end(z, q0, n_q);
    const float scale = 1 / sqrtf((float)w->d);
    const float *q = u->q + q0 * z->c, *dy = u->upstream + q0 * z->c, *o = u->o + q0 * z->c;
    float lse[MAX_WIDTH] = {0}, delta[MAX_WIDTH] = {0}, one[MAX_WIDTH];
    for (int64_t i = 0; i < w->width; i++)
        one[i] = 1;
    for (int64_t i = 0; i < n_q; i++) {
        lse[i] = u->lse[q0 + i] * LOG2_E;
        for (int64_t j = 0; j < w->d; j++)
            delta[i] += dy[i * z->c + j] * o[i * z->c + j];
    }
    tile_load(w, q, n_q, scale * LOG2_E, w->q);
    tile_load(w, dy, n_q, 1, w->dy);
    rows_load(w, q, n_q, scale, w->q_rows);
    rows_load(w, dy, n_q, 1, w->dy_rows);
    memset(w->acc, 0, (size_t)(w->d * w->width) * sizeof(float));
    for (int64_t k0 = 0; k0 < end; k0 += KEYS) {
        int64_t n_keys = MIN(KEYS, end - k0);
        chunk_scores(w, u->k + k0 * z->c, n_keys, w->q, w->s);
        chunk_scores(w, u->v + k0 * z->c, n_keys, w->dy, w->ds);
        if (z->causal)
            chunk_mask(w, q0, k0, n_keys, w->s);
        w->vector->gradient(n_keys, w->s, w->ds, lse, delta);
        if (u->dv)
            chunk_spread(w, w->s, n_keys, w->dy_rows, n_q, u->dv + k0 * w->padded);
        if (u->dk)
            chunk_spread(w, w->ds, n_keys, w->q_rows, n_q, u->dk + k0 * w->padded);
        if (u->dq)
            chunk_gather(w, u->k + k0 * z->c, n_keys, w->ds, one, w->acc);
    }
    for (int64_t i = 0; u->dq && i < n_q; i++)
        for (int64_t j = 0; j < w->d; j++)
            u->dq[(q0 + i) * z->c + j] = scale * w->acc[j * w->width + i];
}

/* Query tiles are shared out in chunks so that a single head still feeds several threads. */
typedef struct {
    int64_t n_tiles, n_chunks;
    int64_t part; /* floats of one (sample, head, chunk) buffer: (S, padded) */
    int64_t padded;
    float *dk, *dv; /* of all triples, or NULL: not wanted, or n_chunks is 1 */
} Chunks;

/* dx of one sample and head: the sum of the parts, in order. */
static void
parts_gather(const AttentionSizes *z, const Chunks *chunks, const float *parts, float *dx)
{
    const int64_t d = z->c / z->heads;
    for (int64_t s = 0; s < z->s; s++) {
        memcpy(dx + s * z->c, parts + s * chunks->padded, (size_t)d * sizeof *dx);
        for (int64_t chunk = 1; chunk < chunks->n_chunks; chunk++)
            rows_add(1, d, parts + chunk * chunks->part + s * chunks->padded, 0, dx + s * z->c, 0);
    }
}

static void
backward_unit(const AttentionSizes *z, Worker *w, const Chunks *chunks, int64_t unit,
              BackwardUnit u)
{
    int64_t chunk = unit % chunks->n_chunks;
    int64_t first = chunks->n_tiles * chunk / chunks->n_chunks;
    int64_t last = chunks->n_tiles * (chunk + 1) / chunks->n_chunks;
    if (u.dk)
        memset(u.dk, 0, (size_t)chunks->part * sizeof(float));
    if (u.dv)
        memset(u.dv, 0, (size_t)chunks->part * sizeof(float));
    for (int64_t tile = first; tile < last; tile++)
        backward_tile(z, w, &u, tile * w->width);
}

/* Where a sample and head begin. */
static int64_t
offset_of(const AttentionSizes *z, int64_t pair, int64_t length)
{
    return pair / z->heads * length * z->c + pair % z->heads * (z->c / z->heads);
}

void
attention_cpu_backward(const AttentionSizes *z, const float *q, const float *k, const float *v,
                       const float *o, const float *lse, const float *upstream, float *dq,
                       float *dk, float *dv)
{
    const int64_t lanes = tile_kernels()->lanes, width = TILE_MAX_VECTORS * lanes;
    const int64_t n_pairs = z->b * z->heads;
    Chunks chunks = {.n_tiles = (z->t + width - 1) / width};
    chunks.padded = (z->c / z->heads + lanes - 1) / lanes * lanes;
    chunks.part = z->s * chunks.padded;
    chunks.n_chunks = MIN(chunks.n_tiles, (MIN_UNITS + n_pairs - 1) / n_pairs);
    const bool shared = chunks.n_chunks > 1; /* else a thread's own buffer will do */
    const int64_t n_units = n_pairs * chunks.n_chunks;
    chunks.dk = dk && shared ? floats_new(n_units * chunks.part) : NULL;
    chunks.dv = dv && shared ? floats_new(n_units * chunks.part) : NULL;
#pragma omp parallel
    {
        Worker w;
        float *own_dk = dk && !shared ? floats_new(chunks.part) : NULL;
        float *own_dv = dv && !shared ? floats_new(chunks.part) : NULL;
        worker_init(&w, z, true);
#pragma omp for schedule(dynamic)
        for (int64_t unit = 0; unit < n_units; unit++) {
            int64_t pair = unit / chunks.n_chunks;
            int64_t of_q = offset_of(z, pair, z->t), of_k = offset_of(z, pair, z->s);
            BackwardUnit u = {q + of_q,
                              k + of_k,
                              v + of_k,
                              o + of_q,
                              lse + pair * z->t,
                              upstream + of_q,
                              dq ? dq + of_q : NULL,
                              chunks.dk ? chunks.dk + unit * chunks.part : own_dk,
                              chunks.dv ? chunks.dv + unit * chunks.part : own_dv};
            backward_unit(z, &w, &chunks, unit, u);
            if (own_dk)
                parts_gather(z, &chunks, own_dk, dk + of_k);
            if (own_dv)
                parts_gather(z, &chunks, own_dv, dv + of_k);
        }
#pragma omp for schedule(static)
        for (int64_t pair = 0; pair < n_pairs; pair++) {
            int64_t first = pair * chunks.n_chunks * chunks.part;
            if (chunks.dk)
                parts_gather(z, &chunks, chunks.dk + first, dk + offset_of(z, pair, z->s));
            if (chunks.dv)
                parts_gather(z, &chunks, chunks.dv + first, dv + offset_of(z, pair, z->s));
        }
        worker_clear(&w);
        g_aligned_free(own_dk);
        g_aligned_free(own_dv);
    }
    g_aligned_free(chunks.dk);
    g_aligned_free(chunks.dv);
}
