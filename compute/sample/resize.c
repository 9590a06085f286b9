/* SPDX-License-Identifier: Apache-2.0 */
/* Resizing as two passes over lines: each cell of the result is a weighted sum of a few cells. */
#include "compute/sample/resize.h"

#include <glib.h>
#include <math.h>

/* The cells that one cell of the result is made of: n_taps of each, in order. */
typedef struct {
    int n_taps;
    int *place;    /* (to, n_taps), within the line */
    float *weight; /* (to, n_taps), add up to 1 */
} Taps;

static double
sinc(double x)
{
    return x == 0 ? 1 : sin(G_PI * x) / (G_PI * x);
}

static double
kernel(ResizeKind kind, double x)
{
    const double a = -0.75;

    x = fabs(x);
    switch (kind) {
    case RESIZE_BILINEAR:
        return x < 1 ? 1 - x : 0;
    case RESIZE_BICUBIC:
        if (x < 1)
            return ((a + 2) * x - (a + 3)) * x * x + 1;
        return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
    default:
        return x < 3 ? sinc(x) * sinc(x / 3) : 0;
    }
}

/* How much of cell `from` lies between low and high. */
static double
covered(int from, double low, double high)
{
    return MAX(MIN(high, from + 1.0) - MAX(low, from), 0);
}

static double
weight_of(ResizeKind kind, int place, int to, double step, double width)
{
    double middle = (to + 0.5) * step;

    if (kind == RESIZE_NEAREST)
        return place == (int)floor(to * step + 1e-9);
    if (kind == RESIZE_AREA)
        return covered(place, to * step, (to + 1) * step);
    return kernel(kind, (place + 0.5 - middle) / width);
}

static Taps
taps_new(ResizeKind kind, int n_from, int n_to)
{
    static const int reach[] = {1, 1, 2, 3, 1};
    double step = (double)n_from / n_to;
    double width = kind == RESIZE_LANCZOS ? MAX(step, 1) : 1;
    double radius = kind == RESIZE_AREA ? step / 2 + 1 : reach[kind] * width;
    Taps taps = {.n_taps = (int)ceil(2 * radius) + 1};

    taps.place = g_new(int, (gsize)taps.n_taps *n_to);
    taps.weight = g_new(float, (gsize)taps.n_taps *n_to);
    for (int to = 0; to < n_to; to++) {
        int first = (int)floor((to + 0.5) * step - radius);
        double sum = 0;

        for (int k = 0; k < taps.n_taps; k++) {
            int place = first + k;
            double weight = weight_of(kind, place, to, step, width);

            /* Beyond the edge: torch repeats the last cell, Pillow leaves it out. */
            if (kind == RESIZE_LANCZOS && (place < 0 || place >= n_from))
                weight = 0;
            taps.place[to * taps.n_taps + k] = CLAMP(place, 0, n_from - 1);
            taps.weight[to * taps.n_taps + k] = (float)weight;
            sum += weight;
        }
        for (int k = 0; k < taps.n_taps; k++)
            taps.weight[to * taps.n_taps + k] /= (float)sum;
    }
    return taps;
}

static void
taps_clear(Taps *taps)
{
    g_free(taps->place);
    g_free(taps->weight);
}

/* A line whose cells stand stride apart. */
static void
resize_line(const Taps *taps, const float *from, int stride, int n_to, float *to, int to_stride)
{
    for (int i = 0; i < n_to; i++) {
        double sum = 0;

        for (int k = 0; k < taps->n_taps; k++) {
            int at = i * taps->n_taps + k;

            sum += (double)taps->weight[at] * from[(gsize)taps->place[at] * stride];
        }
        to[(gsize)i * to_stride] = (float)sum;
    }
}

void
resize_planes(ResizeKind kind, const float *from, int n, int h, int w, float *to, int to_h,
              int to_w)
{
    Taps rows = taps_new(kind, h, to_h), columns = taps_new(kind, w, to_w);
    g_autofree float *wide = g_new(float, (gsize)h *to_w);

    for (int c = 0; c < n; c++) {
        for (int y = 0; y < h; y++)
            resize_line(&columns, from + ((gsize)c * h + y) * w, 1, to_w, wide + (gsize)y * to_w,
                        1);
        for (int x = 0; x < to_w; x++)
            resize_line(&rows, wide + x, to_w, to_h, to + (gsize)c * to_h * to_w + x, to_w);
    }
    taps_clear(&rows);
    taps_clear(&columns);
}
