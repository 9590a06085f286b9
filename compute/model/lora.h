/* SPDX-License-Identifier: Apache-2.0 */
/* Lora: low-rank additions to the layers of a Unet and a TextEncoder (Hu et al. 2021, arXiv
 * 2106.09685): y = base(x) + multiplier alpha / rank up(down(x)). Written with the key names of
 * kohya-ss/sd-scripts; read with those or the names of diffusers and PEFT.
 *
 * A Lora is attached to modules; every graph recorded while it is attached applies it. Graphs
 * borrow its weights: free them first. Several may be attached at once. */
#pragma once

#include "compute/model/adapter.h"
#include "compute/model/module.h"

typedef enum { LORA_UNET, LORA_TEXT_ENCODER, LORA_N_PARTS } LoraPart;

/* The modules of a model that a Lora belongs to; either may be NULL, to leave it out. */
typedef struct {
    Module *part[LORA_N_PARTS];
} LoraTarget;

typedef struct {
    Device *device;                    /* borrowed */
    GPtrArray *layers[LORA_N_PARTS];   /* LoraLayer, owned, in the order of the module */
    GHashTable *by_path[LORA_N_PARTS]; /* path -> LoraLayer */
    GPtrArray *unmatched;              /* (char *) keys of the file that no layer answers to */
    GHashTable *metadata;              /* (char *) -> (char *) of the file; empty if new */
} Lora;

/* Adapters on every linear layer and 1x1 convolution inside the UNet's transformers and on every
 * linear layer of the text encoder's blocks: down uniform in +-1/sqrt(fan_in), up zero. */
Lora *lora_new(Device *device, const LoraTarget *target, int rank, float alpha, guint64 seed,
               GError **error);
/* Reads a file. Keys that answer to no layer of the target are listed in `unmatched`, for a
 * warning; when none does, or a layer's shape differs, or the file is of a kind that would come out
 * wrong (DoRA, LoHa, LoKr), it is an error. */
Lora *lora_open(Device *device, const char *path, const LoraTarget *target, GError **error);
/* Atomic. metadata: (char *) -> (char *) to write beside kohya's ss_network_*, or NULL. */
bool lora_save(const Lora *lora, const char *path, WeightsDtype dtype, GHashTable *metadata,
               GError **error);
void lora_free(Lora *lora);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lora, lora_free)

/* Graphs recorded from now on apply it; multiplier 0 does nothing. Attach once per module. */
void lora_attach(Lora *lora, const LoraTarget *target, float multiplier);
void lora_detach(Lora *lora, const LoraTarget *target);
/* Adds multiplier times the Lora to the base weights, for sampling without its cost; the negative
 * multiplier takes it out again but for rounding. */
bool lora_merge(const Lora *lora, const LoraTarget *target, float multiplier, GError **error);

int lora_n_layers(const Lora *lora);
void lora_set_trainable(Lora *lora, LoraPart part, bool trainable);
/* Appends the trainable factors to out (of Weight *, borrowed). */
void lora_collect_trainable(const Lora *lora, GPtrArray *out);
int64_t lora_n_parameters(const Lora *lora);

/* "lora_unet_mid_block_attentions_0_proj_in"; the caller frees. */
char *lora_kohya_name(LoraPart part, const char *path);
