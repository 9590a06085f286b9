/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/model/unet_blocks.h"

/* --- residual block --- */

void
res_block_declare(const Scope *scope, int n_in, int n_out, int n_temb)
{
    declare_norm(scope, "norm1", n_in);
    declare_conv(scope, "conv1", n_in, n_out, 3);
    if (n_temb)
        declare_linear(scope, "time_emb_proj", n_temb, n_out, true);
    declare_norm(scope, "norm2", n_out);
    declare_conv(scope, "conv2", n_out, n_out, 3);
    if (n_in != n_out)
        declare_conv(scope, "conv_shortcut", n_in, n_out, 1);
}

Tensor *
res_block(const Scope *scope, Tensor *x, Tensor *temb, int n_groups, float eps)
{
    Graph *g = scope->graph;
    Tensor *h = layer_group_norm(scope, "norm1", x, n_groups, eps, true);

    h = layer_conv3(scope, "conv1", h);
    if (temb)
        h = op_add_channel(g, h, layer_linear(scope, "time_emb_proj", temb));
    h = layer_group_norm(scope, "norm2", h, n_groups, eps, true);
    h = layer_conv3(scope, "conv2", h);
    if (scope_has(scope, "conv_shortcut.weight"))
        x = layer_conv1(scope, "conv_shortcut", x);
    x = op_add(g, x, h);
    graph_mark(g);
    return scope_tap(scope, x);
}

/* --- transformer --- */

static void
attention_declare(const Scope *scope, int n, int n_context)
{
    declare_linear(scope, "to_q", n, n, false);
    declare_linear(scope, "to_k", n_context, n, false);
    declare_linear(scope, "to_v", n_context, n, false);
    declare_linear(scope, "to_out.0", n, n, true);
}

static Tensor *
attention(const Scope *scope, Tensor *x, Tensor *context, int n_heads)
{
    Tensor *q = layer_linear(scope, "to_q", x);
    Tensor *k = layer_linear(scope, "to_k", context);
    Tensor *v = layer_linear(scope, "to_v", context);
    Tensor *y = op_attention(scope->graph, q, k, v, n_heads, false);
    return scope_tap(scope, layer_linear(scope, "to_out.0", y));
}

void
transformer_declare(const Scope *scope, int n, int n_context, int depth, bool linear)
{
    declare_norm(scope, "norm", n);
    if (linear)
        declare_linear(scope, "proj_in", n, n, true);
    else
        declare_conv(scope, "proj_in", n, n, 1);
    for (int i = 0; i < depth; i++) {
        Scope block = scope_enter(scope, "transformer_blocks.%d", i);
        Scope self = scope_enter(&block, "attn1"), cross = scope_enter(&block, "attn2");
        declare_norm(&block, "norm1", n);
        attention_declare(&self, n, n);
        declare_norm(&block, "norm2", n);
        attention_declare(&cross, n, n_context);
        declare_norm(&block, "norm3", n);
        declare_linear(&block, "ff.net.0.proj", n, 8 * n, true);
        declare_linear(&block, "ff.net.2", 4 * n, n, true);
    }
    if (linear)
        declare_linear(scope, "proj_out", n, n, true);
    else
        declare_conv(scope, "proj_out", n, n, 1);
}

/* x (N, T, C) */
static Tensor *
transformer_block(const Scope *scope, Tensor *x, Tensor *context, int n_heads)
{
    Graph *g = scope->graph;
    Scope self = scope_enter(scope, "attn1"), cross = scope_enter(scope, "attn2");
    Scope norm1 = scope_enter(scope, "norm1"), ff = scope_enter(scope, "ff");
    Scope gate = scope_enter(&ff, "net.0");
    Tensor *h = scope_tap(&norm1, layer_layer_norm(scope, "norm1", x, 1e-5f));

    x = op_add(g, x, attention(&self, h, h, n_heads));
    h = layer_layer_norm(scope, "norm2", x, 1e-5f);
    x = op_add(g, x, attention(&cross, h, context, n_heads));
    h = layer_layer_norm(scope, "norm3", x, 1e-5f);
    h = scope_tap(&gate, op_geglu(g, layer_linear(&gate, "proj", h)));
    h = scope_tap(&ff, layer_linear(&ff, "net.2", h));
    return scope_tap(scope, op_add(g, x, h));
}

/* Notes the result of a projection as the reference has it: an image where it is a convolution. */
static void
tap_projection(const Scope *scope, Tensor *t, int h, int w)
{
    Scope weight = scope_enter(scope, "weight");
    const Weight *base = module_find(scope->module, weight.path);
    if (scope->module->taps)
        scope_tap(scope, base->shape.n_dims == 2 ? t : op_tokens_to_image(scope->graph, t, h, w));
}

Tensor *
transformer(const Scope *scope, Tensor *x, Tensor *context, int n_heads, int n_groups, int depth)
{
    Graph *g = scope->graph;
    int h = (int)x->shape.dim[2], w = (int)x->shape.dim[3];
    Scope norm = scope_enter(scope, "norm"), proj_in = scope_enter(scope, "proj_in");
    Scope proj_out = scope_enter(scope, "proj_out");
    Tensor *t = layer_group_norm(scope, "norm", x, n_groups, TRANSFORMER_NORM_EPS, false);

    t = layer_linear(scope, "proj_in", op_image_to_tokens(g, scope_tap(&norm, t)));
    tap_projection(&proj_in, t, h, w);
    for (int i = 0; i < depth; i++) {
        Scope block = scope_enter(scope, "transformer_blocks.%d", i);
        t = transformer_block(&block, t, context, n_heads);
        if (i < depth - 1)
            graph_mark(g);
    }
    t = layer_linear(scope, "proj_out", t);
    tap_projection(&proj_out, t, h, w);
    x = op_add(g, x, op_tokens_to_image(g, t, h, w));
    graph_mark(g);
    return scope_tap(scope, x);
}

