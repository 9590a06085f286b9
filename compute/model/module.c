/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/model/module.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "compute/model/adapter.h"
#include "compute/planning.h"

#define F16_MAX 65504.0f /* what is larger stays f32 */

typedef struct {
    char *name;
    Shape shape;
    WeightInit init;
    int64_t fan_in;
} Spec;

static void
spec_free(void *data)
{
    Spec *spec = data;
    g_free(spec->name);
    g_free(spec);
}

Module *
module_new(Device *device, const char *kind)
{
    Module *m = g_new0(Module, 1);
    m->kind = g_strdup(kind);
    m->device = device;
    m->specs = g_ptr_array_new_with_free_func(spec_free);
    m->weights = g_ptr_array_new_with_free_func((GDestroyNotify)weight_free);
    m->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    m->adapters = g_ptr_array_new_with_free_func(g_free);
    return m;
}

void
module_free(Module *module)
{
    if (!module)
        return;
    g_hash_table_unref(module->by_name);
    g_ptr_array_unref(module->weights);
    g_ptr_array_unref(module->specs);
    g_ptr_array_unref(module->adapters);
    g_clear_pointer(&module->taps, g_hash_table_unref);
    g_free(module->kind);
    g_free(module);
}

void
module_declare(Module *module, const char *name, const Shape *shape, WeightInit init,
               int64_t fan_in)
{
    Spec *spec = g_new0(Spec, 1);

    g_return_if_fail(module->weights->len == 0);
    spec->name = g_strdup(name);
    spec->shape = *shape;
    spec->init = init;
    spec->fan_in = fan_in;
    g_ptr_array_add(module->specs, spec);
}

/* Takes the weight. */
static void
add_weight(Module *module, Weight *weight)
{
    g_ptr_array_add(module->weights, weight);
    if (!g_hash_table_insert(module->by_name, weight->name, weight))
        g_error("%s: weight %s declared twice", module->kind, weight->name);
}

/* --- loading --- */

static char *
entry_shape(const WeightsEntry *entry)
{
    GString *s = g_string_new(entry->n_dims ? NULL : "scalar");
    for (int i = 0; i < entry->n_dims; i++)
        g_string_append_printf(s, i ? "x%" G_GINT64_FORMAT : "%" G_GINT64_FORMAT, entry->dim[i]);
    return g_string_free(s, FALSE);
}

static bool
fits(const WeightsEntry *entry, const Shape *shape)
{
    int n = MAX(entry->n_dims, shape->n_dims);
    for (int i = 0; i < n; i++) {
        int64_t a = i < entry->n_dims ? entry->dim[i] : 1;
        int64_t b = i < shape->n_dims ? shape->dim[i] : 1;
        if (a != b)
            return false;
    }
    return true;
}

/* The entry for a spec, where there is one, and what it is looked for under. */
static const WeightsEntry *
find_entry(const ModuleSource *source, const Spec *spec, WeightsEntry *entry, char **name)
{
    int part = 0, n_parts = 1;

    *name = source->rename ? source->rename(spec->name, source->data, &part, &n_parts)
                           : g_strdup(spec->name);
    const WeightsEntry *found = weights_find(source->file, *name);
    if (!found && source->alias) {
        g_autofree char *other = source->alias(spec->name);
        found = other ? weights_find(source->file, other) : NULL;
    }
    if (!found)
        return NULL;
    if (!weights_entry_part(found, part, n_parts, entry))
        *entry = *found; /* whose shape does not fit then */
    return entry;
}

/* An entry for the spec that can be read, or an error. */
static bool
require_entry(const ModuleSource *source, const Spec *spec, WeightsEntry *entry, GError **error)
{
    g_autofree char *name = NULL;
    g_autofree char *expected = shape_to_string(&spec->shape);

    if (!find_entry(source, spec, entry, &name)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("%s: tensor %s (%s) is missing. The file is incomplete or does not belong to "
                      "this configuration: take both from the same model."),
                    weights_path(source->file), name, expected);
        return false;
    }
    if (!fits(entry, &spec->shape)) {
        g_autofree char *found = entry_shape(entry);
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("%s: tensor %s has the shape %s, but its configuration asks for %s: take "
                      "both from the same model."),
                    entry->path, entry->name, found, expected);
        return false;
    }
    if (entry->dtype > WEIGHTS_F64) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("%s: tensor %s holds %s values, but F32, F16, BF16 or F64 was expected. "
                      "Convert the model to one of them."),
                    entry->path, entry->name, weights_dtype_name(entry->dtype));
        return false;
    }
    return true;
}

