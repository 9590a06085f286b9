/* SPDX-License-Identifier: Apache-2.0 */
/* What the tensors of a model are called in a single file: the names of the original code (CompVis'
 * latent-diffusion, "LDM"; lllyasviel's ControlNet; open_clip), made from those of diffusers that
 * our modules declare. The rules are those of diffusers' conversion scripts, read backwards:
 * https://github.com/huggingface/diffusers,
 * scripts/convert_diffusers_to_original_stable_diffusion.py and
 * src/diffusers/loaders/single_file_utils.py. */
#pragma once

#include "compute/model/config.h"

typedef enum {
    NAMES_DIFFUSERS, /* as declared */
    NAMES_LDM,       /* UNet, ControlNet, VAE */
    NAMES_CLIP,      /* text encoder: as declared */
    NAMES_CLIP_BARE, /* the same without "text_model." */
    NAMES_OPENCLIP,  /* text encoder of SD 2: q, k and v stacked in one tensor */
} NamesLayout;

/* How one part of a model is named in its file. */
typedef struct {
    const char *prefix; /* static: "model.diffusion_model." */
    NamesLayout layout;
    int n_levels;                            /* of UNet, ControlNet and VAE */
    int layers_per_block[CONFIG_MAX_LEVELS]; /* by level, of UNet and ControlNet */
    bool up_attention[CONFIG_MAX_LEVELS];    /* by position in up_blocks */
    int n_stem;                              /* widths of the ControlNet's stem */
} CheckpointNames;

/* ModuleRename each; data is a CheckpointNames. */
char *checkpoint_unet_name(const char *name, const void *data, int *part, int *n_parts);
char *checkpoint_controlnet_name(const char *name, const void *data, int *part, int *n_parts);
char *checkpoint_vae_name(const char *name, const void *data, int *part, int *n_parts);
char *checkpoint_text_name(const char *name, const void *data, int *part, int *n_parts);
