/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that baselines are drawn from: those of a class's training captures, up to the first
 * BASELINE_ROWS of each. Private to app/jobs. */
#pragma once

#include "app/jobs/synthesis_real.h"

enum { BASELINE_ROWS = 2048 };

typedef struct {
    const SynthesisClass *class; /* borrowed */
    GPtrArray *traces;           /* Trace of each of its captures */
    GArray *rows;                /* const int8_t*: the trits of every row, capture by capture */
    GArray *lengths;             /* int: rows of each capture */
    /* Per column, so many of 2^32 draws are 0 or 1, and so many 1. */
    guint32 *present, *ones;
    GHashTable *followers; /* type of a row -> GArray of guint: rows that follow one of that type */
    guint32 *types;        /* of each row */
    GArray *first;         /* guint: the first row of each capture */
} BaselineRows;

/* NULL and error when a capture cannot be read any more. */
BaselineRows *baseline_rows_new(const SynthesisClass *class, GError **error);
void baseline_rows_free(BaselineRows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BaselineRows, baseline_rows_free)

/* The type of a row: which headers it has, its size (up to 80, up to 600, above 600 bytes of IP
 * packet), which way it goes, and of TCP the flags SYN, FIN, RST and PSH. */
guint32 baseline_row_type(const Trace *trace, int row);

/* A trace of n_rows rows at most, as a capture of the class is long; the seed is the item's. */
Trace *baseline_bootstrap(const BaselineRows *rows, int n_rows, guint64 seed);
Trace *baseline_independent_bits(const BaselineRows *rows, int n_rows, guint64 seed);
Trace *baseline_markov_rows(const BaselineRows *rows, int n_rows, guint64 seed);
/* edges: of a parent of n_parent rows. */
Trace *baseline_control_map(const BaselineRows *rows, const Image *edges, int n_parent);
/* A picture of random colours. */
Image *baseline_noise(int n_rows, guint64 seed);
