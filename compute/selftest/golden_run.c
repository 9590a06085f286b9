/* SPDX-License-Identifier: Apache-2.0 */
/* What the golden files share: reading them, opening the models, and Run. */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <stdarg.h>
#include <string.h>

#include "compute/selftest/golden_private.h"

/* --- the open file --- */

bool
golden_failed(const Golden *g)
{
    return g->error != NULL;
}

bool
golden_has(const Golden *g, const char *key)
{
    return weights_find(g->file, key) != NULL;
}

const WeightsEntry *
golden_entry(Golden *g, const char *key)
{
    if (golden_failed(g))
        return NULL;
    return weights_require(g->file, key, -1, NULL, &g->error);
}

Shape
golden_shape(const WeightsEntry *entry)
{
    Shape shape = {.n_dims = CLAMP(entry->n_dims, 1, TENSOR_MAX_DIMS), .dim = {1, 1, 1, 1}};
    for (int i = 0; i < entry->n_dims; i++)
        shape.dim[MIN(i, TENSOR_MAX_DIMS - 1)] *= entry->dim[i];
    return shape;
}

float *
golden_values(Golden *g, const char *key)
{
    const WeightsEntry *entry = golden_entry(g, key);
    if (!entry)
        return NULL;
    float *values = g_new(float, MAX(entry->n_elements, 1));
    weights_read_f32(entry, values);
    return values;
}

double *
golden_doubles(Golden *g, const char *key, int *n)
{
    g_autofree float *values = golden_values(g, key);
    if (!values)
        return NULL;
    *n = (int)golden_entry(g, key)->n_elements;
    double *out = g_new(double, MAX(*n, 1));
    for (int i = 0; i < *n; i++)
        out[i] = (double)values[i];
    return out;
}

GPtrArray *
golden_cases(const Golden *g, const char *prefix, const char *suffix)
{
    GPtrArray *cases = g_ptr_array_new_with_free_func(g_free);
    size_t n_prefix = strlen(prefix), n_suffix = strlen(suffix);

    for (int i = 0; i < weights_n_entries(g->file); i++) {
        const char *name = weights_entry(g->file, i)->name;
        size_t n = strlen(name);
        if (n > n_prefix + n_suffix && g_str_has_prefix(name, prefix) &&
            g_str_has_suffix(name, suffix))
            g_ptr_array_add(cases, g_strndup(name + n_prefix, n - n_prefix - n_suffix));
    }
    return cases;
}

/* --- models --- */

static char *
build_path(const char *dir, const char *first, va_list args)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new();

    g_ptr_array_add(parts, (void *)dir);
    for (const char *part = first; part; part = va_arg(args, const char *))
        g_ptr_array_add(parts, (void *)part);
    g_ptr_array_add(parts, NULL);
    return g_build_filenamev((char **)parts->pdata);
}

char *
golden_path(const Golden *g, const char *first, ...)
{
    va_list args;

    va_start(args, first);
    char *path = build_path(g->dir, first, args);
    va_end(args);
    return path;
}

char *
golden_model_path(const Golden *g, const char *first, ...)
{
    va_list args;

    va_start(args, first);
    char *path = build_path(g->models_dir, first, args);
    va_end(args);
    return path;
}

void
golden_close_models(Golden *g)
{
    g_clear_pointer(&g->unet, unet_free);
    g_clear_pointer(&g->controlnet, controlnet_free);
    g_clear_pointer(&g->vae, vae_free);
    g_clear_pointer(&g->text_encoder, text_encoder_free);
    g_clear_pointer(&g->schedule, schedule_free);
}

Unet *
golden_open_unet(Golden *g)
{
    g_autofree char *dir = golden_model_path(g, "model", "unet", NULL);
    if (!g->unet && !golden_failed(g))
        g->unet = unet_open(g->device, dir, &g->error);
    return g->unet;
}

ControlNet *
golden_open_controlnet(Golden *g)
{
    g_autofree char *dir = golden_model_path(g, "controlnet", NULL);
    if (!g->controlnet && !golden_failed(g))
        g->controlnet = controlnet_open(g->device, dir, &g->error);
    return g->controlnet;
}

Vae *
golden_open_vae(Golden *g)
{
    g_autofree char *dir = golden_model_path(g, "model", "vae", NULL);
    if (!g->vae && !golden_failed(g))
        g->vae = vae_open(g->device, dir, &g->error);
    return g->vae;
}

TextEncoder *
golden_open_text_encoder(Golden *g)
{
    g_autofree char *dir = golden_model_path(g, "model", "text_encoder", NULL);
    if (!g->text_encoder && !golden_failed(g))
        g->text_encoder = text_encoder_open(g->device, dir, &g->error);
    return g->text_encoder;
}

