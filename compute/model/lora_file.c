/* SPDX-License-Identifier: Apache-2.0 */
/* Reading LoRA files: which tensor of the file is which factor of which layer, and their values. */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "compute/json_text.h"
#include "compute/model/lora_keys.h"
#include "compute/model/lora_private.h"

/* A layer, and what the file holds for it. */
typedef struct {
    LoraPart part;
    char *path;
    const Weight *base; /* NULL without a target */
    const WeightsEntry *entry[LORA_N_ROLES];
} Slot;

typedef struct {
    const WeightsFile *file;
    const LoraTarget *target; /* or NULL */
    GPtrArray *slots;         /* Slot, owned; with a target in the order of its modules */
    GHashTable *by_name;      /* flat names -> Slot */
    bool dotted;              /* the file has dotted keys */
} Reader;

static void
slot_free(void *data)
{
    Slot *slot = data;
    g_free(slot->path);
    g_free(slot);
}

static Slot *
add_slot(Reader *reader, LoraPart part, char *path, const Weight *base) /* takes path */
{
    Slot *slot = g_new0(Slot, 1);
    *slot = (Slot){.part = part, .path = path, .base = base};
    g_ptr_array_add(reader->slots, slot);
    g_hash_table_insert(reader->by_name, lora_kohya_name(part, path), slot);
    return slot;
}

static void
add_target(Reader *reader, LoraPart part, const Module *module)
{
    for (guint i = 0; i < module->weights->len; i++) {
        const Weight *base = module->weights->pdata[i];
        char *path = lora_layer_path(base);
        if (!path)
            continue;
        Slot *slot = add_slot(reader, part, path, base);
        g_autofree char *ldm = part == LORA_UNET ? lora_ldm_flat(module, path) : NULL;
        if (ldm)
            g_hash_table_insert(reader->by_name, g_strconcat("lora_unet_", ldm, NULL), slot);
    }
}

static void
reader_init(Reader *reader, const WeightsFile *file, const LoraTarget *target)
{
    reader->file = file;
    reader->target = target;
    reader->slots = g_ptr_array_new_with_free_func(slot_free);
    reader->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    reader->dotted = false;
    for (LoraPart part = 0; target && part < LORA_N_PARTS; part++)
        if (target->part[part])
            add_target(reader, part, target->part[part]);
}

static void
reader_clear(Reader *reader)
{
    g_hash_table_unref(reader->by_name);
    g_ptr_array_unref(reader->slots);
}

/* --- keys --- */

/* Belongs to a part that the caller left out. */
static bool
is_left_out(const Reader *reader, const char *flat)
{
    LoraPart part;
    const char *rest;
    return reader->target && flat && lora_flat_part(flat, &part, &rest) &&
           !reader->target->part[part];
}

static Slot *
find_slot(Reader *reader, const char *flat)
{
    Slot *slot = flat ? g_hash_table_lookup(reader->by_name, flat) : NULL;
    LoraPart part;
    const char *rest;

    if (!slot && flat && !reader->target && lora_flat_part(flat, &part, &rest))
        slot = add_slot(reader, part, lora_dotted_path(rest), NULL);
    return slot;
}

static bool
sort_keys(Reader *reader, GPtrArray *unmatched, GError **error)
{
    int n = weights_n_entries(reader->file), n_found = 0;

    for (int i = 0; i < n; i++) {
        const WeightsEntry *entry = weights_entry(reader->file, i);
        LoraRole role;
        g_autofree char *flat = lora_key_flat(entry->name, &role);
        Slot *slot = find_slot(reader, flat);
        if (slot && !slot->entry[role]) {
            slot->entry[role] = entry;
            reader->dotted |= lora_key_is_dotted(entry->name);
            n_found++;
        } else if (slot || !is_left_out(reader, flat)) {
            g_ptr_array_add(unmatched, g_strdup(entry->name));
        }
    }
    if (n_found > 0)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("%s: none of its %d tensors (%s, ...) belongs to a layer of this model. It is "
                  "no LoRA, or one for another kind of model."),
                weights_path(reader->file), n, n ? weights_entry(reader->file, 0)->name : "");
    return false;
}

/* --- values --- */

static float *
read_entry(const WeightsFile *file, const WeightsEntry *entry, GError **error)
{
    g_autofree float *data = g_try_new(float, MAX(entry->n_elements, 1));
    int64_t at;

    if (!data) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                    _("%s: no memory for tensor %s. Close other programs or take a smaller LoRA."),
                    weights_path(file), entry->name);
        return NULL;
    }
    weights_read_f32(entry, data);
    at = weights_first_nonfinite(data, entry->n_elements);
    if (at >= 0) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("%s: value %lld of tensor %s is %g, which is not a finite "
                      "number. The file is damaged: make or download it again."),
                    weights_path(file), (long long)at, entry->name, (double)data[at]);
        return NULL;
    }
    return g_steal_pointer(&data);
}

