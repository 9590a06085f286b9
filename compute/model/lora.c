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

const char *
lora_form_name(LoraForm form)
{
    static const char *const names[LORA_N_FORMS] = {"kohya", "peft"};
    return names[form];
}

bool
lora_form_find(const char *name, LoraForm *form)
{
    for (LoraForm i = 0; i < LORA_N_FORMS; i++) {
        if (!g_str_equal(lora_form_name(i), name))
            continue;
        *form = i;
        return true;
    }
    return false;
}

char *
lora_kohya_name(LoraPart part, const char *path)
{
    g_autofree char *name = g_strdelimit(g_strdup(path), ".", '_');
    return g_strconcat(part == LORA_UNET ? "lora_unet_" : "lora_te_", name, NULL);
}

float *
lora_read_weight(const Weight *weight, GError **error)
{
    g_autofree float *data = g_new(float, shape_count(&weight->shape));
    return weight_read(weight, data, error) ? g_steal_pointer(&data) : NULL;
}

char *
lora_layer_path(const Weight *base)
{
    const char *end = g_str_has_suffix(base->name, ".weight") ? strrchr(base->name, '.') : NULL;
    if (!end || base->shape.n_dims < 2 || strstr(base->name, "token_embedding.") ||
        strstr(base->name, "position_embedding."))
        return NULL;
    return g_strndup(base->name, end - base->name);
}

/* Shape of a factor: the base weight's with its first or second dimension replaced by the rank, and
 * for `up` a 1x1 kernel. */
static Shape
factor_shape(const Shape *base, int rank, bool up)
{
    Shape shape = *base;
    shape.dim[up ? 1 : 0] = rank;
    for (int i = 2; up && i < shape.n_dims; i++)
        shape.dim[i] = 1;
    return shape;
}

Shape
lora_base_shape(const LoraLayer *layer)
{
    Shape shape = layer->down->shape;
    shape.dim[0] = layer->up->shape.dim[0];
    return shape;
}

int
lora_layer_rank(const LoraLayer *layer)
{
    return (int)layer->down->shape.dim[0];
}

float
lora_layer_scale(const LoraLayer *layer)
{
    return layer->alpha / (float)lora_layer_rank(layer);
}

LoraLayer *
lora_add_layer(Lora *lora, LoraPart part, const char *path, const Shape *base, int rank,
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

static bool
init_layer(const LoraLayer *layer, guint64 seed, GError **error)
{
    int64_t n = shape_count(&layer->down->shape);
    g_autofree float *data = g_new(float, n);

    weight_random(data, n, INIT_FAN_IN, n / layer->down->shape.dim[0], seed, layer->down->name);
    return weight_write(layer->down, data, error);
}

/* The rank that a new Lora gives a layer; 0: it is not adapted. */
static int
new_rank(const LoraOptions *o, const char *path, const Shape *base, float *alpha)
{
    bool wide = base->n_dims == 4 && base->dim[2] * base->dim[3] > 1;
    bool standard = strstr(path, "attentions.") || strstr(path, ".layers.");
    bool convolved = strstr(path, "resnets.") || strstr(path, "samplers.");

    *alpha = wide ? o->conv_alpha : o->alpha;
    if (standard)
        return o->rank;
    return convolved && o->conv_rank > 0 ? (wide ? o->conv_rank : o->rank) : 0;
}

Lora *
lora_new(Device *device, const LoraTarget *target, const LoraOptions *options, GError **error)
{
    g_autoptr(Lora) lora = lora_new_empty(device);

    g_return_val_if_fail(options->rank > 0, NULL);
    for (LoraPart part = 0; part < LORA_N_PARTS; part++) {
        const Module *module = target->part[part];
        for (guint i = 0; module && i < module->weights->len; i++) {
            const Weight *base = module->weights->pdata[i];
            g_autofree char *path = lora_layer_path(base);
            float alpha;
            int rank = path ? new_rank(options, path, &base->shape, &alpha) : 0;
            if (rank == 0)
                continue;
            LoraLayer *layer = lora_add_layer(lora, part, path, &base->shape, rank, alpha, error);
            if (!layer || (!device_is_planning(device) && !init_layer(layer, options->seed, error)))
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
lora_attach_parts(Lora *lora, const LoraTarget *target, const float *multipliers)
{
    lora_detach(lora, target);
    for (int part = 0; part < LORA_N_PARTS; part++) {
        if (!target->part[part])
            continue;
        Adapter *adapter = g_new0(Adapter, 1);
        adapter->layers = lora->by_path[part];
        adapter->multiplier = multipliers[part];
        g_ptr_array_add(target->part[part]->adapters, adapter);
    }
}

void
lora_set_dropout(const Lora *lora, const LoraTarget *target, const LoraDropout *dropout)
{
    for (int part = 0; part < LORA_N_PARTS; part++) {
        GPtrArray *adapters = target->part[part] ? target->part[part]->adapters : NULL;
        for (guint i = 0; adapters && i < adapters->len; i++) {
            Adapter *adapter = adapters->pdata[i];
            if (adapter->layers == lora->by_path[part])
                adapter->dropout = *dropout;
        }
    }
}

void
lora_attach(Lora *lora, const LoraTarget *target, float multiplier)
{
    lora_attach_parts(lora, target, (float[LORA_N_PARTS]){multiplier, multiplier});
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