LoraTarget
golden_lora_target(Golden *g)
{
    const Unet *unet = golden_open_unet(g);
    const TextEncoder *text_encoder = golden_open_text_encoder(g);
    return (LoraTarget){{unet ? unet->module : NULL, text_encoder ? text_encoder->module : NULL}};
}

Lora *
golden_open_lora(Golden *g, const char *name)
{
    g_autofree char *file = g_strconcat(name, ".safetensors", NULL);
    g_autofree char *path = golden_model_path(g, "lora", file, NULL);
    LoraTarget target = golden_lora_target(g);

    if (golden_failed(g))
        return NULL;
    Lora *lora = lora_open(g->device, path, &target, &g->error);
    if (lora && lora->unmatched->len > 0) {
        g_set_error(&g->error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("%s: no layer answers to %u of its tensors, such as %s."), path,
                    lora->unmatched->len, (char *)lora->unmatched->pdata[0]);
        g_clear_pointer(&lora, lora_free);
    }
    return lora;
}

const Schedule *
golden_schedule(Golden *g)
{
    g_autofree char *path =
        golden_model_path(g, "model", "scheduler", "scheduler_config.json", NULL);
    SchedulerConfig config;

    if (!g->schedule && !golden_failed(g) && scheduler_config_read_json(path, &config, &g->error))
        g->schedule = schedule_new(&config, &g->error);
    return g->schedule;
}

/* --- Run --- */

typedef struct {
    Tensor *tensor;
    char *key;
} Load;

static void
load_free(void *data)
{
    Load *load = data;
    g_free(load->key);
    g_free(load);
}

void
run_init(Run *run, Golden *golden)
{
    *run = (Run){
        .golden = golden,
        .graph = graph_new(),
        .loads = g_ptr_array_new_with_free_func(load_free),
    };
}

void
run_clear(Run *run)
{
    g_clear_pointer(&run->program, program_free);
    g_clear_pointer(&run->graph, graph_free);
    g_clear_pointer(&run->loads, g_ptr_array_unref);
}

Tensor *
run_input(Run *run, const char *key)
{
    const WeightsEntry *entry = golden_entry(run->golden, key);
    if (!entry)
        return NULL;
    Shape shape = golden_shape(entry);
    bool integer = entry->dtype >= WEIGHTS_I64;
    Load *load = g_new(Load, 1);
    load->tensor = graph_input(run->graph, integer ? DTYPE_I32 : DTYPE_F32, &shape);
    load->key = g_strdup(key);
    g_ptr_array_add(run->loads, load);
    return load->tensor;
}

static void
load_values(Run *run, const Load *load)
{
    g_autofree float *values = golden_values(run->golden, load->key);
    if (!values)
        return;
    if (load->tensor->dtype == DTYPE_I32) {
        int64_t n = tensor_count(load->tensor);
        g_autofree int32_t *ids = g_new(int32_t, MAX(n, 1));
        for (int64_t i = 0; i < n; i++)
            ids[i] = (int32_t)values[i];
        run_write(run, load->tensor, ids);
    } else {
        run_write(run, load->tensor, values);
    }
}

bool
run_compile(Run *run)
{
    Golden *g = run->golden;
    if (golden_failed(g))
        return false;
    run->program = program_new(g_steal_pointer(&run->graph), g->device, &g->error);
    for (guint i = 0; i < run->loads->len && !golden_failed(g); i++)
        load_values(run, run->loads->pdata[i]);
    return !golden_failed(g);
}

void
run_write(Run *run, Tensor *t, const void *data)
{
    if (!golden_failed(run->golden) && data)
        program_write(run->program, t, data, &run->golden->error);
}

bool
run_go(Run *run)
{
    Golden *g = run->golden;
    return !golden_failed(g) && program_run(run->program, g->cancellable, &g->error);
}

float *
run_read(Run *run, const Tensor *t)
{
    Golden *g = run->golden;
    if (golden_failed(g))
        return NULL;
    g_autofree float *values = g_new(float, MAX(tensor_count(t), 1));
    if (!program_read(run->program, t, values, &g->error))
        return NULL;
    return g_steal_pointer(&values);
}

void
run_compare(Run *run, const Tensor *t, const char *key, const char *note)
{
    if (golden_failed(run->golden) || !t || !golden_has(run->golden, key))
        return;
    g_autofree float *values = run_read(run, t);
    if (values)
        golden_compare(run->golden, key, note, values, tensor_count(t));
}

void
run_compare_taps(Run *run, GHashTable *taps, const char *prefix)
{
    GHashTableIter iter;
    void *name, *tensor;

    g_hash_table_iter_init(&iter, taps);
    while (g_hash_table_iter_next(&iter, &name, &tensor)) {
        g_autofree char *key = g_strconcat(prefix, name, NULL);
        run_compare(run, tensor, key, NULL);
    }
}
