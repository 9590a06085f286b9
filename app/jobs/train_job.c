/* SPDX-License-Identifier: Apache-2.0 */
/* The training loop of a LoRA: pictures to latents, then a recorded step again and again. */
#include "app/jobs/train_job.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "app/jobs/check.h"
#include "app/jobs/latents.h"
#include "app/jobs/number_text.h"
#include "app/jobs/paths.h"
#include "app/jobs/stages.h"
#include "app/jobs/train_checkpoint.h"
#include "compute/sample/schedule.h"

typedef struct {
    TrainParams *params;
    TrainResult result;
} TrainData;

/* All that a running training holds; freed in the opposite order of its making. */
typedef struct {
    const Stage *stage;
    const TrainParams *params;
    Device *device;
    Pipeline *pipeline;
    LatentSet *set;
    Schedule *schedule;
    Lora *lora;
    GPtrArray *weights, *text_weights;
    DiffusionTrainer *trainer;
    TrainState state;
    int latent_rows, latent_columns, n_tokens;
    float *latents;      /* (batch, C, latent_rows, latent_columns) */
    int32_t *ids;        /* (batch, n_tokens) */
    int32_t *no_caption; /* (n_tokens) */
} Training;

static const double SHARE_PREPARE = 0.1;

TrainParams *
train_params_new(void)
{
    TrainParams *params = g_new(TrainParams, 1);

    *params = (TrainParams){.steps = 100,
                            .batch = 1,
                            .rank = 8,
                            .alpha = 8,
                            .lr = 1e-3,
                            .text_lr_scale = 0.5,
                            .weight_decay = 0.01};
    return params;
}

void
train_params_free(TrainParams *params)
{
    if (!params)
        return;
    g_free(params->dataset);
    g_free(params->output);
    g_free(params->model);
    g_free(params->device);
    g_free(params);
}

static bool
check_params(const TrainParams *p, GError **error)
{
    const char *const inputs[] = {p->dataset, NULL};

    return check_range(_("The number of steps"), p->steps, 1, 1e7, error) &&
           check_range(_("The batch"), p->batch, 1, 64, error) &&
           check_range(_("The rank"), p->rank, 1, 1024, error) &&
           check_range(_("Alpha"), p->alpha, 1e-6, 1e6, error) &&
           check_range(_("The learning rate"), p->lr, 0, 10, error) &&
           check_range(_("The warmup"), p->warmup, 0, p->steps, error) &&
           check_range(_("The text encoder's share"), p->text_lr_scale, 0, 100, error) &&
           check_range(_("The weight decay"), p->weight_decay, 0, 10, error) &&
           check_range(_("Min-SNR gamma"), p->min_snr_gamma, 0, 1000, error) &&
           check_range(_("The share of dropped captions"), p->caption_dropout, 0, 1, error) &&
           check_range(_("Clip skip"), p->clip_skip, 0, 64, error) &&
           check_range(_("The number of rows"), p->rows, 0, IMAGE_ROWS, error) &&
           paths_check_output(p->output, inputs, error);
}

static void
training_clear(Training *t)
{
    g_clear_pointer(&t->trainer, diffusion_trainer_free);
    g_clear_pointer(&t->weights, g_ptr_array_unref);
    g_clear_pointer(&t->text_weights, g_ptr_array_unref);
    if (t->lora) {
        LoraTarget target = pipeline_lora_target(t->pipeline);

        lora_detach(t->lora, &target);
        g_clear_pointer(&t->lora, lora_free);
    }
    g_clear_pointer(&t->schedule, schedule_free);
    g_clear_pointer(&t->set, latent_set_free);
    g_clear_pointer(&t->pipeline, pipeline_free);
    g_clear_pointer(&t->device, device_close);
    g_clear_pointer(&t->state.order, rng_free);
    g_free(t->state.items);
    g_free(t->latents);
    g_free(t->ids);
    g_free(t->no_caption);
}

/* The place of the output is tried before any work is done. */
static bool
check_place(const TrainParams *params, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(params->output);

    if (g_file_test(parent, G_FILE_TEST_IS_DIR) && !g_file_test(params->output, G_FILE_TEST_IS_DIR))
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                _("Cannot write “%s”: give the name of a file in a folder that exists."),
                params->output);
    return false;
}

