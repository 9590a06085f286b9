/* SPDX-License-Identifier: Apache-2.0 */
/* The loop of sampling over its pieces: prompts, the guided UNet, the sampler, the decoder. */
#include <string.h>

#include "compute/sample/generator_private.h"
#include "compute/sample/rng.h"

Generator *
generator_new(Pipeline *pipeline)
{
    Generator *g = g_new0(Generator, 1);
    g->pipeline = pipeline;
    return g;
}

static void
clear_programs(Generator *g)
{
    g_clear_pointer(&g->text, prompt_encoder_free);
    g_clear_pointer(&g->unet, guided_unet_free);
    g_clear_pointer(&g->decoder, latent_decoder_free);
    g_clear_pointer(&g->strip, program_free);
}

void
generator_free(Generator *g)
{
    if (!g)
        return;
    clear_programs(g);
    latent_preview_free(g->preview);
    g_free(g->noisy);
    g_free(g);
}

int
generator_latent_size(const Generator *g)
{
    return g->pipeline->vae->config.latent_channels * g->height * g->width;
}

static const ControlNet *
net_of(const Generator *g, const GeneratorControl *control)
{
    return control->net ? control->net : g->pipeline->controlnet;
}

static GuidedUnetShape
shape_of(const Generator *g, const GeneratorOptions *o)
{
    int factor = vae_factor(&g->pipeline->vae->config);
    GuidedUnetShape shape;

    memset(&shape, 0, sizeof shape); /* the padding too: it is compared */
    shape.height = o->height / factor;
    shape.width = o->width / factor;
    shape.n_images = o->n_images;
    shape.guided = o->guidance > 1.0;
    shape.clip_skip = o->clip_skip;
    shape.n_controls = o->n_controls;
    for (int k = 0; k < o->n_controls; k++) {
        shape.nets[k] = net_of(g, &o->controls[k]);
        shape.positive_only[k] = o->controls[k].mode == CONTROL_CONTROL;
    }
    return shape;
}

/* Records the programs for these options unless they stand already. */
static bool
prepare(Generator *g, const GeneratorOptions *o, GError **error)
{
    GuidedUnetShape shape = shape_of(g, o);

    if (g->unet && memcmp(&shape, guided_unet_shape(g->unet), sizeof shape) == 0)
        return true;
    clear_programs(g);
    g->height = shape.height;
    g->width = shape.width;
    g->text = prompt_encoder_new(g->pipeline, shape.guided ? 2 : 1, shape.clip_skip, error);
    if (g->text)
        g->unet = guided_unet_new(g->pipeline, &shape, prompt_encoder_shape(g->text), error);
    if (g->unet)
        return true;
    clear_programs(g);
    return false;
}

static bool
check_options(const Generator *g, const GeneratorOptions *o, GError **error)
{
    int factor = vae_factor(&g->pipeline->vae->config);
    if (o->width <= 0 || o->height <= 0 || o->width % factor || o->height % factor ||
        o->width > 8192 || o->height > 8192) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    "A picture of %dx%d cannot be made: both sides must be multiples of %d, up to "
                    "8192.",
                    o->width, o->height, factor);
        return false;
    }
    if (o->n_images < 1 || o->n_controls < 0 || o->n_controls > MAX_CONTROLS) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    "%d pictures at once with %d control maps cannot be made: ask for one picture "
                    "or more and at most %d maps.",
                    o->n_images, o->n_controls, MAX_CONTROLS);
        return false;
    }
    for (int k = 0; k < o->n_controls; k++) {
        const ControlNet *net = net_of(g, &o->controls[k]);
        if (net && !generator_control_check(&o->controls[k], net, error))
            return false;
        if (net)
            continue;
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    "%s has no controlnet folder, so a control map cannot guide it. Leave the map "
                    "out or choose a model with a ControlNet.",
                    g->pipeline->dir);
        return false;
    }
    return true;
}

/* Runs the text encoder and the stems of the ControlNets and hands their results to the UNet. */
static bool
condition(Generator *g, const GeneratorOptions *o, GCancellable *cancellable, GError **error)
{
    const Shape *shape = prompt_encoder_shape(g->text);
    g_autofree float *context = g_new(float, shape_count(shape));
    /* [negative, positive], as diffusers batches them. */
    const char *both[2] = {o->negative ? o->negative : "", o->prompt};
    const char *const *prompts = shape->dim[0] == 2 ? both : both + 1;

    if (!prompt_encoder_run(g->text, prompts, context, cancellable, error) ||
        !guided_unet_set_context(g->unet, context, error))
        return false;
    for (int k = 0; k < o->n_controls; k++) {
        int n = controlnet_n_results(&net_of(g, &o->controls[k])->config);
        g_autofree double *factors = g_new(double, n);
        generator_control_factors(&o->controls[k], n, factors);
        guided_unet_set_factors(g->unet, k, factors);
        if (!guided_unet_set_map(g->unet, k, o->controls[k].map, cancellable, error))
            return false;
    }
    return true;
}

