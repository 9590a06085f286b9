/* SPDX-License-Identifier: Apache-2.0 */
/* BenchModel: the parts of a model, opened when something to be measured needs them and let go when
 * the next thing does not, so that each item's memory is its own. A part without weights gets
 * random ones, made on the device from its config.json alone. */
#pragma once

#include "compute/bench/preset.h"
#include "compute/sample/pipeline.h"

typedef enum {
    BENCH_UNET = 1 << 0,
    BENCH_CONTROLNET = 1 << 1,
    BENCH_VAE = 1 << 2,
    BENCH_TEXT_ENCODER = 1 << 3,
    BENCH_TOKENIZER = 1 << 4,
} BenchPart;

typedef struct {
    Pipeline pipeline; /* the parts that are open; the others NULL */
    char *name;        /* of the folder or preset, for people */
    char *dir;         /* NULL: a preset */
    ModelConfigs configs;
    bool own_controlnet; /* the folder has one; else the UNet's shape stands in */
} BenchModel;

/* A folder in the diffusers layout; of its parts only the UNet's config must be there. The device
 * must outlive it. */
BenchModel *bench_model_open(Device *device, const char *dir, GError **error);
BenchModel *bench_model_preset(Device *device, const char *preset, double width, GError **error);
void bench_model_free(BenchModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BenchModel, bench_model_free)

/* parts: a set of BenchPart. Those are open afterwards, and no other. A preset's tokenizer is one
 * learnt from a few words: as long a vocabulary as the model's nobody has without a file. */
bool bench_model_need(BenchModel *model, unsigned parts, GError **error);
