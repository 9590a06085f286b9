/* SPDX-License-Identifier: Apache-2.0 */
/* Trainings from folders and jobs to items of the project. */
#include "ui/train/train_list.h"

#include <glib/gi18n.h>
#include <string.h>

#include "ui/train/lora_item.h"

struct _TorchlightTrainList {
    GObject parent;

    TorchlightWorkspace *workspace; /* borrowed: it outlives its pages */
    TorchlightProject *project;     /* whose entries these are, or NULL */
    GListStore *entries;
    GCancellable *scanning;
};

enum { LORA_ADDED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* A job and where its result goes, whatever project is open by then. */
typedef struct {
    TorchlightTrainList *list; /* weak */
    TorchlightProject *project;
    TorchlightTrainEntry *entry;
} Work;

G_DEFINE_FINAL_TYPE(TorchlightTrainList, torchlight_train_list, G_TYPE_OBJECT)

GListModel *
torchlight_train_list_get_entries(TorchlightTrainList *list)
{
    return G_LIST_MODEL(list->entries);
}

static TorchlightTrainEntry *
find_entry(TorchlightTrainList *list, TorchlightItem *item, guint *position)
{
    for (guint i = 0; i < g_list_model_get_n_items(G_LIST_MODEL(list->entries)); i++) {
        g_autoptr(TorchlightTrainEntry) entry =
            g_list_model_get_item(G_LIST_MODEL(list->entries), i);

        if (torchlight_train_entry_get_item(entry) == item) {
            if (position)
                *position = i;
            return entry; /* the list keeps it */
        }
    }
    return NULL;
}

static bool
is_training(TorchlightItem *item)
{
    return g_strcmp0(torchlight_item_get_string(item, "job"), "train") == 0;
}

static bool
has_item(GListModel *items, TorchlightItem *item)
{
    for (guint i = 0; i < g_list_model_get_n_items(items); i++) {
        g_autoptr(TorchlightItem) other = g_list_model_get_item(items, i);

        if (other == item)
            return true;
    }
    return false;
}

static void
add_entry(TorchlightTrainList *list, TorchlightItem *item, TrainRun *run)
{
    g_autoptr(TorchlightTrainEntry) entry = torchlight_train_entry_new(item, run);

    g_list_store_insert(list->entries, 0, entry);
}

/* Items come and go by undo, too. */
static void
sync_entries(TorchlightTrainList *list)
{
    GListModel *items = torchlight_project_get_items(list->project, ITEM_RUN);

    for (guint i = g_list_model_get_n_items(G_LIST_MODEL(list->entries)); i-- > 0;) {
        g_autoptr(TorchlightTrainEntry) entry =
            g_list_model_get_item(G_LIST_MODEL(list->entries), i);

        if (!has_item(items, torchlight_train_entry_get_item(entry)))
            g_list_store_remove(list->entries, i);
    }
    for (guint i = 0; i < g_list_model_get_n_items(items); i++) {
        g_autoptr(TorchlightItem) item = g_list_model_get_item(items, i);
        g_autofree char *dir = torchlight_item_dup_path(item);

        if (is_training(item) && !find_entry(list, item, NULL))
            add_entry(list, item, dir ? train_run_open(dir, NULL) : NULL);
    }
}

static void
on_items(GListModel *items, guint position, guint removed, guint added, TorchlightTrainList *list)
{
    sync_entries(list);
}

/* --- what a training leaves --- */

static TorchlightItem *
find_lora(TorchlightProject *project, const char *path)
{
    return path ? torchlight_project_find_file(project, path) : NULL;
}

static TorchlightItem *
add_lora(TorchlightProject *project, const TrainParams *params, TorchlightItem *run, GError **error)
{
    g_autoptr(GPtrArray) previews = train_run_previews(params->run, params);
    const TrainPreview *last = NULL;

    for (guint i = 0; i < previews->len; i++) { /* the first prompt's latest */
        const TrainPreview *preview = previews->pdata[i];

        if (preview->prompt == 0)
            last = preview;
    }
    return lora_item_add(project, params->output, torchlight_item_get_name(run), run,
                         last ? last->path : NULL, error);
}

static const char *
state_word(TorchlightJob *job)
{
    switch (torchlight_job_get_state(job)) {
    case JOB_DONE:
        return train_job_get_result(job)->stopped ? "stopped" : "done";
    case JOB_CANCELLED:
        return "cancelled";
    case JOB_FAILED:
        return "failed";
    default:
        return "running";
    }
}

static void
collect(Work *work, TorchlightJob *job)
{
    TorchlightItem *run = torchlight_train_entry_get_item(work->entry);
    const TrainParams *params = train_job_get_params(job);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    TorchlightItem *lora = NULL;

    torchlight_project_set_string(work->project, run, "state", state_word(job));
    if (torchlight_job_get_state(job) == JOB_DONE)
        lora = add_lora(work->project, params, run, &error);
    if (!work->list)
        return;
    if (error)
        torchlight_workspace_tell_error(work->list->workspace, _("The LoRA Cannot Be Read"),
                                        error->message);
    if (torchlight_job_get_state(job) == JOB_FAILED)
        torchlight_workspace_tell_error(work->list->workspace, _("The Training Failed"),
                                        torchlight_job_get_error(job)->message);
    if (!lora)
        return;
    text = g_strdup_printf(_("The LoRA “%s” is ready"), torchlight_item_get_name(lora));
    torchlight_workspace_toast(work->list->workspace, text);
    g_signal_emit(work->list, signals[LORA_ADDED], 0, lora);
}

static void
on_finished(TorchlightJob *job, Work *work)
{
    collect(work, job);
    torchlight_train_entry_set_job(work->entry, NULL);
}

static void
work_free(gpointer data, GClosure *closure)
{
    Work *work = data;

    g_clear_weak_pointer(&work->list);
    g_object_unref(work->project);
    g_object_unref(work->entry);
    g_free(work);
}

static void
run_job(TorchlightTrainList *list, TorchlightTrainEntry *entry, TrainParams *params)
{
    g_autoptr(TorchlightJob) job = train_job_new(params);
    Work *work = g_new0(Work, 1);

    g_set_weak_pointer(&work->list, list);
    work->project = g_object_ref(list->project);
    work->entry = g_object_ref(entry);
    g_signal_connect_data(job, "finished", G_CALLBACK(on_finished), work, work_free, 0);
    torchlight_train_entry_set_job(entry, job);
    torchlight_workspace_start_job(list->workspace, job, "train");
}

/* --- starting --- */

/* A stem that neither a LoRA nor a run has. */
static void
choose_places(TorchlightProject *project, const char *name, TrainParams *params)
{
    g_autofree char *stem = g_strdelimit(g_strdup(name), "/\\:*?\"<>| ", '_');

    params->output = torchlight_project_new_path(project, "loras", stem, ".safetensors");
    params->run = torchlight_project_new_path(project, "runs", stem, "");
}

TorchlightTrainEntry *
torchlight_train_list_start(TorchlightTrainList *list, const char *name, TrainParams *params)
{
    JsonObject *record = json_object_new();
    g_autofree char *file = NULL;
    TorchlightItem *item;
    TorchlightTrainEntry *entry;

    choose_places(list->project, name, params);
    file = torchlight_project_relative(list->project, params->run);
    json_object_set_string_member(record, "file", file);
    json_object_set_string_member(record, "name", name);
    json_object_set_int_member(record, "added", g_get_real_time() / G_USEC_PER_SEC);
    json_object_set_string_member(record, "job", "train");
    json_object_set_string_member(record, "state", "running");
    json_object_set_object_member(record, "settings", train_params_to_json(params));
    item = torchlight_project_add(list->project, ITEM_RUN, record);
    entry = find_entry(list, item, NULL); /* by on_items */
    g_return_val_if_fail(entry, NULL);
    run_job(list, entry, params);
    return entry;
}

/* A project may have been moved since: its own folders are where it is now. */
static void
find_places_again(TorchlightProject *project, TrainParams *params)
{
    const char *dir = torchlight_project_get_dir(project);
    g_autofree char *pictures = g_build_filename(dir, "pictures", NULL);
    g_autofree char *output = g_path_get_basename(params->output);
    g_autofree char *loras = g_build_filename(dir, "loras", NULL);

    g_mkdir_with_parents(loras, 0777);
    g_free(params->dataset);
    params->dataset = g_steal_pointer(&pictures);
    g_free(params->output);
    params->output = g_build_filename(loras, output, NULL);
}

void
torchlight_train_list_resume(TorchlightTrainList *list, TorchlightTrainEntry *entry)
{
    const TrainRun *run = torchlight_train_entry_get_run(entry);
    TrainParams *params;

    g_return_if_fail(run && run->can_resume && !torchlight_train_entry_is_active(entry));
    params = train_params_copy(run->params);
    find_places_again(list->project, params);
    torchlight_project_set_string(list->project, torchlight_train_entry_get_item(entry), "state",
                                  "running");
    run_job(list, entry, params);
}

void
torchlight_train_list_discard(TorchlightTrainList *list, TorchlightTrainEntry *entry)
{
    g_autofree char *text = NULL;
    TorchlightItem *item = torchlight_train_entry_get_item(entry);

    g_return_if_fail(!torchlight_train_entry_is_active(entry));
    text = g_strdup_printf(_("Discarded “%s”"), torchlight_item_get_name(item));
    torchlight_project_begin(list->project, _("Discard Training"));
    torchlight_project_remove(list->project, item);
    torchlight_project_end(list->project);
    torchlight_workspace_toast_action(list->workspace, text, _("_Undo"), "win.undo", NULL);
}

TorchlightItem *
torchlight_train_list_find_lora(TorchlightTrainList *list, TorchlightTrainEntry *entry)
{
    GListModel *loras =
        list->project ? torchlight_project_get_items(list->project, ITEM_LORA) : NULL;
    const char *id = torchlight_item_get_id(torchlight_train_entry_get_item(entry));

    for (guint i = 0; loras && i < g_list_model_get_n_items(loras); i++) {
        g_autoptr(TorchlightItem) lora = g_list_model_get_item(loras, i);

        if (g_strcmp0(torchlight_item_get_string(lora, "run"), id) == 0)
            return lora; /* the project keeps it */
    }
    return NULL;
}

/* --- another project --- */

static void
scan_in_thread(GTask *task, gpointer source, gpointer dir, GCancellable *cancellable)
{
    g_task_return_pointer(task, train_run_scan(dir), (GDestroyNotify)g_ptr_array_unref);
}

/* A folder without an item is of a program that was killed before it could save; likewise a LoRA.
 */
static void
adopt(TorchlightTrainList *list, const TrainRun *run)
{
    TorchlightItem *item = torchlight_project_find_file(list->project, run->dir);
    g_autofree char *file = torchlight_project_relative(list->project, run->dir);
    g_autofree char *name = g_path_get_basename(run->dir);
    JsonObject *record;

    if (!item) {
        record = json_object_new();
        json_object_set_string_member(record, "file", file);
        json_object_set_string_member(record, "name", name);
        json_object_set_int_member(record, "added", run->started);
        json_object_set_string_member(record, "job", "train");
        json_object_set_string_member(record, "state", "running"); /* what its last record was */
        item = torchlight_project_add(list->project, ITEM_RUN, record);
    }
    if (run->state == TRAIN_RUN_INTERRUPTED &&
        g_strcmp0(torchlight_item_get_string(item, "state"), "running") == 0) {
        g_autofree char *text =
            g_strdup_printf(_("The training “%s” was broken off: it can go on from Fine-Tune"),
                            torchlight_item_get_name(item));

        torchlight_project_set_string(list->project, item, "state", "interrupted");
        if (run->can_resume)
            torchlight_workspace_toast(list->workspace, text);
    }
    if (run->state == TRAIN_RUN_DONE && !find_lora(list->project, run->params->output) &&
        g_strcmp0(torchlight_item_get_string(item, "state"), "done") != 0 &&
        g_strcmp0(torchlight_item_get_string(item, "state"), "stopped") != 0 &&
        add_lora(list->project, run->params, item, NULL))
        torchlight_project_set_string(list->project, item, "state", "done");
}

static void
on_scanned(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightTrainList *list = TORCHLIGHT_TRAIN_LIST(source);
    g_autoptr(GPtrArray) runs = g_task_propagate_pointer(G_TASK(result), NULL);

    if (!runs || g_task_get_cancellable(G_TASK(result)) != list->scanning ||
        !torchlight_project_is_writable(list->project))
        return;
    for (guint i = runs->len; i-- > 0;)
        adopt(list, runs->pdata[i]);
}

static void
on_project(TorchlightTrainList *list)
{
    TorchlightProject *project = torchlight_workspace_get_project(list->workspace);
    GListModel *items;
    g_autoptr(GTask) task = NULL;

    if (list->project == project)
        return;
    if (list->project)
        g_signal_handlers_disconnect_by_data(torchlight_project_get_items(list->project, ITEM_RUN),
                                             list);
    g_cancellable_cancel(list->scanning);
    g_clear_object(&list->scanning);
    g_list_store_remove_all(list->entries);
    g_set_object(&list->project, project);
    if (!project)
        return;
    items = torchlight_project_get_items(project, ITEM_RUN);
    g_signal_connect_object(items, "items-changed", G_CALLBACK(on_items), list, 0);
    sync_entries(list);
    list->scanning = g_cancellable_new();
    task = g_task_new(list, list->scanning, on_scanned, NULL);
    g_task_set_task_data(task, g_build_filename(torchlight_project_get_dir(project), "runs", NULL),
                         g_free);
    g_task_run_in_thread(task, scan_in_thread);
}

TorchlightTrainList *
torchlight_train_list_new(TorchlightWorkspace *workspace)
{
    TorchlightTrainList *list = g_object_new(TORCHLIGHT_TYPE_TRAIN_LIST, NULL);

    list->workspace = workspace;
    g_signal_connect_object(workspace, "notify::project", G_CALLBACK(on_project), list,
                            G_CONNECT_SWAPPED);
    on_project(list);
    return list;
}

static void
torchlight_train_list_dispose(GObject *object)
{
    TorchlightTrainList *list = TORCHLIGHT_TRAIN_LIST(object);

    g_cancellable_cancel(list->scanning);
    g_clear_object(&list->scanning);
    g_clear_object(&list->project);
    g_clear_object(&list->entries);
    G_OBJECT_CLASS(torchlight_train_list_parent_class)->dispose(object);
}

static void
torchlight_train_list_class_init(TorchlightTrainListClass *class)
{
    G_OBJECT_CLASS(class)->dispose = torchlight_train_list_dispose;
    signals[LORA_ADDED] = g_signal_new("lora-added", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 1, TORCHLIGHT_TYPE_ITEM);
}

static void
torchlight_train_list_init(TorchlightTrainList *list)
{
    list->entries = g_list_store_new(TORCHLIGHT_TYPE_TRAIN_ENTRY);
}