/* The guided prediction for x at step i. input: room for the model's input. */
static bool
predict(Generator *g, const GeneratorOptions *o, const Sampler *sampler, int i, const float *x,
        float *input, float *prediction, GCancellable *cancellable, GError **error)
{
    int64_t n = (int64_t)generator_latent_size(g) * o->n_images;
    double weights[MAX_CONTROLS];
    GuidedUnetStep step = {.timestep = sampler_timestep(sampler, i),
                           .input = input,
                           .weights = weights,
                           .guidance = o->guidance};

    sampler_scale_input(sampler, i, x, input, n);
    for (int k = 0; k < o->n_controls; k++)
        weights[k] = generator_control_weight(&o->controls[k], i, sampler_n_steps(sampler));
    return guided_unet_predict(g->unet, &step, prediction, cancellable, error);
}

/* Keeps the latent after step i, with the noise it still holds, at the spread of a clean one: that
 * is how DDIM and its like walk anyway; Euler and its like carry it at sqrt(1 + sigma^2). */
static void
note_noisy(Generator *g, const Sampler *sampler, int i, const float *x)
{
    int n_steps = sampler_n_steps(sampler), latent = generator_latent_size(g);

    g->noisy = g_renew(float, g->noisy, latent);
    g->now = sampler_timestep(sampler, i);
    if (i + 1 < n_steps)
        sampler_scale_input(sampler, i + 1, x, g->noisy, latent);
    else
        memcpy(g->noisy, x, sizeof *x * (gsize)latent);
}

/* What the images are drawn from: a generator each, seeded with seed + i. */
static void
draw_noise(Rng *rngs, const GeneratorOptions *o, float *out, int latent)
{
    for (int k = 0; k < o->n_images; k++)
        rng_normal(&rngs[k], out + (gsize)k * latent, latent);
}

static bool
sample(Generator *g, const GeneratorOptions *o, Sampler *sampler, float *x, GeneratorStep on_step,
       void *data, GCancellable *cancellable, GError **error)
{
    int latent = generator_latent_size(g), n_steps = sampler_n_steps(sampler);
    gsize n = (gsize)latent * o->n_images;
    g_autofree Rng *rngs = g_new(Rng, o->n_images);
    g_autofree float *prediction = g_new(float, n);
    g_autofree float *work = g_new(float, n); /* the model's input, then x0, then noise */

    for (int k = 0; k < o->n_images; k++)
        rng_init(&rngs[k], o->seed + (guint64)k);
    draw_noise(rngs, o, x, latent);
    for (gsize j = 0; j < n; j++)
        x[j] *= (float)sampler_init_sigma(sampler);
    for (int i = 0; i < n_steps; i++) {
        g_autofree float *x0 = on_step ? g_new(float, latent) : NULL;
        bool noisy = sampler_wants_noise(sampler, i);

        if (!predict(g, o, sampler, i, x, work, prediction, cancellable, error))
            return false;
        if (on_step)
            sampler_predict_x0(sampler, i, x, prediction, x0, latent);
        if (noisy)
            draw_noise(rngs, o, work, latent);
        sampler_step(sampler, i, x, prediction, noisy ? work : NULL, (int64_t)n);
        if (on_step)
            note_noisy(g, sampler, i, x);
        if (on_step && !on_step(i + 1, n_steps, x0, data)) {
            g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Sampling was cancelled.");
            return false;
        }
    }
    return true;
}

bool
generator_decode(Generator *g, const float *latent, float *image, GCancellable *cancellable,
                 GError **error)
{
    if (!g->decoder)
        g->decoder = latent_decoder_new(g->pipeline, g->height, g->width, error);
    return g->decoder && latent_decoder_run(g->decoder, latent, image, cancellable, error);
}

bool
generator_run(Generator *g, const GeneratorOptions *o, float *images, GeneratorStep on_step,
              void *data, GCancellable *cancellable, GError **error)
{
    SchedulerConfig config = g->pipeline->scheduler;
    if (!check_options(g, o, error) ||
        (o->sampler && !sampler_config_named(o->sampler, &g->pipeline->scheduler, &config, error)))
        return false;
    g_autoptr(Sampler) sampler = sampler_new(&config, o->n_steps, error);
    if (!sampler || !prepare(g, o, error) || !condition(g, o, cancellable, error))
        return false;
    gsize latent = (gsize)generator_latent_size(g), picture = (gsize)3 * o->width * o->height;
    g_autofree float *x = g_new(float, latent * o->n_images);
    if (!sample(g, o, sampler, x, on_step, data, cancellable, error))
        return false;
    for (int k = 0; k < o->n_images; k++) {
        if (!generator_decode(g, x + k * latent, images + k * picture, cancellable, error))
            return false;
    }
    return true;
}
