/* SPDX-License-Identifier: Apache-2.0 */
/* Presets of a training: files with a name, a sentence, and settings (train_settings.h), as
 * data/presets/train/balanced.json has them:
 *   {"name": "Balanced", "description": "...", "settings": {"steps": 400, ...}}
 * What a preset does not name has the default of train_params_new(). */
#pragma once

#include "app/jobs/train_params.h"

typedef struct {
    char *id;                 /* "balanced": the file's stem */
    char *name, *description; /* translated where the program has a translation */
    JsonObject *settings;
} TrainPreset;

void train_preset_free(TrainPreset *preset);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TrainPreset, train_preset_free)

TrainPreset *train_preset_read(const char *path, GError **error);
/* The installed ones from small to large (by steps); TrainPreset elements, the caller unrefs. A
 * file that cannot be read is left out. */
GPtrArray *train_presets(void);
/* id: of an installed preset, or the path of a file. The error names those there are. */
TrainPreset *train_preset_find(const char *id, GError **error);
/* Every setting becomes the preset's, or its default. */
bool train_preset_apply(const TrainPreset *preset, TrainParams *params, GError **error);
/* Whether the settings of params (but for the seeds) are the preset's. */
bool train_preset_matches(const TrainPreset *preset, const TrainParams *params);
