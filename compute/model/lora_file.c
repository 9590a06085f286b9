/* SPDX-License-Identifier: Apache-2.0 */
/* LoRA files. Known forms of a key, for the layer mid_block.attentions.0.proj_in of the UNet:
 *   lora_unet_mid_block_attentions_0_proj_in.lora_down.weight, .lora_up.weight, .alpha   (kohya)
 *   unet.mid_block.attentions.0.proj_in.lora_A.weight, .lora_B.weight                     (PEFT)
 *   unet. ... .lora.down.weight, unet. ... .lora_linear_layer.down.weight            (diffusers)
 *   unet. ... .attn1.processor.to_q_lora.down.weight                               (diffusers, old)
 *   base_model.model. ... .lora_A.weight                                      (a PEFT folder's
 * file) and lora_te_, lora_te1_, text_encoder. for the text encoder. No alpha: alpha is the rank.
 */
#include "compute/model/lora.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "compute/model/lora_private.h"

typedef enum { ROLE_DOWN, ROLE_UP, ROLE_ALPHA, N_ROLES } Role;

static const struct {
    const char *suffix;
    Role role;
} forms[] = {
    {".lora_down.weight", ROLE_DOWN},
    {".lora_up.weight", ROLE_UP},
    {".alpha", ROLE_ALPHA},
    {".lora_A.weight", ROLE_DOWN},
    {".lora_B.weight", ROLE_UP},
    {".lora.down.weight", ROLE_DOWN},
    {".lora.up.weight", ROLE_UP},
    {".lora_linear_layer.down.weight", ROLE_DOWN},
    {".lora_linear_layer.up.weight", ROLE_UP},
    {"_lora.down.weight", ROLE_DOWN},
    {"_lora.up.weight", ROLE_UP},
};

/* Parts of keys whose mathematics differs from up(down(x)). */
static const char *const other_kinds[][2] = {
    {"dora_scale", "DoRA"}, {"lora_magnitude_vector", "DoRA"},        {"hada_w", "LoHa"},
    {"lokr_w", "LoKr"},     {".lora_mid.", "Tucker-decomposed LoRA"},
};

/* A layer of the target, and what the file holds for it. */
typedef struct {
    LoraPart part;
    char *path;
    const Weight *base;
    const WeightsEntry *entry[N_ROLES];
} Slot;

typedef struct {
    const WeightsFile *file;
    GPtrArray *slots;    /* Slot, owned, in the order of the modules */
    GHashTable *by_name; /* kohya and dotted names -> Slot */
} Reader;

static void
slot_free(void *data)
{
    Slot *slot = data;
    g_free(slot->path);
    g_free(slot);
}

static void
reader_init(Reader *reader, const WeightsFile *file, const LoraTarget *target)
{
    reader->file = file;
    reader->slots = g_ptr_array_new_with_free_func(slot_free);
    reader->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (LoraPart part = 0; part < LORA_N_PARTS; part++) {
        const Module *module = target->part[part];
        for (guint i = 0; module && i < module->weights->len; i++) {
            const Weight *base = module->weights->pdata[i];
            char *path = lora_layer_path(base, false);
            if (!path)
                continue;
            Slot *slot = g_new0(Slot, 1);
            *slot = (Slot){.part = part, .path = path, .base = base};
            g_ptr_array_add(reader->slots, slot);
            g_hash_table_insert(reader->by_name, lora_kohya_name(part, path), slot);
            g_hash_table_insert(
                reader->by_name,
                g_strconcat(part == LORA_UNET ? "unet." : "text_encoder.", path, NULL), slot);
        }
    }
}

static void
reader_clear(Reader *reader)
{
    g_hash_table_unref(reader->by_name);
    g_ptr_array_unref(reader->slots);
}

/* --- keys --- */

static char *
replace(char *s, const char *from, const char *to) /* takes s */
{
    const char *at = strstr(s, from);
    if (!at)
        return s;
    char *out = g_strdup_printf("%.*s%s%s", (int)(at - s), s, to, at + strlen(from));
    g_free(s);
    return out;
}

/* The layer's name in one of the two forms that the reader's table has. */
static char *
normal_name(const char *key, size_t length, bool old_form)
{
    char *name = g_strndup(key, length);
    if (g_str_has_prefix(name, "lora_te1_"))
        name = replace(name, "lora_te1_", "lora_te_");
    if (g_str_has_prefix(name, "base_model.model.text_model."))
        name = replace(name, "base_model.model.", "text_encoder.");
    if (g_str_has_prefix(name, "base_model.model."))
        name = replace(name, "base_model.model.", "unet.");
    if (old_form) {
        name = replace(name, ".processor.", ".");
        if (g_str_has_suffix(name, ".to_out"))
            name = replace(name, ".to_out", ".to_out.0");
    }
    return name;
}

