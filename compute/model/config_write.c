// SPDX-License-Identifier: Apache-2.0
//
// Config: writing config.json files as diffusers and transformers write them: keys sorted, two
// spaces of indentation, one value a line.
#include "compute/model/config.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include "compute/json_text.h"

#define DIFFUSERS_VERSION "0.31.0" /* whose keys these are */

static GString *
object_new(void)
{
    return g_string_new("{");
}

static void
add_key(GString *out, const char *key)
{
    g_string_append(out, out->len > 1 ? ",\n  " : "\n  ");
    json_text_append_quoted(out, key);
    g_string_append(out, ": ");
}

static void
add_string(GString *out, const char *key, const char *value)
{
    add_key(out, key);
    json_text_append_quoted(out, value);
}

static void
add_int(GString *out, const char *key, int value)
{
    add_key(out, key);
    g_string_append_printf(out, "%d", value);
}

static void
add_double(GString *out, const char *key, double value)
{
    add_key(out, key);
    json_text_append_double(out, value);
}

static void
add_bool(GString *out, const char *key, bool value)
{
    add_key(out, key);
    g_string_append(out, value ? "true" : "false");
}

static void
add_ints(GString *out, const char *key, const int *values, int n)
{
    add_key(out, key);
    for (int i = 0; i < n; i++)
        g_string_append_printf(out, "%s%d", i ? ", " : "[", values[i]);
    g_string_append_c(out, ']');
}

/* One number if all levels agree, as the files of SD 1.x have it, else a list. */
static void
add_levels(GString *out, const char *key, const int *values, int n)
{
    bool same = true;

    for (int i = 1; i < n; i++)
        same = same && values[i] == values[0];
    if (same)
        add_int(out, key, values[0]);
    else
        add_ints(out, key, values, n);
}

static void
add_blocks(GString *out, const char *key, const bool *attention, int n, const char *plain,
           const char *with_attention)
{
    add_key(out, key);
    for (int i = 0; i < n; i++) {
        g_string_append(out, i ? ", " : "[");
        json_text_append_quoted(out, attention && attention[i] ? with_attention : plain);
    }
    g_string_append_c(out, ']');
}

/* Takes the text. */
static bool
save(GString *out, const char *path, GError **error)
{
    g_autoptr(GString) text = out;
    g_autoptr(GError) reason = NULL;

    g_string_append(text, "\n}\n");
    if (g_file_set_contents_full(path, text->str, text->len, G_FILE_SET_CONTENTS_CONSISTENT, 0666,
                                 &reason))
        return true;
    g_set_error(error, reason->domain, reason->code,
                _("%s cannot be written: %s. Choose a folder that can be written and has space "
                  "left"),
                path, reason->message);
    return false;
}

static GString *
unet_object(const UNetConfig *config, const char *class_name, bool is_controlnet)
{
    GString *out = object_new();
    int n = config->n_levels;

    add_string(out, "_class_name", class_name);
    add_string(out, "_diffusers_version", DIFFUSERS_VERSION);
    add_string(out, "act_fn", "silu");
    add_levels(out, "attention_head_dim", config->n_heads, n);
    add_ints(out, "block_out_channels", config->block_out_channels, n);
    add_int(out, "cross_attention_dim", config->cross_attention_dim);
    add_blocks(out, "down_block_types", config->down_attention, n, "DownBlock2D",
               "CrossAttnDownBlock2D");
    add_int(out, "downsample_padding", config->downsample_padding);
    add_bool(out, "flip_sin_to_cos", config->flip_sin_to_cos);
    add_double(out, "freq_shift", config->freq_shift);
    add_int(out, "in_channels", config->in_channels);
    add_levels(out, "layers_per_block", config->layers_per_block, n);
    add_int(out, "mid_block_scale_factor", 1);
    add_double(out, "norm_eps", config->norm_eps);
    add_int(out, "norm_num_groups", config->norm_num_groups);
    if (!is_controlnet) {
        add_int(out, "out_channels", config->out_channels);
        if (config->sample_size > 0)
            add_int(out, "sample_size", config->sample_size);
    }
    add_levels(out, "transformer_layers_per_block", config->n_transformer_layers, n);
    if (!is_controlnet)
        add_blocks(out, "up_block_types", config->up_attention, n, "UpBlock2D",
                   "CrossAttnUpBlock2D");
    add_bool(out, "upcast_attention", config->upcast_attention);
    add_bool(out, "use_linear_projection", config->use_linear_projection);
    return out;
}

