/* SPDX-License-Identifier: Apache-2.0 */
/* Packs the rows of a picture for PNG's IDAT: a zlib stream (RFC 1950, 1951), of which any reader
 * of PNG makes the picture again. It looks for repeats in two places only, where pictures of bits
 * have them: the pixel to the left and the pixel above. That is several times as fast as a search,
 * and packs better than zlib's and libdeflate's fastest. Private to app/trace. */
#pragma once

#include <glib.h>
#include <stdint.h>

/* pixels: n_rows of stride bytes, pixel_size bytes each pixel. Before each row goes a byte 0, PNG's
 * filter "none". */
GByteArray *deflate_rows(const uint8_t *pixels, size_t stride, int n_rows, int pixel_size);
