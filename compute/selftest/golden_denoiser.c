/* SPDX-License-Identifier: Apache-2.0 */
/* The denoising part of the golden run: one recorded UNet, perhaps with ControlNet, for any number
 * of steps; the ControlNet's stem apart, because the map stays the same. */
#include "compute/model/timestep.h"
#include "compute/selftest/golden_private.h"

static GHashTable *
taps_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static bool
record_stem(Denoiser *d, const Shape *map)
{
    d->map = graph_input(d->stem.graph, DTYPE_F32, map);
    d->stem_out = controlnet_hint_forward(d->stem.graph, d->controlnet, d->map);
    graph_keep(d->stem.graph, d->stem_out);
    return run_compile(&d->stem);
}

/* Moves a module's taps out of it, where they were noted while recording. */
static GHashTable *
take_taps(Module *module)
{
    return g_steal_pointer(&module->taps);
}

static void
record_controlnet(Denoiser *d, bool taps)
{
    Graph *graph = d->run.graph;
    Module *module = d->controlnet->module;

    d->hint = graph_input(graph, DTYPE_F32, &d->stem_out->shape);
    d->scale = graph_input(graph, DTYPE_F32, &SHAPE(d->n));
    module->taps = taps ? taps_new() : NULL;
    d->residuals =
        controlnet_forward(graph, d->controlnet, d->sample, d->time, d->context, d->hint, d->scale);
    d->controlnet_taps = take_taps(module);
    for (guint i = 0; i < d->residuals->len; i++)
        graph_keep(graph, d->residuals->pdata[i]);
}

bool
denoiser_init(Denoiser *d, Golden *g, const Unet *unet, const ControlNet *controlnet,
              const Shape *sample, const Shape *context, const Shape *map, bool taps)
{
    *d = (Denoiser){
        .golden = g,
        .unet = unet,
        .controlnet = controlnet,
        .n = (int)sample->dim[0],
    };
    run_init(&d->run, g);
    run_init(&d->stem, g);
    if (controlnet && !record_stem(d, map))
        return false;
    Graph *graph = d->run.graph;
    d->sample = graph_input(graph, DTYPE_F32, sample);
    d->time = graph_input(graph, DTYPE_F32, &SHAPE(d->n, unet_time_width(&unet->config)));
    d->context = graph_input(graph, DTYPE_F32, context);
    if (controlnet)
        record_controlnet(d, taps);
    unet->module->taps = taps ? taps_new() : NULL;
    d->out = unet_forward(graph, unet, d->sample, d->time, d->context, d->residuals);
    d->unet_taps = take_taps(unet->module);
    graph_keep(graph, d->out);
    return run_compile(&d->run);
}

void
denoiser_clear(Denoiser *d)
{
    run_clear(&d->run);
    run_clear(&d->stem);
    g_clear_pointer(&d->residuals, g_ptr_array_unref);
    g_clear_pointer(&d->unet_taps, g_hash_table_unref);
    g_clear_pointer(&d->controlnet_taps, g_hash_table_unref);
}

void
denoiser_scale(Denoiser *d, float scale)
{
    g_autofree float *scales = g_new(float, d->n);

    for (int i = 0; i < d->n; i++)
        scales[i] = scale;
    run_write(&d->run, d->scale, scales);
}

void
denoiser_condition(Denoiser *d, const float *context, const float *map, float scale)
{
    run_write(&d->run, d->context, context);
    if (!d->controlnet || !map)
        return;
    denoiser_scale(d, scale);
    run_write(&d->stem, d->map, map);
    if (!run_go(&d->stem))
        return;
    g_autofree float *hint = run_read(&d->stem, d->stem_out);
    run_write(&d->run, d->hint, hint);
}

bool
denoiser_go(Denoiser *d, const float *sample, const double *timesteps)
{
    const UNetConfig *config = &d->unet->config;
    g_autofree float *time = g_new(float, (size_t)d->n *unet_time_width(config));

    timestep_embedding(config, timesteps, d->n, time);
    run_write(&d->run, d->time, time);
    run_write(&d->run, d->sample, sample);
    return run_go(&d->run);
}
