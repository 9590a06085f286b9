/* SPDX-License-Identifier: Apache-2.0 */
/* lora_forward, sampling_*, e2e: LoRAs attached, whole sampling loops, and everything from token
 * ids to the image. */
#include <math.h>
#include <string.h>

#include "compute/sample/sampler.h"
#include "compute/selftest/golden_private.h"

#define GUIDANCE 7.5f

/* --- LoRA --- */

/* ids -> last hidden state, with whatever LoRA is attached. Transfer full. */
static float *
encode_text(Golden *g, const char *ids_key, Shape *shape)
{
    const TextEncoder *encoder = golden_open_text_encoder(g);
    float *values = NULL;
    Run run;

    if (!encoder)
        return NULL;
    run_init(&run, g);
    Tensor *ids = run_input(&run, ids_key);
    if (ids) {
        Tensor *out = graph_keep(run.graph, text_encoder_forward(run.graph, encoder, ids, 0));
        *shape = out->shape;
        if (run_compile(&run) && run_go(&run))
            values = run_read(&run, out);
    }
    run_clear(&run);
    return values;
}

static void
run_lora_case(Golden *g, const char *prefix, const char *note)
{
    const Unet *unet = golden_open_unet(g);
    const WeightsEntry *sample_entry = golden_entry(g, "input.sample");
    int n_times;
    g_autofree double *given = golden_doubles(g, "input.timestep", &n_times);
    g_autofree float *x = golden_values(g, "input.sample");
    g_autofree float *context = golden_values(g, "input.encoder_hidden_states");
    g_autofree char *text_key = g_strconcat(prefix, "text_encoder.last_hidden_state", NULL);
    g_autofree char *plain_key = g_strconcat(prefix, "unet_sample", NULL);
    g_autofree char *both_key = g_strconcat(prefix, "unet_sample_with_lora_text", NULL);
    Shape context_shape;
    g_autofree float *text = encode_text(g, "input.input_ids", &context_shape);
    Denoiser d;

    if (golden_failed(g))
        return;
    golden_compare(g, text_key, note, text, shape_count(&context_shape));
    Shape sample = golden_shape(sample_entry);
    g_autofree double *t = g_new(double, sample.dim[0]);
    for (int i = 0; i < sample.dim[0]; i++)
        t[i] = given[0];
    if (denoiser_init(&d, g, unet, NULL, &sample, &context_shape, NULL, false)) {
        denoiser_condition(&d, context, NULL, 0);
        if (denoiser_go(&d, x, t))
            run_compare(&d.run, d.out, plain_key, note);
        denoiser_condition(&d, text, NULL, 0);
        if (denoiser_go(&d, x, t))
            run_compare(&d.run, d.out, both_key, note);
    }
    denoiser_clear(&d);
}

static void
run_lora_file(Golden *g, const char *name, const char *tag)
{
    g_autofree char *start = g_strdup_printf("output.%s.mult", tag);
    g_autoptr(GPtrArray) multipliers = golden_cases(g, start, ".unet_sample");
    g_autofree char *file = g_strconcat(name, ".safetensors", NULL);
    g_autofree char *path = golden_model_path(g, "lora", file, NULL);
    LoraTarget target = golden_lora_target(g);

    if (!g_file_test(path, G_FILE_TEST_EXISTS)) /* a set need not have every form */
        return;
    g_autoptr(Lora) lora = golden_open_lora(g, name);
    for (guint i = 0; lora && i < multipliers->len && !golden_failed(g); i++) {
        g_autofree char *number = g_strdelimit(g_strdup(multipliers->pdata[i]), "p", '.');
        g_autofree char *prefix = g_strdup_printf("%s%s.", start, (char *)multipliers->pdata[i]);
        lora_attach(lora, &target, (float)g_ascii_strtod(number, NULL));
        run_lora_case(g, prefix, name);
        lora_detach(lora, &target);
    }
}

static void
check_lora_forward(Golden *g)
{
    run_lora_case(g, "output.nolora.", NULL);
    run_lora_file(g, "kohya_r4_a4", "main");
    run_lora_file(g, "peft_r4", "main");
    run_lora_file(g, "diffusers_r4", "main");
    run_lora_file(g, "kohya_proj_r2_a1", "extra");
}

/* --- sampling --- */

