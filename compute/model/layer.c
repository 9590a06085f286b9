/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/model/layer.h"

#include <stdarg.h>
#include <string.h>

#include "compute/model/adapter.h"

Scope
scope_root(Graph *graph, const Module *module)
{
    /* Recording does not change the module but for its taps. */
    return (Scope){.graph = graph, .module = (Module *)module};
}

Scope
scope_enter(const Scope *scope, const char *format, ...)
{
    Scope s = {.graph = scope->graph, .module = scope->module};
    g_autofree char *name = NULL;
    va_list args;

    va_start(args, format);
    name = g_strdup_vprintf(format, args);
    va_end(args);
    if (g_snprintf(s.path, sizeof s.path, "%s%s%s", scope->path, *scope->path ? "." : "", name) >=
        (int)sizeof s.path)
        g_error("path too long: %s.%s", scope->path, name);
    return s;
}

bool
scope_has(const Scope *scope, const char *name)
{
    Scope s = scope_enter(scope, "%s", name);
    return module_find(scope->module, s.path) != NULL;
}

Tensor *
scope_tap(const Scope *scope, Tensor *y)
{
    if (scope->module->taps)
        g_hash_table_insert(scope->module->taps, g_strdup(scope->path),
                            graph_keep(scope->graph, y));
    return y;
}

/* --- declaring --- */

static void
declare(const Scope *scope, const char *layer, const char *kind, Shape shape, WeightInit init,
        int64_t fan_in)
{
    Scope s = scope_enter(scope, "%s.%s", layer, kind);
    module_declare(scope->module, s.path, &shape, init, fan_in);
}

void
declare_linear(const Scope *scope, const char *name, int n_in, int n_out, bool bias)
{
    declare(scope, name, "weight", SHAPE(n_out, n_in), INIT_FAN_IN, n_in);
    if (bias)
        declare(scope, name, "bias", SHAPE(n_out), INIT_FAN_IN, n_in);
}

void
declare_conv(const Scope *scope, const char *name, int n_in, int n_out, int kernel)
{
    int64_t fan_in = (int64_t)n_in * kernel * kernel;
    declare(scope, name, "weight", SHAPE(n_out, n_in, kernel, kernel), INIT_FAN_IN, fan_in);
    declare(scope, name, "bias", SHAPE(n_out), INIT_FAN_IN, fan_in);
}

void
declare_zero_conv(const Scope *scope, const char *name, int n_in, int n_out, int kernel)
{
    declare(scope, name, "weight", SHAPE(n_out, n_in, kernel, kernel), INIT_ZERO, 1);
    declare(scope, name, "bias", SHAPE(n_out), INIT_ZERO, 1);
}

void
declare_norm(const Scope *scope, const char *name, int n)
{
    declare(scope, name, "weight", SHAPE(n), INIT_ONE, 1);
    declare(scope, name, "bias", SHAPE(n), INIT_ZERO, 1);
}

void
declare_embedding(const Scope *scope, const char *name, int n, int width)
{
    declare(scope, name, "weight", SHAPE(n, width), INIT_EMBEDDING, 1);
}

/* --- recording --- */

static Tensor *
find_weight(const Scope *scope, const char *layer, const char *kind)
{
    Scope s = scope_enter(scope, "%s.%s", layer, kind);
    Weight *w = module_find(scope->module, s.path);
    return w ? graph_weight(scope->graph, w) : NULL;
}

Tensor *
layer_weight(const Scope *scope, const char *name)
{
    Tensor *w = find_weight(scope, name, "weight");
    if (!w)
        g_error("%s: no weight %s.%s.weight", scope->module->kind, scope->path, name);
    return w;
}

static Tensor *
layer_bias(const Scope *scope, const char *name)
{
    return find_weight(scope, name, "bias");
}

/* h lies between a LoRA's factors. */
static Tensor *
drop(const Scope *layer, const Adapter *adapter, Tensor *h)
{
    Tensor *keys = layer->module->dropout_keys;
    const LoraDropout *p = &adapter->dropout;
    uint32_t stream = 4 * g_str_hash(layer->path);
    if (!keys)
        return h;
    if (p->neuron > 0)
        h = op_dropout(layer->graph, h, keys, DROPOUT_ELEMENTS, p->neuron, true, stream);
    if (p->rank > 0)
        h = op_dropout(layer->graph, h, keys, DROPOUT_CHANNELS, p->rank, true, stream + 1);
    if (p->module > 0)
        h = op_dropout(layer->graph, h, keys, DROPOUT_SAMPLES, p->module, false, stream + 2);
    return h;
}

/* y plus what each attached LoRA adds to the layer; options: NULL for a linear layer. */
static Tensor *
add_adapters(const Scope *scope, const char *name, Tensor *x, Tensor *y, const ConvOptions *options)
{
    GPtrArray *adapters = scope->module->adapters;
    if (adapters->len == 0)
        return y;
    Graph *g = scope->graph;
    Scope s = scope_enter(scope, "%s", name);
    for (guint i = 0; i < adapters->len; i++) {
        const Adapter *adapter = adapters->pdata[i];
        const LoraLayer *lora = g_hash_table_lookup(adapter->layers, s.path);
        if (!lora || adapter->multiplier == 0)
            continue;
        Tensor *down = graph_weight(g, lora->down);
        Tensor *up = graph_weight(g, lora->up);
        float scale = adapter->multiplier * lora->alpha / (float)lora->down->shape.dim[0];
        Tensor *h = options ? op_conv2d(g, x, down, NULL, *options) : op_linear(g, x, down, NULL);
        h = drop(&s, adapter, h);
        if (scale != 1)
            h = op_scale(g, h, scale);
        h = options ? op_conv2d(g, h, up, NULL, (ConvOptions){.stride = 1})
                    : op_linear(g, h, up, NULL);
        y = op_add(g, y, h);
    }
    return y;
}

Tensor *
layer_linear(const Scope *scope, const char *name, Tensor *x)
{
    Tensor *y = op_linear(scope->graph, x, layer_weight(scope, name), layer_bias(scope, name));
    return add_adapters(scope, name, x, y, NULL);
}

Tensor *
layer_conv(const Scope *scope, const char *name, Tensor *x, ConvOptions options)
{
    Tensor *y =
        op_conv2d(scope->graph, x, layer_weight(scope, name), layer_bias(scope, name), options);
    return add_adapters(scope, name, x, y, &options);
}

Tensor *
layer_conv3(const Scope *scope, const char *name, Tensor *x)
{
    return layer_conv(scope, name, x, (ConvOptions){1, 1, 1, 1, 1});
}

Tensor *
layer_conv1(const Scope *scope, const char *name, Tensor *x)
{
    return layer_conv(scope, name, x, (ConvOptions){.stride = 1});
}

Tensor *
layer_group_norm(const Scope *scope, const char *name, Tensor *x, int n_groups, float eps,
                 bool silu)
{
    return op_group_norm(scope->graph, x, layer_weight(scope, name), layer_bias(scope, name),
                         n_groups, eps, silu);
}

Tensor *
layer_layer_norm(const Scope *scope, const char *name, Tensor *x, float eps)
{
    return op_layer_norm(scope->graph, x, layer_weight(scope, name), layer_bias(scope, name), eps);
}
