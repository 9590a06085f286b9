/* SPDX-License-Identifier: Apache-2.0 */
/* Fine-tuning a LoRA on the pictures and captions of a dataset folder. Pictures are taken in a new
 * seeded order each epoch, at full width; the base model stays as it is. */
#pragma once

#include "app/jobs/job.h"

typedef struct {
    char *dataset, *output; /* owned: the folder; the .safetensors file to write */
    char *model;            /* owned: folder; NULL: the bundled model */
    char *device;           /* owned; NULL: the default */
    int steps, batch;
    int rank;
    double alpha;
    double lr;            /* constant after warmup */
    int warmup;           /* steps */
    double text_lr_scale; /* of lr, for the text encoder; 0: it is not trained */
    double weight_decay;
    double min_snr_gamma;   /* 0: off */
    double caption_dropout; /* share of captions replaced by "", for guidance */
    int clip_skip;
    int rows; /* packets a training crop; 0: whole pictures */
    guint64 seed;
    int save_every; /* steps between checkpoints, 0: none; one is also made on cancel */
    bool resume;    /* go on from OUTPUT.checkpoint where there is one */
} TrainParams;

TrainParams *train_params_new(void);
void train_params_free(TrainParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TrainParams, train_params_free)

typedef struct {
    int steps, n_pictures, n_layers;
    gint64 n_parameters; /* trained */
    double loss;         /* mean of the last quarter of the steps */
    double seconds_per_step;
    char *device; /* owned: what it ran on */
} TrainResult;

/* Takes params. Curve "loss". The message tells loss, steps a second and what is being done. */
TorchlightJob *train_job_new(TrainParams *params);
/* After the job is done. */
const TrainResult *train_job_get_result(TorchlightJob *job);
