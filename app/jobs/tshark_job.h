/* SPDX-License-Identifier: Apache-2.0 */
/* A second opinion on a repair: the capture is written to a temporary file, tshark reads it with
 * every dissector and every checksum, and what its experts say is counted by kind. */
#pragma once

#include "app/jobs/repair_job.h"

typedef enum { TSHARK_ERROR, TSHARK_WARNING, TSHARK_NOTE } TsharkSeverity;

typedef struct {
    TsharkSeverity severity;
    int n; /* how often */
    char *protocol;
    char *summary; /* in tshark's words */
} TsharkLine;

/* Whether tshark is installed. */
bool tshark_is_there(void);
/* Takes params, which name no input and no outputs; drawn, keeper and release as in review_job.h.
 */
TorchlightJob *tshark_job_new(RepairParams *params, const Trace *drawn, gpointer keeper,
                              GDestroyNotify release);
/* TsharkLine elements, errors first, owned by the job; after it is done. */
GPtrArray *tshark_job_get_lines(TorchlightJob *job);
/* The lines of `tshark -q -z expert`; the caller unrefs. */
GPtrArray *tshark_parse(const char *text);
