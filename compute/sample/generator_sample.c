/* SPDX-License-Identifier: Apache-2.0 */
/* The loop of sampling: UNet, sampler, noise, and what is told of each step. */
#include <string.h>

#include "compute/sample/generator_private.h"

/* The guided prediction for x at step i. input: room for the model's input. */
static bool
predict(GeneratorRun *run, const Sampler *sampler, int i, const float *x, float *input,
        float *prediction, GError **error)
{
    Generator *g = run->generator;
    const GeneratorOptions *o = run->options;
    int64_t n = (int64_t)generator_latent_size(g) * o->n_images;
    double weights[MAX_CONTROLS];
    GuidedUnetStep step = {.timestep = sampler_timestep(sampler, i),
                           .input = input,
                           .weights = weights,
                           .guidance = o->guidance,
                           .rescale = o->guidance_rescale};

    sampler_scale_input(sampler, i, x, input, n);
    for (int k = 0; k < o->n_controls; k++)
        weights[k] = generator_control_weight(&o->controls[k], i, sampler_n_steps(sampler));
    return guided_unet_predict(g->unet[g->size], &step, prediction, run->cancellable, error);
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

/* Tells of a step that was taken; x0: what the model believed in before it. */
static bool
tell(GeneratorRun *run, const Sampler *sampler, int i, const float *x, const float *x0,
     GError **error)
{
    run->n_done++;
    if (!run->on_step)
        return true;
    note_noisy(run->generator, sampler, i, x);
    if (run->on_step(run->n_done, run->n_total, x0, run->data))
        return true;
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Sampling was cancelled.");
    return false;
}

bool
generator_sample(GeneratorRun *run, Sampler *sampler, int first, float *x, GError **error)
{
    int latent = generator_latent_size(run->generator), n_images = run->options->n_images;
    gsize n = (gsize)latent * n_images;
    g_autofree float *prediction = g_new(float, n);
    g_autofree float *work = g_new(float, n); /* the model's input, then noise */
    g_autofree float *x0 = g_new(float, latent);

    for (int i = first; i < sampler_n_steps(sampler); i++) {
        bool noisy = sampler_wants_noise(sampler, i);

        if (!predict(run, sampler, i, x, work, prediction, error))
            return false;
        if (run->on_step)
            sampler_predict_x0(sampler, i, x, prediction, x0, latent);
        if (noisy)
            noise_source_draw(run->noise, work, latent);
        sampler_step(sampler, i, x, prediction, noisy ? work : NULL, (int64_t)n);
        if (!tell(run, sampler, i, x, x0, error))
            return false;
    }
    return true;
}
