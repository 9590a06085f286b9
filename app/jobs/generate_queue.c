/* SPDX-License-Identifier: Apache-2.0 */
/* The queue: entries in a list, one job at a time, and its record in the project. */
#include "app/jobs/generate_queue.h"

#include "app/jobs/generate_record.h"
#include "app/jobs/generate_settings.h"
#include "app/jobs/queue_entry.h"

struct _TorchlightGenerateQueue {
    GObject parent_instance;

    TorchlightProject *project; /* owned; NULL once closed */
    GListStore *entries;
    TorchlightQueueEntry *current; /* borrowed from entries */
    GenerateSession *session;
    QueueStart start;
    void *start_data;
    bool running;
};

G_DEFINE_FINAL_TYPE(TorchlightGenerateQueue, torchlight_generate_queue, G_TYPE_OBJECT)

enum { PROP_RUNNING = 1, PROP_CURRENT, N_PROPS };
enum { SIGNAL_ARRIVED, SIGNAL_FAILED, SIGNAL_DRAINED, N_SIGNALS };

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

/* --- in the project --- */

static void
set_state(TorchlightGenerateQueue *queue, TorchlightQueueEntry *entry, QueueState state)
{
    static const char *const names[] = {"queued", "running", "failed"};

    if (queue->project)
        torchlight_project_set_string(queue->project, entry->item, "state", names[state]);
    queue_entry_set_state(entry, state);
}

static TorchlightItem *
add_run(TorchlightGenerateQueue *queue, TorchlightQueueEntry *entry, guint order)
{
    const char *dir = torchlight_project_get_dir(queue->project);
    JsonObject *record = json_object_new();

    json_object_set_string_member(record, "job", queue_entry_is_grid(entry) ? "grid" : "generate");
    json_object_set_string_member(record, "name", entry->params->prompt);
    json_object_set_string_member(record, "state", "queued");
    json_object_set_int_member(record, "order", order);
    json_object_set_object_member(record, "settings", generate_params_to_json(entry->params, dir));
    if (entry->x) {
        g_autofree char *text = grid_axis_to_text(entry->x);

        json_object_set_string_member(record, "x", text);
    }
    if (entry->y) {
        g_autofree char *text = grid_axis_to_text(entry->y);

        json_object_set_string_member(record, "y", text);
    }
    return torchlight_project_add(queue->project, ITEM_RUN, record);
}

static void
note_order(TorchlightGenerateQueue *queue)
{
    for (guint i = 0; i < g_list_model_get_n_items(G_LIST_MODEL(queue->entries)); i++) {
        g_autoptr(TorchlightQueueEntry) entry =
            g_list_model_get_item(G_LIST_MODEL(queue->entries), i);

        torchlight_project_set_int(queue->project, entry->item, "order", i);
    }
}

/* NULL of a run that is none of ours, is done, or cannot be read. */
static TorchlightQueueEntry *
entry_from_run(TorchlightGenerateQueue *queue, TorchlightItem *item)
{
    const char *job = torchlight_item_get_string(item, "job");
    const char *state = torchlight_item_get_string(item, "state");
    const char *x = torchlight_item_get_string(item, "x");
    const char *y = torchlight_item_get_string(item, "y");
    JsonObject *settings = torchlight_item_get_object(item, "settings");
    TorchlightQueueEntry *entry;
    GenerateParams *params;

    if (!settings || (g_strcmp0(job, "generate") != 0 && g_strcmp0(job, "grid") != 0) ||
        (g_strcmp0(state, "queued") != 0 && g_strcmp0(state, "running") != 0 &&
         g_strcmp0(state, "failed") != 0))
        return NULL;
    params = generate_params_from_json(settings, torchlight_project_get_dir(queue->project), NULL);
    if (!params)
        return NULL;
    entry = queue_entry_new(params, x ? grid_axis_parse(x, NULL) : NULL,
                            y ? grid_axis_parse(y, NULL) : NULL);
    entry->item = g_object_ref(item);
    entry->error = g_strdup(torchlight_item_get_string(item, "error"));
    entry->state = g_str_equal(state, "failed") ? QUEUE_FAILED : QUEUE_WAITING;
    return entry;
}

