/* SPDX-License-Identifier: Apache-2.0 */
/* A picture of the paper's palette as trits in a twelfth of its memory, with a mark at those bits
 * that are random by nature (app/trace/field_random.h): what training draws its crops from. */
#pragma once

#include "app/trace/image.h"

typedef struct {
    int width, height;
    uint8_t *trits;  /* trit + 1 in two bits, rows after each other */
    uint8_t *random; /* a bit each */
} PictureBits;

/* NULL when a pixel is no colour of the palette: then it is no trace that was drawn, but some other
 * picture. Nothing is random in one that is not as wide as its layout. */
PictureBits *picture_bits_new(const Image *image, const Layout *layout);
void picture_bits_free(PictureBits *bits);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PictureBits, picture_bits_free)

static inline int
picture_bits_trit(const PictureBits *bits, size_t pixel)
{
    return (bits->trits[pixel >> 2] >> (2 * (pixel & 3)) & 3) - 1;
}

static inline bool
picture_bits_is_random(const PictureBits *bits, size_t pixel)
{
    return bits->random[pixel >> 3] >> (pixel & 7) & 1;
}
