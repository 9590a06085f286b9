/* SPDX-License-Identifier: Apache-2.0 */
/* Inner products by counting bits, or by summing floats. */
#include "app/evaluate/learn/products.h"

#include <math.h>
#include <string.h>

#include "app/evaluate/learn/feature_matrix_private.h"
#include "app/evaluate/learn/simd.h"

enum { TILE = 32, CHUNK_WORDS = 256 };

typedef gint64 (*ProductFunction)(const guint64 *set_a, const guint64 *minus_a,
                                  const guint64 *set_b, const guint64 *minus_b, int n_words);

typedef struct {
    const LearnSet *set;
    const guint64 *kept; /* trits: (packet_words) */
    const float *rows;   /* floats: (n, n_used), scaled */
    int n_used;
    double *products;
    ProductFunction trit_product;
} Products;

/* Of a tile's samples, words that say where a trit is not 0, and where it is -1. */
typedef struct {
    guint64 set[TILE][CHUNK_WORDS], minus[TILE][CHUNK_WORDS];
} TileWords;

static void
load_tile(const Products *products, int tile, size_t first, int n_words, TileWords *words)
{
    const LearnSet *set = products->set;

    for (int i = 0; i < TILE && tile * TILE + i < set->n; i++) {
        int sample = set->samples[tile * TILE + i];
        const guint64 *present = feature_matrix_present(set->matrix, sample) + first;
        const guint64 *ones = feature_matrix_ones(set->matrix, sample) + first;

        for (int word = 0; word < n_words; word++) {
            guint64 kept = products->kept[(first + word) % set->matrix->packet_words];

            words->minus[i][word] = ~present[word] & kept;
            words->set[i][word] = (ones[word] | ~present[word]) & kept;
        }
    }
}

/* Where both are not 0 the product is 1, but -1 where one of them is -1 alone. */
static inline __attribute__((always_inline)) gint64
count_product(const guint64 *set_a, const guint64 *minus_a, const guint64 *set_b,
              const guint64 *minus_b, int n_words)
{
    gint64 both = 0, unlike = 0;

    for (int word = 0; word < n_words; word++) {
        guint64 common = set_a[word] & set_b[word];

        both += __builtin_popcountll(common);
        unlike += __builtin_popcountll(common & (minus_a[word] ^ minus_b[word]));
    }
    return both - 2 * unlike;
}

LEARN_BIT_KERNEL static gint64
trit_product(const guint64 *set_a, const guint64 *minus_a, const guint64 *set_b,
             const guint64 *minus_b, int n_words)
{
    return count_product(set_a, minus_a, set_b, minus_b, n_words);
}

#if LEARN_HAS_X86_COUNTS
__attribute__((target("avx512f,avx512vl,avx512vpopcntdq"))) static gint64
trit_product_512(const guint64 *set_a, const guint64 *minus_a, const guint64 *set_b,
                 const guint64 *minus_b, int n_words)
{
    return count_product(set_a, minus_a, set_b, minus_b, n_words);
}
#endif

static ProductFunction
best_product(void)
{
#if LEARN_HAS_X86_COUNTS
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512vpopcntdq"))
        return trit_product_512;
#endif
    return trit_product;
}

/* Row and column of tile pair i, column <= row. */
static void
tile_pair(int i, int *row, int *column)
{
    *row = 0;
    while (i > *row)
        i -= ++*row;
    *column = i;
}

static void
store_tile(const Products *products, int row, int column, double tile[TILE][TILE])
{
    int n = products->set->n;

    for (int i = 0; i < TILE && row * TILE + i < n; i++) {
        for (int k = 0; k < TILE && column * TILE + k < n; k++) {
            size_t a = row * TILE + i, b = column * TILE + k;

            products->products[a * n + b] = products->products[b * n + a] = tile[i][k];
        }
    }
}

static void
multiply_trits(int pair, int thread, gpointer data)
{
    const Products *products = data;
    const LearnSet *set = products->set;
    size_t n_words = feature_matrix_plane_words(set->matrix);
    g_autofree TileWords *a = g_new0(TileWords, 2);
    TileWords *b = a + 1;
    double sums[TILE][TILE] = {{0}};
    int row, column;

    tile_pair(pair, &row, &column);
    for (size_t first = 0; first < n_words; first += CHUNK_WORDS) {
        int n = (int)MIN(CHUNK_WORDS, n_words - first);

        load_tile(products, row, first, n, a);
        load_tile(products, column, first, n, b);
        for (int i = 0; i < TILE; i++) {
            for (int k = 0; k < TILE; k++)
                sums[i][k] += (double)products->trit_product(a->set[i], a->minus[i], b->set[k],
                                                             b->minus[k], n);
        }
    }
    store_tile(products, row, column, sums);
}

