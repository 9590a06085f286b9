/* SPDX-License-Identifier: Apache-2.0 */
/* A packet and its fields as text to read, search and copy. English, as field_table is. */
#pragma once

#include "app/trace/packet_info.h"

/* "64 (0x40)", "192.0.2.1", "MSS=1460 SACK_PERM"; the bytes in hex of what is longer than a number
 * and not understood. NULL when any bit is absent (of options: when all are) or the layout lacks
 * the field. The caller frees. */
char *field_value_text(const Trace *trace, int row, FieldId field);
/* "0x40", "02 04 05 b4"; as above. The caller frees. */
char *field_hex_text(const Trace *trace, int row, FieldId field);
/* How many bits of a field from its first on are not absent. */
int field_n_bits(const Trace *trace, int row, FieldId field);
/* "IPv4 TTL"; "IP options", which says itself whose it is. The caller frees. */
char *field_full_label(FieldId field);

/* The columns of a list of packets, between tabs: "No.\tTime\tDirection\tProtocol\tLength\tInfo".
 */
void packet_append_title(GString *text);
void packet_append_summary(GString *text, const PacketInfoTable *table, int row);
/* A packet in full: its summary, then a line a header and, indented, a line a field. */
void packet_append_text(GString *text, const PacketInfoTable *table, int row);
/* Bits as CSV: the names of the columns as nPrint has them, and a line a packet. */
void packet_append_bits_title(GString *text, const Trace *trace);
void packet_append_bits(GString *text, const Trace *trace, int row);
/* One packet of a list as CSV (RFC 4180), "no,time_s,direction,protocol,length,info". */
void packet_append_csv_title(GString *text);
void packet_append_csv(GString *text, const PacketInfoTable *table, int row);