bool
unet_config_write_json(const UNetConfig *config, const char *path, GError **error)
{
    if (!unet_config_check(config, path, error))
        return false;
    return save(unet_object(config, "UNet2DConditionModel", false), path, error);
}

bool
controlnet_config_write_json(const ControlNetConfig *config, const char *path, GError **error)
{
    GString *out;

    if (!controlnet_config_check(config, path, error))
        return false;
    out = unet_object(&config->unet, "ControlNetModel", true);
    add_int(out, "conditioning_channels", config->conditioning_channels);
    add_ints(out, "conditioning_embedding_out_channels",
             config->conditioning_embedding_out_channels, config->n_conditioning_embedding);
    add_string(out, "controlnet_conditioning_channel_order", config->bgr ? "bgr" : "rgb");
    return save(out, path, error);
}

bool
vae_config_write_json(const VaeConfig *config, const char *path, GError **error)
{
    GString *out;
    int n = config->n_levels;

    if (!vae_config_check(config, path, error))
        return false;
    out = object_new();
    add_string(out, "_class_name", "AutoencoderKL");
    add_string(out, "_diffusers_version", DIFFUSERS_VERSION);
    add_string(out, "act_fn", "silu");
    add_ints(out, "block_out_channels", config->block_out_channels, n);
    add_blocks(out, "down_block_types", NULL, n, "DownEncoderBlock2D", NULL);
    add_bool(out, "force_upcast", config->force_upcast);
    add_int(out, "in_channels", config->in_channels);
    add_int(out, "latent_channels", config->latent_channels);
    add_int(out, "layers_per_block", config->layers_per_block);
    add_bool(out, "mid_block_add_attention", config->mid_block_add_attention);
    add_int(out, "norm_num_groups", config->norm_num_groups);
    add_int(out, "out_channels", config->out_channels);
    if (config->sample_size > 0)
        add_int(out, "sample_size", config->sample_size);
    add_double(out, "scaling_factor", config->scaling_factor);
    add_blocks(out, "up_block_types", NULL, n, "UpDecoderBlock2D", NULL);
    add_bool(out, "use_post_quant_conv", config->use_post_quant_conv);
    add_bool(out, "use_quant_conv", config->use_quant_conv);
    return save(out, path, error);
}

bool
text_encoder_config_write_json(const TextEncoderConfig *config, const char *path, GError **error)
{
    GString *out;

    if (!text_encoder_config_check(config, path, error))
        return false;
    out = object_new();
    add_key(out, "architectures");
    g_string_append(out, "[\"CLIPTextModel\"]");
    add_string(out, "hidden_act", config->hidden_act == ACTIVATION_GELU ? "gelu" : "quick_gelu");
    add_int(out, "hidden_size", config->hidden_size);
    add_int(out, "intermediate_size", config->intermediate_size);
    add_double(out, "layer_norm_eps", config->layer_norm_eps);
    add_int(out, "max_position_embeddings", config->max_position_embeddings);
    add_string(out, "model_type", "clip_text_model");
    add_int(out, "num_attention_heads", config->n_heads);
    add_int(out, "num_hidden_layers", config->n_layers);
    add_int(out, "projection_dim", config->projection_dim);
    add_string(out, "torch_dtype", "float32");
    add_int(out, "vocab_size", config->vocab_size);
    return save(out, path, error);
}