/* The slot and role of a key, or NULL. */
static Slot *
find_slot(const Reader *reader, const char *key, Role *role)
{
    for (guint i = 0; i < G_N_ELEMENTS(forms); i++) {
        if (!g_str_has_suffix(key, forms[i].suffix))
            continue;
        g_autofree char *name =
            normal_name(key, strlen(key) - strlen(forms[i].suffix), forms[i].suffix[0] == '_');
        Slot *slot = g_hash_table_lookup(reader->by_name, name);
        if (!slot)
            continue;
        *role = forms[i].role;
        return slot;
    }
    return NULL;
}

/* Belongs to a part that the caller left out. */
static bool
is_left_out(const char *key, const LoraTarget *target)
{
    bool te = g_str_has_prefix(key, "lora_te") || g_str_has_prefix(key, "text_encoder") ||
              g_str_has_prefix(key, "base_model.model.text_model.");
    return !target->part[te ? LORA_TEXT_ENCODER : LORA_UNET];
}

static bool
check_kind(const WeightsFile *file, const char *key, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(other_kinds); i++)
        if (strstr(key, other_kinds[i][0])) {
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                        _("%s: tensor %s belongs to a %s, which cannot be applied as a LoRA. Merge "
                          "it into a model with the program that made it, or take a plain LoRA."),
                        weights_path(file), key, other_kinds[i][1]);
            return false;
        }
    return true;
}

static bool
sort_keys(Reader *reader, const LoraTarget *target, GPtrArray *unmatched, GError **error)
{
    int n_found = 0;
    for (int i = 0; i < weights_n_entries(reader->file); i++) {
        const WeightsEntry *entry = weights_entry(reader->file, i);
        Role role;
        if (!check_kind(reader->file, entry->name, error))
            return false;
        Slot *slot = find_slot(reader, entry->name, &role);
        if (slot && !slot->entry[role]) {
            slot->entry[role] = entry;
            n_found++;
        } else if (slot || !is_left_out(entry->name, target)) {
            g_ptr_array_add(unmatched, g_strdup(entry->name));
        }
    }
    if (n_found == 0)
        g_set_error(
            error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
            _("%s: none of its %d tensors (%s, ...) belongs to a layer of this model. It is "
              "no LoRA, or one for another kind of model."),
            weights_path(reader->file), weights_n_entries(reader->file),
            weights_n_entries(reader->file) ? weights_entry(reader->file, 0)->name : "");
    return n_found > 0;
}

/* --- values --- */

static bool
read_factor(const WeightsFile *file, const WeightsEntry *entry, Weight *weight, GError **error)
{
    for (int i = 0; i < MAX(entry->n_dims, weight->shape.n_dims); i++) {
        int64_t found = i < entry->n_dims ? entry->dim[i] : 1;
        int64_t expected = i < weight->shape.n_dims ? weight->shape.dim[i] : 1;
        if (found == expected)
            continue;
        g_autofree char *shape = shape_to_string(&weight->shape);
        g_autofree char *size = g_strdup_printf("%" G_GINT64_FORMAT, found);
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("%s: tensor %s has %s in dimension %d, but the model asks for the shape %s. "
                      "This LoRA was made for another model."),
                    weights_path(file), entry->name, size, i, shape);
        return false;
    }
    g_autofree float *data = g_new(float, entry->n_elements);
    weights_read_f32(entry, data);
    for (int64_t i = 0; i < entry->n_elements; i++)
        if (!isfinite(data[i])) {
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                        _("%s: tensor %s holds a value that is not a finite number. The file is "
                          "damaged: make or download it again."),
                        weights_path(file), entry->name);
            return false;
        }
    return weight_write(weight, data, error);
}

static bool
read_slot(Lora *lora, const WeightsFile *file, const Slot *slot, GError **error)
{
    const WeightsEntry *down = slot->entry[ROLE_DOWN], *up = slot->entry[ROLE_UP];
    const WeightsEntry *alpha_entry = slot->entry[ROLE_ALPHA];
    float alpha = 0;

    if (!down || !up || down->n_dims < 2 || down->dim[0] < 1 || down->dim[0] > G_MAXINT / 2 ||
        (alpha_entry && alpha_entry->n_elements != 1)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("%s: the layer %s lacks one of its two factors, or they have no rank. The "
                      "file is incomplete: make or download it again."),
                    weights_path(file), slot->path);
        return false;
    }
    if (alpha_entry)
        weights_read_f32(alpha_entry, &alpha);
    if (alpha == 0 || !isfinite(alpha))
        alpha = (float)down->dim[0];
    LoraLayer *layer =
        lora_add_layer(lora, slot->part, slot->path, slot->base, (int)down->dim[0], alpha, error);
    return layer && read_factor(file, down, layer->down, error) &&
           read_factor(file, up, layer->up, error);
}

