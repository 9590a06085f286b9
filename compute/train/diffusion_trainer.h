/* SPDX-License-Identifier: Apache-2.0 */
/* Trains the denoising part of a model (Ho et al. 2020, arXiv 2006.11239): whatever weights are
 * trainable, be they a LoRA's, a whole UNet's and text encoder's, or a ControlNet's. A step draws
 * a timestep per sample and noise, and minimises the mean squared error to the schedule's target
 * (epsilon or v), weighted by min-SNR-gamma when asked (Hang et al. 2023, arXiv 2303.09556).
 * The program is recorded once for a batch shape and replayed a step at a time. */
#pragma once

#include "compute/model/controlnet.h"
#include "compute/model/text_encoder.h"
#include "compute/model/unet.h"
#include "compute/sample/rng.h"
#include "compute/sample/schedule.h"
#include "compute/train/optimiser.h"

typedef struct {
    const TextEncoder *text_encoder;
    const Unet *unet;
    const ControlNet *controlnet; /* NULL: none */
    const Schedule *schedule;
    /* What to train (of Weight *): groups with their share of the learning rate; NULL: none. */
    const GPtrArray *weights, *text_weights;
    double text_lr_scale;
    int n, height, width; /* batch and size, in latent pixels */
    int n_tokens;         /* ids a caption */
    int clip_skip;        /* 0: last layer */
    int control_factor;   /* control map pixels a latent pixel */
    double min_snr_gamma; /* 0: off */
    AdamWOptions adamw;
    guint64 seed; /* of timesteps and noise */
} DiffusionTrainerOptions;

typedef struct {
    const float *latents; /* (n, C, height, width), scaled */
    const int32_t *ids;   /* (n, n_tokens) */
    const float
        *control; /* (n, 3, height*factor, width*factor) in [0, 1]; NULL without ControlNet */
} DiffusionBatch;

typedef struct DiffusionTrainer DiffusionTrainer;

/* Borrows everything in options. LoRAs attached to the modules are part of the recording. */
DiffusionTrainer *diffusion_trainer_new(const DiffusionTrainerOptions *options, GError **error);
void diffusion_trainer_free(DiffusionTrainer *trainer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DiffusionTrainer, diffusion_trainer_free)

bool diffusion_trainer_step(DiffusionTrainer *trainer, const DiffusionBatch *batch, double lr,
                            double *loss, GCancellable *cancellable, GError **error);
size_t diffusion_trainer_memory(const DiffusionTrainer *trainer); /* bytes of activations */
double diffusion_trainer_work(const DiffusionTrainer *trainer);   /* operations of a step, about */
/* For checkpoints. */
AdamW *diffusion_trainer_adamw(DiffusionTrainer *trainer);
Rng *diffusion_trainer_rng(DiffusionTrainer *trainer);
