/* SPDX-License-Identifier: Apache-2.0 */
/* One trace of a synthetic set, from what was drawn to its files and its line. Private to app/jobs;
 * any thread. */
#pragma once

#include "app/jobs/synthesis_writer.h"

typedef struct {
    const SynthesisSetParams *params;
    const SynthesisReal *real;
    const SynthesisWriterOptions *options;
    const char *about; /* JSON: the options' about, whose own references no two threads may count */
} SynthesisFinish;

typedef struct {
    char *line; /* owned: JSON; NULL: nothing of it is a packet */
    guint64 n_bits, n_repaired_bits;
    SynthesisTimes times;
} SynthesisFinished;

/* Writes into the folders captures and drawn of params->output, each file whole or not at all. */
bool synthesis_finish(const SynthesisFinish *finish, SynthesisDrawn *drawn,
                      SynthesisFinished *finished, GError **error);
/* The paths of an item's files; the caller frees. NULL where the set has none. */
char *synthesis_capture_path(const SynthesisFinish *finish, const SynthesisItem *item);
char *synthesis_drawn_path(const SynthesisFinish *finish, const SynthesisItem *item);
