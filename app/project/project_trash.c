/* SPDX-License-Identifier: Apache-2.0 */
/* Files of deleted items wait under trash/, by the same names, until the project is closed. As new
 * names are chosen beside those in the trash too (project_new_file), each finds its place free when
 * it comes back. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <unistd.h>

#include "app/project/project_private.h"

enum { MAX_AT_ONCE = 32 }; /* items whose files are moved while the main loop waits: 1 ms */

/* Folders that files of one move stand in or go to are looked at once: whether they are really in
 * the project, as links are not followed out of it. */
typedef struct {
    const char *dir;
    GHashTable *places; /* folder -> whether it will do */
} Moving;

static bool
is_good_place(Moving *moving, const char *file, bool makes)
{
    g_autofree char *folder = g_path_get_dirname(file);
    gpointer good;

    if (!g_hash_table_lookup_extended(moving->places, folder, NULL, &good)) {
        g_autofree char *path = g_build_filename(moving->dir, folder, NULL);

        if (makes)
            g_mkdir_with_parents(path, 0777);
        good = GINT_TO_POINTER(project_is_real_place(moving->dir, file));
        g_hash_table_insert(moving->places, g_steal_pointer(&folder), good);
    }
    return GPOINTER_TO_INT(good);
}

/* What comes back never stands over what is there; what goes may: what is there is an older state
 * of the same item. */
static void
move(Moving *moving, const char *from, const char *to, bool replaces)
{
    g_autofree char *source = g_strconcat(moving->dir, "/", from, NULL);
    g_autofree char *target = g_strconcat(moving->dir, "/", to, NULL);
    GStatBuf info;

    if (!is_good_place(moving, from, false) || !is_good_place(moving, to, true))
        return;
    if (replaces || (renameat2(AT_FDCWD, source, AT_FDCWD, target, RENAME_NOREPLACE) != 0 &&
                     errno == EINVAL && /* the file system cannot say so in one step */
                     g_lstat(target, &info) != 0))
        g_rename(source, target);
}

static void
move_one(Moving *moving, const char *file, bool to_trash)
{
    g_autofree char *trashed = g_strconcat(PROJECT_TRASH "/", file, NULL);

    if (to_trash)
        move(moving, file, trashed, true);
    else
        move(moving, trashed, file, false);
}

/* What is moved for an item: its file, and the caption beside it. */
static void
add_files(GPtrArray *files, TorchlightItem *item)
{
    const char *file = torchlight_item_get_string(item, "file");
    g_autofree char *caption = NULL;

    if (!file || !project_file_is_inside(file))
        return;
    g_ptr_array_add(files, g_strdup(file));
    caption = project_caption_path("", file);
    if (caption)
        g_ptr_array_add(files, g_strdup(caption + 1));
}

/* Files that are moved in one go. */
typedef struct {
    GPtrArray *files;
    bool to_trash;
    GPtrArray *items; /* whose files come back, with a reference each */
    GMainContext *context;
} Batch;

static void
batch_free(void *batch_)
{
    Batch *batch = batch_;

    g_ptr_array_unref(batch->files);
    g_ptr_array_unref(batch->items);
    g_main_context_unref(batch->context);
    g_free(batch);
}

static void
batch_move(TorchlightProject *project, const Batch *batch)
{
    Moving moving = {project->dir, g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};

    for (guint i = 0; i < batch->files->len; i++) {
        g_mutex_lock(&project->files);
        move_one(&moving, batch->files->pdata[i], batch->to_trash);
        g_mutex_unlock(&project->files);
    }
    g_hash_table_unref(moving.places);
}

static bool
look_for(TorchlightItem *item)
{
    g_autofree char *path = torchlight_item_dup_path(item);
    const bool is_missing = path && g_access(path, F_OK) != 0;

    torchlight_item_set_missing(item, is_missing);
    return !is_missing;
}

/* On the main thread again: who looked for the files meanwhile looks again. */
static gboolean
on_back(gpointer batch_)
{
    const Batch *batch = batch_;

    for (guint i = 0; i < batch->items->len; i++) {
        if (look_for(batch->items->pdata[i]))
            item_tell_changed(batch->items->pdata[i], "file");
    }
    return G_SOURCE_REMOVE;
}

static void
work(gpointer batch_, gpointer project_)
{
    TorchlightProject *project = project_;
    Batch *batch = batch_;
    GSource *source = g_idle_source_new();

    batch_move(project, batch);
    /* Items are let go of where they live. */
    g_source_set_callback(source, on_back, batch, batch_free);
    g_source_attach(source, batch->context);
    g_source_unref(source);
    g_mutex_lock(&project->files);
    project->n_moving--;
    g_cond_broadcast(&project->moved);
    g_mutex_unlock(&project->files);
}

static bool
is_moving(TorchlightProject *project)
{
    bool moving;

    g_mutex_lock(&project->files);
    moving = project->n_moving > 0;
    g_mutex_unlock(&project->files);
    return moving;
}

/* Few at once, many on a thread: there in the order in which they were asked for. */
static void
move_all(TorchlightProject *project, TorchlightItem *const *items, guint n, bool to_trash)
{
    Batch *batch = g_new0(Batch, 1);

    batch->to_trash = to_trash;
    batch->files = g_ptr_array_new_with_free_func(g_free);
    batch->items = g_ptr_array_new_with_free_func(g_object_unref);
    batch->context = g_main_context_ref_thread_default();
    for (guint i = 0; i < n; i++) {
        add_files(batch->files, items[i]);
        if (!to_trash)
            g_ptr_array_add(batch->items, g_object_ref(items[i]));
    }
    if (n <= MAX_AT_ONCE && !is_moving(project)) {
        batch_move(project, batch);
        for (guint i = 0; i < batch->items->len; i++)
            look_for(batch->items->pdata[i]);
        batch_free(batch);
        return;
    }
    if (!project->mover)
        project->mover = g_thread_pool_new(work, project, 1, FALSE, NULL);
    g_mutex_lock(&project->files);
    project->n_moving++;
    g_mutex_unlock(&project->files);
    g_thread_pool_push(project->mover, batch, NULL);
}

void
project_trash_files(TorchlightProject *project, TorchlightItem *const *items, guint n)
{
    move_all(project, items, n, true);
}

void
project_restore_files(TorchlightProject *project, TorchlightItem *const *items, guint n)
{
    move_all(project, items, n, false);
}

void
project_wait_for_files(TorchlightProject *project)
{
    g_mutex_lock(&project->files);
    while (project->n_moving > 0)
        g_cond_wait(&project->moved, &project->files);
    g_mutex_unlock(&project->files);
}

/* Removes what stands there, a folder with all in it; links are not followed. */
static void
remove_tree(const char *path)
{
    GDir *dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *inner = g_build_filename(path, name, NULL);

        remove_tree(inner);
    }
    if (dir)
        g_dir_close(dir);
    g_remove(path);
}

void
project_empty_trash(TorchlightProject *project)
{
    g_autofree char *trash = g_build_filename(project->dir, PROJECT_TRASH, NULL);

    remove_tree(trash);
}