static bool
check_finite(const WeightsEntry *entry, GError **error)
{
    int64_t at;
    float value;

    if (!weights_entry_nonfinite(entry, &at))
        return true;
    weights_read_f32_range(entry, at, 1, &value);
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("%s: value %lld of tensor %s is %g, which is not a finite "
                  "number. The file is damaged: download the model again."),
                entry->path, (long long)at, entry->name, (double)value);
    return false;
}

/* Frozen weights are stored as the device's precision says, but those of one dimension, which are
 * few and make up norms and biases, in f32. */
static DType
stored_dtype(const Module *module, const Shape *shape)
{
    return shape->n_dims > 1 ? device_storage(module->device) : DTYPE_F32;
}

static bool
is_stored_as(const WeightsEntry *entry, DType dtype)
{
    return (entry->dtype == WEIGHTS_F32 && dtype == DTYPE_F32) ||
           (entry->dtype == WEIGHTS_F16 && dtype == DTYPE_F16) ||
           (entry->dtype == WEIGHTS_BF16 && dtype == DTYPE_BF16);
}

static bool
has_larger(const float *data, int64_t n, float limit)
{
    for (int64_t i = 0; i < n; i++) {
        if (fabsf(data[i]) > limit)
            return true;
    }
    return false;
}

/* n values, or an error instead of the abort that g_new would be. */
static float *
new_values(const char *where, const char *name, int64_t n, GError **error)
{
    float *values = g_try_new(float, MAX(n, 1));

    if (!values)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                    _("%s: no memory for tensor %s. Close other programs or take a smaller model."),
                    where, name);
    return values;
}

/* Through f32, where the file's values are not stored as they are. */
static Weight *
convert_weight(Module *module, const WeightsEntry *entry, const Spec *spec, DType dtype,
               GError **error)
{
    g_autofree float *data = new_values(entry->path, entry->name, entry->n_elements, error);
    if (!data)
        return NULL;
    weights_read_f32(entry, data);
    if (dtype == DTYPE_F16 && has_larger(data, entry->n_elements, F16_MAX))
        dtype = DTYPE_F32;
    Weight *w = weight_new(module->device, spec->name, dtype, &spec->shape, error);
    if (w && !weight_write(w, data, error))
        g_clear_pointer(&w, weight_free);
    return w;
}

static Weight *
load_weight(Module *module, const ModuleSource *source, const Spec *spec, GError **error)
{
    WeightsEntry entry;
    if (!require_entry(source, spec, &entry, error))
        return NULL;
    DType dtype = stored_dtype(module, &spec->shape);
    if (device_is_planning(module->device)) /* its weights have no values to read */
        return weight_new(module->device, spec->name, dtype, &spec->shape, error);
    if (!check_finite(&entry, error))
        return NULL;
    if (!is_stored_as(&entry, dtype))
        return convert_weight(module, &entry, spec, dtype, error);
    Weight *w = weight_new(module->device, spec->name, dtype, &spec->shape, error);
    if (w && !weight_write_stored(w, entry.data, error))
        g_clear_pointer(&w, weight_free);
    return w;
}

bool
module_load_from(Module *module, const ModuleSource *source, GError **error)
{
    g_return_val_if_fail(module->weights->len == 0, false);
    for (guint i = 0; i < module->specs->len; i++) {
        Weight *w = load_weight(module, source, module->specs->pdata[i], error);
        if (!w)
            return false;
        add_weight(module, w);
    }
    return true;
}

bool
module_load(Module *module, const char *path, ModuleAlias alias, GError **error)
{
    g_autoptr(WeightsFile) file = weights_open(path, error);
    if (!file || !module_load_from(module, &(ModuleSource){.file = file, .alias = alias}, error))
        return false;
    for (int i = 0; i < weights_n_entries(file); i++)
        module->n_unexpected += !g_str_has_suffix(weights_entry(file, i)->name, ".position_ids");
    module->n_unexpected -= (int)module->specs->len;
    return true;
}

GPtrArray *
module_survey(const Module *module, const ModuleSource *source, GHashTable *used)
{
    GPtrArray *problems = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < module->specs->len; i++) {
        g_autoptr(GError) error = NULL;
        WeightsEntry entry;

        if (!require_entry(source, module->specs->pdata[i], &entry, &error))
            g_ptr_array_add(problems, g_strdup(error->message));
        else if (used)
            g_hash_table_add(used, g_strdup(entry.name));
    }
    return problems;
}

/* --- random values --- */

