/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of tunnels over UDP and TCP, counted packet by packet and judged by flow. */
#include "app/trace/tunnel.h"

#include <string.h>

enum { TCP = 6, UDP = 17 };
enum { LOOKED_AT = 8, RANDOM_FROM = 16, RANDOM_ENOUGH = 100, RECORDS_ENOUGH = 8 };
enum { WIREGUARD_PORT = 51820, NAT_T_PORT = 4500 };

struct TunnelEvidence {
    uint32_t n;                   /* payloads looked at */
    uint32_t fits[N_TUNNELS];     /* of them, such as the tunnel has */
    uint32_t proofs[N_TUNNELS];   /* of the fits, such as hardly anything else has */
    uint32_t words[2][2];         /* the last such payload of each side, by its first two words */
    uint32_t wireguard_at_mtu[2]; /* by side: the length that is no multiple of 16; 0: none */
    uint32_t n_same_peer;         /* OpenVPN's data packets with the peer id of the one before */
    uint64_t session[2];          /* OpenVPN's session id of each side, four bytes of it; 0: none */
    bool has_words[2];
    bool has_client_reset[2], is_reset; /* OpenVPN's, by side; and answered */
    bool is_ssh;
    bool is_known; /* a TLS record, or a first payload that is text: no tunnel in disguise */
    uint32_t (*nibbles)[16]; /* (LOOKED_AT, 16) counts of the high four bits of each byte */
    uint32_t n_nibbles;
};

/* One payload, as far as it counts. */
typedef struct {
    TunnelEvidence *evidence;
    Bytes bytes;     /* the first LOOKED_AT at most */
    uint32_t length; /* on the wire */
    int side;
    uint16_t ports[2];
} Look;

const char *
tunnel_to_name(Tunnel tunnel)
{
    static const char *const names[N_TUNNELS] = {[TUNNEL_NONE] = "none",
                                                 [TUNNEL_UNKNOWN] = "unknown",
                                                 [TUNNEL_SSH] = "ssh",
                                                 [TUNNEL_GRE] = "gre",
                                                 [TUNNEL_IPIP] = "ipip",
                                                 [TUNNEL_6IN4] = "6in4",
                                                 [TUNNEL_IPSEC] = "ipsec",
                                                 [TUNNEL_L2TP] = "l2tp",
                                                 [TUNNEL_GTP_U] = "gtp-u",
                                                 [TUNNEL_VXLAN] = "vxlan",
                                                 [TUNNEL_GENEVE] = "geneve",
                                                 [TUNNEL_TEREDO] = "teredo",
                                                 [TUNNEL_WIREGUARD] = "wireguard",
                                                 [TUNNEL_OPENVPN_UDP] = "openvpn-udp",
                                                 [TUNNEL_OPENVPN_TCP] = "openvpn-tcp",
                                                 [TUNNEL_DTLS] = "dtls-vpn"};

    return names[tunnel];
}

void
tunnel_evidence_free(TunnelEvidence *evidence)
{
    if (!evidence)
        return;
    g_free(evidence->nibbles);
    g_free(evidence);
}

static void
fit(const Look *look, Tunnel tunnel, bool is_proof)
{
    look->evidence->fits[tunnel]++;
    look->evidence->proofs[tunnel] += is_proof;
}

static bool
on_port(const Look *look, uint16_t port)
{
    return look->ports[0] == port || look->ports[1] == port;
}

/* Whether the first word of a payload is that of the last of its side; *counts: and the second has
 * moved by a few. Notes both. */
static bool
repeats(const Look *look, uint32_t first, uint32_t second, bool *counts)
{
    TunnelEvidence *evidence = look->evidence;
    uint32_t *words = evidence->words[look->side];
    bool same = evidence->has_words[look->side] && words[0] == first;
    uint32_t moved = second - words[1];

    *counts = same && moved != 0 && (moved <= 1024 || moved >= -(uint32_t)1024);
    words[0] = first;
    words[1] = second;
    evidence->has_words[look->side] = true;
    return same;
}

/* Data is padded to 16 bytes, but not past the tunnel's MTU: each side has one other length. */
static bool
is_wireguard_data(const Look *look)
{
    uint32_t *at_mtu = &look->evidence->wireguard_at_mtu[look->side];

    if (look->length % 16 == 0)
        return look->length >= 32;
    if (*at_mtu == 0 && look->length > 576)
        *at_mtu = look->length;
    return look->length == *at_mtu;
}

