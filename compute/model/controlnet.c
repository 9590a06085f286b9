/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/model/controlnet.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "compute/model/checkpoint.h"
#include "compute/model/folder.h"
#include "compute/model/unet_blocks.h"

/* --- declaring --- */

static void
stem_declare(const Scope *s, const ControlNetConfig *c)
{
    const int *n = c->conditioning_embedding_out_channels;
    int n_widths = c->n_conditioning_embedding;

    declare_conv(s, "conv_in", c->conditioning_channels, n[0], 3);
    for (int i = 0; i + 1 < n_widths; i++) {
        Scope same = scope_enter(s, "blocks"), half = same;
        g_autofree char *a = g_strdup_printf("%d", 2 * i);
        g_autofree char *b = g_strdup_printf("%d", 2 * i + 1);
        declare_conv(&same, a, n[i], n[i], 3);
        declare_conv(&half, b, n[i], n[i + 1], 3);
    }
    declare_zero_conv(s, "conv_out", n[n_widths - 1], c->unet.block_out_channels[0], 3);
}

static void
controlnet_declare(ControlNet *controlnet)
{
    const ControlNetConfig *c = &controlnet->config;
    Scope root = scope_root(NULL, controlnet->module);
    Scope stem = scope_enter(&root, "controlnet_cond_embedding");
    g_autoptr(GArray) widths = unet_skip_widths(&c->unet);
    int n_mid = c->unet.block_out_channels[c->unet.n_levels - 1];

    unet_encoder_declare(&root, &c->unet);
    stem_declare(&stem, c);
    for (guint i = 0; i < widths->len; i++) {
        g_autofree char *name = g_strdup_printf("controlnet_down_blocks.%u", i);
        int n = g_array_index(widths, int, i);
        declare_zero_conv(&root, name, n, n, 1);
    }
    declare_zero_conv(&root, "controlnet_mid_block", n_mid, n_mid, 1);
}

/* --- folders --- */

static ControlNet *
controlnet_new(Device *device, const ControlNetConfig *config)
{
    ControlNet *controlnet = g_new0(ControlNet, 1);
    controlnet->config = *config;
    controlnet->module = module_new(device, "controlnet");
    controlnet_declare(controlnet);
    return controlnet;
}

ControlNet *
controlnet_open(Device *device, const char *dir, GError **error)
{
    g_autofree char *path = g_build_filename(dir, "config.json", NULL);
    g_autofree char *weights = module_file(dir, FOLDER_WEIGHTS, NULL);
    ControlNetConfig config;

    if (!controlnet_config_read_json(path, &config, error))
        return NULL;
    g_autoptr(ControlNet) controlnet = controlnet_new(device, &config);
    if (!module_load(controlnet->module, weights, NULL, error))
        return NULL;
    return g_steal_pointer(&controlnet);
}

ControlNet *
controlnet_load(Device *device, const ControlNetConfig *config, const ModuleSource *source,
                GError **error)
{
    if (!controlnet_config_check(config, weights_path(source->file), error))
        return NULL;
    g_autoptr(ControlNet) controlnet = controlnet_new(device, config);
    if (!module_load_from(controlnet->module, source, error))
        return NULL;
    return g_steal_pointer(&controlnet);
}

GPtrArray *
controlnet_survey(const ControlNetConfig *config, const ModuleSource *source, GHashTable *used)
{
    g_autoptr(ControlNet) controlnet = controlnet_new(NULL, config);
    return module_survey(controlnet->module, source, used);
}

ControlNet *
controlnet_open_for(Device *device, const char *path, const UNetConfig *unet, GError **error)
{
    ControlNetConfig config;
    CheckpointNames names;

    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        return controlnet_open(device, path, error);
    g_autoptr(WeightsFile) file = weights_open(path, error);
    if (!file || !checkpoint_controlnet_config(file, unet, &config, &names, error))
        return NULL;
    ModuleSource source = checkpoint_controlnet_source(file, &names);
    return controlnet_load(device, &config, &source, error);
}

ControlNet *
controlnet_new_random(Device *device, const ControlNetConfig *config, guint64 seed, GError **error)
{
    if (!controlnet_config_check(config, "controlnet", error))
        return NULL;
    g_autoptr(ControlNet) controlnet = controlnet_new(device, config);
    if (!module_init_random(controlnet->module, seed, error))
        return NULL;
    return g_steal_pointer(&controlnet);
}

