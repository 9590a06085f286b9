/* SPDX-License-Identifier: Apache-2.0 */
/* From the first captured byte of a frame to its IP header, by link type. Private to app/trace.
 *   Ethernet       II, and 802.3 with LLC or SNAP; VLAN tags, MPLS, PPPoE
 *   raw IP         and the link types that name IPv4 or IPv6
 *   Linux cooked   v1, v2
 *   null, loop     an address family in either byte order
 *   PPP            bare, in HDLC framing, with a direction, as PPPoE; Cisco HDLC
 *   802.11         bare, or behind a radiotap, Prism, AVS or PPI header: data frames that are
 *                  neither encrypted nor aggregated (link_radio.c)
 *   and MPLS, NFLOG, PKTAP and IP over InfiniBand as link types */
#pragma once

#include "app/trace/packet.h"

enum { LINK_ETHERNET = 1 };

/* What is left of a frame. */
typedef struct {
    Bytes bytes;        /* captured */
    uint32_t wire_size; /* on the wire: at least as many */
} Frame;

bool link_type_is_known(int link_type);
const char *link_known_types(void); /* for messages */

/* Leaves of the frame what begins with the IP header; false and reason when there is none. */
bool link_find_ip(int link_type, Frame *frame, SkipReason *reason);

static inline void
frame_skip(Frame *frame, size_t n)
{
    frame->bytes = bytes_from(frame->bytes, n);
    frame->wire_size -= MIN(frame->wire_size, (uint32_t)n);
}

static inline bool
skip_cut(SkipReason *reason)
{
    return skip_because(reason, "frame cut before its IP header", 0);
}

/* Parts of link_find_ip. From an LLC header (IEEE 802.2) on. */
bool link_skip_llc(Frame *frame, SkipReason *reason);
/* From an IEEE 802.11 header on. */
bool link_skip_80211(Frame *frame, SkipReason *reason);
/* From what a capturing radio put before the 802.11 header. */
bool link_skip_radiotap(Frame *frame, SkipReason *reason);
bool link_skip_prism(Frame *frame, SkipReason *reason);
bool link_skip_avs(Frame *frame, SkipReason *reason);
/* PPI may hold any link type: *link_type; then 802.11 is without trailer already. */
bool link_skip_ppi(Frame *frame, int *link_type, SkipReason *reason);
