/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/model/lora_extract.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "compute/model/lora_private.h"

/* More directions than the rank are followed, so that the last ones are right; how often. */
enum { EXTRA = 8, N_ITERATIONS = 6, N_SWEEPS = 30 };

/* Matrices are row-major; a basis is stored as q rows of length n. */

/* out (q, m) = x (q, k) d' with d (m, k) */
static void
times_transposed(const float *d, const float *x, float *out, int64_t m, int64_t k, int64_t q)
{
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < m; i++)
        for (int64_t r = 0; r < q; r++) {
            float sum = 0;
            for (int64_t j = 0; j < k; j++)
                sum += d[i * k + j] * x[r * k + j];
            out[r * m + i] = sum;
        }
}

/* out (q, k) = x (q, m) d */
static void
times(const float *d, const float *x, float *out, int64_t m, int64_t k, int64_t q)
{
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < q; r++) {
        memset(out + r * k, 0, (size_t)k * sizeof *out);
        for (int64_t i = 0; i < m; i++)
            for (int64_t j = 0; j < k; j++)
                out[r * k + j] += x[r * m + i] * d[i * k + j];
    }
}

static double
dot(const float *a, const float *b, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* Makes the rows orthonormal, each taken out of twice; what has no length becomes zero. */
static void
orthonormalise(float *x, int64_t q, int64_t n)
{
    for (int64_t r = 0; r < q; r++) {
        float *row = x + r * n;
        double before = sqrt(dot(row, row, n)), after;
        for (int pass = 0; pass < 2; pass++)
            for (int64_t s = 0; s < r; s++) {
                float part = (float)dot(row, x + s * n, n);
                for (int64_t i = 0; i < n; i++)
                    row[i] -= part * x[s * n + i];
            }
        after = sqrt(dot(row, row, n));
        float factor = after > 1e-6 * before && after > 0 ? (float)(1 / after) : 0;
        for (int64_t i = 0; i < n; i++)
            row[i] *= factor;
    }
}

/* Jacobi: a (q, q) symmetric becomes diagonal, v (q, q) the eigenvectors as rows, both in
 * descending order. */
static void
eigen(double *a, double *v, int q)
{
    for (int i = 0; i < q * q; i++)
        v[i] = i / q == i % q;
    for (int sweep = 0; sweep < N_SWEEPS; sweep++)
        for (int i = 0; i < q; i++)
            for (int j = i + 1; j < q; j++) {
                double off = a[i * q + j];
                if (fabs(off) <= 1e-15 * sqrt(fabs(a[i * q + i] * a[j * q + j])))
                    continue;
                double theta = (a[j * q + j] - a[i * q + i]) / (2 * off);
                double t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
                double c = 1 / sqrt(t * t + 1), s = t * c;
                for (int k = 0; k < q; k++) {
                    double x = a[k * q + i], y = a[k * q + j];
                    a[k * q + i] = c * x - s * y;
                    a[k * q + j] = s * x + c * y;
                }
                for (int k = 0; k < q; k++) {
                    double x = a[i * q + k], y = a[j * q + k], z = v[i * q + k], w = v[j * q + k];
                    a[i * q + k] = c * x - s * y;
                    a[j * q + k] = s * x + c * y;
                    v[i * q + k] = c * z - s * w;
                    v[j * q + k] = s * z + c * w;
                }
            }
    for (int i = 0; i < q; i++) /* the largest first */
        for (int j = i + 1; j < q; j++)
            if (a[j * q + j] > a[i * q + i]) {
                double swap = a[i * q + i];
                a[i * q + i] = a[j * q + j];
                a[j * q + j] = swap;
                for (int k = 0; k < q; k++) {
                    swap = v[i * q + k];
                    v[i * q + k] = v[j * q + k];
                    v[j * q + k] = swap;
                }
            }
}

/* d (m, k) ~ up (m, rank) down (rank, k), both with the roots of the singular values. Returns the
 * square of the norm of what is in it. */
static double
factor(const float *d, int64_t m, int64_t k, int rank, const char *name, float *down, float *up)
{
    int q = (int)MIN(rank + EXTRA, MIN(m, k));
    g_autofree float *left = g_new(float, q *m), *right = g_new(float, q *k);
    g_autofree double *gram = g_new(double, q *q), *v = g_new(double, q *q);
    double kept = 0;

    weight_random(right, q * k, INIT_EMBEDDING, 1, 1, name);
    for (int i = 0; i < N_ITERATIONS; i++) {
        times_transposed(d, right, left, m, k, q);
        orthonormalise(left, q, m);
        times(d, left, right, m, k, q);
        if (i + 1 < N_ITERATIONS)
            orthonormalise(right, q, k);
    }
    for (int i = 0; i < q; i++)
        for (int j = 0; j < q; j++)
            gram[i * q + j] = dot(right + i * k, right + j * k, k);
    eigen(gram, v, q);
    for (int r = 0; r < rank; r++) {
        double square = r < q ? MAX(gram[r * q + r], 0) : 0, root = sqrt(sqrt(square));
        kept += square;
        for (int64_t j = 0; j < k; j++) {
            double sum = 0;
            for (int s = 0; root > 0 && s < q; s++)
                sum += v[r * q + s] * (double)right[s * k + j];
            down[r * k + j] = root > 0 ? (float)(sum / root) : 0;
        }
        for (int64_t i = 0; i < m; i++) {
            double sum = 0;
            for (int s = 0; root > 0 && s < q; s++)
                sum += v[r * q + s] * (double)left[s * m + i];
            up[i * rank + r] = (float)(sum * root);
        }
    }
    return kept;
}

static float *
read_base(const LoraTarget *target, int part, const LoraLayer *layer, GError **error)
{
    g_autofree char *name = g_strconcat(layer->path, ".weight", NULL);
    const Weight *w = target->part[part] ? module_find(target->part[part], name) : NULL;
    Shape shape = lora_base_shape(layer);

    if (!w || !shape_equal(&w->shape, &shape)) {
        g_autofree char *text = shape_to_string(&shape);
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    _("The base has a layer %s of %s that the tuned model has not: take a model "
                      "that was made of this base."),
                    layer->path, text);
        return NULL;
    }
    return lora_read_weight(w, error);
}

