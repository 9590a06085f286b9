/* SPDX-License-Identifier: Apache-2.0 */
/* The forward part of a training step, from latents to loss: recorded with a backward pass for
 * training and without for validation. Private to compute/train. */
#pragma once

#include "compute/train/diffusion_trainer.h"

/* What a step puts in, and its loss. */
typedef struct {
    Tensor *latents, *noise, *signal, *sigma, *minus_sigma;
    Tensor *time, *ids, *context, *control, *sample_weight;
    Tensor *dropout_keys; /* NULL: no dropout */
    Tensor *root_weights; /* NULL: every element weighs the same */
    bool
        wants_context_grad; /* before recording: a gradient of the given text states is asked for */
    Tensor *sample, *prediction, *target, *loss; /* results; only the loss is kept */
} DiffusionGraph;

/* Values of one micro-batch for the inputs that are drawn, owned. */
typedef struct {
    float *noise;                           /* as the latents */
    float *time;                            /* (n, time width) */
    float *signal, *sigma, *minus, *weight; /* (n) */
    double *timesteps;                      /* (n) */
    int32_t *dropout_keys;                  /* (n, 2) */
    int64_t n_noise;
} DiffusionDraw;

void diffusion_graph_record(DiffusionGraph *inputs, Graph *graph,
                            const DiffusionTrainerOptions *options);
bool diffusion_graph_write(const DiffusionGraph *inputs, Program *program,
                           const DiffusionBatch *batch, const DiffusionDraw *draw, GError **error);

void diffusion_draw_init(DiffusionDraw *draw, const DiffusionTrainerOptions *options);
void diffusion_draw_clear(DiffusionDraw *draw);
/* Timesteps, noise and what follows from them. */
void diffusion_draw_next(DiffusionDraw *draw, const DiffusionTrainerOptions *options, Rng *rng);
/* What follows from given timesteps; the noise is the caller's. */
void diffusion_draw_at(DiffusionDraw *draw, const DiffusionTrainerOptions *options,
                       const int *timesteps);
