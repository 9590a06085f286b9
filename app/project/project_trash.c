/* SPDX-License-Identifier: Apache-2.0 */
/* Files of deleted items wait under trash/, by the same names, until the project is closed. As new
 * names are chosen beside those in the trash too (project_new_file), each finds its place free when
 * it comes back. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>

#include "app/project/project_private.h"

/* Renames dir/from to dir/to, and never over what stands there. Links are not followed out of the
 * project. */
static bool
move(const char *dir, const char *from, const char *to)
{
    g_autofree char *source = g_build_filename(dir, from, NULL);
    g_autofree char *target = g_build_filename(dir, to, NULL);
    g_autofree char *parent = g_path_get_dirname(target);
    GStatBuf info;

    if (g_lstat(source, &info) != 0 || g_mkdir_with_parents(parent, 0777) != 0 ||
        !project_is_real_place(dir, from) || !project_is_real_place(dir, to))
        return false;
    if (renameat2(AT_FDCWD, source, AT_FDCWD, target, RENAME_NOREPLACE) == 0)
        return true;
    /* Some file systems cannot say so in one step. */
    return errno == EINVAL && g_lstat(target, &info) != 0 && g_rename(source, target) == 0;
}

/* The file, and the caption beside it. */
static void
move_files(TorchlightProject *project, TorchlightItem *item, bool to_trash)
{
    const char *file = torchlight_item_get_string(item, "file");
    g_autofree char *caption = NULL;
    const char *files[] = {file, NULL};

    if (!file || !project_file_is_inside(file))
        return;
    caption = project_caption_path("", file);
    files[1] = caption ? caption + 1 : NULL;
    for (int i = 0; i < 2 && files[i]; i++) {
        g_autofree char *trashed = g_build_filename(PROJECT_TRASH, files[i], NULL);

        if (to_trash)
            move(project->dir, files[i], trashed);
        else
            move(project->dir, trashed, files[i]);
    }
}

void
project_trash_files(TorchlightProject *project, TorchlightItem *item)
{
    move_files(project, item, true);
}

void
project_restore_files(TorchlightProject *project, TorchlightItem *item)
{
    move_files(project, item, false);
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