static bool
fill_layer(LoraLayer *layer, int part, const LoraTarget *base, const LoraTarget *tuned,
           double *kept, double *all, GError **error)
{
    int rank = lora_layer_rank(layer);
    int64_t m = layer->up->shape.dim[0], k = shape_count(&layer->down->shape) / rank;
    g_autofree float *from = read_base(base, part, layer, error);
    g_autofree float *to = from ? read_base(tuned, part, layer, error) : NULL;
    g_autofree float *down = g_new(float, rank *k), *up = g_new(float, m *rank);

    if (!to)
        return false;
    for (int64_t i = 0; i < m * k; i++)
        to[i] -= from[i];
    *all += dot(to, to, m * k);
    *kept += factor(to, m, k, rank, layer->path, down, up);
    layer->alpha = (float)rank;
    return weight_write(layer->down, down, error) && weight_write(layer->up, up, error);
}

Lora *
lora_extract(Device *device, const LoraTarget *base, const LoraTarget *tuned,
             const LoraOptions *options, double *left, LoraExtractFunc func, void *data,
             GError **error)
{
    g_autoptr(Lora) lora = lora_new(device, base, options, error);
    double kept = 0, all = 0;
    int n = lora ? lora_n_layers(lora) : 0, done = 0;

    if (!lora)
        return NULL;
    for (int part = 0; part < LORA_N_PARTS; part++)
        for (guint i = 0; i < lora->layers[part]->len; i++) {
            if (func && !func(done++, n, data)) {
                g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                                    _("The extraction was cancelled."));
                return NULL;
            }
            if (!fill_layer(lora->layers[part]->pdata[i], part, base, tuned, &kept, &all, error))
                return NULL;
        }
    *left = all > 0 ? sqrt(MAX(0, 1 - kept / all)) : 0;
    return g_steal_pointer(&lora);
}
