/* SPDX-License-Identifier: Apache-2.0 */
/* Adler-32, the checksum of zlib streams (RFC 1950, 8.2). Private to app/trace. */
#pragma once

#include <glib.h>
#include <stdint.h>

/* a is 1 and the sum of all bytes, b the sum of all a on the way; both below 65521. */
typedef struct {
    uint32_t a, b;
} Adler;

#define ADLER_INIT ((Adler){1, 0})

void adler_add(Adler *adler, const uint8_t *bytes, size_t n);

static inline uint32_t
adler_value(const Adler *adler)
{
    return adler->b << 16 | adler->a;
}
