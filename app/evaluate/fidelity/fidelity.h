/* SPDX-License-Identifier: Apache-2.0 */
/* Fidelity: how far the distributions of generated traces are from those of real ones, class by
 * class, each distance beside its floor, which is the distance between real traces.
 *
 * For a class of r real captures and g generated ones h = min(r / 2, g) (r = 1: h = 1). Twenty
 * times h real captures are drawn, then h others, and h generated ones: the floor is the distance
 * between the two draws of real captures, the figure that between the first and the generated ones,
 * so that both stand on as many captures and no distance looks large because its sample is small. A
 * capture is never divided. Told is the mean over the draws, with the interval that holds the
 * middle 95 % of them. Where there is one real capture there is no floor.
 *
 * Distances between distributions are told in three measures (divergence.h), of each
 *   bit     over 1, 0 and "header absent"
 *   field   over the bins of field_value.h
 *   size, gap, burst length, and directions of 1 to 4 packets in a row, over their bins
 * and some more in units of their own (Shift). A bit or field that no trace of the class has,
 * real or generated, is not told (NAN) and in no mean. */
#pragma once

#include "app/evaluate/fidelity/estimate.h"
#include "app/evaluate/fidelity/side.h"
#include "app/evaluate/fidelity/trace_counts.h"

typedef enum {
    MEASURE_JENSEN_SHANNON, /* divergence in bits, 0 to 1 */
    MEASURE_TOTAL_VARIATION,
    MEASURE_HELLINGER,
    N_MEASURES
} Measure;

/* "jensen-shannon", "total-variation", "hellinger". */
const char *measure_name(Measure measure);

typedef enum {
    MEAN_FIELDS,        /* over all fields that the class has */
    MEAN_STEADY_FIELDS, /* over those that are not random by nature (app/trace/field_random.h) */
    MEAN_BITS,
    MEAN_STEADY_BITS,
    N_MEANS
} FidelityMean;

/* "fields", "steady-fields", "bits", "steady-bits". */
const char *fidelity_mean_name(FidelityMean mean);

typedef enum {
    SHIFT_SIZE,             /* Wasserstein-1 of the sizes, bytes */
    SHIFT_GAP,              /* Wasserstein-1 of the gaps' logarithms, powers of ten: 0.3 is a factor
                               of 2 */
    SHIFT_GAP_MS,           /* Wasserstein-1 of the gaps, milliseconds */
    SHIFT_BURST,            /* Wasserstein-1 of the burst lengths, packets */
    SHIFT_SIZE_CORRELATION, /* mean over lags 1 to 32 of the difference of the mean autocorrelation
                             */
    SHIFT_GAP_CORRELATION,  /* of both sides, 0 to 2: of the sizes, of the gaps' logarithms */
    N_SHIFTS
} Shift;

/* "size", "gap", "gap-ms", "burst", "size-correlation", "gap-correlation"; "bytes", ... */
const char *shift_name(Shift shift);
const char *shift_unit(Shift shift);

typedef struct {
    Estimate generated, floor;
} BesideFloor;

typedef struct {
    const Layout *layout; /* NULL: of no one */
    char *name;           /* owned */
    int n[N_SIDES];       /* captures with packets */
    int n_empty[N_SIDES];
    int n_drawn;          /* h, see above; 0 where a side is empty: nothing is known */
    BesideFloor *figures; /* read through the functions below */
} FidelityClass;

typedef struct {
    const Layout *layout;
    GPtrArray *classes; /* FidelityClass, in the order of their names */
    /* The mean of the classes' figures. Classes without a floor are left out of it, unless all are
     * without. */
    FidelityClass *mean;
    int n_in_mean;
    /* The draws of all classes put together: how the sets as a whole differ. */
    FidelityClass *pooled;
} FidelityReport;

/* The class of a name; NULL when there is none. */
const FidelityClass *fidelity_report_find(const FidelityReport *report, const char *name);

const BesideFloor *fidelity_bit(const FidelityClass *class, int column, Measure measure);
const BesideFloor *fidelity_spread(const FidelityClass *class, Spread spread, Measure measure);
const BesideFloor *fidelity_mean(const FidelityClass *class, FidelityMean mean, Measure measure);
const BesideFloor *fidelity_shift(const FidelityClass *class, Shift shift);

typedef struct Fidelity Fidelity;

/* For traces under a layout; under any, where it is NULL, and then bits are not told. */
Fidelity *fidelity_new(const Layout *layout);
void fidelity_free(Fidelity *fidelity);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fidelity, fidelity_free)

/* Takes counts, which must be of a trace under the layout. A trace without packets is counted as
 * such and compared with nothing. */
void fidelity_add(Fidelity *fidelity, const char *class, Side side, TraceCounts *counts);
/* A distribution of a side of a class (NULL: of all), all its traces together: Tally elements by
 * rising bin. The caller unrefs. */
GArray *fidelity_tally(const Fidelity *fidelity, const char *class, Side side, Spread spread);

/* The same for the same traces, in the same order, and seed. */
FidelityReport *fidelity_compare(const Fidelity *fidelity, guint64 seed);
void fidelity_report_free(FidelityReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FidelityReport, fidelity_report_free)
