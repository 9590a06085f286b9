/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a LoRA training and one step of it. The job walks them on the device that was asked
 * for; the prediction walks the same on one that only plans. Private to app/jobs. */
#pragma once

#include "app/jobs/latents.h"
#include "app/jobs/stages.h"
#include "app/jobs/text_cache.h"
#include "app/jobs/train_checkpoint.h"
#include "compute/sample/generator.h"
#include "compute/sample/schedule.h"

/* All that a running training holds; freed in the opposite order of its making. */
typedef struct {
    const TrainParams *params;
    const Stage *stage; /* NULL: nobody watches */
    Device *device;
    Pipeline *pipeline;
    LatentSet *set;
    GArray *items, *held_out; /* int: indices into the set, learnt from and not */
    Schedule *schedule;
    Lora *lora;
    GPtrArray *weights, *text_weights;
    DiffusionTrainer *trainer;
    Generator *generator; /* of previews; NULL before the first */
    TextCache *texts;     /* NULL where the text encoder is trained */
    TrainState state;
    int latent_rows, latent_columns, n_tokens;
    float *latents;      /* (batch, C, latent_rows, latent_columns) */
    int32_t *ids;        /* (batch, n_tokens) */
    float *context;      /* (batch, n_tokens, hidden_size); NULL likewise */
    int32_t *no_caption; /* (n_tokens) */
} Training;

/* Opens data, device (unless t->device is set already) and model. */
bool training_open(Training *t, GError **error);
/* Whether latents are made before the first step, so that every step takes as long as the next; a
 * training too short to see every picture makes them as it goes. */
bool training_wants_latents(const Training *t);
bool training_make_latent(Training *t, int i, GError **error);
/* The LoRA, the recorded step, and the state before the first one. */
bool training_begin(Training *t, GError **error);
/* Of who watches; NULL when nobody does. */
GCancellable *training_cancellable(const Training *t);
/* The memory of the device that was asked for, in bytes, on the CPU what is free now; 0 unknown. */
guint64 training_device_memory(const Training *t);
/* The same with what the training has taken of it already; 0 without a device. */
guint64 training_memory_limit(const Training *t);
/* The learning rate of the step after the present one. */
double training_lr(const Training *t);
/* The next step; its loss is the last of t->state.losses: NAN when it was skipped because its
 * numbers overflowed, in which case nothing was changed. Error too when that happened too often in
 * a row. */
bool training_step(Training *t, GCancellable *cancellable, GError **error);
/* A picture of a prompt by the LoRA as it is now, as high as a training crop. Leaves no trace in
 * the training. */
Image *training_preview(Training *t, const char *prompt, GeneratorStep on_step, void *data,
                        GCancellable *cancellable, GError **error);
/* Exchanges the LoRA with its moving average; where none is kept nothing happens. */
bool training_swap_average(Training *t, GError **error);
/* Mean loss of the last quarter of the steps done. */
double training_mean_loss(const Training *t);
void training_clear(Training *t);
