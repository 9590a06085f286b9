/* SPDX-License-Identifier: Apache-2.0 */
/* The rules, family by family: each list ends with an id of NULL. */
#pragma once

#include <glib/gi18n-lib.h> /* N_ */

#include "app/repair/repair_context.h"

extern const RepairRule rules_packet[]; /* rules_packet.c: padding, one protocol, presence */
extern const RepairRule rules_ipv4[];
extern const RepairRule rules_ipv6[];
extern const RepairRule rules_tcp[];    /* one segment by itself */
extern const RepairRule rules_length[]; /* of IPv4, IPv6 and UDP */
extern const RepairRule rules_icmp[];
extern const RepairRule rules_flow[];     /* flow assembly, ports, addresses */
extern const RepairRule rules_constant[]; /* what a host sets along a flow */
extern const RepairRule rules_identification[];
extern const RepairRule rules_tcp_flow[];   /* handshake, what is agreed on, teardown */
extern const RepairRule rules_tcp_number[]; /* sequence and acknowledgment numbers */
extern const RepairRule rules_tcp_option[]; /* what options say along a connection */
extern const RepairRule rules_tcp_window[];
extern const RepairRule rules_side[]; /* what travels beside: times, directions, lengths */
extern const RepairRule rules_checksum[];

/* A rule says what it reads and writes: F(TCP_SYN) | F(TCP_FIN). The context holds it to that. */
#define F(FIELD) ((FieldSet)1 << FIELD_##FIELD)
#define FIELDS_EVERY (((FieldSet)1 << N_FIELDS) - 1)
/* What the lengths of a packet and of its headers are told by. */
#define FIELDS_LENGTHS (F(IPV4_HL) | F(IPV4_TL) | F(IPV6_LEN) | F(IPV6_NH) | F(TCP_DOFF))
#define FIELDS_IPV4_ADDRESSES (F(IPV4_SRC) | F(IPV4_DST))
#define FIELDS_IPV4_HEADER                                                                         \
    (F(IPV4_VER) | F(IPV4_HL) | F(IPV4_TOS) | F(IPV4_TL) | F(IPV4_ID) | F(IPV4_RBIT) |             \
     F(IPV4_DFBIT) | F(IPV4_MFBIT) | F(IPV4_FOFF) | F(IPV4_TTL) | F(IPV4_PROTO) | F(IPV4_CKSUM) |  \
     FIELDS_IPV4_ADDRESSES | F(IPV4_OPT))

#define AFTER(...) ((const char *const[]){__VA_ARGS__, NULL})
