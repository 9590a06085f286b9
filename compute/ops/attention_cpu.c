/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles of 64 queries x 512 keys (128 KiB of scores: the second-level cache holds them) make small
 * matrix products for BLAS; the exponentials between them are vector code. Threads share the
 * (sample, head, query tile) triples forward and the (sample, head, query chunk) triples backward;
 * each chunk adds its part of dk and dv into its own buffer, and the buffers are summed in order.
 */
#include "compute/ops/attention_cpu.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "compute/cpu/fast_math.h"
#include "compute/cpu/parallel.h"

#define QUERY_TILE 64
#define KEY_TILE 512
#define MIN_UNITS 16 /* backward: (sample, head, chunk) triples, enough for this many threads */

static float *
floats_new(int64_t n)
{
    size_t size = ((size_t)(n > 0 ? n : 1) * sizeof(float) + 63) & ~(size_t)63;
    float *p = aligned_alloc(64, size);
    if (!p)
        g_error("attention: out of memory for %zu bytes of scratch", size);
    return p;
}

static int64_t
min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Keys of the tile k0 .. k0+n-1 that query t sees. */
static int64_t
n_visible(const AttentionSizes *z, int64_t t, int64_t k0, int64_t n)
{
    if (!z->causal)
        return n;
    int64_t visible = t + 1 - k0;
    return visible < 0 ? 0 : min64(visible, n);
}

/* First key that no query of the tile q0 .. q0+n-1 sees. */
static int64_t
key_end(const AttentionSizes *z, int64_t q0, int64_t n)
{
    return z->causal ? min64(z->s, q0 + n) : z->s;
}

CPU_CLONES static float
row_max(const float *x, int64_t n)
{
    float max = -INFINITY;
#pragma omp simd reduction(max : max)
    for (int64_t i = 0; i < n; i++)
        max = x[i] > max ? x[i] : max;
    return max;
}

/* x = exp(x - shift); returns the sum. */
CPU_CLONES static float
row_exp(float *x, int64_t n, float shift)
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) {
        x[i] = fast_expf(x[i] - shift);
        sum += x[i];
    }
    return sum;
}

CPU_CLONES static void
row_scale(float *y, const float *x, int64_t n, float factor)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = x[i] * factor;
}

CPU_CLONES static float
row_dot(const float *a, const float *b, int64_t n)
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* p = exp(p - lse); ds = p (ds - delta) scale, where ds holds the gradient of p. */
CPU_CLONES static void
row_backward(float *p, float *ds, int64_t n, float lse, float delta, float scale)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        p[i] = fast_expf(p[i] - lse);
        ds[i] = p[i] * (ds[i] - delta) * scale;
    }
}

CPU_CLONES static void
rows_add(float *y, const float *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        y[i] += x[i];
}

static void
sgemm(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int64_t m, int64_t n, int64_t k, float alpha,
      const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c, int64_t ldc)
{
    cblas_sgemm(CblasRowMajor, ta, tb, (blasint)m, (blasint)n, (blasint)k, alpha, a, (blasint)lda,
                b, (blasint)ldb, beta, c, (blasint)ldc);
}

/* One tile of queries against one of keys: brings p (n_q, n_k) from scores to probabilities
 * relative to the running maximum, and rescales what the row has gathered so far. */
static void
forward_rows(const AttentionSizes *z, float *p, int64_t q0, int64_t n_q, int64_t k0, int64_t n_k,
             float *acc, int64_t d, float *max, float *sum)
{
    for (int64_t i = 0; i < n_q; i++) {
        float *row = p + i * n_k;
        int64_t n = n_visible(z, q0 + i, k0, n_k);
        if (n < n_k)
            memset(row + n, 0, (size_t)(n_k - n) * sizeof(float));
        if (n == 0)
            continue;
        float top = row_max(row, n);
        if (top > max[i]) {
            if (k0 > 0) {
                float shrink = fast_expf(max[i] - top);
                sum[i] *= shrink;
                row_scale(acc + i * d, acc + i * d, d, shrink);
            }
            max[i] = top;
        }
        sum[i] += row_exp(row, n, max[i]);
    }
}

