/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures to latents, a LoRA on the model, and a recorded step to replay. */
#include "app/jobs/training.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "app/jobs/memory_info.h"
#include "app/jobs/open_device.h"
#include "app/jobs/paths.h"
#include "app/jobs/train_batch.h"
#include "app/jobs/train_ranks.h"
#include "compute/planning.h"

void
training_clear(Training *t)
{
    g_clear_pointer(&t->generator, generator_free);
    g_clear_pointer(&t->trainer, diffusion_trainer_free);
    g_clear_pointer(&t->texts, text_cache_free);
    g_clear_pointer(&t->items, g_array_unref);
    g_clear_pointer(&t->held_out, g_array_unref);
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
    g_clear_pointer(&t->state.losses, g_array_unref);
    g_clear_pointer(&t->state.validations, g_array_unref);
    g_clear_pointer(&t->state.data, g_free);
    g_free(t->state.items);
    g_free(t->latents);
    g_free(t->ids);
    g_free(t->context);
    g_free(t->no_caption);
}

static bool
may_go_on(const Training *t, GError **error)
{
    return !t->stage || torchlight_job_checkpoint(t->stage->job, error);
}

GCancellable *
training_cancellable(const Training *t)
{
    return t->stage ? torchlight_job_get_cancellable(t->stage->job) : NULL;
}

static bool
make_schedule(Training *t, GError **error)
{
    SchedulerConfig config = t->pipeline->scheduler;

    if (t->params->zero_snr && config.prediction_type != PREDICTION_V) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    _("“%s” predicts the noise, of which nothing can be learnt where all is noise: "
                      "leave out zero_snr, or take a model that predicts v."),
                    t->pipeline->dir);
        return false;
    }
    config.rescale_betas_zero_snr |= t->params->zero_snr;
    t->schedule = schedule_new(&config, error);
    return t->schedule != NULL;
}

bool
training_open(Training *t, GError **error)
{
    const TrainParams *p = t->params;
    g_autofree char *bundled = p->model ? NULL : paths_bundled_model();

    t->set = latent_set_open_names(p->dataset, p->names, error);
    if (!t->set)
        return false;
    if (!t->device)
        t->device = open_training_device(p->device, p->precision, error);
    if (!t->device)
        return false;
    const CheckpointOptions options = {p->config, p->tokenizer, p->prediction, p->vae};
    t->pipeline = pipeline_open_with(t->device, p->model ? p->model : bundled, &options, error);
    if (!t->pipeline || !latent_set_encode_captions(t->set, t->pipeline, error))
        return false;
    t->n_tokens = tokenizer_max_length(t->pipeline->tokenizer);
    t->no_caption = g_new0(int32_t, t->n_tokens);
    latent_set_use_vae(t->set, t->pipeline->vae);
    return make_schedule(t, error) && train_batch_split(t, error) &&
           pipeline_encode_caption(t->pipeline, "", t->no_caption, error) && may_go_on(t, error);
}

bool
training_wants_latents(const Training *t)
{
    return (gint64)t->params->steps * t->params->batch >= latent_set_n(t->set);
}

bool
training_make_latent(Training *t, int i, GError **error)
{
    return may_go_on(t, error) && latent_set_latent(t->set, i, training_cancellable(t), error);
}

