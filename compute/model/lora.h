/* SPDX-License-Identifier: Apache-2.0 */
/* Lora: low-rank additions to the layers of a Unet and a TextEncoder (Hu et al. 2021, arXiv
 * 2106.09685): y = base(x) + multiplier alpha / rank up(down(x)). On convolutions down has the
 * base's kernel and up a 1x1 kernel (LoCon); every layer may have a rank and an alpha of its own.
 * Read and written with the key names of kohya-ss/sd-scripts, or those of diffusers and PEFT
 * (lora_keys.h).
 *
 * A Lora is attached to modules; every graph recorded while it is attached applies it. Graphs
 * borrow its weights: free them first. Several may be attached at once. */
#pragma once

#include "compute/model/adapter.h"
#include "compute/model/module.h"

typedef enum { LORA_UNET, LORA_TEXT_ENCODER, LORA_N_PARTS } LoraPart;

/* How the tensors of a file are named. */
typedef enum { LORA_KOHYA, LORA_PEFT, LORA_N_FORMS } LoraForm;

/* "kohya", "peft" */
const char *lora_form_name(LoraForm form);
bool lora_form_find(const char *name, LoraForm *form);

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
    LoraForm form;                     /* of the file */
    WeightsDtype dtype;                /* that holds every factor of the file; F32 if new */
} Lora;

typedef struct {
    int rank; /* of linear layers and 1x1 convolutions */
    float alpha;
    int conv_rank; /* of 3x3 convolutions; 0: they have none, nor the resnets' other layers */
    float conv_alpha;
    guint64 seed;
} LoraOptions;

/* Adapters on every linear layer and 1x1 convolution inside the UNet's transformers and on every
 * linear layer of the text encoder's blocks; with a conv_rank also on all layers of the UNet's
 * resnets, down- and upsamplers (what kohya's conv_dim does). down is uniform in
 * +-1/sqrt(fan_in), up zero. */
Lora *lora_new(Device *device, const LoraTarget *target, const LoraOptions *options,
               GError **error);
/* Reads a file. Without alpha a layer's scale is 1; the middle factor of a Tucker decomposition is
 * multiplied into down. Keys that answer to no layer of the target are listed in `unmatched`, for a
 * warning; when none does, or a layer's shape differs, or a value is not finite, or the file is for
 * another architecture or of a kind that would come out wrong (DoRA, LoHa, LoKr, ...), it is an
 * error. target NULL: every layer that the file has, for work on the file alone. */
Lora *lora_open(Device *device, const char *path, const LoraTarget *target, GError **error);

/* Atomic. In PEFT's form alpha / rank is multiplied into up, since its readers know no alpha: exact
 * where that is a power of two, else rounded to dtype; the alphas are noted in the metadata, and
 * lora_open divides again. metadata: (char *) -> (char *), over that of the file it came from and
 * kohya's ss_network_*; NULL: none. sshs_model_hash and sshs_legacy_hash are computed, by which
 * A1111 knows the file. A file read and written in its own form and dtype has the same bytes. */
bool lora_save(const Lora *lora, const char *path, LoraForm form, WeightsDtype dtype,
               GHashTable *metadata, GError **error);
void lora_free(Lora *lora);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lora, lora_free)

/* Graphs recorded from now on apply it; multiplier 0 does nothing. Attach once per module. */
void lora_attach(Lora *lora, const LoraTarget *target, float multiplier);
/* The same with a multiplier for each part. */
void lora_attach_parts(Lora *lora, const LoraTarget *target, const float *multipliers);
/* Graphs for training that are recorded from now on have dropout, where the modules have
 * dropout_keys while they are recorded; after lora_attach. */
void lora_set_dropout(const Lora *lora, const LoraTarget *target, const LoraDropout *dropout);
void lora_detach(Lora *lora, const LoraTarget *target);

/* Adds multiplier times the Lora to the base weights, for sampling without its cost. The negative
 * multiplier takes it out again but for rounding: each weight is off by at most two roundings of
 * itself (2^-23 of the larger of both values). For the very same bits keep what was there. */
bool lora_merge(const Lora *lora, const LoraTarget *target, float multiplier, GError **error);
/* One Lora that does what all of them do with their multipliers: the ranks are added up, nothing is
 * lost. Layers of the same name must have the same shape. */
Lora *lora_combine(Lora *const *loras, const float *multipliers, int n, GError **error);

int lora_n_layers(const Lora *lora);
void lora_set_trainable(Lora *lora, LoraPart part, bool trainable);
/* Appends the trainable factors to out (of Weight *, borrowed). */
void lora_collect_trainable(const Lora *lora, GPtrArray *out);
int64_t lora_n_parameters(const Lora *lora);
int lora_layer_rank(const LoraLayer *layer);

/* "lora_unet_mid_block_attentions_0_proj_in"; the caller frees. */
char *lora_kohya_name(LoraPart part, const char *path);