/* The WireGuard paper, section 5.4: type, three zero bytes, sender or receiver index. */
static void
look_for_wireguard(const Look *look)
{
    static const uint32_t lengths[] = {0, 148, 92, 64};
    uint32_t first = bytes_u32(look->bytes, 0), type = first >> 24;
    bool counts;

    if (first == 0x5453f09f) /* “TS💬”: Tailscale's path discovery goes beside its WireGuard */
        fit(look, TUNNEL_WIREGUARD, false);
    if (look->bytes.size < 8 || (first & 0xffffff) || type < 1 || type > 4)
        return;
    if (type < 4) {
        if (look->length != lengths[type])
            return;
        fit(look, TUNNEL_WIREGUARD, true);
        look->evidence->has_words[0] = look->evidence->has_words[1] = false; /* new indices */
    } else if (is_wireguard_data(look)) {
        fit(look, TUNNEL_WIREGUARD, repeats(look, bytes_u32(look->bytes, 4), 0, &counts));
    }
}

/* OpenVPN's opcodes, which stand above three bits of key id (ssl_pkt.h). */
enum {
    OPENVPN_CONTROL = 4,
    OPENVPN_ACK = 5,
    OPENVPN_DATA_V1 = 6,
    OPENVPN_CLIENT_RESET = 7,
    OPENVPN_SERVER_RESET = 8,
    OPENVPN_DATA_V2 = 9,
    OPENVPN_CLIENT_RESET_V3 = 10,
    OPENVPN_CONTROL_WKC = 11,
};

/* Text from its first byte on, as far as it is looked at. */
static bool
is_printable(Bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        if (!g_ascii_isprint(bytes.data[i]) && !g_ascii_isspace(bytes.data[i]))
            return false;
    }
    return true;
}

/* A connection begins with a reset of the client, with key id 0, and one of the server. */
static void
note_reset(const Look *look, uint8_t first)
{
    TunnelEvidence *evidence = look->evidence;

    if (first == OPENVPN_CLIENT_RESET << 3 || first == OPENVPN_CLIENT_RESET_V3 << 3)
        evidence->has_client_reset[look->side] = true;
    else if (first == OPENVPN_SERVER_RESET << 3 && evidence->has_client_reset[!look->side])
        evidence->is_reset = true;
}

/* bytes begin with the opcode. is_whole: the record fills its TCP segment. */
static void
look_for_openvpn(const Look *look, Bytes bytes, Tunnel tunnel, bool is_whole)
{
    TunnelEvidence *evidence = look->evidence;
    int opcode = bytes_u8(bytes, 0) >> 3;
    uint64_t session = (uint64_t)bytes_u32(bytes, 1) << 8 | 1; /* 0 is none */
    bool counts, same, is_first;

    switch (opcode) {
    case OPENVPN_DATA_V2: /* peer ids count from 0; 0xffffff is none */
        if (bytes_u8(bytes, 1) != 0 && bytes_u32(bytes, 0) << 8 != 0xffffff00)
            break;
        is_first = !evidence->has_words[look->side];
        same = repeats(look, bytes_u32(bytes, 0), bytes_u32(bytes, 4), &counts);
        if (same || is_first)
            fit(look, tunnel, same && (tunnel == TUNNEL_OPENVPN_TCP ? is_whole : counts));
        evidence->n_same_peer += same;
        break;
    case OPENVPN_CLIENT_RESET:
    case OPENVPN_CLIENT_RESET_V3:
    case OPENVPN_SERVER_RESET:
    case OPENVPN_CONTROL:
    case OPENVPN_ACK:
    case OPENVPN_CONTROL_WKC:
        if (is_printable(bytes)) /* SIP and the like begin with words that are opcodes */
            break;
        note_reset(look, bytes.data[0]);
        fit(look, tunnel, evidence->is_reset && evidence->session[look->side] == session);
        evidence->session[look->side] = session;
        break;
    case OPENVPN_DATA_V1: /* has no header to check */
        if (evidence->is_reset)
            fit(look, tunnel, false);
        break;
    default:
        break;
    }
}

/* RFC 3948: a non-ESP marker of four zero bytes and IKE, a keepalive, or SPI and sequence number.
 */
static void
look_for_nat_t(const Look *look)
{
    uint32_t spi = bytes_u32(look->bytes, 0);
    bool is_first = !look->evidence->has_words[look->side], counts;

    if (look->length == 1 && bytes_u8(look->bytes, 0) == 0xff)
        fit(look, TUNNEL_IPSEC, false);
    else if (look->bytes.size < 8)
        return;
    else if (spi == 0)
        fit(look, TUNNEL_IPSEC, false);
    else if (repeats(look, spi, bytes_u32(look->bytes, 4), &counts) || is_first)
        fit(look, TUNNEL_IPSEC, counts);
}

