/* SPDX-License-Identifier: Apache-2.0 */
/* Writing and finding the folders of trainings. */
#include "app/jobs/train_run.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "app/dataset/json_depth.h"
#include "app/jobs/curve.h"
#include "app/jobs/train_checkpoint.h"
#include "app/trace/atomic.h"

#define KIND "train"
#define PREVIEWS "previews"

struct TrainRunWriter {
    char *dir;
    JsonObject *object; /* of run.json */
    int lock;           /* descriptor */
};

char *
train_run_file(const char *dir, const char *name)
{
    return g_build_filename(dir, name, NULL);
}

/* --- reading --- */

static JsonObject *
read_object(const char *dir, GError **error)
{
    g_autofree char *path = train_run_file(dir, TRAIN_RUN_FILE);
    g_autofree char *text = NULL;
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonNode *root;

    if (!g_file_get_contents(path, &text, NULL, error))
        return NULL;
    if (json_is_shallow(text) && json_parser_load_from_data(parser, text, -1, NULL) &&
        (root = json_parser_get_root(parser)) && JSON_NODE_HOLDS_OBJECT(root) &&
        g_strcmp0(
            json_object_get_string_member_with_default(json_node_get_object(root), "kind", ""),
            KIND) == 0)
        return json_node_dup_object(root);
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("“%s” tells of no training."), path);
    return NULL;
}

/* Whether somebody holds the lock. */
static bool
is_locked(const char *dir)
{
    g_autofree char *path = train_run_file(dir, "lock");
    int lock = g_open(path, O_RDWR | O_CLOEXEC, 0);
    bool locked;

    if (lock < 0)
        return false;
    locked = flock(lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(lock);
    return locked;
}

static TrainRunState
state_of(const char *dir, const char *word)
{
    if (is_locked(dir))
        return TRAIN_RUN_RUNNING;
    if (g_str_equal(word, "done") || g_str_equal(word, "stopped"))
        return TRAIN_RUN_DONE;
    return g_str_equal(word, "failed") ? TRAIN_RUN_FAILED : TRAIN_RUN_INTERRUPTED;
}

static JsonObject *
find_object(JsonObject *object, const char *key)
{
    JsonNode *node = json_object_get_member(object, key);

    return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

static void
read_progress(TrainRun *run, JsonObject *results)
{
    g_autofree char *checkpoint = train_run_file(run->dir, "checkpoint");

    run->loss = NAN;
    if (run->state == TRAIN_RUN_DONE && results) {
        run->step = (int)json_object_get_int_member_with_default(results, "steps", 0);
        run->loss = json_object_get_double_member_with_default(results, "loss", NAN);
        return;
    }
    run->step = MAX(0, train_checkpoint_step(checkpoint));
    run->can_resume = run->step > 0 && run->state != TRAIN_RUN_RUNNING;
}

TrainRun *
train_run_open(const char *dir, GError **error)
{
    g_autoptr(TrainRun) run = g_new0(TrainRun, 1);
    g_autoptr(JsonObject) object = read_object(dir, error);
    JsonObject *parameters = object ? find_object(object, "parameters") : NULL;

    if (!object)
        return NULL;
    run->dir = g_strdup(dir);
    run->params = train_params_new();
    if (!parameters) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s/%s” has no parameters: the run cannot be told from it."), dir,
                    TRAIN_RUN_FILE);
        return NULL;
    }
    if (!train_params_from_json(run->params, parameters, error)) {
        g_prefix_error(error, "“%s/%s”: ", dir, TRAIN_RUN_FILE);
        return NULL;
    }
    run->params->run = g_strdup(dir);
    run->params->resume = true;
    run->started = json_object_get_int_member_with_default(object, "started", 0);
    run->state = state_of(dir, json_object_get_string_member_with_default(object, "state", ""));
    run->message = g_strdup(json_object_get_string_member_with_default(object, "message", NULL));
    read_progress(run, find_object(object, "results"));
    return g_steal_pointer(&run);
}

void
train_run_free(TrainRun *run)
{
    if (!run)
        return;
    g_free(run->dir);
    g_free(run->message);
    train_params_free(run->params);
    g_free(run);
}

static int
compare_started(const void *a, const void *b)
{
    const TrainRun *x = *(TrainRun *const *)a, *y = *(TrainRun *const *)b;

    return x->started != y->started ? (x->started < y->started) - (x->started > y->started)
                                    : g_strcmp0(x->dir, y->dir);
}

GPtrArray *
train_run_scan(const char *dir)
{
    GPtrArray *runs = g_ptr_array_new_with_free_func((GDestroyNotify)train_run_free);
    g_autoptr(GDir) listing = g_dir_open(dir, 0, NULL);
    const char *name;

    while (listing && (name = g_dir_read_name(listing))) {
        g_autofree char *path = g_build_filename(dir, name, NULL);
        TrainRun *run = train_run_open(path, NULL);

        if (run)
            g_ptr_array_add(runs, run);
    }
    g_ptr_array_sort(runs, compare_started);
    return runs;
}

/* --- previews and the curve --- */

char *
train_run_preview_path(const char *dir, int step, int prompt)
{
    g_autofree char *name = g_strdup_printf("%06d_%d.png", step, prompt);

    return g_build_filename(dir, PREVIEWS, name, NULL);
}

static void
preview_free(void *data)
{
    TrainPreview *preview = data;

    g_free(preview->prompt_text);
    g_free(preview->path);
    g_free(preview);
}

static int
compare_previews(const void *a, const void *b)
{
    const TrainPreview *x = *(TrainPreview *const *)a, *y = *(TrainPreview *const *)b;

    return x->step != y->step ? x->step - y->step : x->prompt - y->prompt;
}

