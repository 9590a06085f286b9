/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/model/lora.h"

#include <string.h>

#include "compute/model/lora_private.h"
#include "compute/planning.h"

static void
lora_layer_free(void *data)
{
    LoraLayer *layer = data;
    g_free(layer->path);
    weight_free(layer->down);
    weight_free(layer->up);
    g_free(layer);
}

Lora *
lora_new_empty(Device *device)
{
    Lora *lora = g_new0(Lora, 1);
    lora->device = device;
    for (int i = 0; i < LORA_N_PARTS; i++) {
        lora->layers[i] = g_ptr_array_new_with_free_func(lora_layer_free);
        lora->by_path[i] = g_hash_table_new(g_str_hash, g_str_equal);
    }
    lora->unmatched = g_ptr_array_new_with_free_func(g_free);
    lora->metadata = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return lora;
}

void
lora_free(Lora *lora)
{
    if (!lora)
        return;
    for (int i = 0; i < LORA_N_PARTS; i++) {
        g_hash_table_unref(lora->by_path[i]);
        g_ptr_array_unref(lora->layers[i]);
    }
    g_ptr_array_unref(lora->unmatched);
    g_hash_table_unref(lora->metadata);
    g_free(lora);
}

char *
lora_kohya_name(LoraPart part, const char *path)
{
    g_autofree char *name = g_strdelimit(g_strdup(path), ".", '_');
    return g_strconcat(part == LORA_UNET ? "lora_unet_" : "lora_te_", name, NULL);
}

char *
lora_layer_path(const Weight *base, bool standard)
{
    const char *end = g_str_has_suffix(base->name, ".weight") ? strrchr(base->name, '.') : NULL;
    if (!end || base->shape.n_dims < 2 || strstr(base->name, "_embedding."))
        return NULL;
    if (standard && !strstr(base->name, "attentions.") && !strstr(base->name, ".layers."))
        return NULL;
    return g_strndup(base->name, end - base->name);
}

/* Shape of a factor: the base weight's with its first or second dimension replaced by the rank, and
 * for `up` a 1x1 kernel. */
static Shape
factor_shape(const Weight *base, int rank, bool up)
{
    Shape shape = base->shape;
    shape.dim[up ? 1 : 0] = rank;
    for (int i = 2; up && i < shape.n_dims; i++)
        shape.dim[i] = 1;
    return shape;
}

LoraLayer *
lora_add_layer(Lora *lora, LoraPart part, const char *path, const Weight *base, int rank,
               float alpha, GError **error)
{
    LoraLayer *layer = g_new0(LoraLayer, 1);
    g_autofree char *name = lora_kohya_name(part, path);
    g_autofree char *down = g_strconcat(name, ".lora_down.weight", NULL);
    g_autofree char *up = g_strconcat(name, ".lora_up.weight", NULL);
    Shape down_shape = factor_shape(base, rank, false), up_shape = factor_shape(base, rank, true);

    layer->path = g_strdup(path);
    layer->alpha = alpha;
    g_ptr_array_add(lora->layers[part], layer);
    g_hash_table_insert(lora->by_path[part], layer->path, layer);
    layer->down = weight_new(lora->device, down, DTYPE_F32, &down_shape, error);
    if (layer->down)
        layer->up = weight_new(lora->device, up, DTYPE_F32, &up_shape, error);
    return layer->up ? layer : NULL;
}

static int64_t
fan_in(const Weight *down)
{
    return shape_count(&down->shape) / down->shape.dim[0];
}

Lora *
lora_new(Device *device, const LoraTarget *target, int rank, float alpha, guint64 seed,
         GError **error)
{
    g_autoptr(Lora) lora = lora_new_empty(device);

    g_return_val_if_fail(rank > 0, NULL);
    for (LoraPart part = 0; part < LORA_N_PARTS; part++) {
        const Module *module = target->part[part];
        for (guint i = 0; module && i < module->weights->len; i++) {
            const Weight *base = module->weights->pdata[i];
            g_autofree char *path = lora_layer_path(base, true);
            if (!path)
                continue;
            LoraLayer *layer = lora_add_layer(lora, part, path, base, rank, alpha, error);
            if (!layer)
                return NULL;
            if (device_is_planning(device))
                continue;
            int64_t n = shape_count(&layer->down->shape);
            g_autofree float *data = g_new(float, n);
            weight_random(data, n, INIT_FAN_IN, fan_in(layer->down), seed, layer->down->name);
            if (!weight_write(layer->down, data, error))
                return NULL;
        }
    }
    return g_steal_pointer(&lora);
}