static bool
make_lora(Training *t, GError **error)
{
    LoraTarget target = pipeline_lora_target(t->pipeline);
    const TrainParams *p = t->params;
    const LoraOptions options = {.rank = p->rank,
                                 .alpha = (float)p->alpha,
                                 .conv_rank = p->conv_rank,
                                 .conv_alpha = (float)p->conv_alpha,
                                 .seed = p->seed};
    const LoraDropout dropout = {(float)p->dropout, (float)p->rank_dropout,
                                 (float)p->module_dropout};
    bool with_text = t->params->text_lr_scale > 0;

    if (!with_text)
        target.part[LORA_TEXT_ENCODER] = NULL;
    t->lora = lora_new(t->device, &target, &options, error);
    if (!t->lora)
        return false;
    lora_attach(t->lora, &target, 1);
    lora_set_dropout(t->lora, &target, &dropout);
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

guint64
training_device_memory(const Training *t)
{
    const char *name = t->params->device;
    bool planning = device_is_planning(t->device);
    g_autoptr(GPtrArray) infos = NULL;

    if (planning ? g_strcmp0(name, "cpu") == 0 : device_is_cpu(t->device))
        return memory_info_available();
    infos = device_list();
    for (guint i = 0; i < infos->len; i++) {
        const DeviceInfo *info = infos->pdata[i];

        if (planning ? (name ? g_str_equal(name, info->name) : info->is_default)
                     : g_str_equal(device_name(t->device), info->name))
            return g_str_equal(info->name, "cpu") ? memory_info_available() : info->memory;
    }
    return 0;
}

guint64
training_memory_limit(const Training *t)
{
    guint64 own = t->device && device_is_cpu(t->device) ? device_memory_used(t->device) : 0;

    return t->device ? training_device_memory(t) + own : 0;
}

static guint64
weights_memory(const Training *t)
{
    const Module *const modules[] = {t->pipeline->unet->module, t->pipeline->text_encoder->module,
                                     t->pipeline->vae->module};
    guint64 size = 0;

    for (guint i = 0; i < G_N_ELEMENTS(modules); i++) {
        for (guint j = 0; j < modules[i]->weights->len; j++)
            size += weight_size(modules[i]->weights->pdata[j]);
    }
    return size;
}

/* What a step's activations may take; 0: nobody knows. A graphics card says what it has left,
 * beside the model's weights and other programs; so does this machine; where all is only planned
 * the weights are taken off. */
static size_t
memory_budget(const Training *t)
{
    bool planned = device_is_planning(t->device);
    guint64 all = planned || device_is_cpu(t->device) ? training_device_memory(t)
                                                      : device_memory_available(t->device);
    guint64 gone = planned ? weights_memory(t) : 0;

    return all == 0 ? 0 : all > gone ? (size_t)((double)(all - gone) * 0.9) : 1;
}

static bool
make_trainer(Training *t, GError **error)
{
    const TrainParams *p = t->params;
    bool with_text = t->text_weights->len > 0;
    DiffusionTrainerOptions options = {.text_encoder = with_text ? t->pipeline->text_encoder : NULL,
                                       .unet = t->pipeline->unet,
                                       .schedule = t->schedule,
                                       .weights = t->weights,
                                       .text_weights = with_text ? t->text_weights : NULL,
                                       .text_lr_scale = p->text_lr_scale,
                                       .n = p->batch,
                                       .accumulation = train_ranks_n_micro(t),
                                       .height = t->latent_rows,
                                       .width = t->latent_columns,
                                       .n_tokens = t->n_tokens,
                                       .clip_skip = p->clip_skip,
                                       .min_snr_gamma = p->min_snr_gamma,
                                       .noise_offset = p->noise_offset,
                                       .loss_scaling = device_precision(t->device) == PRECISION_F16,
                                       .dropout = p->dropout > 0 || p->rank_dropout > 0 ||
                                                  p->module_dropout > 0,
                                       .checkpointing = (Checkpointing)p->checkpointing,
                                       .memory_budget = memory_budget(t),
                                       .optimiser = OPTIMISER_DEFAULTS,
                                       .seed = p->seed + 1};
    size_t latent =
        (size_t)t->pipeline->vae->config.latent_channels * t->latent_rows * t->latent_columns;

    options.optimiser.kind = (OptimiserKind)p->optimiser;
    options.optimiser.weight_decay = p->weight_decay;
    options.optimiser.max_norm = p->max_norm;
    options.optimiser.ema_decay = p->ema_decay;
    if (p->optimiser == OPTIMISER_LION)
        options.optimiser.beta2 = 0.99; /* as its authors */
    t->trainer = diffusion_trainer_new(&options, error);
    t->latents = g_new(float, latent * p->batch);
    t->ids = g_new(int32_t, (size_t)t->n_tokens * p->batch);
    if (!with_text) {
        t->texts = text_cache_new(t->pipeline->text_encoder, t->n_tokens, p->clip_skip);
        t->context = g_new(float, (size_t)t->n_tokens * p->batch *
                                      t->pipeline->text_encoder->config.hidden_size);
    }
    if (t->trainer && p->ranks)
        diffusion_trainer_set_reduce(t->trainer, train_ranks_reduce, t);
    return t->trainer != NULL;
}

/* Names, captions and model: what a checkpoint must have been made with. */
static char *
sum_data(const Training *t)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree char *model = g_path_get_basename(t->pipeline->dir);

    g_checksum_update(sum, (const guchar *)model, -1);
    for (int i = 0; i < latent_set_n(t->set); i++) {
        g_autofree char *name = g_path_get_basename(latent_set_path(t->set, i));
        const char *caption = latent_set_caption(t->set, i);

        g_checksum_update(sum, (const guchar *)name, (gssize)strlen(name) + 1);
        g_checksum_update(sum, (const guchar *)caption, (gssize)strlen(caption) + 1);
    }
    return g_strdup(g_checksum_get_string(sum));
}