static int
compare_order(const void *a, const void *b, void *data)
{
    TorchlightQueueEntry *x = (TorchlightQueueEntry *)a, *y = (TorchlightQueueEntry *)b;
    gint64 first = torchlight_item_get_int(x->item, "order", G_MAXINT64);
    gint64 second = torchlight_item_get_int(y->item, "order", G_MAXINT64);

    return first < second ? -1 : first > second;
}

static void
restore(TorchlightGenerateQueue *queue)
{
    GListModel *runs = torchlight_project_get_items(queue->project, ITEM_RUN);
    bool waiting = false;

    for (guint i = 0; i < g_list_model_get_n_items(runs); i++) {
        g_autoptr(TorchlightItem) item = g_list_model_get_item(runs, i);
        g_autoptr(TorchlightQueueEntry) entry = entry_from_run(queue, item);

        if (!entry)
            continue;
        g_list_store_insert_sorted(queue->entries, entry, compare_order, NULL);
        waiting |= entry->state == QUEUE_WAITING;
    }
    queue->running = !waiting;
}

/* --- running --- */

static void pump(TorchlightGenerateQueue *queue);

static void
drop(TorchlightGenerateQueue *queue, TorchlightQueueEntry *entry)
{
    guint position;

    if (g_list_store_find(queue->entries, entry, &position))
        g_list_store_remove(queue->entries, position);
}

/* What has been drawn since the last time becomes traces of the project. */
static void
collect(TorchlightGenerateQueue *queue, TorchlightQueueEntry *entry)
{
    TorchlightJob *job = entry->job;
    int n = queue_entry_is_grid(entry) ? grid_job_n_done(job) : generate_job_n_done(job);

    for (int i = (int)entry->results->len; i < n; i++) {
        const GenerateImage *image = queue_entry_is_grid(entry) ? grid_job_get_image(job, i)
                                                                : generate_job_get_image(job, i);
        const GenerateParams *params =
            queue_entry_is_grid(entry) ? grid_job_get_cell(job, i) : entry->params;
        TorchlightItem *item = torchlight_project_add(
            queue->project, ITEM_TRACE, generate_record(queue->project, image, params));

        g_ptr_array_add(entry->results, g_strdup(item ? torchlight_item_get_id(item) : ""));
        if (item)
            g_signal_emit(queue, signals[SIGNAL_ARRIVED], 0, item);
    }
}

static void
on_progress(TorchlightGenerateQueue *queue)
{
    if (queue->project && queue->current && queue->current->job)
        collect(queue, queue->current);
}

/* A grid stays as a run with its picture; a plain generation has said all in its traces. */
static void
keep_grid(TorchlightGenerateQueue *queue, TorchlightQueueEntry *entry)
{
    g_autofree char *file =
        torchlight_project_relative(queue->project, grid_job_get_params(entry->job)->picture);
    JsonArray *results = json_array_new();

    for (guint i = 0; i < entry->results->len; i++)
        json_array_add_string_element(results, entry->results->pdata[i]);
    torchlight_project_set_string(queue->project, entry->item, "file", file);
    torchlight_project_set(queue->project, entry->item, "results",
                           json_node_init_array(json_node_alloc(), results));
    json_array_unref(results);
    torchlight_project_set_string(queue->project, entry->item, "state", "done");
    g_signal_emit(queue, signals[SIGNAL_ARRIVED], 0, entry->item);
}

static void
set_current(TorchlightGenerateQueue *queue, TorchlightQueueEntry *entry)
{
    queue->current = entry;
    g_object_notify_by_pspec(G_OBJECT(queue), props[PROP_CURRENT]);
}

static void
on_finished(TorchlightGenerateQueue *queue, TorchlightJob *job)
{
    g_autoptr(TorchlightQueueEntry) entry = NULL;
    JobState state = torchlight_job_get_state(job);

    if (!queue->project || !queue->current || queue->current->job != job)
        return;
    entry = g_object_ref(queue->current);
    collect(queue, entry);
    set_current(queue, NULL);
    if (state == JOB_FAILED) {
        g_free(entry->error);
        entry->error = g_strdup(torchlight_job_get_error(job)->message);
        torchlight_project_set_string(queue->project, entry->item, "error", entry->error);
        queue_entry_set_job(entry, NULL);
        set_state(queue, entry, QUEUE_FAILED);
        g_signal_emit(queue, signals[SIGNAL_FAILED], 0, entry);
    } else {
        drop(queue, entry);
        if (state == JOB_DONE && queue_entry_is_grid(entry))
            keep_grid(queue, entry);
        else
            torchlight_project_remove(queue->project, entry->item);
        queue_entry_set_job(entry, NULL);
    }
    pump(queue);
}

