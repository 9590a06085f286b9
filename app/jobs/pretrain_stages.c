/* SPDX-License-Identifier: Apache-2.0 */
/* VAE, UNet and ControlNet training over crops: whole width, some rows, from any place. */
#include "app/jobs/pretrain_stages.h"

#include "compute/train/diffusion_trainer.h"
#include "compute/train/vae_trainer.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define WARMUP 50        /* steps of rising learning rate */
#define SCALE_SAMPLES 32 /* pictures whose latents set the scaling factor */
#define REPORT_EVERY 5   /* steps */
#define CROP_TRIES 4

/* Linear warm-up, then half a cosine down to a twentieth. */
static double
learning_rate(double lr, int step, int n_steps)
{
    if (step < WARMUP)
        return lr * (step + 1) / WARMUP;
    double x = (double)(step - WARMUP) / MAX(1, n_steps - WARMUP);
    return lr * (0.05 + 0.95 * 0.5 * (1.0 + cos(G_PI * MIN(x, 1.0))));
}

/* The weight of the VAE's KL term rises over the first third, so that there is something to be
 * regularised before it is. */
static double
kl_weight(const PretrainParams *p, int step)
{
    return p->kl_weight * MIN(1.0, 0.01 + 3.0 * step / MAX(1, p->vae_steps));
}

typedef struct {
    const char *curve, *title;
    double smooth;
    gint64 start_us;
    int first;
} Meter;

static bool
report(Pretrain *run, Meter *meter, int step, int n_steps, double loss, GError **error)
{
    meter->smooth = step == meter->first ? loss : 0.97 * meter->smooth + 0.03 * loss;
    torchlight_job_point(run->job, meter->curve, step, loss);
    if (step % REPORT_EVERY == 0 || step + 1 == n_steps) {
        double seconds = (double)(g_get_monotonic_time() - meter->start_us) * 1e-6;
        torchlight_job_progress(
            run->job, run->fraction_done + run->fraction_share * (step + 1) / MAX(1, n_steps),
            "%s %d/%d  loss %.4f (%.4f)  %.3g s/step", meter->title, step + 1, n_steps, loss,
            meter->smooth, seconds / MAX(1, step + 1 - meter->first));
    }
    return torchlight_job_checkpoint(run->job, error);
}

/* Where a random crop starts: a multiple of `align`. */
static int
random_start(Rng *rng, int whole, int part, int align)
{
    int places = (whole - part) / align + 1;
    return (int)rng_int(rng, (uint32_t)places) * align;
}

/* The first of what threads have met, whichever came first. */
static bool
propagate_first(GError **errors, int n, GError **error)
{
    bool done = true;
    for (int i = 0; i < n; i++) {
        if (errors[i] && done) {
            g_propagate_error(error, g_steal_pointer(&errors[i]));
            done = false;
        }
        g_clear_error(&errors[i]);
    }
    return done;
}

/* What a VAE batch is drawn as: of a few random places of a picture one is taken. */
typedef struct {
    int item;
    Crop tries[CROP_TRIES];
} CropDraw;

static void
draw_crop(Pretrain *run, Rng *rng, const VaeTrainerOptions *o, int align, CropDraw *draw)
{
    draw->item = (int)rng_int(rng, (uint32_t)latent_set_n(run->set));
    for (int i = 0; i < CROP_TRIES; i++) {
        Crop *crop = &draw->tries[i];
        *crop = (Crop){.w = o->width, .h = o->height};
        crop->x = random_start(rng, latent_set_width(run->set), o->width, align);
        crop->y = random_start(rng, latent_set_height(run->set), o->height, align);
    }
}

/* Most of a picture is absence, which is learnt at once: the place with the most header bits. */
static bool
take_crop(Pretrain *run, const CropDraw *draw, float *image, float *weights, GError **error)
{
    const PixelWeights pixel_weights = {(float)run->params->absent_weight,
                                        (float)run->params->random_weight};
    Crop best = draw->tries[0];
    int most = -1;
    for (int i = 0; i < CROP_TRIES; i++) {
        int n;
        if (!latent_set_presence(run->set, draw->item, draw->tries[i], &n, error))
            return false;
        if (n > most) {
            most = n;
            best = draw->tries[i];
        }
    }
    return latent_set_pixels(run->set, draw->item, best, image, error) &&
           latent_set_weights(run->set, draw->item, best, &pixel_weights, weights, error);
}

