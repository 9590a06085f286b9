/* SPDX-License-Identifier: Apache-2.0 */
/* Configs from the shapes of a checkpoint's tensors. All questions are asked with diffusers' names,
 * so that one set of them serves both layouts. */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <stdarg.h>

#include "compute/model/checkpoint.h"

enum { MAX_WIDTH = 1 << 20, MAX_LAYERS = 64, GROUPS = 32, HEAD_WIDTH = 64, SD1_HEADS = 8 };

/* A part of a file that is asked. */
typedef struct {
    const WeightsFile *file;
    ModuleRename rename;
    const CheckpointNames *names;
} Asked;

static const WeightsEntry *
find(const Asked *asked, const char *name)
{
    int part = 0, n_parts = 1;
    g_autofree char *theirs = asked->rename(name, asked->names, &part, &n_parts);

    return weights_find(asked->file, theirs);
}

static bool has(const Asked *asked, const char *format, ...) G_GNUC_PRINTF(2, 3);
static int width(const Asked *asked, int dim, const char *format, ...) G_GNUC_PRINTF(3, 4);

static bool
has(const Asked *asked, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *name = g_strdup_vprintf(format, args);
    va_end(args);
    return find(asked, name) != NULL;
}

/* A dimension of a tensor; 0: there is none, or it is no width of a model. */
static int
width(const Asked *asked, int dim, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *name = g_strdup_vprintf(format, args);
    va_end(args);
    const WeightsEntry *entry = find(asked, name);
    if (!entry || dim >= entry->n_dims || entry->dim[dim] > MAX_WIDTH)
        return 0;
    return (int)entry->dim[dim];
}

static bool
refuse(const WeightsFile *file, const char *what, GError **error)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("%s: %s cannot be deduced from the shapes of its tensors. Name a folder with the "
                  "model's configs (unet/config.json, …), as diffusers has them."),
                weights_path(file), what);
    return false;
}

/* The groups of the norms leave no trace in shapes: 32 in every Stable Diffusion. */
static bool
check_widths(const WeightsFile *file, const int *widths, int n, const char *what, GError **error)
{
    for (int i = 0; i < n; i++)
        if (widths[i] < GROUPS || widths[i] % GROUPS != 0)
            return refuse(file, what, error);
    return n > 0 || refuse(file, what, error);
}

/* --- UNet and ControlNet --- */

/* Residual blocks a level; in the original names the first downsampler says it. */
static int
count_layers(const Asked *asked)
{
    int n = 0;

    if (asked->names->layout == NAMES_DIFFUSERS) {
        while (n < MAX_LAYERS && has(asked, "down_blocks.0.resnets.%d.conv1.weight", n))
            n++;
        return n;
    }
    for (n = 1; n < MAX_LAYERS; n++) {
        g_autofree char *name =
            g_strdup_printf("%sinput_blocks.%d.0.op.weight", asked->names->prefix, n + 1);
        if (weights_find(asked->file, name))
            return n;
    }
    return 0;
}

static int
count_depth(const Asked *asked, const char *place)
{
    int n = 0;

    while (n < MAX_LAYERS && has(asked, "%s.transformer_blocks.%d.norm1.weight", place, n))
        n++;
    return n;
}

static void
deduce_level(const Asked *asked, UNetConfig *config, int level)
{
    g_autofree char *place = g_strdup_printf("down_blocks.%d.attentions.0", level);

    config->down_attention[level] = has(asked, "%s.norm.weight", place);
    config->n_transformer_layers[level] = MAX(
        1, count_depth(asked, config->down_attention[level] ? place : "mid_block.attentions.0"));
}

