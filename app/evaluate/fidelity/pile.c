/* SPDX-License-Identifier: Apache-2.0 */
/* Piles of counts. */
#include "app/evaluate/fidelity/pile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/evaluate/fidelity/divergence.h"
#include "app/evaluate/fidelity/field_value.h"
#include "app/trace/field_random.h"

enum { N_TRITS = 3 };

/* --- the table of bins --- */

static int
compare_bins(const void *a, const void *b)
{
    guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;

    return (x > y) - (x < y);
}

/* Appends the bins of a spread, each once. */
static void
collect_bins(GArray *bins, const GPtrArray *all, int spread)
{
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(guint64));

    for (guint i = 0; i < all->len; i++) {
        const GArray *tallies = ((const TraceCounts *)all->pdata[i])->tallies[spread];

        for (guint k = 0; k < tallies->len; k++)
            g_array_append_val(found, g_array_index(tallies, Tally, k).bin);
    }
    g_array_sort(found, compare_bins);
    for (guint i = 0; i < found->len; i++) {
        guint64 bin = g_array_index(found, guint64, i);

        if (i == 0 || bin != g_array_index(found, guint64, i - 1))
            g_array_append_val(bins, bin);
    }
}

BinTable *
bin_table_new(const Layout *layout, const GPtrArray *counts)
{
    BinTable *table = g_new0(BinTable, 1);
    GArray *bins = g_array_new(FALSE, FALSE, sizeof(guint64));

    table->layout = layout;
    table->n_columns = columns_of(layout);
    for (int spread = 0; spread < N_SPREADS; spread++) {
        table->first[spread] = (int)bins->len;
        collect_bins(bins, counts, spread);
    }
    table->first[N_SPREADS] = (int)bins->len;
    table->places = g_new0(double, MAX(bins->len, 1));
    table->milliseconds = g_new0(double, MAX(bins->len, 1));
    for (int spread = SPREAD_SIZE; spread <= SPREAD_BURST; spread++) {
        for (int i = table->first[spread]; i < table->first[spread + 1]; i++) {
            table->places[i] = spread_place((Spread)spread, g_array_index(bins, guint64, i));
            table->milliseconds[i] = pow(10, table->places[i] + 3);
        }
    }
    table->bins = (guint64 *)(void *)g_array_free(bins, FALSE);
    table->is_random = g_new(uint8_t, MAX(table->n_columns, 1));
    if (layout)
        layout_mark_random(layout, RANDOM_ANY, table->is_random);
    return table;
}

void
bin_table_free(BinTable *table)
{
    g_free(table->bins);
    g_free(table->places);
    g_free(table->milliseconds);
    g_free(table->is_random);
    g_free(table);
}

BinnedTrace *
binned_trace_new(const BinTable *table, const TraceCounts *counts)
{
    BinnedTrace *trace = g_new0(BinnedTrace, 1);
    guint n = 0;

    for (int spread = 0; spread < N_SPREADS; spread++)
        n += counts->tallies[spread]->len;
    trace->counts = counts;
    trace->bin = g_new(guint32, MAX(n, 1));
    trace->n_of = g_new(guint32, MAX(n, 1));
    for (int spread = 0; spread < N_SPREADS; spread++) {
        int at = table->first[spread];

        for (guint i = 0; i < counts->tallies[spread]->len; i++) {
            const Tally *tally = &g_array_index(counts->tallies[spread], Tally, i);

            while (table->bins[at] != tally->bin)
                at++;
            trace->bin[trace->n] = (guint32)at;
            trace->n_of[trace->n++] = tally->n;
        }
    }
    return trace;
}

void
binned_trace_free(void *data)
{
    BinnedTrace *trace = data;

    g_free(trace->bin);
    g_free(trace->n_of);
    g_free(trace);
}

/* --- piles --- */

Pile *
pile_new(const BinTable *table)
{
    Pile *pile = g_new0(Pile, 1);

    pile->bins = g_new0(guint64, MAX(table->first[N_SPREADS], 1));
    pile->bits = g_new0(guint64, MAX((gsize)table->n_columns * N_TRITS, 1));
    return pile;
}

void
pile_free(Pile *pile)
{
    g_free(pile->bins);
    g_free(pile->bits);
    g_free(pile);
}

void
pile_clear(Pile *pile, const BinTable *table)
{
    memset(pile->bins, 0, (gsize)table->first[N_SPREADS] * sizeof *pile->bins);
    memset(pile->bits, 0, (gsize)table->n_columns * N_TRITS * sizeof *pile->bits);
    memset(pile->lag_sum, 0, sizeof pile->lag_sum);
    memset(pile->lag_n, 0, sizeof pile->lag_n);
}

void
pile_add(Pile *pile, const BinTable *table, const BinnedTrace *trace)
{
    const TraceCounts *counts = trace->counts;

    for (int i = 0; i < trace->n; i++)
        pile->bins[trace->bin[i]] += trace->n_of[i];
    for (int column = 0; column < table->n_columns; column++) {
        guint64 *bits = pile->bits + (gsize)column * N_TRITS;
        guint32 present = counts->ones[column] + counts->zeros[column];

        bits[0] += counts->ones[column];
        bits[1] += counts->zeros[column];
        bits[2] += (guint32)counts->n_packets - present;
    }
    for (int series = 0; series < N_SERIES; series++) {
        for (int lag = 0; lag < COUNTS_N_LAGS; lag++) {
            if (isnan(counts->autocorrelation[series][lag]))
                continue;
            pile->lag_sum[series][lag] += (double)counts->autocorrelation[series][lag];
            pile->lag_n[series][lag]++;
        }
    }
}

