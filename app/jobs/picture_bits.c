/* SPDX-License-Identifier: Apache-2.0 */
#include "app/jobs/picture_bits.h"

#include "app/trace/field_random.h"

#include <string.h>

/* The trit of a pixel; -2 when it is no colour of the palette. */
static int
trit_of(const uint8_t *pixel)
{
    for (int trit = -1; trit <= 1; trit++) {
        if (memcmp(pixel, palette_colour(PALETTE_TORCHLIGHT, trit), 3) == 0)
            return trit;
    }
    return -2;
}

static bool
read_trits(PictureBits *bits, const Image *image)
{
    size_t n = (size_t)image->width * image->height;

    for (size_t i = 0; i < n; i++) {
        int trit = trit_of(image->pixels + 3 * i);

        if (trit < -1)
            return false;
        bits->trits[i >> 2] |= (uint8_t)((trit + 1) << (2 * (i & 3)));
    }
    return true;
}

/* Ports are drawn, but once for a connection: a picture shows them again and again. */
static void
mark_random(PictureBits *bits, const Layout *layout)
{
    g_autoptr(Trace) row = trace_new(layout, 1);
    g_autofree uint8_t *is_random = g_new(uint8_t, layout->n_columns);

    for (int y = 0; y < bits->height; y++) {
        size_t start = (size_t)y * bits->width;

        for (int x = 0; x < bits->width; x++)
            row->trits[x] = (int8_t)picture_bits_trit(bits, start + (size_t)x);
        trace_mark_random(row, 0, RANDOM_ANY & ~RANDOM_PORT, is_random);
        for (int x = 0; x < bits->width; x++) {
            size_t i = start + (size_t)x;

            bits->random[i >> 3] |= (uint8_t)(is_random[x] << (i & 7));
        }
    }
}

PictureBits *
picture_bits_new(const Image *image, const Layout *layout)
{
    g_autoptr(PictureBits) bits = g_new0(PictureBits, 1);
    size_t n = (size_t)image->width * image->height;

    bits->width = image->width;
    bits->height = image->height;
    bits->trits = g_malloc0(n / 4 + 1);
    bits->random = g_malloc0(n / 8 + 1);
    if (image->n_channels != 3 || !read_trits(bits, image))
        return NULL;
    if (layout->n_columns == image->width)
        mark_random(bits, layout);
    return g_steal_pointer(&bits);
}

void
picture_bits_free(PictureBits *bits)
{
    if (!bits)
        return;
    g_free(bits->trits);
    g_free(bits->random);
    g_free(bits);
}
