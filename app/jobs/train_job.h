/* SPDX-License-Identifier: Apache-2.0 */
/* Fine-tuning a LoRA on the pictures and captions of a dataset folder. Pictures are taken in a new
 * seeded order each epoch, at full width; the base model stays as it is. */
#pragma once

#include "app/jobs/job.h"
#include "app/jobs/train_params.h"

typedef struct {
    int steps, n_pictures, n_layers;
    gint64 n_parameters; /* trained */
    double loss;         /* mean of the last quarter of the steps */
    double seconds_per_step;
    int n_skipped; /* steps that changed nothing because their numbers overflowed */
    bool stopped;  /* and kept, before the steps that were asked for */
    char *device;  /* owned: what it ran on */
} TrainResult;

/* Takes params. Curves "loss" and "lr", and
 * "validation" where pictures are held out; for a smoothed loss see curve.h. The message tells
 * loss, steps a second and what is being done. The previews are pictures of preview_prompts, before
 * the first step and every preview_every steps. Paused, it stands between two steps. Cancelled, it
 * leaves a checkpoint where it has a place for one (a run folder, or save_every), and else
 * nothing. */
TorchlightJob *train_job_new(TrainParams *params);
/* Ends it after the step it is at (at least one), with the LoRA of that step as its result. Any
 * thread. */
void train_job_stop(TorchlightJob *job);
bool train_job_is_stopping(TorchlightJob *job);

typedef struct {
    int step, n_steps;       /* done, and asked for; step 0 while it prepares */
    double seconds_per_step; /* of late; 0 unknown */
    double seconds_to_go;    /* -1 unknown */
    double lr;               /* of the last step; 0 before the first */
    bool previewing;
} TrainProgress;

/* Any thread. */
TrainProgress train_job_get_progress(TorchlightJob *job);
/* What it was made with; owned by the job, not to be changed. */
const TrainParams *train_job_get_params(TorchlightJob *job);
/* After the job is done. */
const TrainResult *train_job_get_result(TorchlightJob *job);
