/* SPDX-License-Identifier: Apache-2.0 */
/* The training loop of a LoRA as a job: its progress, checkpoints, previews and end. */
#include "app/jobs/train_job.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "app/jobs/train_loop.h"

typedef struct {
    TrainParams *params;
    TrainResult result;
    TrainWatch watch;
} TrainData;

static void
data_free(void *data_)
{
    TrainData *data = data_;

    train_params_free(data->params);
    g_free(data->result.device);
    g_mutex_clear(&data->watch.mutex);
    g_free(data);
}

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    TrainData *data = data_;

    return train_loop(&STAGE_WHOLE(job), data->params, &data->watch, &data->result, error);
}

TorchlightJob *
train_job_new(TrainParams *params)
{
    TrainData *data = g_new0(TrainData, 1);

    data->params = params;
    g_mutex_init(&data->watch.mutex);
    data->watch.progress = (TrainProgress){.n_steps = params->steps, .seconds_to_go = -1};
    return torchlight_job_new(_("Train a LoRA"), work, data, data_free);
}

void
train_job_stop(TorchlightJob *job)
{
    TrainData *data = torchlight_job_get_data(job);

    g_atomic_int_set(&data->watch.stop, 1);
    torchlight_job_set_paused(job, false);
}

bool
train_job_is_stopping(TorchlightJob *job)
{
    TrainData *data = torchlight_job_get_data(job);

    return g_atomic_int_get(&data->watch.stop) != 0;
}

TrainProgress
train_job_get_progress(TorchlightJob *job)
{
    TrainData *data = torchlight_job_get_data(job);
    TrainProgress progress;

    g_mutex_lock(&data->watch.mutex);
    progress = data->watch.progress;
    g_mutex_unlock(&data->watch.mutex);
    return progress;
}

const TrainParams *
train_job_get_params(TorchlightJob *job)
{
    return ((TrainData *)torchlight_job_get_data(job))->params;
}

const TrainResult *
train_job_get_result(TorchlightJob *job)
{
    return &((TrainData *)torchlight_job_get_data(job))->result;
}

bool
train_stage(const Stage *stage, TrainParams *params, TrainResult *result, GError **error)
{
    return train_loop(stage, params, NULL, result, error);
}
