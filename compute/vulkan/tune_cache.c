/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of text: what this is, for whom, a SHA-256 of the rest, then "key TAB name" by key. */
#include "compute/vulkan/tune_cache.h"

#include <string.h>

static const char *const HEAD = "torchlight-tuning 1";

enum { MAX_FILE = 4 << 20 };

static bool
read_lines(GHashTable *choices, const char *body)
{
    g_auto(GStrv) lines = g_strsplit(body, "\n", -1);

    for (char **line = lines; *line && **line; line++) {
        char *tab = strchr(*line, '\t');

        if (!tab)
            return false;
        *tab = 0;
        g_hash_table_insert(choices, g_strdup(*line), g_strdup(tab + 1));
    }
    return true;
}

GHashTable *
tune_cache_read(const char *path, const char *identity)
{
    GHashTable *choices = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autofree char *content = NULL, *digest = NULL;
    g_auto(GStrv) parts = NULL;
    gsize size = 0;

    if (!g_file_get_contents(path, &content, &size, NULL) || size > MAX_FILE ||
        strlen(content) != size)
        return choices;
    parts = g_strsplit(content, "\n", 4);
    if (g_strv_length(parts) != 4 || !g_str_equal(parts[0], HEAD) ||
        !g_str_equal(parts[1], identity))
        return choices;
    digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, parts[3], -1);
    if (!g_str_equal(parts[2], digest) || !read_lines(choices, parts[3]))
        g_hash_table_remove_all(choices);
    return choices;
}

static int
compare_keys(const void *a, const void *b)
{
    return g_strcmp0(*(char *const *)a, *(char *const *)b);
}

bool
tune_cache_write(GHashTable *choices, const char *path, const char *identity)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autoptr(GString) body = g_string_new(NULL);
    guint n;
    g_autofree char **keys = (char **)g_hash_table_get_keys_as_array(choices, &n);

    qsort(keys, n, sizeof *keys, compare_keys);
    for (guint i = 0; i < n; i++)
        g_string_append_printf(body, "%s\t%s\n", keys[i],
                               (const char *)g_hash_table_lookup(choices, keys[i]));
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, body->str, -1);
    g_autofree char *text = g_strdup_printf("%s\n%s\n%s\n%s", HEAD, identity, digest, body->str);

    return g_mkdir_with_parents(folder, 0700) == 0 && g_file_set_contents(path, text, -1, NULL);
}
