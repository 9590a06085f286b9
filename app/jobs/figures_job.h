/* SPDX-License-Identifier: Apache-2.0 */
/* Real traces against generated ones: the figures of app/evaluate. Traces are read one after the
 * other and counted; what was drawn is also repaired, to tell how much of it had to change. */
#pragma once

#include "app/evaluate/comparison.h"
#include "app/jobs/job.h"

typedef struct {
    char *path;    /* owned: anything that holds a trace */
    char *caption; /* owned; NULL: the one that made it, where the file tells */
    char *drawn;   /* owned: of a repaired trace, the file as it was drawn, or NULL */
    Side side;
    bool is_repaired; /* it is no drawing any more */
} FiguresInput;

typedef struct {
    GPtrArray *inputs; /* FiguresInput, owned */
    char *title;       /* owned; NULL: a plain one */
    char *axis;        /* owned: of the vocabulary: its words are the classes; "caption": the whole
                          caption is; NULL: all is one class */
    char *vocabulary;  /* owned: file; NULL: that of the bundled model */
    char *layout;      /* owned: of files that name none; NULL: the default */
    char *output;      /* owned: JSON to write; NULL: none */
    char *csv;         /* owned: folder for a table per figure; NULL: none */
    bool without_repair; /* leave out how much repair changes */
} FiguresParams;

FiguresParams *figures_params_new(void);
void figures_params_free(FiguresParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FiguresParams, figures_params_free)

/* Borrowed; all texts are copied. */
FiguresInput *figures_params_add(FiguresParams *params, Side side, const char *path,
                                 const char *caption);
/* What a file or folder holds: a dataset, a folder of captures with a captions.csv, a folder that
 * `torchlight generate` made, or one trace. */
bool figures_params_add_path(FiguresParams *params, Side side, const char *path, GError **error);

/* Takes params. Classes that have no generated trace are left out, with a line in the log. */
TorchlightJob *figures_job_new(FiguresParams *params);
/* After the job is done; owned by the job. */
const Figures *figures_job_get_result(TorchlightJob *job);
