// SPDX-License-Identifier: Apache-2.0
//
// Config: whether values that are each in range also fit together.
#include "compute/model/config.h"

#include <math.h>
#include <glib/gi18n-lib.h>

static bool refuse(const char *path, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);

static bool
refuse(const char *path, GError **error, const char *format, ...)
{
    g_autofree char *reason = NULL;
    va_list args;

    va_start(args, format);
    reason = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                _("%s: %s. Correct the file or download it again"), path, reason);
    return false;
}

static bool
check_channels(const char *path, const int *channels, int n_levels, int n_groups, GError **error)
{
    if (n_levels < 1 || n_levels > CONFIG_MAX_LEVELS)
        return refuse(path, error, _("block_out_channels has %d entries, 1 to %d are possible"),
                      n_levels, CONFIG_MAX_LEVELS);
    if (n_groups < 1)
        return refuse(path, error, _("norm_num_groups is %d"), n_groups);
    for (int i = 0; i < n_levels; i++) {
        if (channels[i] < 1 || channels[i] % n_groups != 0)
            return refuse(path, error,
                          _("block_out_channels holds %d, which norm_num_groups, %d, does not "
                            "divide"),
                          channels[i], n_groups);
    }
    return true;
}

bool
unet_config_check(const UNetConfig *config, const char *path, GError **error)
{
    if (!check_channels(path, config->block_out_channels, config->n_levels, config->norm_num_groups,
                        error))
        return false;
    for (int i = 0; i < config->n_levels; i++) {
        if (config->n_heads[i] < 1 || config->block_out_channels[i] % config->n_heads[i] != 0)
            return refuse(path, error,
                          _("block_out_channels holds %d, which cannot be shared among the %d "
                            "heads of attention_head_dim"),
                          config->block_out_channels[i], config->n_heads[i]);
        if (config->layers_per_block[i] < 1 || config->n_transformer_layers[i] < 1)
            return refuse(path, error, _("a block has no layers"));
    }
    if (config->block_out_channels[0] % 2 != 0)
        return refuse(path, error, _("the first of block_out_channels is %d, which is odd"),
                      config->block_out_channels[0]);
    if (config->in_channels < 1 || config->out_channels < 1 || config->cross_attention_dim < 1)
        return refuse(path, error, _("in_channels, out_channels or cross_attention_dim is 0"));
    if (config->freq_shift >= config->block_out_channels[0] / 2)
        return refuse(path, error, _("freq_shift is %g, too large"), config->freq_shift);
    if (config->time_embed_dim != 4 * config->block_out_channels[0])
        return refuse(path, error, _("time_embed_dim is %d, not 4 times the first block's %d"),
                      config->time_embed_dim, config->block_out_channels[0]);
    return true;
}

bool
controlnet_config_check(const ControlNetConfig *config, const char *path, GError **error)
{
    if (!unet_config_check(&config->unet, path, error))
        return false;
    if (config->conditioning_channels < 1 || config->n_conditioning_embedding < 1 ||
        config->n_conditioning_embedding > CONFIG_MAX_LEVELS)
        return refuse(path, error, _("conditioning_embedding_out_channels has %d entries"),
                      config->n_conditioning_embedding);
    return true;
}

bool
vae_config_check(const VaeConfig *config, const char *path, GError **error)
{
    if (!check_channels(path, config->block_out_channels, config->n_levels, config->norm_num_groups,
                        error))
        return false;
    if (config->in_channels < 1 || config->out_channels < 1 || config->latent_channels < 1 ||
        config->layers_per_block < 1)
        return refuse(path, error,
                      _("in_channels, out_channels, latent_channels or layers_per_block is 0"));
    if (!(config->scaling_factor > 0) || !isfinite(config->scaling_factor))
        return refuse(path, error, _("scaling_factor is %g"), config->scaling_factor);
    return true;
}

bool
text_encoder_config_check(const TextEncoderConfig *config, const char *path, GError **error)
{
    if (config->hidden_size < 1 || config->n_heads < 1 ||
        config->hidden_size % config->n_heads != 0)
        return refuse(path, error, _("hidden_size %d cannot be shared among %d attention heads"),
                      config->hidden_size, config->n_heads);
    if (config->n_layers < 1 || config->intermediate_size < 1 || config->vocab_size < 1 ||
        config->max_position_embeddings < 1)
        return refuse(path, error, _("a size is 0"));
    return true;
}

bool
scheduler_config_check(const SchedulerConfig *config, const char *path, GError **error)
{
    bool one_more = config->kind == SCHEDULER_DPMPP_2M || config->kind == SCHEDULER_DPMPP_2M_SDE ||
                    config->kind == SCHEDULER_UNIPC;

    if (config->n_train_timesteps < 2 || config->n_train_timesteps > 100000)
        return refuse(path, error, _("num_train_timesteps is %d"), config->n_train_timesteps);
    if (!(config->beta_start > 0 && config->beta_start <= config->beta_end && config->beta_end < 1))
        return refuse(path, error,
                      _("beta_start %g and beta_end %g are not 0 < beta_start <= beta_end < 1"),
                      config->beta_start, config->beta_end);
    if (config->steps_offset < 0 || config->steps_offset >= config->n_train_timesteps)
        return refuse(path, error, _("steps_offset is %d"), config->steps_offset);
    if (one_more && (config->solver_order < 1 || config->solver_order > 2))
        return refuse(path, error, _("solver_order is %d, only 1 and 2 can be run here"),
                      config->solver_order);
    if (config->kind == SCHEDULER_LCM &&
        (config->original_steps < 1 || config->original_steps > config->n_train_timesteps))
        return refuse(path, error, _("original_inference_steps is %d, not 1 to %d"),
                      config->original_steps, config->n_train_timesteps);
    if (!(config->clip_sample_range >= 0))
        return refuse(path, error, _("clip_sample_range is %g"), config->clip_sample_range);
    return true;
}
