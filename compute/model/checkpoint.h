/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoint: a single .safetensors file, as models are passed around: a whole Stable Diffusion 1.x
 * or 2.x model (UNet, VAE, text encoder) under the names of the original code, or one part of it
 * under those or under diffusers' names. What such a file does not say is deduced from the shapes
 * of its tensors, or read from a folder of configs in the diffusers layout:
 *
 * - widths, layers, context, latent channels: from the shapes, where the widths are multiples of 32
 *   (the groups of the norms cannot be seen);
 * - heads: 8 a level where proj_in is a convolution (SD 1.x), width / 64 where it is linear
 * (SD 2.x);
 * - what the UNet predicts: NAME.yaml ("parameterization") or NAME.json ("prediction_type") beside
 *   NAME.safetensors, the file's metadata (modelspec.prediction_type), a tensor "v_pred"; else
 *   v for SD 2.x and epsilon for SD 1.x. The 512-pixel models of SD 2 predict epsilon: say so;
 * - the tokenizer, which is never in it: tokenizer/ of the folder of configs, or beside the file,
 *   or in a folder NAME beside it. */
#pragma once

#include "compute/model/checkpoint_names.h"
#include "compute/model/module.h"

typedef enum {
    CHECKPOINT_UNKNOWN,
    CHECKPOINT_MODEL, /* UNet, VAE and text encoder */
    CHECKPOINT_UNET,
    CHECKPOINT_VAE,
    CHECKPOINT_TEXT_ENCODER,
    CHECKPOINT_CONTROLNET,
    CHECKPOINT_LORA,
    CHECKPOINT_EMBEDDING, /* of a word (textual inversion) */
    CHECKPOINT_OTHER,     /* a model of another family: SDXL, SD 3, Flux */
} CheckpointKind;

/* By the names of the tensors alone. */
CheckpointKind checkpoint_kind(const WeightsFile *file);
/* "a LoRA", translated. */
const char *checkpoint_kind_text(CheckpointKind kind);

/* What a single file does not say. Each may be NULL. */
typedef struct {
    const char *config;     /* folder with unet/config.json, vae/..., scheduler/... */
    const char *tokenizer;  /* folder with vocab.json and merges.txt */
    const char *prediction; /* "epsilon" or "v" */
    const char *vae;        /* another VAE: a folder or a .safetensors file */
} CheckpointOptions;

typedef struct {
    char *path;
    WeightsFile *file;
    CheckpointNames unet_names, vae_names, text_names;
    UNetConfig unet;
    VaeConfig vae;
    TextEncoderConfig text_encoder;
    SchedulerConfig scheduler;
    const char *prediction_source; /* what the prediction was taken from, for people */
    char *tokenizer;               /* folder, or NULL: none was found */
    bool openclip;                 /* the text encoder is open_clip's, so is its tokenizer's form */
} Checkpoint;

/* An error unless it is "epsilon" or "v". */
bool checkpoint_check_prediction(const char *prediction, GError **error);
/* A file with a whole model; of another kind is an error that says what it is. Options may be NULL.
 * That a tokenizer lacks is none: checkpoint_require_tokenizer. */
Checkpoint *checkpoint_open(const char *path, const CheckpointOptions *options, GError **error);
void checkpoint_free(Checkpoint *checkpoint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Checkpoint, checkpoint_free)
/* Where the tokenizer of a single file is; NULL: nowhere. The caller frees. */
char *checkpoint_find_tokenizer(const char *path, const CheckpointOptions *options);
/* An error that says what to put where, unless there is a tokenizer. */
bool checkpoint_require_tokenizer(const Checkpoint *checkpoint, GError **error);

/* A VAE's file, original names (with or without "first_stage_model.") or diffusers'; an error says
 * what else it is. base: the VAE in whose place it comes, whose architecture it shares. */
bool checkpoint_vae_names(const WeightsFile *file, const VaeConfig *base, CheckpointNames *names,
                          GError **error);

/* For unet_load, vae_load, text_encoder_load: borrows from the checkpoint. */
ModuleSource checkpoint_unet_source(const Checkpoint *checkpoint);
ModuleSource checkpoint_vae_source(const Checkpoint *checkpoint);
ModuleSource checkpoint_text_source(const Checkpoint *checkpoint);

/* A ControlNet's single file, original names (with or without "control_model.") or diffusers'.
 * base: the UNet that it is for, whose heads and groups it shares, or NULL: as of SD 1.x or 2.x.
 * *names: for the source, which borrows it and the file. */
bool checkpoint_controlnet_config(const WeightsFile *file, const UNetConfig *base,
                                  ControlNetConfig *config, CheckpointNames *names, GError **error);
ModuleSource checkpoint_controlnet_source(const WeightsFile *file, const CheckpointNames *names);

/* What the shapes of the part named so in the file say. False, with an error, when they say too
 * little or contradict each other; names gets levels and layers too. */
bool checkpoint_deduce_unet(const WeightsFile *file, CheckpointNames *names, UNetConfig *config,
                            GError **error);
bool checkpoint_deduce_vae(const WeightsFile *file, CheckpointNames *names, VaeConfig *config,
                           GError **error);
bool checkpoint_deduce_text(const WeightsFile *file, const CheckpointNames *names,
                            TextEncoderConfig *config, GError **error);
/* How the parts are named, where they are in the file; false: the part is not in it. */
bool checkpoint_find_unet(const WeightsFile *file, CheckpointNames *names);
bool checkpoint_find_vae(const WeightsFile *file, CheckpointNames *names);
bool checkpoint_find_text(const WeightsFile *file, CheckpointNames *names);
bool checkpoint_find_controlnet(const WeightsFile *file, CheckpointNames *names);
