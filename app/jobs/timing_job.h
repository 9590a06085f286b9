/* SPDX-License-Identifier: Apache-2.0 */
/* Real captures to a timing model (app/trace/timing_model.h), and which model a repair takes. */
#pragma once

#include "app/jobs/job.h"
#include "app/trace/capture.h"
#include "app/trace/timing_model.h"

typedef struct {
    char **captures; /* owned, NULL-terminated */
    char *output;    /* owned: the model to write */
    char *captions;  /* owned: a table file,caption, or NULL */
    char *caption;   /* owned: of all captures, or NULL; with neither, they are one class "" */
    char *filter;    /* owned: as pcap-filter(7) has it, or NULL */
    guint64 seed;    /* of what is kept of long captures */
} TimingFitParams;

TimingFitParams *timing_fit_params_new(void);
void timing_fit_params_free(TimingFitParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TimingFitParams, timing_fit_params_free)

typedef struct {
    int n_captures; /* learnt from */
    int n_short;    /* with fewer packets than TIMING_MIN_ROWS */
    gint64 n_packets;
    int n_captions;
    gint64 size; /* of the file, bytes */
} TimingFitResult;

/* Takes params. A damaged capture is used as far as it can be read, with a line in the log; what
 * is in memory at once is a part of one capture. */
TorchlightJob *timing_fit_job_new(TimingFitParams *params);
/* After the job is done. */
const TimingFitResult *timing_fit_job_get_result(TorchlightJob *job);

typedef struct {
    gint64 n_rows, n_learnt; /* read, and learnt from */
} TimingCapture;

/* Learns from one capture, a part at a time: a long one counts as several traces. What is said of
 * its damage goes into the job's log. options may be NULL. */
bool timing_fit_add_capture(TimingFit *fit, TorchlightJob *job, const char *capture,
                            const CaptureReadOptions *options, const char *caption,
                            TimingCapture *learnt, GError **error);

/* The model at path; for NULL the one that is installed, or none where it is not; for "none" none:
 * *model is then NULL. False and error when it cannot be read. */
bool timing_choose(const char *path, TimingModel **model, GError **error);