static bool
open_parts(Training *t, GError **error)
{
    const TrainParams *p = t->params;
    g_autofree char *bundled = p->model ? NULL : paths_bundled_model();

    stage_progress(t->stage, 0, _("opening the model"));
    t->set = latent_set_open(p->dataset, error);
    if (!t->set)
        return false;
    t->device = device_open(p->device, error);
    if (!t->device)
        return false;
    t->pipeline = pipeline_open(t->device, p->model ? p->model : bundled, error);
    if (!t->pipeline || !latent_set_encode_captions(t->set, t->pipeline, error))
        return false;
    t->n_tokens = tokenizer_max_length(t->pipeline->tokenizer);
    t->no_caption = g_new0(int32_t, t->n_tokens);
    latent_set_use_vae(t->set, t->pipeline->vae);
    t->schedule = schedule_new(&t->pipeline->scheduler, error);
    return t->schedule && pipeline_encode_caption(t->pipeline, "", t->no_caption, error) &&
           torchlight_job_checkpoint(t->stage->job, error);
}

static bool
make_lora(Training *t, GError **error)
{
    LoraTarget target = pipeline_lora_target(t->pipeline);
    bool with_text = t->params->text_lr_scale > 0;

    if (!with_text)
        target.part[LORA_TEXT_ENCODER] = NULL;
    t->lora = lora_new(t->device, &target, t->params->rank, (float)t->params->alpha,
                       t->params->seed, error);
    if (!t->lora)
        return false;
    lora_attach(t->lora, &target, 1);
    t->weights = g_ptr_array_new();
    t->text_weights = g_ptr_array_new();
    lora_set_trainable(t->lora, LORA_TEXT_ENCODER, false);
    lora_set_trainable(t->lora, LORA_UNET, true);
    lora_collect_trainable(t->lora, t->weights);
    if (with_text) {
        lora_set_trainable(t->lora, LORA_UNET, false);
        lora_set_trainable(t->lora, LORA_TEXT_ENCODER, true);
        lora_collect_trainable(t->lora, t->text_weights);
        lora_set_trainable(t->lora, LORA_UNET, true);
    }
    return true;
}

/* The size of a training crop in latent pixels. */
static bool
set_size(Training *t, GError **error)
{
    int factor = vae_factor(&t->pipeline->vae->config);
    int height = latent_set_height(t->set);
    int rows = t->params->rows ? MIN(t->params->rows, height) : height;

    t->latent_rows = rows / factor;
    t->latent_columns = latent_set_width(t->set) / factor;
    if (t->latent_rows >= 1)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                _("A crop of %d rows is too small for this model: choose at least %d."), rows,
                factor);
    return false;
}

static bool
make_trainer(Training *t, GError **error)
{
    const TrainParams *p = t->params;
    DiffusionTrainerOptions options = {.text_encoder = t->pipeline->text_encoder,
                                       .unet = t->pipeline->unet,
                                       .schedule = t->schedule,
                                       .weights = t->weights,
                                       .text_weights =
                                           t->text_weights->len ? t->text_weights : NULL,
                                       .text_lr_scale = p->text_lr_scale,
                                       .n = p->batch,
                                       .height = t->latent_rows,
                                       .width = t->latent_columns,
                                       .n_tokens = t->n_tokens,
                                       .clip_skip = p->clip_skip,
                                       .min_snr_gamma = p->min_snr_gamma,
                                       .adamw = ADAMW_DEFAULTS,
                                       .seed = p->seed + 1};
    size_t latent =
        (size_t)t->pipeline->vae->config.latent_channels * t->latent_rows * t->latent_columns;

    options.adamw.weight_decay = p->weight_decay;
    t->trainer = diffusion_trainer_new(&options, error);
    t->latents = g_new(float, latent * p->batch);
    t->ids = g_new(int32_t, (size_t)t->n_tokens * p->batch);
    return t->trainer != NULL;
}

/* Latents are made once, before the first step, so that every step takes as long as the next; a
 * training too short to see every picture makes them as it goes. */
static bool
make_latents(Training *t, GError **error)
{
    int n = latent_set_n(t->set);

    if ((gint64)t->params->steps * t->params->batch < n)
        return true;
    for (int i = 0; i < n; i++) {
        stage_progress(t->stage, SHARE_PREPARE * i / n, _("picture %d of %d to its latent"), i + 1,
                       n);
        if (!torchlight_job_checkpoint(t->stage->job, error) ||
            !latent_set_latent(t->set, i, torchlight_job_get_cancellable(t->stage->job), error))
            return false;
    }
    return true;
}

