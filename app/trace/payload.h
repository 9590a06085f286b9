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

/* The payload behind headers (n_headers bytes: an IP header and the transport header that follows
 * it, as on the wire). As payload_fill, except that an ICMP error starts with the IP header and
 * eight bytes that RFC 792 has it quote: a UDP datagram from its receiver to its sender; and that
 * a segment of a protocol that counts its messages in the TCP stream (DNS, RFC 7766 section 8, and
 * OpenVPN) starts with the 16-bit count of the bytes that follow, OpenVPN's then with the kind of
 * message, data. */
void payload_fill_packet(PayloadPolicy policy, guint64 seed, int row, const uint8_t *headers,
                         size_t n_headers, uint8_t *bytes, size_t n);