static bool
read_slots(Lora *lora, const Reader *reader, GError **error)
{
    for (guint i = 0; i < reader->slots->len; i++) {
        const Slot *slot = reader->slots->pdata[i];
        bool any = slot->entry[ROLE_DOWN] || slot->entry[ROLE_UP] || slot->entry[ROLE_ALPHA];
        if (any && !read_slot(lora, reader->file, slot, error))
            return false;
    }
    return true;
}

Lora *
lora_open(Device *device, const char *path, const LoraTarget *target, GError **error)
{
    g_autoptr(WeightsFile) file = weights_open(path, error);
    if (!file)
        return NULL;
    g_autoptr(Lora) lora = lora_new_empty(device);
    Reader reader;
    GHashTableIter iter;
    void *key, *value;

    reader_init(&reader, file, target);
    bool ok =
        sort_keys(&reader, target, lora->unmatched, error) && read_slots(lora, &reader, error);
    reader_clear(&reader);
    g_hash_table_iter_init(&iter, weights_metadata_table(file));
    while (g_hash_table_iter_next(&iter, &key, &value))
        g_hash_table_insert(lora->metadata, g_strdup(key), g_strdup(value));
    return ok ? g_steal_pointer(&lora) : NULL;
}

/* --- writing --- */

/* What other programs look at. */
static GHashTable *
kohya_metadata(const Lora *lora, GHashTable *more)
{
    GHashTable *metadata = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    GHashTableIter iter;
    void *key, *value;
    const LoraLayer *first = NULL;

    for (int part = LORA_N_PARTS - 1; part >= 0; part--)
        if (lora->layers[part]->len)
            first = lora->layers[part]->pdata[0];
    g_hash_table_insert(metadata, g_strdup("format"), g_strdup("pt"));
    g_hash_table_insert(metadata, g_strdup("ss_network_module"), g_strdup("networks.lora"));
    g_hash_table_insert(metadata, g_strdup("ss_base_model_version"), g_strdup("sd_v1"));
    if (first) {
        char alpha[G_ASCII_DTOSTR_BUF_SIZE];
        g_ascii_formatd(alpha, sizeof alpha, "%g", (double)first->alpha);
        g_hash_table_insert(metadata, g_strdup("ss_network_alpha"), g_strdup(alpha));
        g_hash_table_insert(metadata, g_strdup("ss_network_dim"),
                            g_strdup_printf("%d", (int)first->down->shape.dim[0]));
    }
    if (more) {
        g_hash_table_iter_init(&iter, more);
        while (g_hash_table_iter_next(&iter, &key, &value))
            g_hash_table_insert(metadata, g_strdup(key), g_strdup(value));
    }
    return metadata;
}

static bool
write_factor(WeightsWriter *writer, const Weight *weight, WeightsDtype dtype, GError **error)
{
    g_autofree float *data = g_malloc(weight_size(weight));
    if (!weight_read(weight, data, error))
        return false;
    weights_writer_add(writer, weight->name, dtype, weight->shape.n_dims, weight->shape.dim, data);
    return true;
}

bool
lora_save(const Lora *lora, const char *path, WeightsDtype dtype, GHashTable *metadata,
          GError **error)
{
    g_autoptr(GHashTable) all = kohya_metadata(lora, metadata);
    g_autoptr(WeightsWriter) writer = weights_writer_new(path, all);

    for (LoraPart part = 0; part < LORA_N_PARTS; part++)
        for (guint i = 0; i < lora->layers[part]->len; i++) {
            const LoraLayer *layer = lora->layers[part]->pdata[i];
            g_autofree char *name = lora_kohya_name(part, layer->path);
            g_autofree char *alpha = g_strconcat(name, ".alpha", NULL);
            weights_writer_add(writer, alpha, dtype, 0, NULL, &layer->alpha);
            if (!write_factor(writer, layer->down, dtype, error) ||
                !write_factor(writer, layer->up, dtype, error))
                return false;
        }
    return weights_writer_finish(writer, error);
}
