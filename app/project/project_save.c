/* SPDX-License-Identifier: Apache-2.0 */
/* Saving. The main thread takes a snapshot, which is references on records that are never changed
 * (item_private.h): some 100 µs for 10,000 items. A worker writes it as text beside project.json
 * and renames it; what stood there before stays as project.json~. */
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "app/project/json_write.h"
#include "app/project/project_private.h"
#include "app/project/trace_record.h"
#include "app/trace/atomic.h"

enum { SAVE_AFTER_MS = 1000, RETRY_AFTER_MS = 10000 };

typedef struct {
    TorchlightItem *item;
    char *picture, *path;
    char *text;
} CaptionFile;

struct Save {
    TorchlightProject *project; /* a reference */
    guint64 n_changes;
    GThread *thread;
    GMainContext *context; /* of the main thread */
    GSource *done;         /* tells it */

    /* What the worker reads. */
    char *dir, *name;
    GPtrArray *records[N_ITEM_KINDS], *unread[N_ITEM_KINDS];
    JsonObject *more;
    GPtrArray *captions; /* CaptionFile */
    bool keeps_backup;

    GError *error;
};

/* --- the worker --- */

static void
write_list(GString *text, ItemKind kind, GPtrArray *records, GPtrArray *unread)
{
    const guint n = records->len + unread->len;

    g_string_append_printf(text, ",\n  \"%s\": [", item_kind_member(kind));
    for (guint i = 0; i < n; i++) {
        g_string_append(text, i ? ",\n    " : "\n    ");
        if (i < records->len)
            json_write_object(text, records->pdata[i]);
        else
            json_write_node(text, unread->pdata[i - records->len]);
    }
    g_string_append(text, n ? "\n  ]" : "]");
}

static void
write_more(GString *text, JsonObject *more)
{
    JsonObjectIter iter;
    const char *key;
    JsonNode *node;

    json_object_iter_init_ordered(&iter, more);
    while (json_object_iter_next_ordered(&iter, &key, &node)) {
        g_string_append(text, ",\n  ");
        json_write_string(text, key);
        g_string_append(text, ": ");
        json_write_node(text, node);
    }
}

/* A record a line, so that two versions can be compared by eye. */
static GString *
save_to_text(const Save *save)
{
    GString *text = g_string_new("{\n  \"format\": \"" PROJECT_FORMAT "\",\n");

    g_string_append_printf(text, "  \"version\": %d,\n  \"name\": ", PROJECT_VERSION);
    json_write_string(text, save->name);
    for (ItemKind kind = 0; kind < N_ITEM_KINDS; kind++)
        write_list(text, kind, save->records[kind], save->unread[kind]);
    write_more(text, save->more);
    g_string_append(text, "\n}\n");
    return text;
}

/* project.json never goes away meanwhile, but where the file system has no hard links: there, for a
 * moment, only the backup is there, which opening falls back on. */
static void
keep_backup(const char *path, const char *backup)
{
    g_unlink(backup);
    if (link(path, backup) != 0 && errno != ENOENT)
        g_rename(path, backup);
}

static bool
write_project(const Save *save, GError **error)
{
    g_autofree char *path = g_build_filename(save->dir, PROJECT_FILE, NULL);
    g_autofree char *backup = g_build_filename(save->dir, PROJECT_BACKUP, NULL);
    g_autofree char *broken = g_build_filename(save->dir, PROJECT_BROKEN, NULL);
    g_autoptr(GString) text = save_to_text(save);
    g_autoptr(AtomicFile) file = atomic_file_new(path, error);

    if (!file)
        return false;
    fwrite(text->str, 1, text->len, atomic_file_stream(file));
    /* The new text is on the disk before the old one loses its name. */
    if (fflush(atomic_file_stream(file)) == 0) {
        fdatasync(fileno(atomic_file_stream(file)));
        if (save->keeps_backup)
            keep_backup(path, backup);
        else
            g_rename(path, broken);
    }
    return atomic_file_commit(file, error);
}

