// SPDX-License-Identifier: Apache-2.0
//
// Config: reading and checking the configs of UNet, ControlNet, VAE and text encoder. The
// scheduler's is config_scheduler.c, the writers are config_write.c.
#include "compute/model/config.h"

#include <math.h>
#include <glib/gi18n-lib.h>

#include "compute/model/config_file.h"

#define MAX_CHANNELS 16384

static const char *const silu_names[] = {"silu", "swish", NULL};
static const char *const down_names[] = {"DownBlock2D", "CrossAttnDownBlock2D", NULL};
static const char *const up_names[] = {"UpBlock2D", "CrossAttnUpBlock2D", NULL};

/* Keys that change the mathematics, with the only value that is supported. */
typedef struct {
    const char *key, *value;
} Expectation;

static const Expectation unet_expectations[] = {
    {"addition_embed_type", "null"},
    {"attention_type", "\"default\""},
    {"center_input_sample", "false"},
    {"class_embed_type", "null"},
    {"class_embeddings_concat", "false"},
    {"conv_in_kernel", "3"},
    {"conv_out_kernel", "3"},
    {"cross_attention_norm", "null"},
    {"downsample_padding", "1"},
    {"dual_cross_attention", "false"},
    {"encoder_hid_dim", "null"},
    {"encoder_hid_dim_type", "null"},
    {"global_pool_conditions", "false"},
    {"mid_block_only_cross_attention", "false"},
    {"mid_block_scale_factor", "1"},
    {"mid_block_type", "\"UNetMidBlock2DCrossAttn\""},
    {"num_attention_heads", "null"},
    {"num_class_embeds", "null"},
    {"only_cross_attention", "false"},
    {"projection_class_embeddings_input_dim", "null"},
    {"resnet_out_scale_factor", "1"},
    {"resnet_skip_time_act", "false"},
    {"resnet_time_scale_shift", "\"default\""},
    {"reverse_transformer_layers_per_block", "null"},
    {"time_cond_proj_dim", "null"},
    {"time_embedding_act_fn", "null"},
    {"time_embedding_dim", "null"},
    {"time_embedding_type", "\"positional\""},
    {"timestep_post_act", "null"},
};

static const Expectation vae_expectations[] = {
    {"latents_mean", "null"},
    {"latents_std", "null"},
    {"shift_factor", "0"},
};

static void
expect_all(ConfigFile *file, const Expectation *expectations, int n)
{
    for (int i = 0; i < n; i++)
        config_file_expect(file, expectations[i].key, expectations[i].value);
}

void
unet_config_init_sd15(UNetConfig *config)
{
    static const int channels[] = {320, 640, 1280, 1280};

    *config = (UNetConfig){
        .sample_size = 64,
        .in_channels = 4,
        .out_channels = 4,
        .n_levels = 4,
        .cross_attention_dim = 768,
        .norm_num_groups = 32,
        .norm_eps = 1e-5,
        .flip_sin_to_cos = true,
        .time_embed_dim = 1280,
        .downsample_padding = 1,
        .act_fn = ACTIVATION_SILU,
    };
    for (int i = 0; i < 4; i++) {
        config->block_out_channels[i] = channels[i];
        config->down_attention[i] = i < 3;
        config->up_attention[i] = i > 0;
        config->layers_per_block[i] = 2;
        config->n_heads[i] = 8;
        config->n_transformer_layers[i] = 1;
    }
}

void
controlnet_config_init_sd15(ControlNetConfig *config)
{
    *config = (ControlNetConfig){
        .conditioning_channels = 3,
        .n_conditioning_embedding = 4,
        .conditioning_embedding_out_channels = {16, 32, 96, 256},
    };
    unet_config_init_sd15(&config->unet);
}

void
vae_config_init_sd15(VaeConfig *config)
{
    *config = (VaeConfig){
        .sample_size = 512,
        .in_channels = 3,
        .out_channels = 3,
        .latent_channels = 4,
        .n_levels = 4,
        .block_out_channels = {128, 256, 512, 512},
        .layers_per_block = 2,
        .norm_num_groups = 32,
        .norm_eps = 1e-6,
        .scaling_factor = 0.18215,
        .use_quant_conv = true,
        .use_post_quant_conv = true,
        .mid_block_add_attention = true,
        .act_fn = ACTIVATION_SILU,
    };
}

void
text_encoder_config_init_sd15(TextEncoderConfig *config)
{
    *config = (TextEncoderConfig){
        .hidden_size = 768,
        .intermediate_size = 3072,
        .n_layers = 12,
        .n_heads = 12,
        .max_position_embeddings = 77,
        .vocab_size = 49408,
        .layer_norm_eps = 1e-5,
        .hidden_act = ACTIVATION_QUICK_GELU,
        .projection_dim = 768,
    };
}

/* The list must have one value a level; an absent key leaves the fallback. */
static void
read_levels(ConfigFile *file, const char *key, int n_levels, int min, int max, int *out)
{
    int n = config_file_ints(file, key, out, CONFIG_MAX_LEVELS, n_levels, min, max);

    if (n != 0 && n != n_levels)
        config_file_refuse(file, key,
                           _("one value for each of the %d blocks belongs here. Correct "
                             "the file or download it again"),
                           n_levels);
}

