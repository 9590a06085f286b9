/* SPDX-License-Identifier: Apache-2.0 */
/* blocks.safetensors: single modules of the models, forward and backward.
 * CASE.x (.temb, .encoder_hidden_states) -> CASE.y; CASE.gx, ... gradients of sum(y * gy), and
 * CASE.g.PARAMETER those of the block's own weights.
 * CASE is MODEL.PATH, perhaps with _lowvar (small input) or _sizeHxW (of an upsampler's result). */
#include <stdio.h>
#include <string.h>

#include "compute/model/unet_blocks.h"
#include "compute/selftest/golden_private.h"

typedef struct {
    Golden *golden;
    Run *run;
    Tensor *x, *temb, *context;
    int height, width; /* of an upsampler's result, 0: twice the input's */
} BlockInputs;

static Scope
scope_of(Graph *graph, const Module *module, const char *path)
{
    Scope root = scope_root(graph, module);
    return scope_enter(&root, "%s", path);
}

/* The level of the UNet that a path lies in. */
static int
unet_level(const UNetConfig *c, const char *path)
{
    int i = c->n_levels - 1;
    if (sscanf(path, "up_blocks.%d", &i) == 1)
        i = c->n_levels - 1 - i;
    else
        sscanf(path, "down_blocks.%d", &i);
    return CLAMP(i, 0, c->n_levels - 1);
}

static Tensor *
upsample_case(const BlockInputs *in, const Scope *scope)
{
    int h = in->height ? in->height : 2 * (int)in->x->shape.dim[2];
    int w = in->width ? in->width : 2 * (int)in->x->shape.dim[3];
    return upsample(scope, in->x, h, w);
}

static Tensor *
unet_case(const BlockInputs *in, const char *path)
{
    const Unet *unet = golden_open_unet(in->golden);
    if (!unet)
        return NULL;
    const UNetConfig *c = &unet->config;
    Graph *graph = in->run->graph;
    Scope s = scope_of(graph, unet->module, path);
    int level = unet_level(c, path);

    if (strstr(path, "resnets.") && in->temb)
        return res_block(&s, in->x, op_silu(graph, in->temb), c->norm_num_groups,
                         (float)c->norm_eps);
    if (strstr(path, "attentions.") && in->context)
        return transformer(&s, in->x, in->context, c->n_heads[level], c->norm_num_groups,
                           c->n_transformer_layers[level]);
    if (strstr(path, "downsamplers."))
        return downsample(&s, in->x, c->downsample_padding);
    return strstr(path, "upsamplers.") ? upsample_case(in, &s) : NULL;
}

static Tensor *
vae_case(const BlockInputs *in, const char *path)
{
    const Vae *vae = golden_open_vae(in->golden);
    if (!vae)
        return NULL;
    const VaeConfig *c = &vae->config;
    Scope s = scope_of(in->run->graph, vae->module, path);

    if (strstr(path, "resnets."))
        return res_block(&s, in->x, NULL, c->norm_num_groups, (float)c->norm_eps);
    if (strstr(path, "attentions."))
        return vae_attention(&s, in->x, c->norm_num_groups);
    if (strstr(path, "downsamplers."))
        return vae_downsample(&s, in->x);
    return strstr(path, "upsamplers.") ? upsample_case(in, &s) : NULL;
}

static Tensor *
text_case(const BlockInputs *in, const char *path)
{
    const TextEncoder *encoder = golden_open_text_encoder(in->golden);
    if (!encoder || !strstr(path, ".layers."))
        return NULL;
    Scope s = scope_of(in->run->graph, encoder->module, path);
    return text_encoder_layer(&s, &encoder->config, in->x);
}

/* The name without model and endings; reads the size from the ending. */
static char *
block_path(BlockInputs *in, const char *name)
{
    char *path = g_strdup(strchr(name, '.') + 1);
    char *end = strstr(path, "_lowvar");
    if (!end)
        end = strstr(path, "_size");
    if (end) {
        sscanf(end, "_size%dx%d", &in->height, &in->width);
        *end = 0;
    }
    return path;
}

static Tensor *
input(BlockInputs *in, const char *name, const char *what)
{
    g_autofree char *key = g_strdup_printf("%s.%s", name, what);
    if (!golden_has(in->golden, key))
        return NULL;
    Tensor *t = run_input(in->run, key);
    graph_want_grad(in->run->graph, t);
    return t;
}

static void
compare_gradient(Run *run, const Tensor *t, const char *name, const char *what)
{
    g_autofree char *key = g_strdup_printf("%s.g%s", name, what);
    if (t && t->grad)
        run_compare(run, t->grad, key, NULL);
}

