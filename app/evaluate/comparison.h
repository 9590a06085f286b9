/* SPDX-License-Identifier: Apache-2.0 */
/* A Comparison: real traces against generated ones, class by class, and the figures of it.
 *
 * A distance is told as the mean over random halvings of both sides, so that it stands on as many
 * packets as the floor beside it, which is the same distance between two halves of the real traces;
 * its interval is the least and the greatest of the halvings. */
#pragma once

#include "app/evaluate/fidelity/side.h"
#include "app/evaluate/figure.h"
#include "app/evaluate/population.h"

typedef struct {
    char *name; /* owned: the class */
    Population *sides[N_SIDES];
} ComparedClass;

typedef struct {
    GPtrArray *classes; /* ComparedClass, owned, in the order in which they were first named */
} Comparison;

Comparison *comparison_new(void);
void comparison_free(Comparison *comparison);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Comparison, comparison_free)

/* The population to count a trace into. Borrowed. */
Population *comparison_population(Comparison *comparison, const char *class, Side side);

/* The figures of what was counted. Texts are in the language of the process. */
Figures *comparison_to_figures(const Comparison *comparison, const char *title);
