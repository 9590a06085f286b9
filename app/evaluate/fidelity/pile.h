/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of several traces put together, and the distances between two such piles. Private to
 * fidelity. */
#pragma once

#include "app/evaluate/fidelity/fidelity.h"

/* The bins that any trace has, of all spreads one after the other. */
typedef struct {
    const Layout *layout; /* NULL: bits are not told */
    int n_columns;
    guint64 *bins;            /* (n), rising within a spread */
    double *places;           /* (n): where sizes, gaps and bursts lie */
    double *milliseconds;     /* (n): of gaps */
    int first[N_SPREADS + 1]; /* of each spread, and n */
    uint8_t *is_random;       /* (n_columns) */
} BinTable;

BinTable *bin_table_new(const Layout *layout, const GPtrArray *counts);
void bin_table_free(BinTable *table);

/* A trace's tallies by the table's bins. */
typedef struct {
    const TraceCounts *counts; /* borrowed */
    guint32 *bin;              /* (n) index into the table */
    guint32 *n_of;             /* (n) */
    int n;
} BinnedTrace;

BinnedTrace *binned_trace_new(const BinTable *table, const TraceCounts *counts);
void binned_trace_free(void *trace);

typedef struct {
    guint64 *bins; /* counts by the table's bins */
    guint64 *bits; /* (n_columns, 3): 1, 0, absent */
    double lag_sum[N_SERIES][COUNTS_N_LAGS];
    int lag_n[N_SERIES][COUNTS_N_LAGS];
} Pile;

Pile *pile_new(const BinTable *table);
void pile_free(Pile *pile);
void pile_clear(Pile *pile, const BinTable *table);
void pile_add(Pile *pile, const BinTable *table, const BinnedTrace *trace);
void pile_add_pile(Pile *pile, const BinTable *table, const Pile *other);

/* Where the figures of a class stand. */
static inline int
figure_of_bit(int column, Measure measure)
{
    return column * N_MEASURES + (int)measure;
}

static inline int
columns_of(const Layout *layout)
{
    return layout ? layout->n_columns : 0;
}

static inline int
figure_of_spread(const Layout *layout, int spread, Measure measure)
{
    return figure_of_bit(columns_of(layout) + spread, measure);
}

static inline int
figure_of_mean(const Layout *layout, int mean, Measure measure)
{
    return figure_of_spread(layout, N_SPREADS + mean, measure);
}

static inline int
figure_of_shift(const Layout *layout, int shift)
{
    return figure_of_mean(layout, N_MEANS, 0) + shift;
}

static inline int
figures_n(const Layout *layout)
{
    return figure_of_shift(layout, N_SHIFTS);
}

/* All figures of a against b (figures_n). whole: all traces of both sides, which tells what bits
 * and fields there are. */
void piles_compare(const BinTable *table, const Pile *whole, const Pile *a, const Pile *b,
                   double *figures);
