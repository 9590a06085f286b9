/* SPDX-License-Identifier: Apache-2.0 */
/* Trains an AutoencoderKL: loss = mse(decode(z), image) + kl_weight * kl, the mean squared error
 * weighted pixel by pixel when asked, z drawn from the posterior (Kingma and Welling 2014, arXiv
 * 1312.6114; Rombach et al. 2022, arXiv 2112.10752). The program is recorded once for a batch shape
 * and replayed a step at a time. */
#pragma once

#include "compute/model/vae.h"
#include "compute/sample/rng.h"
#include "compute/train/optimiser.h"

typedef struct {
    int n, height, width; /* batch and crop, in pixels; multiples of vae_factor */
    bool weighted;        /* steps bring weights */
    double latent_noise;  /* standard deviation of more noise on z, for a decoder that forgives; 0:
                             none */
    OptimiserOptions optimiser;
    guint64 seed; /* of the posterior's noise */
} VaeTrainerOptions;

typedef struct VaeTrainer VaeTrainer;

/* Borrows vae, which must outlive it; trains the weights marked trainable. */
VaeTrainer *vae_trainer_new(Vae *vae, const VaeTrainerOptions *options, GError **error);
void vae_trainer_free(VaeTrainer *trainer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VaeTrainer, vae_trainer_free)
/* images (n, 3, height, width) in [-1, 1]; weights of the same shape, from 0 on, with
 * options.weighted, else NULL; kl_weight: of the KL per latent element. loss: the reconstruction's
 * (weighted) mean squared error. */
bool vae_trainer_step(VaeTrainer *trainer, const float *images, const float *weights,
                      double kl_weight, double lr, double *loss, GCancellable *cancellable,
                      GError **error);
size_t vae_trainer_memory(const VaeTrainer *trainer); /* bytes of activations */
