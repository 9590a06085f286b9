/* SPDX-License-Identifier: Apache-2.0 */
/* b is packed once into panels of at most three vectors of columns, a is read where it lies: the
 * inner loop broadcasts its elements. Where k is long and c is small, as in the gradient of a
 * LoRA's factor, parts of k have sums of their own, which are added in their order. */
#include "compute/cpu/gemm.h"

#include <glib.h>
#include <string.h>

#include "compute/cpu/parallel.h"
#include "compute/cpu/tile_kernel.h"

#define K_CHUNK 512            /* of a panel at a time: it stays in the second-level cache */
#define ROW_BLOCK 96           /* rows of a that a task takes, at most */
#define PACKED_BYTES (8 << 20) /* of b at a time */
#define LONG_K 4096            /* from here on k is split where c is small */
#define SPLIT 2048             /* of k */
#define SMALL_C (1 << 18)      /* elements */
#define FEW_ROWS 3             /* of c: not worth packing b for */
#define SOME_ROWS 192 /* of c: a, being small, is packed in the place of a b of many columns */

/* Columns of b as panels. */
typedef struct {
    const CpuGemm *gemm;
    const TileKernels *kernels;
    int64_t first, n; /* columns */
    int64_t k0, k;    /* rows of b that are packed */
    int64_t n_panels;
    float *data;
    TileTap *taps[TILE_MAX_VECTORS]; /* K_CHUNK each, by vectors of a panel less one */
} Panels;

static int64_t
parts_of(int64_t count, int64_t at_most)
{
    return (count + at_most - 1) / at_most;
}

static int64_t
panel_first_vector(const Panels *panels, int64_t i)
{
    return parts_of(panels->n, panels->kernels->lanes) * i / panels->n_panels;
}

static int64_t
panels_floats(const TileKernels *kernels, int64_t n, int64_t k)
{
    return parts_of(n, kernels->lanes) * kernels->lanes * k;
}

static void
panels_init(Panels *panels, const CpuGemm *gemm)
{
    const int64_t step = gemm->trans_a ? gemm->lda : 1;
    memset(panels, 0, sizeof *panels);
    panels->gemm = gemm;
    panels->kernels = tile_kernels();
    for (int v = 0; v < TILE_MAX_VECTORS; v++) {
        panels->taps[v] = g_new(TileTap, K_CHUNK);
        for (int64_t k = 0; k < K_CHUNK; k++)
            panels->taps[v][k] =
                (TileTap){(int32_t)(k * (v + 1) * panels->kernels->lanes), (int32_t)(k * step)};
    }
}

static void
panels_clear(Panels *panels)
{
    for (int v = 0; v < TILE_MAX_VECTORS; v++)
        g_free(panels->taps[v]);
}

static void
panels_choose(Panels *panels, int64_t first, int64_t n, int64_t k0, int64_t k, float *data)
{
    panels->first = first;
    panels->n = n;
    panels->k0 = k0;
    panels->k = k;
    panels->n_panels = parts_of(parts_of(n, panels->kernels->lanes), TILE_MAX_VECTORS);
    panels->data = data;
}

/* to[i * width + j] = from[j * ld + i] */
CPU_CLONES static void
pack_transposed(int64_t k, int64_t n, const float *restrict from, int64_t ld, int64_t width,
                float *restrict to)
{
    for (int64_t i0 = 0; i0 < k; i0 += 16) {
        int64_t end = i0 + 16 < k ? i0 + 16 : k;
        for (int64_t j = 0; j < n; j++)
            for (int64_t i = i0; i < end; i++)
                to[i * width + j] = from[j * ld + i];
    }
}

static void
panel_pack(const Panels *panels, int64_t i)
{
    const CpuGemm *g = panels->gemm;
    const int lanes = panels->kernels->lanes;
    int64_t vector = panel_first_vector(panels, i);
    int64_t width = (panel_first_vector(panels, i + 1) - vector) * lanes;
    int64_t column = panels->first + vector * lanes;
    int64_t n = MIN(width, panels->first + panels->n - column);
    float *to = panels->data + vector * lanes * panels->k;
    if (n < width)
        memset(to, 0, (size_t)(width * panels->k) * sizeof *to);
    if (g->trans_b) {
        pack_transposed(panels->k, n, g->b + column * g->ldb + panels->k0, g->ldb, width, to);
        return;
    }
    for (int64_t k = 0; k < panels->k; k++)
        memcpy(to + k * width, g->b + (panels->k0 + k) * g->ldb + column, (size_t)n * sizeof *to);
}