static TorchlightJob *
new_job(TorchlightGenerateQueue *queue, TorchlightQueueEntry *entry)
{
    GenerateParams *params = generate_params_copy(entry->params);
    g_autofree char *dir =
        g_build_filename(torchlight_project_get_dir(queue->project), "pictures", NULL);
    GridParams *grid;

    g_free(params->pictures);
    params->pictures = g_steal_pointer(&dir);
    params->preview = true;
    if (!queue_entry_is_grid(entry))
        return generate_job_new(params, queue->session);
    grid = grid_params_new();
    grid->base = params;
    grid->x = entry->x ? grid_axis_copy(entry->x) : NULL;
    grid->y = entry->y ? grid_axis_copy(entry->y) : NULL;
    grid->picture = torchlight_project_new_path(queue->project, "runs", "grid", ".png");
    return grid_job_new(grid, queue->session);
}

static TorchlightQueueEntry *
first_waiting(TorchlightGenerateQueue *queue)
{
    for (guint i = 0; i < g_list_model_get_n_items(G_LIST_MODEL(queue->entries)); i++) {
        g_autoptr(TorchlightQueueEntry) entry =
            g_list_model_get_item(G_LIST_MODEL(queue->entries), i);

        if (entry->state == QUEUE_WAITING)
            return entry;
    }
    return NULL;
}

