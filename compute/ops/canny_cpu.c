/* SPDX-License-Identifier: Apache-2.0 */
/* Canny on the CPU: bands of rows side by side, three rows of magnitudes at hand in each; then one
 * flood from the strong edges. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "compute/cpu/parallel.h"
#include "compute/ops/canny.h"

#define TG22 13573 /* tan(22.5 degrees) * 2^15, rounded, as OpenCV has it */

/* Rows that a thread has at hand. The arrays of magnitudes have one zero before and one after. */
typedef struct {
    uint8_t *rows[3];                 /* source rows with a pixel repeated on either side */
    int16_t *dx, *dy;                 /* of one row, channels interleaved */
    int32_t *magnitude[3];            /* of rows k - 1, k, k + 1 at index row % 3 */
    int16_t *best_dx[3], *best_dy[3]; /* of each pixel's strongest channel */
    void *memory;
} Band;

static void
band_init(Band *band, const CannyOptions *o)
{
    size_t n = (size_t)o->width * (size_t)o->n_channels, padded = n + 2 * (size_t)o->n_channels;
    size_t pixels = (size_t)o->width + 2;
    uint8_t *at = band->memory = g_malloc0(3 * pixels * sizeof(int32_t) +
                                           (2 * n + 6 * pixels) * sizeof(int16_t) + 3 * padded);
    for (int i = 0; i < 3; i++, at += pixels * sizeof(int32_t))
        band->magnitude[i] = (int32_t *)(void *)at + 1;
    band->dx = (int16_t *)(void *)at;
    band->dy = band->dx + n;
    int16_t *next = band->dy + n;
    for (int i = 0; i < 3; i++, next += 2 * pixels) {
        band->best_dx[i] = next;
        band->best_dy[i] = next + pixels;
    }
    for (int i = 0; i < 3; i++)
        band->rows[i] = (uint8_t *)next + (size_t)i * padded;
}

static void
source_row(const CannyOptions *o, const uint8_t *image, int64_t row, uint8_t *to)
{
    const int64_t c = o->n_channels, n = o->width * c;
    const uint8_t *from = image + CLAMP(row, 0, (int64_t)o->height - 1) * n;
    memcpy(to, from, (size_t)c);
    memcpy(to + c, from, (size_t)n);
    memcpy(to + c + n, from + n - c, (size_t)c);
}

/* Sobel's differences of n values; a row holds one more pixel of c channels on either side. */
CPU_CLONES static void
sobel_row(int64_t n, int c, const uint8_t *restrict above, const uint8_t *restrict here,
          const uint8_t *restrict below, int16_t *restrict dx, int16_t *restrict dy)
{
    for (int64_t i = 0; i < n; i++) {
        int16_t left = (int16_t)(above[i] + 2 * here[i] + below[i]);
        int16_t right = (int16_t)(above[i + 2 * c] + 2 * here[i + 2 * c] + below[i + 2 * c]);
        int16_t up = (int16_t)(above[i] + 2 * above[i + c] + above[i + 2 * c]);
        int16_t down = (int16_t)(below[i] + 2 * below[i + c] + below[i + 2 * c]);
        dx[i] = (int16_t)(right - left);
        dy[i] = (int16_t)(down - up);
    }
}

static inline int32_t
magnitude_of(int32_t dx, int32_t dy, bool l2)
{
    return l2 ? dx * dx + dy * dy : abs(dx) + abs(dy);
}

CPU_CLONES static void
magnitude_row(int64_t width, int c, bool l2, const int16_t *restrict dx, const int16_t *restrict dy,
              int32_t *restrict magnitude, int16_t *restrict best_dx, int16_t *restrict best_dy)
{
    if (c == 1) {
        for (int64_t j = 0; j < width; j++)
            magnitude[j] = magnitude_of(dx[j], dy[j], l2);
        memcpy(best_dx, dx, (size_t)width * sizeof *dx);
        memcpy(best_dy, dy, (size_t)width * sizeof *dy);
        return;
    }
    for (int64_t j = 0; j < width; j++) {
        int64_t first = j * c;
        int32_t best = magnitude_of(dx[first], dy[first], l2);
        int16_t x = dx[first], y = dy[first];
        for (int k = 1; k < c; k++) {
            int16_t xk = dx[first + k], yk = dy[first + k];
            int32_t m = magnitude_of(xk, yk, l2);
            x = m > best ? xk : x;
            y = m > best ? yk : y;
            best = m > best ? m : best;
        }
        magnitude[j] = best;
        best_dx[j] = x;
        best_dy[j] = y;
    }
}