bool
scheduler_config_write_json(const SchedulerConfig *config, const char *path, GError **error)
{
    static const char *const betas[] = {"linear", "scaled_linear", "squaredcos_cap_v2"};
    static const char *const spacings[] = {"leading", "trailing", "linspace"};
    GString *out;

    if (!scheduler_config_check(config, path, error))
        return false;
    out = object_new();
    add_string(out, "_class_name", scheduler_kind_class_name(config->kind));
    add_string(out, "_diffusers_version", DIFFUSERS_VERSION);
    add_double(out, "beta_end", config->beta_end);
    add_string(out, "beta_schedule", betas[config->beta_schedule]);
    add_double(out, "beta_start", config->beta_start);
    if (config->kind == SCHEDULER_DDIM || config->kind == SCHEDULER_LCM) {
        add_bool(out, "clip_sample", config->clip_sample_range > 0);
        if (config->clip_sample_range > 0)
            add_double(out, "clip_sample_range", config->clip_sample_range);
        add_bool(out, "set_alpha_to_one", config->set_alpha_to_one);
        if (config->kind == SCHEDULER_LCM) {
            add_int(out, "original_inference_steps", config->original_steps);
            add_double(out, "timestep_scaling", config->timestep_scaling);
        }
    } else if (config->kind != SCHEDULER_EULER_ANCESTRAL) {
        add_string(out, "final_sigmas_type", config->final_sigma_zero ? "zero" : "sigma_min");
        add_bool(out, "use_exponential_sigmas", config->sigmas == SIGMAS_EXPONENTIAL);
        add_bool(out, "use_karras_sigmas", config->sigmas == SIGMAS_KARRAS);
    }
    if (config->kind == SCHEDULER_DPMPP_2M || config->kind == SCHEDULER_DPMPP_2M_SDE) {
        add_string(out, "algorithm_type",
                   config->kind == SCHEDULER_DPMPP_2M ? "dpmsolver++" : "sde-dpmsolver++");
        add_bool(out, "euler_at_final", config->euler_at_final);
    }
    if (config->kind == SCHEDULER_DPMPP_2M || config->kind == SCHEDULER_DPMPP_2M_SDE ||
        config->kind == SCHEDULER_UNIPC) {
        add_bool(out, "lower_order_final", config->lower_order_final);
        add_int(out, "solver_order", config->solver_order);
    }
    add_int(out, "num_train_timesteps", config->n_train_timesteps);
    add_string(out, "prediction_type",
               config->prediction_type == PREDICTION_V ? "v_prediction" : "epsilon");
    add_bool(out, "rescale_betas_zero_snr", config->rescale_betas_zero_snr);
    add_int(out, "steps_offset", config->steps_offset);
    add_string(out, "timestep_spacing", spacings[config->timestep_spacing]);
    return save(out, path, error);
}

bool
model_index_write_json(SchedulerKind scheduler, const char *path, GError **error)
{
    const char *const parts[][3] = {
        {"scheduler", "diffusers", scheduler_kind_class_name(scheduler)},
        {"text_encoder", "transformers", "CLIPTextModel"},
        {"tokenizer", "transformers", "CLIPTokenizer"},
        {"unet", "diffusers", "UNet2DConditionModel"},
        {"vae", "diffusers", "AutoencoderKL"},
    };
    GString *out = object_new();

    add_string(out, "_class_name", "StableDiffusionPipeline");
    add_string(out, "_diffusers_version", DIFFUSERS_VERSION);
    add_key(out, "feature_extractor");
    g_string_append(out, "[null, null]");
    add_bool(out, "requires_safety_checker", false);
    add_key(out, "safety_checker");
    g_string_append(out, "[null, null]");
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        add_key(out, parts[i][0]);
        g_string_append_printf(out, "[\"%s\", \"%s\"]", parts[i][1], parts[i][2]);
    }
    return save(out, path, error);
}
