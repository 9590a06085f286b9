/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a tiny random model for the tests of the command: make_model DIR makes the folder DIR, and
 * DIR.safetensors of the same model. Factor 8, so that
 * real pictures go through it; attention only where the picture is small, so that it is quick. */
#include "compute/model/checkpoint_names.h"
#include "compute/model/controlnet.h"
#include "compute/model/text_encoder.h"
#include "compute/model/tokenizer.h"
#include "compute/model/unet.h"
#include "compute/model/vae.h"

enum { WIDTH = 16 };

static const char *const captions[] = {
    "pixelated network data: no vpn, web, http2",
    "pixelated network data: wireguard, dash, 1080, http3",
    "pixelated network data: openvpn-tcp, voip, rtp",
};

static void
set_unet(UNetConfig *config)
{
    unet_config_init_sd15(config);
    config->n_levels = 3;
    for (int i = 0; i < 3; i++) {
        config->block_out_channels[i] = 8;
        config->layers_per_block[i] = 1;
        config->n_heads[i] = 2;
        config->down_attention[i] = i == 2;
        config->up_attention[i] = i == 0;
    }
    config->norm_num_groups = 4;
    config->cross_attention_dim = WIDTH;
    config->time_embed_dim = 4 * 8;
}

static void
set_vae(VaeConfig *config)
{
    vae_config_init_sd15(config);
    for (int i = 0; i < config->n_levels; i++)
        config->block_out_channels[i] = 4;
    config->layers_per_block = 1;
    config->norm_num_groups = 2;
    config->mid_block_add_attention = false;
}

static void
set_controlnet(ControlNetConfig *config)
{
    controlnet_config_init_sd15(config);
    set_unet(&config->unet);
    for (int i = 0; i < config->n_conditioning_embedding; i++)
        config->conditioning_embedding_out_channels[i] = 4;
}

/* The same model as one file under the original names: DIR.safetensors. */
static void
add_module(WeightsWriter *writer, const Module *module, ModuleRename rename,
           const CheckpointNames *names)
{
    for (guint i = 0; i < module->weights->len; i++) {
        const Weight *w = module->weights->pdata[i];
        int part = 0, n_parts = 1;
        g_autofree char *name = rename(w->name, names, &part, &n_parts);
        g_autofree float *values = g_new(float, shape_count(&w->shape));

        if (weight_read(w, values, NULL))
            weights_writer_add(writer, name, WEIGHTS_F16, w->shape.n_dims, w->shape.dim, values);
    }
}

static bool
make_file(const char *dir, const Unet *unet, const Vae *vae, const TextEncoder *text,
          GError **error)
{
    g_autofree char *path = g_strconcat(dir, ".safetensors", NULL);
    g_autoptr(WeightsWriter) writer = weights_writer_new(path, NULL);
    CheckpointNames names = {.prefix = "model.diffusion_model.", .layout = NAMES_LDM};
    CheckpointNames vae_names = {.prefix = "first_stage_model.", .layout = NAMES_LDM};
    CheckpointNames text_names = {.prefix = "cond_stage_model.transformer.", .layout = NAMES_CLIP};

    names.n_levels = unet->config.n_levels;
    vae_names.n_levels = vae->config.n_levels;
    for (int i = 0; i < names.n_levels; i++) {
        names.layers_per_block[i] = unet->config.layers_per_block[i];
        names.up_attention[i] = unet->config.up_attention[i];
    }
    add_module(writer, unet->module, checkpoint_unet_name, &names);
    add_module(writer, vae->module, checkpoint_vae_name, &vae_names);
    add_module(writer, text->module, checkpoint_text_name, &text_names);
    return weights_writer_finish(writer, error);
}

static bool
make(Device *device, const char *dir, GError **error)
{
    g_autofree char *tokens = g_build_filename(dir, "tokenizer", NULL);
    g_autofree char *text_dir = g_build_filename(dir, "text_encoder", NULL);
    g_autofree char *unet_dir = g_build_filename(dir, "unet", NULL);
    g_autofree char *vae_dir = g_build_filename(dir, "vae", NULL);
    g_autofree char *control_dir = g_build_filename(dir, "controlnet", NULL);
    g_autofree char *scheduler_dir = g_build_filename(dir, "scheduler", NULL);
    g_autofree char *scheduler_path =
        g_build_filename(scheduler_dir, "scheduler_config.json", NULL);
    g_autofree char *index = g_build_filename(dir, "model_index.json", NULL);
    TextEncoderConfig text;
    UNetConfig unet;
    VaeConfig vae;
    ControlNetConfig control;
    SchedulerConfig scheduler;

    if (!tokenizer_train(captions, G_N_ELEMENTS(captions), 600, tokens, error))
        return false;
    g_autoptr(Tokenizer) tokenizer = tokenizer_open(tokens, error);
    if (!tokenizer)
        return false;
    text_encoder_config_init_sd15(&text);
    text.hidden_size = text.projection_dim = WIDTH;
    text.intermediate_size = 4 * WIDTH;
    text.n_layers = text.n_heads = 2;
    text.vocab_size = tokenizer_n_tokens(tokenizer);
    set_unet(&unet);
    set_vae(&vae);
    set_controlnet(&control);
    scheduler_config_init_sd15(&scheduler);

    g_autoptr(TextEncoder) text_encoder = text_encoder_new_random(device, &text, 1, error);
    g_autoptr(Unet) the_unet = text_encoder ? unet_new_random(device, &unet, 2, error) : NULL;
    g_autoptr(Vae) the_vae = the_unet ? vae_new_random(device, &vae, 3, error) : NULL;
    g_autoptr(ControlNet) the_control =
        the_vae ? controlnet_new_random(device, &control, 4, error) : NULL;
    return the_control && text_encoder_save(text_encoder, text_dir, WEIGHTS_F16, error) &&
           unet_save(the_unet, unet_dir, WEIGHTS_F16, error) &&
           vae_save(the_vae, vae_dir, WEIGHTS_F16, error) &&
           controlnet_save(the_control, control_dir, WEIGHTS_F16, error) &&
           g_mkdir_with_parents(scheduler_dir, 0777) == 0 &&
           scheduler_config_write_json(&scheduler, scheduler_path, error) &&
           model_index_write_json(scheduler.kind, index, error) &&
           make_file(dir, the_unet, the_vae, text_encoder, error);
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Device) device = device_open("cpu", &error);

    if (argc == 2 && device && make(device, argv[1], &error))
        return 0;
    g_printerr("make_model: %s\n", error ? error->message : "give the name of a folder");
    return 1;
}
