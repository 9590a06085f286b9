/* SPDX-License-Identifier: Apache-2.0 */
/* Sampling loops of the golden run. */
#include "compute/selftest/golden_walk.h"

#include <string.h>

#include "compute/sample/guidance.h"

static char *
walk_key(const Walk *walk, const char *name)
{
    return g_strconcat(walk->prefix, name, NULL);
}

static void
walk_compare(const Walk *walk, int step, const char *what, const float *values)
{
    g_autofree char *key = g_strdup_printf("%sstep%d.%s", walk->prefix, step - walk->first, what);
    golden_compare(walk->golden, key, NULL, values, walk->n);
}

static bool
walk_step(Walk *walk, int i)
{
    Denoiser *d = walk->denoiser;
    double t = sampler_timestep(walk->sampler, i);
    double timesteps[2] = {t, t};
    g_autofree float *input = g_new(float, 2 * walk->n);

    sampler_scale_input(walk->sampler, i, walk->x, input, walk->n);
    memcpy(input + walk->n, input, (size_t)walk->n * sizeof *input);
    if (d->controlnet)
        denoiser_scale(
            d, (float)generator_control_weight(&walk->control, i, sampler_n_steps(walk->sampler)));
    if (!denoiser_go(d, input, timesteps))
        return false;
    g_autofree float *prediction = run_read(&d->run, d->out);
    if (!prediction)
        return false;
    guidance_apply(prediction, prediction + walk->n, 1, walk->n, walk->guidance, walk->rescale);
    walk_compare(walk, i, "noise_pred_guided", prediction);
    const float *noise = walk->step_noise && sampler_wants_noise(walk->sampler, i)
                             ? walk->step_noise + (i - walk->first) * walk->n
                             : NULL;
    sampler_step(walk->sampler, i, walk->x, prediction, noise, walk->n);
    walk_compare(walk, i, "latents", walk->x);
    return true;
}

static void
compare_schedule(const Walk *walk)
{
    int n = sampler_n_steps(walk->sampler);
    g_autofree float *values = g_new(float, n + 1);
    g_autofree char *times = walk_key(walk, "timesteps"), *sigmas = walk_key(walk, "sigmas");
    g_autofree char *init = walk_key(walk, "init_noise_sigma");

    values[0] = (float)sampler_init_sigma(walk->sampler);
    golden_compare(walk->golden, init, NULL, values, 1);
    for (int i = walk->first; i < n; i++)
        values[i - walk->first] = (float)sampler_timestep(walk->sampler, i);
    golden_compare(walk->golden, times, NULL, values, n - walk->first);
    for (int i = 0; i <= n; i++)
        values[i] = (float)sampler_sigma(walk->sampler, i);
    golden_compare(walk->golden, sigmas, NULL, values, n + 1);
}

void
walk_go(Walk *walk)
{
    g_autofree char *final = walk_key(walk, "output.final_latents");

    compare_schedule(walk);
    for (int64_t i = 0; i < walk->n && walk->first == 0; i++)
        walk->x[i] *= (float)sampler_init_sigma(walk->sampler);
    for (int i = walk->first; i < sampler_n_steps(walk->sampler); i++)
        if (!walk_step(walk, i))
            return;
    golden_compare(walk->golden, final, NULL, walk->x, walk->n);
}

/* a, then b */
static float *
joined(const float *a, const float *b, int64_t n)
{
    float *out = g_new(float, 2 * n);
    memcpy(out, a, (size_t)n * sizeof *a);
    memcpy(out + n, b, (size_t)n * sizeof *b);
    return out;
}

static Shape
twice(Shape shape)
{
    shape.dim[0] *= 2;
    return shape;
}

Sampler *
golden_open_sampler(Golden *g, const char *path, int n_steps)
{
    SchedulerConfig config;
    if (golden_failed(g) || !scheduler_config_read_json(path, &config, &g->error))
        return NULL;
    return sampler_new(&config, n_steps, &g->error);
}

float *
golden_input(Golden *g, const char *name, const char *key)
{
    g_autofree char *base = g_strconcat(name, ".safetensors", NULL);
    g_autofree char *path = golden_path(g, "goldens", base, NULL);
    WeightsFile *outer = g->file;
    float *values;

    if (golden_failed(g))
        return NULL;
    g->file = weights_open(path, &g->error);
    values = g->file ? golden_values(g, key) : NULL;
    g_clear_pointer(&g->file, weights_free);
    g->file = outer;
    return values;
}

void
start_clear(Start *start)
{
    g_free(start->noise);
    g_free(start->embeds);
    g_free(start->image);
    g_free(start->step_noise);
}

bool
start_read(Start *start, Golden *g, const char *name, const char *step_noise)
{
    g_autofree char *base = g_strconcat(name, ".safetensors", NULL);
    g_autofree char *path = golden_path(g, "goldens", base, NULL);
    g_autoptr(WeightsFile) file = weights_open(path, &g->error);
    WeightsFile *outer = g->file;

    if (!file)
        return false;
    g->file = file;
    g_autofree float *negative = golden_values(g, "negative_prompt_embeds");
    g_autofree float *positive = golden_values(g, "prompt_embeds");
    g_autofree float *image = golden_values(g, "controlnet_cond");
    start->noise = golden_values(g, "init_noise");
    if (step_noise)
        start->step_noise = golden_values(g, step_noise);
    if (!golden_failed(g)) {
        const WeightsEntry *embeds = golden_entry(g, "prompt_embeds");
        const WeightsEntry *map = golden_entry(g, "controlnet_cond");
        start->sample = twice(golden_shape(golden_entry(g, "init_noise")));
        start->context = twice(golden_shape(embeds));
        start->map = twice(golden_shape(map));
        start->embeds = joined(negative, positive, embeds->n_elements);
        start->image = joined(image, image, map->n_elements);
    }
    g->file = outer;
    return !golden_failed(g);
}

bool
start_read_own(Start *start, Golden *g)
{
    const WeightsEntry *noise = golden_entry(g, "input.init_noise");
    const WeightsEntry *map = golden_entry(g, "input.controlnet_cond");
    g_autofree float *image = golden_values(g, "input.controlnet_cond");

    start->noise = golden_values(g, "input.init_noise");
    if (golden_failed(g))
        return false;
    start->sample = twice(golden_shape(noise));
    start->map = twice(golden_shape(map));
    start->image = joined(image, image, map->n_elements);
    return true;
}
