/* SPDX-License-Identifier: Apache-2.0 */
/* sampling_* and sd1_sampling_*: whole loops, each with the scheduler of its name. */
#include <string.h>

#include "compute/sample/vae_runner.h"
#include "compute/selftest/golden_walk.h"

/* What a file's name does not say. */
typedef struct {
    const char *name;      /* after "sampling_" or "sd1_sampling_" */
    const char *scheduler; /* NULL: as the name says, without "sched_" */
    bool plain;            /* without ControlNet */
    double guidance;       /* 0: 7.5 */
    double rescale;
    GeneratorControl control; /* weight 0: 1, all the way */
    int n_steps, first;       /* 0: as many as there are timesteps, from the first */
} SamplingCase;

static const SamplingCase sampling_cases[] = {
    {.name = "ddim_plain", .scheduler = "ddim", .plain = true},
    {.name = "ddim_zsnr_trailing_rescale0p7",
     .scheduler = "ddim_zsnr_trailing",
     .plain = true,
     .rescale = 0.7},
    {.name = "control_start_end",
     .scheduler = "euler_leading",
     .control = {.weight = 0.9, .start = 0.2, .end = 0.8}},
    {.name = "heun", .n_steps = 5},
    {.name = "img2img_ddim", .scheduler = "ddim", .plain = true, .n_steps = 8, .first = 4},
    {.name = "img2img_euler",
     .scheduler = "euler_leading",
     .plain = true,
     .n_steps = 9,
     .first = 4},
    {.name = "lcm", .guidance = 1.5},
    {.name = "lcm_nocfg", .scheduler = "lcm", .guidance = 1},
};

#define SD1 "sd1_sampling_"
#define PLAIN "sampling_"
#define SCHED "sched_"

static SamplingCase
find_case(const char *name)
{
    SamplingCase item = {.name = name};

    for (guint i = 0; i < G_N_ELEMENTS(sampling_cases); i++) {
        if (g_str_equal(sampling_cases[i].name, name))
            item = sampling_cases[i];
    }
    item.plain = item.plain || g_str_has_prefix(name, SCHED);
    if (!item.scheduler)
        item.scheduler = g_str_has_prefix(name, SCHED) ? name + strlen(SCHED) : name;
    if (item.guidance == 0)
        item.guidance = 7.5;
    if (item.control.weight == 0)
        item.control = (GeneratorControl)GENERATOR_CONTROL_DEFAULTS;
    return item;
}

/* The folder of a set's schedulers has another prefix for each kind of model, or none. */
static char *
scheduler_path(const Golden *g, const char *name)
{
    static const char *const prefixes[] = {"", "v_", "e_"};
    char *path = NULL;

    for (guint i = g_str_has_prefix(g->name, SD1) ? 2 : 0; i < G_N_ELEMENTS(prefixes); i++) {
        g_autofree char *folder = g_strconcat(prefixes[i], name, NULL);

        g_free(path);
        path = golden_path(g, "schedulers", folder, "scheduler_config.json", NULL);
        if (g_file_test(path, G_FILE_TEST_EXISTS))
            break;
    }
    return path;
}

/* Where the ControlNet acts, as 1 or 0. */
static void
compare_keep(Golden *g, const SamplingCase *item, int n_steps)
{
    g_autofree float *keep = g_new(float, n_steps);

    for (int i = 0; i < n_steps; i++)
        keep[i] = generator_control_weight(&item->control, i, n_steps) > 0;
    golden_compare(g, "controlnet_keep", NULL, keep, n_steps);
}

/* The picture's latents and, from them and the noise, what the first step starts from. NULL after
 * an error. */
static float *
start_from_picture(Golden *g, const Sampler *sampler, const SamplingCase *item)
{
    const Vae *vae = golden_open_vae(g);
    g_autofree float *image = golden_input(g, SD1 "inputs", "img2img_image");
    g_autofree float *eps = golden_input(g, SD1 "inputs", "img2img_vae_eps");
    g_autofree float *noise = golden_input(g, SD1 "inputs", "img2img_noise");
    const WeightsEntry *latents = golden_entry(g, "start_latents");
    float *x = NULL;
    Run run;

    if (golden_failed(g))
        return NULL;
    Shape shape = golden_shape(latents);
    int64_t n = shape_count(&shape), factor = vae_factor(&vae->config);
    run_init(&run, g);
    Tensor *in = graph_input(run.graph, DTYPE_F32,
                             &SHAPE(1, 3, shape.dim[2] * factor, shape.dim[3] * factor));
    Tensor *out = graph_keep(run.graph, vae_encode(run.graph, vae, in));
    run_compile(&run);
    run_write(&run, in, image);
    if (run_go(&run)) {
        g_autofree float *moments = run_read(&run, out);

        x = g_new(float, n);
        vae_sample_moments(moments, eps, n, vae->config.scaling_factor, x);
        golden_compare(g, "init_latents", NULL, x, n);
        sampler_add_noise(sampler, item->first, x, noise, x, n);
        golden_compare(g, "start_latents", NULL, x, n);
    }
    run_clear(&run);
    return x;
}

static void
sample_file(Golden *g, const Start *start, const SamplingCase *item)
{
    g_autofree char *path = scheduler_path(g, item->scheduler);
    const Unet *unet = golden_open_unet(g);
    const ControlNet *controlnet = item->plain ? NULL : golden_open_controlnet(g);
    const WeightsEntry *timesteps = golden_entry(g, "timesteps");
    int n_steps = item->n_steps ? item->n_steps : timesteps ? (int)timesteps->n_elements : 0;
    g_autoptr(Sampler) sampler = timesteps ? golden_open_sampler(g, path, n_steps) : NULL;
    int64_t n = shape_count(&start->sample) / 2;
    g_autofree float *x = NULL;
    Shape one = start->sample;
    Denoiser d;

    if (golden_failed(g))
        return;
    x = item->first ? start_from_picture(g, sampler, item)
                    : g_memdup2(start->noise, (size_t)n * sizeof *x);
    if (!x)
        return;
    one.dim[0] = 1;
    compare_keep(g, item, sampler_n_steps(sampler));
    Walk walk = {.golden = g, .denoiser = &d, .sampler = sampler, .prefix = "", .x = x, .n = n};
    walk.step_noise = start->step_noise;
    walk.first = item->first;
    walk.guidance = item->guidance;
    walk.rescale = item->rescale;
    walk.control = item->control;
    if (denoiser_init(&d, g, unet, controlnet, &start->sample, &start->context, &start->map,
                      false)) {
        denoiser_condition(&d, start->embeds, start->image, 1);
        walk_go(&walk);
    }
    denoiser_clear(&d);
    if (golden_has(g, "output.image_raw"))
        golden_decode_image(g, x, one);
}

static void
check_sampling(Golden *g)
{
    bool sd1 = g_str_has_prefix(g->name, SD1);
    SamplingCase item = find_case(g->name + strlen(sd1 ? SD1 : PLAIN));
    bool noisy = strstr(item.scheduler, "euler_a");
    Start start = {0};

    if (start_read(&start, g, sd1 ? SD1 "inputs" : PLAIN "inputs",
                   sd1     ? "step_noise"
                   : noisy ? "euler_a.noise"
                           : NULL))
        sample_file(g, &start, &item);
    start_clear(&start);
}

const GoldenPart golden_parts_sampling[] = {
    {PLAIN "inputs", NULL},    {SD1 "inputs", NULL}, {PLAIN "*", check_sampling},
    {SD1 "*", check_sampling}, {"e2e", golden_e2e},  {NULL, NULL},
};