/* --- resampling --- */

void
resample_declare(const Scope *scope, int n)
{
    declare_conv(scope, "conv", n, n, 3);
}

Tensor *
downsample(const Scope *scope, Tensor *x, int padding)
{
    ConvOptions options = {2, padding, padding, padding, padding};
    return scope_tap(scope, layer_conv(scope, "conv", x, options));
}

Tensor *
upsample(const Scope *scope, Tensor *x, int h, int w)
{
    return scope_tap(scope, layer_conv3(scope, "conv", op_upsample_nearest(scope->graph, x, h, w)));
}

/* --- encoder half --- */

void
unet_encoder_declare(const Scope *root, const UNetConfig *c)
{
    int n = c->block_out_channels[0], last = c->n_levels - 1;
    Scope mid = scope_enter(root, "mid_block");

    declare_conv(root, "conv_in", c->in_channels, n, 3);
    declare_linear(root, "time_embedding.linear_1", n, c->time_embed_dim, true);
    declare_linear(root, "time_embedding.linear_2", c->time_embed_dim, c->time_embed_dim, true);
    for (int i = 0; i < c->n_levels; i++) {
        Scope block = scope_enter(root, "down_blocks.%d", i);
        int n_out = c->block_out_channels[i];
        for (int j = 0; j < c->layers_per_block[i]; j++) {
            Scope res = scope_enter(&block, "resnets.%d", j);
            Scope attn = scope_enter(&block, "attentions.%d", j);
            res_block_declare(&res, n, n_out, c->time_embed_dim);
            if (c->down_attention[i])
                transformer_declare(&attn, n_out, c->cross_attention_dim,
                                    c->n_transformer_layers[i], c->use_linear_projection);
            n = n_out;
        }
        Scope down = scope_enter(&block, "downsamplers.0");
        if (i < last)
            resample_declare(&down, n_out);
    }
    Scope res0 = scope_enter(&mid, "resnets.0"), res1 = scope_enter(&mid, "resnets.1");
    Scope attn = scope_enter(&mid, "attentions.0");
    res_block_declare(&res0, n, n, c->time_embed_dim);
    transformer_declare(&attn, n, c->cross_attention_dim, c->n_transformer_layers[last],
                        c->use_linear_projection);
    res_block_declare(&res1, n, n, c->time_embed_dim);
}

Tensor *
unet_time_embedding(const Scope *root, Tensor *time)
{
    Graph *g = root->graph;
    Scope s = scope_enter(root, "time_embedding");
    Tensor *t = op_silu(g, layer_linear(&s, "linear_1", time));
    return op_silu(g, scope_tap(&s, layer_linear(&s, "linear_2", t)));
}

static Tensor *
down_block(const Scope *block, const UNetConfig *c, int level, Tensor *x, Tensor *temb,
           Tensor *context, GPtrArray *skips)
{
    Scope down = scope_enter(block, "downsamplers.0");

    for (int j = 0; j < c->layers_per_block[level]; j++) {
        Scope res = scope_enter(block, "resnets.%d", j);
        Scope attn = scope_enter(block, "attentions.%d", j);
        x = res_block(&res, x, temb, c->norm_num_groups, (float)c->norm_eps);
        if (c->down_attention[level])
            x = transformer(&attn, x, context, c->n_heads[level], c->norm_num_groups,
                            c->n_transformer_layers[level]);
        g_ptr_array_add(skips, x);
    }
    if (level < c->n_levels - 1) {
        x = downsample(&down, x, c->downsample_padding);
        g_ptr_array_add(skips, x);
    }
    return scope_tap(block, x);
}

Tensor *
unet_encoder(const Scope *root, const UNetConfig *c, Tensor *sample, Tensor *temb, Tensor *context,
             Tensor *hint, GPtrArray *skips)
{
    Scope mid = scope_enter(root, "mid_block"), conv_in = scope_enter(root, "conv_in");
    Scope res0 = scope_enter(&mid, "resnets.0"), res1 = scope_enter(&mid, "resnets.1");
    Scope attn = scope_enter(&mid, "attentions.0");
    int last = c->n_levels - 1;
    Tensor *x = scope_tap(&conv_in, layer_conv3(root, "conv_in", sample));

    if (hint)
        x = op_add(root->graph, x, hint);
    g_ptr_array_add(skips, x);
    for (int i = 0; i < c->n_levels; i++) {
        Scope block = scope_enter(root, "down_blocks.%d", i);
        x = down_block(&block, c, i, x, temb, context, skips);
    }
    x = res_block(&res0, x, temb, c->norm_num_groups, (float)c->norm_eps);
    x = transformer(&attn, x, context, c->n_heads[last], c->norm_num_groups,
                    c->n_transformer_layers[last]);
    x = res_block(&res1, x, temb, c->norm_num_groups, (float)c->norm_eps);
    return scope_tap(&mid, x);
}

GArray *
unet_skip_widths(const UNetConfig *c)
{
    GArray *widths = g_array_new(FALSE, FALSE, sizeof(int));
    g_array_append_val(widths, c->block_out_channels[0]);
    for (int i = 0; i < c->n_levels; i++) {
        int n = c->layers_per_block[i] + (i < c->n_levels - 1);
        for (int j = 0; j < n; j++)
            g_array_append_val(widths, c->block_out_channels[i]);
    }
    return widths;
}
