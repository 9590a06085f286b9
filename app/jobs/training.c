/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures to latents, a LoRA on the model, and a recorded step to replay. */
#include "app/jobs/training.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "app/jobs/open_device.h"
#include "app/jobs/paths.h"
#include "app/jobs/train_ranks.h"

void
training_clear(Training *t)
{
    g_clear_pointer(&t->generator, generator_free);
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
    g_clear_pointer(&t->state.losses, g_array_unref);
    g_clear_pointer(&t->state.data, g_free);
    g_free(t->state.items);
    g_free(t->latents);
    g_free(t->ids);
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
    const CheckpointOptions options = {p->config, p->tokenizer, p->prediction};
    t->pipeline = pipeline_open_with(t->device, p->model ? p->model : bundled, &options, error);
    if (!t->pipeline || !latent_set_encode_captions(t->set, t->pipeline, error))
        return false;
    t->n_tokens = tokenizer_max_length(t->pipeline->tokenizer);
    t->no_caption = g_new0(int32_t, t->n_tokens);
    latent_set_use_vae(t->set, t->pipeline->vae);
    t->schedule = schedule_new(&t->pipeline->scheduler, error);
    return t->schedule && pipeline_encode_caption(t->pipeline, "", t->no_caption, error) &&
           may_go_on(t, error);
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
    const LoraOptions options = {
        .rank = t->params->rank, .alpha = (float)t->params->alpha, .seed = t->params->seed};
    bool with_text = t->params->text_lr_scale > 0;

    if (!with_text)
        target.part[LORA_TEXT_ENCODER] = NULL;
    t->lora = lora_new(t->device, &target, &options, error);
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
                                       .accumulation = train_ranks_n_micro(t),
                                       .height = t->latent_rows,
                                       .width = t->latent_columns,
                                       .n_tokens = t->n_tokens,
                                       .clip_skip = p->clip_skip,
                                       .min_snr_gamma = p->min_snr_gamma,
                                       .optimiser = OPTIMISER_DEFAULTS,
                                       .seed = p->seed + 1};
    size_t latent =
        (size_t)t->pipeline->vae->config.latent_channels * t->latent_rows * t->latent_columns;

    options.optimiser.weight_decay = p->weight_decay;
    t->trainer = diffusion_trainer_new(&options, error);
    t->latents = g_new(float, latent * p->batch);
    t->ids = g_new(int32_t, (size_t)t->n_tokens * p->batch);
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
    int n = latent_set_n(t->set);

    if (!set_size(t, error) || !make_lora(t, error) || !make_trainer(t, error))
        return false;
    t->state = (TrainState){.params = t->params,
                            .lora = t->lora,
                            .trainer = t->trainer,
                            .order = rng_new(t->params->seed + 2),
                            .data = sum_data(t),
                            .losses = g_array_new(FALSE, FALSE, sizeof(float)),
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
    const TrainParams *p = t->params;
    int step = t->state.step;

    return step < p->warmup ? p->lr * (step + 1) / p->warmup : p->lr;
}

/* The next micro-batch. Everything random is drawn whoever makes it, so that the ranks go on from
 * the same numbers. */
static bool
fill_batch(Training *t, bool is_mine, GError **error)
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
        if (!is_mine)
            continue;
        memcpy(t->ids + (size_t)t->n_tokens * i, ids, sizeof *ids * (size_t)t->n_tokens);
        if (!latent_set_crop(t->set, item, y, t->latent_rows, t->latents + latent * i,
                             training_cancellable(t), error))
            return false;
    }
    return true;
}

static bool
make_gradients(Training *t, GCancellable *cancellable, GError **error)
{
    DiffusionBatch batch = {.latents = t->latents, .ids = t->ids};

    for (int i = 0; i < train_ranks_n_micro(t); i++) {
        bool is_mine = train_ranks_is_mine(t, i);

        if (!fill_batch(t, is_mine, error))
            return false;
        if (!is_mine)
            diffusion_trainer_pass(t->trainer);
        else if (!diffusion_trainer_accumulate(t->trainer, &batch, cancellable, error))
            return false;
    }
    return true;
}

bool
training_step(Training *t, GCancellable *cancellable, GError **error)
{
    DiffusionStep step;
    float value;

    if (!ranks_all(t->params->ranks, make_gradients(t, cancellable, error), training_cancellable(t),
                   error) ||
        !diffusion_trainer_update(t->trainer, training_lr(t), &step, cancellable, error))
        return false;
    if (step.skipped) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                    _("The loss became infinite in step %d: choose a lower learning rate than %g."),
                    t->state.step + 1, t->params->lr);
        return false;
    }
    value = (float)step.loss;
    g_array_append_val(t->state.losses, value);
    t->state.step++;
    return true;
}

double
training_mean_loss(const Training *t)
{
    guint n = MAX(1, t->state.losses->len / 4);
    double sum = 0;

    if (t->state.losses->len == 0)
        return 0;
    for (guint i = t->state.losses->len - n; i < t->state.losses->len; i++)
        sum += g_array_index(t->state.losses, float, i);
    return sum / n;
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