/* RFC 6347: type, version, epoch; data only after a handshake, so in epoch 1 or later. */
static void
look_for_dtls(const Look *look)
{
    int type = bytes_u8(look->bytes, 0), version = bytes_u16(look->bytes, 1);

    if (type >= 20 && type <= 23 &&
        (version == 0xfefd || version == 0xfeff || version == 0x0100)) /* 0x0100: AnyConnect's */
        fit(look, TUNNEL_DTLS, type == 23 && bytes_u16(look->bytes, 3) > 0);
}

/* Protocols that have a port of their own and a header to check. */
static void
look_at_ports(const Look *look)
{
    Bytes bytes = look->bytes;
    int first = bytes_u8(bytes, 0), second = bytes_u8(bytes, 1), second_half = bytes_u16(bytes, 2);

    if (bytes.size < 8)
        return;
    if (on_port(look, 1701) && (second & 15) == 2 && !(first & 0x34) && !(second & 0xf0))
        fit(look, TUNNEL_L2TP, true); /* RFC 2661, section 3.1 */
    if (on_port(look, 2152) && first >> 4 == 3 && (uint32_t)second_half + 8 == look->length)
        fit(look, TUNNEL_GTP_U, second == 255); /* 3GPP TS 29.281: 255 carries a packet */
    if ((on_port(look, 4789) || on_port(look, 8472)) && bytes_u32(bytes, 0) == 0x08000000 &&
        bytes.data[7] == 0)
        fit(look, TUNNEL_VXLAN, true); /* RFC 7348, section 5 */
    if (on_port(look, 6081) && !(first & 0xc0) && !(second & 0x3f) && bytes.data[7] == 0 &&
        (second_half == 0x6558 || second_half == 0x0800 || second_half == 0x86dd))
        fit(look, TUNNEL_GENEVE, true); /* RFC 8926, section 3.4 */
    if (on_port(look, 3544) && first >> 4 == 6 &&
        (uint32_t)bytes_u16(bytes, 4) + 40 == look->length)
        fit(look, TUNNEL_TEREDO, true); /* RFC 4380 */
}

static void
look_at_udp(const Look *look)
{
    /* Both keep words, and no payload can be of both: types 1 to 4 are opcode 0. */
    look_for_wireguard(look);
    if (on_port(look, NAT_T_PORT))
        look_for_nat_t(look);
    else
        look_for_openvpn(look, look->bytes, TUNNEL_OPENVPN_UDP, false);
    look_for_dtls(look);
    look_at_ports(look);
}

static void
look_at_tcp(const Look *look)
{
    int length = bytes_u16(look->bytes, 0);
    bool is_whole;

    if (look->bytes.size >= 4 && memcmp(look->bytes.data, "SSH-", 4) == 0)
        look->evidence->is_ssh = true;
    if (look->bytes.size >= 5 && look->bytes.data[0] >= 20 && look->bytes.data[0] <= 23 &&
        look->bytes.data[1] == 3 && look->bytes.data[2] <= 4 && bytes_u16(look->bytes, 3) <= 16640)
        look->evidence->is_known = true;
    /* A record fills its segment, or else holds data. DNS has the same length, and then an id that
     * may look so. */
    if (on_port(look, 53) || length < 1)
        return;
    is_whole = (uint32_t)length + 2 == look->length;
    if (is_whole || bytes_u8(look->bytes, 2) >> 3 == OPENVPN_DATA_V2)
        look_for_openvpn(look, bytes_from(look->bytes, 2), TUNNEL_OPENVPN_TCP, is_whole);
}

/* Short flows pay nothing for it. */
static void
count_nibbles(const Look *look)
{
    TunnelEvidence *evidence = look->evidence;

    if (evidence->n < RANDOM_FROM || look->bytes.size < LOOKED_AT)
        return;
    if (!evidence->nibbles)
        evidence->nibbles = g_malloc0(LOOKED_AT * sizeof *evidence->nibbles);
    for (int i = 0; i < LOOKED_AT; i++)
        evidence->nibbles[i][look->bytes.data[i] >> 4]++;
    evidence->n_nibbles++;
}

/* The payload of TCP or UDP; false when there is none, or nothing of it was captured. */
static bool
find_payload(const Packet *packet, Look *look)
{
    Bytes above = packet->above;
    int length = bytes_u16(above, 4);
    uint32_t header;

    if (packet->later_fragment || above.size < 9 ||
        (packet->protocol != TCP && packet->protocol != UDP))
        return false;
    if (packet->protocol == TCP) {
        header = (uint32_t)MAX(bytes_u8(above, 12) >> 4, 5) * 4;
        look->length = packet->above_length > header ? packet->above_length - header : 0;
    } else {
        look->length = length > 8 ? (uint32_t)length - 8 : 0; /* of all fragments */
    }
    look->bytes = bytes_first(packet->payload, MIN(look->length, LOOKED_AT));
    look->ports[0] = (uint16_t)bytes_u16(above, 0);
    look->ports[1] = (uint16_t)bytes_u16(above, 2);
    return look->bytes.size > 0;
}

