/* SPDX-License-Identifier: Apache-2.0 */
/* Which tunnel a flow is, by what its packets show: the IP protocol, ports, and the first 8 bytes
 * of payload (what lab captures keep). Named is only what a flow gives enough evidence for; a port
 * alone names nothing.
 *
 *   gre, ipip, 6in4, ipsec, l2tp   by IP protocol: 47; 4; 41; 50 ESP and 51 AH; 115
 *   ipsec       UDP 4500 (RFC 3948): twice or more the same SPI with a sequence number that counts
 *   wireguard   types 1 to 4 with three zero bytes and the lengths they must have, and a receiver
 *               index that stays; on port 51820 once, elsewhere three times
 *   openvpn-udp, openvpn-tcp   P_DATA_V2 with a peer id that stays and a packet id that counts, or
 *               resets of both ends and session ids that stay; on TCP behind its 16-bit length
 *   dtls-vpn    (openconnect, AnyConnect, Fortinet) nothing but DTLS application data on UDP 443,
 *               4443, 8443 or 10443, 16 records or more
 *   l2tp, gtp-u, vxlan, geneve, teredo   on their UDP ports, with headers that are well-formed
 *   ssh         TCP port 22 or its banner: it may carry a tunnel, and nobody can tell from outside
 *   unknown     100 packets or more of payload that looks random from its first byte on, no TLS
 *               record among it, and no text to begin with: shadowsocks, obfuscated OpenVPN, ssh on
 * other ports; also a download over TLS that was joined half-way The rest is none. Four packets of
 * five must fit (DTLS: 19 of 20). */
#pragma once

#include "app/trace/flow.h"

typedef enum {
    TUNNEL_NONE,
    TUNNEL_UNKNOWN,
    TUNNEL_SSH,
    TUNNEL_GRE, /* this and what follows is named: see tunnel_is_named */
    TUNNEL_IPIP,
    TUNNEL_6IN4,
    TUNNEL_IPSEC,
    TUNNEL_L2TP,
    TUNNEL_GTP_U,
    TUNNEL_VXLAN,
    TUNNEL_GENEVE,
    TUNNEL_TEREDO,
    TUNNEL_WIREGUARD,
    TUNNEL_OPENVPN_UDP,
    TUNNEL_OPENVPN_TCP,
    TUNNEL_DTLS,
    N_TUNNELS
} Tunnel;

/* "wireguard"; "none" too. Not translated. */
const char *tunnel_to_name(Tunnel tunnel);
/* Whether it is an encapsulation that the packets prove. */
static inline bool
tunnel_is_named(Tunnel tunnel)
{
    return tunnel >= TUNNEL_GRE;
}

/* What the packets of one 5-tuple showed so far. NULL: nothing yet. */
typedef struct TunnelEvidence TunnelEvidence;
void tunnel_evidence_free(TunnelEvidence *evidence);
/* Looks at one more packet of the flow; side: which end sent it (0 or 1). Makes *evidence when
 * there is something to note. */
void tunnel_evidence_add(TunnelEvidence **evidence, const Packet *packet, int side);
/* key: of the 5-tuple, either way round. */
Tunnel tunnel_judge(const TunnelEvidence *evidence, const FlowKey *key);
