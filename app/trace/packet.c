/* SPDX-License-Identifier: Apache-2.0 */
/* From the first byte of a frame to the headers in it. */
#include "app/trace/packet.h"

#include <string.h>

/* LINKTYPE_ values; libpcap's DLT_ values agree, except that it has two more names for raw IP. */
enum {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_PPP = 9,
    LINK_RAW_BSD = 12,
    LINK_RAW_OPENBSD = 14,
    LINK_PPP_HDLC = 50,
    LINK_PPP_ETHER = 51,
    LINK_RAW = 101,
    LINK_LOOP = 108,
    LINK_LINUX_SLL = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_LINUX_SLL2 = 276,
};

enum {
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_ARP = 0x0806,
    ETHERTYPE_VLAN = 0x8100,
    ETHERTYPE_QINQ_OLD = 0x9100,
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_MPLS = 0x8847,
    ETHERTYPE_MPLS_MULTICAST = 0x8848,
    ETHERTYPE_PPPOE = 0x8864,
    ETHERTYPE_QINQ = 0x88a8,
    ETHERTYPE_LOWEST = 0x0600, /* below: a length, and LLC follows */
};

enum { PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057, PPP_MPLS = 0x0281, PPP_MPLS_MULTICAST = 0x0283 };
enum { MAX_TAGS = 16, MAX_EXTENSIONS = 16 };

char *
skip_reason_to_string(const SkipReason *reason)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    return g_strdup_printf(reason->format, reason->number);
#pragma GCC diagnostic pop
}

static bool
skip(SkipReason *reason, const char *format, unsigned number)
{
    *reason = (SkipReason){format, number};
    return false;
}

bool
packet_link_type_is_known(int link_type)
{
    switch (link_type) {
    case LINK_NULL:
    case LINK_ETHERNET:
    case LINK_PPP:
    case LINK_RAW_BSD:
    case LINK_RAW_OPENBSD:
    case LINK_PPP_HDLC:
    case LINK_PPP_ETHER:
    case LINK_RAW:
    case LINK_LOOP:
    case LINK_LINUX_SLL:
    case LINK_IPV4:
    case LINK_IPV6:
    case LINK_LINUX_SLL2:
        return true;
    default:
        return false;
    }
}

const char *
packet_known_link_types(void)
{
    return "Ethernet, raw IP, Linux cooked (v1, v2), null/loopback, PPP";
}

static bool
skip_mpls(Bytes *bytes, SkipReason *reason)
{
    for (int label = 0; label < MAX_TAGS; label++) {
        int third = bytes_u8(*bytes, 2);

        if (third < 0)
            return skip(reason, "frame cut before its IP header", 0);
        *bytes = bytes_from(*bytes, 4);
        if (third & 1)
            return true; /* bottom of the stack: the IP version nibble decides */
    }
    return skip(reason, "more than 16 MPLS labels", 0);
}

/* PPP: optional ff 03, then a protocol of two bytes, or of one when its low bit is set. */
static bool
skip_ppp(Bytes *bytes, SkipReason *reason)
{
    int protocol, size = 2;

    if (bytes_u16(*bytes, 0) == 0xff03)
        *bytes = bytes_from(*bytes, 2);
    protocol = bytes_u8(*bytes, 0);
    if (protocol >= 0 && (protocol & 1))
        size = 1;
    else
        protocol = bytes_u16(*bytes, 0);
    if (protocol < 0)
        return skip(reason, "frame cut before its IP header", 0);
    *bytes = bytes_from(*bytes, size);
    if (protocol == PPP_MPLS || protocol == PPP_MPLS_MULTICAST)
        return skip_mpls(bytes, reason);
    if (protocol != PPP_IPV4 && protocol != PPP_IPV6)
        return skip(reason, "PPP protocol 0x%04x", (unsigned)protocol);
    return true;
}

