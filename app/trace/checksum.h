/* SPDX-License-Identifier: Apache-2.0 */
/* The Internet checksum (RFC 1071), and what of a packet the checksum of each transport covers:
 * TCP (RFC 9293 section 3.1) and UDP (RFC 768) with a pseudo-header of IPv4 or IPv6 (RFC 8200
 * section 8.1), ICMP (RFC 792) without. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The one's-complement sum, folded to 16 bits at most, not inverted; may be continued over pieces
 * of even size. */
guint32 checksum_add(guint32 sum, const uint8_t *bytes, size_t n);
/* Folded and inverted: what a sender writes. */
uint16_t checksum_finish(guint32 sum);

/* The transport header at the end of some headers (an IP header with its options or extension
 * headers, then the transport header, as on the wire). */
typedef struct {
    int protocol;    /* 1 ICMP, 6 TCP, 17 UDP */
    size_t at, size; /* the transport header: its first byte, and how many */
    size_t field;    /* the first byte of its checksum */
    size_t covered;  /* payload bytes under the checksum: for UDP as its length says */
    guint32 sum;     /* of the pseudo-header and the header, its checksum taken as 0 */
} TransportSum;

/* False where headers do not end in a whole transport header: a later fragment, another protocol,
 * a cut header, a UDP length below 8. n_payload: bytes that follow the headers. */
bool transport_sum_init(TransportSum *transport, const uint8_t *headers, size_t n_headers,
                        size_t n_payload);
/* The checksum that a sender computes over those headers and this payload (n bytes; zeros follow
 * where the checksum covers more). A UDP sender writes 0xffff for 0, which means "none". */
uint16_t transport_sum_right(const TransportSum *transport, const uint8_t *payload, size_t n);