bool
controlnet_copy_unet(ControlNet *controlnet, const Unet *unet, GError **error)
{
    for (guint i = 0; i < controlnet->module->weights->len; i++) {
        Weight *to = controlnet->module->weights->pdata[i];
        const Weight *from = module_find(unet->module, to->name);
        if (!from)
            continue;
        if (!shape_equal(&from->shape, &to->shape)) {
            g_autofree char *a = shape_to_string(&from->shape);
            g_autofree char *b = shape_to_string(&to->shape);
            g_set_error(
                error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("The UNet's %s has the shape %s, the ControlNet's %s. Make the ControlNet "
                  "with the UNet's own config."),
                to->name, a, b);
            return false;
        }
        g_autofree float *data = g_new(float, shape_count(&from->shape));
        if (!weight_read(from, data, error) || !weight_write(to, data, error))
            return false;
    }
    return true;
}

bool
controlnet_save(const ControlNet *controlnet, const char *dir, WeightsDtype dtype, GError **error)
{
    g_autofree char *path = g_build_filename(dir, "config.json", NULL);
    return folder_make(dir, error) &&
           folder_save(controlnet->module, dir, FOLDER_WEIGHTS, dtype, error) &&
           controlnet_config_write_json(&controlnet->config, path, error);
}

void
controlnet_free(ControlNet *controlnet)
{
    if (!controlnet)
        return;
    module_free(controlnet->module);
    g_free(controlnet);
}

bool
controlnet_check_unet(const ControlNet *controlnet, const UNetConfig *unet, GError **error)
{
    const UNetConfig *c = &controlnet->config.unet;
    g_autoptr(GArray) ours = unet_skip_widths(c), theirs = unet_skip_widths(unet);
    bool same = ours->len == theirs->len && c->in_channels == unet->in_channels &&
                c->cross_attention_dim == unet->cross_attention_dim &&
                memcmp(ours->data, theirs->data, ours->len * sizeof(int)) == 0;

    if (!same)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("The ControlNet (%u skip tensors, text width %d) does not fit the UNet (%u "
                      "skip tensors, text width %d). Use one that was trained for this model."),
                    ours->len, c->cross_attention_dim, theirs->len, unet->cross_attention_dim);
    return same;
}

/* --- recording --- */

/* (N, C, H, W) with the channels the other way round */
static Tensor *
reversed(Graph *g, Tensor *x)
{
    int last = (int)x->shape.dim[1] - 1;
    Tensor *y = op_slice(g, x, last, 1);
    for (int i = last - 1; i >= 0; i--)
        y = op_concat(g, y, op_slice(g, x, i, 1));
    return y;
}

Tensor *
controlnet_hint_forward(Graph *graph, const ControlNet *controlnet, Tensor *map)
{
    const ControlNetConfig *c = &controlnet->config;
    Scope root = scope_root(graph, controlnet->module);
    Scope stem = scope_enter(&root, "controlnet_cond_embedding");
    Scope blocks = scope_enter(&stem, "blocks");
    Tensor *x = op_silu(graph, layer_conv3(&stem, "conv_in", c->bgr ? reversed(graph, map) : map));

    for (int i = 0; i < 2 * (c->n_conditioning_embedding - 1); i++) {
        g_autofree char *name = g_strdup_printf("%d", i);
        ConvOptions options = {i % 2 ? 2 : 1, 1, 1, 1, 1};
        x = op_silu(graph, layer_conv(&blocks, name, x, options));
    }
    return scope_tap(&stem, layer_conv3(&stem, "conv_out", x));
}

/* scale r = (scale / 2) r + (scale / 2) r: op_mix is the op with a factor per sample. */
static void
scale_results(Graph *graph, GPtrArray *results, Tensor *scale)
{
    Tensor *half = op_scale(graph, scale, 0.5f);

    for (guint i = 0; i < results->len; i++) {
        Tensor *own = scale->shape.n_dims == 2 ? op_slice(graph, half, (int)i, 1) : half;
        results->pdata[i] = op_mix(graph, results->pdata[i], results->pdata[i], own, own);
    }
}

int
controlnet_n_results(const ControlNetConfig *config)
{
    g_autoptr(GArray) widths = unet_skip_widths(&config->unet);
    return (int)widths->len + 1;
}

GPtrArray *
controlnet_forward(Graph *graph, const ControlNet *controlnet, Tensor *sample, Tensor *time,
                   Tensor *context, Tensor *hint, Tensor *scale)
{
    Scope root = scope_root(graph, controlnet->module);
    GPtrArray *out = g_ptr_array_new();
    Tensor *temb = unet_time_embedding(&root, time);
    Tensor *mid = unet_encoder(&root, &controlnet->config.unet, sample, temb, context, hint, out);

    for (guint i = 0; i < out->len; i++) {
        g_autofree char *name = g_strdup_printf("controlnet_down_blocks.%u", i);
        out->pdata[i] = layer_conv1(&root, name, out->pdata[i]);
    }
    g_ptr_array_add(out, layer_conv1(&root, "controlnet_mid_block", mid));
    if (scale)
        scale_results(graph, out, scale);
    return out;
}
