/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of a project. An input is project.json and, behind a byte 1e, project.json~; beside
 * them stand a picture that is none and a caption. A project that opens can be changed, saved, and
 * opened again as the same; edits undone leave it as it was; what stands outside of its folder
 * stays as it is. */
#include <glib/gstdio.h>
#include <string.h>

#include "app/project/project.h"
#include "tests/fuzz/support.h"
#include "tests/project/support.h"
#include "tests/trace/support.h"

enum { END_OF_FILE = 0x1e, MAX_CHANGED = 8 };

static void
put(const char *dir, const char *name, const void *data, size_t size)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);

    g_mkdir_with_parents(parent, 0700);
    put_file(path, data, (gssize)size);
}

static void
put_files(const char *dir, const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, END_OF_FILE, size);
    const size_t n_first = end ? (size_t)(end - data) : size;

    put(dir, PROJECT_FILE, data, n_first);
    if (end)
        put(dir, PROJECT_FILE "~", end + 1, size - n_first - 1);
    put(dir, "pictures/a.png", "none", 4);
    put(dir, "pictures/a.txt", "words", 5);
    put(dir, "../outside.png", "outside", 7);
}

/* Every kind of change, then taken back. */
static void
check_edits(TorchlightProject *project)
{
    g_autofree char *before = project_to_text(project);
    g_autofree char *after = NULL;

    torchlight_project_begin(project, "All");
    torchlight_project_set_name(project, "another");
    torchlight_project_add(project, ITEM_MAP, made_record("file", "maps/m.png", NULL));
    for (ItemKind kind = 0; kind < N_ITEM_KINDS; kind++) {
        guint n = MIN(n_items(project, kind), MAX_CHANGED);

        for (guint i = 0; i < n; i++)
            torchlight_project_set_string(project, item_at(project, kind, i), "caption", "x");
        for (guint i = 0; i < n; i += 2)
            torchlight_project_remove(project, item_at(project, kind, 0));
    }
    torchlight_project_end(project);
    g_assert_true(torchlight_project_save(project, NULL));
    torchlight_project_undo(project);
    after = project_to_text(project);
    g_assert_cmpstr(before, ==, after);
}

static void
check_again(const char *dir, TorchlightProject *project)
{
    g_autofree char *before = project_to_text(project);
    g_autofree char *after = NULL;
    g_autoptr(TorchlightProject) again = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(torchlight_project_close(project, NULL));
    again = torchlight_project_open(dir, &error);
    g_assert_no_error(error);
    after = project_to_text(again);
    g_assert_cmpstr(before, ==, after);
}

static void
check_project(const char *dir)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorchlightProject) project = torchlight_project_open(dir, &error);

    if (!fuzz_is_read(project, error, dir))
        return;
    for (ItemKind kind = 0; kind < N_ITEM_KINDS; kind++) {
        for (guint i = 0; i < n_items(project, kind); i++) {
            TorchlightItem *item = item_at(project, kind, i);
            g_autofree char *path = torchlight_item_dup_path(item);

            g_assert_true(torchlight_project_find(project, torchlight_item_get_id(item)) == item);
            g_assert_true(!path || (g_path_is_absolute(path) && !strstr(path, "/../")) ||
                          g_path_is_absolute(torchlight_item_get_string(item, "file")));
            g_assert_true(g_utf8_validate(torchlight_item_get_name(item), -1, NULL));
            g_assert_true(g_utf8_validate(torchlight_item_get_caption(item), -1, NULL));
        }
    }
    if (!torchlight_project_is_writable(project)) {
        fuzz_check_sentence(torchlight_project_get_problem(project), "Torchlight");
        return;
    }
    check_edits(project);
    check_again(dir, project);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *folder = scratch_new();
    g_autofree char *dir = g_build_filename(folder, "p", NULL);
    g_autofree char *outside = NULL;

    put_files(dir, data, size);
    check_project(dir);
    outside = text_of(folder, "outside.png");
    g_assert_cmpstr(outside, ==, "outside");
    g_assert_true(has_file(dir, PROJECT_FILE));
    fuzz_folder_free(folder);
    return 0;
}
