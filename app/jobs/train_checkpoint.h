/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a LoRA training between two steps, as one safetensors file beside the output: the
 * factors, the optimiser's state and their average, the random numbers and what the run was started
 * with. A run that goes on from it ends with the same bytes as one that was never stopped. Private
 * to app/jobs. */
#pragma once

#include "app/jobs/train_job.h"
#include "compute/model/lora.h"
#include "compute/sample/rng.h"
#include "compute/train/diffusion_trainer.h"

typedef struct {
    float step, loss; /* of the held-out pictures after that step */
} TrainValidation;

typedef struct {
    const TrainParams *params;
    const Lora *lora;
    DiffusionTrainer *trainer;
    Rng *order; /* of pictures, crops and dropped captions */
    int *items; /* (n_items) present order of the pictures */
    int n_items;
    int next;                        /* index into items of the next picture */
    int step;                        /* done so far */
    GArray *losses;                  /* (step) float; NAN where the step was skipped */
    GArray *validations;             /* TrainValidation */
    int n_skipped, n_skipped_in_row; /* steps that changed nothing for want of numbers */
    char *data; /* owned: a sum over the pictures' names and captions and the model's name */
} TrainState;

/* In the run's folder, else OUTPUT.checkpoint; the caller frees. */
char *train_checkpoint_path(const TrainParams *params);
bool train_checkpoint_save(const TrainState *state, GError **error);
/* The step of a checkpoint file; -1 when it is none. */
int train_checkpoint_step(const char *path);
/* False and error when the file is none of this run: other parameters, other pictures. */
bool train_checkpoint_load(TrainState *state, GError **error);
