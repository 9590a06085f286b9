/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds that inspect.c tells apart. Private to app/jobs. */
#pragma once

#include "app/jobs/inspect.h"
#include "compute/weights.h"

bool inspect_weights(Facts *facts, const char *path, GError **error); /* a safetensors file */
bool inspect_model(Facts *facts, const char *dir, GError **error);    /* a diffusers folder */
/* From the first factor that goes down; 0 when the file is no LoRA. */
gint64 inspect_lora_rank(const WeightsFile *file);