/* The encoder: what UNet and ControlNet have in common. */
static void
deduce_encoder(const Asked *asked, CheckpointNames *names, UNetConfig *config)
{
    const WeightsEntry *proj;
    int n_layers = count_layers(asked);

    names->n_levels = 0;
    for (int i = 0; i < CONFIG_MAX_LEVELS; i++)
        names->layers_per_block[i] = n_layers;
    for (int i = 0; i < CONFIG_MAX_LEVELS && n_layers > 0; i++) {
        int n = width(asked, 0, "down_blocks.%d.resnets.0.conv1.weight", i);
        if (n == 0)
            break;
        config->block_out_channels[i] = n;
        config->layers_per_block[i] = n_layers;
        deduce_level(asked, config, i);
        names->n_levels = i + 1;
    }
    config->n_levels = names->n_levels;
    config->in_channels = width(asked, 1, "conv_in.weight");
    config->cross_attention_dim =
        width(asked, 1, "mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight");
    config->time_embed_dim = 4 * config->block_out_channels[0];
    config->sample_size = 0;
    proj = find(asked, "mid_block.attentions.0.proj_in.weight");
    config->use_linear_projection = proj && proj->n_dims == 2;
}

/* Whether each level's width can be shared among heads as its family does it. */
static bool
deduce_heads(UNetConfig *config)
{
    for (int i = 0; i < config->n_levels; i++) {
        int n = config->block_out_channels[i];
        config->n_heads[i] = config->use_linear_projection ? n / HEAD_WIDTH : SD1_HEADS;
        if (config->n_heads[i] < 1 || n % config->n_heads[i] != 0)
            return false;
    }
    return true;
}

bool
checkpoint_deduce_unet(const WeightsFile *file, CheckpointNames *names, UNetConfig *config,
                       GError **error)
{
    Asked asked = {file, checkpoint_unet_name, names};

    unet_config_init_sd15(config);
    deduce_encoder(&asked, names, config);
    for (int i = 0; i < config->n_levels; i++) {
        config->up_attention[i] = has(&asked, "up_blocks.%d.attentions.0.norm.weight", i);
        names->up_attention[i] = config->up_attention[i];
    }
    config->out_channels = width(&asked, 0, "conv_out.weight");
    return check_widths(file, config->block_out_channels, config->n_levels, _("the UNet"), error) &&
           (deduce_heads(config) || refuse(file, _("the UNet's number of heads"), error)) &&
           unet_config_check(config, weights_path(file), error);
}

static void
deduce_stem(const Asked *asked, ControlNetConfig *config)
{
    int n = 0;

    config->conditioning_channels = width(asked, 1, "controlnet_cond_embedding.conv_in.weight");
    config->conditioning_embedding_out_channels[n++] =
        width(asked, 0, "controlnet_cond_embedding.conv_in.weight");
    while (n < CONFIG_MAX_LEVELS) {
        int next = width(asked, 0, "controlnet_cond_embedding.blocks.%d.weight", 2 * n - 1);
        if (next == 0)
            break;
        config->conditioning_embedding_out_channels[n++] = next;
    }
    config->n_conditioning_embedding = n;
}

/* What shapes do not show, of the UNet it was made for. */
static void
take_over(UNetConfig *config, const UNetConfig *base)
{
    config->norm_num_groups = base->norm_num_groups;
    config->norm_eps = base->norm_eps;
    config->flip_sin_to_cos = base->flip_sin_to_cos;
    config->freq_shift = base->freq_shift;
    config->downsample_padding = base->downsample_padding;
    config->upcast_attention = base->upcast_attention;
    for (int i = 0; i < config->n_levels; i++)
        config->n_heads[i] = base->n_heads[i];
}

bool
checkpoint_controlnet_config(const WeightsFile *file, const UNetConfig *base,
                             ControlNetConfig *config, CheckpointNames *names, GError **error)
{
    Asked asked = {file, checkpoint_controlnet_name, names};

    if (!checkpoint_find_controlnet(file, names)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("%s is %s, not a ControlNet. Choose a ControlNet for this model."),
                    weights_path(file), checkpoint_kind_text(checkpoint_kind(file)));
        return false;
    }
    if (weights_find(file, "difference")) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("%s holds only what is added to a model's own weights to make a ControlNet "
                      "(a difference). Choose the whole ControlNet."),
                    weights_path(file));
        return false;
    }
    controlnet_config_init_sd15(config);
    deduce_encoder(&asked, names, &config->unet);
    deduce_stem(&asked, config);
    names->n_stem = config->n_conditioning_embedding;
    if (base && base->n_levels == config->unet.n_levels)
        take_over(&config->unet, base);
    else if (!check_widths(file, config->unet.block_out_channels, config->unet.n_levels,
                           _("the ControlNet"), error) ||
             (!deduce_heads(&config->unet) &&
              !refuse(file, _("the ControlNet's number of heads"), error)))
        return false;
    return controlnet_config_check(config, weights_path(file), error);
}

