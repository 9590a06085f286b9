/* SPDX-License-Identifier: Apache-2.0 */
/* A trace as drawn to a capture of legal packets (app/repair/repair.h), with the report. */
#pragma once

#include "app/jobs/export.h"
#include "app/jobs/job.h"
#include "app/repair/repair_choices.h"
#include "app/repair/repair_compliance.h"

typedef struct {
    char *input;    /* owned: PNG, CSV, .npy or capture; unused when trace is set */
    Trace *trace;   /* owned: what to repair, or NULL to read input */
    char *layout;   /* owned; NULL: the one the file names, else the default */
    char *output;   /* owned: the capture to write; NULL: none */
    char *template; /* owned: a real capture for times, directions, hosts, payload; NULL: none */
    char *timing;   /* owned: a timing model, or "none"; NULL: where there is no template, the one
                     * that is installed */
    char *report;   /* owned: JSON to write; NULL: none */
    ExportParams export;
    guint64 seed;
    char **without;      /* owned: ids of rules that are switched off; NULL: none */
    GArray *as_drawn;    /* owned: int, ascending: rows that stay as they were drawn; NULL: none */
    gboolean mid_stream; /* drawn connections may start in their middle (RepairOptions) */
    gboolean check;      /* fill the result's compliance, measure and comment */
} RepairParams;

RepairParams *repair_params_new(void);
void repair_params_free(RepairParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RepairParams, repair_params_free)
/* Adds what a person chose: rules and packets to those that the params have, and each policy where
 * the params have their default. */
void repair_params_add_choices(RepairParams *params, const RepairChoices *choices);

typedef struct {
    Trace *trace;                 /* repaired, owned by the job */
    RepairReport *report;         /* owned by the job */
    int n_dropped;                /* rows of the repaired trace that could not be written */
    RepairCompliance *compliance; /* owned by the job; NULL unless asked for */
    ExportMeasure measure;        /* zeros unless asked for */
    char *comment; /* what a pcapng says made it, lines "key: value"; NULL unless asked for */
} RepairResult;

void repair_result_clear(RepairResult *result);

/* Takes params. */
TorchlightJob *repair_job_new(RepairParams *params);
/* After the job is done. */
const RepairResult *repair_job_get_result(TorchlightJob *job);
