/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes from outside, read with every offset checked. Reading past the end gives -1. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const uint8_t *data;
    size_t size;
} Bytes;

static inline int
bytes_u8(Bytes bytes, size_t offset)
{
    return offset < bytes.size ? bytes.data[offset] : -1;
}

/* Big-endian, as on the wire. */
static inline int
bytes_u16(Bytes bytes, size_t offset)
{
    if (bytes.size < 2 || offset > bytes.size - 2)
        return -1;
    return bytes.data[offset] << 8 | bytes.data[offset + 1];
}

/* Big-endian; 0 past the end, as every value may be one. */
static inline uint32_t
bytes_u32(Bytes bytes, size_t offset)
{
    if (bytes.size < 4 || offset > bytes.size - 4)
        return 0;
    bytes.data += offset;
    return (uint32_t)bytes.data[0] << 24 | (uint32_t)bytes.data[1] << 16 |
           (uint32_t)bytes.data[2] << 8 | bytes.data[3];
}

/* What follows offset; empty past the end. */
static inline Bytes
bytes_from(Bytes bytes, size_t offset)
{
    if (offset >= bytes.size)
        return (Bytes){bytes.data, 0};
    return (Bytes){bytes.data + offset, bytes.size - offset};
}

/* At most n bytes from the start. */
static inline Bytes
bytes_first(Bytes bytes, size_t n)
{
    return (Bytes){bytes.data, MIN(bytes.size, n)};
}
