/* SPDX-License-Identifier: Apache-2.0 */
/* The rules, family by family: each list ends with an id of NULL. */
#pragma once

#include "app/repair/repair_context.h"

extern const RepairRule rules_packet[]; /* rules_packet.c: padding, one protocol, presence */
extern const RepairRule rules_ipv4[];
extern const RepairRule rules_ipv6[];
extern const RepairRule rules_tcp[];    /* one segment by itself */
extern const RepairRule rules_length[]; /* of IPv4, IPv6 and UDP */
extern const RepairRule rules_icmp[];
extern const RepairRule rules_flow[];     /* flow assembly, ports, addresses */
extern const RepairRule rules_tcp_flow[]; /* handshake, teardown, sequence numbers */
extern const RepairRule rules_side[];     /* what travels beside: times, directions, lengths */
extern const RepairRule rules_checksum[];

#define AFTER(...) ((const char *const[]){__VA_ARGS__, NULL})