/* By many threads where the pictures are in memory. */
static bool
fill_vae_batch(Pretrain *run, Rng *rng, const VaeTrainerOptions *o, int align, float *images,
               float *weights, GError **error)
{
    size_t one = (size_t)3 * o->height * o->width;
    g_autofree CropDraw *draws = g_new(CropDraw, o->n);
    g_autofree GError **errors = g_new0(GError *, o->n);
    for (int i = 0; i < o->n; i++)
        draw_crop(run, rng, o, align, &draws[i]);
#pragma omp parallel for schedule(dynamic) if (latent_set_is_prepared(run->set))
    for (int i = 0; i < o->n; i++)
        take_crop(run, &draws[i], images + one * i, weights + one * i, &errors[i]);
    return propagate_first(errors, o->n, error);
}

/* The scaling factor makes the latents' standard deviation 1. */
static bool
set_scaling_factor(Pretrain *run, GError **error)
{
    LatentSet *set = run->set;
    Vae *vae = run->model->vae;
    vae->config.scaling_factor = 1.0;
    latent_set_use_vae(set, vae);
    int factor = vae_factor(&vae->config);
    size_t n = (size_t)vae->config.latent_channels * (latent_set_width(set) / factor) *
               (latent_set_height(set) / factor);
    int count = MIN(SCALE_SAMPLES, latent_set_n(set));
    double sum = 0, squares = 0;
    for (int i = 0; i < count; i++) {
        int item = (int)((int64_t)i * latent_set_n(set) / count);
        const float *latent =
            latent_set_latent(set, item, torchlight_job_get_cancellable(run->job), error);
        if (!latent)
            return false;
        for (size_t j = 0; j < n; j++) {
            sum += (double)latent[j];
            squares += (double)latent[j] * (double)latent[j];
        }
    }
    double mean = sum / ((double)n * count);
    double variance = squares / ((double)n * count) - mean * mean;
    vae->config.scaling_factor = 1.0 / sqrt(fmax(variance, 1e-12));
    latent_set_use_vae(set, vae);
    return true;
}

bool
pretrain_vae(Pretrain *run, GError **error)
{
    const PretrainParams *p = run->params;
    Vae *vae = run->model->vae;
    module_set_trainable(vae->module, NULL, !p->decoder_only);
    module_set_trainable(vae->module, "decoder.*", true);
    module_set_trainable(vae->module, "post_quant_conv.*", true);
    VaeTrainerOptions options = {.n = p->vae_batch,
                                 .height = MIN(p->vae_rows, latent_set_height(run->set)),
                                 .width = MIN(p->vae_columns, latent_set_width(run->set)),
                                 .weighted = true,
                                 .latent_noise = p->latent_noise / vae->config.scaling_factor,
                                 .optimiser = OPTIMISER_DEFAULTS,
                                 .seed = p->seed + 1};
    options.optimiser.max_norm = 1.0;
    g_autoptr(VaeTrainer) trainer = vae_trainer_new(vae, &options, error);
    if (!trainer)
        return false;
    g_autoptr(Rng) rng = rng_new(p->seed + 2);
    size_t one = (size_t)3 * options.height * options.width;
    g_autofree float *images = g_new(float, one *options.n);
    g_autofree float *weights = g_new(float, one *options.n);
    Meter meter = {"vae loss", _("VAE"), 0, g_get_monotonic_time(), 0};
    int factor = vae_factor(&vae->config);
    for (int step = 0; step < p->vae_steps; step++) {
        if (!fill_vae_batch(run, rng, &options, factor, images, weights, error))
            return false;
        double loss;
        if (!vae_trainer_step(trainer, images, weights, kl_weight(p, step),
                              learning_rate(p->vae_lr, step, p->vae_steps), &loss,
                              torchlight_job_get_cancellable(run->job), error) ||
            !report(run, &meter, step, p->vae_steps, loss, error))
            return false;
    }
    module_set_trainable(vae->module, NULL, false);
    return set_scaling_factor(run, error);
}

