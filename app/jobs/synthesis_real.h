/* SPDX-License-Identifier: Apache-2.0 */
/* What a synthetic set is made from: the training part of a folder of captures, class by class (a
 * class is a caption), and a model of when packets come, fitted to that part alone. Captures of the
 * validation and test parts are never read for it. Private to app/jobs. */
#pragma once

#include "app/jobs/stages.h"
#include "app/jobs/synthesis_set.h"
#include "app/trace/timing_model.h"

typedef struct {
    char *path, *name; /* name without folder */
    gint64 n_rows;
} SynthesisCapture;

typedef struct {
    char *caption;
    char *stem;          /* its words as the beginning of a file's name; no other class has it */
    GPtrArray *captures; /* SynthesisCapture, by name; at least one */
} SynthesisClass;

typedef struct {
    GPtrArray *classes;    /* SynthesisClass that are asked for, by caption */
    GPtrArray *all;        /* every class of the training part */
    GPtrArray *trained_on; /* char*: names of the captures of the training part, sorted */
    char *sha256;          /* of names, captions and sizes: two of the same are the same captures */
    TimingModel *timing; /* NULL: none was asked for, or no capture is long enough to learn from */
    char *times;         /* where times come from, as provenance has it */
} SynthesisReal;

/* What cannot be read, or is not there, is named in the job's log and passed over; so is a class
 * without a training capture. Errors: no class left; a capture of the training part that is, byte
 * for byte, one of another part. */
SynthesisReal *synthesis_real_read(const Stage *stage, const SynthesisSetParams *params,
                                   GError **error);
void synthesis_real_free(SynthesisReal *real);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SynthesisReal, synthesis_real_free)

/* Rows first .. first + n - 1 of a capture, or as many as it has of them. Any thread. */
Trace *synthesis_capture_rows(const SynthesisCapture *capture, gint64 first, int n, GError **error);

/* A trace to be made. */
typedef struct {
    const SynthesisClass *class; /* borrowed */
    int index;                   /* in its class, from 0 */
    char *name;                  /* STEM_00000 */
    guint64 seed;                /* of the set's seed, the caption and the index; below 2^53 */
} SynthesisItem;

/* SynthesisItem, class by class. */
GPtrArray *synthesis_plan(const SynthesisReal *real, const SynthesisSetParams *params);
