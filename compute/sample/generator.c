/* SPDX-License-Identifier: Apache-2.0 */
/* A run over its pieces: prompts, the guided UNet, the passes, the VAE. */
#include <string.h>

#include "compute/sample/generator_private.h"
#include "compute/sample/resize.h"

Generator *
generator_new(Pipeline *pipeline)
{
    Generator *g = g_new0(Generator, 1);
    g->pipeline = pipeline;
    return g;
}

/* Of one size. */
static void
clear_size(Generator *g, GeneratorSize size)
{
    g_clear_pointer(&g->unet[size], guided_unet_free);
    g_clear_pointer(&g->decoder[size], vae_runner_free);
    if (size == SIZE_FULL)
        g_clear_pointer(&g->encoder, vae_runner_free);
}

static void
clear_programs(Generator *g)
{
    g_clear_pointer(&g->text, prompt_encoder_free);
    for (int size = 0; size < N_SIZES; size++)
        clear_size(g, (GeneratorSize)size);
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
shape_of(const Generator *g, const GeneratorOptions *o, GeneratorSize size)
{
    int factor = vae_factor(&g->pipeline->vae->config);
    GuidedUnetShape shape;

    memset(&shape, 0, sizeof shape); /* the padding too: it is compared */
    shape.height = (size == SIZE_SMALL ? o->hires.height : o->height) / factor;
    shape.width = (size == SIZE_SMALL ? o->hires.width : o->width) / factor;
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

/* Records the programs of a size for these options unless they stand already. */
static bool
prepare(Generator *g, const GeneratorOptions *o, GeneratorSize size, GError **error)
{
    GuidedUnetShape shape = shape_of(g, o, size);
    const GuidedUnetShape *old = g->unet[size] ? guided_unet_shape(g->unet[size]) : NULL;

    if (g->width != shape.width)
        g_clear_pointer(&g->strip, program_free);
    g->size = size;
    g->height = shape.height;
    g->width = shape.width;
    if (old && memcmp(&shape, old, sizeof shape) == 0)
        return true;
    clear_size(g, size);
    g_clear_pointer(&g->text, prompt_encoder_free);
    g->text = prompt_encoder_new(g->pipeline, shape.guided ? 2 : 1, shape.clip_skip, error);
    if (g->text)
        g->unet[size] = guided_unet_new(g->pipeline, &shape, prompt_encoder_shape(g->text), error);
    if (g->unet[size])
        return true;
    clear_programs(g);
    return false;
}

static bool
check_size(const Generator *g, int width, int height, GError **error)
{
    int factor = vae_factor(&g->pipeline->vae->config);

    if (width > 0 && height > 0 && width % factor == 0 && height % factor == 0 && width <= 8192 &&
        height <= 8192)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                "A picture of %dx%d cannot be made: both sides must be multiples of %d, up to "
                "8192.",
                width, height, factor);
    return false;
}

static bool
check_options(const Generator *g, const GeneratorOptions *o, GError **error)
{
    if (!check_size(g, o->width, o->height, error) ||
        (o->hires.width &&
         (!check_size(g, o->hires.width, o->hires.height, error) ||
          !generator_check_upscaler(o->hires.upscaler ? o->hires.upscaler : "latent", error))))
        return false;
    if (o->hires.width && o->init) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                            "Hires-fix draws its own small picture to start from: leave out the "
                            "picture to start from, or hires-fix.");
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

/* The maps in the size of the present pass: the mean of what a pixel covers. */
static bool
set_maps(GeneratorRun *run, int k, GError **error)
{
    Generator *g = run->generator;
    const GeneratorOptions *o = run->options;
    int n_maps = o->controls[k].own_maps ? o->n_images : 1;
    const float *maps = o->controls[k].map;
    g_autofree float *small = NULL;

    if (g->size == SIZE_SMALL) {
        small = g_new(float, (gsize)3 * o->hires.height * o->hires.width * n_maps);
        resize_planes(RESIZE_AREA, maps, 3 * n_maps, o->height, o->width, small, o->hires.height,
                      o->hires.width);
        maps = small;
    }
    return guided_unet_set_maps(g->unet[g->size], k, maps, n_maps, run->cancellable, error);
}

bool
generator_begin_pass(GeneratorRun *run, GeneratorSize size, GError **error)
{
    Generator *g = run->generator;
    const GeneratorOptions *o = run->options;
    g_autofree float *context = NULL;
    /* [negative, positive], as diffusers batches them. */
    const char *both[2] = {o->negative ? o->negative : "", o->prompt};

    if (!prepare(g, o, size, error))
        return false;
    const Shape *shape = prompt_encoder_shape(g->text);
    context = g_new(float, shape_count(shape));
    if (!prompt_encoder_run(g->text, shape->dim[0] == 2 ? both : both + 1, context,
                            run->cancellable, error) ||
        !guided_unet_set_context(g->unet[size], context, error))
        return false;
    for (int k = 0; k < o->n_controls; k++) {
        int n = controlnet_n_results(&net_of(g, &o->controls[k])->config);
        g_autofree double *factors = g_new(double, n);
        generator_control_factors(&o->controls[k], n, factors);
        guided_unet_set_factors(g->unet[size], k, factors);
        if (!set_maps(run, k, error))
            return false;
    }
    return true;
}

/* --- VAE --- */

static bool
open_runner(Generator *g, VaeRunner **runner, VaeDirection direction, GError **error)
{
    if (!*runner)
        *runner =
            vae_runner_new(g->pipeline, direction, g->height, g->width, g->tiling, g->tile, error);
    return *runner != NULL;
}

bool
generator_decode(Generator *g, const float *latent, float *image, GCancellable *cancellable,
                 GError **error)
{
    VaeRunner **runner = &g->decoder[g->size];

    return open_runner(g, runner, VAE_DECODE, error) &&
           vae_runner_run(*runner, latent, image, cancellable, error);
}

int
generator_n_tiles(const Generator *g)
{
    const VaeRunner *runner = g->decoder[g->size];

    return runner ? vae_runner_n_tiles(runner) : 0;
}

bool
generator_decodes_exact(const Generator *g)
{
    const VaeRunner *runner = g->decoder[g->size];

    return runner && vae_runner_was_exact(runner);
}

bool
generator_encode(GeneratorRun *run, const float *images, const float *eps, float *latents,
                 GError **error)
{
    Generator *g = run->generator;
    const GeneratorOptions *o = run->options;
    gsize latent = (gsize)generator_latent_size(g), picture = (gsize)3 * o->width * o->height;
    g_autofree float *moments = g_new(float, 2 * latent);
    g_autofree float *none = eps ? NULL : g_new0(float, latent);

    if (!open_runner(g, &g->encoder, VAE_ENCODE, error))
        return false;
    for (int k = 0; k < o->n_images; k++) {
        if (!vae_runner_run(g->encoder, images + k * picture, moments, run->cancellable, error))
            return false;
        vae_sample_moments(moments, eps ? eps + k * latent : none, (int64_t)latent,
                           g->pipeline->vae->config.scaling_factor, latents + k * latent);
    }
    return true;
}

/* --- the passes --- */

void
generator_draw_first(GeneratorRun *run, float *noise)
{
    noise_source_draw(run->noise, noise, generator_latent_size(run->generator));
    if (run->options->noise_delta)
        noise_source_reseed(run->noise, run->options->noise_delta);
}

static void
draw_pure(GeneratorRun *run, const Sampler *sampler, float *x)
{
    gsize n = (gsize)generator_latent_size(run->generator) * run->options->n_images;

    generator_draw_first(run, x);
    for (gsize j = 0; j < n; j++)
        x[j] *= (float)sampler_init_sigma(sampler);
}

/* diffusers: the posterior is drawn first, then the noise. */
static bool
start_from_picture(GeneratorRun *run, const Sampler *sampler, int first, float *x, GError **error)
{
    const GeneratorOptions *o = run->options;
    int latent = generator_latent_size(run->generator);
    gsize n = (gsize)latent * o->n_images, picture = (gsize)3 * o->width * o->height;
    g_autofree float *noise = g_new(float, n);
    g_autofree float *images = g_new(float, picture * o->n_images);

    for (int k = 0; k < o->n_images; k++)
        memcpy(images + k * picture, o->init, picture * sizeof *images);
    noise_source_draw(run->noise, noise, latent);
    if (!generator_encode(run, images, noise, x, error))
        return false;
    if (first == sampler_n_steps(sampler))
        return true;
    generator_draw_first(run, noise);
    sampler_add_noise(sampler, first, x, noise, x, (int64_t)n);
    return true;
}

/* Latents of the picture's size. */
static bool
sample_plain(GeneratorRun *run, Sampler *sampler, float *x, GError **error)
{
    int first = run->options->init ? sampler_first_step(sampler, run->options->strength) : 0;

    run->n_total = sampler_n_steps(sampler) - first;
    if (!generator_begin_pass(run, SIZE_FULL, error))
        return false;
    if (!run->options->init)
        draw_pure(run, sampler, x);
    else if (!start_from_picture(run, sampler, first, x, error))
        return false;
    return generator_sample(run, sampler, first, x, error);
}

static bool
sample_hires(GeneratorRun *run, Sampler *sampler, float *x, GError **error)
{
    const GeneratorOptions *o = run->options;
    int first;
    g_autoptr(Sampler) second = generator_hires_sampler(run, &first, error);
    g_autofree float *small = NULL;
    g_autofree float *noise = NULL;
    gsize n;

    if (!second)
        return false;
    run->n_total = sampler_n_steps(sampler) + sampler_n_steps(second) - first;
    if (!generator_begin_pass(run, SIZE_SMALL, error))
        return false;
    small = g_new(float, (gsize)generator_latent_size(run->generator) * o->n_images);
    draw_pure(run, sampler, small);
    if (!generator_sample(run, sampler, 0, small, error) ||
        !generator_enlarge(run, small, x, error))
        return false;
    if (first == sampler_n_steps(second))
        return true;
    n = (gsize)generator_latent_size(run->generator) * o->n_images;
    noise = g_new(float, n);
    noise_source_reseed(run->noise, 0 - o->noise_delta); /* to the seeds themselves */
    generator_draw_first(run, noise);
    sampler_add_noise(second, first, x, noise, x, (int64_t)n);
    return generator_sample(run, second, first, x, error);
}

static bool
run_passes(GeneratorRun *run, float *images, GError **error)
{
    Generator *g = run->generator;
    const GeneratorOptions *o = run->options;
    int factor = vae_factor(&g->pipeline->vae->config);
    gsize picture = (gsize)3 * o->width * o->height;
    gsize latent = (gsize)g->pipeline->vae->config.latent_channels * (gsize)(o->width / factor) *
                   (gsize)(o->height / factor);
    g_autofree float *x = g_new(float, latent * o->n_images);
    g_autoptr(Sampler) sampler = sampler_new(&run->config, o->n_steps, error);

    if (!sampler)
        return false;
    sampler_set_eta(sampler, o->eta);
    if (!(o->hires.width ? sample_hires : sample_plain)(run, sampler, x, error))
        return false;
    for (int k = 0; k < o->n_images; k++) {
        if (!generator_decode(g, x + k * latent, images + k * picture, run->cancellable, error))
            return false;
    }
    return true;
}

/* Runners of another choice of tiles are made anew. */
static void
set_tiling(Generator *g, const GeneratorOptions *o)
{
    if (g->tiling != o->tiling || g->tile != o->tile) {
        for (int size = 0; size < N_SIZES; size++)
            g_clear_pointer(&g->decoder[size], vae_runner_free);
        g_clear_pointer(&g->encoder, vae_runner_free);
    }
    g->tiling = o->tiling;
    g->tile = o->tile;
    if (!o->hires.width)
        clear_size(g, SIZE_SMALL);
}

bool
generator_run(Generator *g, const GeneratorOptions *o, float *images, GeneratorStep on_step,
              void *data, GCancellable *cancellable, GError **error)
{
    GeneratorRun run = {
        .generator = g, .options = o, .on_step = on_step, .data = data, .cancellable = cancellable};
    bool done;

    if (!check_options(g, o, error) ||
        !sampler_config_named(o->sampler, o->schedule, &g->pipeline->scheduler, &run.config, error))
        return false;
    run.noise = noise_source_new(o->noise, o->seed, o->n_images, o->noise_together, error);
    if (!run.noise)
        return false;
    if (o->seeds)
        noise_source_set_seeds(run.noise, o->seeds);
    set_tiling(g, o);
    done = run_passes(&run, images, error);
    noise_source_free(run.noise);
    return done;
}
