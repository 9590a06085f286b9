/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that finish traces, the lines about them, and the folder they stand in. */
#include "app/jobs/synthesis_writer.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "app/jobs/generate_files.h"
#include "app/jobs/synthesis_finish.h"
#include "app/trace/atomic.h"

#define SETTINGS "set.json"
#define METADATA "metadata.jsonl"
#define TRAINED_ON "trained_on.txt"

/* Lines go to disk when a second has passed since the last time. */
enum { FLUSH_US = G_USEC_PER_SEC, QUEUE_PER_WORKER = 2 };

struct SynthesisWriter {
    TorchlightJob *job;
    const SynthesisSetParams *params;
    SynthesisWriterOptions options;
    SynthesisFinish finish;
    char *about; /* JSON */
    GThreadPool *pool;
    GMutex mutex; /* guards all that follows */
    GCond less;   /* fewer are under way */
    int n_queued;
    GHashTable *lines; /* char* name of the item -> char* JSON */
    gint64 flushed_us;
    GError *error; /* the first */
    SynthesisResult *result;
};

/* --- settings --- */

static void
put_export(JsonObject *object, const ExportParams *export)
{
    json_object_set_string_member(object, "addresses", address_policy_name(export->addresses));
    json_object_set_string_member(object, "macs", mac_policy_name(export->macs));
    json_object_set_string_member(object, "payload", payload_policy_name(export->payload));
    json_object_set_string_member(object, "link", capture_link_name(export->link));
    json_object_set_int_member(object, "snaplen", export->snaplen);
    json_object_set_boolean_member(object, "annotate", export->annotate);
}

/* All that the bytes of a trace hang on but its class and index. */
static char *
settings_text(const SynthesisWriter *w, const SynthesisReal *real)
{
    g_autoptr(JsonNode) root = json_node_alloc();
    JsonObject *object = json_object_new(), *export = json_object_new();
    GList *members = json_object_get_members(w->options.about);
    g_autofree char *json = NULL;

    put_export(export, &w->params->export);
    json_node_init_object(root, object);
    json_object_unref(object);
    json_object_set_string_member(object, "kind", w->options.kind);
    json_object_set_string_member(object, "seed", generate_seed_text(w->params->seed).text);
    json_object_set_int_member(object, "rows", w->params->n_rows);
    json_object_set_string_member(object, "training_sha256", real->sha256);
    json_object_set_string_member(object, "times", real->times);
    json_object_set_object_member(object, "export", export);
    for (GList *at = members; at; at = at->next)
        json_object_set_member(object, at->data,
                               json_node_copy(json_object_get_member(w->options.about, at->data)));
    g_list_free(members);
    json = json_to_string(root, TRUE);
    return g_strconcat(json, "\n", NULL);
}

static bool
is_empty_folder(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);

    return dir && !g_dir_read_name(dir);
}

static bool
make_folder(const char *path, GError **error)
{
    if (g_mkdir_with_parents(path, 0777) == 0)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                _("Cannot make the folder “%s”: %s; choose another."), path, g_strerror(errno));
    return false;
}

/* Whether the folder may hold this set; *is_there: it already does. */
static bool
check_folder(const SynthesisWriter *w, const char *text, bool *is_there, GError **error)
{
    const char *output = w->params->output;
    g_autofree char *path = g_build_filename(output, SETTINGS, NULL);
    g_autofree char *before = NULL;

    *is_there = g_file_get_contents(path, &before, NULL, NULL);
    if (!*is_there && (!g_file_test(output, G_FILE_TEST_EXISTS) || is_empty_folder(output)))
        return true;
    if (*is_there && g_str_equal(before, text))
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                *is_there
                    ? _("“%s” holds a set that was made with other settings, which “%s” names: "
                        "choose another folder, or the same settings to go on with it.")
                    : _("“%s” is there and holds no synthetic set (no “%s”): choose a new folder."),
                output, *is_there ? path : SETTINGS);
    return false;
}

/* --- the lines --- */

