/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes after the transport header, which no picture holds. Whoever writes a packet and
 * whoever computes its checksum call the same function, so that they agree on every byte; no byte
 * ever comes from memory that was not filled here. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "app/trace/policy.h"

/* Fills bytes (n) with what the generator of PAYLOAD_RANDOM gives for a key. Thread-safe. */
void payload_fill_random(guint64 seed, int key, uint8_t *bytes, size_t n);

/* The payload behind headers (n_headers bytes, as on the wire: an IP header with what extends it,
 * and the transport header that follows), by policy->payload and policy->seed, but for two things.
 * row is the index in the trace that is written, which after repair is the repaired one.
 *
 * It begins as a message of its protocol must: an ICMP error with the IP header and eight bytes
 * that RFC 792 has it quote, a UDP datagram from its receiver to its sender; a segment of a
 * protocol that counts its messages in the TCP stream (DNS, RFC 7766 section 8, and OpenVPN) with
 * the 16-bit count of the bytes that follow, OpenVPN's then with the kind of message, data, unless
 * it is the end of the message before (policy->streams, payload_stream.h); DNS as an answer without
 * records; ESP in UDP (RFC 3948) with an SPI of its own. A protocol that speaks in lines has a line
 * of text in place of zeros (payload_text.h).
 *
 * And it makes the checksum of the transport header the right one, whatever it is, since the
 * payload that the checksum once covered is not known: one 16-bit word of the payload is chosen for
 * that. The word is the last whole one (in a TCP stream of an odd number of bytes the one before
 * it), but where that would be read as something else: the ID of DNS and its kin, the transmit
 * timestamp of NTP, the SPI of ESP, the source port of the datagram that an ICMP error quotes where
 * nothing follows it; of a line it is eight letters. Of a payload of one byte, that byte, if it
 * can. The checksum is left as it is, right or wrong, where there is no such word, where it is 0
 * under UDP over IPv4, and where headers holds no whole transport header. */
void payload_fill_packet(const WritePolicy *policy, int row, const uint8_t *headers,
                         size_t n_headers, uint8_t *bytes, size_t n);
