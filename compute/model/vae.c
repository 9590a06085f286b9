/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/model/vae.h"

#include <string.h>

#include "compute/model/checkpoint.h"
#include "compute/model/folder.h"
#include "compute/model/unet_blocks.h"

/* --- declaring --- */

static void
mid_block_declare(const Scope *half, const VaeConfig *c, int n)
{
    Scope mid = scope_enter(half, "mid_block");
    Scope res0 = scope_enter(&mid, "resnets.0"), res1 = scope_enter(&mid, "resnets.1");
    Scope attn = scope_enter(&mid, "attentions.0");

    res_block_declare(&res0, n, n, 0);
    if (c->mid_block_add_attention) {
        declare_norm(&attn, "group_norm", n);
        declare_linear(&attn, "to_q", n, n, true);
        declare_linear(&attn, "to_k", n, n, true);
        declare_linear(&attn, "to_v", n, n, true);
        declare_linear(&attn, "to_out.0", n, n, true);
    }
    res_block_declare(&res1, n, n, 0);
}

/* One resolution: n_layers residual blocks and, unless it is the last, a resampler. */
static void
level_declare(const Scope *block, int n_in, int n_out, int n_layers, const char *resampler)
{
    for (int j = 0; j < n_layers; j++) {
        Scope res = scope_enter(block, "resnets.%d", j);
        res_block_declare(&res, j ? n_out : n_in, n_out, 0);
    }
    if (resampler) {
        Scope s = scope_enter(block, "%s.0", resampler);
        resample_declare(&s, n_out);
    }
}

static void
vae_declare(Vae *vae)
{
    const VaeConfig *c = &vae->config;
    Scope root = scope_root(NULL, vae->module);
    Scope encoder = scope_enter(&root, "encoder"), decoder = scope_enter(&root, "decoder");
    int last = c->n_levels - 1, n_z = c->latent_channels;
    const int *n = c->block_out_channels;

    declare_conv(&encoder, "conv_in", c->in_channels, n[0], 3);
    for (int i = 0; i <= last; i++) {
        Scope block = scope_enter(&encoder, "down_blocks.%d", i);
        level_declare(&block, n[MAX(i - 1, 0)], n[i], c->layers_per_block,
                      i < last ? "downsamplers" : NULL);
    }
    mid_block_declare(&encoder, c, n[last]);
    declare_norm(&encoder, "conv_norm_out", n[last]);
    declare_conv(&encoder, "conv_out", n[last], 2 * n_z, 3);

    declare_conv(&decoder, "conv_in", n_z, n[last], 3);
    mid_block_declare(&decoder, c, n[last]);
    for (int i = 0; i <= last; i++) {
        Scope block = scope_enter(&decoder, "up_blocks.%d", i);
        level_declare(&block, n[MIN(last - i + 1, last)], n[last - i], c->layers_per_block + 1,
                      i < last ? "upsamplers" : NULL);
    }
    declare_norm(&decoder, "conv_norm_out", n[0]);
    declare_conv(&decoder, "conv_out", n[0], c->out_channels, 3);

    if (c->use_quant_conv)
        declare_conv(&root, "quant_conv", 2 * n_z, 2 * n_z, 1);
    if (c->use_post_quant_conv)
        declare_conv(&root, "post_quant_conv", n_z, n_z, 1);
}

/* --- folders --- */

static Vae *
vae_new(Device *device, const VaeConfig *config)
{
    Vae *vae = g_new0(Vae, 1);
    vae->config = *config;
    vae->module = module_new(device, "vae");
    vae_declare(vae);
    return vae;
}

/* The attention's names in files from before 2023. */
static char *
old_name(const char *name)
{
    static const char *const names[][2] = {
        {".to_q.", ".query."},
        {".to_k.", ".key."},
        {".to_v.", ".value."},
        {".to_out.0.", ".proj_attn."},
    };
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *at = strstr(name, names[i][0]);
        if (at)
            return g_strdup_printf("%.*s%s%s", (int)(at - name), name, names[i][1],
                                   at + strlen(names[i][0]));
    }
    return NULL;
}

static ModuleSource
with_old_names(const ModuleSource *source)
{
    ModuleSource with = *source;
    if (!with.alias)
        with.alias = old_name;
    return with;
}

Vae *
vae_open(Device *device, const char *dir, GError **error)
{
    g_autofree char *path = g_build_filename(dir, "config.json", NULL);
    g_autofree char *weights = module_file(dir, FOLDER_WEIGHTS, NULL);
    VaeConfig config;

    if (!vae_config_read_json(path, &config, error))
        return NULL;
    g_autoptr(Vae) vae = vae_new(device, &config);
    if (!module_load(vae->module, weights, old_name, error))
        return NULL;
    return g_steal_pointer(&vae);
}

Vae *
vae_load(Device *device, const VaeConfig *config, const ModuleSource *source, GError **error)
{
    if (!vae_config_check(config, weights_path(source->file), error))
        return NULL;
    g_autoptr(Vae) vae = vae_new(device, config);
    ModuleSource with = with_old_names(source);
    if (!module_load_from(vae->module, &with, error))
        return NULL;
    return g_steal_pointer(&vae);
}

GPtrArray *
vae_survey(const VaeConfig *config, const ModuleSource *source, GHashTable *used)
{
    g_autoptr(Vae) vae = vae_new(NULL, config);
    ModuleSource with = with_old_names(source);
    return module_survey(vae->module, &with, used);
}

