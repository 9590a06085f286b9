/* SPDX-License-Identifier: Apache-2.0 */
/* A synthetic set: a folder of traces made in place of real ones, class by class, each with a line
 * that says what it came from. Whatever makes its traces (a model, or a baseline), all are
 * repaired, timed and written in the same way (docs/synthesis.md).
 *
 *   captures/NAME.pcapng   a trace, repaired, with times like those of the training captures
 *   drawn/NAME.png         the same before repair; not of baselines
 *   metadata.jsonl         a line each, by name
 *   trained_on.txt         the captures that anything in the set was fitted to, a name a line
 *   set.json               the settings, by which a set that was stopped goes on
 *
 * What a trace is hangs on the seed of the set, its caption and its index alone, so that a set may
 * be made in any order, stopped, and extended. */
#pragma once

#include "app/jobs/export.h"
#include "app/jobs/job.h"

typedef struct {
    char *real;       /* owned: the folder of captures */
    char *captions;   /* owned: as captions_open takes it; NULL: those of the split */
    char *split;      /* owned: as split_table_read takes it */
    char *trained_on; /* owned: a file of captures that the model was trained on, a name a line;
                         NULL: the training part */
    char *output;     /* owned: the folder */
    char *timing;  /* owned: a timing model or "none", as timing_choose takes it; NULL: one that is
                      fitted to the training part */
    char *classes; /* owned: which, as caption_query_new takes it; NULL: all */
    int per_class; /* traces of a class; 0: as many as the training part has captures of it */
    int n_rows;    /* packets of a trace */
    guint64 seed;
    ExportParams export;
} SynthesisSetParams;

void synthesis_set_params_init(SynthesisSetParams *params);
void synthesis_set_params_clear(SynthesisSetParams *params);
/* Numbers in their ranges, names given. */
bool synthesis_set_params_check(const SynthesisSetParams *params, GError **error);

/* Where the time went, seconds of all traces together; those of several threads add up. */
typedef struct {
    double prepare; /* reading parents, edges, or rows of baselines */
    double steps;   /* of the model */
    double decode;  /* the VAE */
    double correct; /* colours to trits, and the picture on disk */
    double repair;
    double write;
} SynthesisTimes;

typedef struct {
    int n_classes;
    int n_made, n_there;             /* traces; there: from an earlier run */
    int n_empty;                     /* of which nothing was a packet; they have no line */
    double seconds;                  /* of making, from the first to the last */
    char *device;                    /* owned; NULL of baselines */
    guint64 n_bits, n_repaired_bits; /* of those made */
    SynthesisTimes times;
} SynthesisResult;

void synthesis_result_clear(SynthesisResult *result);
