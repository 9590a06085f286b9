/* SPDX-License-Identifier: Apache-2.0 */
/* Writing LoRA files: names, values, what other programs look at, and the sums that A1111 knows a
 * file by. */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

#include "compute/json_text.h"
#include "compute/model/lora_keys.h"
#include "compute/model/lora_private.h"

/* What sd-scripts' addnet_hash_legacy reads: this much from here on. */
enum { LEGACY_OFFSET = 0x100000, LEGACY_SIZE = 0x10000, LEGACY_DIGITS = 8 };

/* --- metadata --- */

static void
put(GHashTable *metadata, const char *key, char *value) /* takes value */
{
    g_hash_table_insert(metadata, g_strdup(key), value);
}

static void
put_all(GHashTable *metadata, GHashTable *more)
{
    GHashTableIter iter;
    void *key, *value;

    if (!more)
        return;
    g_hash_table_iter_init(&iter, more);
    while (g_hash_table_iter_next(&iter, &key, &value))
        put(metadata, key, g_strdup(value));
}

static char *
number(double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    return g_strdup(g_ascii_formatd(text, sizeof text, "%g", value));
}

static bool
is_wide(const LoraLayer *layer)
{
    const Shape *shape = &layer->down->shape;
    return shape->n_dims == 4 && shape->dim[2] * shape->dim[3] > 1;
}

static const LoraLayer *
first_layer(const Lora *lora, bool wide)
{
    for (LoraPart part = 0; part < LORA_N_PARTS; part++)
        for (guint i = 0; i < lora->layers[part]->len; i++)
            if (is_wide(lora->layers[part]->pdata[i]) == wide)
                return lora->layers[part]->pdata[i];
    return NULL;
}

/* sd_v2 by the width of the text, else sd_v1 */
static const char *
base_version(const Lora *lora)
{
    for (guint i = 0; i < lora->layers[LORA_UNET]->len; i++) {
        const LoraLayer *layer = lora->layers[LORA_UNET]->pdata[i];
        if (g_str_has_suffix(layer->path, "attn2.to_k"))
            return layer->down->shape.dim[1] == 1024 ? "sd_v2" : "sd_v1";
    }
    return "sd_v1";
}

static GHashTable *
make_metadata(const Lora *lora, GHashTable *more)
{
    GHashTable *metadata = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const LoraLayer *narrow = first_layer(lora, false), *wide = first_layer(lora, true);
    const LoraLayer *first = narrow ? narrow : wide;

    put(metadata, "format", g_strdup("pt"));
    put(metadata, "ss_network_module", g_strdup("networks.lora"));
    put(metadata, "ss_base_model_version", g_strdup(base_version(lora)));
    if (first) {
        put(metadata, "ss_network_dim", g_strdup_printf("%d", lora_layer_rank(first)));
        put(metadata, "ss_network_alpha", number((double)first->alpha));
    }
    if (wide) {
        g_autofree char *alpha = number((double)wide->alpha);
        put(metadata, "ss_network_args",
            g_strdup_printf("{\"conv_dim\": \"%d\", \"conv_alpha\": \"%s\"}", lora_layer_rank(wide),
                            alpha));
    }
    put_all(metadata, lora->metadata);
    put_all(metadata, more);
    g_hash_table_remove(metadata, "sshs_model_hash");
    g_hash_table_remove(metadata, "sshs_legacy_hash");
    g_hash_table_remove(metadata, LORA_KEY_FOLDED);
    return metadata;
}

static int
compare_names(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

/* {"lora_unet_...": alpha, ...}, in the order of the names */
static char *
list_alphas(GHashTable *alphas)
{
    GString *text = g_string_new("{");
    guint n;
    g_autofree char **names = (char **)g_hash_table_get_keys_as_array(alphas, &n);

    qsort(names, n, sizeof *names, compare_names);
    for (guint i = 0; i < n; i++) {
        json_text_append_quoted(text, names[i]);
        g_string_append_c(text, ':');
        json_text_append_double(text, (double)*(float *)g_hash_table_lookup(alphas, names[i]));
        g_string_append_c(text, i + 1 < n ? ',' : '}');
    }
    return g_string_free(text, FALSE);
}

/* The alphas, when they are not all 1 : 1 with the ranks; else NULL. */
static char *
folded_alphas(const Lora *lora)
{
    g_autoptr(GHashTable) alphas = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GString) one = g_string_new(NULL);
    float first = 0;
    bool scaled = false, same = true;

    for (LoraPart part = 0; part < LORA_N_PARTS; part++)
        for (guint i = 0; i < lora->layers[part]->len; i++) {
            LoraLayer *layer = lora->layers[part]->pdata[i];
            scaled |= lora_layer_scale(layer) != 1;
            same &= first == 0 || first == layer->alpha;
            first = layer->alpha;
            g_hash_table_insert(alphas, lora_kohya_name(part, layer->path), &layer->alpha);
        }
    if (!scaled)
        return NULL;
    json_text_append_double(one, (double)first);
    return same ? g_strdup(one->str) : list_alphas(alphas);
}

