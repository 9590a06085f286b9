/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of well-known models, for measuring without their weights: what their config.json
 * files say, at any width. */
#pragma once

#include "compute/model/config.h"

typedef struct {
    UNetConfig unet;
    ControlNetConfig controlnet;
    VaeConfig vae;
    TextEncoderConfig text_encoder;
    SchedulerConfig scheduler;
} ModelConfigs;

/* name: "mini" (a small model with all parts of Stable Diffusion 1.5), "sd15", "sd21". width: every
 * width of the UNet, the ControlNet and the VAE is that share of the model's, 0.05 to 1, and the
 * groups of their norms halve until they divide all of them and hold two channels; the text encoder
 * stays as it is. An error when the widths are then no multiple of the heads. */
bool model_configs_preset(const char *name, double width, ModelConfigs *configs, GError **error);
/* The folder of a model without weights: model_index.json and each part's config.json. */
bool model_configs_write(const ModelConfigs *configs, const char *dir, GError **error);
/* The ControlNet that belongs to a UNet. */
void controlnet_config_of_unet(const UNetConfig *unet, ControlNetConfig *config);