/* Where a block of sums (n_rows, width) goes, n columns of it. */
typedef struct {
    float *c;
    const float *bias, *add;
    int64_t ldc;
} Target;

CPU_CLONES static void
block_store(int n_rows, int64_t n, int64_t width, const float *restrict sums, const Target *target)
{
    const float *bias = target->bias, *add = target->add;
    for (int row = 0; row < n_rows; row++, sums += width) {
        float *c = target->c + row * target->ldc;
        if (add && bias) {
            for (int64_t j = 0; j < n; j++)
                c[j] = add[j] + (sums[j] + bias[j]);
        } else if (add) {
            for (int64_t j = 0; j < n; j++)
                c[j] = add[j] + sums[j];
        } else if (bias) {
            for (int64_t j = 0; j < n; j++)
                c[j] = sums[j] + bias[j];
        } else {
            memcpy(c, sums, (size_t)n * sizeof *c);
        }
        add = add ? add + target->ldc : NULL;
    }
}

/* Rows first .. end - 1 of c by panels i0 .. i1 - 1. c: of the first column of the panels; the
 * first chunk of k takes bias and add, the others add to c. */
static void
rows_compute(const Panels *panels, int64_t first, int64_t end, int64_t i0, int64_t i1,
             const Target *target)
{
    const CpuGemm *g = panels->gemm;
    const TileKernels *kernels = panels->kernels;
    const int lanes = kernels->lanes;
    const int64_t n_groups = parts_of(end - first, kernels->n_rows);
    float sums[TILE_MAX_ROWS * TILE_MAX_VECTORS * TILE_MAX_LANES] __attribute__((aligned(64)));
    for (int64_t k = 0; k < panels->k; k += K_CHUNK) {
        const int64_t n_k = MIN(K_CHUNK, panels->k - k), at = panels->k0 + k;
        for (int64_t i = i0; i < i1; i++) {
            int64_t vector = panel_first_vector(panels, i), column = vector * lanes;
            int n_vectors = (int)(panel_first_vector(panels, i + 1) - vector);
            int64_t width = n_vectors * lanes, n = MIN(width, panels->n - column);
            const float *b = panels->data + column * panels->k + k * width;
            const float *x[TILE_MAX_VECTORS] = {b, b + lanes, b + 2 * lanes};
            for (int64_t group = 0; group < n_groups; group++) {
                int64_t row = first + (end - first) * group / n_groups;
                int n_rows = (int)(first + (end - first) * (group + 1) / n_groups - row);
                float *c = target->c + row * target->ldc + column;
                const float *a = g->a + (g->trans_a ? at * g->lda + row : row * g->lda + at);
                kernels->forward(n_rows, n_vectors, x, panels->taps[n_vectors - 1], n_k, a,
                                 g->trans_a ? 1 : g->lda, sums);
                Target block = {c, NULL, c, target->ldc};
                if (k == 0) {
                    block.bias = target->bias ? target->bias + column : NULL;
                    block.add = target->add ? target->add + row * target->ldc + column : NULL;
                }
                block_store(n_rows, n, width, sums, &block);
            }
        }
    }
}

/* Columns in slabs whose packed copy is bounded; tasks are blocks of rows and ranges of panels. */
static void
gemm_packed(const CpuGemm *g)
{
    const TileKernels *kernels = tile_kernels();
    const int n_threads = cpu_n_threads();
    const int64_t most = MAX(PACKED_BYTES / (g->k * (int64_t)sizeof(float)), 4 * TILE_MAX_LANES) /
                         TILE_MAX_LANES * TILE_MAX_LANES;
    const int64_t n_slab = MIN(g->n, most);
    float *data = g_aligned_alloc((gsize)panels_floats(kernels, n_slab, g->k), sizeof(float), 64);
    Panels panels;
    panels_init(&panels, g);
    for (int64_t first = 0; first < g->n; first += n_slab) {
        panels_choose(&panels, first, MIN(n_slab, g->n - first), 0, g->k, data);
        const Target target = {g->c + first, g->bias ? g->bias + first : NULL,
                               g->add ? g->add + first : NULL, g->ldc};
        const int64_t n_blocks =
            MAX(parts_of(g->m, ROW_BLOCK), MIN(n_threads, parts_of(g->m, kernels->n_rows)));
        const int64_t n_parts =
            n_blocks >= 2 * n_threads ? 1 : MIN(panels.n_panels, parts_of(2 * n_threads, n_blocks));
#pragma omp parallel num_threads(n_threads)
        {
#pragma omp for schedule(static)
            for (int64_t i = 0; i < panels.n_panels; i++)
                panel_pack(&panels, i);
#pragma omp for schedule(dynamic)
            for (int64_t task = 0; task < n_blocks * n_parts; task++) {
                int64_t block = task / n_parts, part = task % n_parts;
                rows_compute(&panels, g->m * block / n_blocks, g->m * (block + 1) / n_blocks,
                             panels.n_panels * part / n_parts,
                             panels.n_panels * (part + 1) / n_parts, &target);
            }
        }
    }
    panels_clear(&panels);
    g_aligned_free(data);
}

