/* SPDX-License-Identifier: Apache-2.0 */
/* The picture of what differs. */
#include "app/trace/difference.h"

#include <string.h>

static const uint8_t differs[3] = {255, 236, 0};

Image *
trace_draw_difference(const Trace *a, const Trace *b, Palette palette, Difference *difference)
{
    int width = a->layout->n_columns, height = MAX(MAX(a->n_rows, b->n_rows), 1);
    g_autofree int8_t *absent = g_malloc((size_t)width);
    Difference counted = {0};
    uint8_t same[3][3];
    Image *image;

    if (a->layout != b->layout)
        return NULL;
    memset(absent, -1, (size_t)width);
    for (int trit = 0; trit < 3; trit++) {
        for (int channel = 0; channel < 3; channel++)
            same[trit][channel] = palette_colour(palette, trit - 1)[channel] / 3;
    }
    image = image_new(width, height, 3);
    for (int row = 0; row < height; row++) {
        const int8_t *left = row < a->n_rows ? trace_row(a, row) : absent;
        const int8_t *right = row < b->n_rows ? trace_row(b, row) : absent;
        uint8_t *pixel = image->pixels + (size_t)row * width * 3;
        gint64 before = counted.n_bits;

        for (int column = 0; column < width; column++, pixel += 3) {
            bool is_same = left[column] == right[column];
            counted.n_bits += !is_same;
            memcpy(pixel, is_same ? same[right[column] + 1] : differs, 3);
        }
        counted.n_rows += counted.n_bits > before;
    }
    if (difference)
        *difference = counted;
    return image;
}