GPtrArray *
train_run_previews(const char *dir, const TrainParams *params)
{
    GPtrArray *previews = g_ptr_array_new_with_free_func(preview_free);
    g_autofree char *folder = g_build_filename(dir, PREVIEWS, NULL);
    g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
    int n_prompts =
        params && params->preview_prompts ? (int)g_strv_length(params->preview_prompts) : 0;
    const char *name;

    while (listing && (name = g_dir_read_name(listing))) {
        int step, prompt, length = 0;

        if (sscanf(name, "%9d_%9d.png%n", &step, &prompt, &length) != 2 || name[length] ||
            length == 0 || prompt < 0)
            continue;
        TrainPreview *preview = g_new0(TrainPreview, 1);
        preview->step = step;
        preview->prompt = prompt;
        preview->prompt_text =
            prompt < n_prompts ? g_strdup(params->preview_prompts[prompt]) : NULL;
        preview->path = g_build_filename(folder, name, NULL);
        g_ptr_array_add(previews, preview);
    }
    g_ptr_array_sort(previews, compare_previews);
    return previews;
}

GArray *
train_run_curve(const char *dir, const char *name)
{
    g_autofree char *file = g_strconcat(name, ".csv", NULL);
    g_autofree char *path = train_run_file(dir, file);
    GArray *points = curve_read(path, NULL);

    return points ? points : g_array_new(FALSE, FALSE, sizeof(JobPoint));
}

/* --- writing --- */

static bool
fail_folder(const char *dir, int code, GError **error)
{
    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(code),
                _("Cannot make the folder “%s” for the run: %s; choose a place that you may write "
                  "to."),
                dir, g_strerror(code));
    return false;
}

/* Ours are: nothing, an empty folder, the folder of a training. */
static bool
check_folder(const char *dir, GError **error)
{
    g_autofree char *file = train_run_file(dir, TRAIN_RUN_FILE);
    g_autoptr(GDir) listing = g_dir_open(dir, 0, NULL);
    g_autoptr(JsonObject) object = NULL;

    if (!listing || !g_dir_read_name(listing))
        return true;
    object = read_object(dir, NULL);
    if (object)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                _("The folder “%s” holds files that no training made; nothing is overwritten: "
                  "choose a new or empty folder."),
                dir);
    return false;
}

static bool
take_lock(TrainRunWriter *writer, GError **error)
{
    g_autofree char *path = train_run_file(writer->dir, "lock");

    writer->lock = g_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (writer->lock < 0)
        return fail_folder(writer->dir, errno, error);
    if (flock(writer->lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return true; /* a file system without locks does not stop the work */
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_BUSY,
                _("A training is at work in “%s”: wait for its end, or choose another folder."),
                writer->dir);
    return false;
}

static bool
write_object(const TrainRunWriter *writer, GError **error)
{
    g_autofree char *path = train_run_file(writer->dir, TRAIN_RUN_FILE);
    g_autoptr(JsonNode) root = json_node_alloc();
    g_autofree char *text = NULL;
    g_autofree char *line = NULL;

    json_node_init_object(root, writer->object);
    text = json_to_string(root, TRUE);
    line = g_strconcat(text, "\n", NULL);
    return atomic_file_write(path, line, strlen(line), error);
}

/* A run that begins anew leaves nothing of an earlier one to be taken for its own. */
static void
clear_remains(const char *dir)
{
    const char *const files[] = {"checkpoint", "loss.csv", "validation.csv", "log.txt"};
    g_autoptr(GPtrArray) previews = train_run_previews(dir, NULL);

    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = train_run_file(dir, files[i]);

        g_unlink(path);
    }
    for (guint i = 0; i < previews->len; i++)
        g_unlink(((TrainPreview *)previews->pdata[i])->path);
}

TrainRunWriter *
train_run_begin(const TrainParams *params, GError **error)
{
    g_autoptr(TrainRunWriter) writer = g_new0(TrainRunWriter, 1);
    g_autofree char *previews = g_build_filename(params->run, PREVIEWS, NULL);
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    g_autoptr(JsonObject) before = NULL;

    writer->dir = g_strdup(params->run);
    writer->lock = -1;
    writer->object = json_object_new();
    if (!check_folder(params->run, error))
        return NULL;
    if (g_mkdir_with_parents(previews, 0777) != 0) {
        fail_folder(params->run, errno, error);
        return NULL;
    }
    if (!take_lock(writer, error))
        return NULL;
    before = params->resume ? read_object(params->run, NULL) : NULL;
    if (before)
        now = json_object_get_int_member_with_default(before, "started", now);
    else
        clear_remains(params->run);
    json_object_set_string_member(writer->object, "kind", KIND);
    json_object_set_string_member(writer->object, "version", TORCHLIGHT_VERSION);
    json_object_set_int_member(writer->object, "started", now);
    json_object_set_string_member(writer->object, "state", "running");
    json_object_set_object_member(writer->object, "parameters", train_params_to_json(params));
    return write_object(writer, error) ? g_steal_pointer(&writer) : NULL;
}

bool
train_run_end(TrainRunWriter *writer, const char *state, JsonObject *results, const char *message,
              GError **error)
{
    bool written;

    json_object_set_string_member(writer->object, "state", state);
    if (results)
        json_object_set_object_member(writer->object, "results", results);
    if (message)
        json_object_set_string_member(writer->object, "message", message);
    written = write_object(writer, error);
    close(writer->lock);
    writer->lock = -1;
    return written;
}

void
train_run_writer_free(TrainRunWriter *writer)
{
    if (!writer)
        return;
    if (writer->lock >= 0)
        close(writer->lock);
    json_object_unref(writer->object);
    g_free(writer->dir);
    g_free(writer);
}