/* Sums of parts of k, (n_split, m, n), added in their order. */
static void
gemm_split(const CpuGemm *g)
{
    const TileKernels *kernels = tile_kernels();
    const int64_t n_split = g->k / SPLIT, size = g->m * g->n;
    float *sums = g_aligned_alloc((gsize)(n_split * size), sizeof(float), 64);
    Panels shared;
    panels_init(&shared, g);
#pragma omp parallel num_threads(cpu_n_threads())
    {
        Panels panels = shared;
        float *data =
            g_aligned_alloc((gsize)panels_floats(kernels, g->n, K_CHUNK), sizeof(float), 64);
#pragma omp for schedule(dynamic)
        for (int64_t part = 0; part < n_split; part++) {
            int64_t k = g->k * part / n_split, end = g->k * (part + 1) / n_split;
            Target target = {sums + part * size, NULL, NULL, g->n};
            for (; k < end; k += K_CHUNK) {
                panels_choose(&panels, 0, g->n, k, MIN(K_CHUNK, end - k), data);
                for (int64_t i = 0; i < panels.n_panels; i++)
                    panel_pack(&panels, i);
                rows_compute(&panels, 0, g->m, 0, panels.n_panels, &target);
                target.add = target.c;
            }
        }
        g_aligned_free(data);
#pragma omp for schedule(static)
        for (int64_t row = 0; row < g->m; row++) {
            const float *add = g->add ? g->add + row * g->ldc : NULL;
            Target target = {g->c + row * g->ldc, g->bias, add, g->ldc};
            for (int64_t part = 0; part < n_split; part++) {
                block_store(1, g->n, g->n, sums + part * size + row * g->n, &target);
                target = (Target){target.c, NULL, target.c, g->ldc};
            }
        }
    }
    panels_clear(&shared);
    g_aligned_free(sums);
}

CPU_CLONES static float
dot(int64_t n, const float *restrict a, const float *restrict b)
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void
gemm_dots(const CpuGemm *g)
{
#pragma omp parallel for schedule(static) if (g->n * g->k > 65536)
    for (int64_t j = 0; j < g->n; j++) {
        for (int64_t i = 0; i < g->m; i++) {
            float sum = dot(g->k, g->a + i * g->lda, g->b + j * g->ldb);
            sum += g->bias ? g->bias[j] : 0;
            g->c[i * g->ldc + j] = g->add ? g->add[i * g->ldc + j] + sum : sum;
        }
    }
}

/* The product the other way round: c' = b a'. So the weights of a text encoder, of which 77 tokens
 * make little use, are read once and where they lie. */
static void
gemm_swapped(const CpuGemm *g)
{
    float *turned = g_aligned_alloc((gsize)(g->n * g->m), sizeof(float), 64);
    const CpuGemm swapped = {.trans_b = true,
                             .m = g->n,
                             .n = g->m,
                             .k = g->k,
                             .a = g->b,
                             .lda = g->ldb,
                             .b = g->a,
                             .ldb = g->lda,
                             .c = turned,
                             .ldc = g->m};
    gemm_packed(&swapped);
#pragma omp parallel for schedule(static) if (g->n * g->m > 32768)
    for (int64_t i = 0; i < g->m; i++) {
        for (int64_t j = 0; j < g->n; j++) {
            float sum = turned[j * g->m + i] + (g->bias ? g->bias[j] : 0);
            g->c[i * g->ldc + j] = g->add ? g->add[i * g->ldc + j] + sum : sum;
        }
    }
    g_aligned_free(turned);
}

static bool
is_better_swapped(const CpuGemm *g)
{
    return g->trans_b && !g->trans_a && g->m <= SOME_ROWS && g->n >= 4 * g->m;
}

void
cpu_gemm(const CpuGemm *g)
{
    if (g->m <= 0 || g->n <= 0 || g->k <= 0)
        return;
    if (g->m <= FEW_ROWS && g->trans_b && !g->trans_a)
        gemm_dots(g);
    else if (g->k >= LONG_K && g->m * g->n <= SMALL_C)
        gemm_split(g);
    else if (is_better_swapped(g))
        gemm_swapped(g);
    else
        gemm_packed(g);
}