static bool
is_as_it_should(const CaptionFile *caption)
{
    g_autofree char *text = NULL;

    return g_file_get_contents(caption->path, &text, NULL, NULL) &&
           g_str_equal(text, caption->text);
}

/* Never through a link: a project from elsewhere could have it write anywhere. Nor beside a picture
 * that has gone meanwhile. */
static bool
write_caption(const CaptionFile *caption, GError **error)
{
    if (!g_file_test(caption->picture, G_FILE_TEST_EXISTS))
        return true;
    if (g_file_test(caption->path, G_FILE_TEST_IS_SYMLINK) || !*caption->text)
        g_unlink(caption->path);
    return !*caption->text || is_as_it_should(caption) ||
           atomic_file_write(caption->path, caption->text, strlen(caption->text), error);
}

static bool
save_write(Save *save)
{
    /* What a crash leaves is either not deleted or deleted, files and records. */
    project_wait_for_files(save->project);
    for (guint i = 0; i < save->captions->len; i++) {
        bool written;

        g_mutex_lock(&save->project->files);
        written = write_caption(save->captions->pdata[i], &save->error);
        g_mutex_unlock(&save->project->files);
        if (!written)
            return false;
    }
    return write_project(save, &save->error);
}

/* --- the snapshot --- */

static void
caption_file_free(void *caption_)
{
    CaptionFile *caption = caption_;

    g_object_unref(caption->item);
    g_free(caption->picture);
    g_free(caption->path);
    g_free(caption->text);
    g_free(caption);
}

static void
take_captions(Save *save, TorchlightProject *project)
{
    GHashTableIter iter;
    gpointer key;

    save->captions = g_ptr_array_new_with_free_func(caption_file_free);
    g_hash_table_iter_init(&iter, project->captions);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        TorchlightItem *item = key;
        const char *file = torchlight_item_get_string(item, "file");
        g_autofree char *path =
            file && project_holds(project, item) ? project_caption_path(project->dir, file) : NULL;
        CaptionFile *caption;

        if (!path || !project_is_real_place(project->dir, file))
            continue;
        caption = g_new0(CaptionFile, 1);
        caption->item = g_object_ref(item);
        caption->picture = g_build_filename(project->dir, file, NULL);
        caption->path = g_steal_pointer(&path);
        caption->text = trace_record_caption_line(torchlight_item_get_caption(item));
        g_ptr_array_add(save->captions, caption);
    }
    g_hash_table_remove_all(project->captions);
}

static Save *
save_new(TorchlightProject *project)
{
    Save *save = g_new0(Save, 1);

    save->project = g_object_ref(project);
    save->n_changes = project->n_changes;
    save->dir = g_strdup(project->dir);
    save->name = g_strdup(project->name);
    for (ItemKind kind = 0; kind < N_ITEM_KINDS; kind++) {
        save->records[kind] = item_list_dup_records(project->lists[kind]);
        save->unread[kind] = g_ptr_array_ref(project->unread[kind]); /* never changes */
    }
    save->more = json_object_ref(project->more);
    save->keeps_backup = !project->has_lost_file;
    take_captions(save, project);
    return save;
}

static void
save_free(Save *save)
{
    for (ItemKind kind = 0; kind < N_ITEM_KINDS; kind++) {
        g_ptr_array_unref(save->records[kind]);
        g_ptr_array_unref(save->unread[kind]);
    }
    json_object_unref(save->more);
    g_ptr_array_unref(save->captions);
    g_clear_error(&save->error);
    g_free(save->dir);
    g_free(save->name);
    g_object_unref(save->project);
    g_free(save);
}

/* --- when --- */

static void set_timer(TorchlightProject *project, guint after_ms, bool is_retry);

static void
drop_timer(TorchlightProject *project)
{
    if (project->timer)
        g_source_destroy(project->timer);
    g_clear_pointer(&project->timer, g_source_unref);
}

