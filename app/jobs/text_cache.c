/* SPDX-License-Identifier: Apache-2.0 */
#include "app/jobs/text_cache.h"

#include <string.h>

#include "compute/program.h"

static const size_t MOST = 256 << 20; /* bytes; shuffled captions are without end */

struct TextCache {
    const TextEncoder *encoder;
    int n_tokens, clip_skip;
    GHashTable *table; /* GBytes of ids -> float* */
    Program *program;
    Tensor *ids, *states;
};

TextCache *
text_cache_new(const TextEncoder *encoder, int n_tokens, int clip_skip)
{
    TextCache *cache = g_new0(TextCache, 1);

    cache->encoder = encoder;
    cache->n_tokens = n_tokens;
    cache->clip_skip = clip_skip;
    cache->table =
        g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, g_free);
    return cache;
}

void
text_cache_free(TextCache *cache)
{
    if (!cache)
        return;
    program_free(cache->program);
    g_hash_table_unref(cache->table);
    g_free(cache);
}

static bool
record(TextCache *cache, GError **error)
{
    Graph *graph;

    if (cache->program)
        return true;
    graph = graph_new();
    cache->ids = graph_input(graph, DTYPE_I32, &SHAPE(1, cache->n_tokens));
    cache->states = graph_keep(
        graph, text_encoder_forward(graph, cache->encoder, cache->ids, cache->clip_skip));
    cache->program = program_new(graph, cache->encoder->module->device, error);
    return cache->program != NULL;
}

bool
text_cache_read(TextCache *cache, const int32_t *ids, float *out, GCancellable *cancellable,
                GError **error)
{
    g_autoptr(GBytes) key = g_bytes_new(ids, sizeof *ids * (size_t)cache->n_tokens);
    const float *known = g_hash_table_lookup(cache->table, key);
    size_t size =
        sizeof *out * (size_t)cache->n_tokens * (size_t)cache->encoder->config.hidden_size;

    if (known) {
        memcpy(out, known, size);
        return true;
    }
    if (!record(cache, error) || !program_write(cache->program, cache->ids, ids, error) ||
        !program_run(cache->program, cancellable, error) ||
        !program_read(cache->program, cache->states, out, error))
        return false;
    if (size * (g_hash_table_size(cache->table) + 1) > MOST)
        g_hash_table_remove_all(cache->table);
    g_hash_table_insert(cache->table, g_steal_pointer(&key), g_memdup2(out, size));
    return true;
}
