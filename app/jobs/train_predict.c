/* SPDX-License-Identifier: Apache-2.0 */
/* A training walked on a device that only plans. */
#include "app/jobs/train_predict.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/jobs/memory_info.h"
#include "app/jobs/open_device.h"
#include "app/jobs/train_history.h"
#include "app/jobs/training.h"
#include "compute/planning.h"
#include "compute/speed.h"

/* Floating-point operations of each part. */
typedef struct {
    double latent, step, preview;
} Works;

/* What a program has beside its tensors: code, GLib, the kernels' packed copies. */
static const guint64 BASE_MEMORY = 60 << 20;
/* A training step is not the layers that the speed is measured with: its small operations take
 * about as long again. */
static const double STEP_SLOWER = 2;

void
train_prediction_clear(TrainPrediction *prediction)
{
    g_clear_pointer(&prediction->device, g_free);
}

static guint64
latents_size(const Training *t)
{
    int factor = vae_factor(&t->pipeline->vae->config);

    return sizeof(float) * (guint64)t->pipeline->vae->config.latent_channels *
           (guint64)(latent_set_width(t->set) / factor) *
           (guint64)(latent_set_height(t->set) / factor) * (guint64)latent_set_n(t->set);
}

static bool
walk(Training *t, Works *works, GCancellable *cancellable, GError **error)
{
    const TrainParams *p = t->params;
    g_autoptr(Image) picture = NULL;

    if (!training_open(t, error) || !training_make_latent(t, 0, error))
        return false;
    works->latent = planning_device_take_work(t->device);
    if (training_wants_latents(t))
        latent_set_release_vae(t->set);
    if (g_cancellable_set_error_if_cancelled(cancellable, error) || !training_begin(t, error))
        return false;
    works->step = diffusion_trainer_work(t->trainer);
    if (p->preview_every > 0 && p->preview_prompts && p->preview_prompts[0]) {
        picture = training_preview(t, p->preview_prompts[0], NULL, NULL, cancellable, error);
        works->preview = planning_device_take_work(t->device) * g_strv_length(p->preview_prompts);
    }
    return !p->preview_every || !p->preview_prompts || !p->preview_prompts[0] || picture;
}

/* Seconds a step on the device that is asked for. */
static bool
find_speed(const Training *t, Device *device, TrainPrediction *prediction, double *rate,
           GError **error)
{
    TrainSpeed speed = {.model = t->pipeline->dir, .work = prediction->work};

    prediction->device = g_strdup(device_description(device));
    speed.device = prediction->device;
    switch (train_history_find(&speed)) {
    case TRAIN_HISTORY_SAME:
        prediction->source = TRAIN_TIME_MEASURED;
        break;
    case TRAIN_HISTORY_OTHER:
        prediction->source = TRAIN_TIME_SCALED;
        break;
    case TRAIN_HISTORY_NONE:
        prediction->source = TRAIN_TIME_ESTIMATED;
        *rate = device_measure_speed(device, error);
        if (*rate <= 0)
            return false;
        speed.seconds = speed.work / *rate * STEP_SLOWER;
    }
    prediction->seconds_per_step = speed.seconds;
    *rate = speed.work / speed.seconds;
    return true;
}

static guint64
memory_of(const Training *t)
{
    return planning_device_peak(t->device) + latents_size(t) + BASE_MEMORY;
}

static bool
predict(Training *t, TrainPrediction *prediction, GCancellable *cancellable, GError **error)
{
    const TrainParams *p = t->params;
    int every = p->preview_every;
    double n_previews = every > 0 ? p->steps / every + 1 + (p->steps % every != 0) : 0;
    Works works = {0};
    double rate, n_latents;
    g_autoptr(Device) device = open_training_device(p->device, p->precision, error);

    if (!device || !device_set_precision(t->device, device_precision(device), error))
        return false;
    if (!walk(t, &works, cancellable, error))
        return false;
    n_latents = MIN((double)latent_set_n(t->set), (double)p->steps * p->batch);
    prediction->work = works.step;
    prediction->n_pictures = latent_set_n(t->set);
    prediction->n_steps = p->steps;
    prediction->n_parameters = lora_n_parameters(t->lora);
    prediction->memory = memory_of(t);
    prediction->checkpointing = diffusion_trainer_is_checkpointing(t->trainer);
    prediction->total = memory_info_total();
    if (g_cancellable_set_error_if_cancelled(cancellable, error) ||
        !find_speed(t, device, prediction, &rate, error))
        return false;
    prediction->room = training_device_memory(t);
    prediction->is_tight = prediction->room > 0 && prediction->memory > prediction->room;
    prediction->seconds = prediction->seconds_per_step * p->steps +
                          (n_latents * works.latent + n_previews * works.preview) / rate;
    return true;
}

bool
train_predict(const TrainParams *params, TrainPrediction *prediction, GCancellable *cancellable,
              GError **error)
{
    Training t = {.params = params, .device = planning_device_new()};
    bool done;

    *prediction = (TrainPrediction){0};
    done = predict(&t, prediction, cancellable, error);
    training_clear(&t);
    if (!done)
        train_prediction_clear(prediction);
    return done;
}

guint64
train_predict_memory(const TrainParams *params)
{
    Training t = {.params = params, .device = open_planning_device(params->precision, NULL)};
    Works works = {0};
    guint64 memory = t.device && walk(&t, &works, NULL, NULL) ? memory_of(&t) : 0;

    training_clear(&t);
    return memory;
}

static char *
duration_text(double seconds)
{
    int minutes = (int)round(seconds / 60);

    if (seconds < 55)
        return g_strdup_printf(_("%d s"), MAX(1, (int)round(seconds)));
    if (minutes < 100)
        return g_strdup_printf(_("%d min"), MAX(1, minutes));
    return g_strdup_printf(_("%.1f h"), seconds / 3600);
}

char *
train_prediction_to_text(const TrainPrediction *prediction)
{
    g_autofree char *duration = duration_text(prediction->seconds);
    g_autofree char *memory = g_format_size(prediction->memory);

    /* Translators: a duration, an amount of memory, and what it is computed on. */
    return g_strdup_printf(_("about %s and %s on %s"), duration, memory, prediction->device);
}

const char *
train_time_source_text(TrainTimeSource source)
{
    static const char *const texts[] = {
        N_("The time is that of the last training with these settings here."),
        N_("The time follows from a training with other settings here."),
        N_("The time is a guess from a short test of the device; it may be off by half."),
    };

    return _(texts[source]);
}