/* What came of it, on the main thread; takes the save. */
static bool
save_finish(Save *save, GError **error)
{
    TorchlightProject *project = save->project;
    bool good = !save->error;

    if (good) {
        project->has_lost_file = false;
        project->unsaved = project->n_changes != save->n_changes;
        project_set_save_problem(project, NULL);
        project_notify_unsaved(project);
    } else {
        for (guint i = 0; i < save->captions->len; i++) {
            const CaptionFile *caption = save->captions->pdata[i];

            g_hash_table_add(project->captions, g_object_ref(caption->item));
        }
        project_set_save_problem(project, save->error->message);
        g_propagate_error(error, g_steal_pointer(&save->error));
    }
    if (project->unsaved && !project->timer && project->writable)
        set_timer(project, good ? SAVE_AFTER_MS : RETRY_AFTER_MS, !good);
    save_free(save);
    return good;
}

/* Waits for the worker; what came of it. */
static bool
save_join(TorchlightProject *project, GError **error)
{
    Save *save = g_steal_pointer(&project->save);

    g_thread_join(save->thread);
    g_source_destroy(save->done);
    g_source_unref(save->done);
    g_main_context_unref(save->context);
    return save_finish(save, error);
}

static gboolean
on_written(gpointer project)
{
    save_join(project, NULL);
    return G_SOURCE_REMOVE;
}

static gpointer
work(gpointer save_)
{
    Save *save = save_;

    save_write(save);
    g_source_attach(save->done, save->context);
    return NULL;
}

static gboolean
on_timer(gpointer project_)
{
    TorchlightProject *project = project_;
    Save *save;

    drop_timer(project);
    if (!project->unsaved || project->save || !project->writable)
        return G_SOURCE_REMOVE;
    save = save_new(project);
    save->context = g_main_context_ref_thread_default();
    save->done = g_idle_source_new();
    g_source_set_priority(save->done, G_PRIORITY_DEFAULT);
    g_source_set_callback(save->done, on_written, project, NULL);
    project->save = save;
    save->thread = g_thread_new("save", work, save);
    return G_SOURCE_REMOVE;
}

static void
set_timer(TorchlightProject *project, guint after_ms, bool is_retry)
{
    drop_timer(project);
    project->is_retry = is_retry;
    project->timer = g_timeout_source_new(after_ms);
    g_source_set_callback(project->timer, on_timer, project, NULL);
    g_source_attach(project->timer, g_main_context_get_thread_default());
}

void
project_touch(TorchlightProject *project)
{
    bool was_saved = !project->unsaved;

    project->n_changes++;
    project->unsaved = true;
    if (was_saved)
        project_notify_unsaved(project);
    /* While one is being written the next is set off when it is done. */
    if (!project->opening && !project->save && (!project->timer || project->is_retry))
        set_timer(project, SAVE_AFTER_MS, false);
}

void
project_start_saving(TorchlightProject *project)
{
    if (project->unsaved && !project->timer)
        set_timer(project, SAVE_AFTER_MS, false);
}

void
project_touch_caption(TorchlightProject *project, TorchlightItem *item)
{
    if (torchlight_item_get_kind(item) == ITEM_TRACE &&
        !g_hash_table_contains(project->captions, item))
        g_hash_table_add(project->captions, g_object_ref(item));
}

void
project_stop_saving(TorchlightProject *project)
{
    if (project->save)
        save_join(project, NULL);
    drop_timer(project);
}

bool
torchlight_project_save(TorchlightProject *project, GError **error)
{
    Save *save;

    g_return_val_if_fail(TORCHLIGHT_IS_PROJECT(project), false);
    if (!project->writable) {
        const char *problem = torchlight_project_get_problem(project);

        g_set_error(error, G_IO_ERROR, G_IO_ERROR_READ_ONLY, "%s",
                    problem ? problem : _("This project was closed: open it again to change it."));
        return false;
    }
    project_stop_saving(project);
    if (!project->unsaved)
        return true;
    save = save_new(project);
    save_write(save);
    return save_finish(save, error);
}
