/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a map document: written on a thread, and never an older version over a newer. */
#include "ui/map/map_document_private.h"

enum { WRITE_AFTER_MS = 1000, WRITE_AGAIN_MS = 10000 };

typedef struct {
    ControlMap *map;
    ControlSource source;
    char *name, *path;
    guint version;
} Writing;

static void
writing_free(gpointer data)
{
    Writing *writing = data;

    control_map_free(writing->map);
    g_free(writing->name);
    g_free(writing->path);
    g_free(writing);
}

/* Never over a version that is newer. */
static bool
write_version(TorchlightMapDocument *document, const ControlMap *map, const ControlSource *source,
              const char *name, const char *path, guint version, GError **error)
{
    bool done = true;

    g_mutex_lock(&document->lock);
    if (document->written_version < version) {
        g_autofree char *folder = g_path_get_dirname(path);
        g_mkdir_with_parents(folder, 0777);
        done = control_map_write(map, source, name, path, error);
        if (done)
            document->written_version = version;
    }
    g_mutex_unlock(&document->lock);
    return done;
}

static bool
is_written(TorchlightMapDocument *document)
{
    g_mutex_lock(&document->lock);
    const bool written = document->written_version >= document->version;
    g_mutex_unlock(&document->lock);
    return written;
}

static void
write_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const Writing *writing = data;
    GError *error = NULL;

    if (write_version(source, writing->map, &writing->source, writing->name, writing->path,
                      writing->version, &error))
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, error);
}

static gboolean write_now(gpointer data);

static void
write_after(TorchlightMapDocument *document, guint ms)
{
    if (document->write_timer)
        g_source_remove(document->write_timer);
    document->write_timer = g_timeout_add_full(G_PRIORITY_DEFAULT, ms, write_now,
                                               g_object_ref(document), g_object_unref);
}

static void
on_written(GObject *object, GAsyncResult *result, gpointer data)
{
    TorchlightMapDocument *document = TORCHLIGHT_MAP_DOCUMENT(object);
    g_autoptr(GError) error = NULL;

    if (g_task_propagate_boolean(G_TASK(result), &error))
        return;
    g_signal_emit_by_name(document, "write-failed", error->message);
    if (!document->write_timer)
        write_after(document, WRITE_AGAIN_MS);
}

static gboolean
write_now(gpointer data)
{
    TorchlightMapDocument *document = data;
    TorchlightItem *item = torchlight_map_document_get_item(document);
    g_autoptr(GTask) task = NULL;
    Writing *writing;

    document->write_timer = 0;
    if (!item || is_written(document))
        return G_SOURCE_REMOVE;
    if (document->map->editing) {
        write_after(document, WRITE_AFTER_MS);
        return G_SOURCE_REMOVE;
    }
    writing = g_new0(Writing, 1);
    *writing = (Writing){.map = control_map_dup(document->map),
                         .source = document->source,
                         .name = g_strdup(document->name),
                         .path = torchlight_item_dup_path(item),
                         .version = document->version};
    task = g_task_new(document, NULL, on_written, NULL);
    g_task_set_task_data(task, writing, writing_free);
    g_task_run_in_thread(task, write_in_thread);
    return G_SOURCE_REMOVE;
}

void
map_document_set_unwritten(TorchlightMapDocument *document)
{
    document->version++;
    write_after(document, WRITE_AFTER_MS);
}

void
torchlight_map_document_flush(TorchlightMapDocument *document)
{
    TorchlightItem *item = torchlight_map_document_get_item(document);
    g_autofree char *path = item ? torchlight_item_dup_path(item) : NULL;
    g_autoptr(GError) error = NULL;

    if (!path || !torchlight_project_is_writable(document->project) || is_written(document))
        return;
    g_object_ref(document);
    g_clear_handle_id(&document->write_timer, g_source_remove);
    g_signal_emit_by_name(document, "about-to-change");
    if (!write_version(document, document->map, &document->source, document->name, path,
                       document->version, &error))
        g_signal_emit_by_name(document, "write-failed", error->message);
    g_object_unref(document);
}
