/* SPDX-License-Identifier: Apache-2.0 */
/* How the figures of a comparison are made: private to app/evaluate. */
#pragma once

#include "app/evaluate/comparison.h"

typedef struct {
    guint32 n_packets, n[N_SHARES];
} ShareCount;

/* Of one trace that was repaired. */
typedef struct {
    guint64 n_bits, n_intra, n_inter; /* looked at; changed by rules within and between packets */
} RepairCount;

typedef struct {
    char *name;              /* owned */
    GArray *shares[N_SIDES]; /* ShareCount, a trace each */
    GArray *repairs;         /* RepairCount, of the traces that were repaired */
} ComparedClass;

struct Comparison {
    GPtrArray *classes; /* ComparedClass, owned, in the order in which they were first named */
    Fidelity *fidelity; /* owned */
};

static inline const ComparedClass *
comparison_class(const Comparison *comparison, guint i)
{
    return comparison->classes->pdata[i];
}

/* The figures of a class, and the distance that a figure shows of them. */
typedef const BesideFloor *(*DistanceFunc)(const FidelityClass *class);

/* Adds to the figures: fields in sum; fields by class; sizes and gaps; headers, bursts, repair. */
void comparison_add_field_bars(const Comparison *comparison, const FidelityReport *report,
                               Figures *figures);
void comparison_add_field_maps(const Comparison *comparison, const FidelityReport *report,
                               Figures *figures);
void comparison_add_samples(const Comparison *comparison, const FidelityReport *report,
                            Figures *figures);
void comparison_add_shares(const Comparison *comparison, Figures *figures);

/* A bar chart with a group per class and its two series, "generated" and the floor. */
Figure *comparison_new_bars(const Comparison *comparison, const FidelityReport *report,
                            const char *id, const char *title, const char *unit,
                            DistanceFunc distance);