static bool
prepare(Training *t, GError **error)
{
    g_autofree char *checkpoint = train_checkpoint_path(t->params);
    int n;

    if (!open_parts(t, error) || !set_size(t, error) || !make_latents(t, error) ||
        !make_lora(t, error) || !make_trainer(t, error))
        return false;
    n = latent_set_n(t->set);
    t->state = (TrainState){.params = t->params,
                            .lora = t->lora,
                            .trainer = t->trainer,
                            .order = rng_new(t->params->seed + 2),
                            .items = g_new(int, n),
                            .n_items = n,
                            .next = n};
    for (int i = 0; i < n; i++)
        t->state.items[i] = i;
    if (!t->params->resume || !g_file_test(checkpoint, G_FILE_TEST_EXISTS))
        return true;
    if (!train_checkpoint_load(&t->state, error))
        return false;
    torchlight_job_log(t->stage->job, _("Going on from “%s” after step %d."), checkpoint,
                       t->state.step);
    return true;
}

static bool
fill_batch(Training *t, GError **error)
{
    TrainState *state = &t->state;
    int whole = latent_set_height(t->set) / vae_factor(&t->pipeline->vae->config);
    size_t latent =
        (size_t)t->pipeline->vae->config.latent_channels * t->latent_rows * t->latent_columns;

    for (int i = 0; i < t->params->batch; i++) {
        const int32_t *ids;
        int item, y;

        if (state->next == state->n_items) {
            rng_shuffle(state->order, state->items, state->n_items);
            state->next = 0;
        }
        item = state->items[state->next++];
        y = (int)rng_int(state->order, (uint32_t)(whole - t->latent_rows + 1));
        ids = rng_double(state->order) < t->params->caption_dropout ? t->no_caption
                                                                    : latent_set_ids(t->set, item);
        memcpy(t->ids + (size_t)t->n_tokens * i, ids, sizeof *ids * (size_t)t->n_tokens);
        if (!latent_set_crop(t->set, item, y, t->latent_rows, t->latents + latent * i,
                             torchlight_job_get_cancellable(t->stage->job), error))
            return false;
    }
    return true;
}

static bool
one_step(Training *t, GError **error)
{
    const TrainParams *p = t->params;
    TrainState *state = &t->state;
    double lr = state->step < p->warmup ? p->lr * (state->step + 1) / p->warmup : p->lr;
    DiffusionBatch batch = {.latents = t->latents, .ids = t->ids};
    /* A step that was broken off leaves moments half-written: where checkpoints are kept it runs
     * to its end, so that the state can be saved. */
    GCancellable *cancellable =
        p->save_every > 0 ? NULL : torchlight_job_get_cancellable(t->stage->job);
    double loss;

    if (!fill_batch(t, error) ||
        !diffusion_trainer_step(t->trainer, &batch, lr, &loss, cancellable, error))
        return false;
    if (!isfinite(loss)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                    _("The loss became infinite in step %d: choose a lower learning rate than %g."),
                    state->step + 1, p->lr);
        return false;
    }
    torchlight_job_point(t->stage->job, "loss", state->step + 1, loss);
    if (++state->step > p->steps - MAX(1, p->steps / 4)) {
        state->loss_sum += loss;
        state->n_losses++;
    }
    return true;
}

static void
tell_step(Training *t, int first, gint64 start_us)
{
    const TrainState *state = &t->state;
    double seconds = (double)(g_get_monotonic_time() - start_us) / G_USEC_PER_SEC;
    g_autoptr(GArray) points = torchlight_job_dup_points(t->stage->job, "loss", 0);
    double sum = 0;
    int n = MIN(20, (int)points->len);

    for (int i = 0; i < n; i++)
        sum += g_array_index(points, JobPoint, points->len - 1 - i).value;
    stage_progress(t->stage, SHARE_PREPARE + (1 - SHARE_PREPARE) * state->step / t->params->steps,
                   _("step %d of %d · loss %.4f · %.2f s a step"), state->step, t->params->steps,
                   sum / MAX(1, n), seconds / MAX(1, state->step - first));
}

