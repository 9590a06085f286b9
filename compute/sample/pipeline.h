/* SPDX-License-Identifier: Apache-2.0 */
/* Pipeline: a model, opened on a device. It is a folder in the diffusers layout:
 *   model_index.json  tokenizer/  text_encoder/  vae/  unet/  scheduler/  and, where there is one,
 *   controlnet/ (Torchlight's place for the Canny ControlNet that was trained with it),
 * where all architecture comes from each config.json; or a single .safetensors file with a
 * tokenizer beside it (compute/model/checkpoint.h). */
#pragma once

#include "compute/model/checkpoint.h"
#include "compute/model/controlnet.h"
#include "compute/model/lora.h"
#include "compute/model/text_encoder.h"
#include "compute/model/tokenizer.h"
#include "compute/model/unet.h"
#include "compute/model/vae.h"

typedef struct {
    char *dir;      /* or file */
    Device *device; /* borrowed */
    Tokenizer *tokenizer;
    TextEncoder *text_encoder;
    Vae *vae;
    Unet *unet;
    ControlNet *controlnet; /* NULL when there is none */
    SchedulerConfig scheduler;
    GPtrArray *loras; /* Lora, owned, attached */
} Pipeline;

/* The device must outlive the pipeline. Errors name the file, the value and the remedy. Checks that
 * the parts fit each other (context width, latent channels, vocabulary). */
Pipeline *pipeline_open(Device *device, const char *path, GError **error);
/* options: what a single file does not say (NULL: nothing); of a folder, only
 * prediction and VAE. */
Pipeline *pipeline_open_with(Device *device, const char *path, const CheckpointOptions *options,
                             GError **error);
void pipeline_free(Pipeline *pipeline);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pipeline, pipeline_free)

/* Another ControlNet than the folder's: a folder or a single file. */
bool pipeline_open_controlnet(Pipeline *pipeline, const char *path, GError **error);
/* One beside it, for the caller to free, which fits the pipeline's UNet. */
ControlNet *pipeline_load_controlnet(const Pipeline *pipeline, const char *path, GError **error);
/* Attaches a LoRA file to everything recorded from now on, with a multiplier for what it adds to
 * the UNet and one for the text encoder. n_unmatched (may be NULL): keys of the file that no layer
 * answers to. */
bool pipeline_add_lora(Pipeline *pipeline, const char *path, double multiplier,
                       double text_multiplier, int *n_unmatched, GError **error);
/* Takes all of them off; what was recorded with them has to be gone. */
void pipeline_remove_loras(Pipeline *pipeline);
/* Writes all of it into the folder dir, which is made; attached LoRAs are not part of it, merged
 * ones are. options: as it was opened with. */
bool pipeline_save(const Pipeline *pipeline, const CheckpointOptions *options, const char *dir,
                   WeightsDtype dtype, GError **error);
LoraTarget pipeline_lora_target(const Pipeline *pipeline);
/* False with error, naming the caption, when some of its text was cut. ids: max_length values. */
bool pipeline_encode_caption(const Pipeline *pipeline, const char *caption, int32_t *ids,
                             GError **error);
