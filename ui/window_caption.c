/* SPDX-License-Identifier: Apache-2.0 */
/* Captions: what is typed is kept for every file until it is saved; writing is on a thread. */
#include "ui/window_private.h"

#include <glib/gi18n.h>

#include "ui/caption_file.h"

typedef struct {
    char *path, *caption;
} Writing;

static void
writing_free(gpointer data)
{
    Writing *writing = data;

    g_free(writing->path);
    g_free(writing->caption);
    g_free(writing);
}

void
window_note_draft(TorchlightWindow *window)
{
    Document *opened = torchlight_trace_page_get_opened(window->page);

    if (!opened)
        return;
    if (torchlight_trace_page_is_caption_unsaved(window->page))
        g_hash_table_insert(window->drafts, g_strdup(opened->path),
                            g_strdup(torchlight_trace_page_get_caption(window->page)));
    else
        g_hash_table_remove(window->drafts, opened->path);
}

/* One after the other, so that two captions of a folder do not write its list at once. */
static void
write_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    GPtrArray *writings = data;
    GError *error = NULL;

    for (guint i = 0; i < writings->len; i++) {
        const Writing *writing = writings->pdata[i];
        if (!caption_file_write(writing->path, writing->caption, &error)) {
            g_task_return_error(task, error);
            return;
        }
    }
    g_task_return_boolean(task, TRUE);
}

static void
apply(TorchlightWindow *window, const Writing *writing)
{
    Document *opened = torchlight_trace_page_get_opened(window->page);
    TorchlightLibraryItem *item = torchlight_library_view_find(window->library, writing->path);

    if (item)
        torchlight_library_item_set_caption(item, writing->caption);
    if (g_strcmp0(g_hash_table_lookup(window->drafts, writing->path), writing->caption) == 0)
        g_hash_table_remove(window->drafts, writing->path);
    if (opened && g_strcmp0(opened->path, writing->path) == 0)
        torchlight_trace_page_caption_saved(window->page, writing->caption);
}

static bool
end_writing(TorchlightWindow *window, GAsyncResult *result)
{
    GPtrArray *writings = g_task_get_task_data(G_TASK(result));
    g_autoptr(GError) error = NULL;
    bool done = g_task_propagate_boolean(G_TASK(result), &error);

    if (!window->saving)
        return false; /* the window is gone */
    for (guint i = 0; i < writings->len; i++) {
        const Writing *writing = writings->pdata[i];
        g_hash_table_remove(window->saving, writing->path);
        if (done)
            apply(window, writing);
    }
    if (!done)
        window_tell_error(window, _("The Caption Could Not Be Saved"), error->message);
    window_update(window);
    return done;
}

static void
on_written(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightWindow *window = TORCHLIGHT_WINDOW(source);

    if (end_writing(window, result))
        window_toast(window, _("Caption saved"));
}

static void
on_all_written(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightWindow *window = TORCHLIGHT_WINDOW(source);

    if (end_writing(window, result))
        gtk_window_close(GTK_WINDOW(window));
}

static void
start_writing(TorchlightWindow *window, GPtrArray *writings, GAsyncReadyCallback done)
{
    g_autoptr(GTask) task = g_task_new(window, NULL, done, NULL);

    for (guint i = 0; i < writings->len; i++)
        g_hash_table_add(window->saving, g_strdup(((Writing *)writings->pdata[i])->path));
    g_task_set_task_data(task, writings, (GDestroyNotify)g_ptr_array_unref);
    g_task_run_in_thread(task, write_in_thread);
}

static void
add_writing(GPtrArray *writings, const char *path, const char *caption)
{
    Writing *writing = g_new0(Writing, 1);

    *writing = (Writing){g_strdup(path), g_strdup(caption)};
    g_ptr_array_add(writings, writing);
}

void
window_save_caption(TorchlightWindow *window)
{
    Document *opened = torchlight_trace_page_get_opened(window->page);
    GPtrArray *writings = g_ptr_array_new_with_free_func(writing_free);

    add_writing(writings, opened->path, torchlight_trace_page_get_caption(window->page));
    start_writing(window, writings, on_written);
    window_update(window);
}

void
window_save_all_captions(TorchlightWindow *window)
{
    GPtrArray *writings = g_ptr_array_new_with_free_func(writing_free);
    GHashTableIter iter;
    gpointer path, caption;

    g_hash_table_iter_init(&iter, window->drafts);
    while (g_hash_table_iter_next(&iter, &path, &caption))
        add_writing(writings, path, caption);
    start_writing(window, writings, on_all_written);
}
