/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/bench/preset.h"

#include <glib/gi18n-lib.h>
#include <gio/gio.h>
#include <math.h>

#include "compute/model/folder.h"

void
controlnet_config_of_unet(const UNetConfig *unet, ControlNetConfig *config)
{
    controlnet_config_init_sd15(config);
    config->unet = *unet;
}

static void
init_mini(ModelConfigs *c)
{
    static const int channels[] = {64, 128, 192, 256}, vae_channels[] = {32, 64, 96, 96};
    static const int embedding[] = {16, 32, 64, 128};

    for (int i = 0; i < 4; i++) {
        c->unet.block_out_channels[i] = channels[i];
        c->unet.down_attention[i] = i > 0;
        c->unet.up_attention[i] = i < 3;
        c->unet.layers_per_block[i] = 1;
        c->unet.n_heads[i] = 4;
        c->vae.block_out_channels[i] = vae_channels[i];
        c->controlnet.conditioning_embedding_out_channels[i] = embedding[i];
    }
    c->unet.cross_attention_dim = c->text_encoder.hidden_size = 128;
    c->vae.layers_per_block = 1;
    c->text_encoder.intermediate_size = 512;
    c->text_encoder.projection_dim = 128;
    c->text_encoder.n_layers = c->text_encoder.n_heads = 4;
}

static void
init_sd21(ModelConfigs *c)
{
    static const int heads[] = {5, 10, 20, 20};

    for (int i = 0; i < 4; i++)
        c->unet.n_heads[i] = heads[i];
    c->unet.cross_attention_dim = c->text_encoder.hidden_size = 1024;
    c->unet.use_linear_projection = true;
    c->text_encoder.intermediate_size = 4096;
    c->text_encoder.projection_dim = 512;
    c->text_encoder.n_layers = 23;
    c->text_encoder.n_heads = 16;
    c->text_encoder.hidden_act = ACTIVATION_GELU;
    c->scheduler.prediction_type = PREDICTION_V;
}

static int
scaled(int width, double factor)
{
    return MAX(1, (int)lround(width * factor));
}

/* Whether groups of at least two channels divide every width. */
static bool
groups_fit(const int *widths, int n, int groups)
{
    for (int i = 0; i < n; i++) {
        if (widths[i] % groups != 0 || widths[i] / groups < 2)
            return false;
    }
    return true;
}

static int
fitting_groups(const int *widths, int n, int groups)
{
    while (groups > 1 && !groups_fit(widths, n, groups))
        groups /= 2;
    return groups;
}

static void
scale_widths(ModelConfigs *c, double width)
{
    for (int i = 0; i < c->unet.n_levels; i++)
        c->unet.block_out_channels[i] = scaled(c->unet.block_out_channels[i], width);
    for (int i = 0; i < c->vae.n_levels; i++)
        c->vae.block_out_channels[i] = scaled(c->vae.block_out_channels[i], width);
    c->unet.time_embed_dim = 4 * c->unet.block_out_channels[0];
    c->unet.norm_num_groups =
        fitting_groups(c->unet.block_out_channels, c->unet.n_levels, c->unet.norm_num_groups);
    c->vae.norm_num_groups =
        fitting_groups(c->vae.block_out_channels, c->vae.n_levels, c->vae.norm_num_groups);
}

bool
model_configs_preset(const char *name, double width, ModelConfigs *c, GError **error)
{
    bool mini = g_str_equal(name, "mini"), sd21 = g_str_equal(name, "sd21");

    if (!mini && !sd21 && !g_str_equal(name, "sd15")) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    _("There is no preset “%s”: take mini, sd15 or sd21."), name);
        return false;
    }
    if (!(width >= 0.05 && width <= 1)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    _("A width of %g does not do: take a share from 0.05 to 1."), width);
        return false;
    }
    *c = (ModelConfigs){0};
    unet_config_init_sd15(&c->unet);
    controlnet_config_init_sd15(&c->controlnet);
    vae_config_init_sd15(&c->vae);
    text_encoder_config_init_sd15(&c->text_encoder);
    scheduler_config_init_sd15(&c->scheduler);
    if (mini)
        init_mini(c);
    if (sd21)
        init_sd21(c);
    scale_widths(c, width);
    c->controlnet.unet = c->unet;
    return unet_config_check(&c->unet, name, error) && vae_config_check(&c->vae, name, error) &&
           controlnet_config_check(&c->controlnet, name, error);
}

static char *
config_path(const char *dir, const char *part, const char *file, GError **error)
{
    g_autofree char *folder = g_build_filename(dir, part, NULL);

    return folder_make(folder, error) ? g_build_filename(folder, file, NULL) : NULL;
}

bool
model_configs_write(const ModelConfigs *c, const char *dir, GError **error)
{
    g_autofree char *unet = config_path(dir, "unet", "config.json", error);
    g_autofree char *controlnet =
        unet ? config_path(dir, "controlnet", "config.json", error) : NULL;
    g_autofree char *vae = controlnet ? config_path(dir, "vae", "config.json", error) : NULL;
    g_autofree char *text = vae ? config_path(dir, "text_encoder", "config.json", error) : NULL;
    g_autofree char *scheduler =
        text ? config_path(dir, "scheduler", "scheduler_config.json", error) : NULL;
    g_autofree char *index = g_build_filename(dir, "model_index.json", NULL);

    return scheduler && unet_config_write_json(&c->unet, unet, error) &&
           controlnet_config_write_json(&c->controlnet, controlnet, error) &&
           vae_config_write_json(&c->vae, vae, error) &&
           text_encoder_config_write_json(&c->text_encoder, text, error) &&
           scheduler_config_write_json(&c->scheduler, scheduler, error) &&
           model_index_write_json(c->scheduler.kind, index, error);
}
