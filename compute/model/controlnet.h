/* SPDX-License-Identifier: Apache-2.0 */
/* ControlNet: diffusers' ControlNetModel (Zhang et al. 2023, arXiv 2302.05543): a copy of the
 * UNet's encoder with a stem for the control map, whose results are added to the UNet's skip
 * tensors. */
#pragma once

#include "compute/model/unet.h"

typedef struct {
    ControlNetConfig config;
    Module *module;
} ControlNet;

ControlNet *controlnet_open(Device *device, const char *dir, GError **error);
/* A folder, or a single .safetensors file under the original names ("control_model." or none before
 * them) or diffusers'. What such a file does not say, heads and groups, is that of the UNet that
 * it is for; NULL: of Stable Diffusion. */
ControlNet *controlnet_open_for(Device *device, const char *path, const UNetConfig *unet,
                                GError **error);
/* From anywhere: a file with many models, or with other names. */
ControlNet *controlnet_load(Device *device, const ControlNetConfig *config,
                            const ModuleSource *source, GError **error);
/* module_survey of what the config asks for. */
GPtrArray *controlnet_survey(const ControlNetConfig *config, const ModuleSource *source,
                             GHashTable *used);
/* Random stem, zero outputs; the encoder's weights are random too: copy them from a Unet with
 * controlnet_copy_unet. */
ControlNet *controlnet_new_random(Device *device, const ControlNetConfig *config, guint64 seed,
                                  GError **error);
/* Takes over every weight that the two have in common; an error when one has another shape. */
bool controlnet_copy_unet(ControlNet *controlnet, const Unet *unet, GError **error);
bool controlnet_save(const ControlNet *controlnet, const char *dir, WeightsDtype dtype,
                     GError **error);
void controlnet_free(ControlNet *controlnet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ControlNet, controlnet_free)

/* An error unless the ControlNet's results fit the UNet's skip tensors. */
bool controlnet_check_unet(const ControlNet *controlnet, const UNetConfig *unet, GError **error);

/* How many results controlnet_forward gives: one for every skip tensor, and the mid block's. */
int controlnet_n_results(const ControlNetConfig *config);

/* The stem, once an image: map (N, 3, 8H, 8W) in [0, 1], in the order of the config's channels
 * -> (N, C0, H, W). */
Tensor *controlnet_hint_forward(Graph *graph, const ControlNet *controlnet, Tensor *map);
/* sample, time, context as for unet_forward; hint: the stem's result; scale: the weight of the
 * control per sample (N), or per sample and result (N, controlnet_n_results), or NULL for 1 (then
 * gradients flow). Returns what unet_forward takes as
 * residuals (of Tensor *, borrowed); g_ptr_array_unref it. */
GPtrArray *controlnet_forward(Graph *graph, const ControlNet *controlnet, Tensor *sample,
                              Tensor *time, Tensor *context, Tensor *hint, Tensor *scale);