void
pile_add_pile(Pile *pile, const BinTable *table, const Pile *other)
{
    for (int i = 0; i < table->first[N_SPREADS]; i++)
        pile->bins[i] += other->bins[i];
    for (int i = 0; i < table->n_columns * N_TRITS; i++)
        pile->bits[i] += other->bits[i];
    for (int series = 0; series < N_SERIES; series++) {
        for (int lag = 0; lag < COUNTS_N_LAGS; lag++) {
            pile->lag_sum[series][lag] += other->lag_sum[series][lag];
            pile->lag_n[series][lag] += other->lag_n[series][lag];
        }
    }
}

/* --- distances --- */

static void
measure_all(const guint64 *a, const guint64 *b, int n, double measures[N_MEASURES])
{
    measures[MEASURE_JENSEN_SHANNON] = jensen_shannon(a, b, n);
    measures[MEASURE_TOTAL_VARIATION] = total_variation(a, b, n);
    measures[MEASURE_HELLINGER] = hellinger(a, b, n);
}

/* Whether a pile has the field at all. */
static bool
has_spread(const BinTable *table, const Pile *whole, int spread)
{
    for (int i = table->first[spread]; i < table->first[spread + 1]; i++) {
        bool is_absence = spread < N_FIELDS && table->bins[i] == FIELD_VALUE_ABSENT;

        if (whole->bins[i] > 0 && !is_absence)
            return true;
    }
    return false;
}

/* A mean that is told as it grows. */
typedef struct {
    double sum[N_MEASURES];
    int n;
} MeanSoFar;

static void
mean_add(MeanSoFar *mean, const double measures[N_MEASURES])
{
    if (isnan(measures[0]))
        return;
    for (int measure = 0; measure < N_MEASURES; measure++)
        mean->sum[measure] += measures[measure];
    mean->n++;
}

static double
correlation_shift(const Pile *a, const Pile *b, CountedSeries series)
{
    double sum = 0;
    int n = 0;

    for (int lag = 0; lag < COUNTS_N_LAGS; lag++) {
        if (a->lag_n[series][lag] == 0 || b->lag_n[series][lag] == 0)
            continue;
        sum += fabs(a->lag_sum[series][lag] / a->lag_n[series][lag] -
                    b->lag_sum[series][lag] / b->lag_n[series][lag]);
        n++;
    }
    return n > 0 ? sum / n : NAN;
}

static double
binned_shift(const BinTable *table, const Pile *a, const Pile *b, Spread spread,
             const double *places)
{
    int first = table->first[spread];

    return wasserstein_1_binned(a->bins + first, b->bins + first, places + first,
                                table->first[spread + 1] - first);
}

static void
compare_bits(const BinTable *table, const Pile *whole, const Pile *a, const Pile *b,
             double *figures, MeanSoFar means[N_MEANS])
{
    for (int column = 0; column < table->n_columns; column++) {
        const guint64 *bits = whole->bits + (gsize)column * N_TRITS;
        double *measures = figures + figure_of_bit(column, 0);

        for (int measure = 0; measure < N_MEASURES; measure++)
            measures[measure] = NAN;
        if (bits[0] + bits[1] > 0)
            measure_all(a->bits + (gsize)column * N_TRITS, b->bits + (gsize)column * N_TRITS,
                        N_TRITS, measures);
        mean_add(&means[MEAN_BITS], measures);
        if (!table->is_random[column])
            mean_add(&means[MEAN_STEADY_BITS], measures);
    }
}

static void
compare_spreads(const BinTable *table, const Pile *whole, const Pile *a, const Pile *b,
                double *figures, MeanSoFar means[N_MEANS])
{
    for (int spread = 0; spread < N_SPREADS; spread++) {
        double *measures = figures + figure_of_spread(table->layout, spread, 0);
        int first = table->first[spread];

        for (int measure = 0; measure < N_MEASURES; measure++)
            measures[measure] = NAN;
        if (has_spread(table, whole, spread))
            measure_all(a->bins + first, b->bins + first, table->first[spread + 1] - first,
                        measures);
        if (spread >= N_FIELDS)
            continue;
        mean_add(&means[MEAN_FIELDS], measures);
        if (!field_is_random((FieldId)spread))
            mean_add(&means[MEAN_STEADY_FIELDS], measures);
    }
}

void
piles_compare(const BinTable *table, const Pile *whole, const Pile *a, const Pile *b,
              double *figures)
{
    double *shifts = figures + figure_of_shift(table->layout, 0);
    MeanSoFar means[N_MEANS] = {0};

    compare_bits(table, whole, a, b, figures, means);
    compare_spreads(table, whole, a, b, figures, means);
    for (int mean = 0; mean < N_MEANS; mean++) {
        for (int measure = 0; measure < N_MEASURES; measure++)
            figures[figure_of_mean(table->layout, mean, (Measure)measure)] =
                means[mean].n > 0 ? means[mean].sum[measure] / means[mean].n : NAN;
    }
    shifts[SHIFT_SIZE] = binned_shift(table, a, b, SPREAD_SIZE, table->places);
    shifts[SHIFT_GAP] = binned_shift(table, a, b, SPREAD_GAP, table->places);
    shifts[SHIFT_GAP_MS] = binned_shift(table, a, b, SPREAD_GAP, table->milliseconds);
    shifts[SHIFT_BURST] = binned_shift(table, a, b, SPREAD_BURST, table->places);
    shifts[SHIFT_SIZE_CORRELATION] = correlation_shift(a, b, SERIES_SIZES);
    shifts[SHIFT_GAP_CORRELATION] = correlation_shift(a, b, SERIES_GAPS);
}
