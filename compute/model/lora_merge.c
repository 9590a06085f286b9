/* SPDX-License-Identifier: Apache-2.0 */
/* LoRAs merged into base weights, and into each other. */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "compute/model/lora_private.h"

/* --- into the base --- */

static bool
merge_layer(const LoraLayer *layer, Weight *base, float multiplier, GError **error)
{
    int64_t rank = lora_layer_rank(layer), m = base->shape.dim[0];
    int64_t k = shape_count(&layer->down->shape) / rank;
    float scale = multiplier * lora_layer_scale(layer);
    g_autofree float *w = lora_read_weight(base, error);
    g_autofree float *down = w ? lora_read_weight(layer->down, error) : NULL;
    g_autofree float *up = down ? lora_read_weight(layer->up, error) : NULL;

    if (!up)
        return false;
        /* The sum of a row is made apart: then a weight is rounded once. */
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < m; i++) {
        g_autofree float *sum = g_new0(float, k);
        for (int64_t r = 0; r < rank; r++) {
            float factor = scale * up[i * rank + r];
            for (int64_t j = 0; j < k; j++)
                sum[j] += factor * down[r * k + j];
        }
        for (int64_t j = 0; j < k; j++)
            w[i * k + j] += sum[j];
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

/* --- into each other --- */

/* The layers of the same path, one for each Lora that has it. */
typedef struct {
    const LoraLayer *layer[64];
    float scale[64]; /* multiplier alpha / rank */
    int n, rank;     /* rank: all together */
} Pile;

enum { MAX_COMBINED = G_N_ELEMENTS(((Pile *)NULL)->layer) };

static bool
pile_add(Pile *pile, const LoraLayer *layer, float multiplier, GError **error)
{
    if (pile->n) {
        Shape first = lora_base_shape(pile->layer[0]), shape = lora_base_shape(layer);
        g_autofree char *a = shape_to_string(&first), *b = shape_to_string(&shape);
        if (shape_count(&first) != shape_count(&shape) || first.dim[0] != shape.dim[0]) {
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                        _("The layer %s has weights of %s in one LoRA and of %s in another: "
                          "combine LoRAs of one model."),
                        layer->path, a, b);
            return false;
        }
    }
    pile->layer[pile->n] = layer;
    pile->scale[pile->n++] = multiplier * lora_layer_scale(layer);
    pile->rank += lora_layer_rank(layer);
    return true;
}

/* down: one below the other; up, by its scale: one beside the other. alpha = rank. */
static bool
pile_write(const Pile *pile, const LoraLayer *to, GError **error)
{
    int64_t k = shape_count(&to->down->shape) / pile->rank, m = to->up->shape.dim[0], at = 0;
    g_autofree float *down = g_new(float, shape_count(&to->down->shape));
    g_autofree float *up = g_new(float, shape_count(&to->up->shape));

    for (int n = 0; n < pile->n; n++) {
        int64_t rank = lora_layer_rank(pile->layer[n]);
        g_autofree float *own_down = lora_read_weight(pile->layer[n]->down, error);
        g_autofree float *own_up = own_down ? lora_read_weight(pile->layer[n]->up, error) : NULL;
        if (!own_up)
            return false;
        memcpy(down + at * k, own_down, (size_t)(rank * k) * sizeof *down);
        for (int64_t i = 0; i < m; i++)
            for (int64_t r = 0; r < rank; r++)
                up[i * pile->rank + at + r] = pile->scale[n] * own_up[i * rank + r];
        at += rank;
    }
    return weight_write(to->down, down, error) && weight_write(to->up, up, error);
}

static bool
combine_layer(Lora *out, LoraPart part, const char *path, Lora *const *loras,
              const float *multipliers, int n, GError **error)
{
    Pile pile = {0};

    for (int i = 0; i < n; i++) {
        const LoraLayer *layer = g_hash_table_lookup(loras[i]->by_path[part], path);
        if (layer && !pile_add(&pile, layer, multipliers[i], error))
            return false;
    }
    Shape base = lora_base_shape(pile.layer[0]);
    const LoraLayer *to =
        lora_add_layer(out, part, path, &base, pile.rank, (float)pile.rank, error);
    return to && pile_write(&pile, to, error);
}

Lora *
lora_combine(Lora *const *loras, const float *multipliers, int n, GError **error)
{
    g_autoptr(Lora) out = lora_new_empty(loras[0]->device);

    if (n > MAX_COMBINED) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    _("%d LoRAs are too many to combine at once: take at most %d."), n,
                    MAX_COMBINED);
        return NULL;
    }
    out->dtype = loras[0]->dtype;
    for (int i = 0; i < n; i++) {
        if (loras[i]->dtype != out->dtype)
            out->dtype = WEIGHTS_F32;
        for (LoraPart part = 0; part < LORA_N_PARTS; part++)
            for (guint l = 0; l < loras[i]->layers[part]->len; l++) {
                const char *path = ((LoraLayer *)loras[i]->layers[part]->pdata[l])->path;
                if (!g_hash_table_contains(out->by_path[part], path) &&
                    !combine_layer(out, part, path, loras, multipliers, n, error))
                    return NULL;
            }
    }
    return g_steal_pointer(&out);
}
