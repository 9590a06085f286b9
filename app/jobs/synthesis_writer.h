/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of a synthetic set: what was drawn is corrected, repaired, timed and written on
 * threads, while the next is being drawn. Private to app/jobs; its functions are called from one
 * thread. */
#pragma once

#include "app/jobs/synthesis_real.h"

typedef struct {
    const char *kind;   /* "diffusion", ... */
    JsonObject *about;  /* what every line says beside: "model", "loras", "settings"; borrowed */
    bool keeps_drawn;   /* pictures go into drawn/ */
    bool repairs;       /* else the pictures in drawn/ are the set */
    bool by_thresholds; /* colours become trits by fixed thresholds, see synthesis_threshold */
    int n_workers;
} SynthesisWriterOptions;

typedef struct SynthesisWriter SynthesisWriter;

/* A folder that does not exist, is empty, or holds a set of the same settings, which then goes on.
 * Everything but the options' about is borrowed until the writer is freed; result counts. */
SynthesisWriter *synthesis_writer_new(TorchlightJob *job, const SynthesisSetParams *params,
                                      const SynthesisReal *real,
                                      const SynthesisWriterOptions *options,
                                      SynthesisResult *result, GError **error);
/* Waits for what is under way. NULL is fine. */
void synthesis_writer_free(SynthesisWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SynthesisWriter, synthesis_writer_free)

/* Whether the set has the trace from an earlier run. */
bool synthesis_writer_has(const SynthesisWriter *writer, const SynthesisItem *item);

int synthesis_writer_count(const SynthesisWriter *writer, const GPtrArray *items); /* that it has */

/* What was drawn for an item: a picture or a trace. */
typedef struct {
    const SynthesisItem *item;
    Image *image;       /* owned, or NULL */
    Trace *trace;       /* owned, or NULL */
    GPtrArray *parents; /* char*, owned: captures that went into it */
    gint64 first_row;   /* of the parent, that its control map begins with; -1: none */
} SynthesisDrawn;

SynthesisDrawn *synthesis_drawn_new(const SynthesisItem *item); /* nothing yet, no parents */
void synthesis_drawn_free(SynthesisDrawn *drawn);

/* Takes drawn; waits while the workers have enough to do. False and error when an earlier one could
 * not be written. */
bool synthesis_writer_put(SynthesisWriter *writer, SynthesisDrawn *drawn, GError **error);
/* Waits for all, and writes the lines of all that is there. */
bool synthesis_writer_finish(SynthesisWriter *writer, GError **error);

/* A picture read without colour correction, as by who takes a pixel for what it looks like: green
 * of at least half is 1, else red of at least half 0, else absence; and nothing of how sure that
 * is. */
Trace *synthesis_threshold(const Image *image, const Layout *layout, GError **error);
