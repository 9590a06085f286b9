/* SPDX-License-Identifier: Apache-2.0 */
/* What the folders of all models have in common. */
#pragma once

#include "compute/model/module.h"

#define FOLDER_WEIGHTS "diffusion_pytorch_model"
#define FOLDER_TEXT_WEIGHTS "model"

/* Makes dir and what is above it, if need be. */
bool folder_make(const char *dir, GError **error);
/* Writes dir/stem.safetensors. */
bool folder_save(const Module *module, const char *dir, const char *stem, WeightsDtype dtype,
                 GError **error);