void
tunnel_evidence_add(TunnelEvidence **evidence, const Packet *packet, int side)
{
    Look look = {.side = side};

    if (!find_payload(packet, &look))
        return;
    if (!*evidence)
        *evidence = g_new0(TunnelEvidence, 1);
    look.evidence = *evidence;
    look.evidence->n++;
    if (packet->protocol == UDP)
        look_at_udp(&look);
    else
        look_at_tcp(&look);
    look.evidence->is_known |= look.evidence->n == 1 && is_printable(look.bytes);
    count_nibbles(&look);
}

static bool
key_has_port(const FlowKey *key, uint16_t port)
{
    return key->src_port == port || key->dst_port == port;
}

static bool
fits(const TunnelEvidence *evidence, Tunnel tunnel, uint32_t n_proofs, int of_20)
{
    return evidence->proofs[tunnel] >= n_proofs &&
           (uint64_t)evidence->fits[tunnel] * 20 >= (uint64_t)evidence->n * (unsigned)of_20;
}

/* Whether every position's nibbles could be even: chi-square with 15 degrees of freedom, at which
 * one random flow in some thousands exceeds the bound. */
static bool
looks_random(const TunnelEvidence *evidence)
{
    double expected = evidence->n_nibbles / 16.0;

    if (evidence->n_nibbles < RANDOM_ENOUGH || evidence->is_known)
        return false;
    for (int i = 0; i < LOOKED_AT; i++) {
        double chi_square = 0;

        for (int value = 0; value < 16; value++) {
            double off = evidence->nibbles[i][value] - expected;

            chi_square += off * off / expected;
        }
        if (chi_square > 50)
            return false;
    }
    return true;
}

static Tunnel
judge_udp(const TunnelEvidence *evidence, const FlowKey *key)
{
    static const Tunnel by_port[] = {TUNNEL_L2TP, TUNNEL_GTP_U, TUNNEL_VXLAN, TUNNEL_GENEVE,
                                     TUNNEL_TEREDO};
    static const uint16_t dtls_ports[] = {443, 4443, 8443, 10443};
    bool is_home = key_has_port(key, WIREGUARD_PORT);

    if (fits(evidence, TUNNEL_WIREGUARD, is_home ? 0 : 3, 16) &&
        evidence->fits[TUNNEL_WIREGUARD] > 0)
        return TUNNEL_WIREGUARD;
    if (fits(evidence, TUNNEL_IPSEC, 2, 16))
        return TUNNEL_IPSEC;
    if (fits(evidence, TUNNEL_OPENVPN_UDP, 3, 16) ||
        evidence->n_same_peer >= MAX(RANDOM_FROM, evidence->n / 20 * 19)) /* CBC: no packet id */
        return TUNNEL_OPENVPN_UDP;
    for (size_t i = 0; i < G_N_ELEMENTS(by_port); i++) {
        if (fits(evidence, by_port[i], 1, 16))
            return by_port[i];
    }
    for (size_t i = 0; i < G_N_ELEMENTS(dtls_ports); i++) {
        if (key_has_port(key, dtls_ports[i]) && fits(evidence, TUNNEL_DTLS, 16, 19))
            return TUNNEL_DTLS;
    }
    return looks_random(evidence) ? TUNNEL_UNKNOWN : TUNNEL_NONE;
}

static Tunnel
judge_tcp(const TunnelEvidence *evidence, const FlowKey *key)
{
    if (evidence->proofs[TUNNEL_OPENVPN_TCP] >= 3 || evidence->n_same_peer >= RECORDS_ENOUGH)
        return TUNNEL_OPENVPN_TCP;
    if (evidence->is_ssh || key_has_port(key, 22))
        return TUNNEL_SSH;
    return looks_random(evidence) ? TUNNEL_UNKNOWN : TUNNEL_NONE;
}

Tunnel
tunnel_judge(const TunnelEvidence *evidence, const FlowKey *key)
{
    switch (key->protocol) {
    case 4:
        return TUNNEL_IPIP;
    case 41:
        return TUNNEL_6IN4;
    case 47:
        return TUNNEL_GRE;
    case 50:
    case 51:
        return TUNNEL_IPSEC;
    case 115:
        return TUNNEL_L2TP;
    case TCP:
        return evidence ? judge_tcp(evidence, key) : TUNNEL_NONE;
    case UDP:
        return evidence ? judge_udp(evidence, key) : TUNNEL_NONE;
    default:
        return TUNNEL_NONE;
    }
}
