/* SPDX-License-Identifier: Apache-2.0 */
/* The parents of traces to be drawn: chosen, read, and their edges found, on a thread that is a
 * batch ahead of the model. Private to app/jobs. */
#pragma once

#include "app/jobs/synthesis_writer.h"

/* Items that are drawn at once: of one class, and of indices that follow each other. */
typedef struct {
    guint first, n;
} SynthesisSpan;

typedef struct {
    guint first, n;         /* its span */
    float *maps;            /* (n, 3, rows, columns) in [0, 1]; NULL without control */
    SynthesisDrawn **drawn; /* (n) with parents; what was taken is NULL */
    double seconds;         /* that it took */
    GError *error;
} SynthesisBatch;

void synthesis_batch_free(SynthesisBatch *batch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SynthesisBatch, synthesis_batch_free)

typedef struct {
    GPtrArray *items; /* SynthesisItem */
    int n_rows;
    bool control;       /* with maps */
    bool control_first; /* from the first row on */
} SynthesisAheadOptions;

typedef struct SynthesisAhead SynthesisAhead;

/* Of each span a batch; both are borrowed. */
SynthesisAhead *synthesis_ahead_new(const SynthesisAheadOptions *options, const GArray *spans,
                                    GError **error);
void synthesis_ahead_free(SynthesisAhead *ahead);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SynthesisAhead, synthesis_ahead_free)
/* The next batch; the caller frees. NULL after the last, and on error. */
SynthesisBatch *synthesis_ahead_next(SynthesisAhead *ahead, GError **error);

/* The edges of rows as a control map, one channel: NetDiffusion's thresholds, as in training. */
Image *synthesis_edges(const Trace *rows, int n_rows, GError **error);
/* A capture of the item's class and the row to begin with, both drawn by its seed, as rows. */
Trace *synthesis_draw_parent(const SynthesisItem *item, int n_rows, bool from_first,
                             const SynthesisCapture **parent, gint64 *first, GError **error);
