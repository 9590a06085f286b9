/* SPDX-License-Identifier: Apache-2.0 */
/* Hires-fix: what lies between the small picture and the large one. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "compute/sample/generator_private.h"
#include "compute/sample/resize.h"

static const struct {
    const char *name;
    bool latent;
    ResizeKind kind;
} upscalers[] = {
    {"latent", true, RESIZE_BILINEAR},        {"latent_nearest", true, RESIZE_NEAREST},
    {"latent_bicubic", true, RESIZE_BICUBIC}, {"lanczos", false, RESIZE_LANCZOS},
    {"nearest", false, RESIZE_NEAREST},
};

const char *
generator_upscaler_name(int n)
{
    return n >= 0 && n < (int)G_N_ELEMENTS(upscalers) ? upscalers[n].name : NULL;
}

static int
find_upscaler(const char *name)
{
    int i = 0;

    while (name && i < (int)G_N_ELEMENTS(upscalers) && !g_str_equal(upscalers[i].name, name))
        i++;
    return i;
}

bool
generator_check_upscaler(const char *name, GError **error)
{
    g_autoptr(GString) known = g_string_new(NULL);

    if (find_upscaler(name) < (int)G_N_ELEMENTS(upscalers))
        return true;
    for (int i = 0; generator_upscaler_name(i); i++)
        g_string_append_printf(known, "%s%s", i ? ", " : "", generator_upscaler_name(i));
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                _("There is no upscaler “%s”. Choose one of %s."), name, known->str);
    return false;
}

/* A1111: as many steps as asked for are taken, of a schedule that is longer by the strength. */
Sampler *
generator_hires_sampler(const GeneratorRun *run, int *first, GError **error)
{
    const GeneratorHires *hires = &run->options->hires;
    int n = hires->n_steps ? hires->n_steps : run->options->n_steps;
    int whole = MAX((int)(n / CLAMP(hires->strength, 0.01, 0.999)), n);
    Sampler *sampler = sampler_new(&run->config, whole, error);

    if (!sampler)
        return NULL;
    sampler_set_eta(sampler, run->options->eta);
    *first = sampler_n_steps(sampler);
    if (hires->strength > 0)
        *first = (whole - n) * (sampler_kind(sampler) == SCHEDULER_HEUN ? 2 : 1);
    return sampler;
}

static bool
enlarge_images(GeneratorRun *run, ResizeKind kind, const float *small, float *large, int h, int w,
               GError **error)
{
    Generator *g = run->generator;
    const GeneratorOptions *o = run->options;
    gsize latent = (gsize)generator_latent_size(g), n = (gsize)3 * o->width * o->height;
    g_autofree float *image = g_new(float, (gsize)3 * h * w);
    g_autofree float *images = g_new(float, n * o->n_images);

    for (int k = 0; k < o->n_images; k++) {
        if (!generator_decode(g, small + k * latent, image, run->cancellable, error))
            return false;
        for (gsize i = 0; i < (gsize)3 * h * w; i++)
            image[i] = CLAMP(image[i], -1, 1);
        resize_planes(kind, image, 3, h, w, images + k * n, o->height, o->width);
        for (gsize i = 0; i < n; i++)
            images[k * n + i] = CLAMP(images[k * n + i], -1, 1);
    }
    return generator_begin_pass(run, SIZE_FULL, error) &&
           generator_encode(run, images, NULL, large, error);
}

bool
generator_enlarge(GeneratorRun *run, const float *small, float *large, GError **error)
{
    Generator *g = run->generator;
    const GeneratorOptions *o = run->options;
    int which = o->hires.upscaler ? find_upscaler(o->hires.upscaler) : 0;
    int channels = g->pipeline->vae->config.latent_channels, h = g->height, w = g->width;

    if (!upscalers[which].latent)
        return enlarge_images(run, upscalers[which].kind, small, large, o->hires.height,
                              o->hires.width, error);
    if (!generator_begin_pass(run, SIZE_FULL, error))
        return false;
    resize_planes(upscalers[which].kind, small, channels * o->n_images, h, w, large, g->height,
                  g->width);
    return true;
}