/* With the mutex held. */
static bool
flush(SynthesisWriter *w, GError **error)
{
    g_autofree char *path = g_build_filename(w->params->output, METADATA, NULL);
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(w->lines), (GCompareFunc)strcmp);
    GString *text = g_string_new(NULL);
    bool done;

    for (GList *at = names; at; at = at->next) {
        g_string_append(text, g_hash_table_lookup(w->lines, at->data));
        g_string_append_c(text, '\n');
    }
    done = atomic_file_write(path, text->str, text->len, error);
    g_string_free(text, TRUE);
    w->flushed_us = g_get_monotonic_time();
    return done;
}

static bool
has_file(const SynthesisWriter *w, const char *name)
{
    g_autofree char *path = name ? g_build_filename(w->params->output, name, NULL) : NULL;

    return path && g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

/* Takes over a line of an earlier run whose files are there; any other is made anew. */
static void
take_line(SynthesisWriter *w, const char *text)
{
    g_autoptr(JsonNode) node = json_from_string(text, NULL);
    JsonObject *line = node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    const char *file =
        line ? json_object_get_string_member_with_default(line, "file_name", NULL) : NULL;
    const char *drawn =
        line ? json_object_get_string_member_with_default(line, "drawn", NULL) : NULL;
    g_autofree char *name = NULL;
    char *dot;

    if (!has_file(w, file) || (w->options.keeps_drawn && !has_file(w, drawn)))
        return;
    name = g_path_get_basename(file);
    if ((dot = strrchr(name, '.')))
        *dot = '\0';
    g_hash_table_replace(w->lines, g_steal_pointer(&name), g_strdup(text));
}

static bool
read_lines(SynthesisWriter *w, GError **error)
{
    g_autofree char *path = g_build_filename(w->params->output, METADATA, NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return true;
    if (!g_file_get_contents(path, &text, NULL, error))
        return false;
    lines = g_strsplit(text, "\n", -1);
    for (int i = 0; lines[i]; i++) {
        if (*lines[i])
            take_line(w, lines[i]);
    }
    return true;
}

/* --- the threads --- */

static void
add_times(SynthesisTimes *sum, const SynthesisTimes *one)
{
    sum->correct += one->correct;
    sum->repair += one->repair;
    sum->write += one->write;
}

/* With the mutex held. */
static void
note(SynthesisWriter *w, const SynthesisItem *item, SynthesisFinished *finished)
{
    add_times(&w->result->times, &finished->times);
    if (!finished->line) {
        w->result->n_empty++;
        torchlight_job_log(w->job, _("%s: nothing in what was drawn is a packet."), item->name);
        return;
    }
    w->result->n_made++;
    w->result->n_bits += finished->n_bits;
    w->result->n_repaired_bits += finished->n_repaired_bits;
    g_hash_table_replace(w->lines, g_strdup(item->name), g_steal_pointer(&finished->line));
    if (!w->error && g_get_monotonic_time() - w->flushed_us > FLUSH_US)
        flush(w, &w->error);
}

static void
work(void *data, void *user_data)
{
    SynthesisDrawn *drawn = data;
    SynthesisWriter *w = user_data;
    SynthesisFinished finished;
    GError *error = NULL;
    bool done = synthesis_finish(&w->finish, drawn, &finished, &error);

    g_mutex_lock(&w->mutex);
    if (done)
        note(w, drawn->item, &finished);
    else if (!w->error)
        w->error = g_steal_pointer(&error);
    w->n_queued--;
    g_cond_signal(&w->less);
    g_mutex_unlock(&w->mutex);
    g_clear_error(&error);
    synthesis_drawn_free(drawn);
}

/* With the mutex held. */
static bool
check_error(SynthesisWriter *w, GError **error)
{
    if (w->error && error)
        g_propagate_error(error, g_error_copy(w->error));
    return !w->error;
}

/* With the mutex held: until at most n are under way. */
static void
wait_for(SynthesisWriter *w, int n)
{
    while (w->n_queued > n)
        g_cond_wait(&w->less, &w->mutex);
}

/* --- the whole --- */

static bool
write_trained_on(const SynthesisWriter *w, const SynthesisReal *real, GError **error)
{
    g_autofree char *path = g_build_filename(w->params->output, TRAINED_ON, NULL);
    g_autofree char *text = NULL;
    gsize size;

    if (w->params->trained_on) {
        if (!g_file_get_contents(w->params->trained_on, &text, &size, error))
            return false;
    } else {
        GString *lines = g_string_new(NULL);

        for (guint i = 0; i < real->trained_on->len; i++)
            g_string_append_printf(lines, "%s\n", (char *)real->trained_on->pdata[i]);
        size = lines->len;
        text = g_string_free(lines, FALSE);
    }
    return atomic_file_write(path, text, size, error);
}

static bool
open_folder(SynthesisWriter *w, const SynthesisReal *real, GError **error)
{
    const char *output = w->params->output;
    g_autofree char *text = settings_text(w, real);
    g_autofree char *settings = g_build_filename(output, SETTINGS, NULL);
    g_autofree char *captures = g_build_filename(output, "captures", NULL);
    g_autofree char *drawn = g_build_filename(output, "drawn", NULL);
    bool is_there;

    return check_folder(w, text, &is_there, error) &&
           (!w->options.repairs || make_folder(captures, error)) &&
           (!w->options.keeps_drawn || make_folder(drawn, error)) &&
           (is_there || atomic_file_write(settings, text, strlen(text), error)) &&
           write_trained_on(w, real, error) && read_lines(w, error);
}

SynthesisWriter *
synthesis_writer_new(TorchlightJob *job, const SynthesisSetParams *params,
                     const SynthesisReal *real, const SynthesisWriterOptions *options,
                     SynthesisResult *result, GError **error)
{
    SynthesisWriter *w = g_new0(SynthesisWriter, 1);
    g_autoptr(JsonNode) about = NULL;

    w->job = job;
    w->params = params;
    w->options = *options;
    w->options.about = json_object_ref(options->about);
    about = json_node_init_object(json_node_alloc(), options->about);
    w->about = json_to_string(about, FALSE);
    w->finish = (SynthesisFinish){params, real, &w->options, w->about};
    w->result = result;
    w->lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    w->flushed_us = g_get_monotonic_time();
    g_mutex_init(&w->mutex);
    g_cond_init(&w->less);
    if (open_folder(w, real, error) &&
        (w->pool = g_thread_pool_new(work, w, MAX(options->n_workers, 1), FALSE, error)))
        return w;
    synthesis_writer_free(w);
    return NULL;
}

void
synthesis_writer_free(SynthesisWriter *w)
{
    if (!w)
        return;
    if (w->pool)
        g_thread_pool_free(w->pool, FALSE, TRUE);
    g_hash_table_unref(w->lines);
    json_object_unref(w->options.about);
    g_free(w->about);
    g_clear_error(&w->error);
    g_mutex_clear(&w->mutex);
    g_cond_clear(&w->less);
    g_free(w);
}

bool
synthesis_writer_has(const SynthesisWriter *w, const SynthesisItem *item)
{
    SynthesisWriter *locked = (SynthesisWriter *)w;
    bool has;

    g_mutex_lock(&locked->mutex);
    has = g_hash_table_contains(w->lines, item->name);
    g_mutex_unlock(&locked->mutex);
    return has;
}

int
synthesis_writer_count(const SynthesisWriter *w, const GPtrArray *items)
{
    int n = 0;

    for (guint i = 0; i < items->len; i++)
        n += synthesis_writer_has(w, items->pdata[i]);
    return n;
}

bool
synthesis_writer_put(SynthesisWriter *w, SynthesisDrawn *drawn, GError **error)
{
    bool good;

    g_mutex_lock(&w->mutex);
    wait_for(w, QUEUE_PER_WORKER * MAX(w->options.n_workers, 1) - 1);
    good = check_error(w, error);
    w->n_queued += good;
    g_mutex_unlock(&w->mutex);
    if (!good)
        synthesis_drawn_free(drawn);
    else
        g_thread_pool_push(w->pool, drawn, NULL);
    return good;
}

bool
synthesis_writer_finish(SynthesisWriter *w, GError **error)
{
    bool done;

    g_mutex_lock(&w->mutex);
    wait_for(w, 0);
    done = flush(w, w->error ? NULL : error) && check_error(w, error);
    g_mutex_unlock(&w->mutex);
    return done;
}
