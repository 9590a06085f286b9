/* SPDX-License-Identifier: Apache-2.0 */
/* Shares, histograms and counts of a trace. */
#include "app/evaluate/learn/order_free.h"

#include <math.h>
#include <string.h>

#include "app/evaluate/learn/feature_matrix.h"

enum {
    N_SIZES = 25, /* steps of 64 bytes; the last is 1,536 and more */
    SIZE_STEP = 64,
    N_GAPS = 26,      /* below 1 us, then factors of 2; the last is 2^24 us and more */
    N_RUNS = 12,      /* lengths of bursts, run_first */
    N_RUN_BYTES = 20, /* below 32 bytes, then factors of 2 */
    N_COUNTS = 12,
    N_GAP_KINDS = 3,

    AT_SIZES = 0,
    AT_GAPS = AT_SIZES + 2 * N_SIZES,
    AT_RUNS = AT_GAPS + N_GAP_KINDS * N_GAPS,
    AT_RUN_BYTES = AT_RUNS + 2 * N_RUNS,
    AT_COUNTS = AT_RUN_BYTES + 2 * N_RUN_BYTES,
    N_BEHIND_COLUMNS = AT_COUNTS + N_COUNTS,
};

static const int run_first[N_RUNS] = {1, 2, 3, 4, 5, 7, 9, 13, 17, 33, 65, 129};
static const char *const gap_kinds[N_GAP_KINDS] = {"gap", "gap up", "gap down"};
static const char *const sides[2] = {"up", "down"};
static const char *const count_names[N_COUNTS] = {
    "packets",      "share up",       "bytes up",      "bytes down",
    "mean size up", "mean size down", "deviation up",  "deviation down",
    "log seconds",  "log bytes/s",    "mean burst up", "mean burst down",
};

static int
log2_bin(double value, int n_bins)
{
    return value < 1 ? 0 : MIN((int)log2(value) + 1, n_bins - 1);
}

static int
size_of_row(const Trace *trace, int row)
{
    uint32_t value;

    if (trace->sides & TRACE_HAS_LENGTHS && trace->rows[row].length > 0)
        return (int)trace->rows[row].length;
    if (trace_get(trace, row, FIELD_IPV4_TL, &value))
        return (int)value;
    if (trace_get(trace, row, FIELD_IPV6_LEN, &value))
        return (int)value + 40;
    return 0;
}

static int
side_of_row(const Trace *trace, int row)
{
    return trace->sides & TRACE_HAS_DIRECTIONS ? trace->rows[row].direction & 1 : 0;
}

static void
share_columns(const Trace *trace, int n_rows, float *values)
{
    int n_columns = trace->layout->n_columns;
    g_autofree int *counts = g_new0(int, 2 * n_columns);

    for (int row = 0; row < n_rows; row++) {
        const int8_t *trits = trace_row(trace, row);

        for (int column = 0; column < n_columns; column++) {
            counts[column] += trits[column] >= 0;
            counts[n_columns + column] += trits[column] > 0;
        }
    }
    for (int i = 0; i < 2 * n_columns; i++)
        values[i] = (float)counts[i] / n_rows;
}

static void
divide(float *bins, int n_bins, double by)
{
    for (int i = 0; i < n_bins; i++)
        bins[i] = by > 0 ? (float)(bins[i] / by) : 0;
}

static void
count_sizes(const Trace *trace, int n_rows, float *sizes, float *counts)
{
    double n[2] = {0}, sum[2] = {0}, squares[2] = {0};

    for (int row = 0; row < n_rows; row++) {
        int size = size_of_row(trace, row), side = side_of_row(trace, row);

        sizes[side * N_SIZES + MIN(size / SIZE_STEP, N_SIZES - 1)]++;
        n[side]++;
        sum[side] += size;
        squares[side] += (double)size * size;
    }
    divide(sizes, 2 * N_SIZES, n_rows);
    counts[0] = n_rows;
    counts[1] = (float)(n[0] / n_rows);
    for (int side = 0; side < 2; side++) {
        double mean = n[side] > 0 ? sum[side] / n[side] : 0;
        double variance = n[side] > 0 ? squares[side] / n[side] - mean * mean : 0;

        counts[2 + side] = (float)sum[side];
        counts[4 + side] = (float)mean;
        counts[6 + side] = (float)sqrt(MAX(variance, 0));
    }
}