/* One walk from noise to latents; prefix stands before the names of what is compared. */
typedef struct {
    Golden *golden;
    Denoiser *denoiser;
    Sampler *sampler;
    const char *prefix;
    const float *step_noise; /* (n_steps, n) or NULL */
    float *x;                /* (n) latents */
    int64_t n;
} Walk;

static char *
walk_key(const Walk *walk, const char *name)
{
    return g_strconcat(walk->prefix, name, NULL);
}

static void
walk_compare(const Walk *walk, int step, const char *what, const float *values)
{
    g_autofree char *key = g_strdup_printf("%sstep%d.%s", walk->prefix, step, what);
    golden_compare(walk->golden, key, NULL, values, walk->n);
}

/* unconditional + guidance (conditional - unconditional), in place of the first half */
static void
guide(float *prediction, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        prediction[i] += GUIDANCE * (prediction[n + i] - prediction[i]);
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
    if (!denoiser_go(d, input, timesteps))
        return false;
    g_autofree float *prediction = run_read(&d->run, d->out);
    if (!prediction)
        return false;
    guide(prediction, walk->n);
    walk_compare(walk, i, "noise_pred_guided", prediction);
    const float *noise = walk->step_noise && sampler_wants_noise(walk->sampler, i)
                             ? walk->step_noise + i * walk->n
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
    for (int i = 0; i < n; i++)
        values[i] = (float)sampler_timestep(walk->sampler, i);
    golden_compare(walk->golden, times, NULL, values, n);
    for (int i = 0; i <= n; i++)
        values[i] = (float)sampler_sigma(walk->sampler, i);
    golden_compare(walk->golden, sigmas, NULL, values, n + 1);
}