void
lora_detach(Lora *lora, const LoraTarget *target)
{
    for (int part = 0; part < LORA_N_PARTS; part++) {
        GPtrArray *adapters = target->part[part] ? target->part[part]->adapters : NULL;
        for (guint i = adapters ? adapters->len : 0; i-- > 0;)
            if (((Adapter *)adapters->pdata[i])->layers == lora->by_path[part])
                g_ptr_array_remove_index(adapters, i);
    }
}

void
lora_attach(Lora *lora, const LoraTarget *target, float multiplier)
{
    lora_detach(lora, target);
    for (int part = 0; part < LORA_N_PARTS; part++) {
        if (!target->part[part])
            continue;
        Adapter *adapter = g_new0(Adapter, 1);
        adapter->layers = lora->by_path[part];
        adapter->multiplier = multiplier;
        g_ptr_array_add(target->part[part]->adapters, adapter);
    }
}

static bool
merge_layer(const LoraLayer *layer, Weight *base, float multiplier, GError **error)
{
    int64_t rank = layer->down->shape.dim[0], m = base->shape.dim[0], k = fan_in(layer->down);
    float scale = multiplier * layer->alpha / (float)rank;
    g_autofree float *w = g_malloc(weight_size(base));
    g_autofree float *down = g_malloc(weight_size(layer->down));
    g_autofree float *up = g_malloc(weight_size(layer->up));

    if (!weight_read(base, w, error) || !weight_read(layer->down, down, error) ||
        !weight_read(layer->up, up, error))
        return false;
    for (int64_t i = 0; i < m; i++)
        for (int64_t r = 0; r < rank; r++) {
            float factor = scale * up[i * rank + r];
            for (int64_t j = 0; j < k; j++)
                w[i * k + j] += factor * down[r * k + j];
        }
    return weight_write(base, w, error);
}

bool
lora_merge(const Lora *lora, const LoraTarget *target, float multiplier, GError **error)
{
    for (int part = 0; part < LORA_N_PARTS; part++) {
        for (guint i = 0; target->part[part] && i < lora->layers[part]->len; i++) {
            const LoraLayer *layer = lora->layers[part]->pdata[i];
            g_autofree char *name = g_strconcat(layer->path, ".weight", NULL);
            Weight *base = module_find(target->part[part], name);
            g_return_val_if_fail(base, false);
            if (!merge_layer(layer, base, multiplier, error))
                return false;
        }
    }
    return true;
}

int
lora_n_layers(const Lora *lora)
{
    return (int)(lora->layers[LORA_UNET]->len + lora->layers[LORA_TEXT_ENCODER]->len);
}

void
lora_set_trainable(Lora *lora, LoraPart part, bool trainable)
{
    for (guint i = 0; i < lora->layers[part]->len; i++) {
        LoraLayer *layer = lora->layers[part]->pdata[i];
        layer->down->trainable = layer->up->trainable = trainable;
    }
}

void
lora_collect_trainable(const Lora *lora, GPtrArray *out)
{
    for (int part = 0; part < LORA_N_PARTS; part++)
        for (guint i = 0; i < lora->layers[part]->len; i++) {
            LoraLayer *layer = lora->layers[part]->pdata[i];
            if (layer->down->trainable)
                g_ptr_array_add(out, layer->down);
            if (layer->up->trainable)
                g_ptr_array_add(out, layer->up);
        }
}

int64_t
lora_n_parameters(const Lora *lora)
{
    int64_t n = 0;
    for (int part = 0; part < LORA_N_PARTS; part++)
        for (guint i = 0; i < lora->layers[part]->len; i++) {
            const LoraLayer *layer = lora->layers[part]->pdata[i];
            n += shape_count(&layer->down->shape) + shape_count(&layer->up->shape);
        }
    return n;
}