static void
count_gaps(const Trace *trace, int n_rows, float *gaps, float *counts)
{
    int last[2] = {-1, -1};
    double n[N_GAP_KINDS] = {0}, seconds;

    if (!(trace->sides & TRACE_HAS_TIMES))
        return;
    for (int row = 0; row < n_rows; row++) {
        int side = side_of_row(trace, row);
        const int before[N_GAP_KINDS] = {row - 1, side == 0 ? last[0] : -1,
                                         side == 1 ? last[1] : -1};

        for (int kind = 0; kind < N_GAP_KINDS; kind++) {
            if (before[kind] < 0)
                continue;
            gaps[kind * N_GAPS +
                 log2_bin((double)(trace->rows[row].time_ns - trace->rows[before[kind]].time_ns) /
                              1000,
                          N_GAPS)]++;
            n[kind]++;
        }
        last[side] = row;
    }
    for (int kind = 0; kind < N_GAP_KINDS; kind++)
        divide(gaps + kind * N_GAPS, N_GAPS, n[kind]);
    seconds = (double)(trace->rows[n_rows - 1].time_ns - trace->rows[0].time_ns) / 1e9;
    seconds = MAX(seconds, 1e-6);
    counts[8] = (float)log10(seconds);
    counts[9] = (float)log10(MAX(counts[2] + counts[3], 1) / seconds);
}

static void
count_bursts(const Trace *trace, int n_rows, float *runs, float *run_bytes, float *counts)
{
    int n[2] = {0}, packets[2] = {0};

    for (int first = 0, end; first < n_rows; first = end) {
        int side = side_of_row(trace, first), bin = N_RUNS - 1;
        double bytes = 0;

        for (end = first; end < n_rows && side_of_row(trace, end) == side; end++)
            bytes += size_of_row(trace, end);
        while (run_first[bin] > end - first)
            bin--;
        runs[side * N_RUNS + bin]++;
        run_bytes[side * N_RUN_BYTES + log2_bin(bytes / 32, N_RUN_BYTES)]++;
        n[side]++;
        packets[side] += end - first;
    }
    for (int side = 0; side < 2; side++) {
        divide(runs + side * N_RUNS, N_RUNS, n[side]);
        divide(run_bytes + side * N_RUN_BYTES, N_RUN_BYTES, n[side]);
        counts[10 + side] = n[side] > 0 ? (float)packets[side] / n[side] : 0;
    }
}

int
order_free_n_features(const Layout *layout)
{
    return 2 * layout->n_columns + N_BEHIND_COLUMNS;
}

void
order_free_features(const Trace *trace, int n_packets, float *values)
{
    int n_rows = MIN(trace->n_rows, n_packets);
    float *behind = values + 2 * trace->layout->n_columns;

    memset(values, 0, order_free_n_features(trace->layout) * sizeof *values);
    if (n_rows <= 0)
        return;
    share_columns(trace, n_rows, values);
    count_sizes(trace, n_rows, behind + AT_SIZES, behind + AT_COUNTS);
    count_gaps(trace, n_rows, behind + AT_GAPS, behind + AT_COUNTS);
    count_bursts(trace, n_rows, behind + AT_RUNS, behind + AT_RUN_BYTES, behind + AT_COUNTS);
}

char *
order_free_name(const Layout *layout, int feature)
{
    int at = feature - 2 * layout->n_columns;

    if (at < 0) {
        g_autofree char *column = layout_column_name(layout, feature % layout->n_columns);

        return g_strdup_printf("%s %s", feature < layout->n_columns ? "present" : "ones", column);
    }
    if (at < AT_GAPS)
        return g_strdup_printf("size %s %d", sides[at / N_SIZES], at % N_SIZES * SIZE_STEP);
    if (at < AT_RUNS) {
        int bin = (at - AT_GAPS) % N_GAPS;

        return g_strdup_printf("%s %d us", gap_kinds[(at - AT_GAPS) / N_GAPS],
                               bin == 0 ? 0 : 1 << (bin - 1));
    }
    if (at < AT_RUN_BYTES)
        return g_strdup_printf("burst %s %d packets", sides[(at - AT_RUNS) / N_RUNS],
                               run_first[(at - AT_RUNS) % N_RUNS]);
    if (at < AT_COUNTS) {
        int bin = (at - AT_RUN_BYTES) % N_RUN_BYTES;

        return g_strdup_printf("burst %s %d bytes", sides[(at - AT_RUN_BYTES) / N_RUN_BYTES],
                               bin == 0 ? 0 : 32 << (bin - 1));
    }
    return g_strdup(count_names[at - AT_COUNTS]);
}

int
order_free_group(const Layout *layout, int feature)
{
    int at = feature - 2 * layout->n_columns, bit;

    if (at < 0)
        return layout_field_at(layout, feature % layout->n_columns, &bit)->field;
    return at < AT_GAPS     ? FEATURE_GROUP_SIZES
           : at < AT_RUNS   ? FEATURE_GROUP_GAPS
           : at < AT_COUNTS ? FEATURE_GROUP_BURSTS
                            : FEATURE_GROUP_COUNTS;
}

bool
order_free_is_time(const Layout *layout, int feature)
{
    int at = feature - 2 * layout->n_columns;

    return (at >= AT_GAPS && at < AT_RUNS) || at == AT_COUNTS + 8 || at == AT_COUNTS + 9;
}
