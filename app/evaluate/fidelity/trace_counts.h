/* SPDX-License-Identifier: Apache-2.0 */
/* What a trace shows, counted: all that fidelity.h compares of it, in some ten kilobytes. Padding
 * does not count. */
#pragma once

#include "app/trace/trace.h"

enum {
    COUNTS_MAX_GRAM = 4, /* directions of up to so many packets in a row */
    COUNTS_N_LAGS = 32,
    COUNTS_GAP_BINS = 100, /* for a power of ten */
};

/* The distributions that are counted. The first are those of the header fields, by FieldId; their
 * bins are those of field_value.h. */
typedef enum {
    SPREAD_SIZE = N_FIELDS, /* bytes of the IP packet, exactly */
    SPREAD_GAP,             /* log10 of the seconds since the packet before, in hundredths; less
                               than a microsecond, which no capture's clock tells, is one */
    SPREAD_BURST,           /* how many packets one side sends before the other does */
    SPREAD_GRAM_1,          /* directions of packets: one, ... */
    SPREAD_GRAM_4 = SPREAD_GRAM_1 + COUNTS_MAX_GRAM - 1, /* four in a row, the first highest */
    N_SPREADS
} Spread;

/* "ipv4_ttl", "size", "gap", "burst", "directions-2". */
const char *spread_name(Spread spread);
/* Where a bin of size, gap or burst lies, in bytes, powers of ten of a second, packets. */
double spread_place(Spread spread, guint64 bin);

typedef struct {
    guint64 bin;
    guint32 n;
} Tally;

typedef enum { SERIES_SIZES, SERIES_GAPS, N_SERIES } CountedSeries;

typedef struct {
    const Layout *layout;
    int n_packets;
    guint32 *ones, *zeros;      /* (n_columns): packets with that bit 1, 0 */
    GArray *tallies[N_SPREADS]; /* Tally, by rising bin; empty where nothing is known */
    /* Autocorrelation at lags 1 .. 32 of the sizes, and of the logarithms of the gaps, in the
     * order of the packets: sum of (x[t] - m)(x[t + lag] - m) over sum of (x[t] - m)^2 (Box,
     * Jenkins 1970). -1 to 1; NAN where there are not more packets than the lag or they do not
     * vary. */
    float autocorrelation[N_SERIES][COUNTS_N_LAGS];
} TraceCounts;

/* Of the first max_packets packets of a trace (0: of all). Times and directions that the trace does
 * not carry leave their distributions empty, or, directions, are told by its ports. */
TraceCounts *trace_counts_new(const Trace *trace, int max_packets);
void trace_counts_free(TraceCounts *counts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TraceCounts, trace_counts_free)

/* Bytes of a row's IP packet: as known beside it, else by its header; 0 when nothing tells. */
guint32 trace_packet_size(const Trace *trace, int row);
/* 0 or 1 for each row (n_rows): as known beside it, else guessed (app/trace/flow.h). */
void trace_packet_directions(const Trace *trace, uint8_t *direction_of);
