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

/* The file, and the caption beside it. */
static void
move_item(Moving *moving, TorchlightItem *item, bool to_trash)
{
    const char *file = torchlight_item_get_string(item, "file");
    g_autofree char *caption = NULL;
    const char *files[] = {file, NULL};

    if (!file || !project_file_is_inside(file))
        return;
    caption = project_caption_path("", file);
    files[1] = caption ? caption + 1 : NULL;
    for (int i = 0; i < 2 && files[i]; i++) {
        g_autofree char *trashed = g_strconcat(PROJECT_TRASH "/", files[i], NULL);

        if (to_trash)
            move(moving, files[i], trashed, true);
        else
            move(moving, trashed, files[i], false);
    }
}

static void
move_all(TorchlightProject *project, TorchlightItem *const *items, guint n, bool to_trash)
{
    Moving moving = {project->dir, g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};

    g_mutex_lock(&project->files);
    for (guint i = 0; i < n; i++)
        move_item(&moving, items[i], to_trash);
    g_mutex_unlock(&project->files);
    g_hash_table_unref(moving.places);
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
    for (guint i = 0; i < n; i++) {
        g_autofree char *path = torchlight_item_dup_path(items[i]);

        torchlight_item_set_missing(items[i], path && g_access(path, F_OK) != 0);
    }
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