/* Block types by level, as "has attention". An absent key leaves the fallback. */
static void
read_blocks(ConfigFile *file, const char *key, int n_levels, const char *const *names, bool *out)
{
    int kinds[CONFIG_MAX_LEVELS];
    int n = config_file_choices(file, key, kinds, CONFIG_MAX_LEVELS, names);

    if (n != n_levels && (n != 0 || n_levels != 4)) {
        config_file_refuse(file, key,
                           _("one block for each of the %d entries of "
                             "block_out_channels belongs here. Correct the file or "
                             "download it again"),
                           n_levels);
        return;
    }
    for (int i = 0; i < n; i++)
        out[i] = kinds[i] == 1;
}

/* What UNet and ControlNet have in common. */
static void
read_unet_fields(ConfigFile *file, UNetConfig *config, bool is_controlnet)
{
    int n;

    unet_config_init_sd15(config);
    expect_all(file, unet_expectations, G_N_ELEMENTS(unet_expectations));
    config->sample_size = config_file_int(file, "sample_size", 0, 0, 65536);
    config->in_channels = config_file_int(file, "in_channels", 4, 1, 256);
    config->out_channels = config_file_int(file, "out_channels", 4, 1, 256);
    n = config_file_ints(file, "block_out_channels", config->block_out_channels, CONFIG_MAX_LEVELS,
                         0, 1, MAX_CHANNELS);
    config->n_levels = n ? n : 4;
    read_blocks(file, "down_block_types", config->n_levels, down_names, config->down_attention);
    if (!is_controlnet)
        read_blocks(file, "up_block_types", config->n_levels, up_names, config->up_attention);
    for (int i = 0; i < config->n_levels; i++) {
        config->layers_per_block[i] = 2;
        config->n_heads[i] = 8;
        config->n_transformer_layers[i] = 1;
    }
    read_levels(file, "layers_per_block", config->n_levels, 1, 16, config->layers_per_block);
    read_levels(file, "attention_head_dim", config->n_levels, 1, 1024, config->n_heads);
    read_levels(file, "transformer_layers_per_block", config->n_levels, 1, 16,
                config->n_transformer_layers);
    config->cross_attention_dim =
        config_file_int(file, "cross_attention_dim", 1280, 1, MAX_CHANNELS);
    config->norm_num_groups = config_file_int(file, "norm_num_groups", 32, 1, MAX_CHANNELS);
    config->norm_eps = config_file_double(file, "norm_eps", 1e-5, 1e-12, 0.1);
    config->use_linear_projection = config_file_bool(file, "use_linear_projection", false);
    config->flip_sin_to_cos = config_file_bool(file, "flip_sin_to_cos", true);
    config->freq_shift = config_file_double(file, "freq_shift", 0, -1, 1);
    config->upcast_attention = config_file_bool(file, "upcast_attention", false);
    config_file_choice(file, "act_fn", 0, silu_names);
    config->time_embed_dim = 4 * config->block_out_channels[0];
}

bool
unet_config_read_json(const char *path, UNetConfig *config, GError **error)
{
    static const char *const classes[] = {"UNet2DConditionModel", NULL};
    g_autoptr(ConfigFile) file = config_file_open(path, NULL, error);
    UNetConfig result;

    if (!file)
        return false;
    config_file_choice(file, "_class_name", 0, classes);
    read_unet_fields(file, &result, false);
    if (!config_file_done(file, error) || !unet_config_check(&result, path, error))
        return false;
    *config = result;
    return true;
}

bool
controlnet_config_read_json(const char *path, ControlNetConfig *config, GError **error)
{
    static const char *const classes[] = {"ControlNetModel", NULL};
    static const char *const orders[] = {"rgb", "bgr", NULL};
    g_autoptr(ConfigFile) file = config_file_open(path, NULL, error);
    ControlNetConfig result;
    int n;

    if (!file)
        return false;
    controlnet_config_init_sd15(&result);
    config_file_choice(file, "_class_name", 0, classes);
    read_unet_fields(file, &result.unet, true);
    result.conditioning_channels = config_file_int(file, "conditioning_channels", 3, 1, 16);
    n = config_file_ints(file, "conditioning_embedding_out_channels",
                         result.conditioning_embedding_out_channels, CONFIG_MAX_LEVELS, 0, 1,
                         MAX_CHANNELS);
    result.n_conditioning_embedding = n ? n : 4;
    result.bgr = config_file_choice(file, "controlnet_conditioning_channel_order", 0, orders);
    if (!config_file_done(file, error) || !controlnet_config_check(&result, path, error))
        return false;
    *config = result;
    return true;
}

