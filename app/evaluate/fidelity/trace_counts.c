/* SPDX-License-Identifier: Apache-2.0 */
/* A trace counted. */
#include "app/evaluate/fidelity/trace_counts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/evaluate/fidelity/field_value.h"
#include "app/trace/flow.h"

enum { IPV6_HEADER = 40 };

static const double MIN_GAP_S = 1e-6;

/* What of a trace is counted: its packets, padding left out. */
typedef struct {
    const Trace *trace;
    int n;
    int *rows;          /* (n) */
    uint8_t *direction; /* (n_rows) */
    guint64 *bins;      /* (n) room to collect */
    float *values;      /* (n) room to collect */
} Packets;

const char *
spread_name(Spread spread)
{
    static const char *const names[N_SPREADS - N_FIELDS] = {
        "size", "gap", "burst", "directions-1", "directions-2", "directions-3", "directions-4",
    };

    g_return_val_if_fail((unsigned)spread < N_SPREADS, NULL);
    return (int)spread < N_FIELDS ? field_table[spread].name : names[spread - N_FIELDS];
}

double
spread_place(Spread spread, guint64 bin)
{
    return spread == SPREAD_GAP ? (double)bin / COUNTS_GAP_BINS + log10(MIN_GAP_S) : (double)bin;
}

guint32
trace_packet_size(const Trace *trace, int row)
{
    uint32_t value;

    if (trace->sides & TRACE_HAS_LENGTHS && trace->rows[row].length > 0)
        return trace->rows[row].length;
    if (trace_get(trace, row, FIELD_IPV4_TL, &value))
        return value;
    return trace_get(trace, row, FIELD_IPV6_LEN, &value) ? value + IPV6_HEADER : 0;
}

void
trace_packet_directions(const Trace *trace, uint8_t *direction_of)
{
    if (!(trace->sides & TRACE_HAS_DIRECTIONS)) {
        trace_guess_directions(trace, direction_of);
        return;
    }
    for (int row = 0; row < trace->n_rows; row++)
        direction_of[row] = trace->rows[row].direction;
}

static int
compare_bins(const void *a, const void *b)
{
    guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;

    return (x > y) - (x < y);
}

/* Sorts bins, and counts each. */
static void
tally(GArray *tallies, guint64 *bins, int n)
{
    if (n > 1)
        qsort(bins, (size_t)n, sizeof *bins, compare_bins);
    for (int from = 0, to; from < n; from = to) {
        for (to = from; to < n && bins[to] == bins[from]; to++)
            ;
        g_array_append_val(tallies, ((Tally){bins[from], (guint32)(to - from)}));
    }
}

static void
count_bits(TraceCounts *counts, const Packets *packets)
{
    int n_columns = counts->layout->n_columns;

    for (int i = 0; i < packets->n; i++) {
        const int8_t *trits = trace_row(packets->trace, packets->rows[i]);

        for (int column = 0; column < n_columns; column++) {
            counts->ones[column] += trits[column] == 1;
            counts->zeros[column] += trits[column] == 0;
        }
    }
}

static void
count_fields(TraceCounts *counts, const Packets *packets)
{
    for (int i = 0; i < counts->layout->n_fields; i++) {
        const LayoutField *at = &counts->layout->fields[i];

        for (int k = 0; k < packets->n; k++)
            packets->bins[k] = field_value_bin(
                at->field, trace_row(packets->trace, packets->rows[k]) + at->first_column);
        tally(counts->tallies[at->field], packets->bins, packets->n);
    }
}

/* Into lags, of n values; see the header. */
static void
autocorrelate(const float *values, int n, float lags[COUNTS_N_LAGS])
{
    double mean = 0, variance = 0;

    for (int i = 0; i < n; i++)
        mean += (double)values[i] / n;
    for (int i = 0; i < n; i++)
        variance += ((double)values[i] - mean) * ((double)values[i] - mean);
    for (int lag = 1; lag <= COUNTS_N_LAGS; lag++) {
        double sum = 0;

        for (int i = 0; i + lag < n; i++)
            sum += ((double)values[i] - mean) * ((double)values[i + lag] - mean);
        /* What is left of a variance when all values are the same is rounding. */
        lags[lag - 1] =
            n > lag && variance > 1e-9 * (1 + mean * mean) ? (float)(sum / variance) : NAN;
    }
}

