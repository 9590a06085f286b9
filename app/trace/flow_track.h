/* SPDX-License-Identifier: Apache-2.0 */
/* Follows the flows of a capture packet by packet: which flow is this packet of, and which end sent
 * it. The same packets in the same order give the same numbers, so that a second pass over a file
 * finds the flows of the first. Memory is in proportion to the flows, whatever the packets.
 *
 * Beyond the key (flow.h), by 5-tuple:
 *   port reuse   a SYN begins a new flow on a 5-tuple that has one when that one has ended (a FIN
 * or RST was seen) or the SYN is not its beginning: the initial sequence number of that end is
 * known and another, or the flow was joined mid-stream. A SYN-ACK begins one for the latter reasons
 * only. A repeated SYN and a simultaneous open (RFC 9293, section 3.5) are the same flow. fragments
 * a later fragment has no ports: it is of the flow of its first fragment (same addresses, protocol
 * and identification, RFC 791 section 3.2, RFC 8200 section 4.5) where that came before, at most 60
 * s ago, else of the flow without ports between its hosts. The latest FLOW_FRAGMENTS datagrams are
 * remembered, fewer where they fall together. ICMP         queries and replies by identifier;
 * errors are of the flow without ports between the hosts that send and get them. */
#pragma once

#include "app/trace/flow.h"

enum { FLOW_FRAGMENTS = 4096 };

typedef struct FlowTracker FlowTracker;

typedef struct {
    FlowKey key;   /* normalised (flow_key_normalise); zeros by capture */
    uint32_t flow; /* from 0 on, in order of first appearance */
    uint8_t side;  /* of the key: 0 sent by its src, 1 by its dst. By capture, of the host pair */
    bool is_new;   /* the first packet of its flow */
} FlowPlace;

FlowTracker *flow_tracker_new(FlowBy by);
void flow_tracker_free(FlowTracker *tracker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FlowTracker, flow_tracker_free)
void flow_tracker_place(FlowTracker *tracker, const Packet *packet, int64_t time_ns,
                        FlowPlace *place);
uint32_t flow_tracker_n_flows(const FlowTracker *tracker);

/* What a captured TCP header says of the connection; false when it was cut before its flags. */
enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_ACK = 16 };
bool packet_tcp_facts(const Packet *packet, uint8_t *flags, uint32_t *seq, uint32_t *ack);