bool
vae_config_read_json(const char *path, VaeConfig *config, GError **error)
{
    static const char *const classes[] = {"AutoencoderKL", NULL};
    static const char *const down[] = {"DownEncoderBlock2D", NULL};
    static const char *const up[] = {"UpDecoderBlock2D", NULL};
    g_autoptr(ConfigFile) file = config_file_open(path, NULL, error);
    int kinds[CONFIG_MAX_LEVELS], n;
    VaeConfig result;

    if (!file)
        return false;
    vae_config_init_sd15(&result);
    config_file_choice(file, "_class_name", 0, classes);
    expect_all(file, vae_expectations, G_N_ELEMENTS(vae_expectations));
    config_file_choice(file, "act_fn", 0, silu_names);
    result.sample_size = config_file_int(file, "sample_size", 0, 0, 65536);
    result.in_channels = config_file_int(file, "in_channels", 3, 1, 16);
    result.out_channels = config_file_int(file, "out_channels", 3, 1, 16);
    result.latent_channels = config_file_int(file, "latent_channels", 4, 1, 256);
    result.block_out_channels[0] = 64;
    n = config_file_ints(file, "block_out_channels", result.block_out_channels, CONFIG_MAX_LEVELS,
                         0, 1, MAX_CHANNELS);
    result.n_levels = n ? n : 1;
    n = config_file_choices(file, "down_block_types", kinds, CONFIG_MAX_LEVELS, down);
    if (n != result.n_levels && (n != 0 || result.n_levels != 1))
        config_file_refuse(file, "down_block_types",
                           _("it does not match block_out_channels. "
                             "Correct the file or download it again"));
    n = config_file_choices(file, "up_block_types", kinds, CONFIG_MAX_LEVELS, up);
    if (n != result.n_levels && (n != 0 || result.n_levels != 1))
        config_file_refuse(file, "up_block_types",
                           _("it does not match block_out_channels. "
                             "Correct the file or download it again"));
    result.layers_per_block = config_file_int(file, "layers_per_block", 1, 1, 16);
    result.norm_num_groups = config_file_int(file, "norm_num_groups", 32, 1, MAX_CHANNELS);
    result.scaling_factor = config_file_double(file, "scaling_factor", 0.18215, 1e-6, 1e6);
    result.use_quant_conv = config_file_bool(file, "use_quant_conv", true);
    result.use_post_quant_conv = config_file_bool(file, "use_post_quant_conv", true);
    result.mid_block_add_attention = config_file_bool(file, "mid_block_add_attention", true);
    result.force_upcast = config_file_bool(file, "force_upcast", true);
    if (!config_file_done(file, error) || !vae_config_check(&result, path, error))
        return false;
    *config = result;
    return true;
}

bool
text_encoder_config_read_json(const char *path, TextEncoderConfig *config, GError **error)
{
    static const char *const types[] = {"clip_text_model", "clip", NULL};
    static const char *const activations[] = {"silu (no CLIP uses it)", "quick_gelu", "gelu", NULL};
    g_autoptr(ConfigFile) file = config_file_open(path, "text_config", error);
    TextEncoderConfig result;

    if (!file)
        return false;
    config_file_choice(file, "model_type", 0, types);
    result.hidden_size = config_file_int(file, "hidden_size", 512, 1, MAX_CHANNELS);
    result.intermediate_size = config_file_int(file, "intermediate_size", 2048, 1, 1 << 20);
    result.n_layers = config_file_int(file, "num_hidden_layers", 12, 1, 256);
    result.n_heads = config_file_int(file, "num_attention_heads", 8, 1, 1024);
    result.max_position_embeddings = config_file_int(file, "max_position_embeddings", 77, 1, 65536);
    result.vocab_size = config_file_int(file, "vocab_size", 49408, 1, 1 << 24);
    result.layer_norm_eps = config_file_double(file, "layer_norm_eps", 1e-5, 1e-12, 0.1);
    result.projection_dim = config_file_int(file, "projection_dim", 512, 0, MAX_CHANNELS);
    result.hidden_act = ACTIVATION_QUICK_GELU;
    if (config_file_has(file, "hidden_act"))
        result.hidden_act =
            1 + config_file_choice(file, "hidden_act", 0, &activations[ACTIVATION_QUICK_GELU]);
    if (!config_file_done(file, error) || !text_encoder_config_check(&result, path, error))
        return false;
    *config = result;
    return true;
}

bool
model_index_read_json(const char *path, ModelIndex *index, GError **error)
{
    static const char *const classes[] = {
        "StableDiffusionPipeline", "StableDiffusionControlNetPipeline",
        "StableDiffusionImg2ImgPipeline", "StableDiffusionInpaintPipeline", NULL};
    g_autoptr(ConfigFile) file = config_file_open(path, NULL, error);

    if (!file)
        return false;
    config_file_choice(file, "_class_name", 0, classes);
    if (!config_file_done(file, error))
        return false;
    *index = (ModelIndex){
        .has_unet = config_file_has(file, "unet"),
        .has_vae = config_file_has(file, "vae"),
        .has_text_encoder = config_file_has(file, "text_encoder"),
        .has_tokenizer = config_file_has(file, "tokenizer"),
        .has_scheduler = config_file_has(file, "scheduler"),
        .has_controlnet = config_file_has(file, "controlnet"),
    };
    return true;
}
