/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of a training, there from before its first step, so that one that was killed is found
 * again and goes on:
 *   run.json      "kind" ("train"), "version", "started" (seconds since the epoch), "state",
 *                 "parameters" (train_params.h), and at the end "results" or "message"
 *   checkpoint    as train_checkpoint.h has it; gone when the LoRA is written
 *   loss.csv      the curve up to the last checkpoint or the end
 *   validation.csv  likewise, of what is held out
 *   previews/     STEP_PROMPT.png, their prompt, seed and step in text chunks
 *   log.txt       lines for people
 *   lock          held while the training runs */
#pragma once

#include "app/jobs/train_params.h"

#define TRAIN_RUN_FILE "run.json"

typedef enum {
    TRAIN_RUN_RUNNING,     /* in this process or another */
    TRAIN_RUN_INTERRUPTED, /* cancelled, or its process is gone */
    TRAIN_RUN_FAILED,
    TRAIN_RUN_DONE, /* to its end, or stopped and kept */
} TrainRunState;

typedef struct {
    char *dir;
    TrainRunState state;
    TrainParams *params; /* with run and resume set to go on */
    gint64 started;      /* seconds since the epoch; 0 when unknown */
    int step;            /* of the checkpoint, or at the end; 0 when there is none */
    bool can_resume;     /* there is a checkpoint, and nobody works on it */
    double loss;         /* at the end; NAN before */
    char *message;       /* why it failed; or NULL */
} TrainRun;

/* Reads a folder. Errors: it is no run of a training; its parameters cannot be read. */
TrainRun *train_run_open(const char *dir, GError **error);
void train_run_free(TrainRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TrainRun, train_run_free)
/* Runs of trainings among the folders of dir, the latest first: TrainRun elements, owned. */
GPtrArray *train_run_scan(const char *dir);

typedef struct {
    int step;
    int prompt; /* index into preview_prompts */
    char *prompt_text;
    char *path; /* of the PNG */
} TrainPreview;

/* Of a run's folder, by step and prompt: TrainPreview elements, owned; prompt_text is NULL where
 * params has no such prompt any more (params may be NULL). */
GPtrArray *train_run_previews(const char *dir, const TrainParams *params);
char *train_run_preview_path(const char *dir, int step, int prompt); /* the caller frees */
/* Its points of "loss" or "validation" (curve.h); empty when there are none. */
GArray *train_run_curve(const char *dir, const char *name);
char *train_run_file(const char *dir, const char *name); /* the caller frees */

/* --- for the job --- */

typedef struct TrainRunWriter TrainRunWriter;

/* Makes the folder where need be, locks it and writes run.json. Errors: another training works in
 * it; it holds something else; it cannot be written. */
TrainRunWriter *train_run_begin(const TrainParams *params, GError **error);
/* state: "done", "stopped" (kept before its end), "cancelled" or "failed". results is taken and may
 * be NULL; message likewise borrowed. Unlocks; false and error when run.json was not written. */
bool train_run_end(TrainRunWriter *writer, const char *state, JsonObject *results,
                   const char *message, GError **error);
/* Leaves the folder as one that was killed does. NULL is fine. */
void train_run_writer_free(TrainRunWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TrainRunWriter, train_run_writer_free)
