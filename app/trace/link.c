/* SPDX-License-Identifier: Apache-2.0 */
/* Link layers by wire. */
#include "app/trace/link.h"

#include <string.h>

enum {
    ETHERTYPE_LONGEST = 1500, /* up to here a length, and LLC follows */
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_ARP = 0x0806,
    ETHERTYPE_RARP = 0x8035,
    ETHERTYPE_VLAN = 0x8100,
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_MPLS = 0x8847,
    ETHERTYPE_MPLS_MULTICAST = 0x8848,
    ETHERTYPE_PPPOE_DISCOVERY = 0x8863,
    ETHERTYPE_PPPOE = 0x8864,
    ETHERTYPE_EAPOL = 0x888e,
    ETHERTYPE_QINQ = 0x88a8,
    ETHERTYPE_MACSEC = 0x88e5,
    ETHERTYPE_LLDP = 0x88cc,
    ETHERTYPE_QINQ_OLD = 0x9100,
};
enum { PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057, PPP_MPLS = 0x0281, PPP_MPLS_MULTICAST = 0x0283 };
enum { SLL_LLC = 4, HARDWARE_NETLINK = 824 };
enum { NFLOG_PAYLOAD = 9 };
enum { MAX_TAGS = 16, MAX_NESTING = 4 };

static bool
skip_mpls(Frame *frame, SkipReason *reason)
{
    for (int label = 0; label < MAX_TAGS; label++) {
        int third = bytes_u8(frame->bytes, 2);

        if (third < 0)
            return skip_cut(reason);
        frame_skip(frame, 4);
        if (third & 1)
            return true; /* bottom of the stack: the IP version nibble decides */
    }
    return skip_because(reason, "more than 16 MPLS labels", 0);
}

/* PPP: optional ff 03, then a protocol of two bytes, or of one when its low bit is set. */
static bool
skip_ppp(Frame *frame, SkipReason *reason)
{
    int protocol, size = 2;

    if (bytes_u16(frame->bytes, 0) == 0xff03)
        frame_skip(frame, 2);
    protocol = bytes_u8(frame->bytes, 0);
    if (protocol >= 0 && (protocol & 1))
        size = 1;
    else
        protocol = bytes_u16(frame->bytes, 0);
    if (protocol < 0)
        return skip_cut(reason);
    frame_skip(frame, size);
    if (protocol == PPP_MPLS || protocol == PPP_MPLS_MULTICAST)
        return skip_mpls(frame, reason);
    if (protocol != PPP_IPV4 && protocol != PPP_IPV6)
        return skip_because(reason, "PPP protocol 0x%04x", (unsigned)protocol);
    return true;
}

/* Those that carry no IP. */
static bool
skip_foreign(int type, SkipReason *reason)
{
    static const struct {
        int type;
        const char *name;
    } names[] = {
        {ETHERTYPE_ARP, "ARP"},       {ETHERTYPE_RARP, "RARP"},
        {ETHERTYPE_EAPOL, "EAPOL"},   {ETHERTYPE_LLDP, "LLDP"},
        {ETHERTYPE_MACSEC, "MACsec"}, {ETHERTYPE_PPPOE_DISCOVERY, "PPPoE discovery"},
    };

    if (type < 0)
        return skip_cut(reason);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (names[i].type == type)
            return skip_because(reason, names[i].name, 0);
    }
    return skip_because(reason, "ethertype 0x%04x", (unsigned)type);
}

/* From the bytes after an ethertype on; or after a length, as IEEE 802.3 has it there. */
static bool
skip_ethertype(Frame *frame, int type, bool may_be_length, SkipReason *reason)
{
    for (int tag = 0; tag < MAX_TAGS; tag++) {
        switch (type) {
        case ETHERTYPE_IPV4:
        case ETHERTYPE_IPV6:
            return true;
        case ETHERTYPE_VLAN:
        case ETHERTYPE_QINQ:
        case ETHERTYPE_QINQ_OLD:
            type = bytes_u16(frame->bytes, 2);
            frame_skip(frame, 4);
            break;
        case ETHERTYPE_MPLS:
        case ETHERTYPE_MPLS_MULTICAST:
            return skip_mpls(frame, reason);
        case ETHERTYPE_PPPOE:
            frame_skip(frame, 6);
            return skip_ppp(frame, reason);
        default:
            if (may_be_length && type >= 0 && type <= ETHERTYPE_LONGEST)
                return link_skip_llc(frame, reason);
            return skip_foreign(type, reason);
        }
    }
    return skip_because(reason, "more than 16 VLAN tags", 0);
}