/* What a diffusion stage draws its batches from. */
typedef struct {
    DiffusionTrainerOptions options;
    DiffusionTrainer *trainer;
    Rng *rng;
    float *latents, *control, *root_weights;
    int32_t *ids, *empty;
} Loop;

static void
loop_clear(Loop *loop)
{
    diffusion_trainer_free(loop->trainer);
    rng_free(loop->rng);
    g_free(loop->latents);
    g_free(loop->control);
    g_free(loop->root_weights);
    g_free(loop->ids);
    g_free(loop->empty);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Loop, loop_clear)

static bool
loop_init(Loop *loop, Pretrain *run, int rows, int batch, const GPtrArray *weights,
          const ControlNet *controlnet, guint64 seed, GError **error)
{
    const Pipeline *model = run->model;
    int factor = vae_factor(&model->vae->config);
    int n_tokens = tokenizer_max_length(model->tokenizer);
    loop->options = (DiffusionTrainerOptions){
        .text_encoder = model->text_encoder,
        .unet = model->unet,
        .controlnet = controlnet,
        .schedule = run->schedule,
        .weights = weights,
        .text_lr_scale = 1.0,
        .n = batch,
        .height = MIN(rows, latent_set_height(run->set)) / factor,
        .width = latent_set_width(run->set) / factor,
        .n_tokens = n_tokens,
        .control_factor = factor,
        .min_snr_gamma = run->params->min_snr_gamma,
        .weighted = true,
        .optimiser = OPTIMISER_DEFAULTS,
        .seed = seed,
    };
    loop->options.optimiser.max_norm = 1.0;
    loop->trainer = diffusion_trainer_new(&loop->options, error);
    if (!loop->trainer)
        return false;
    size_t plane = (size_t)loop->options.height * loop->options.width;
    loop->rng = rng_new(seed + 1);
    loop->latents = g_new(float, plane * model->vae->config.latent_channels * batch);
    loop->root_weights = g_new(float, plane * model->vae->config.latent_channels * batch);
    loop->ids = g_new(int32_t, (size_t)n_tokens * batch);
    loop->empty = g_new(int32_t, n_tokens);
    if (controlnet)
        loop->control = g_new(float, plane *factor *factor * 3 * batch);
    return pipeline_encode_caption(model, "", loop->empty, error);
}

/* Weights and control maps of a batch, by many threads where the pictures are in memory. */
static bool
fill_maps(Loop *loop, Pretrain *run, const int *items, const int *rows, GError **error)
{
    const DiffusionTrainerOptions *o = &loop->options;
    const PixelWeights weights = {(float)run->params->absent_weight,
                                  (float)run->params->random_weight};
    int factor = o->control_factor;
    size_t plane = (size_t)o->height * o->width, one = plane * 3 * factor * factor;
    size_t n_latent = plane * run->model->vae->config.latent_channels;
    g_autofree GError **errors = g_new0(GError *, o->n);
#pragma omp parallel for schedule(dynamic) if (latent_set_is_prepared(run->set))
    for (int i = 0; i < o->n; i++) {
        if (latent_set_root_weights(run->set, items[i], rows[i], o->height, &weights,
                                    loop->root_weights + n_latent * i, &errors[i]) &&
            loop->control)
            latent_set_control(run->set, items[i], rows[i] * factor, o->height * factor,
                               loop->control + one * i, &errors[i]);
    }
    return propagate_first(errors, o->n, error);
}

static bool
loop_fill(Loop *loop, Pretrain *run, GError **error)
{
    const DiffusionTrainerOptions *o = &loop->options;
    const VaeConfig *vae = &run->model->vae->config;
    GCancellable *cancellable = torchlight_job_get_cancellable(run->job);
    int height = latent_set_height(run->set) / o->control_factor;
    size_t plane = (size_t)o->height * o->width;
    g_autofree int *items = g_new(int, o->n);
    g_autofree int *rows = g_new(int, o->n); /* of latent pixels: where the crops begin */
    for (int i = 0; i < o->n; i++) {
        items[i] = (int)rng_int(loop->rng, (uint32_t)latent_set_n(run->set));
        rows[i] = random_start(loop->rng, height, o->height, 1);
        bool drop = rng_double(loop->rng) < run->params->caption_dropout;
        const int32_t *ids = drop ? loop->empty : latent_set_ids(run->set, items[i]);
        memcpy(loop->ids + (size_t)i * o->n_tokens, ids, sizeof *ids * (size_t)o->n_tokens);
        if (!latent_set_crop(run->set, items[i], rows[i], o->height,
                             loop->latents + plane * vae->latent_channels * i, cancellable, error))
            return false;
    }
    return fill_maps(loop, run, items, rows, error);
}

