/* SPDX-License-Identifier: Apache-2.0 */
/* A trace as a list of packets, as Wireshark's has it: protocol, direction, length, relative time,
 * and a line of text, all from header bits and what travels beside them. There is no payload to
 * look into, so a protocol above TCP or UDP is named by a well-known port (IANA, Service Name and
 * Transport Protocol Port Number Registry) or by the tunnel that the provenance names, and is TCP
 * or UDP where neither tells. Rows may be drawn ones whose headers contradict each other. */
#pragma once

#include "app/trace/trace.h"

typedef struct {
    const char *protocol;        /* "TLS"; "" of padding; static */
    uint8_t direction;           /* as TraceRow has it, guessed where the trace does not know */
    uint8_t transport;           /* HEADER_TCP, _UDP or _ICMP; N_HEADERS: none */
    int8_t shift;                /* TCP: of the window, -1 when not agreed on or not seen */
    uint16_t src_port, dst_port; /* of TCP and UDP */
    uint32_t length;             /* of the IP packet in bytes, 0 when unknown */
    int payload;                 /* bytes behind the transport header, -1 when unknown */
    uint32_t seq, ack;           /* TCP, relative to the first of the flow */
    int64_t time_ns;             /* since the first packet; 0 without times */
} PacketInfo;

typedef struct PacketInfoTable PacketInfoTable;

/* All rows in one pass. The trace is borrowed and must outlive the table. */
PacketInfoTable *packet_info_table(const Trace *trace);
void packet_info_table_free(PacketInfoTable *table); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PacketInfoTable, packet_info_table_free)

const Trace *packet_info_trace(const PacketInfoTable *table);
const PacketInfo *packet_info_row(const PacketInfoTable *table, int row); /* borrowed */
/* "51034 → 443 [SYN] Seq=0 Win=64240 Len=0 MSS=1460 SACK_PERM"; English, as in Wireshark. The
 * caller frees. */
char *packet_info_text(const PacketInfoTable *table, int row);
/* "0.034851" seconds; "" without times. The caller frees. */
char *packet_info_time_text(const PacketInfoTable *table, int row);
/* What there is in the trace, the lower layer first and each once: "IPv4 TCP TLS UDP DNS". The
 * caller frees. */
char *packet_info_protocols(const PacketInfoTable *table);

/* Reads the TCP options that the data offset leaves room for; how many bytes, 0 where a bit of them
 * is absent. */
size_t packet_tcp_options(const Trace *trace, int row, uint8_t bytes[40]);
/* Appends the TCP options of a row as Wireshark's info has them, " MSS=1460 WS=128"; nothing where
 * bits are absent or the list is damaged. */
void packet_info_append_options(GString *text, const Trace *trace, int row);
