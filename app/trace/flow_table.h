/* SPDX-License-Identifier: Apache-2.0 */
/* The flows of a capture: one pass, memory in proportion to the flows (some 500 bytes each), never
 * to the packets. flow_track.h says which packets are one flow, tunnel.h how a tunnel is told. */
#pragma once

#include "app/trace/capture.h"
#include "app/trace/flow_track.h"
#include "app/trace/tunnel.h"

/* How much of the beginning of a TCP connection was captured. */
typedef enum {
    FLOW_START_NONE,       /* no TCP, or not by 5-tuple */
    FLOW_START_HANDSHAKE,  /* SYN and SYN-ACK */
    FLOW_START_SYN,        /* SYN without an answer, or only that direction was captured */
    FLOW_START_SYN_ACK,    /* only the other direction was captured */
    FLOW_START_MID_STREAM, /* neither */
} FlowStart;

typedef enum {
    FLOW_END_NONE, /* no TCP, or not by 5-tuple */
    FLOW_END_OPEN, /* goes on */
    FLOW_END_HALF, /* a FIN of one end */
    FLOW_END_FIN,  /* of both */
    FLOW_END_RST,
} FlowEnd;

/* Direction 0 is what the initiator sends: the sender of the first bare SYN (or who got the SYN-ACK
 * where no SYN was captured), else the sender of the first packet. By capture it is what the
 * initiators of the single 5-tuples send. */
typedef struct {
    uint32_t number; /* from 1, in order of first appearance */
    FlowKey key; /* src is the initiator. By hosts without ports and protocol, by capture empty */
    uint8_t protocols[4];          /* IP protocols in order of appearance, the first four */
    int n_protocols;               /* of all that there are */
    uint32_t n_tuples;             /* 5-tuple flows it consists of; 1 by tuple */
    uint32_t first_frame;          /* number of its first packet in the capture */
    int64_t first_ns, last_ns;     /* the earliest and latest time, nanoseconds since 1970 */
    uint64_t packets[2], bytes[2]; /* by direction; bytes of the IP packets on the wire */
    FlowStart start;
    FlowEnd end;
    Tunnel tunnel;
    /* Of its bytes, those of 5-tuple flows that are the tunnel, or IPsec's key exchange. */
    uint64_t tunnel_bytes;
} Flow;

/* "handshake", "syn", "syn-ack", "mid-stream", "" */
const char *flow_start_to_name(FlowStart start);
/* "open", "half-closed", "fin", "rst", "" */
const char *flow_end_to_name(FlowEnd end);
/* "TCP", or for several "TCP, UDP"; the caller frees. */
char *flow_protocols_to_string(const Flow *flow);
/* What names a flow: "TCP 10.0.0.1:5000 > 192.0.2.1:443", "10.0.0.1 > 192.0.2.1", "capture"; the
 * caller frees. */
char *flow_to_string(const Flow *flow);
/* What a picture of the flow says of it: flows, flow, flow_number, flow_packets, tunnel. */
void flow_note_provenance(const Flow *flow, FlowBy by, GHashTable *provenance);
static inline uint64_t
flow_n_packets(const Flow *flow)
{
    return flow->packets[0] + flow->packets[1];
}

typedef struct FlowTable FlowTable;

FlowTable *flow_table_new(FlowBy by);
void flow_table_free(FlowTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FlowTable, flow_table_free)
void flow_table_add(FlowTable *table, const Packet *packet, int64_t time_ns, uint32_t frame);
/* To be called after the last packet: who began, which tunnels. */
void flow_table_finish(FlowTable *table);

/* The whole of a capture; options may be NULL. A file damaged part-way gives what was readable, and
 * *warning (newly allocated) says where it broke. */
FlowTable *flow_table_read(const char *path, FlowBy by, const CaptureReadOptions *options,
                           char **warning, GError **error);

FlowBy flow_table_by(const FlowTable *table);
uint32_t flow_table_n_flows(const FlowTable *table);
const Flow *flow_table_flow(const FlowTable *table, uint32_t number); /* from 1; borrowed */
/* The flow of most packets, of these the first; NULL when there is none. */
const Flow *flow_table_biggest(const FlowTable *table);
/* Packets that are of no flow, by reason ("ARP"): char* -> GUINT_TO_POINTER(count). Borrowed. */
GHashTable *flow_table_skipped(const FlowTable *table);
uint32_t flow_table_n_read(const FlowTable *table);     /* packets of the file */
uint32_t flow_table_n_filtered(const FlowTable *table); /* of them, not passed by the filter */