static bool
run_steps(Training *t, double *seconds_per_step, GError **error)
{
    const TrainParams *p = t->params;
    int first = t->state.step;
    gint64 start_us = g_get_monotonic_time();

    while (t->state.step < p->steps) {
        if (!torchlight_job_checkpoint(t->stage->job, error)) {
            if (p->save_every > 0)
                train_checkpoint_save(&t->state, NULL);
            return false;
        }
        if (!one_step(t, error))
            return false;
        tell_step(t, first, start_us);
        if (p->save_every > 0 && t->state.step % p->save_every == 0 && t->state.step < p->steps &&
            !train_checkpoint_save(&t->state, error))
            return false;
    }
    *seconds_per_step = (double)(g_get_monotonic_time() - start_us) / G_USEC_PER_SEC /
                        MAX(1, t->state.step - first);
    return true;
}

static void
put(GHashTable *table, const char *key, char *value)
{
    g_hash_table_insert(table, g_strdup(key), value);
}

/* What made the file, in kohya's words where it has one; nothing that differs between two equal
 * runs. */
static GHashTable *
describe(const Training *t)
{
    const TrainParams *p = t->params;
    GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autofree char *model = g_path_get_basename(t->pipeline->dir);
    g_autofree char *dataset = g_path_get_basename(p->dataset);
    g_autofree char *decay = number_text(p->weight_decay);

    put(table, "ss_sd_model_name", g_filename_display_name(model));
    put(table, "ss_dataset", g_filename_display_name(dataset));
    put(table, "ss_num_train_images", g_strdup_printf("%d", t->state.n_items));
    put(table, "ss_max_train_steps", g_strdup_printf("%d", p->steps));
    put(table, "ss_steps", g_strdup_printf("%d", t->state.step));
    put(table, "ss_total_batch_size", g_strdup_printf("%d", p->batch));
    put(table, "ss_learning_rate", number_text(p->lr));
    put(table, "ss_unet_lr", number_text(p->lr));
    put(table, "ss_text_encoder_lr", number_text(p->lr * p->text_lr_scale));
    put(table, "ss_lr_warmup_steps", g_strdup_printf("%d", p->warmup));
    put(table, "ss_clip_skip", g_strdup_printf("%d", p->clip_skip));
    put(table, "ss_min_snr_gamma", number_text(p->min_snr_gamma));
    put(table, "ss_caption_dropout_rate", number_text(p->caption_dropout));
    put(table, "ss_optimizer", g_strconcat("AdamW(weight_decay=", decay, ")", NULL));
    put(table, "ss_seed", g_strdup_printf("%" G_GUINT64_FORMAT, p->seed));
    put(table, "torchlight.version", g_strdup(TORCHLIGHT_VERSION));
    put(table, "torchlight.rows", g_strdup_printf("%d", p->rows));
    return table;
}

static bool
finish(Training *t, TrainResult *result, GError **error)
{
    g_autoptr(GHashTable) metadata = describe(t);
    g_autofree char *checkpoint = train_checkpoint_path(t->params);

    stage_progress(t->stage, 1, _("writing"));
    if (!lora_save(t->lora, t->params->output, WEIGHTS_F32, metadata, error))
        return false;
    if (t->params->save_every > 0 || t->params->resume)
        g_unlink(checkpoint);
    result->steps = t->state.step;
    result->n_pictures = t->state.n_items;
    result->n_layers = lora_n_layers(t->lora);
    result->n_parameters = lora_n_parameters(t->lora);
    result->loss = t->state.loss_sum / MAX(1, t->state.n_losses);
    result->device = g_strdup(device_description(t->device));
    return true;
}

bool
train_stage(const Stage *stage, TrainParams *params, TrainResult *result, GError **error)
{
    Training t = {.stage = stage, .params = params};
    bool done = check_params(params, error) && check_place(params, error) && prepare(&t, error) &&
                run_steps(&t, &result->seconds_per_step, error) && finish(&t, result, error);

    training_clear(&t);
    return done;
}

static void
data_free(void *data_)
{
    TrainData *data = data_;

    train_params_free(data->params);
    g_free(data->result.device);
    g_free(data);
}

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    TrainData *data = data_;

    return train_stage(&STAGE_WHOLE(job), data->params, &data->result, error);
}

TorchlightJob *
train_job_new(TrainParams *params)
{
    TrainData *data = g_new0(TrainData, 1);

    data->params = params;
    return torchlight_job_new(_("Train a LoRA"), work, data, data_free);
}

const TrainResult *
train_job_get_result(TorchlightJob *job)
{
    return &((TrainData *)torchlight_job_get_data(job))->result;
}
