/* SPDX-License-Identifier: Apache-2.0 */
/* What a training of a LoRA is asked to do. Its numbers are the rows of one table
 * (train_settings.h): the command's options, the workbench's rows, presets and the JSON of a run
 * read that. */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "app/ranks/ranks.h"

/* Where the average of the LoRA goes. */
typedef enum {
    EMA_BESIDE, /* NAME-ema.safetensors */
    EMA_RESULT, /* it is the result */
} EmaResult;

typedef struct {
    char *dataset, *output; /* owned: the folder; the .safetensors file to write */
    char **names; /* owned: only these items of the dataset ("web_00001.png"); NULL: all */
    char *model;  /* owned: folder or .safetensors file; NULL: the bundled model */
    char *config, *tokenizer, *prediction; /* owned or NULL: what a model in one file does not say
                                              (CheckpointOptions) */
    char *vae;       /* owned: folder or file of another VAE than the model's; NULL */
    char *device;    /* owned; NULL: the default */
    char *precision; /* owned: "bf16", ... as open_training_device takes it; NULL: auto */
    char *run;       /* owned: the folder of the run (train_run.h), made if need be; NULL: none */
    bool resume;     /* go on from the checkpoint where there is one */
    char **preview_prompts; /* owned: a picture is drawn of each; NULL: none */

    Ranks *ranks; /* borrowed: the processes that train together; NULL: this one alone */

    int steps, batch;
    int accumulate; /* batches whose gradients are added up for one step, on each rank */
    int rank;
    double alpha;
    int conv_rank; /* of the UNet's 3x3 convolutions; 0: they and what is beside them stay as they
                      are */
    double conv_alpha;
    double dropout, rank_dropout, module_dropout; /* LoraDropout's neuron, rank, module */
    double lr;                                    /* at its highest */
    int lr_schedule;                              /* LrSchedule */
    int lr_cycles;                                /* of cosine with restarts */
    int warmup;                                   /* steps */
    int optimiser;                                /* OptimiserKind */
    double max_norm;                              /* of the gradient; 0: any */
    double text_lr_scale; /* of lr, for the text encoder; 0: it is not trained */
    double weight_decay;
    double min_snr_gamma;    /* 0: off */
    double noise_offset;     /* 0: off */
    int zero_snr;            /* bool: the schedule ends at pure noise */
    double caption_dropout;  /* share of captions replaced by "", for guidance */
    int shuffle_captions;    /* bool: their parts between commas */
    int keep_parts;          /* of the first, which stay where they are */
    int checkpointing;       /* Checkpointing */
    double ema_decay;        /* of the average of the LoRA; 0: none */
    int ema_result;          /* EmaResult */
    double validation_share; /* of the pictures, held out; 0: none */
    int validation_every;    /* steps */
    int max_skipped;         /* steps in a row that may be skipped for want of numbers */
    int clip_skip;
    int rows; /* packets a training crop; 0: whole pictures */
    guint64 seed;
    int save_every;    /* steps between checkpoints, 0: none; one is also made on cancel, and in a
                          run folder always on cancel */
    int preview_every; /* steps between previews, 0: none; needs a run folder */
    int preview_steps; /* of sampling */
    guint64 preview_seed;
} TrainParams;

TrainParams *train_params_new(void);
TrainParams *train_params_copy(const TrainParams *params);
void train_params_free(TrainParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TrainParams, train_params_free)

/* Ranges, the place of the output, and that previews have a folder and a prompt. */
bool train_params_check(const TrainParams *params, GError **error);

/* The learning rate of a step, counted from 0. */
double train_params_lr(const TrainParams *params, int step);

/* Every member but resume and run; the caller unrefs. */
JsonObject *train_params_to_json(const TrainParams *params);
/* Sets what the object has; what it lacks stays. Errors name the member. */
bool train_params_from_json(TrainParams *params, JsonObject *object, GError **error);
