/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes after the transport header, which no picture holds. Whoever writes a packet and
 * whoever computes its checksum call the same function, so that they agree on every byte; no byte
 * ever comes from memory that was not filled here. */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    PAYLOAD_ZEROS,
    PAYLOAD_RANDOM, /* a counter-based generator keyed by seed and row: any order, same bytes */
} PayloadPolicy;

/* Fills bytes (n) with the payload of one row. row is the index in the trace being written, which
 * after repair is the repaired trace. Thread-safe. */
void payload_fill(PayloadPolicy policy, guint64 seed, int row, uint8_t *bytes, size_t n);