/* SNAP (RFC 1042) with an ethertype, or the access point of IP itself. */
bool
link_skip_llc(Frame *frame, SkipReason *reason)
{
    int access = bytes_u16(frame->bytes, 0), control = bytes_u8(frame->bytes, 2);
    int owner_high = bytes_u8(frame->bytes, 3), owner = bytes_u16(frame->bytes, 4);
    int type = bytes_u16(frame->bytes, 6);

    if (access < 0)
        return skip_cut(reason);
    if (access == 0x0606 && control == 3) {
        frame_skip(frame, 3);
        return true;
    }
    if (access != 0xaaaa || control != 3)
        return skip_because(reason, "LLC to access point 0x%02x", (unsigned)access >> 8);
    if (type < 0)
        return skip_cut(reason);
    if (owner_high != 0 || (owner != 0 && owner != 0xf8))
        return skip_because(reason, "SNAP of 0x%06x", (unsigned)(owner_high << 16 | owner));
    frame_skip(frame, 8);
    return skip_ethertype(frame, type, false, reason);
}

static bool
skip_ethernet(Frame *frame, SkipReason *reason)
{
    int type = bytes_u16(frame->bytes, 12);

    frame_skip(frame, 14);
    return skip_ethertype(frame, type, true, reason);
}

/* What libpcap makes of the "any" device: the hardware, and mostly an ethertype. */
static bool
skip_cooked(Frame *frame, int type, int hardware, size_t size, SkipReason *reason)
{
    if (hardware == HARDWARE_NETLINK)
        return skip_because(reason, "netlink", 0);
    frame_skip(frame, size);
    return type == SLL_LLC ? link_skip_llc(frame, reason)
                           : skip_ethertype(frame, type, false, reason);
}

static bool
skip_sll(Frame *frame, SkipReason *reason)
{
    return skip_cooked(frame, bytes_u16(frame->bytes, 14), bytes_u16(frame->bytes, 2), 16, reason);
}

static bool
skip_sll2(Frame *frame, SkipReason *reason)
{
    return skip_cooked(frame, bytes_u16(frame->bytes, 0), bytes_u16(frame->bytes, 8), 20, reason);
}

static bool
family_is_ip(int family)
{
    switch (family) {
    case 2:  /* AF_INET everywhere */
    case 10: /* AF_INET6 on Linux, Solaris, the BSDs and macOS */
    case 24:
    case 26:
    case 28:
    case 30:
        return true;
    default:
        return false;
    }
}

/* Null and loop: four bytes of address family, in either byte order. */
static bool
skip_null(Frame *frame, SkipReason *reason)
{
    int first = bytes_u16(frame->bytes, 0), second = bytes_u16(frame->bytes, 2), family;

    if (first < 0 || second < 0)
        return skip_cut(reason);
    family = first == 0 ? second : first >> 8 | (first & 0xff) << 8;
    frame_skip(frame, 4);
    return family_is_ip(family) || skip_because(reason, "address family %u", (unsigned)family);
}

static bool
skip_chdlc(Frame *frame, SkipReason *reason)
{
    int type = bytes_u16(frame->bytes, 2);

    frame_skip(frame, 4);
    return skip_ethertype(frame, type, false, reason);
}

/* PPP in HDLC framing; a first byte of 0f or 8f is Cisco's (RFC 1547, 4.3.1). */
static bool
skip_ppp_hdlc(Frame *frame, SkipReason *reason)
{
    int first = bytes_u8(frame->bytes, 0);

    return first == 0x0f || first == 0x8f ? skip_chdlc(frame, reason) : skip_ppp(frame, reason);
}

/* A byte that tells the direction. */
static bool
skip_ppp_directed(Frame *frame, SkipReason *reason)
{
    frame_skip(frame, 1);
    return skip_ppp(frame, reason);
}

static bool
skip_ppp_ether(Frame *frame, SkipReason *reason)
{
    frame_skip(frame, 6);
    return skip_ppp(frame, reason);
}

static bool
skip_ipoib(Frame *frame, SkipReason *reason)
{
    int type = bytes_u16(frame->bytes, 40);

    frame_skip(frame, 44);
    return skip_ethertype(frame, type, false, reason);
}

/* netfilter's log: a family, then values each of a size and a type, of which one is the packet.
 * They are in the byte order of the capturing host, and all types are small: it shows in them. */
