/* SPDX-License-Identifier: Apache-2.0 */
/* Unet: diffusers' UNet2DConditionModel, the network that predicts the noise in a latent.
 * A folder holds config.json and diffusion_pytorch_model.safetensors. */
#pragma once

#include "compute/model/config.h"
#include "compute/model/module.h"
#include "compute/ops.h"

typedef struct {
    UNetConfig config;
    Module *module;
} Unet;

/* Reads a folder. The device must outlive the Unet. */
Unet *unet_open(Device *device, const char *dir, GError **error);
/* From anywhere: a file with many models, or with other names. */
Unet *unet_load(Device *device, const UNetConfig *config, const ModuleSource *source,
                GError **error);
/* module_survey of what the config asks for. */
GPtrArray *unet_survey(const UNetConfig *config, const ModuleSource *source, GHashTable *used);
/* Random weights, to be trained. */
Unet *unet_new_random(Device *device, const UNetConfig *config, guint64 seed, GError **error);
/* Writes a folder (made if need be). dtype: WEIGHTS_F32, WEIGHTS_F16 or WEIGHTS_BF16. */
bool unet_save(const Unet *unet, const char *dir, WeightsDtype dtype, GError **error);
void unet_free(Unet *unet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Unet, unet_free)

/* Width of the time input: block_out_channels[0]. */
int unet_time_width(const UNetConfig *config);

/* Records the network.
 * sample (N, in_channels, H, W); time (N, unet_time_width): from timestep_embedding
 * (compute/model/timestep.h); context (N, S, cross_attention_dim): the text encoder's result;
 * residuals: NULL or what controlnet_forward returned: Tensor *, one for every skip tensor and last
 * the mid block's -> (N, out_channels, H, W)
 */
Tensor *unet_forward(Graph *graph, const Unet *unet, Tensor *sample, Tensor *time, Tensor *context,
                     const GPtrArray *residuals);