/* Row `row`'s magnitudes and slopes into its place; zeros outside the image. */
static void
band_row(Band *band, const CannyOptions *o, const uint8_t *image, int64_t row)
{
    int place = (int)((row + 3) % 3);
    if (row < 0 || row >= o->height) {
        memset(band->magnitude[place], 0, (size_t)o->width * sizeof(int32_t));
        return;
    }
    for (int i = 0; i < 3; i++)
        source_row(o, image, row - 1 + i, band->rows[i]);
    sobel_row((int64_t)o->width * o->n_channels, o->n_channels, band->rows[0], band->rows[1],
              band->rows[2], band->dx, band->dy);
    magnitude_row(o->width, o->n_channels, o->l2_gradient != 0, band->dx, band->dy,
                  band->magnitude[place], band->best_dx[place], band->best_dy[place]);
}

/* The magnitude of what is larger than its neighbours along the gradient (across, down or
 * diagonally), else 0. Such a magnitude is at least 1. */
CPU_CLONES static void
peak_row(int64_t width, const int32_t *above, const int32_t *here, const int32_t *below,
         const int16_t *restrict dx, const int16_t *restrict dy, int32_t *restrict peaks)
{
    for (int64_t j = 0; j < width; j++) {
        int32_t m = here[j], xs = dx[j], ys = dy[j];
        int32_t x = abs(xs), y = abs(ys) << 15, tg22x = x * TG22, tg67x = tg22x + (x << 16);
        int across = (m > here[j - 1]) & (m >= here[j + 1]);
        int down = (m > above[j]) & (m >= below[j]);
        int falling = (m > above[j - 1]) & (m > below[j + 1]);
        int rising = (m > above[j + 1]) & (m > below[j - 1]);
        int diagonal = (xs ^ ys) < 0 ? rising : falling;
        int largest = y < tg22x ? across : y > tg67x ? down : diagonal;
        peaks[j] = largest ? m : 0;
    }
}

CPU_CLONES static void
classify_row(int64_t width, int32_t low, int32_t high, int32_t *row)
{
    for (int64_t j = 0; j < width; j++) {
        int32_t m = row[j];
        row[j] = (m > 0) & (m > low) ? (m > high ? CANNY_EDGE : CANNY_WEAK) : CANNY_NONE;
    }
}

static void
band_peaks(const CannyOptions *o, const uint8_t *image, int64_t first, int64_t end, bool classify,
           int32_t *to)
{
    Band band;
    band_init(&band, o);
    band_row(&band, o, image, first - 1);
    band_row(&band, o, image, first);
    for (int64_t row = first; row < end; row++) {
        band_row(&band, o, image, row + 1);
        int here = (int)(row % 3);
        int32_t *to_row = to + row * o->width;
        peak_row(o->width, band.magnitude[(here + 2) % 3], band.magnitude[here],
                 band.magnitude[(here + 1) % 3], band.best_dx[here], band.best_dy[here], to_row);
        if (classify)
            classify_row(o->width, o->low, o->high, to_row);
    }
    g_free(band.memory);
}

static void
all_bands(const CannyOptions *o, const uint8_t *image, bool classify, int32_t *to)
{
    const int n_bands = (int)MIN(4 * cpu_n_threads(), (o->height + 15) / 16);
#pragma omp parallel for schedule(dynamic)
    for (int i = 0; i < n_bands; i++) {
        int64_t first, end;
        cpu_part(o->height, 1, i, n_bands, &first, &end);
        band_peaks(o, image, first, end, classify, to);
    }
}

void
canny_cpu_classify(const CannyOptions *o, const uint8_t *image, int32_t *map)
{
    all_bands(o, image, true, map);
}

void
canny_cpu_peaks(const CannyOptions *o, const uint8_t *image, int32_t *peaks)
{
    all_bands(o, image, false, peaks);
}

void
canny_cpu_spread(int64_t width, int64_t height, int32_t *map)
{
    g_autoptr(GArray) stack = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (int64_t start = 0; start < width * height; start++) {
        if (map[start] != CANNY_EDGE)
            continue;
        g_array_append_val(stack, start);
        while (stack->len > 0) {
            int64_t at = g_array_index(stack, int64_t, stack->len - 1);
            g_array_set_size(stack, stack->len - 1);
            int64_t x = at % width, y = at / width;
            for (int64_t v = MAX(y - 1, 0); v <= MIN(y + 1, height - 1); v++) {
                for (int64_t u = MAX(x - 1, 0); u <= MIN(x + 1, width - 1); u++) {
                    int64_t beside = v * width + u;
                    if (map[beside] != CANNY_WEAK)
                        continue;
                    map[beside] = CANNY_EDGE;
                    g_array_append_val(stack, beside);
                }
            }
        }
    }
}
