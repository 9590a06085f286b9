/* SPDX-License-Identifier: Apache-2.0 */
/* What a training leaves: the LoRA and, where one is kept, its average. Private to app/jobs. */
#pragma once

#include "app/jobs/train_job.h"
#include "app/jobs/training.h"

/* Writes params->output and, where it is asked for, the average in its place or beside it
 * (NAME-ema.safetensors). The training is over after it. */
bool train_result_save(Training *t, GError **error);
/* For run.json. */
JsonObject *train_result_to_json(const TrainResult *result);