static bool
check_shape(const WeightsFile *file, const WeightsEntry *entry, const Shape *shape, GError **error)
{
    for (int i = 0; i < MAX(entry->n_dims, shape->n_dims); i++) {
        int64_t found = i < entry->n_dims ? entry->dim[i] : 1;
        int64_t expected = i < shape->n_dims ? shape->dim[i] : 1;
        if (found == expected)
            continue;
        g_autofree char *text = shape_to_string(shape);
        g_autofree char *size = g_strdup_printf("%" G_GINT64_FORMAT, found);
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("%s: tensor %s has %s in dimension %d, but the model asks for the shape %s. "
                      "This LoRA was made for another model."),
                    weights_path(file), entry->name, size, i, text);
        return false;
    }
    return true;
}

static bool
read_factor(const WeightsFile *file, const WeightsEntry *entry, Weight *weight, GError **error)
{
    if (!check_shape(file, entry, &weight->shape, error))
        return false;
    g_autofree float *data = read_entry(file, entry, error);
    return data && weight_write(weight, data, error);
}

/* Tucker: mid (r, r, R, S) after down (r, C) is down (r, C, R, S). */
static bool
read_tucker(const WeightsFile *file, const WeightsEntry *down, const WeightsEntry *mid,
            Weight *weight, GError **error)
{
    int64_t rank = weight->shape.dim[0], c = weight->shape.dim[1];
    int64_t kernel = shape_count(&weight->shape) / (rank * c);
    Shape mid_shape = weight->shape;

    mid_shape.dim[1] = rank;
    if (!check_shape(file, down, &SHAPE(rank, c), error) ||
        !check_shape(file, mid, &mid_shape, error))
        return false;
    g_autofree float *d = read_entry(file, down, error);
    g_autofree float *m = d ? read_entry(file, mid, error) : NULL;
    if (!m)
        return false;
    g_autofree float *out = g_new0(float, shape_count(&weight->shape));
    for (int64_t a = 0; a < rank; a++)
        for (int64_t b = 0; b < rank; b++)
            for (int64_t j = 0; j < c; j++)
                for (int64_t k = 0; k < kernel; k++)
                    out[(a * c + j) * kernel + k] += m[(a * rank + b) * kernel + k] * d[b * c + j];
    return weight_write(weight, out, error);
}

/* What a layer without a base must have had for one. */
static bool
base_of_file(const WeightsFile *file, const Slot *slot, Shape *shape, GError **error)
{
    const WeightsEntry *mid = slot->entry[LORA_MID], *down = slot->entry[LORA_DOWN];
    const WeightsEntry *kernel = mid ? mid : down, *up = slot->entry[LORA_UP];
    int64_t total = 1;

    *shape = (Shape){.n_dims = kernel->n_dims, .dim = {up->dim[0], down->dim[1], 1, 1}};
    for (int i = 2; i < kernel->n_dims && i < TENSOR_MAX_DIMS; i++)
        shape->dim[i] = kernel->dim[i];
    for (int i = 0; i < shape->n_dims && i < TENSOR_MAX_DIMS; i++)
        if (shape->dim[i] < 1 || !g_size_checked_mul((gsize *)&total, (gsize)total, shape->dim[i]))
            total = 0;
    if ((shape->n_dims == 2 || shape->n_dims == 4) && total > 0 && total < G_MAXINT64 / 4)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("%s: tensor %s has %d dimensions or an empty one; a factor has 2 or 4. The file "
                  "is damaged: make or download it again."),
                weights_path(file), kernel->name, kernel->n_dims);
    return false;
}

static bool
check_slot(const WeightsFile *file, const Slot *slot, GError **error)
{
    const WeightsEntry *down = slot->entry[LORA_DOWN], *up = slot->entry[LORA_UP];
    const WeightsEntry *alpha = slot->entry[LORA_ALPHA];

    if (down && up && down->n_dims >= 2 && up->n_dims >= 2 && down->dim[0] >= 1 &&
        down->dim[0] <= G_MAXINT / 2 && (!alpha || alpha->n_elements == 1))
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("%s: the layer %s lacks one of its two factors, or they have no rank. The "
                  "file is incomplete: make or download it again."),
                weights_path(file), slot->path);
    return false;
}

static bool
read_slot(Lora *lora, const WeightsFile *file, const Slot *slot, GError **error)
{
    const WeightsEntry *down = slot->entry[LORA_DOWN], *mid = slot->entry[LORA_MID];
    float alpha = 0;
    Shape base;

    if (!check_slot(file, slot, error) || (!slot->base && !base_of_file(file, slot, &base, error)))
        return false;
    if (slot->base)
        base = slot->base->shape;
    if (slot->entry[LORA_ALPHA])
        weights_read_f32(slot->entry[LORA_ALPHA], &alpha);
    if (alpha == 0 || !isfinite(alpha))
        alpha = (float)down->dim[0];
    LoraLayer *layer =
        lora_add_layer(lora, slot->part, slot->path, &base, (int)down->dim[0], alpha, error);
    if (!layer || !read_factor(file, slot->entry[LORA_UP], layer->up, error))
        return false;
    return mid ? read_tucker(file, down, mid, layer->down, error)
               : read_factor(file, down, layer->down, error);
}