/* The module that a case is about; NULL: of no known model, or it cannot be opened. */
static Module *
module_of(Golden *g, const char *name)
{
    const Unet *unet = g_str_has_prefix(name, "unet.") ? golden_open_unet(g) : NULL;
    const Vae *vae = g_str_has_prefix(name, "vae.") ? golden_open_vae(g) : NULL;
    const TextEncoder *text =
        g_str_has_prefix(name, "text_encoder.") ? golden_open_text_encoder(g) : NULL;

    return unet ? unet->module : vae ? vae->module : text ? text->module : NULL;
}

/* Makes those weights trainable, or no more, whose gradients the file has. */
static void
train_weights(Golden *g, const char *name, const char *path, bool trainable)
{
    g_autofree char *prefix = g_strdup_printf("%s.g.", name);
    g_autoptr(GPtrArray) cases = golden_cases(g, prefix, "");
    const Module *module = module_of(g, name);

    for (guint i = 0; module && i < cases->len; i++) {
        g_autofree char *key = g_strdup_printf("%s.%s", path, (char *)cases->pdata[i]);
        Weight *weight = module_find(module, key);
        if (weight)
            weight->trainable = trainable;
    }
}

/* Keeps the weights' gradients: (char *) name of the weight -> Tensor, all borrowed. */
static GHashTable *
keep_weight_gradients(Graph *graph)
{
    GHashTable *grads = g_hash_table_new(g_str_hash, g_str_equal);
    GHashTableIter iter;
    void *weight, *tensor;

    g_hash_table_iter_init(&iter, graph->weight_tensors);
    while (g_hash_table_iter_next(&iter, &weight, &tensor)) {
        Tensor *grad = ((Tensor *)tensor)->grad;
        if (grad)
            g_hash_table_insert(grads, ((Weight *)weight)->name, graph_keep(graph, grad));
    }
    return grads;
}

static void
compare_weight_gradients(Run *run, GHashTable *grads, const char *name, const char *path)
{
    g_autofree char *prefix = g_strdup_printf("%s.g.", name);
    g_autoptr(GPtrArray) cases = golden_cases(run->golden, prefix, "");

    for (guint i = 0; i < cases->len; i++) {
        g_autofree char *weight = g_strdup_printf("%s.%s", path, (char *)cases->pdata[i]);
        g_autofree char *golden = g_strconcat(prefix, cases->pdata[i], NULL);
        run_compare(run, g_hash_table_lookup(grads, weight), golden, NULL);
    }
}

static void
run_block(Golden *g, const char *name)
{
    Run run;
    BlockInputs in = {.golden = g, .run = &run};
    g_autofree char *path = block_path(&in, name);
    g_autofree char *y_key = g_strdup_printf("%s.y", name);
    g_autofree char *gy_key = g_strdup_printf("%s.gy", name);

    run_init(&run, g);
    train_weights(g, name, path, true);
    in.x = input(&in, name, "x");
    in.temb = input(&in, name, "temb");
    in.context = input(&in, name, "encoder_hidden_states");
    Tensor *gy = run_input(&run, gy_key);
    Tensor *y = !in.x                                     ? NULL
                : g_str_has_prefix(name, "unet.")         ? unet_case(&in, path)
                : g_str_has_prefix(name, "vae.")          ? vae_case(&in, path)
                : g_str_has_prefix(name, "text_encoder.") ? text_case(&in, path)
                                                          : NULL;
    if (y && gy) {
        Tensor *inputs[] = {in.x, in.temb, in.context};
        graph_keep(run.graph, y);
        graph_backward_from(run.graph, y, gy);
        for (guint i = 0; i < G_N_ELEMENTS(inputs); i++)
            if (inputs[i] && inputs[i]->grad)
                graph_keep(run.graph, inputs[i]->grad);
        g_autoptr(GHashTable) grads = keep_weight_gradients(run.graph);
        if (run_compile(&run) && run_go(&run)) {
            run_compare(&run, y, y_key, NULL);
            compare_gradient(&run, in.x, name, "x");
            compare_gradient(&run, in.temb, name, "temb");
            compare_gradient(&run, in.context, name, "encoder_hidden_states");
            compare_weight_gradients(&run, grads, name, path);
        }
    }
    run_clear(&run);
    train_weights(g, name, path, false);
}

void
golden_blocks(Golden *g)
{
    g_autoptr(GPtrArray) cases = golden_cases(g, "", ".y");
    for (guint i = 0; i < cases->len && !golden_failed(g); i++)
        if (strchr(cases->pdata[i], '.'))
            run_block(g, cases->pdata[i]);
}