static double
float_product(const float *a, const float *b, int n)
{
    double sums[4] = {0};
    int i = 0;

    for (; i + 4 <= n; i += 4) {
        for (int k = 0; k < 4; k++)
            sums[k] += (double)a[i + k] * b[i + k];
    }
    for (; i < n; i++)
        sums[0] += (double)a[i] * b[i];
    return sums[0] + sums[1] + sums[2] + sums[3];
}

static void
multiply_floats(int pair, int thread, gpointer data)
{
    const Products *products = data;
    double sums[TILE][TILE] = {{0}};
    int row, column, n = products->set->n;

    tile_pair(pair, &row, &column);
    for (int i = 0; i < TILE && row * TILE + i < n; i++) {
        const float *a = products->rows + (size_t)(row * TILE + i) * products->n_used;

        for (int k = 0; k < TILE && column * TILE + k < n; k++)
            sums[i][k] =
                float_product(a, products->rows + (size_t)(column * TILE + k) * products->n_used,
                              products->n_used);
    }
    store_tile(products, row, column, sums);
}

/* Samples as (value - mean) * scale, of the features whose scale is not 0. */
static float *
scaled_rows(const LearnSet *set, const double *mean, const double *scale, int *n_used)
{
    int n_features = set->matrix->n_features;
    float *rows, *to;

    *n_used = 0;
    for (int i = 0; i < n_features; i++)
        *n_used += scale[i] != 0;
    rows = to = g_new(float, (size_t)set->n **n_used + 1);
    for (int i = 0; i < set->n; i++) {
        const float *row = feature_matrix_floats(set->matrix, set->samples[i]);

        for (int k = 0; k < n_features; k++) {
            if (scale[k] != 0)
                *to++ = (float)((row[k] - mean[k]) * scale[k]);
        }
    }
    return rows;
}

double *
learn_products(const LearnSet *set, FeatureMask mask, const double *mean, const double *scale,
               const LearnWatch *watch, GError **error)
{
    g_autofree double *made = g_new(double, (size_t)set->n * set->n);
    g_autofree guint64 *kept = NULL;
    g_autofree float *rows = NULL;
    Products products = {.set = set, .products = made};
    int n_tiles = (set->n + TILE - 1) / TILE, n_pairs = n_tiles * (n_tiles + 1) / 2;
    bool trits = set->matrix->kind == FEATURES_TRITS;

    if (trits) {
        kept = g_new0(guint64, set->matrix->packet_words);
        feature_matrix_kept_columns(set->matrix, mask, kept);
        products.kept = kept;
        products.trit_product = best_product();
    } else {
        products.rows = rows = scaled_rows(set, mean, scale, &products.n_used);
    }
    if (!learn_in_parallel(n_pairs, watch, trits ? multiply_trits : multiply_floats, &products,
                           error))
        return NULL;
    return g_steal_pointer(&made);
}

static double
dot(const double *a, const double *b, int n)
{
    double sums[4] = {0};
    int i = 0;

    for (; i + 4 <= n; i += 4) {
        for (int k = 0; k < 4; k++)
            sums[k] += a[i + k] * b[i + k];
    }
    for (; i < n; i++)
        sums[0] += a[i] * b[i];
    return sums[0] + sums[1] + sums[2] + sums[3];
}

double *
learn_factor(double *matrix, int n, int *rank)
{
    double *factor = g_new0(double, (size_t)n *n + 1), *packed, largest = 0;
    g_autofree double *left = g_new(double, n + 1); /* of the diagonal; -1 of a pivot */

    for (int i = 0; i < n; i++) {
        left[i] = matrix[(size_t)i * n + i];
        largest = MAX(largest, left[i]);
    }
    for (*rank = 0; *rank < n; ++*rank) {
        int pivot = 0, k = *rank;
        double root;

        for (int i = 1; i < n; i++)
            pivot = left[i] > left[pivot] ? i : pivot;
        if (!(left[pivot] > 1e-10 * largest))
            break;
        root = sqrt(left[pivot]);
        for (int i = 0; i < n; i++) {
            double *row = factor + (size_t)i * n;

            if (i == pivot || left[i] < 0)
                continue;
            row[k] =
                (matrix[(size_t)i * n + pivot] - dot(row, factor + (size_t)pivot * n, k)) / root;
            left[i] = MAX(left[i] - row[k] * row[k], 0);
        }
        factor[(size_t)pivot * n + k] = root;
        left[pivot] = -1;
    }
    packed = g_new(double, (size_t)n *MAX(*rank, 1));
    for (int i = 0; i < n; i++)
        memcpy(packed + (size_t)i * *rank, factor + (size_t)i * n, *rank * sizeof *packed);
    g_free(factor);
    return packed;
}
