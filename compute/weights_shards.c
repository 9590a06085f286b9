/* SPDX-License-Identifier: Apache-2.0 */
/* Weights in several files: NAME.safetensors.index.json says in its "weight_map" which file beside
 * it holds which tensor. What comes out is one WeightsFile with the tensors of all of them. */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "compute/json_text.h"
#include "compute/weights_private.h"

#define MAX_INDEX_SIZE (64u << 20) /* bytes; SD 2.1's UNet needs about 100 KB */

/* {"tensor": "file", ...} into the table of owned strings; problems go into `json`. */
static void
read_map(JsonText *json, GHashTable *map)
{
    json_text_enter(json, '{');
    while (!json->problem && json_text_more(json, '}')) {
        g_autofree char *tensor = json_text_key(json);
        g_autofree char *file = tensor ? json_text_string(json) : NULL;

        if (!file)
            return;
        if (g_hash_table_contains(map, tensor))
            json_text_fail(json, "a tensor is listed twice");
        else if (!*file || strchr(file, '/') || strchr(file, '\\') || *file == '.')
            json_text_fail(json, "a tensor's file is not the name of a file beside the index");
        else
            g_hash_table_insert(map, g_steal_pointer(&tensor), g_steal_pointer(&file));
    }
}

static bool
read_index(const char *path, GHashTable *map, GError **error)
{
    size_t size;
    g_autofree char *text = json_text_load(path, MAX_INDEX_SIZE, &size, error);
    bool found = false;
    JsonText json;

    if (!text)
        return false;
    json_text_init(&json, text, size);
    json_text_enter(&json, '{');
    while (!json.problem && json_text_more(&json, '}')) {
        g_autofree char *key = json_text_key(&json);

        if (key && !found && strcmp(key, "weight_map") == 0) {
            found = true;
            read_map(&json, map);
        } else {
            json_text_skip(&json, NULL);
        }
    }
    if (json_text_at_end(&json) && g_hash_table_size(map) == 0)
        json_text_fail(&json, "it has no weight_map with tensors");
    if (json.problem) {
        json_text_set_error(&json, path, error);
        return false;
    }
    return true;
}

/* Opens a piece unless it is open; NULL when it cannot be. */
static WeightsFile *
open_shard(WeightsFile *file, const char *name, GError **error)
{
    g_autofree char *dir = g_path_get_dirname(file->path);
    g_autofree char *path = g_build_filename(dir, name, NULL);

    for (guint i = 0; i < file->shards->len; i++) {
        WeightsFile *shard = file->shards->pdata[i];
        if (g_str_equal(shard->path, path))
            return shard;
    }
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                    _("%s is missing, which %s lists as a piece of the model. Download this file "
                      "too, into the same folder."),
                    path, file->path);
        return NULL;
    }
    if (g_str_has_suffix(name, ".json")) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    _("%s lists %s as a piece of the model, which is no .safetensors file. "
                      "Download both again."),
                    file->path, name);
        return NULL;
    }
    WeightsFile *shard = weights_open(path, error);
    if (shard)
        g_ptr_array_add(file->shards, shard);
    return shard;
}

static bool
take_tensor(WeightsFile *file, const char *tensor, const char *name, GError **error)
{
    const WeightsFile *shard = open_shard(file, name, error);
    const WeightsEntry *entry = shard ? weights_find(shard, tensor) : NULL;

    if (!shard)
        return false;
    if (!entry) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    _("%s has no tensor “%s”, though %s says so. The two are of different models "
                      "or incomplete: download both again."),
                    shard->path, tensor, file->path);
        return false;
    }
    WeightsEntry *own = g_memdup2(entry, sizeof *entry);
    own->name = g_strdup(entry->name);
    weights_add(file, own);
    return true;
}

static int
compare_keys(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

WeightsFile *
weights_open_shards(const char *path, GError **error)
{
    g_autoptr(GHashTable) map = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(WeightsFile) file = weights_new(path);
    guint n;

    if (!read_index(path, map, error))
        return NULL;
    file->shards = g_ptr_array_new_with_free_func((GDestroyNotify)weights_free);
    g_autofree char **tensors = (char **)g_hash_table_get_keys_as_array(map, &n);
    qsort(tensors, n, sizeof *tensors, compare_keys); /* so that the first problem is always one */
    for (guint i = 0; i < n; i++)
        if (!take_tensor(file, tensors[i], g_hash_table_lookup(map, tensors[i]), error))
            return NULL;
    weights_sort(file);
    return g_steal_pointer(&file);
}

int
weights_n_shards(const WeightsFile *file)
{
    return file->shards ? (int)file->shards->len : 1;
}