/* The narrowest that holds both. */
static WeightsDtype
wider(WeightsDtype a, WeightsDtype b)
{
    return a == b && (a == WEIGHTS_F16 || a == WEIGHTS_BF16) ? a : WEIGHTS_F32;
}

static bool
read_slots(Lora *lora, const Reader *reader, GError **error)
{
    bool first = true;

    for (guint i = 0; i < reader->slots->len; i++) {
        const Slot *slot = reader->slots->pdata[i];
        bool any = false;
        for (LoraRole role = 0; role < LORA_N_ROLES; role++)
            any |= slot->entry[role] != NULL;
        if (!any)
            continue;
        if (!read_slot(lora, reader->file, slot, error))
            return false;
        lora->dtype =
            wider(first ? slot->entry[LORA_DOWN]->dtype : lora->dtype, slot->entry[LORA_UP]->dtype);
        lora->dtype = wider(lora->dtype, slot->entry[LORA_DOWN]->dtype);
        first = false;
    }
    return true;
}

/* --- alphas that are multiplied into the factors --- */

/* What gives y when it is multiplied by scale again: the quotient or a neighbour of it. */
static float
unscaled(float y, float scale)
{
    float quotient = y / scale, up = quotient, down = quotient;

    for (int i = 0; i < 4; i++) {
        if (up * scale == y)
            return up;
        if (down * scale == y)
            return down;
        up = nextafterf(up, INFINITY);
        down = nextafterf(down, -INFINITY);
    }
    return quotient;
}

static bool
unfold_layer(LoraLayer *layer, double alpha, GError **error)
{
    float scale = (float)alpha / (float)lora_layer_rank(layer);
    int64_t n = shape_count(&layer->up->shape);
    g_autofree float *up = NULL;

    if (!(alpha > 0) || !isfinite(scale) || scale == 0)
        return true; /* not ours to undo */
    up = lora_read_weight(layer->up, error);
    if (!up)
        return false;
    for (int64_t i = 0; i < n; i++)
        up[i] = unscaled(up[i], scale);
    layer->alpha = (float)alpha;
    return weight_write(layer->up, up, error);
}

/* flat name -> double *; NULL for one number of all */
static GHashTable *
parse_alphas(const char *text, double *all)
{
    g_autoptr(GHashTable) alphas = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    JsonText json;

    *all = 0;
    json_text_init(&json, text, strlen(text));
    if (json_text_peek(&json) != '{') {
        json_text_double(&json, all);
        return NULL;
    }
    json_text_enter(&json, '{');
    while (json_text_more(&json, '}')) {
        char *name = json_text_key(&json);
        double alpha;
        if (name && json_text_double(&json, &alpha))
            g_hash_table_insert(alphas, name, g_memdup2(&alpha, sizeof alpha));
        else
            g_free(name);
    }
    return g_steal_pointer(&alphas);
}

static bool
unfold(Lora *lora, GError **error)
{
    const char *text = g_hash_table_lookup(lora->metadata, LORA_KEY_FOLDED);
    double all = 0;
    g_autoptr(GHashTable) alphas = text ? parse_alphas(text, &all) : NULL;

    for (LoraPart part = 0; text && part < LORA_N_PARTS; part++)
        for (guint i = 0; i < lora->layers[part]->len; i++) {
            LoraLayer *layer = lora->layers[part]->pdata[i];
            g_autofree char *name = lora_kohya_name(part, layer->path);
            const double *own = alphas ? g_hash_table_lookup(alphas, name) : &all;
            if (own && !unfold_layer(layer, *own, error))
                return false;
        }
    g_hash_table_remove(lora->metadata, LORA_KEY_FOLDED);
    return true;
}

Lora *
lora_open(Device *device, const char *path, const LoraTarget *target, GError **error)
{
    g_autoptr(WeightsFile) file = weights_open(path, error);
    if (!file || !lora_check_kind(file, target, error))
        return NULL;
    g_autoptr(Lora) lora = lora_new_empty(device);
    Reader reader;
    GHashTableIter iter;
    void *key, *value;

    g_hash_table_iter_init(&iter, weights_metadata_table(file));
    while (g_hash_table_iter_next(&iter, &key, &value))
        g_hash_table_insert(lora->metadata, g_strdup(key), g_strdup(value));
    reader_init(&reader, file, target);
    bool ok = sort_keys(&reader, lora->unmatched, error) && read_slots(lora, &reader, error);
    lora->form = reader.dotted ? LORA_PEFT : LORA_KOHYA;
    reader_clear(&reader);
    if (ok && lora->form == LORA_PEFT)
        ok = unfold(lora, error);
    return ok ? g_steal_pointer(&lora) : NULL;
}