/* --- VAE --- */

bool
checkpoint_deduce_vae(const WeightsFile *file, CheckpointNames *names, VaeConfig *config,
                      GError **error)
{
    Asked asked = {file, checkpoint_vae_name, names};

    vae_config_init_sd15(config);
    config->sample_size = 0;
    config->n_levels = 0;
    for (int i = 0; i < CONFIG_MAX_LEVELS; i++) {
        int n = width(&asked, 0, "encoder.down_blocks.%d.resnets.0.conv1.weight", i);
        if (n == 0)
            break;
        config->block_out_channels[i] = n;
        config->n_levels = i + 1;
    }
    names->n_levels = config->n_levels;
    config->layers_per_block = 0;
    while (config->layers_per_block < MAX_LAYERS &&
           has(&asked, "encoder.down_blocks.0.resnets.%d.conv1.weight", config->layers_per_block))
        config->layers_per_block++;
    config->in_channels = width(&asked, 1, "encoder.conv_in.weight");
    config->out_channels = width(&asked, 0, "decoder.conv_out.weight");
    config->latent_channels = width(&asked, 1, "decoder.conv_in.weight");
    config->use_quant_conv = has(&asked, "quant_conv.weight");
    config->use_post_quant_conv = has(&asked, "post_quant_conv.weight");
    config->mid_block_add_attention = has(&asked, "encoder.mid_block.resnets.1.conv1.weight") &&
                                      (has(&asked, "encoder.mid_block.attentions.0.to_q.weight") ||
                                       has(&asked, "encoder.mid_block.attentions.0.query.weight"));
    return check_widths(file, config->block_out_channels, config->n_levels, _("the VAE"), error) &&
           vae_config_check(config, weights_path(file), error);
}

/* --- text encoder --- */

/* SD 2 reads the last but one of OpenCLIP-H's 24 layers, so diffusers' files hold 23. */
enum { OPENCLIP_H_LAYERS = 24 };

bool
checkpoint_deduce_text(const WeightsFile *file, const CheckpointNames *names,
                       TextEncoderConfig *config, GError **error)
{
    Asked asked = {file, checkpoint_text_name, names};
    bool openclip;
    int n = 0;

    text_encoder_config_init_sd15(config);
    while (n < 256 && has(&asked, "text_model.encoder.layers.%d.mlp.fc1.weight", n))
        n++;
    config->n_layers = n;
    config->vocab_size = width(&asked, 0, "text_model.embeddings.token_embedding.weight");
    config->hidden_size = width(&asked, 1, "text_model.embeddings.token_embedding.weight");
    config->max_position_embeddings =
        width(&asked, 0, "text_model.embeddings.position_embedding.weight");
    config->intermediate_size = width(&asked, 0, "text_model.encoder.layers.0.mlp.fc1.weight");
    config->n_heads = config->hidden_size / HEAD_WIDTH;
    config->projection_dim = config->hidden_size;
    /* OpenAI's CLIP-L, 768 wide, has quick_gelu; open_clip's models have gelu. */
    openclip = names->layout == NAMES_OPENCLIP || config->hidden_size > 768;
    config->hidden_act = openclip ? ACTIVATION_GELU : ACTIVATION_QUICK_GELU;
    if (openclip && n == OPENCLIP_H_LAYERS)
        config->n_layers = n - 1;
    if (n < 1 || config->n_heads < 1 || config->hidden_size % HEAD_WIDTH != 0)
        return refuse(file, _("the text encoder"), error);
    return text_encoder_config_check(config, weights_path(file), error);
}