/* From the bytes after an ethertype to the IP header. */
static bool
skip_ethertype(Bytes *bytes, int type, SkipReason *reason)
{
    for (int tag = 0; tag < MAX_TAGS; tag++) {
        switch (type) {
        case ETHERTYPE_IPV4:
        case ETHERTYPE_IPV6:
            return true;
        case ETHERTYPE_VLAN:
        case ETHERTYPE_QINQ:
        case ETHERTYPE_QINQ_OLD:
            type = bytes_u16(*bytes, 2);
            *bytes = bytes_from(*bytes, 4);
            break;
        case ETHERTYPE_MPLS:
        case ETHERTYPE_MPLS_MULTICAST:
            return skip_mpls(bytes, reason);
        case ETHERTYPE_PPPOE:
            *bytes = bytes_from(*bytes, 6);
            return skip_ppp(bytes, reason);
        case ETHERTYPE_ARP:
            return skip(reason, "ARP", 0);
        default:
            if (type < 0)
                return skip(reason, "frame cut before its IP header", 0);
            if (type < ETHERTYPE_LOWEST)
                return skip(reason, "IEEE 802.3 LLC", 0);
            return skip(reason, "ethertype 0x%04x", (unsigned)type);
        }
    }
    return skip(reason, "more than 16 VLAN tags", 0);
}

/* Null and loop: four bytes of address family, in either byte order. */
static bool
skip_null(Bytes *bytes, SkipReason *reason)
{
    int first = bytes_u16(*bytes, 0), second = bytes_u16(*bytes, 2), family;

    if (first < 0 || second < 0)
        return skip(reason, "frame cut before its IP header", 0);
    family = first == 0 ? second : first >> 8 | (first & 0xff) << 8;
    *bytes = bytes_from(*bytes, 4);
    switch (family) {
    case 2:  /* AF_INET everywhere */
    case 10: /* AF_INET6 on Linux, Solaris, the BSDs and macOS */
    case 24:
    case 26:
    case 28:
    case 30:
        return true;
    default:
        return skip(reason, "address family %u", (unsigned)family);
    }
}

/* Steps over the link layer. */
static bool
skip_link(Bytes *bytes, int link_type, SkipReason *reason)
{
    int type;

    switch (link_type) {
    case LINK_ETHERNET:
        type = bytes_u16(*bytes, 12);
        *bytes = bytes_from(*bytes, 14);
        return skip_ethertype(bytes, type, reason);
    case LINK_LINUX_SLL:
        type = bytes_u16(*bytes, 14);
        *bytes = bytes_from(*bytes, 16);
        return skip_ethertype(bytes, type, reason);
    case LINK_LINUX_SLL2:
        type = bytes_u16(*bytes, 0);
        *bytes = bytes_from(*bytes, 20);
        return skip_ethertype(bytes, type, reason);
    case LINK_NULL:
    case LINK_LOOP:
        return skip_null(bytes, reason);
    case LINK_PPP_ETHER:
        *bytes = bytes_from(*bytes, 6);
        return skip_ppp(bytes, reason);
    case LINK_PPP:
    case LINK_PPP_HDLC:
        return skip_ppp(bytes, reason);
    case LINK_RAW_BSD:
    case LINK_RAW_OPENBSD:
    case LINK_RAW:
    case LINK_IPV4:
    case LINK_IPV6:
        return true;
    default:
        return skip(reason, "link type %u", (unsigned)link_type);
    }
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
    packet->later_fragment = fragment >= 0 && (fragment & 0x1fff) != 0;
    set_address(&packet->src, 4, ip, 12);
    set_address(&packet->dst, 4, ip, 16);
    packet->length =
        length >= MAX(header, 20) && (uint32_t)length <= wire ? (uint32_t)length : wire;
    if (header >= 20 && !packet->later_fragment)
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
            packet->later_fragment |= fragment >= 0 && (fragment & 0xfff8) != 0;
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
    if (!packet->later_fragment)
        find_transport(packet, rest, (size_t)(rest.data - ip.data));
}

bool
packet_parse(Packet *packet, int link_type, Bytes captured, uint32_t wire_length,
             SkipReason *reason)
{
    Bytes ip = captured;
    uint32_t under_link;

    memset(packet, 0, sizeof *packet);
    if (link_type == LINK_ETHERNET)
        packet->ethernet = bytes_first(captured, 14);
    if (!skip_link(&ip, link_type, reason))
        return false;
    if (ip.size == 0)
        return skip(reason, "frame cut before its IP header", 0);
    under_link = (uint32_t)(captured.size - ip.size);
    wire_length = MAX(wire_length, (uint32_t)captured.size) - under_link;
    switch (ip.data[0] >> 4) {
    case 4:
        parse_ipv4(packet, ip, wire_length);
        return true;
    case 6:
        parse_ipv6(packet, ip, wire_length);
        return true;
    default:
        return skip(reason, "IP version %u", ip.data[0] >> 4);
    }
}
