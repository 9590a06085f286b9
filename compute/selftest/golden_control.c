/* SPDX-License-Identifier: Apache-2.0 */
/* sd1_controlnet_guess, sd1_sampling_guess_mode: diffusers' guess_mode, which is CONTROL_CONTROL by
 * its convention. The loop goes through GuidedUnet, as sampling does. */
#include <string.h>

#include "compute/model/timestep.h"
#include "compute/sample/guided_unet.h"
#include "compute/sample/sampler.h"
#include "compute/selftest/golden_private.h"

static const GeneratorControl guess = {
    .weight = 1, .end = 1, .mode = CONTROL_CONTROL, .convention = CONTROL_DIFFUSERS};

/* (n, results), the factors of guess mode */
static float *
guess_scale(const ControlNet *net, int n)
{
    int n_results = controlnet_n_results(&net->config);
    g_autofree double *factors = g_new(double, n_results);
    float *scale = g_new(float, (gsize)n *n_results);

    generator_control_factors(&guess, n_results, factors);
    for (int i = 0; i < n * n_results; i++)
        scale[i] = (float)factors[i % n_results];
    return scale;
}

/* --- one evaluation, the whole batch controlled --- */

static void
compare_results(Run *run, const GPtrArray *results)
{
    for (guint i = 0; i < results->len; i++) {
        g_autofree char *key = i + 1 < results->len
                                   ? g_strdup_printf("output.down_block_res_samples.%u", i)
                                   : g_strdup("output.mid_block_res_sample");
        run_compare(run, results->pdata[i], key, NULL);
    }
}

static void
check_guess(Golden *g)
{
    const Unet *unet = golden_open_unet(g);
    const ControlNet *net = golden_open_controlnet(g);
    int n_times;
    g_autofree double *given = golden_doubles(g, "input.timestep", &n_times);
    Run run;

    if (golden_failed(g))
        return;
    run_init(&run, g);
    Tensor *x = run_input(&run, "input.sample");
    Tensor *context = run_input(&run, "input.encoder_hidden_states");
    Tensor *map = run_input(&run, "input.controlnet_cond");
    int n = x ? (int)x->shape.dim[0] : 0, width = unet_time_width(&unet->config);
    if (x && context && map) {
        Tensor *time = graph_input(run.graph, DTYPE_F32, &SHAPE(n, width));
        Tensor *scale =
            graph_input(run.graph, DTYPE_F32, &SHAPE(n, controlnet_n_results(&net->config)));
        Tensor *hint = controlnet_hint_forward(run.graph, net, map);
        g_autoptr(GPtrArray) results =
            controlnet_forward(run.graph, net, x, time, context, hint, scale);
        for (guint i = 0; i < results->len; i++)
            graph_keep(run.graph, results->pdata[i]);
        Tensor *out =
            graph_keep(run.graph, unet_forward(run.graph, unet, x, time, context, results));
        g_autofree float *embedding = g_new(float, n *width);
        g_autofree float *factors = guess_scale(net, n);
        timestep_embedding(&unet->config, (double[]){given[0], given[0]}, n, embedding);
        run_compile(&run);
        run_write(&run, time, embedding);
        run_write(&run, scale, factors);
        if (run_go(&run)) {
            compare_results(&run, results);
            run_compare(&run, out, "output.unet_sample", NULL);
        }
    }
    run_clear(&run);
}

/* --- the loop --- */

typedef struct {
    Shape sample, context;
    float *x, *embeds, *map;
    int height, width; /* of the map */
} Inputs;

/* Reads sd1_sampling_inputs, which stands in for the open file meanwhile. */
static bool
read_inputs(Inputs *in, Golden *g)
{
    g_autofree char *path = golden_path(g, "goldens", "sd1_sampling_inputs.safetensors", NULL);
    g_autoptr(WeightsFile) file = weights_open(path, &g->error);
    WeightsFile *outer = g->file;

    if (!file)
        return false;
    g->file = file;
    g_autofree float *negative = golden_values(g, "negative_prompt_embeds");
    g_autofree float *positive = golden_values(g, "prompt_embeds");
    in->x = golden_values(g, "init_noise");
    in->map = golden_values(g, "controlnet_cond");
    if (!golden_failed(g)) {
        const WeightsEntry *embeds = golden_entry(g, "prompt_embeds");
        const WeightsEntry *map = golden_entry(g, "controlnet_cond");
        in->sample = golden_shape(golden_entry(g, "init_noise"));
        in->context = golden_shape(embeds);
        in->context.dim[0] = 2;
        in->height = (int)map->dim[2];
        in->width = (int)map->dim[3];
        in->embeds = g_new(float, 2 * embeds->n_elements);
        memcpy(in->embeds, negative, embeds->size);
        memcpy(in->embeds + embeds->n_elements, positive, embeds->size);
    }
    g->file = outer;
    return !golden_failed(g);
}

