/* SPDX-License-Identifier: Apache-2.0 */
/* A model by its files' sums, and the settings of a set. */
#include "app/jobs/synthesis_model.h"

#include <math.h>
#include <string.h>

#include "app/jobs/generate_settings.h"
#include "app/jobs/paths.h"
#include "app/jobs/run_folder.h"

/* Weights of the folder and those in it, as paths; links are followed one level at most. */
static void
find_weights(const char *dir, int depth, GPtrArray *paths)
{
    g_autoptr(GDir) listing = g_dir_open(dir, 0, NULL);
    const char *name;

    while (listing && (name = g_dir_read_name(listing))) {
        g_autofree char *path = g_build_filename(dir, name, NULL);

        if (depth > 0 && g_file_test(path, G_FILE_TEST_IS_DIR))
            find_weights(path, depth - 1, paths);
        else if (g_str_has_suffix(name, ".safetensors"))
            g_ptr_array_add(paths, g_steal_pointer(&path));
    }
}

static int
compare_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *
sum_model(const char *model, GError **error)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    if (!g_file_test(model, G_FILE_TEST_IS_DIR))
        return file_sha256(model, error);
    find_weights(model, 1, paths);
    g_ptr_array_sort(paths, compare_text);
    for (guint i = 0; i < paths->len; i++) {
        g_autofree char *one = file_sha256(paths->pdata[i], error);

        if (!one)
            return NULL;
        g_checksum_update(sum, (const guchar *)one, -1);
    }
    return g_strdup(g_checksum_get_string(sum));
}

static JsonArray *
list_loras(const GenerateParams *generate, GError **error)
{
    g_autoptr(JsonArray) list = json_array_new();

    for (guint i = 0; i < generate->loras->len; i++) {
        const GenerateLora *lora = &g_array_index(generate->loras, GenerateLora, i);
        g_autofree char *sum = file_sha256(lora->path, error);
        g_autofree char *name = g_filename_display_name(lora->path);
        JsonObject *object;

        if (!sum)
            return NULL;
        object = json_object_new();
        json_object_set_string_member(object, "path", name);
        json_object_set_double_member(object, "weight", lora->weight);
        if (!isnan(lora->text_weight))
            json_object_set_double_member(object, "text_weight", lora->text_weight);
        json_object_set_string_member(object, "sha256", sum);
        json_array_add_object_element(list, object);
    }
    return g_steal_pointer(&list);
}

/* Of a generation's settings those that are the same for every trace. */
static JsonObject *
list_settings(const SynthesisParams *params, const GenerateParams *generate)
{
    static const char *const others[] = {"model", "prompt", "seed",   "count", "control",
                                         "width", "height", "layout", "init",  "loras"};
    JsonObject *object = generate_params_to_json(generate, NULL);

    for (guint i = 0; i < G_N_ELEMENTS(others); i++)
        json_object_remove_member(object, others[i]);
    json_object_set_string_member(object, "control_offset",
                                  params->without == SYNTHESIS_WITHOUT_CONTROL ? "none"
                                  : params->control_first                      ? "first"
                                                                               : "random");
    return object;
}

JsonObject *
synthesis_model_describe(const SynthesisParams *params, const GenerateParams *generate,
                         GError **error)
{
    g_autofree char *bundled = paths_bundled_model();
    const char *model = generate->model ? generate->model : bundled;
    g_autofree char *name = g_filename_display_name(generate->model ? model : GENERATE_BUNDLED);
    g_autofree char *sum = sum_model(model, error);
    JsonArray *loras = sum ? list_loras(generate, error) : NULL;
    JsonObject *about;

    if (!loras)
        return NULL;
    about = json_object_new();
    json_object_set_string_member(about, "model", name);
    json_object_set_string_member(about, "model_sha256", sum);
    json_object_set_array_member(about, "loras", loras);
    json_object_set_object_member(about, "settings", list_settings(params, generate));
    return about;
}
