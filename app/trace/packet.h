/* SPDX-License-Identifier: Apache-2.0 */
/* Views of the headers inside a captured packet. Nothing is copied, and no view reaches past the
 * captured bytes: a header that the snaplen cut is as long as what was captured of it.
 *
 * Under the link layer (link.h) the version nibble decides between IPv4 and IPv6. What follows an
 * IP header: nothing when the packet is a later fragment, when IHL is below 5, or when the protocol
 * is none of TCP, UDP and ICMP; else the transport header, read as far as it was captured, whatever
 * the total length says. IPv6 extension headers (hop-by-hop, routing, fragment, authentication,
 * destination options) are stepped over. A TCP data offset below 5 counts as 5. Tunnels are not
 * entered. */
#pragma once

#include "app/trace/bytes.h"
#include "app/trace/trace.h"

/* Why a packet made no row: a static text, with a number for texts that hold a %d or %x. */
typedef struct {
    const char *format;
    unsigned number;
} SkipReason;

char *skip_reason_to_string(const SkipReason *reason);

/* Sets the reason; false, for a reader of a header to leave with. */
static inline bool
skip_because(SkipReason *reason, const char *format, unsigned number)
{
    *reason = (SkipReason){format, number};
    return false;
}

typedef struct {
    Bytes header[N_HEADERS]; /* captured bytes of each header; size 0 when absent */
    Bytes ethernet;          /* the 14 bytes of an Ethernet header; empty on other links */
    Bytes payload;           /* captured bytes behind the transport header, inside the IP packet */
    int family;              /* 4 or 6 */
    int protocol;            /* above IP, extension headers stepped over; -1 when not captured */
    bool extended;           /* IPv6 extension headers were stepped over */
    bool fragment;           /* of a datagram that was cut up: fragment_id is its identification */
    bool later_fragment;     /* fragment offset above 0 */
    uint32_t fragment_id;
    Address src, dst;      /* family 0 when not captured whole */
    uint32_t length;       /* of the IP packet on the wire, see packet_parse */
    Bytes above;           /* captured behind the IP header and its extensions, inside length */
    uint32_t above_length; /* of that on the wire */
} Packet;

/* Fills in what a packet tells of its row: src, dst, length, transport and ports. */
void packet_fill_row(const Packet *packet, TraceRow *row);
/* Finds the headers of a packet of which `captured` holds the captured bytes and wire_length is
 * the length on the wire, link layer included. packet->length is the length the IP header states
 * where it fits the wire, else what the wire carried under the link layer. False and reason when
 * no IP header begins in it. */
bool packet_parse(Packet *packet, int link_type, Bytes captured, uint32_t wire_length,
                  SkipReason *reason);
