/* SPDX-License-Identifier: Apache-2.0 */
/* Trains the denoising part of a model (Ho et al. 2020, arXiv 2006.11239): whatever weights are
 * trainable, be they a LoRA's, a whole UNet's and text encoder's, or a ControlNet's. A step draws
 * a timestep per sample and noise, and minimises the mean squared error to the schedule's target
 * (epsilon or v), weighted by min-SNR-gamma when asked (Hang et al. 2023, arXiv 2303.09556), with
 * noise whose mean is offset per channel when asked (Guttenberg 2023).
 * Two programs are recorded once for a batch shape: one makes the gradients and adds them up over
 * the micro-batches of a step, the other updates the weights. Between the two the gradients can be
 * read and written, as training on several machines does. */
#pragma once

#include "compute/model/controlnet.h"
#include "compute/model/text_encoder.h"
#include "compute/model/unet.h"
#include "compute/sample/rng.h"
#include "compute/sample/schedule.h"
#include "compute/train/optimiser.h"

/* Whether what the forward pass makes is kept for the backward pass, or most of it computed again
 * there: about a third more time for a fraction of the memory, and the same bytes. */
typedef enum {
    CHECKPOINTING_AUTO, /* only where the memory is more than the budget without */
    CHECKPOINTING_ON,
    CHECKPOINTING_OFF
} Checkpointing;

typedef struct {
    const TextEncoder *text_encoder; /* NULL: batches bring its results */
    const Unet *unet;
    const ControlNet *controlnet; /* NULL: none */
    const Schedule *schedule;
    /* What to train (of Weight *): groups with their share of the learning rate; NULL: none. */
    const GPtrArray *weights, *text_weights;
    double text_lr_scale;
    int n, height, width; /* micro-batch and size, in latent pixels */
    int accumulation;     /* micro-batches of a step; 0: 1 */
    int n_tokens;         /* ids a caption */
    int clip_skip;        /* 0: last layer */
    int control_factor;   /* control map pixels a latent pixel */
    double min_snr_gamma; /* 0: off */
    bool weighted;        /* batches bring weights of latent pixels */
    double noise_offset;  /* deviation of the mean of the noise of a channel; 0: off */
    bool dropout;         /* of the attached LoRAs (lora_set_dropout); not in validation */
    Checkpointing checkpointing;
    size_t memory_budget; /* bytes for activations, for CHECKPOINTING_AUTO; 0: any */
    /* Gradients are made of the loss times a factor that is found as training goes on (Micikevicius
     * et al. 2018, arXiv 1710.03740): for activations stored in f16, where small ones are lost. */
    bool loss_scaling;
    OptimiserOptions optimiser;
    guint64 seed; /* of timesteps and noise */
} DiffusionTrainerOptions;

typedef struct {
    const float *latents; /* (n, C, height, width), scaled */
    const int32_t *ids;   /* (n, n_tokens); unused without text encoder */
    const float *context; /* (n, n_tokens, cross_attention_dim); without text encoder */
    const float
        *control; /* (n, 3, height*factor, width*factor) in [0, 1]; NULL without ControlNet */
    /* (n, C, height, width) from 0 on, with options.weighted: square roots of what the squared
     * error of each element weighs, on top of min-SNR; else NULL. */
    const float *root_weights;
} DiffusionBatch;

typedef struct {
    double loss;   /* mean of the step's micro-batches; may be no number */
    double norm;   /* of all gradients together, before clipping */
    bool skipped;  /* loss or gradients were not finite: the weights are as they were */
    bool rescaled; /* and that because the loss was scaled too much: it will be less next time */
} DiffusionStep;

/* Sums gradients (of Weight *, those of diffusion_trainer_gradients) over machines. Called by every
 * one, after its micro-batches and before the update, whatever its loss. */
typedef bool (*DiffusionReduce)(const GPtrArray *gradients, void *data, GError **error);

typedef struct DiffusionTrainer DiffusionTrainer;

/* Borrows everything in options. LoRAs attached to the modules are part of the recording. */
DiffusionTrainer *diffusion_trainer_new(const DiffusionTrainerOptions *options, GError **error);
void diffusion_trainer_free(DiffusionTrainer *trainer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DiffusionTrainer, diffusion_trainer_free)

/* One step on `accumulation` micro-batches. */
bool diffusion_trainer_step(DiffusionTrainer *trainer, const DiffusionBatch *batches, double lr,
                            DiffusionStep *step, GCancellable *cancellable, GError **error);

/* The same in parts: each micro-batch of a step is accumulated, or passed over (its timesteps and
 * noise are drawn all the same) because another machine accumulates it; then comes the update. A
 * step over N machines, each with its share of the micro-batches, is that of one with all of them,
 * within rounding. */
bool diffusion_trainer_accumulate(DiffusionTrainer *trainer, const DiffusionBatch *batch,
                                  GCancellable *cancellable, GError **error);
void diffusion_trainer_pass(DiffusionTrainer *trainer);
bool diffusion_trainer_update(DiffusionTrainer *trainer, double lr, DiffusionStep *step,
                              GCancellable *cancellable, GError **error);
/* reduce NULL: none. */
void diffusion_trainer_set_reduce(DiffusionTrainer *trainer, DiffusionReduce reduce, void *data);
/* Of Weight *, borrowed, f32: the gradient of each weight that has one, in the order of their
 * making, each already divided by `accumulation`; the last is the loss (1), likewise. Adding them
 * up over machines makes those of the whole step. */
const GPtrArray *diffusion_trainer_gradients(const DiffusionTrainer *trainer);

/* The loss of one sample (n is 1 here) at a timestep and with noise (C, height, width), without
 * training. Draws nothing and changes nothing. Its program is recorded at the first use. */
bool diffusion_trainer_validate(DiffusionTrainer *trainer, const DiffusionBatch *batch,
                                int timestep, const float *noise, double *loss,
                                GCancellable *cancellable, GError **error);

bool diffusion_trainer_is_checkpointing(const DiffusionTrainer *trainer);
size_t diffusion_trainer_memory(const DiffusionTrainer *trainer); /* bytes of activations */
double diffusion_trainer_work(const DiffusionTrainer *trainer);   /* operations of a step, about */
/* For checkpoints. */
typedef struct {
    double scale; /* of the loss; 2^16 at first, 1 without loss_scaling */
    int n_good;   /* steps since it was last changed: 2000 double it, a bad one halves it */
} LossScale;

LossScale diffusion_trainer_loss_scale(const DiffusionTrainer *trainer);
void diffusion_trainer_set_loss_scale(DiffusionTrainer *trainer, LossScale scale);
Optimiser *diffusion_trainer_optimiser(DiffusionTrainer *trainer);
Rng *diffusion_trainer_rng(DiffusionTrainer *trainer);
