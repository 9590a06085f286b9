/* SPDX-License-Identifier: Apache-2.0 */
/* The header bytes of a row under repair, and the Internet checksum over them. */
#pragma once

#include "app/repair/repair_context.h"
#include "app/trace/checksum.h"

enum {
    PACKET_MAX_HEADERS = 60 + 12 + 60, /* IP with options or extension header, TCP with options */
    IPV6_HEADER_BYTES = 40,
};

/* IPv6 extension headers that a row may name in ipv6_nh without holding their bits; the writer
 * puts one there that does nothing. Its size in bytes, 0 for any other number. */
int ipv6_extension_bytes(uint32_t next_header);
/* Number of the protocol in ipv4_proto and ipv6_nh. */
uint32_t transport_protocol(Header transport);

/* The IP header alone, addresses included; its size. False in *is_whole when a bit is absent. */
int packet_ip_bytes(const RepairContext *context, int row, uint8_t bytes[60], bool *is_whole);
/* The transport header alone, absent bits 0; its size. */
int packet_transport_bytes(const RepairContext *context, int row, uint8_t bytes[60]);
