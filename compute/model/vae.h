/* SPDX-License-Identifier: Apache-2.0 */
/* Vae: diffusers' AutoencoderKL, between an image and its latent. Each level but the last halves
 * the image: a factor of 2^(n_levels - 1). */
#pragma once

#include "compute/model/config.h"
#include "compute/model/layer.h"

typedef struct {
    VaeConfig config;
    Module *module;
} Vae;

/* Reads a folder; also one with the attention names of the first Stable Diffusion files. */
Vae *vae_open(Device *device, const char *dir, GError **error);
/* A folder, or a single file (checkpoint_vae_names) of the architecture of base. */
Vae *vae_open_for(Device *device, const char *path, const VaeConfig *base, GError **error);
/* From anywhere: a file with many models, or with other names. */
Vae *vae_load(Device *device, const VaeConfig *config, const ModuleSource *source, GError **error);
/* module_survey of what the config asks for. */
GPtrArray *vae_survey(const VaeConfig *config, const ModuleSource *source, GHashTable *used);
Vae *vae_new_random(Device *device, const VaeConfig *config, guint64 seed, GError **error);
bool vae_save(const Vae *vae, const char *dir, WeightsDtype dtype, GError **error);
void vae_free(Vae *vae);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Vae, vae_free)

int vae_factor(const VaeConfig *config); /* pixels a latent pixel, 8 in Stable Diffusion */

/* image (N, in_channels, H, W) in [-1, 1], H and W multiples of vae_factor -> moments
 * (N, 2 latent_channels, H / factor, W / factor): mean, then logvar (not yet clamped; see
 * op_gaussian_sample). The UNet's latents are scaling_factor times a sample of it. */
Tensor *vae_encode(Graph *graph, const Vae *vae, Tensor *image);
/* z (N, latent_channels, h, w): latents / scaling_factor -> image (N, out_channels, h factor, ...),
 * about [-1, 1] */
Tensor *vae_decode(Graph *graph, const Vae *vae, Tensor *z);

/* The mid block's attention over pixels, one head: for tests. x (N, C, H, W) */
Tensor *vae_attention(const Scope *scope, Tensor *x, int n_groups);
/* Halves the image as the VAE does: one column and row of zeros right and below. For tests. */
Tensor *vae_downsample(const Scope *scope, Tensor *x);