Vae *
vae_open_for(Device *device, const char *path, const VaeConfig *base, GError **error)
{
    CheckpointNames names;

    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        return vae_open(device, path, error);
    g_autoptr(WeightsFile) file = weights_open(path, error);
    if (!file || !checkpoint_vae_names(file, base, &names, error))
        return NULL;
    ModuleSource source = {.file = file, .rename = checkpoint_vae_name, .data = &names};
    return vae_load(device, base, &source, error);
}

Vae *
vae_new_random(Device *device, const VaeConfig *config, guint64 seed, GError **error)
{
    if (!vae_config_check(config, "vae", error))
        return NULL;
    g_autoptr(Vae) vae = vae_new(device, config);
    if (!module_init_random(vae->module, seed, error))
        return NULL;
    return g_steal_pointer(&vae);
}

bool
vae_save(const Vae *vae, const char *dir, WeightsDtype dtype, GError **error)
{
    g_autofree char *path = g_build_filename(dir, "config.json", NULL);
    return folder_make(dir, error) && folder_save(vae->module, dir, FOLDER_WEIGHTS, dtype, error) &&
           vae_config_write_json(&vae->config, path, error);
}

void
vae_free(Vae *vae)
{
    if (!vae)
        return;
    module_free(vae->module);
    g_free(vae);
}

int
vae_factor(const VaeConfig *config)
{
    return 1 << (config->n_levels - 1);
}

/* --- recording --- */

Tensor *
vae_attention(const Scope *scope, Tensor *x, int n_groups)
{
    Graph *g = scope->graph;
    int h = (int)x->shape.dim[2], w = (int)x->shape.dim[3];
    Tensor *t = layer_group_norm(scope, "group_norm", x, n_groups, TRANSFORMER_NORM_EPS, false);

    t = op_image_to_tokens(g, t);
    Tensor *q = layer_linear(scope, "to_q", t);
    Tensor *k = layer_linear(scope, "to_k", t);
    Tensor *v = layer_linear(scope, "to_v", t);
    t = layer_linear(scope, "to_out.0", op_attention(g, q, k, v, 1, false));
    return scope_tap(scope, op_add(g, x, op_tokens_to_image(g, t, h, w)));
}

Tensor *
vae_downsample(const Scope *scope, Tensor *x)
{
    ConvOptions options = {.stride = 2, .pad_bottom = 1, .pad_right = 1};
    return scope_tap(scope, layer_conv(scope, "conv", x, options));
}

static Tensor *
mid_block(const Scope *half, const VaeConfig *c, Tensor *x)
{
    Scope mid = scope_enter(half, "mid_block");
    Scope res0 = scope_enter(&mid, "resnets.0"), res1 = scope_enter(&mid, "resnets.1");
    Scope attn = scope_enter(&mid, "attentions.0");

    x = res_block(&res0, x, NULL, c->norm_num_groups, (float)c->norm_eps);
    if (c->mid_block_add_attention)
        x = vae_attention(&attn, x, c->norm_num_groups);
    x = res_block(&res1, x, NULL, c->norm_num_groups, (float)c->norm_eps);
    return scope_tap(&mid, x);
}

static Tensor *
level_forward(const Scope *block, const VaeConfig *c, Tensor *x, int n_layers, bool last, bool up)
{
    for (int j = 0; j < n_layers; j++) {
        Scope res = scope_enter(block, "resnets.%d", j);
        x = res_block(&res, x, NULL, c->norm_num_groups, (float)c->norm_eps);
    }
    if (!last) {
        Scope s = scope_enter(block, up ? "upsamplers.0" : "downsamplers.0");
        x = up ? upsample(&s, x, 2 * (int)x->shape.dim[2], 2 * (int)x->shape.dim[3])
               : vae_downsample(&s, x);
    }
    return scope_tap(block, x);
}

static Tensor *
output(const Scope *half, const VaeConfig *c, Tensor *x)
{
    x = layer_group_norm(half, "conv_norm_out", x, c->norm_num_groups, (float)c->norm_eps, true);
    return scope_tap(half, layer_conv3(half, "conv_out", x));
}

static Tensor *
input(const Scope *half, Tensor *x)
{
    Scope conv_in = scope_enter(half, "conv_in");
    return scope_tap(&conv_in, layer_conv3(half, "conv_in", x));
}

Tensor *
vae_encode(Graph *graph, const Vae *vae, Tensor *image)
{
    const VaeConfig *c = &vae->config;
    Scope root = scope_root(graph, vae->module), encoder = scope_enter(&root, "encoder");
    Tensor *x = input(&encoder, image);

    for (int i = 0; i < c->n_levels; i++) {
        Scope block = scope_enter(&encoder, "down_blocks.%d", i);
        x = level_forward(&block, c, x, c->layers_per_block, i == c->n_levels - 1, false);
    }
    x = output(&encoder, c, mid_block(&encoder, c, x));
    return c->use_quant_conv ? layer_conv1(&root, "quant_conv", x) : x;
}

Tensor *
vae_decode(Graph *graph, const Vae *vae, Tensor *z)
{
    const VaeConfig *c = &vae->config;
    Scope root = scope_root(graph, vae->module), decoder = scope_enter(&root, "decoder");
    Tensor *x = c->use_post_quant_conv ? layer_conv1(&root, "post_quant_conv", z) : z;

    x = mid_block(&decoder, c, input(&decoder, x));
    for (int i = 0; i < c->n_levels; i++) {
        Scope block = scope_enter(&decoder, "up_blocks.%d", i);
        x = level_forward(&block, c, x, c->layers_per_block + 1, i == c->n_levels - 1, true);
    }
    return output(&decoder, c, x);
}
