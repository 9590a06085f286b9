/* SPDX-License-Identifier: Apache-2.0 */
/* How the figures of a comparison are made: private to app/evaluate. */
#pragma once

#include "app/evaluate/comparison.h"

/* A distance over halvings: mean, least, greatest; NAN where it could not be told. */
typedef struct {
    double mean, low, high;
} Distance;

/* Of two halves, one of each population (or two of the first, for the floor). */
typedef double (*DistanceFunc)(const Population *a, PartSet parts_a, const Population *b,
                               PartSet parts_b, const void *data);

/* Between two populations; between halves of one where b is a. */
Distance comparison_distance(const Population *a, const Population *b, DistanceFunc distance,
                             const void *data);

static inline const ComparedClass *
comparison_class(const Comparison *comparison, guint i)
{
    return comparison->classes->pdata[i];
}

/* Adds to the figures: fields in sum; fields by class; sizes and gaps; headers, bursts, repair. */
void comparison_add_field_bars(const Comparison *comparison, Figures *figures);
void comparison_add_field_maps(const Comparison *comparison, Figures *figures);
void comparison_add_samples(const Comparison *comparison, Figures *figures);
void comparison_add_shares(const Comparison *comparison, Figures *figures);

/* A bar chart with a group per class and its two series, "generated" and the floor; the function
 * gives the distance of a class. */
Figure *comparison_new_bars(const Comparison *comparison, const char *id, const char *title,
                            const char *unit, DistanceFunc distance, const void *data);
