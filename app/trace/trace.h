/* SPDX-License-Identifier: Apache-2.0 */
/* A Trace: N packets as N x W trits under a Layout, and beside each row what the picture cannot
 * hold (time, direction, addresses, lengths). trits: 1 and 0 are header bits, -1 is absence. */
#pragma once

#include "app/trace/layout.h"

typedef struct {
    uint8_t family;    /* 4, 6, or 0 when unknown */
    uint8_t bytes[16]; /* network order; the first 4 for family 4 */
} Address;

/* What travels beside a row. */
typedef struct {
    int64_t time_ns;  /* since the epoch; meaningful only with TRACE_HAS_TIMES */
    Address src, dst; /* family 0 when unknown */
    uint32_t frame;   /* 1-based packet number in the capture it came from, 0 if made */
    uint32_t length;  /* original length of the IP packet in bytes, 0 when unknown */
    /* Of a packet read from a capture, whatever the layout: 6 TCP or 17 UDP, with its ports; else
     * 0. Not kept in files. */
    uint16_t src_port, dst_port;
    uint8_t transport;
    uint8_t direction; /* 0: same as the first packet of its host pair, 1: the other way */
} TraceRow;

/* Bits of packets that no layout has columns for and nPrint's CSV can hold: not in pictures, and
 * there only where they are asked for. */
typedef struct {
    bool ethernet;     /* the 14 bytes of the Ethernet header (nPrint -e) */
    int payload_bytes; /* the first so many bytes behind the transport header (nPrint -p) */
} TraceExtra;

enum { TRACE_MAX_PAYLOAD = 65535, ETHERNET_BITS = 112 };

static inline int
trace_extra_width(const TraceExtra *extra)
{
    return (extra->ethernet ? ETHERNET_BITS : 0) + extra->payload_bytes * 8;
}

typedef enum {
    TRACE_HAS_TIMES = 1 << 0,
    TRACE_HAS_ADDRESSES = 1 << 1,
    TRACE_HAS_DIRECTIONS = 1 << 2,
    TRACE_HAS_LENGTHS = 1 << 3,
} TraceSides;

typedef struct {
    const Layout *layout;
    int n_rows;
    int8_t *trits;          /* (n_rows, layout->n_columns) int8 */
    float *confidence;      /* (n_rows, n_columns) in 0..1 from colour correction, or NULL */
    TraceRow *rows;         /* n_rows */
    TraceSides sides;       /* which columns of rows are known */
    TraceExtra extra;       /* which bits there are beside the layout's */
    int8_t *extra_trits;    /* (n_rows, trace_extra_width) int8, Ethernet first, or NULL */
    GHashTable *provenance; /* char* -> char*: source, tool, seed, ...; never NULL */
    /* Packets of the source that made no row, by reason ("ARP", "IPv6 ICMPv6", ...): char* ->
     * GUINT_TO_POINTER(count). Never NULL. */
    GHashTable *skipped;
} Trace;

Trace *trace_new(const Layout *layout, int n_rows); /* all trits -1, rows zeroed */
void trace_free(Trace *trace);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Trace, trace_free)

static inline int8_t *
trace_row(const Trace *trace, int row)
{
    return trace->trits + (size_t)row * trace->layout->n_columns;
}

/* The value of a field in a row, most significant bit first, fields of up to 32 bits.
 * False when the layout lacks the field or any of its trits is -1. */
bool trace_get(const Trace *trace, int row, FieldId field, uint32_t *value);
/* Writes all bits of a field (up to 32 bits wide). False when the layout lacks the field. */
bool trace_set(Trace *trace, int row, FieldId field, uint32_t value);
/* True when any trit of the header is 0 or 1. */
bool trace_has_header(const Trace *trace, int row, Header header);
static inline int8_t *
trace_extra_row(const Trace *trace, int row)
{
    return trace->extra_trits + (size_t)row * trace_extra_width(&trace->extra);
}

/* Makes room for the extra bits of every row, all -1, in place of those there are; or for none. */
void trace_keep_extra(Trace *trace, const TraceExtra *extra);

/* True when every trit of the row is -1: padding. */
bool trace_row_is_empty(const Trace *trace, int row);
/* A copy of rows first .. first+n-1. */
Trace *trace_slice(const Trace *trace, int first, int n);
/* Removes all rows that are padding; how many. */
int trace_drop_empty(Trace *trace);
Trace *trace_copy(const Trace *trace);
/* Makes room for one row more, doubling; *room is how many rows there is memory for (0 at first).
 * The new memory is not filled: who adds a row writes all of it. Used by readers of files. */
bool trace_grow(Trace *trace, int *room, GError **error);
