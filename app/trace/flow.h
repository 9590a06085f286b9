/* SPDX-License-Identifier: Apache-2.0 */
/* Which packets belong together: the 5-tuple of a packet or row, the pair of hosts it runs between,
 * and the rows of a trace grouped by either. flow_track.h follows flows through a capture. */
#pragma once

#include "app/trace/packet.h"
#include "app/trace/trace.h"

typedef enum {
    FLOW_BY_TUPLE,   /* addresses, protocol and ports */
    FLOW_BY_HOSTS,   /* the two addresses: a tunnel between two hosts is one flow, whatever it is */
    FLOW_BY_CAPTURE, /* all packets are one flow */
} FlowBy;

/* "tuple", "hosts", "capture". */
const char *flow_by_to_name(FlowBy by);
bool flow_by_from_name(const char *name, FlowBy *by, GError **error);

/* As the packet says it: src to dst. protocol 0 and ports 0 when unknown. Where there are no ports
 * but an ICMP message of a pair of query and reply (RFC 792, RFC 4443), both ports are its
 * identifier. */
typedef struct {
    Address src, dst;
    uint16_t src_port, dst_port;
    uint8_t protocol; /* 1 ICMP, 6 TCP, 17 UDP, ... */
} FlowKey;

bool address_equal(const Address *a, const Address *b);
/* "192.0.2.1", "2001:db8::1", or "" for family 0; the caller frees. */
char *address_to_string(const Address *address);
/* Numeric addresses only. False (family 0) when text is none. */
bool address_from_string(const char *text, Address *address);
/* The reserved documentation addresses (RFC 5737, RFC 3849) that stand where none are known:
 * 192.0.2.1 and 2001:db8::1 for the first host (which 0), 198.51.100.1 and 2001:db8:1::1 for
 * the second. */
Address address_placeholder(int family, int which);

/* Addresses from the row's bits where the layout holds them, else from rows[].src and dst; ports
 * and protocol from the bits. Always fills key, with zeros for what is not known. */
void flow_key_init(FlowKey *key, const Trace *trace, int row);
/* The same of a captured packet; a later fragment has no ports. */
void flow_key_init_packet(FlowKey *key, const Packet *packet);
/* Whether the ports are those of a protocol that has some, and not an identifier. */
bool flow_key_has_ports(const FlowKey *key);
/* One flow of a capture. */
typedef struct {
    FlowBy by;
    uint32_t number; /* of the flow, from 1 (flow_table.h) */
    FlowKey key;     /* of the flow, its initiator first */
} FlowChoice;

/* "192.0.2.1:443", "[2001:db8::1]:443", "192.0.2.1" where there is no port; of the source or
 * destination; the caller frees. */
char *flow_key_end_to_string(const FlowKey *key, bool source);
/* "TCP", "ICMP", "protocol 99"; the caller frees. */
char *flow_protocol_to_string(int protocol);
/* The same key whichever way the packet goes: the lesser end first. True when ends were swapped. */
bool flow_key_normalise(FlowKey *key);
/* Forgets ports and protocol: the key of a host pair. */
void flow_key_to_hosts(FlowKey *key);
/* For GHashTable; keys must have been filled by the functions here. */
guint flow_key_hash(gconstpointer key);
gboolean flow_key_equal(gconstpointer a, gconstpointer b);

/* Groups rows into two-way flows. flow_of (n_rows) receives each row's flow, numbered from 0 in
 * order of first appearance; direction_of (n_rows, may be NULL) 0 when the row goes the way of
 * its flow's first row, else 1. The number of flows. */
int trace_group_flows(const Trace *trace, int *flow_of, uint8_t *direction_of);
/* Each row's direction (n_rows): 1 when it goes against the first row of its host pair, or, where
 * addresses are not known, of its pair of ports; else 0. */
void trace_guess_directions(const Trace *trace, uint8_t *direction_of);
/* The same, into rows[].direction. */
void trace_set_directions(Trace *trace);
