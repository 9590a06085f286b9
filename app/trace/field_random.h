/* SPDX-License-Identifier: Apache-2.0 */
/* Which header bits are random by nature: what a host draws, counts from a drawn start, or sums up
 * over bits that no header shows. No model can know them ahead, and two captures of one service
 * differ in them as much as any two do. Training masks them, evaluation tells figures with and
 * without them; both ask here, and nobody else keeps a list.
 *
 *   checksum        of IPv4 (it covers the addresses), TCP, UDP, ICMP (they cover the payload)
 *   identification  ipv4_id (RFC 6864), ipv6_fl (RFC 6437), icmp_roh (RFC 792: identifier and
 *                   sequence of an echo)
 *   sequence        tcp_seq, tcp_ackn (RFC 6528: a random start), the edges in a SACK option
 *   port            of TCP and UDP: one of the two is drawn (RFC 6056), the other tells the
 * service, and which is which goes by direction timestamp       TSval and TSecr of the TCP
 * timestamps option (RFC 7323, section 5.4) */
#pragma once

#include "app/trace/trace.h"

typedef enum {
    RANDOM_CHECKSUM = 1 << 0,
    RANDOM_IDENTIFICATION = 1 << 1,
    RANDOM_SEQUENCE = 1 << 2,
    RANDOM_PORT = 1 << 3,
    RANDOM_TIMESTAMP = 1 << 4,
    RANDOM_ANY = (1 << 5) - 1,
} RandomBits; /* or'ed together */

/* In which way a field is random as a whole; 0 when it is not. tcp_opt is not: which bits of it are
 * follows from the list of options in the row (trace_mark_random). */
RandomBits field_random(FieldId field);

static inline bool
field_is_random(FieldId field)
{
    return field_random(field) != 0;
}

/* Sets is_random (n_columns) to 1 in the columns of fields that are random in one of the ways, else
 * to 0. */
void layout_mark_random(const Layout *layout, RandomBits ways, uint8_t *is_random);
/* The same for the bits of one row, those inside of its TCP options among them: read as far as the
 * list of options is well formed. Whether such a bit is present is never random, only its value. */
void trace_mark_random(const Trace *trace, int row, RandomBits ways, uint8_t *is_random);
