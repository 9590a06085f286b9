/* SPDX-License-Identifier: Apache-2.0 */
/* The table of header fields. */
#include "app/trace/field.h"

/* clang-format off */
#define FIELD(ID, NAME, HEADER, OFFSET, WIDTH, LABEL, MEANING) \
    [FIELD_##ID] = {NAME, HEADER_##HEADER, OFFSET, WIDTH, LABEL, MEANING}

const Field field_table[N_FIELDS] = {
    FIELD(IPV4_VER,   "ipv4_ver",   IPV4,   0,   4, "Ver",       "IP version: 4."),
    FIELD(IPV4_HL,    "ipv4_hl",    IPV4,   4,   4, "IHL",       "Header length in 32-bit words: 5 without options."),
    FIELD(IPV4_TOS,   "ipv4_tos",   IPV4,   8,   8, "TOS",       "Differentiated services code point and ECN."),
    FIELD(IPV4_TL,    "ipv4_tl",    IPV4,  16,  16, "Length",    "Total length of the packet in bytes, header included."),
    FIELD(IPV4_ID,    "ipv4_id",    IPV4,  32,  16, "ID",        "Identification: groups the fragments of one packet."),
    FIELD(IPV4_RBIT,  "ipv4_rbit",  IPV4,  48,   1, "R",         "Reserved flag: must be 0."),
    FIELD(IPV4_DFBIT, "ipv4_dfbit", IPV4,  49,   1, "DF",        "Don't fragment."),
    FIELD(IPV4_MFBIT, "ipv4_mfbit", IPV4,  50,   1, "MF",        "More fragments follow."),
    FIELD(IPV4_FOFF,  "ipv4_foff",  IPV4,  51,  13, "Frag",      "Fragment offset in units of 8 bytes."),
    FIELD(IPV4_TTL,   "ipv4_ttl",   IPV4,  64,   8, "TTL",       "Time to live: hops the packet may still make."),
    FIELD(IPV4_PROTO, "ipv4_proto", IPV4,  72,   8, "Proto",     "Protocol above IP: 1 ICMP, 6 TCP, 17 UDP."),
    FIELD(IPV4_CKSUM, "ipv4_cksum", IPV4,  80,  16, "Checksum",  "One's-complement checksum of the IPv4 header."),
    FIELD(IPV4_SRC,   "ipv4_src",   IPV4,  96,  32, "Source",    "Source address."),
    FIELD(IPV4_DST,   "ipv4_dst",   IPV4, 128,  32, "Dest",      "Destination address."),
    FIELD(IPV4_OPT,   "ipv4_opt",   IPV4, 160, 320, "IP options", "IPv4 options, as many bytes as IHL leaves room for."),

    FIELD(IPV6_VER,   "ipv6_ver",   IPV6,   0,   4, "Ver",       "IP version: 6."),
    FIELD(IPV6_TC,    "ipv6_tc",    IPV6,   4,   8, "Class",     "Traffic class: differentiated services and ECN."),
    FIELD(IPV6_FL,    "ipv6_fl",    IPV6,  12,  20, "Flow label", "Label that is the same for all packets of a flow."),
    FIELD(IPV6_LEN,   "ipv6_len",   IPV6,  32,  16, "Length",    "Payload length in bytes, the 40-byte header not included."),
    FIELD(IPV6_NH,    "ipv6_nh",    IPV6,  48,   8, "Next",      "Next header: 6 TCP, 17 UDP, 58 ICMPv6, or an extension header."),
    FIELD(IPV6_HL,    "ipv6_hl",    IPV6,  56,   8, "Hops",      "Hop limit: hops the packet may still make."),
    FIELD(IPV6_SRC,   "ipv6_src",   IPV6,  64, 128, "Source",    "Source address."),
    FIELD(IPV6_DST,   "ipv6_dst",   IPV6, 192, 128, "Dest",      "Destination address."),

    FIELD(TCP_SPRT,   "tcp_sprt",   TCP,    0,  16, "Src port",  "Source port."),
    FIELD(TCP_DPRT,   "tcp_dprt",   TCP,   16,  16, "Dst port",  "Destination port."),
    FIELD(TCP_SEQ,    "tcp_seq",    TCP,   32,  32, "Seq",       "Sequence number of the first byte of the segment."),
    FIELD(TCP_ACKN,   "tcp_ackn",   TCP,   64,  32, "Ack",       "Next sequence number expected from the peer."),
    FIELD(TCP_DOFF,   "tcp_doff",   TCP,   96,   4, "Offset",    "Header length in 32-bit words: 5 without options."),
    FIELD(TCP_RES,    "tcp_res",    TCP,  100,   3, "Res",       "Reserved: must be 0."),
    FIELD(TCP_NS,     "tcp_ns",     TCP,  103,   1, "NS",        "Formerly the ECN nonce, now accurate ECN (AE)."),
    FIELD(TCP_CWR,    "tcp_cwr",    TCP,  104,   1, "CWR",       "Congestion window reduced."),
    FIELD(TCP_ECE,    "tcp_ece",    TCP,  105,   1, "ECE",       "Echo of an explicit congestion notification."),
    FIELD(TCP_URG,    "tcp_urg",    TCP,  106,   1, "URG",       "The urgent pointer is meaningful."),
    FIELD(TCP_ACKF,   "tcp_ackf",   TCP,  107,   1, "ACK",       "The acknowledgment number is meaningful."),
    FIELD(TCP_PSH,    "tcp_psh",    TCP,  108,   1, "PSH",       "Push the data to the receiver at once."),
    FIELD(TCP_RST,    "tcp_rst",    TCP,  109,   1, "RST",       "Reset the connection."),
    FIELD(TCP_SYN,    "tcp_syn",    TCP,  110,   1, "SYN",       "Open the connection: synchronise sequence numbers."),
    FIELD(TCP_FIN,    "tcp_fin",    TCP,  111,   1, "FIN",       "The sender has no more data."),
    FIELD(TCP_WSIZE,  "tcp_wsize",  TCP,  112,  16, "Window",    "Receive window, before scaling."),
    FIELD(TCP_CKSUM,  "tcp_cksum",  TCP,  128,  16, "Checksum",  "One's-complement checksum over pseudo-header, header and data."),
    FIELD(TCP_URP,    "tcp_urp",    TCP,  144,  16, "Urgent",    "Urgent pointer, an offset from the sequence number."),
    FIELD(TCP_OPT,    "tcp_opt",    TCP,  160, 320, "TCP options", "TCP options, as many bytes as the data offset leaves room for."),

    FIELD(UDP_SPORT,  "udp_sport",  UDP,    0,  16, "Src port",  "Source port."),
    FIELD(UDP_DPORT,  "udp_dport",  UDP,   16,  16, "Dst port",  "Destination port."),
    FIELD(UDP_LEN,    "udp_len",    UDP,   32,  16, "Length",    "Length of header and data in bytes: at least 8."),
    FIELD(UDP_CKSUM,  "udp_cksum",  UDP,   48,  16, "Checksum",  "One's-complement checksum; 0 means none over IPv4."),

    FIELD(ICMP_TYPE,  "icmp_type",  ICMP,   0,   8, "Type",      "Kind of message: 8 echo request, 0 echo reply, 3 unreachable."),
    FIELD(ICMP_CODE,  "icmp_code",  ICMP,   8,   8, "Code",      "Sub-kind of the message."),
    FIELD(ICMP_CKSUM, "icmp_cksum", ICMP,  16,  16, "Checksum",  "One's-complement checksum of the ICMP message."),
    FIELD(ICMP_ROH,   "icmp_roh",   ICMP,  32,  32, "Rest",      "Rest of the header: identifier and sequence of an echo, or unused."),
};
/* clang-format on */

static const struct {
    const char *name;
    const char *title;
    int max_bits;
} headers[N_HEADERS] = {
    [HEADER_IPV4] = {"ipv4", "IPv4", 480}, [HEADER_IPV6] = {"ipv6", "IPv6", 320},
    [HEADER_TCP] = {"tcp", "TCP", 480},    [HEADER_UDP] = {"udp", "UDP", 64},
    [HEADER_ICMP] = {"icmp", "ICMP", 64},
};

const char *
header_name(Header header)
{
    g_return_val_if_fail((unsigned)header < N_HEADERS, NULL);
    return headers[header].name;
}

const char *
header_title(Header header)
{
    g_return_val_if_fail((unsigned)header < N_HEADERS, NULL);
    return headers[header].title;
}

int
header_max_bits(Header header)
{
    g_return_val_if_fail((unsigned)header < N_HEADERS, 0);
    return headers[header].max_bits;
}