/* q, k, v, o, lse: of one sample and head. p (QUERY_TILE, KEY_TILE), acc (QUERY_TILE, d). */
static void
forward_tile(const AttentionSizes *z, int64_t q0, int64_t n_q, const float *q, const float *k,
             const float *v, float *o, float *lse, float *p, float *acc)
{
    int64_t c = z->c, d = c / z->heads;
    float scale = (float)(1.0 / sqrt((double)d));
    float max[QUERY_TILE], sum[QUERY_TILE];
    for (int i = 0; i < QUERY_TILE; i++)
        max[i] = -INFINITY, sum[i] = 0;
    int64_t end = key_end(z, q0, n_q);
    for (int64_t k0 = 0; k0 < end; k0 += KEY_TILE) {
        int64_t n_k = min64(KEY_TILE, end - k0);
        sgemm(CblasNoTrans, CblasTrans, n_q, n_k, d, scale, q + q0 * c, c, k + k0 * c, c, 0, p,
              n_k);
        forward_rows(z, p, q0, n_q, k0, n_k, acc, d, max, sum);
        sgemm(CblasNoTrans, CblasNoTrans, n_q, d, n_k, 1, p, n_k, v + k0 * c, c, k0 > 0, acc, d);
    }
    for (int64_t i = 0; i < n_q; i++) {
        row_scale(o + (q0 + i) * c, acc + i * d, d, 1 / sum[i]);
        lse[q0 + i] = max[i] + logf(sum[i]);
    }
}

void
attention_cpu_forward(const AttentionSizes *z, const float *q, const float *k, const float *v,
                      float *o, float *lse)
{
    int64_t d = z->c / z->heads, n_tiles = (z->t + QUERY_TILE - 1) / QUERY_TILE;
    int64_t n_units = z->b * z->heads * n_tiles;
#pragma omp parallel
    {
        float *p = floats_new(QUERY_TILE * min64(KEY_TILE, z->s));
        float *acc = floats_new(QUERY_TILE * d);
#pragma omp for schedule(dynamic)
        for (int64_t unit = 0; unit < n_units; unit++) {
            int64_t q0 = unit % n_tiles * QUERY_TILE, pair = unit / n_tiles;
            int64_t sample = pair / z->heads, head = pair % z->heads;
            int64_t of_q = sample * z->t * z->c + head * d, of_k = sample * z->s * z->c + head * d;
            forward_tile(z, q0, min64(QUERY_TILE, z->t - q0), q + of_q, k + of_k, v + of_k,
                         o + of_q, lse + pair * z->t, p, acc);
        }
        free(p);
        free(acc);
    }
}

/* Where one (sample, head, chunk) triple works. dk and dv: rows of length ld. */
typedef struct {
    const float *q, *k, *v, *o, *lse, *upstream;
    float *dq, *dk, *dv;
    int64_t ld;
    float *p, *ds; /* scratch (QUERY_TILE, KEY_TILE) each */
} BackwardUnit;

static void
backward_tile(const AttentionSizes *z, const BackwardUnit *u, int64_t q0, int64_t n_q)
{
    int64_t c = z->c, d = c / z->heads;
    float scale = (float)(1.0 / sqrt((double)d));
    const float *q = u->q + q0 * c, *upstream = u->upstream + q0 * c;
    float delta[QUERY_TILE];
    for (int64_t i = 0; i < n_q; i++)
        delta[i] = row_dot(upstream + i * c, u->o + (q0 + i) * c, d);
    int64_t end = key_end(z, q0, n_q);
    for (int64_t k0 = 0; k0 < end; k0 += KEY_TILE) {
        int64_t n_k = min64(KEY_TILE, end - k0);
        const float *k = u->k + k0 * c, *v = u->v + k0 * c;
        sgemm(CblasNoTrans, CblasTrans, n_q, n_k, d, scale, q, c, k, c, 0, u->p, n_k);
        sgemm(CblasNoTrans, CblasTrans, n_q, n_k, d, 1, upstream, c, v, c, 0, u->ds, n_k);
        for (int64_t i = 0; i < n_q; i++) {
            int64_t n = n_visible(z, q0 + i, k0, n_k);
            float *p = u->p + i * n_k, *ds = u->ds + i * n_k;
            row_backward(p, ds, n, u->lse[q0 + i], delta[i], scale);
            memset(p + n, 0, (size_t)(n_k - n) * sizeof(float));
            memset(ds + n, 0, (size_t)(n_k - n) * sizeof(float));
        }
        if (u->dv)
            sgemm(CblasTrans, CblasNoTrans, n_k, d, n_q, 1, u->p, n_k, upstream, c, 1,
                  u->dv + k0 * u->ld, u->ld);
        if (u->dk)
            sgemm(CblasTrans, CblasNoTrans, n_k, d, n_q, 1, u->ds, n_k, q, c, 1, u->dk + k0 * u->ld,
                  u->ld);
        if (u->dq)
            sgemm(CblasNoTrans, CblasNoTrans, n_q, d, n_k, 1, u->ds, n_k, k, c, k0 > 0,
                  u->dq + q0 * c, c);
    }
}