/* SplitMix64 (Steele, Lea, Flood 2014): any seed is as good as any other. */
static guint64
next_random(guint64 *state)
{
    guint64 z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static double
next_uniform(guint64 *state) /* in (0, 1) */
{
    return ((double)(next_random(state) >> 12) + 0.5) / 4503599627370496.0;
}

/* Each weight has its own sequence, so that a layer more elsewhere changes nothing here. */
static guint64
weight_seed(guint64 seed, const char *name)
{
    guint64 h = 0xCBF29CE484222325u; /* FNV-1a */
    for (; *name; name++)
        h = (h ^ (guint8)*name) * 0x100000001B3u;
    return seed ^ h;
}

void
weight_random(float *data, int64_t n, WeightInit init, int64_t fan_in, guint64 seed,
              const char *name)
{
    guint64 state = weight_seed(seed, name);
    double bound = 1 / sqrt((double)MAX(fan_in, 1));

    for (int64_t i = 0; i < n; i++) {
        switch (init) {
        case INIT_FAN_IN:
            data[i] = (float)(bound * (2 * next_uniform(&state) - 1));
            break;
        case INIT_EMBEDDING: {
            double radius = sqrt(-2 * log(next_uniform(&state)));
            data[i] = (float)(0.02 * radius * cos(2 * G_PI * next_uniform(&state)));
            break;
        }
        case INIT_ONE:
        case INIT_ZERO:
            data[i] = init == INIT_ONE;
            break;
        }
    }
}

bool
module_init_random(Module *module, guint64 seed, GError **error)
{
    g_return_val_if_fail(module->weights->len == 0, false);
    for (guint i = 0; i < module->specs->len; i++) {
        const Spec *spec = module->specs->pdata[i];
        int64_t n = shape_count(&spec->shape);
        Weight *w = weight_new(module->device, spec->name, stored_dtype(module, &spec->shape),
                               &spec->shape, error);
        if (!w)
            return false;
        add_weight(module, w);
        if (device_is_planning(module->device)) /* its weights have no values */
            continue;
        g_autofree float *data = new_values(module->kind, spec->name, n, error);
        if (!data)
            return false;
        weight_random(data, n, spec->init, spec->fan_in, seed, spec->name);
        if (!weight_write(w, data, error))
            return false;
    }
    return true;
}

/* --- the rest --- */

bool
module_save(const Module *module, const char *path, WeightsDtype dtype, GError **error)
{
    g_autoptr(GHashTable) metadata = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_insert(metadata, (void *)"format", (void *)"pt");
    g_autoptr(WeightsWriter) writer = weights_writer_new(path, metadata);

    for (guint i = 0; i < module->weights->len; i++) {
        const Weight *w = module->weights->pdata[i];
        g_autofree float *data = new_values(path, w->name, shape_count(&w->shape), error);
        if (!data || !weight_read(w, data, error))
            return false;
        weights_writer_add(writer, w->name, dtype, w->shape.n_dims, w->shape.dim, data);
    }
    return weights_writer_finish(writer, error);
}

Weight *
module_find(const Module *module, const char *name)
{
    return g_hash_table_lookup(module->by_name, name);
}

int
module_set_trainable(Module *module, const char *pattern, bool trainable)
{
    int n = 0;
    for (guint i = 0; i < module->weights->len; i++) {
        Weight *w = module->weights->pdata[i];
        if (pattern && !g_pattern_match_simple(pattern, w->name))
            continue;
        w->trainable = trainable;
        n++;
    }
    return n;
}

void
module_collect_trainable(const Module *module, GPtrArray *out)
{
    for (guint i = 0; i < module->weights->len; i++)
        if (((Weight *)module->weights->pdata[i])->trainable)
            g_ptr_array_add(out, module->weights->pdata[i]);
}

int64_t
module_n_parameters(const Module *module)
{
    int64_t n = 0;
    for (guint i = 0; i < module->weights->len; i++)
        n += shape_count(&((Weight *)module->weights->pdata[i])->shape);
    return n;
}

char *
module_file(const char *dir, const char *stem, const char **variant)
{
    static const struct {
        const char *ending, *variant;
    } forms[] = {
        {".safetensors", NULL},
        {".safetensors.index.json", NULL},
        {".fp16.safetensors", "fp16"},
        {".safetensors.index.fp16.json", "fp16"},
        {".bf16.safetensors", "bf16"},
        {".safetensors.index.bf16.json", "bf16"},
        {".non_ema.safetensors", "non_ema"},
        {".fp32.safetensors", "fp32"},
        {".bin", NULL}, /* which weights_open refuses, and says why */
    };
    g_autofree char *plain = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_autofree char *name = g_strconcat(stem, forms[i].ending, NULL);
        g_autofree char *path = g_build_filename(dir, name, NULL);
        if (variant)
            *variant = forms[i].variant;
        if (g_file_test(path, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&path);
        if (!plain)
            plain = g_steal_pointer(&path);
    }
    if (variant)
        *variant = NULL;
    return g_steal_pointer(&plain);
}