static void
count_sizes(TraceCounts *counts, const Packets *packets)
{
    int n = 0;

    for (int i = 0; i < packets->n; i++) {
        guint32 size = trace_packet_size(packets->trace, packets->rows[i]);

        if (size == 0)
            continue;
        packets->values[n] = (float)size;
        packets->bins[n++] = size;
    }
    autocorrelate(packets->values, n, counts->autocorrelation[SERIES_SIZES]);
    tally(counts->tallies[SPREAD_SIZE], packets->bins, n);
}

static void
count_gaps(TraceCounts *counts, const Packets *packets)
{
    const TraceRow *rows = packets->trace->rows;
    int n = 0;

    for (int i = 1; i < packets->n && packets->trace->sides & TRACE_HAS_TIMES; i++) {
        int64_t gap_ns = rows[packets->rows[i]].time_ns - rows[packets->rows[i - 1]].time_ns;
        double power = log10(MAX((double)gap_ns / 1e9, MIN_GAP_S));

        packets->values[n] = (float)power;
        packets->bins[n++] = (guint64)llround((power - log10(MIN_GAP_S)) * COUNTS_GAP_BINS);
    }
    autocorrelate(packets->values, n, counts->autocorrelation[SERIES_GAPS]);
    tally(counts->tallies[SPREAD_GAP], packets->bins, n);
}

static void
count_directions(TraceCounts *counts, const Packets *packets)
{
    int n = 0, length = 0;

    for (int gram = 1; gram <= COUNTS_MAX_GRAM; gram++) {
        guint64 mask = ((guint64)1 << gram) - 1, directions = 0;

        n = 0;
        for (int i = 0; i < packets->n; i++) {
            directions = (directions << 1 | packets->direction[packets->rows[i]]) & mask;
            if (i + 1 >= gram)
                packets->bins[n++] = directions;
        }
        tally(counts->tallies[SPREAD_GRAM_1 + gram - 1], packets->bins, n);
    }
    n = 0;
    for (int i = 0; i < packets->n; i++) {
        length++;
        if (i + 1 == packets->n ||
            packets->direction[packets->rows[i + 1]] != packets->direction[packets->rows[i]]) {
            packets->bins[n++] = (guint64)length;
            length = 0;
        }
    }
    tally(counts->tallies[SPREAD_BURST], packets->bins, n);
}

TraceCounts *
trace_counts_new(const Trace *trace, int max_packets)
{
    TraceCounts *counts = g_new0(TraceCounts, 1);
    size_t room = (size_t)MAX(trace->n_rows, 1);
    g_autofree int *rows = g_new(int, room);
    g_autofree uint8_t *direction = g_new0(uint8_t, room);
    g_autofree guint64 *bins = g_new(guint64, room);
    g_autofree float *values = g_new(float, room);
    Packets packets = {
        .trace = trace, .rows = rows, .direction = direction, .bins = bins, .values = values};

    counts->layout = trace->layout;
    counts->ones = g_new0(guint32, trace->layout->n_columns);
    counts->zeros = g_new0(guint32, trace->layout->n_columns);
    for (int spread = 0; spread < N_SPREADS; spread++)
        counts->tallies[spread] = g_array_new(FALSE, FALSE, sizeof(Tally));
    for (int row = 0; row < trace->n_rows && (max_packets == 0 || packets.n < max_packets); row++) {
        if (!trace_row_is_empty(trace, row))
            rows[packets.n++] = row;
    }
    counts->n_packets = packets.n;
    trace_packet_directions(trace, direction);
    count_bits(counts, &packets);
    count_fields(counts, &packets);
    count_sizes(counts, &packets);
    count_gaps(counts, &packets);
    count_directions(counts, &packets);
    return counts;
}

void
trace_counts_free(TraceCounts *counts)
{
    if (!counts)
        return;
    g_free(counts->ones);
    g_free(counts->zeros);
    for (int spread = 0; spread < N_SPREADS; spread++)
        g_array_unref(counts->tallies[spread]);
    g_free(counts);
}