static bool
skip_nflog(Frame *frame, SkipReason *reason)
{
    int family = bytes_u8(frame->bytes, 0);

    if (family >= 0 && !family_is_ip(family))
        return skip_because(reason, "address family %u", (unsigned)family);
    frame_skip(frame, 4);
    while (frame->bytes.size >= 4) {
        const guint8 *at = frame->bytes.data;
        bool is_big_endian = (at[2] & 0x3f) == 0;
        int size = is_big_endian ? at[0] << 8 | at[1] : at[1] << 8 | at[0];

        if (at[is_big_endian ? 3 : 2] == NFLOG_PAYLOAD) {
            frame_skip(frame, 4);
            return true;
        }
        frame_skip(frame, (size_t)(MAX(size, 4) + 3) / 4 * 4);
    }
    return skip_because(reason, "NFLOG without a packet", 0);
}

static bool
skip_nothing(Frame *frame, SkipReason *reason)
{
    return true;
}

/* LINKTYPE_ values; libpcap's DLT_ values agree, but for two more names of raw IP. */
static const struct {
    int link_type;
    bool (*skip)(Frame *frame, SkipReason *reason);
} links[] = {
    {LINK_ETHERNET, skip_ethernet},
    {0, skip_null},            /* NULL */
    {9, skip_ppp},             /* PPP */
    {12, skip_nothing},        /* RAW, as DLT_ */
    {14, skip_nothing},        /* RAW, as DLT_ on OpenBSD */
    {50, skip_ppp_hdlc},       /* PPP_HDLC, PPP_SERIAL */
    {51, skip_ppp_ether},      /* PPP_ETHER */
    {101, skip_nothing},       /* RAW */
    {104, skip_chdlc},         /* C_HDLC */
    {105, link_skip_80211},    /* IEEE802_11 */
    {108, skip_null},          /* LOOP */
    {113, skip_sll},           /* LINUX_SLL */
    {119, link_skip_prism},    /* IEEE802_11_PRISM */
    {127, link_skip_radiotap}, /* IEEE802_11_RADIOTAP */
    {163, link_skip_avs},      /* IEEE802_11_AVS */
    {204, skip_ppp_directed},  /* PPP_WITH_DIR */
    {219, skip_mpls},          /* MPLS */
    {228, skip_nothing},       /* IPV4 */
    {229, skip_nothing},       /* IPV6 */
    {239, skip_nflog},         /* NFLOG */
    {242, skip_ipoib},         /* IPOIB */
    {276, skip_sll2},          /* LINUX_SLL2 */
};
enum { LINK_PPI = 192, LINK_PKTAP = 258 }; /* hold a frame of a link type they name */

bool
link_type_is_known(int link_type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(links); i++) {
        if (links[i].link_type == link_type)
            return true;
    }
    return link_type == LINK_PPI || link_type == LINK_PKTAP;
}

const char *
link_known_types(void)
{
    return "Ethernet, raw IP, Linux cooked (v1, v2), null/loopback, PPP, Cisco HDLC, 802.11 (bare, "
           "radiotap, Prism, AVS, PPI), MPLS, NFLOG, PKTAP, IP over InfiniBand";
}

/* Apple's: its own length first, and at 8 the link type, little-endian. */
static bool
skip_pktap(Frame *frame, int *link_type, SkipReason *reason)
{
    guint32 size, inside;

    if (frame->bytes.size < 12)
        return skip_cut(reason);
    memcpy(&size, frame->bytes.data, sizeof size);
    memcpy(&inside, frame->bytes.data + 8, sizeof inside);
    size = GUINT32_FROM_LE(size);
    *link_type = (int)(GUINT32_FROM_LE(inside) & G_MAXINT);
    if (size < 12)
        return skip_because(reason, "PKTAP header of %u bytes", size);
    if (size > frame->bytes.size)
        return skip_cut(reason);
    frame_skip(frame, size);
    return true;
}

bool
link_find_ip(int link_type, Frame *frame, SkipReason *reason)
{
    for (int depth = 0; depth < MAX_NESTING; depth++) {
        if (link_type == LINK_PPI && !link_skip_ppi(frame, &link_type, reason))
            return false;
        if (link_type == LINK_PKTAP && !skip_pktap(frame, &link_type, reason))
            return false;
        for (size_t i = 0; i < G_N_ELEMENTS(links); i++) {
            if (links[i].link_type == link_type)
                return links[i].skip(frame, reason);
        }
        if (link_type != LINK_PPI && link_type != LINK_PKTAP)
            return skip_because(reason, "link type %u", (unsigned)link_type);
    }
    return skip_because(reason, "more than 4 frames in each other", 0);
}
