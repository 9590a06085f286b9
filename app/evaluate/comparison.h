/* SPDX-License-Identifier: Apache-2.0 */
/* A Comparison: real traces against generated ones, class by class, and the figures of it.
 * Distances are those of fidelity.h, each beside its floor. */
#pragma once

#include "app/evaluate/fidelity/fidelity.h"
#include "app/evaluate/figure.h"
#include "app/repair/repair.h"

/* What share of a trace's packets has what. */
typedef enum {
    SHARE_IPV4,
    SHARE_IPV6,
    SHARE_TCP,
    SHARE_UDP,
    SHARE_ICMP,
    SHARE_OTHER, /* none of the last three */
    N_SHARES
} Share;

typedef struct Comparison Comparison;

Comparison *comparison_new(void);
void comparison_free(Comparison *comparison);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Comparison, comparison_free)

/* Counts a trace. alone: it is the only one of its class and side; its blocks of 64 packets then
 * stand for captures, so that there is something to draw from. */
void comparison_add(Comparison *comparison, const char *class, Side side, const Trace *trace,
                    bool alone);
/* Counts what repair had to change in a generated trace. */
void comparison_add_repair(Comparison *comparison, const char *class, const RepairReport *report);

/* The figures of what was counted. Texts are in the language of the process. */
Figures *comparison_to_figures(const Comparison *comparison, const char *title);