/* Begins the next one when nothing runs. */
static void
pump(TorchlightGenerateQueue *queue)
{
    TorchlightQueueEntry *entry = first_waiting(queue);
    g_autoptr(TorchlightJob) job = NULL;

    if (queue->current)
        return;
    if (!entry) {
        generate_session_close(queue->session);
        g_signal_emit(queue, signals[SIGNAL_DRAINED], 0);
        return;
    }
    if (!queue->running)
        return;
    job = new_job(queue, entry);
    g_ptr_array_set_size(entry->results, 0);
    queue_entry_set_job(entry, job);
    set_state(queue, entry, QUEUE_RUNNING);
    g_signal_connect_object(job, "notify::fraction", G_CALLBACK(on_progress), queue,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(job, "finished", G_CALLBACK(on_finished), queue, G_CONNECT_SWAPPED);
    set_current(queue, entry);
    if (queue->start)
        queue->start(job, queue->start_data);
    else
        torchlight_job_start(job);
}

/* --- for others --- */

TorchlightGenerateQueue *
torchlight_generate_queue_new(TorchlightProject *project, QueueStart start, void *data)
{
    TorchlightGenerateQueue *queue = g_object_new(TORCHLIGHT_TYPE_GENERATE_QUEUE, NULL);

    queue->project = g_object_ref(project);
    queue->start = start;
    queue->start_data = data;
    restore(queue);
    return queue;
}

void
torchlight_generate_queue_close(TorchlightGenerateQueue *queue)
{
    if (queue->current) {
        TorchlightQueueEntry *entry = queue->current;

        torchlight_job_cancel(entry->job);
        set_current(queue, NULL);
        set_state(queue, entry, QUEUE_WAITING);
        queue_entry_set_job(entry, NULL);
    }
    g_clear_object(&queue->project);
}

GListModel *
torchlight_generate_queue_get_entries(TorchlightGenerateQueue *queue)
{
    return G_LIST_MODEL(queue->entries);
}

TorchlightQueueEntry *
torchlight_generate_queue_get_current(TorchlightGenerateQueue *queue)
{
    return queue->current;
}

bool
torchlight_generate_queue_get_running(TorchlightGenerateQueue *queue)
{
    return queue->running;
}

void
torchlight_generate_queue_set_running(TorchlightGenerateQueue *queue, bool running)
{
    if (queue->running == running || !queue->project)
        return;
    queue->running = running;
    g_object_notify_by_pspec(G_OBJECT(queue), props[PROP_RUNNING]);
    pump(queue);
}

TorchlightQueueEntry *
torchlight_generate_queue_add(TorchlightGenerateQueue *queue, GenerateParams *params, GridAxis *x,
                              GridAxis *y)
{
    g_autoptr(TorchlightQueueEntry) entry = queue_entry_new(params, x, y);
    TorchlightItem *item;

    if (!queue->project || !torchlight_project_is_writable(queue->project))
        return NULL;
    item = add_run(queue, entry, g_list_model_get_n_items(G_LIST_MODEL(queue->entries)));
    if (!item)
        return NULL;
    entry->item = g_object_ref(item);
    g_list_store_append(queue->entries, entry);
    pump(queue);
    return entry;
}

void
torchlight_generate_queue_remove(TorchlightGenerateQueue *queue, TorchlightQueueEntry *entry)
{
    if (!queue->project)
        return;
    if (entry == queue->current) {
        torchlight_job_cancel(entry->job); /* the rest follows when it is over */
        return;
    }
    torchlight_project_remove(queue->project, entry->item);
    drop(queue, entry);
}

void
torchlight_generate_queue_move(TorchlightGenerateQueue *queue, TorchlightQueueEntry *entry,
                               guint position)
{
    guint n = g_list_model_get_n_items(G_LIST_MODEL(queue->entries)), from;

    if (!queue->project || !g_list_store_find(queue->entries, entry, &from) || position >= n ||
        position == from)
        return;
    g_object_ref(entry);
    g_list_store_remove(queue->entries, from);
    g_list_store_insert(queue->entries, position, entry);
    g_object_unref(entry);
    note_order(queue);
}

void
torchlight_generate_queue_retry(TorchlightGenerateQueue *queue, TorchlightQueueEntry *entry)
{
    if (!queue->project || entry->state != QUEUE_FAILED)
        return;
    g_clear_pointer(&entry->error, g_free);
    torchlight_project_set(queue->project, entry->item, "error", NULL);
    set_state(queue, entry, QUEUE_WAITING);
    pump(queue);
}

void
torchlight_generate_queue_skip(TorchlightGenerateQueue *queue)
{
    if (queue->current && !queue_entry_is_grid(queue->current))
        generate_job_skip(queue->current->job);
}

static void
queue_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    TorchlightGenerateQueue *queue = TORCHLIGHT_GENERATE_QUEUE(object);

    if (id == PROP_RUNNING)
        g_value_set_boolean(value, queue->running);
    else if (id == PROP_CURRENT)
        g_value_set_object(value, queue->current);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void
queue_dispose(GObject *object)
{
    TorchlightGenerateQueue *queue = TORCHLIGHT_GENERATE_QUEUE(object);

    torchlight_generate_queue_close(queue);
    g_clear_object(&queue->entries);
    g_clear_pointer(&queue->session, generate_session_unref);
    G_OBJECT_CLASS(torchlight_generate_queue_parent_class)->dispose(object);
}

static void
torchlight_generate_queue_class_init(TorchlightGenerateQueueClass *class)
{
    GObjectClass *object = G_OBJECT_CLASS(class);
    const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
    static const struct {
        const char *name;
        GType (*type)(void); /* of what it carries */
    } list[N_SIGNALS] = {{"arrived", torchlight_item_get_type},
                         {"failed", torchlight_queue_entry_get_type},
                         {"drained", NULL}};

    object->get_property = queue_get_property;
    object->dispose = queue_dispose;
    props[PROP_RUNNING] = g_param_spec_boolean("running", NULL, NULL, TRUE, flags);
    props[PROP_CURRENT] =
        g_param_spec_object("current", NULL, NULL, TORCHLIGHT_TYPE_QUEUE_ENTRY, flags);
    g_object_class_install_properties(object, N_PROPS, props);
    for (int i = 0; i < N_SIGNALS; i++)
        signals[i] = g_signal_new(list[i].name, G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0,
                                  NULL, NULL, NULL, G_TYPE_NONE, list[i].type ? 1 : 0,
                                  list[i].type ? list[i].type() : G_TYPE_NONE);
}

static void
torchlight_generate_queue_init(TorchlightGenerateQueue *queue)
{
    queue->entries = g_list_store_new(TORCHLIGHT_TYPE_QUEUE_ENTRY);
    queue->session = generate_session_new();
    queue->running = true;
}
