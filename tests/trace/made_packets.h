/* SPDX-License-Identifier: Apache-2.0 */
/* IP packets made of a few words, as the tests of flows feed them. */
#pragma once

#include "app/trace/flow_table.h"

/* What a packet is made of; the rest is 0. Addresses are numeric, of one family. */
typedef struct {
    const char *src, *dst;
    int protocol;
    int src_port, dst_port; /* TCP, UDP; ICMP: type and identifier */
    int flags;              /* TCP: TCP_SYN and so on */
    uint32_t seq, ack;
    const char *payload; /* n_payload bytes of it; the packet is as long as length says */
    size_t n_payload;
    uint32_t length; /* of the payload on the wire; 0: n_payload */
    uint32_t id;     /* of fragments */
    int offset;      /* of a fragment, in units of 8 bytes; -1: the first of several */
} Made;

/* The IP packet as captured, of which *length bytes were on the wire. The caller frees. */
GByteArray *made_bytes(const Made *made, uint32_t *length);
/* Feeds it to a table. */
void made_add(FlowTable *table, const Made *made, int64_t time_ns);
