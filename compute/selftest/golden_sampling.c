/* SPDX-License-Identifier: Apache-2.0 */
/* lora_forward and e2e: LoRAs attached, and everything from token ids to the image. */
#include <math.h>
#include <string.h>

#include "compute/selftest/golden_private.h"
#include "compute/selftest/golden_walk.h"

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

/* --- end to end --- */

void
golden_decode_image(Golden *g, const float *latents, Shape shape)
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

static void
run_e2e(Golden *g, const Start *start, float scale)
{
    g_autofree char *path =
        golden_model_path(g, "model", "scheduler", "scheduler_config.json", NULL);
    const Unet *unet = golden_open_unet(g);
    const ControlNet *controlnet = golden_open_controlnet(g);
    const WeightsEntry *timesteps = golden_entry(g, "loop.timesteps");
    int64_t n = shape_count(&start->sample) / 2;
    g_autofree float *x = g_memdup2(start->noise, (size_t)n * sizeof *x);
    Shape context;
    g_autofree float *text = encode_text(g, "input.input_ids_negative_positive", &context);
    g_autoptr(Sampler) sampler =
        timesteps ? golden_open_sampler(g, path, (int)timesteps->n_elements) : NULL;
    Shape one = start->sample;
    Denoiser d;

    if (golden_failed(g))
        return;
    golden_compare(g, "debug.prompt_embeds_negative_positive", NULL, text, shape_count(&context));
    Walk walk = {.golden = g, .denoiser = &d, .sampler = sampler, .prefix = "loop.", .x = x};
    walk.n = n;
    walk.guidance = 7.5;
    walk.control = (GeneratorControl){.weight = scale, .end = 1};
    if (denoiser_init(&d, g, unet, controlnet, &start->sample, &context, &start->map, false)) {
        denoiser_condition(&d, text, start->image, scale);
        walk_go(&walk);
    }
    denoiser_clear(&d);
    one.dim[0] = 1;
    if (!golden_failed(g))
        golden_decode_image(g, x, one);
}

/* Noise and map of the file itself, with the LoRA; or those of sampling_inputs, without. */
void
golden_e2e(Golden *g)
{
    bool own = golden_has(g, "input.init_noise");
    Start start = {0};

    if (own ? start_read_own(&start, g) : start_read(&start, g, "sampling_inputs", NULL)) {
        LoraTarget target = golden_lora_target(g);
        g_autoptr(Lora) lora = own ? golden_open_lora(g, "kohya_r4_a4") : NULL;

        if (lora)
            lora_attach(lora, &target, 1);
        if (!golden_failed(g))
            run_e2e(g, &start, own ? 0.7f : 0.8f);
        if (lora)
            lora_detach(lora, &target);
    }
    start_clear(&start);
}

const GoldenPart golden_parts_lora[] = {
    {"lora_forward", check_lora_forward},
    {NULL, NULL},
};
