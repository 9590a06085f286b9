/* SPDX-License-Identifier: Apache-2.0 */
#include "app/jobs/bench_peer.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <math.h>

static void
add(GPtrArray *words, char *word)
{
    g_ptr_array_add(words, word);
}

static GPtrArray *
command_line(const BenchPeer *peer, const char *item, GError **error)
{
    g_auto(GStrv) own = NULL;
    GPtrArray *words;

    if (!g_shell_parse_argv(peer->command, NULL, &own, error)) {
        g_prefix_error(error, "%s: ", peer->command);
        return NULL;
    }
    words = g_ptr_array_new_with_free_func(g_free);
    for (char **word = own; *word; word++)
        add(words, g_strdup(*word));
    add(words, g_strdup("--json"));
    add(words, g_strdup_printf("--what=%s", item));
    add(words, g_strdup_printf("--model=%s", peer->model));
    add(words, g_strdup_printf("--latent=%dx%d", peer->latent_width, peer->latent_height));
    add(words, g_strdup_printf("--batch=%d", peer->batch));
    add(words, g_strdup_printf("--rank=%d", peer->rank));
    add(words, g_strdup_printf("--runs=%d", peer->n_runs));
    add(words, g_strdup_printf("--budget=%.0f", ceil(peer->budget_s)));
    if (peer->n_threads > 0)
        add(words, g_strdup_printf("--threads=%d", peer->n_threads));
    add(words, NULL);
    return words;
}

static double
number(JsonObject *object, const char *key)
{
    JsonNode *node = json_object_get_member(object, key);
    GType type = node && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_value_type(node) : G_TYPE_NONE;

    return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE ? json_node_get_double(node) : (double)NAN;
}

/* Whether the text is a line about the item. A peer may say other things besides. */
static bool
read_line(const char *text, const char *item, BenchPeerLine *line, char **failure)
{
    g_autoptr(JsonNode) root = json_from_string(text, NULL);
    JsonObject *object;

    if (!root || !JSON_NODE_HOLDS_OBJECT(root))
        return false;
    object = json_node_get_object(root);
    if (g_strcmp0(json_object_get_string_member_with_default(object, "item", ""), item) != 0)
        return false;
    g_free(*failure);
    *failure = g_strdup(json_object_get_string_member_with_default(object, "error", NULL));
    *line = (BenchPeerLine){.ms = number(object, "ms"),
                            .ms_min = number(object, "ms_min"),
                            .cpu_ms = number(object, "cpu_ms"),
                            .peak_mb = number(object, "peak_mb"),
                            .base_mb = number(object, "base_mb")};
    return *failure || line->ms > 0;
}

static bool
read_output(const BenchPeer *peer, const char *text, const char *item, BenchPeerLine *line,
            GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *failure = NULL;
    bool found = false;

    for (char **l = lines; *l; l++)
        found = read_line(*l, item, line, &failure) || found;
    if (found && !failure)
        return true;
    if (found)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, _("%s says of %s: %s"), peer->command,
                    item, failure);
    else
        g_set_error(
            error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
            _("%s printed no line of JSON with “item”: “%s” and “ms”. See `torchlight bench "
              "--help` for what a peer has to print."),
            peer->command, item);
    return false;
}

bool
bench_peer_run(const BenchPeer *peer, const char *item, BenchPeerLine *line,
               GCancellable *cancellable, GError **error)
{
    g_autoptr(GPtrArray) words = command_line(peer, item, error);
    g_autoptr(GSubprocess) process = NULL;
    g_autofree char *out = NULL, *said = NULL;

    if (!words)
        return false;
    process =
        g_subprocess_newv((const char *const *)words->pdata,
                          G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, error);
    if (!process)
        return false;
    if (!g_subprocess_communicate_utf8(process, NULL, cancellable, &out, &said, error)) {
        g_subprocess_force_exit(process);
        g_subprocess_wait(process, NULL, NULL);
        return false;
    }
    if (g_subprocess_get_successful(process))
        return read_output(peer, out, item, line, error);
    g_strchomp(said);
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, _("%s failed: %s"), peer->command,
                strrchr(said, '\n') ? strrchr(said, '\n') + 1 : said);
    return false;
}
