/* SPDX-License-Identifier: Apache-2.0 */
/* What a LoRA adds to a module while graphs are recorded: y += scale up(down(x)) by layer. */
#pragma once

#include "compute/model/module.h"

/* One adapted layer. down (r, C[, R, S]), up (M, r[, 1, 1]). */
typedef struct {
    char *path;        /* of the layer in its module: "mid_block.attentions.0.proj_in" */
    Weight *down, *up; /* owned */
    float alpha;       /* scale = multiplier alpha / r */
} LoraLayer;

/* Of the values between down and up, in training (as kohya-ss/sd-scripts has them): single ones,
 * rescaled (network_dropout); whole ranks of a sample, rescaled (rank_dropout); whole modules of a
 * sample (module_dropout). Probabilities below 1; 0: none. */
typedef struct {
    float neuron, rank, module;
} LoraDropout;

struct Adapter {
    GHashTable *layers; /* path -> LoraLayer, borrowed from the Lora */
    float multiplier;
    LoraDropout dropout; /* acts in graphs recorded while the module has dropout_keys */
};

/* Fills data as `init` asks; the same seed and name give the same values. */
void weight_random(float *data, int64_t n, WeightInit init, int64_t fan_in, guint64 seed,
                   const char *name);
