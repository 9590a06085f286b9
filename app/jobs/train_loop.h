/* SPDX-License-Identifier: Apache-2.0 */
/* A training from its first step to its LoRA. Private to app/jobs. */
#pragma once

#include "app/jobs/stages.h"

/* What others see and say while it runs. */
typedef struct {
    int stop;     /* atomic: end after this step and keep the LoRA */
    GMutex mutex; /* guards progress */
    TrainProgress progress;
} TrainWatch;

/* watch may be NULL. result is filled on success. */
bool train_loop(const Stage *stage, const TrainParams *params, TrainWatch *watch,
                TrainResult *result, GError **error);
