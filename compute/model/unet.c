/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/model/unet.h"

#include "compute/model/folder.h"
#include "compute/model/unet_blocks.h"

/* --- declaring --- */

static void
up_block_declare(const Scope *block, const UNetConfig *c, int position, int n_in, GArray *skips)
{
    int level = c->n_levels - 1 - position, n_out = c->block_out_channels[level];
    Scope up = scope_enter(block, "upsamplers.0");

    for (int j = 0; j <= c->layers_per_block[level]; j++) {
        Scope res = scope_enter(block, "resnets.%d", j);
        Scope attn = scope_enter(block, "attentions.%d", j);
        int n_skip = g_array_index(skips, int, skips->len - 1);
        g_array_set_size(skips, skips->len - 1);
        res_block_declare(&res, (j ? n_out : n_in) + n_skip, n_out, c->time_embed_dim);
        if (c->up_attention[position])
            transformer_declare(&attn, n_out, c->cross_attention_dim,
                                c->n_transformer_layers[level], c->use_linear_projection);
    }
    if (level > 0)
        resample_declare(&up, n_out);
}

static void
unet_declare(Unet *unet)
{
    const UNetConfig *c = &unet->config;
    Scope root = scope_root(NULL, unet->module);
    g_autoptr(GArray) skips = unet_skip_widths(c);
    int n = c->block_out_channels[c->n_levels - 1];

    unet_encoder_declare(&root, c);
    for (int i = 0; i < c->n_levels; i++) {
        Scope block = scope_enter(&root, "up_blocks.%d", i);
        up_block_declare(&block, c, i, n, skips);
        n = c->block_out_channels[c->n_levels - 1 - i];
    }
    declare_norm(&root, "conv_norm_out", n);
    declare_conv(&root, "conv_out", n, c->out_channels, 3);
}

/* --- folders --- */

static Unet *
unet_new(Device *device, const UNetConfig *config)
{
    Unet *unet = g_new0(Unet, 1);
    unet->config = *config;
    unet->module = module_new(device, "unet");
    unet_declare(unet);
    return unet;
}

Unet *
unet_open(Device *device, const char *dir, GError **error)
{
    g_autofree char *path = g_build_filename(dir, "config.json", NULL);
    g_autofree char *weights = module_file(dir, FOLDER_WEIGHTS, NULL);
    UNetConfig config;

    if (!unet_config_read_json(path, &config, error))
        return NULL;
    g_autoptr(Unet) unet = unet_new(device, &config);
    if (!module_load(unet->module, weights, NULL, error))
        return NULL;
    return g_steal_pointer(&unet);
}

Unet *
unet_load(Device *device, const UNetConfig *config, const ModuleSource *source, GError **error)
{
    if (!unet_config_check(config, weights_path(source->file), error))
        return NULL;
    g_autoptr(Unet) unet = unet_new(device, config);
    if (!module_load_from(unet->module, source, error))
        return NULL;
    return g_steal_pointer(&unet);
}

GPtrArray *
unet_survey(const UNetConfig *config, const ModuleSource *source, GHashTable *used)
{
    g_autoptr(Unet) unet = unet_new(NULL, config);
    return module_survey(unet->module, source, used);
}

Unet *
unet_new_random(Device *device, const UNetConfig *config, guint64 seed, GError **error)
{
    if (!unet_config_check(config, "unet", error))
        return NULL;
    g_autoptr(Unet) unet = unet_new(device, config);
    if (!module_init_random(unet->module, seed, error))
        return NULL;
    return g_steal_pointer(&unet);
}

bool
unet_save(const Unet *unet, const char *dir, WeightsDtype dtype, GError **error)
{
    g_autofree char *path = g_build_filename(dir, "config.json", NULL);
    return folder_make(dir, error) &&
           folder_save(unet->module, dir, FOLDER_WEIGHTS, dtype, error) &&
           unet_config_write_json(&unet->config, path, error);
}

void
unet_free(Unet *unet)
{
    if (!unet)
        return;
    module_free(unet->module);
    g_free(unet);
}

/* --- recording --- */

int
unet_time_width(const UNetConfig *config)
{
    return config->block_out_channels[0];
}

static Tensor *
up_block(const Scope *block, const UNetConfig *c, int position, Tensor *x, Tensor *temb,
         Tensor *context, GPtrArray *skips)
{
    int level = c->n_levels - 1 - position;
    Scope up = scope_enter(block, "upsamplers.0");

    for (int j = 0; j <= c->layers_per_block[level]; j++) {
        Scope res = scope_enter(block, "resnets.%d", j);
        Scope attn = scope_enter(block, "attentions.%d", j);
        Tensor *skip = g_ptr_array_steal_index(skips, skips->len - 1);
        x = op_concat(block->graph, x, skip);
        x = res_block(&res, x, temb, c->norm_num_groups, (float)c->norm_eps);
        if (c->up_attention[position])
            x = transformer(&attn, x, context, c->n_heads[level], c->norm_num_groups,
                            c->n_transformer_layers[level]);
    }
    if (level > 0) {
        /* To the size of the next skip tensor, which an odd size made other than twice this one. */
        const Tensor *next = skips->pdata[skips->len - 1];
        x = upsample(&up, x, (int)next->shape.dim[2], (int)next->shape.dim[3]);
    }
    return scope_tap(block, x);
}

Tensor *
unet_forward(Graph *graph, const Unet *unet, Tensor *sample, Tensor *time, Tensor *context,
             const GPtrArray *residuals)
{
    const UNetConfig *c = &unet->config;
    Scope root = scope_root(graph, unet->module);
    Scope norm_out = scope_enter(&root, "conv_norm_out");
    g_autoptr(GPtrArray) skips = g_ptr_array_new();
    Tensor *temb = unet_time_embedding(&root, time);
    Tensor *x = unet_encoder(&root, c, sample, temb, context, NULL, skips);

    if (residuals) {
        g_return_val_if_fail(residuals->len == skips->len + 1, NULL);
        for (guint i = 0; i < skips->len; i++)
            skips->pdata[i] = op_add(graph, skips->pdata[i], residuals->pdata[i]);
        x = op_add(graph, x, residuals->pdata[skips->len]);
    }
    for (int i = 0; i < c->n_levels; i++) {
        Scope block = scope_enter(&root, "up_blocks.%d", i);
        x = up_block(&block, c, i, x, temb, context, skips);
    }
    if (unet->module->taps)
        scope_tap(&norm_out, layer_group_norm(&root, "conv_norm_out", x, c->norm_num_groups,
                                              (float)c->norm_eps, false));
    x = layer_group_norm(&root, "conv_norm_out", x, c->norm_num_groups, (float)c->norm_eps, true);
    return layer_conv3(&root, "conv_out", x);
}
