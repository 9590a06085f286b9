/* SPDX-License-Identifier: Apache-2.0 */
/* Captures to pictures and tables, and back: quick, so no jobs. */
#pragma once

#include "app/jobs/export.h"
#include "app/trace/capture.h"
#include "app/trace/flow_table.h"
#include "app/trace/image.h"
#include "app/trace/interchange.h"

typedef enum { FORMAT_PNG, FORMAT_CSV, FORMAT_NPY, FORMAT_NPZ } TraceFormat;

/* By its name where one is given (png, csv, npy, npz), else by the ending of path: .png, .csv,
 * .npy, .npz. */
bool trace_format_of(const char *path, const char *name, TraceFormat *format, GError **error);

typedef struct {
    const char *input, *output; /* "-": standard input and output */
    const char *format;         /* as trace_format_of has it, or NULL */
    const char *layout;         /* NULL: the default */
    Palette palette;            /* of PNG */
    const char *filter;         /* as pcap-filter(7) has it, or NULL */
    int max_packets;            /* 0: as many as a picture holds, or all for a table */
    bool one_flow;              /* only the rows of a flow, */
    FlowBy flows;               /* with one_flow: a flow of these */
    int flow; /* with one_flow: its number (flow_table.h); 0: that of most packets */
    CsvOptions csv;
    TraceExtra extra;        /* of CSV: bits beside the layout's */
    AddressPolicy addresses; /* AUTO is KEEP, or PERMUTE for hosts that are not on the list */
    const char *map;         /* a list of addresses (address_map.h), or NULL */
    guint64 seed;            /* of addresses */
} EncodeParams;

typedef struct {
    Trace *trace;  /* what was written, or the last part of it, owned; skipped counts all of it */
    gint64 n_rows; /* written */
    gint64 n_filtered; /* packets that the filter did not pass */
    gint64 n_empty;    /* rows without any of the layout's headers, as nPrint's CSV has them */
    char *warning;     /* where the capture is damaged, or NULL; owned */
    bool more;         /* the capture, or the flow, goes on after the last row */
    bool one_flow;
    Flow flow;       /* with one_flow: the flow that was written */
    gint64 n_others; /* with one_flow: packets of other flows */
} EncodeResult;

void encode_result_clear(EncodeResult *result);
/* input is a capture, or a picture or table, whose rows are then taken as they are. */
bool convert_encode(const EncodeParams *params, EncodeResult *result, GError **error);

typedef struct {
    const char *input, *output;
    const char *layout;   /* NULL: the one the file names, else the default */
    const char *template; /* a real capture for PAYLOAD_TEMPLATE; NULL: none */
    ExportParams export;
    guint64 seed;
} DecodeParams;

typedef struct {
    Trace *trace;  /* what was read, without padding; owned */
    int n_dropped; /* rows that are no packets */
    char *warning; /* where the template is damaged, or NULL; owned */
} DecodeResult;

void decode_result_clear(DecodeResult *result);
bool convert_decode(const DecodeParams *params, DecodeResult *result, GError **error);