static bool
may_go_on(const DiffusionStep *done, int step, GError **error)
{
    if (!done->skipped)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                _("The loss became infinite in step %d: choose a lower learning rate."), step + 1);
    return false;
}

static bool
loop_steps(Loop *loop, Pretrain *run, Meter *meter, int first, int end, int n_steps, double lr,
           GError **error)
{
    for (int step = first; step < end; step++) {
        if (!loop_fill(loop, run, error))
            return false;
        DiffusionBatch batch = {.latents = loop->latents,
                                .ids = loop->ids,
                                .control = loop->control,
                                .root_weights = loop->root_weights};
        DiffusionStep done;
        if (!diffusion_trainer_step(loop->trainer, &batch, learning_rate(lr, step, n_steps), &done,
                                    torchlight_job_get_cancellable(run->job), error) ||
            !may_go_on(&done, step, error) || !report(run, meter, step, n_steps, done.loss, error))
            return false;
    }
    return true;
}

bool
pretrain_unet(Pretrain *run, GError **error)
{
    const PretrainParams *p = run->params;
    g_autoptr(GPtrArray) weights = g_ptr_array_new();
    module_set_trainable(run->model->unet->module, NULL, true);
    module_set_trainable(run->model->text_encoder->module, NULL, true);
    module_collect_trainable(run->model->unet->module, weights);
    module_collect_trainable(run->model->text_encoder->module, weights);
    Meter meter = {"unet loss", _("UNet"), 0, g_get_monotonic_time(), 0};
    int crops = p->unet_steps - MIN(p->full_steps, p->unet_steps);
    bool ok = true;
    if (crops > 0) {
        g_auto(Loop) loop = {0};
        ok = loop_init(&loop, run, p->unet_rows, p->unet_batch, weights, NULL, p->seed + 10,
                       error) &&
             loop_steps(&loop, run, &meter, 0, crops, p->unet_steps, p->unet_lr, error);
    }
    if (ok && crops < p->unet_steps) { /* whole pictures last: heads, tails, padding */
        g_auto(Loop) loop = {0};
        meter.start_us = g_get_monotonic_time();
        meter.first = crops;
        ok = loop_init(&loop, run, latent_set_height(run->set), 1, weights, NULL, p->seed + 20,
                       error) &&
             loop_steps(&loop, run, &meter, crops, p->unet_steps, p->unet_steps, p->unet_lr, error);
    }
    module_set_trainable(run->model->unet->module, NULL, false);
    module_set_trainable(run->model->text_encoder->module, NULL, false);
    return ok;
}

bool
pretrain_control(Pretrain *run, GError **error)
{
    const PretrainParams *p = run->params;
    g_autoptr(GPtrArray) weights = g_ptr_array_new();
    module_set_trainable(run->model->controlnet->module, NULL, true);
    module_collect_trainable(run->model->controlnet->module, weights);
    if (p->joint_control) {
        module_set_trainable(run->model->unet->module, NULL, true);
        module_collect_trainable(run->model->unet->module, weights);
    }
    Meter meter = {"control loss", _("ControlNet"), 0, g_get_monotonic_time(), 0};
    g_auto(Loop) loop = {0};
    bool ok =
        loop_init(&loop, run, p->control_rows, p->control_batch, weights, run->model->controlnet,
                  p->seed + 30, error) &&
        loop_steps(&loop, run, &meter, 0, p->control_steps, p->control_steps, p->control_lr, error);
    module_set_trainable(run->model->controlnet->module, NULL, false);
    module_set_trainable(run->model->unet->module, NULL, false);
    return ok;
}
