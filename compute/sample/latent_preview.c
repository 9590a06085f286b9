/* SPDX-License-Identifier: Apache-2.0 */
/* The normal equations of the regression are gathered in double and solved by Cholesky. */
#include "compute/sample/latent_preview.h"

#include <math.h>
#include <string.h>

static const double RIDGE = 1e-3; /* of the mean diagonal */
static const double KEEP = 0.5;   /* of what was learnt before */

struct LatentPreview {
    int n_in, n_out; /* channels + 1 for the constant; 3 scale^2 */
    int scale;
    double *gram;    /* (n_in, n_in): sum of in in^T */
    double *moments; /* (n_in, n_out): sum of in out^T */
    float *map;      /* (n_out, n_in) */
    bool fit;
};

LatentPreview *
latent_preview_new(int channels, int scale)
{
    LatentPreview *p = g_new0(LatentPreview, 1);

    p->n_in = channels + 1;
    p->n_out = 3 * scale * scale;
    p->scale = scale;
    p->gram = g_new0(double, (gsize)p->n_in * p->n_in);
    p->moments = g_new0(double, (gsize)p->n_in * p->n_out);
    p->map = g_new0(float, (gsize)p->n_in * p->n_out);
    return p;
}

void
latent_preview_free(LatentPreview *p)
{
    if (!p)
        return;
    g_free(p->gram);
    g_free(p->moments);
    g_free(p->map);
    g_free(p);
}

int
latent_preview_scale(const LatentPreview *p)
{
    return p->scale;
}

bool
latent_preview_is_fit(const LatentPreview *p)
{
    return p->fit;
}

/* Mean of the square of `side` pixels at (x, y) of a plane. */
static float
mean_of_square(const float *plane, int width, int x, int y, int side)
{
    float sum = 0;

    for (int i = 0; i < side; i++) {
        for (int j = 0; j < side; j++)
            sum += plane[(gsize)(y + i) * width + x + j];
    }
    return sum / (float)(side * side);
}

/* The pixels that the latent pixel (x, y) became, (3, scale, scale). */
static void
read_block(const LatentPreview *p, const float *image, int h, int w, int x, int y, int factor,
           float *out)
{
    gsize plane = (gsize)h * factor * w * factor;
    int side = factor / p->scale;

    for (int c = 0; c < 3; c++) {
        for (int i = 0; i < p->scale; i++) {
            for (int j = 0; j < p->scale; j++)
                *out++ = mean_of_square(image + c * plane, w * factor, x * factor + j * side,
                                        y * factor + i * side, side);
        }
    }
}

void
latent_preview_learn(LatentPreview *p, const float *z, const float *image, int h, int w, int first,
                     int n, int factor)
{
    g_autofree float *in = g_new(float, p->n_in);
    g_autofree float *out = g_new(float, p->n_out);
    gsize plane = (gsize)h * w;

    for (int i = 0; i < p->n_in * p->n_in; i++)
        p->gram[i] *= KEEP;
    for (int i = 0; i < p->n_in * p->n_out; i++)
        p->moments[i] *= KEEP;
    in[p->n_in - 1] = 1;
    for (int y = first; y < first + n; y++) {
        for (int x = 0; x < w; x++) {
            for (int c = 0; c < p->n_in - 1; c++)
                in[c] = z[c * plane + (gsize)y * w + x];
            read_block(p, image, h, w, x, y, factor, out);
            for (int a = 0; a < p->n_in; a++) {
                for (int b = 0; b < p->n_in; b++)
                    p->gram[a * p->n_in + b] += (double)in[a] * in[b];
                for (int b = 0; b < p->n_out; b++)
                    p->moments[a * p->n_out + b] += (double)in[a] * out[b];
            }
        }
    }
}

/* Lower triangle of the factor of a, in place; false when a is not positive. */
static bool
cholesky(double *a, int n)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = a[i * n + j];

            for (int k = 0; k < j; k++)
                sum -= a[i * n + k] * a[j * n + k];
            if (i != j)
                a[i * n + j] = sum / a[j * n + j];
            else if (sum > 0 && isfinite(sum))
                a[i * n + i] = sqrt(sum);
            else
                return false;
        }
    }
    return true;
}

/* x (n), in place: L L^T x = b. */
static void
solve(const double *l, int n, double *x)
{
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++)
            x[i] -= l[i * n + k] * x[k];
        x[i] /= l[i * n + i];
    }
    for (int i = n - 1; i >= 0; i--) {
        for (int k = i + 1; k < n; k++)
            x[i] -= l[k * n + i] * x[k];
        x[i] /= l[i * n + i];
    }
}

bool
latent_preview_fit(LatentPreview *p)
{
    int n = p->n_in;
    g_autofree double *l = g_memdup2(p->gram, sizeof(double) * (gsize)n * n);
    g_autofree double *x = g_new(double, n);
    double trace = 0;

    for (int i = 0; i < n; i++)
        trace += l[i * n + i];
    for (int i = 0; i < n; i++)
        l[i * n + i] += RIDGE * trace / n;
    if (!cholesky(l, n))
        return false;
    for (int o = 0; o < p->n_out; o++) {
        for (int i = 0; i < n; i++)
            x[i] = p->moments[i * p->n_out + o];
        solve(l, n, x);
        for (int i = 0; i < n; i++)
            p->map[o * n + i] = (float)x[i];
    }
    p->fit = true;
    return true;
}

static uint8_t
to_byte(float value)
{
    float v = (value + 1.0f) * 127.5f;

    return (uint8_t)(v > 0 ? (v < 255 ? v + 0.5f : 255) : 0);
}

void
latent_preview_draw(const LatentPreview *p, const float *z, int h, int w, uint8_t *rgb)
{
    gsize plane = (gsize)h * w, stride = (gsize)w * p->scale * 3;
    g_autofree float *line = g_new(float, w);
    int area = p->scale * p->scale;

    for (int y = 0; y < h; y++) {
        for (int o = 0; o < p->n_out; o++) {
            const float *row = p->map + (gsize)o * p->n_in;
            int i = o % area / p->scale, j = o % p->scale;
            uint8_t *to = rgb + ((gsize)y * p->scale + i) * stride + (gsize)j * 3 + o / area;

            for (int x = 0; x < w; x++)
                line[x] = row[p->n_in - 1];
            for (int c = 0; c < p->n_in - 1; c++) {
                const float *from = z + c * plane + (gsize)y * w;

                for (int x = 0; x < w; x++)
                    line[x] += row[c] * from[x];
            }
            for (int x = 0; x < w; x++)
                to[(gsize)x * p->scale * 3] = to_byte(line[x]);
        }
    }
}
