/* SPDX-License-Identifier: Apache-2.0 */
/* Training a whole model from a dataset folder: tokenizer, VAE, text encoder + UNet, ControlNet,
 * in that order, with architecture from a folder of config.json files. The work in progress stands
 * in OUT.partial (float32, one folder a finished stage, pretrain.json saying which), so that a run
 * that was stopped goes on with the stage it was in; OUT appears when all is done. */
#pragma once

#include "app/jobs/job.h"

typedef struct {
    char *dataset, *config_dir, *output, *device; /* owned; device NULL: auto */
    char *init; /* owned: a model to go on from, its ControlNet too if it has one; NULL: none */
    guint64 seed;
    int vocab_size;
    int vae_steps, unet_steps, full_steps, control_steps; /* full: of unet_steps, at full height */
    int vae_rows, vae_columns, vae_batch; /* crop in packets and header bits (pixels) */
    int unet_rows, unet_batch;            /* crop in packets (pixels) */
    int control_rows, control_batch;
    bool joint_control;  /* the UNet learns on with the ControlNet, instead of being left alone */
    bool decoder_only;   /* of the VAE: latents stay what they are */
    double latent_noise; /* on the latents, whose deviation is 1, that the VAE's decoder sees */
    double vae_lr, unet_lr, control_lr;
    double kl_weight; /* per latent element; a hundredth at first, all of it after a third */
    double absent_weight, random_weight; /* of pixels in the VAE's loss, see PixelWeights */
    double min_snr_gamma;                /* 0: off */
    double caption_dropout;              /* share of captions replaced by "", for guidance */
} PretrainParams;

PretrainParams *pretrain_params_new(void); /* the values that docs/models.md explains */
void pretrain_params_free(PretrainParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PretrainParams, pretrain_params_free)

/* Takes params. Points "vae loss", "unet loss", "control loss"; result: the folder at output. */
TorchlightJob *pretrain_job_new(PretrainParams *params);
