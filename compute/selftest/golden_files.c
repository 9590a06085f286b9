/* SPDX-License-Identifier: Apache-2.0 */
/* sd1_single_file: set A's models out of single files in the original layout, in fp32, fp16 and
 * bf16; sd1_vae_encode_sample: latents drawn from what the VAE says of an image. */
#include <math.h>

#include "compute/model/checkpoint.h"
#include "compute/selftest/golden_private.h"

/* --- single files --- */

/* Puts the models of the files in place of those of the folder. */
static bool
open_files(Golden *g, const char *dtype)
{
    g_autofree char *model = g_strdup_printf("model_%s.safetensors", dtype);
    g_autofree char *control = g_strdup_printf("controlnet_%s.safetensors", dtype);
    g_autofree char *model_path = golden_path(g, "single_file", model, NULL);
    g_autofree char *control_path = golden_path(g, "single_file", control, NULL);
    g_autofree char *config = golden_model_path(g, "model", NULL);
    CheckpointOptions options = {.config = config};

    golden_close_models(g);
    g_autoptr(Checkpoint) c = checkpoint_open(model_path, &options, &g->error);
    if (!c)
        return false;
    ModuleSource unet = checkpoint_unet_source(c), vae = checkpoint_vae_source(c);
    ModuleSource text = checkpoint_text_source(c);
    return (g->unet = unet_load(g->device, &c->unet, &unet, &g->error)) &&
           (g->vae = vae_load(g->device, &c->vae, &vae, &g->error)) &&
           (g->text_encoder = text_encoder_load(g->device, &c->text_encoder, &text, &g->error)) &&
           (g->controlnet = controlnet_open_for(g->device, control_path, &c->unet, &g->error));
}

static void
compare_at(Run *run, const Tensor *t, const char *dtype, const char *what)
{
    g_autofree char *key = g_strdup_printf("output.%s.%s", dtype, what);
    run_compare(run, t, key, NULL);
}

static void
run_text(Golden *g, const char *tag)
{
    Run run;

    run_init(&run, g);
    Tensor *ids = run_input(&run, "input.input_ids");
    if (ids) {
        Tensor *out = text_encoder_forward(run.graph, g->text_encoder, ids, 0);
        graph_keep(run.graph, out);
        if (run_compile(&run) && run_go(&run))
            compare_at(&run, out, tag, "text_encoder.last_hidden_state");
    }
    run_clear(&run);
}

static void
run_vae(Golden *g, const char *tag)
{
    int n_z = g->vae->config.latent_channels;
    Run run;

    run_init(&run, g);
    Tensor *image = run_input(&run, "input.image"), *z = run_input(&run, "input.z");
    if (image && z) {
        Tensor *moments = vae_encode(run.graph, g->vae, image);
        Tensor *mean = graph_keep(run.graph, op_slice(run.graph, moments, 0, n_z));
        Tensor *logvar = graph_keep(run.graph, op_slice(run.graph, moments, n_z, n_z));
        Tensor *decoded = graph_keep(run.graph, vae_decode(run.graph, g->vae, z));
        if (run_compile(&run) && run_go(&run)) {
            compare_at(&run, mean, tag, "vae.encode.mean");
            compare_at(&run, logvar, tag, "vae.encode.logvar");
            compare_at(&run, decoded, tag, "vae.decode.image");
        }
    }
    run_clear(&run);
}

static void
run_unet(Golden *g, const char *tag, bool controlled)
{
    const WeightsEntry *x = golden_entry(g, "input.sample");
    const WeightsEntry *ctx = golden_entry(g, "input.encoder_hidden_states");
    const WeightsEntry *map = golden_entry(g, "input.controlnet_cond");
    g_autofree float *sample = golden_values(g, "input.sample");
    g_autofree float *context = golden_values(g, "input.encoder_hidden_states");
    g_autofree float *image = golden_values(g, "input.controlnet_cond");
    int n_times;
    g_autofree double *time = golden_doubles(g, "input.timestep", &n_times);
    Denoiser d;

    if (golden_failed(g))
        return;
    Shape shape = golden_shape(x), context_shape = golden_shape(ctx), maps = golden_shape(map);
    g_autofree double *times = g_new(double, shape.dim[0]);
    for (int i = 0; i < shape.dim[0]; i++)
        times[i] = time[0];
    if (denoiser_init(&d, g, g->unet, controlled ? g->controlnet : NULL, &shape, &context_shape,
                      controlled ? &maps : NULL, false)) {
        denoiser_condition(&d, context, controlled ? image : NULL, 1);
        if (denoiser_go(&d, sample, times)) {
            compare_at(&d.run, d.out, tag, controlled ? "controlnet_unet_sample" : "unet_sample");
            if (controlled) {
                compare_at(&d.run, d.residuals->pdata[0], tag,
                           "controlnet.down_block_res_samples.0");
                compare_at(&d.run, d.residuals->pdata[d.residuals->len - 1], tag,
                           "controlnet.mid_block_res_sample");
            }
        }
    }
    denoiser_clear(&d);
}

void
golden_single_file(Golden *g)
{
    static const struct {
        const char *file, *tag;
    } dtypes[] = {{"fp32", "f32"}, {"fp16", "f16"}, {"bf16", "bf16"}};

    for (guint i = 0; i < G_N_ELEMENTS(dtypes) && !golden_failed(g); i++) {
        if (!open_files(g, dtypes[i].file))
            break;
        run_text(g, dtypes[i].tag);
        run_vae(g, dtypes[i].tag);
        run_unet(g, dtypes[i].tag, false);
        run_unet(g, dtypes[i].tag, true);
    }
    golden_close_models(g);
}

/* --- a sample of the posterior --- */

/* logvar as clamped, and the standard deviation. */
static void
compare_spread(Run *run, const Tensor *t)
{
    Golden *g = run->golden;
    g_autofree float *values = run_read(run, t);
    int64_t n = tensor_count(t);

    for (int64_t i = 0; values && i < n; i++)
        values[i] = CLAMP(values[i], -30.0f, 20.0f);
    if (values)
        golden_compare(g, "output.sq.logvar", NULL, values, n);
    for (int64_t i = 0; values && i < n; i++)
        values[i] = expf(values[i] / 2);
    if (values)
        golden_compare(g, "output.sq.std", NULL, values, n);
}

void
golden_vae_sample(Golden *g)
{
    const Vae *vae = golden_open_vae(g);
    Run run;

    if (!vae)
        return;
    int n_z = vae->config.latent_channels;
    run_init(&run, g);
    Tensor *image = run_input(&run, "input.sq.image"), *eps = run_input(&run, "input.sq.eps");
    if (image && eps) {
        Tensor *moments = vae_encode(run.graph, vae, image);
        Tensor *mean = graph_keep(run.graph, op_slice(run.graph, moments, 0, n_z));
        Tensor *logvar = graph_keep(run.graph, op_slice(run.graph, moments, n_z, n_z));
        Tensor *sample = graph_keep(run.graph, op_gaussian_sample(run.graph, moments, eps));
        Tensor *latents =
            graph_keep(run.graph, op_scale(run.graph, sample, (float)vae->config.scaling_factor));
        if (run_compile(&run) && run_go(&run)) {
            run_compare(&run, mean, "output.sq.mean", NULL);
            compare_spread(&run, logvar);
            run_compare(&run, sample, "output.sq.sample", NULL);
            run_compare(&run, latents, "output.sq.latents", NULL);
        }
    }
    run_clear(&run);
}