bool
training_begin(Training *t, GError **error)
{
    int n = (int)t->items->len;

    if (!set_size(t, error) || !make_lora(t, error) || !make_trainer(t, error))
        return false;
    t->state = (TrainState){.params = t->params,
                            .lora = t->lora,
                            .trainer = t->trainer,
                            .order = rng_new(t->params->seed + 2),
                            .data = sum_data(t),
                            .losses = g_array_new(FALSE, FALSE, sizeof(float)),
                            .validations = g_array_new(FALSE, FALSE, sizeof(TrainValidation)),
                            .items = g_new(int, n),
                            .n_items = n,
                            .next = n};
    for (int i = 0; i < n; i++)
        t->state.items[i] = i;
    return true;
}

double
training_lr(const Training *t)
{
    return train_params_lr(t->params, t->state.step);
}

static bool
make_gradients(Training *t, GCancellable *cancellable, GError **error)
{
    DiffusionBatch batch = {.latents = t->latents, .ids = t->ids, .context = t->context};

    for (int i = 0; i < train_ranks_n_micro(t); i++) {
        bool is_mine = train_ranks_is_mine(t, i);

        if (!train_batch_next(t, is_mine, error))
            return false;
        if (!is_mine)
            diffusion_trainer_pass(t->trainer);
        else if (!diffusion_trainer_accumulate(t->trainer, &batch, cancellable, error))
            return false;
    }
    return true;
}

static bool
note_step(Training *t, const DiffusionStep *step, GError **error)
{
    TrainState *state = &t->state;
    float loss = step->skipped ? NAN : (float)step->loss;

    g_array_append_val(state->losses, loss);
    state->step++;
    state->n_skipped += step->skipped;
    if (!step->skipped)
        state->n_skipped_in_row = 0;
    else if (!step->rescaled) /* else the scale of the loss is being found */
        state->n_skipped_in_row++;
    if (state->n_skipped_in_row < t->params->max_skipped)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                ngettext("The numbers of %d step overflowed (%.0f %% of all): choose a lower "
                         "learning rate than %g.",
                         "The numbers of %d steps in a row overflowed (%.0f %% of all): choose a "
                         "lower learning rate than %g.",
                         state->n_skipped_in_row),
                state->n_skipped_in_row, 100.0 * state->n_skipped / state->step, t->params->lr);
    return false;
}

bool
training_step(Training *t, GCancellable *cancellable, GError **error)
{
    DiffusionStep step;

    if (!ranks_all(t->params->ranks, make_gradients(t, cancellable, error), training_cancellable(t),
                   error) ||
        !diffusion_trainer_update(t->trainer, training_lr(t), &step, cancellable, error))
        return false;
    return note_step(t, &step, error);
}

bool
training_swap_average(Training *t, GError **error)
{
    Optimiser *optimiser = diffusion_trainer_optimiser(t->trainer);

    for (int i = 0; i < optimiser_n_weights(optimiser); i++) {
        Weight *weight = optimiser_weight(optimiser, i);
        Weight *average = optimiser_average(optimiser, i);
        g_autofree void *now = g_malloc(weight_size(weight));
        g_autofree void *mean = g_malloc(weight_size(weight));

        if (average && (!weight_read(weight, now, error) || !weight_read(average, mean, error) ||
                        !weight_write(weight, mean, error) || !weight_write(average, now, error)))
            return false;
    }
    return true;
}

double
training_mean_loss(const Training *t)
{
    const GArray *losses = t->state.losses;
    guint n = MAX(1, losses->len / 4), n_summed = 0;
    double sum = 0;

    for (guint i = losses->len > n ? losses->len - n : 0; i < losses->len; i++) {
        if (!isfinite(g_array_index(losses, float, i)))
            continue;
        sum += (double)g_array_index(losses, float, i);
        n_summed++;
    }
    return n_summed > 0 ? sum / n_summed : 0;
}

Image *
training_preview(Training *t, const char *prompt, GeneratorStep on_step, void *data,
                 GCancellable *cancellable, GError **error)
{
    GeneratorOptions options = GENERATOR_DEFAULTS;
    int factor = vae_factor(&t->pipeline->vae->config);
    g_autofree float *picture = NULL;

    options.width = t->latent_columns * factor;
    options.height = t->latent_rows * factor;
    options.prompt = prompt;
    options.n_steps = t->params->preview_steps;
    options.clip_skip = t->params->clip_skip;
    options.seed = t->params->preview_seed;
    picture = g_new(float, (size_t)3 * options.width * options.height);
    if (!t->generator)
        t->generator = generator_new(t->pipeline);
    if (!generator_run(t->generator, &options, picture, on_step, data, cancellable, error))
        return NULL;
    for (size_t i = 0; i < (size_t)3 * options.width * options.height; i++) {
        if (!isfinite(picture[i])) {
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                        _("The preview of “%s” came out as no numbers."), prompt);
            return NULL;
        }
    }
    return image_from_floats(picture, options.width, options.height);
}
