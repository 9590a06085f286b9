/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures with their parameters in text chunks, and the parameters of a run as JSON. One table of
 * them serves both. */
#include "app/jobs/generate_files.h"

#include "app/jobs/number_text.h"

SeedText
generate_seed_text(guint64 seed)
{
    SeedText text;

    g_snprintf(text.text, sizeof text.text, "%" G_GUINT64_FORMAT, seed);
    return text;
}

static char *
base_name(const char *path)
{
    g_autofree char *base = g_path_get_basename(path);

    return g_filename_display_name(base);
}

static char *
lora_text(const GenerateParams *params)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < params->loras->len; i++) {
        const GenerateLora *lora = &g_array_index(params->loras, GenerateLora, i);
        g_autofree char *base = base_name(lora->path);
        g_autofree char *weight = number_text(lora->weight);

        g_string_append_printf(text, "%s%s:%s", i ? ", " : "", base, weight);
    }
    return g_string_free(text, FALSE);
}

bool
generate_sums_init(GenerateSums *sums, const GenerateParams *params, GError **error)
{
    g_autoptr(GString) loras = g_string_new(NULL);

    *sums = (GenerateSums){0};
    for (guint i = 0; i < params->loras->len; i++) {
        const GenerateLora *lora = &g_array_index(params->loras, GenerateLora, i);
        g_autofree char *sum = file_sha256(lora->path, error);

        if (!sum)
            return false;
        g_string_append_printf(loras, "%s%s", i ? ", " : "", sum);
    }
    if (params->control) {
        sums->control = file_sha256(params->control, error);
        if (!sums->control)
            return false;
    }
    if (loras->len > 0)
        sums->loras = g_strdup(loras->str);
    return true;
}

void
generate_sums_clear(GenerateSums *sums)
{
    g_clear_pointer(&sums->loras, g_free);
    g_clear_pointer(&sums->control, g_free);
}

/* Adds each parameter; prefix goes before its name. */
static void
put_parameters(GHashTable *table, const char *prefix, const GenerateParams *p,
               const GenerateSums *sums, guint64 seed)
{
    const char *model = p->model ? p->model : "mini";
    g_autofree char *start = number_text(p->control_start);
    g_autofree char *end = number_text(p->control_end);
    const struct {
        const char *name;
        char *value; /* NULL: not there */
    } entries[] = {
        {"tool", g_strdup("torchlight " TORCHLIGHT_VERSION)},
        {"model", base_name(model)},
        {"controlnet", p->controlnet ? base_name(p->controlnet) : NULL},
        {"lora", p->loras->len ? lora_text(p) : NULL},
        {"lora_sha256", g_strdup(sums->loras)},
        {"prompt", g_strdup(p->prompt)},
        {"negative", g_strdup(p->negative)},
        {"control", p->control ? base_name(p->control) : NULL},
        {"control_sha256", g_strdup(sums->control)},
        {"control_weight", p->control ? number_text(p->control_weight) : NULL},
        {"control_range", p->control ? g_strjoin(" ", start, end, NULL) : NULL},
        {"sampler", g_strdup(p->sampler ? p->sampler : "model")},
        {"steps", g_strdup_printf("%d", p->steps)},
        {"guidance", number_text(p->guidance)},
        {"clip_skip", g_strdup_printf("%d", p->clip_skip)},
        {"seed", g_strdup(generate_seed_text(seed).text)},
    };

    for (guint i = 0; i < G_N_ELEMENTS(entries); i++) {
        if (entries[i].value)
            g_hash_table_insert(table, g_strconcat(prefix, entries[i].name, NULL),
                                entries[i].value);
    }
}

void
generate_note_provenance(Trace *trace, const GenerateParams *params, const GenerateSums *sums,
                         guint64 seed)
{
    put_parameters(trace->provenance, "", params, sums, seed);
}

bool
generate_write_image(const RunFolder *folder, int index, const GenerateImage *image,
                     const GenerateParams *params, const GenerateSums *sums, const Layout *layout,
                     GError **error)
{
    g_autofree char *name = g_strdup_printf("%05d.png", index);
    g_autofree char *trace_name = g_strdup_printf("%05d.trace.png", index);
    g_autofree char *path = run_folder_file(folder, name);
    g_autofree char *trace_path = run_folder_file(folder, trace_name);
    g_autoptr(GHashTable) text = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    put_parameters(text, "torchlight:provenance:", params, sums, image->seed);
    if (image->trace) {
        g_hash_table_insert(text, g_strdup("torchlight:layout"), g_strdup(layout->name));
        g_hash_table_insert(text, g_strdup("torchlight:palette"),
                            g_strdup(palette_name(PALETTE_TORCHLIGHT)));
    }
    return image_write_png(image->image, path, text, error) &&
           (!image->trace || trace_write_png(image->trace, trace_path, PALETTE_TORCHLIGHT, error));
}

void
generate_note_params(RunFolder *folder, const GenerateParams *params, const GenerateSums *sums,
                     int width, int height, const char *device)
{
    JsonObject *object = run_folder_parameters(folder);
    g_autoptr(GHashTable) table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GList) keys = NULL;

    put_parameters(table, "", params, sums, params->seed);
    keys = g_list_sort(g_hash_table_get_keys(table), (GCompareFunc)g_strcmp0);
    for (GList *at = keys; at; at = at->next)
        json_object_set_string_member(object, at->data, g_hash_table_lookup(table, at->data));
    json_object_set_int_member(object, "count", params->count);
    json_object_set_int_member(object, "width", width);
    json_object_set_int_member(object, "height", height);
    json_object_set_string_member(object, "device", device);
}