/* The metadata that a writer gets in the end. The legacy sum is of the file with kohya's own
 * entries (ss_*) only, as sd-scripts takes it. */
static void
sign(WeightsWriter *writer, GHashTable *metadata)
{
    GHashTableIter iter;
    void *key, *value;

    g_hash_table_iter_init(&iter, metadata);
    while (g_hash_table_iter_next(&iter, &key, &value))
        if (g_str_has_prefix(key, "ss_"))
            weights_writer_set_metadata(writer, key, value);
    g_autofree char *legacy = weights_writer_checksum(writer, LEGACY_OFFSET, LEGACY_SIZE);
    g_autofree char *sum =
        weights_writer_checksum(writer, weights_writer_data_offset(writer), UINT64_MAX);
    legacy[LEGACY_DIGITS] = 0;
    g_hash_table_iter_init(&iter, metadata);
    while (g_hash_table_iter_next(&iter, &key, &value))
        weights_writer_set_metadata(writer, key, value);
    weights_writer_set_metadata(writer, "sshs_model_hash", sum);
    weights_writer_set_metadata(writer, "sshs_legacy_hash", legacy);
}

/* --- tensors --- */

static bool
write_factor(WeightsWriter *writer, const char *name, const Weight *weight, float scale,
             WeightsDtype dtype, GError **error)
{
    int64_t n = shape_count(&weight->shape);
    g_autofree float *data = lora_read_weight(weight, error);

    if (!data)
        return false;
    for (int64_t i = 0; scale != 1 && i < n; i++)
        data[i] *= scale;
    weights_writer_add(writer, name, dtype, weight->shape.n_dims, weight->shape.dim, data);
    return true;
}

static bool
survives(float value, WeightsDtype dtype)
{
    float back = dtype == WEIGHTS_F16    ? weights_f32_from_f16(weights_f16_from_f32(value))
                 : dtype == WEIGHTS_BF16 ? weights_f32_from_bf16(weights_bf16_from_f32(value))
                                         : value;
    return back == value;
}

/* An alpha that dtype cannot hold stays in single precision: it scales the whole layer. */
static bool
write_kohya(WeightsWriter *writer, const char *name, const LoraLayer *layer, WeightsDtype dtype,
            GError **error)
{
    g_autofree char *alpha = g_strconcat(name, ".alpha", NULL);
    g_autofree char *down = g_strconcat(name, ".lora_down.weight", NULL);
    g_autofree char *up = g_strconcat(name, ".lora_up.weight", NULL);

    weights_writer_add(writer, alpha, survives(layer->alpha, dtype) ? dtype : WEIGHTS_F32, 0, NULL,
                       &layer->alpha);
    return write_factor(writer, down, layer->down, 1, dtype, error) &&
           write_factor(writer, up, layer->up, 1, dtype, error);
}

static bool
write_peft(WeightsWriter *writer, LoraPart part, const LoraLayer *layer, WeightsDtype dtype,
           GError **error)
{
    const char *prefix = part == LORA_UNET ? "unet" : "text_encoder";
    g_autofree char *down = g_strdup_printf("%s.%s.lora_A.weight", prefix, layer->path);
    g_autofree char *up = g_strdup_printf("%s.%s.lora_B.weight", prefix, layer->path);

    if (lora_path_is_ldm(layer->path)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                    _("The layer %s has the name that the original checkpoint gives it, which "
                      "PEFT's form does not know. Name the model that the LoRA belongs to."),
                    layer->path);
        return false;
    }
    return write_factor(writer, down, layer->down, 1, dtype, error) &&
           write_factor(writer, up, layer->up, lora_layer_scale(layer), dtype, error);
}

bool
lora_save(const Lora *lora, const char *path, LoraForm form, WeightsDtype dtype,
          GHashTable *metadata, GError **error)
{
    g_autoptr(GHashTable) all = make_metadata(lora, metadata);
    g_autoptr(WeightsWriter) writer = weights_writer_new(path, NULL);
    char *folded = form == LORA_PEFT ? folded_alphas(lora) : NULL;

    if (folded)
        put(all, LORA_KEY_FOLDED, folded);
    for (LoraPart part = 0; part < LORA_N_PARTS; part++)
        for (guint i = 0; i < lora->layers[part]->len; i++) {
            const LoraLayer *layer = lora->layers[part]->pdata[i];
            g_autofree char *name = lora_kohya_name(part, layer->path);
            if (form == LORA_PEFT ? !write_peft(writer, part, layer, dtype, error)
                                  : !write_kohya(writer, name, layer, dtype, error))
                return false;
        }
    sign(writer, all);
    return weights_writer_finish(writer, error);
}
