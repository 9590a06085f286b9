/* SPDX-License-Identifier: Apache-2.0 */
/* From a frame to the headers in it. */
#include "app/trace/packet.h"

#include <string.h>

#include "app/trace/link.h"

enum { MAX_EXTENSIONS = 16 };

char *
skip_reason_to_string(const SkipReason *reason)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    return g_strdup_printf(reason->format, reason->number);
#pragma GCC diagnostic pop
}

static void
set_address(Address *address, int family, Bytes ip, size_t offset)
{
    size_t size = family == 4 ? 4 : 16;

    if (ip.size < offset + size)
        return;
    address->family = (uint8_t)family;
    memcpy(address->bytes, ip.data + offset, size);
}

/* before: bytes of the IP header and its extensions. */
static void
set_above(Packet *packet, Bytes above, uint32_t before)
{
    packet->above_length = packet->length > before ? packet->length - before : 0;
    packet->above = bytes_first(above, packet->above_length);
}

/* What the IP packet carries behind a transport header of `size` bytes, as far as captured. */
static void
find_payload(Packet *packet, Bytes bytes, size_t ip_size, size_t size)
{
    size_t end = packet->length > ip_size ? packet->length - ip_size : 0;

    packet->payload = bytes_from(bytes_first(bytes, end), size);
}

/* The transport header at the start of bytes, as far as it was captured, behind ip_size bytes. */
static void
find_transport(Packet *packet, Bytes bytes, size_t ip_size)
{
    int offset, size = 8;

    switch (packet->protocol) {
    case 6:
        offset = bytes_u8(bytes, 12);
        size = MAX(20, (offset < 0 ? 0 : offset >> 4) * 4);
        packet->header[HEADER_TCP] = bytes_first(bytes, size);
        break;
    case 17:
        packet->header[HEADER_UDP] = bytes_first(bytes, 8);
        break;
    case 1:
        packet->header[HEADER_ICMP] = bytes_first(bytes, 8);
        break;
    default:
        return;
    }
    find_payload(packet, bytes, ip_size, size);
}

/* ip begins with a nibble 4. */
static void
parse_ipv4(Packet *packet, Bytes ip, uint32_t wire)
{
    int header = (ip.data[0] & 15) * 4, length = bytes_u16(ip, 2), fragment = bytes_u16(ip, 6);

    packet->family = 4;
    packet->header[HEADER_IPV4] = bytes_first(ip, MAX(header, 20));
    packet->protocol = bytes_u8(ip, 9);
    packet->fragment = fragment >= 0 && (fragment & 0x3fff) != 0;
    packet->later_fragment = fragment >= 0 && (fragment & 0x1fff) != 0;
    packet->fragment_id = packet->fragment ? (uint32_t)bytes_u16(ip, 4) : 0;
    set_address(&packet->src, 4, ip, 12);
    set_address(&packet->dst, 4, ip, 16);
    packet->length =
        length >= MAX(header, 20) && (uint32_t)length <= wire ? (uint32_t)length : wire;
    if (header < 20)
        return;
    set_above(packet, bytes_from(ip, header), (uint32_t)header);
    if (!packet->later_fragment)
        find_transport(packet, bytes_from(ip, header), header);
}

/* Steps over extension headers: what follows the last, and its protocol in packet. */
static Bytes
skip_extensions(Packet *packet, Bytes bytes)
{
    for (int i = 0; i < MAX_EXTENSIONS; i++) {
        int next = bytes_u8(bytes, 0), size = bytes_u8(bytes, 1), fragment;

        switch (packet->protocol) {
        case 0:  /* hop-by-hop options */
        case 43: /* routing */
        case 60: /* destination options */
            size = (size + 1) * 8;
            break;
        case 51: /* authentication, RFC 4302 */
            size = (size + 2) * 4;
            break;
        case 44: /* fragment */
            fragment = bytes_u16(bytes, 2);
            packet->fragment = fragment >= 0;
            packet->later_fragment |= fragment >= 0 && (fragment & 0xfff8) != 0;
            packet->fragment_id = bytes_u32(bytes, 4);
            size = 8;
            break;
        default:
            return bytes;
        }
        packet->extended = true;
        packet->protocol = bytes.size < 2 ? -1 : next;
        bytes = bytes_from(bytes, (size_t)size);
    }
    packet->protocol = -1;
    return bytes_first(bytes, 0);
}

/* ip begins with a nibble 6. */
static void
parse_ipv6(Packet *packet, Bytes ip, uint32_t wire)
{
    int length = bytes_u16(ip, 4);
    Bytes rest;

    packet->family = 6;
    packet->header[HEADER_IPV6] = bytes_first(ip, 40);
    packet->protocol = bytes_u8(ip, 6);
    set_address(&packet->src, 6, ip, 8);
    set_address(&packet->dst, 6, ip, 24);
    packet->length = length > 0 && (uint32_t)length + 40 <= wire ? (uint32_t)length + 40 : wire;
    if (packet->protocol < 0)
        return;
    rest = skip_extensions(packet, bytes_from(ip, 40));
    set_above(packet, rest, rest.size > 0 ? (uint32_t)(rest.data - ip.data) : 40);
    if (!packet->later_fragment)
        find_transport(packet, rest, (size_t)(rest.data - ip.data));
}

bool
packet_parse(Packet *packet, int link_type, Bytes captured, uint32_t wire_length,
             SkipReason *reason)
{
    Frame frame = {captured, MAX(wire_length, (uint32_t)captured.size)};
    Bytes ip;

    memset(packet, 0, sizeof *packet);
    if (link_type == LINK_ETHERNET)
        packet->ethernet = bytes_first(captured, 14);
    if (!link_find_ip(link_type, &frame, reason))
        return false;
    ip = frame.bytes;
    if (ip.size == 0)
        return skip_cut(reason);
    switch (ip.data[0] >> 4) {
    case 4:
        parse_ipv4(packet, ip, frame.wire_size);
        return true;
    case 6:
        parse_ipv6(packet, ip, frame.wire_size);
        return true;
    default:
        return skip_because(reason, "IP version %u", ip.data[0] >> 4);
    }
}

void
packet_fill_row(const Packet *packet, TraceRow *row)
{
    Bytes header = packet->header[packet->protocol == 6 ? HEADER_TCP : HEADER_UDP];

    row->src = packet->src;
    row->dst = packet->dst;
    row->length = packet->length;
    if ((packet->protocol != 6 && packet->protocol != 17) || header.size < 4)
        return;
    row->transport = (uint8_t)packet->protocol;
    row->src_port = (uint16_t)bytes_u16(header, 0);
    row->dst_port = (uint16_t)bytes_u16(header, 2);
}
