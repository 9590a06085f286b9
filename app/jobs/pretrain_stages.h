/* SPDX-License-Identifier: Apache-2.0 */
/* The three training loops of a pretraining run. Private to app/jobs. */
#pragma once

#include "app/jobs/latents.h"
#include "app/jobs/pretrain_job.h"
#include "compute/sample/schedule.h"

typedef struct {
    TorchlightJob *job;
    const PretrainParams *params;
    LatentSet *set;
    Device *device;
    Pipeline *model; /* filled as the stages go */
    Schedule *schedule;
    double fraction_done, fraction_share; /* of the whole job: before, and of this stage */
} Pretrain;

/* Trains model->vae and sets its scaling factor. */
bool pretrain_vae(Pretrain *run, GError **error);
/* Trains model->text_encoder and model->unet. */
bool pretrain_unet(Pretrain *run, GError **error);
/* Trains model->controlnet, the rest frozen. */
bool pretrain_control(Pretrain *run, GError **error);