/* x: unit noise; becomes the latents. */
static void
walk_go(Walk *walk)
{
    g_autofree char *final = walk_key(walk, "output.final_latents");

    compare_schedule(walk);
    for (int64_t i = 0; i < walk->n; i++)
        walk->x[i] *= (float)sampler_init_sigma(walk->sampler);
    for (int i = 0; i < sampler_n_steps(walk->sampler); i++)
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

static Sampler *
open_sampler(Golden *g, const char *path, int n_steps)
{
    SchedulerConfig config;
    if (golden_failed(g) || !scheduler_config_read_json(path, &config, &g->error))
        return NULL;
    return sampler_new(&config, n_steps, &g->error);
}

/* What all sampling_* files start from. */
typedef struct {
    Shape sample, context, map; /* of a batch of two */
    float *noise, *embeds, *image, *step_noise;
} Start;

static void
start_clear(Start *start)
{
    g_free(start->noise);
    g_free(start->embeds);
    g_free(start->image);
    g_free(start->step_noise);
}

/* Reads sampling_inputs, which stands in for the open file meanwhile. */
static bool
start_read(Start *start, Golden *g)
{
    g_autofree char *path = golden_path(g, "goldens", "sampling_inputs.safetensors", NULL);
    g_autoptr(WeightsFile) file = weights_open(path, &g->error);
    WeightsFile *outer = g->file;

    if (!file)
        return false;
    g->file = file;
    g_autofree float *negative = golden_values(g, "negative_prompt_embeds");
    g_autofree float *positive = golden_values(g, "prompt_embeds");
    g_autofree float *image = golden_values(g, "controlnet_cond");
    start->noise = golden_values(g, "init_noise");
    if (golden_has(g, "euler_a.noise"))
        start->step_noise = golden_values(g, "euler_a.noise");
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

static void
sample_file(Golden *g, const Start *start, const char *scheduler, bool controlled)
{
    g_autofree char *path = golden_path(g, "schedulers", scheduler, "scheduler_config.json", NULL);
    const Unet *unet = golden_open_unet(g);
    const ControlNet *controlnet = controlled ? golden_open_controlnet(g) : NULL;
    const WeightsEntry *timesteps = golden_entry(g, "timesteps");
    g_autoptr(Sampler) sampler =
        timesteps ? open_sampler(g, path, (int)timesteps->n_elements) : NULL;
    int64_t n = shape_count(&start->sample) / 2;
    g_autofree float *x = g_memdup2(start->noise, (size_t)n * sizeof *x);
    Denoiser d;

    if (golden_failed(g))
        return;
    Walk walk = {.golden = g, .denoiser = &d, .sampler = sampler, .prefix = "", .x = x, .n = n};
    walk.step_noise = start->step_noise;
    if (denoiser_init(&d, g, unet, controlnet, &start->sample, &start->context, &start->map,
                      false)) {
        denoiser_condition(&d, start->embeds, start->image, 1);
        walk_go(&walk);
    }
    denoiser_clear(&d);
}

static void
check_sampling(Golden *g)
{
    const char *name = g->name + strlen("sampling_");
    bool plain = g_str_has_suffix(name, "_plain");
    g_autofree char *scheduler = g_strndup(name, strlen(name) - (plain ? strlen("_plain") : 0));
    Start start = {0};

    if (start_read(&start, g))
        sample_file(g, &start, scheduler, !plain);
    start_clear(&start);
}

/* --- end to end --- */

static void
decode_image(Golden *g, const float *latents, Shape shape)
{
    const Vae *vae = golden_open_vae(g);
    int64_t n = shape_count(&shape);
    g_autofree float *z = g_new(float, n);
    Run run;

    if (!vae)
        return;
    for (int64_t i = 0; i < n; i++)
        z[i] = (float)((double)latents[i] / vae->config.scaling_factor);
    run_init(&run, g);
    Tensor *in = graph_input(run.graph, DTYPE_F32, &shape);
    Tensor *image = graph_keep(run.graph, vae_decode(run.graph, vae, in));
    run_compile(&run);
    run_write(&run, in, z);
    if (run_go(&run)) {
        g_autofree float *values = run_read(&run, image);
        int64_t n_values = tensor_count(image);
        if (values)
            golden_compare(g, "output.image_raw", NULL, values, n_values);
        for (int64_t i = 0; values && i < n_values; i++)
            values[i] = CLAMP(values[i] / 2 + 0.5f, 0.0f, 1.0f);
        if (values)
            golden_compare(g, "output.image_0_1", NULL, values, n_values);
    }
    run_clear(&run);
}

/* What set A's file holds itself, and set B's takes from sampling_inputs. */
static bool
start_read_e2e(Start *start, Golden *g)
{
    if (!golden_has(g, "input.init_noise"))
        return start_read(start, g);
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

static void
run_e2e(Golden *g, const Start *start, float control_scale)
{
    g_autofree char *path =
        golden_model_path(g, "model", "scheduler", "scheduler_config.json", NULL);
    const Unet *unet = golden_open_unet(g);
    const ControlNet *controlnet = golden_open_controlnet(g);
    const WeightsEntry *timesteps = golden_entry(g, "loop.timesteps");
    Shape sample = start->sample, context;
    int64_t n = shape_count(&sample) / 2;
    g_autofree float *x = g_memdup2(start->noise, (size_t)n * sizeof *x);
    g_autofree float *text = encode_text(g, "input.input_ids_negative_positive", &context);
    g_autoptr(Sampler) sampler =
        timesteps ? open_sampler(g, path, (int)timesteps->n_elements) : NULL;
    Denoiser d;

    if (golden_failed(g))
        return;
    golden_compare(g, "debug.prompt_embeds_negative_positive", NULL, text, shape_count(&context));
    Walk walk = {.golden = g, .denoiser = &d, .sampler = sampler, .prefix = "loop.", .x = x};
    walk.n = n;
    if (denoiser_init(&d, g, unet, controlnet, &sample, &context, &start->map, false)) {
        denoiser_condition(&d, text, start->image, control_scale);
        walk_go(&walk);
    }
    denoiser_clear(&d);
    sample.dim[0] /= 2;
    if (!golden_failed(g))
        decode_image(g, x, sample);
}

/* Set A's has a LoRA and a control of 0.7; B's none and 0.8 (their READMEs). */
static void
check_e2e(Golden *g)
{
    bool with_lora = golden_has(g, "input.init_noise");
    LoraTarget target = golden_lora_target(g);
    g_autoptr(Lora) lora = with_lora ? golden_open_lora(g, "kohya_r4_a4") : NULL;
    Start start = {0};

    if (lora)
        lora_attach(lora, &target, 1);
    if (!golden_failed(g) && start_read_e2e(&start, g))
        run_e2e(g, &start, with_lora ? 0.7f : 0.8f);
    start_clear(&start);
    if (lora)
        lora_detach(lora, &target);
}

const GoldenPart golden_parts_lora[] = {
    {"lora_forward", check_lora_forward},
    {NULL, NULL},
};

const GoldenPart golden_parts_sampling[] = {
    {"sampling_inputs", NULL},
    {"sampling_*", check_sampling},
    {"e2e", check_e2e},
    {NULL, NULL},
};
