/* SPDX-License-Identifier: Apache-2.0 */
/* Capture files: pcap and pcapng in, either out. pcap.h is included by capture*.c alone. */
#pragma once

#include <gio/gio.h>

#include "app/trace/policy.h"
#include "app/trace/flow.h"
#include "app/trace/trace.h"

typedef struct CaptureReader CaptureReader;

/* One captured packet; data is valid until the next call. */
typedef struct {
    int64_t time_ns;
    const uint8_t *data;
    uint32_t captured; /* bytes at data */
    uint32_t length;   /* bytes on the wire */
    int link_type;     /* DLT_ value */
    uint32_t frame;    /* from 1, as Wireshark numbers it */
} CapturePacket;

typedef struct {
    /* Which packets to read, in libpcap's words (pcap-filter(7)); NULL: every one. Packets that it
     * does not pass are counted, and the others keep their frame numbers. Packets of an interface
     * on whose link type the filter means nothing do not pass. */
    const char *filter;
    TraceExtra extra; /* keep these bits too */
    bool keep_empty;  /* codec.h: as nPrint has it */
    /* Of rows: only those of this flow, with direction 0 for what its initiator sends; NULL: all.
     * It was found with the same filter, and stays the caller's. */
    const FlowChoice *flow;
} CaptureReadOptions;

/* path "-" is standard input; options may be NULL. A filter that cannot be compiled for the link
 * type is G_OPTION_ERROR_BAD_VALUE. */
CaptureReader *capture_open(const char *path, const CaptureReadOptions *options, GError **error);
void capture_close(CaptureReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaptureReader, capture_close)
/* 1 a packet, 0 end of file, -1 error (file damaged from here on: what came before is good). */
int capture_next(CaptureReader *reader, CapturePacket *packet, GError **error);
/* Different link types of the file, as far as it was read: of a pcapng, of its interfaces. */
const int *capture_link_types(const CaptureReader *reader, int *n);
/* False and an error when packet_parse knows none of them. */
bool capture_check_link_types(const CaptureReader *reader, GError **error);
/* As libpcap names it, else its number; the caller frees. */
char *capture_link_type_name(int link_type);
uint32_t capture_n_read(const CaptureReader *reader); /* packets so far, filtered ones included */
uint32_t capture_n_filtered(const CaptureReader *reader); /* of them, not passed by the filter */
/* Packets that the snaplen cut, and the most bytes of one of them. */
typedef struct {
    uint32_t n_packets, snaplen;
} CaptureCut;

static inline void
capture_cut_note(CaptureCut *cut, const CapturePacket *packet)
{
    if (packet->captured >= packet->length)
        return;
    cut->n_packets++;
    cut->snaplen = MAX(cut->snaplen, packet->captured);
}

/* What was read so far into a provenance (trace.h): link_type, packets_read, where it names a
 * filter packets_filtered, and where packets are cut packets_cut and snaplen. */
void capture_note_provenance(const CaptureReader *reader, const CaptureCut *cut,
                             GHashTable *provenance);
const char *capture_name(const CaptureReader *reader); /* for messages; borrowed */
/* How much of the file was read, 0 to 1; 0 where its end is not known. */
double capture_fraction(const CaptureReader *reader);

/* A capture as rows of a layout, part by part: what is long need not stand in memory at once. */
typedef struct CaptureRows CaptureRows;
CaptureRows *capture_rows_open(const char *path, const Layout *layout,
                               const CaptureReadOptions *options, GError **error);
void capture_rows_free(CaptureRows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaptureRows, capture_rows_free)
/* The rows of the trace are replaced by the next up to max_rows (0: all); fewer only at the end.
 * Its skipped packets are counted from the start on. Packets before a damage are read, and
 * *warning (may be NULL) then says where it is; damage before the first is an error. */
bool capture_rows_next(CaptureRows *rows, int max_rows, char **warning, GError **error);
Trace *capture_rows_trace(const CaptureRows *rows);          /* borrowed */
CaptureReader *capture_rows_reader(const CaptureRows *rows); /* borrowed: its counts */

/* Reads up to max_rows rows (0: all) of a capture under a layout. Packets without any of the
 * layout's headers make no row and are counted in trace->skipped by reason. A file damaged
 * part-way gives what was readable, and *warning (newly allocated) says where it broke. */
Trace *trace_read_capture(const char *path, const Layout *layout, int max_rows, char **warning,
                          GError **error);
/* The same with options (may be NULL). The provenance then names the filter and, beside
 * packets_read, packets_filtered. Where a snaplen cut packets, it says packets_cut, and as snaplen
 * the most bytes that stand of one of them. */
Trace *trace_read_capture_with(const char *path, const Layout *layout,
                               const CaptureReadOptions *options, int max_rows, char **warning,
                               GError **error);

/* All zeros is the default. */
typedef struct {
    WritePolicy policy; /* policy.h: of its addresses nothing is used, they stand in the trace */
    CaptureLink link;
    guint32 snaplen; /* bytes of a frame to write at most, its length on the wire kept; 0: all */
    const char *comment; /* of the file, UTF-8; NULL for none */
    /* (n_rows) comments of packets, UTF-8, NULL where there is none; or NULL */
    const char *const *notes;
    GCancellable *cancellable; /* may be NULL */
} CaptureWriteOptions;

/* Writes trace under path, atomically (path appears only when complete), with nanosecond times: as
 * pcapng when path ends in .pcapng, else as pcap, which has no room for comments and leaves them
 * out. Of a comment of over 60000 bytes the first are written. A row is written exactly when
 * reading the packet back gives the same trits (codec.h says what fills in for what a row does not
 * hold), whatever the snaplen cuts then; any other row is dropped and counted in *n_dropped (may be
 * NULL). Rows without times are 1 ms apart from the epoch on. options may be NULL. */
bool trace_write_capture(const Trace *trace, const char *path, const CaptureWriteOptions *options,
                         int *n_dropped, GError **error);
bool capture_has_comments(const char *path); /* as which path is written */

/* Whether an expression of pcap-filter(7) means something on Ethernet; the error says why not. */
bool capture_filter_check(const char *expression, GError **error);