/* Query tiles are shared out in chunks so that a single head still feeds several threads. */
typedef struct {
    int64_t n_tiles, n_chunks, part; /* part: floats of one (sample, head, chunk) buffer */
    float *dk, *dv;                  /* the buffers of all triples, or NULL */
} Chunks;

static void
backward_unit(const AttentionSizes *z, const Chunks *chunks, int64_t unit, const BackwardUnit *all)
{
    int64_t d = z->c / z->heads;
    int64_t pair = unit / chunks->n_chunks, chunk = unit % chunks->n_chunks;
    int64_t sample = pair / z->heads, head = pair % z->heads;
    int64_t of_q = sample * z->t * z->c + head * d, of_k = sample * z->s * z->c + head * d;
    BackwardUnit u = *all;
    u.q += of_q, u.o += of_q, u.upstream += of_q;
    u.k += of_k, u.v += of_k;
    u.lse += pair * z->t;
    u.ld = d;
    u.dq = all->dq ? all->dq + of_q : NULL;
    u.dk = chunks->dk ? chunks->dk + unit * chunks->part : NULL;
    u.dv = chunks->dv ? chunks->dv + unit * chunks->part : NULL;
    if (u.dk)
        memset(u.dk, 0, (size_t)chunks->part * sizeof(float));
    if (u.dv)
        memset(u.dv, 0, (size_t)chunks->part * sizeof(float));
    int64_t first = chunks->n_tiles * chunk / chunks->n_chunks;
    int64_t last = chunks->n_tiles * (chunk + 1) / chunks->n_chunks;
    for (int64_t tile = first; tile < last; tile++) {
        int64_t q0 = tile * QUERY_TILE;
        backward_tile(z, &u, q0, min64(QUERY_TILE, z->t - q0));
    }
}

/* dx (B, S, C): the sum of the chunks' parts (B, heads, chunk, S, d), in order. */
static void
chunks_gather(const AttentionSizes *z, const Chunks *chunks, const float *parts, float *dx)
{
    int64_t d = z->c / z->heads;
#pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < z->b * z->s; row++) {
        int64_t sample = row / z->s, s = row % z->s;
        for (int64_t head = 0; head < z->heads; head++) {
            float *to = dx + row * z->c + head * d;
            const float *from =
                parts + (sample * z->heads + head) * chunks->n_chunks * chunks->part + s * d;
            memcpy(to, from, (size_t)d * sizeof(float));
            for (int64_t chunk = 1; chunk < chunks->n_chunks; chunk++)
                rows_add(to, from + chunk * chunks->part, d);
        }
    }
}

void
attention_cpu_backward(const AttentionSizes *z, const float *q, const float *k, const float *v,
                       const float *o, const float *lse, const float *upstream, float *dq,
                       float *dk, float *dv)
{
    int64_t d = z->c / z->heads, n_pairs = z->b * z->heads;
    Chunks chunks = {.n_tiles = (z->t + QUERY_TILE - 1) / QUERY_TILE, .part = z->s * d};
    chunks.n_chunks = min64(chunks.n_tiles, (MIN_UNITS + n_pairs - 1) / n_pairs);
    int64_t n_units = n_pairs * chunks.n_chunks;
    chunks.dk = dk ? floats_new(n_units * chunks.part) : NULL;
    chunks.dv = dv ? floats_new(n_units * chunks.part) : NULL;
#pragma omp parallel
    {
        BackwardUnit all = {.q = q, .k = k, .v = v, .o = o, .lse = lse, .upstream = upstream};
        all.dq = dq;
        all.p = floats_new(QUERY_TILE * min64(KEY_TILE, z->s));
        all.ds = floats_new(QUERY_TILE * min64(KEY_TILE, z->s));
#pragma omp for schedule(dynamic)
        for (int64_t unit = 0; unit < n_units; unit++)
            backward_unit(z, &chunks, unit, &all);
        free(all.p);
        free(all.ds);
    }
    if (dk)
        chunks_gather(z, &chunks, chunks.dk, dk);
    if (dv)
        chunks_gather(z, &chunks, chunks.dv, dv);
    free(chunks.dk);
    free(chunks.dv);
}