static void
compare_step(Golden *g, int i, const char *what, const float *values, int64_t n)
{
    g_autofree char *key = g_strdup_printf("step%d.%s", i, what);
    golden_compare(g, key, NULL, values, n);
}

static bool
walk(Golden *g, GuidedUnet *unet, const Sampler *sampler, float *x, int64_t n)
{
    g_autofree float *input = g_new(float, n), *prediction = g_new(float, n);

    for (int i = 0; i < sampler_n_steps(sampler); i++) {
        const double weight = generator_control_weight(&guess, i, sampler_n_steps(sampler));
        const GuidedUnetStep step = {.timestep = sampler_timestep(sampler, i),
                                     .input = input,
                                     .weights = &weight,
                                     .guidance = 3};
        sampler_scale_input(sampler, i, x, input, n);
        if (!guided_unet_predict(unet, &step, prediction, g->cancellable, &g->error))
            return false;
        compare_step(g, i, "noise_pred_guided", prediction, n);
        sampler_step((Sampler *)sampler, i, x, prediction, NULL, n);
        compare_step(g, i, "latents", x, n);
    }
    return true;
}

static void
compare_schedule(Golden *g, const Sampler *sampler)
{
    g_autofree float *times = g_new(float, sampler_n_steps(sampler));
    float sigma = (float)sampler_init_sigma(sampler);

    golden_compare(g, "init_noise_sigma", NULL, &sigma, 1);
    for (int i = 0; i < sampler_n_steps(sampler); i++)
        times[i] = (float)sampler_timestep(sampler, i);
    golden_compare(g, "timesteps", NULL, times, sampler_n_steps(sampler));
}

static void
sample(Golden *g, Inputs *in, const Pipeline *pipeline)
{
    g_autofree char *path = golden_path(g, "schedulers", "e_ddim", "scheduler_config.json", NULL);
    const WeightsEntry *timesteps = golden_entry(g, "timesteps");
    int n_results = controlnet_n_results(&pipeline->controlnet->config);
    g_autofree double *factors = g_new(double, n_results);
    GuidedUnetShape shape;
    SchedulerConfig config;

    if (!timesteps || !scheduler_config_read_json(path, &config, &g->error))
        return;
    memset(&shape, 0, sizeof shape);
    shape.height = (int)in->sample.dim[2];
    shape.width = (int)in->sample.dim[3];
    shape.n_images = 1;
    shape.guided = true;
    shape.n_controls = 1;
    shape.nets[0] = pipeline->controlnet;
    shape.positive_only[0] = true;
    g_autoptr(Sampler) sampler = sampler_new(&config, (int)timesteps->n_elements, &g->error);
    g_autoptr(GuidedUnet) unet =
        sampler ? guided_unet_new(pipeline, &shape, &in->context, &g->error) : NULL;
    if (!unet || !guided_unet_set_context(unet, in->embeds, &g->error) ||
        !guided_unet_set_maps(unet, 0, in->map, 1, g->cancellable, &g->error))
        return;
    generator_control_factors(&guess, n_results, factors);
    guided_unet_set_factors(unet, 0, factors);
    compare_schedule(g, sampler);
    if (walk(g, unet, sampler, in->x, shape_count(&in->sample)))
        golden_compare(g, "output.final_latents", NULL, in->x, shape_count(&in->sample));
}

static void
check_sampling_guess(Golden *g)
{
    const Pipeline pipeline = {.device = g->device,
                               .unet = golden_open_unet(g),
                               .vae = golden_open_vae(g),
                               .controlnet = golden_open_controlnet(g)};
    Inputs in = {0};

    if (!golden_failed(g) && read_inputs(&in, g))
        sample(g, &in, &pipeline);
    g_free(in.x);
    g_free(in.embeds);
    g_free(in.map);
}

const GoldenPart golden_parts_control[] = {
    {"sd1_controlnet_guess", check_guess},
    {"sd1_sampling_guess_mode", check_sampling_guess},
    {NULL, NULL},
};
