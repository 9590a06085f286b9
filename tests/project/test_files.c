/* SPDX-License-Identifier: Apache-2.0 */
/* Files of a project: those of deleted items, those outside of it, and what becomes of a save that
 * cannot be. */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/project/support.h"
#include "tests/trace/support.h"

static char *scratch;

static TorchlightProject *
create(const char *name)
{
    g_autofree char *dir = g_build_filename(scratch, name, NULL);
    g_autoptr(GError) error = NULL;
    TorchlightProject *project = torchlight_project_create(dir, NULL, &error);

    g_assert_no_error(error);
    return project;
}

static void
close_project(TorchlightProject *project)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(torchlight_project_close(project, &error));
    g_assert_no_error(error);
}

static TorchlightProject *
open_again(TorchlightProject *project)
{
    g_autofree char *dir = g_strdup(torchlight_project_get_dir(project));
    g_autoptr(GError) error = NULL;
    TorchlightProject *again;

    close_project(project);
    again = torchlight_project_open(dir, &error);
    g_assert_no_error(error);
    return again;
}

static void
test_trash(void)
{
    g_autoptr(TorchlightProject) project = create("trash");
    g_autofree char *dir = g_strdup(torchlight_project_get_dir(project));
    g_autofree char *path = NULL, *beside = NULL;
    TorchlightItem *item =
        torchlight_project_add(project, ITEM_TRACE, made_picture(project, "a", 3));
    g_autoptr(TorchlightProject) again = NULL;

    torchlight_project_set_string(project, item, "caption", "c");
    g_assert_true(torchlight_project_save(project, NULL));
    path = torchlight_item_dup_path(item);
    torchlight_project_begin(project, "Delete");
    torchlight_project_remove(project, item);
    torchlight_project_end(project);
    g_assert_false(has_file(dir, "pictures/a.png"));
    g_assert_false(has_file(dir, "pictures/a.txt"));
    g_assert_null(torchlight_project_find_file(project, path));
    beside = torchlight_project_new_path(project, "pictures", "a", ".png");
    g_assert_true(g_str_has_suffix(beside, "/a_2.png"));
    torchlight_project_undo(project);
    g_assert_true(has_file(dir, "pictures/a.png"));
    g_assert_true(has_file(dir, "pictures/a.txt"));
    g_assert_true(torchlight_project_find_file(project, path) == item);
    torchlight_project_redo(project);
    g_assert_false(has_file(dir, "pictures/a.png"));
    g_assert_true(has_file(dir, "trash/pictures/a.png"));
    again = open_again(project);
    g_assert_cmpuint(n_items(again, ITEM_TRACE), ==, 0);
    g_assert_false(has_file(dir, "trash"));
}

static void
count(TorchlightItem *item, const char *key, int *n)
{
    ++*n;
}

/* So many that their files are moved on a thread. */
static void
test_trash_many(void)
{
    enum { N = 300 };
    g_autoptr(TorchlightProject) project = create("many");
    const char *dir = torchlight_project_get_dir(project);
    g_autofree char *pictures = g_build_filename(dir, "pictures", NULL);
    g_autofree char *trash = g_build_filename(dir, "trash", "pictures", NULL);
    g_autoptr(GPtrArray) records = g_ptr_array_new();
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_object_unref);
    int n_back = 0;

    for (int i = 0; i < N; i++) {
        g_autofree char *path = torchlight_project_new_path(project, "pictures", "a", ".png");

        put_file(path, "", 0);
        g_ptr_array_add(records, made_record("file", path, "caption", "c", NULL));
    }
    torchlight_project_add_many(project, ITEM_TRACE, records, items);
    for (int i = 0; i < N; i++)
        g_signal_connect(items->pdata[i], "changed::file", G_CALLBACK(count), &n_back);
    g_assert_true(torchlight_project_save(project, NULL));
    g_assert_cmpint(scratch_n_files(pictures), ==, 2 * N);
    torchlight_project_begin(project, "Delete");
    torchlight_project_remove_many(project, items);
    torchlight_project_end(project);
    g_assert_true(torchlight_project_save(project, NULL)); /* waits for them */
    g_assert_cmpint(scratch_n_files(pictures), ==, 0);
    g_assert_cmpint(scratch_n_files(trash), ==, 2 * N);
    torchlight_project_undo(project);
    torchlight_project_redo(project);
    torchlight_project_undo(project);
    g_assert_true(torchlight_project_save(project, NULL));
    while (g_main_context_iteration(NULL, FALSE))
        ;
    g_assert_cmpint(n_back, >=, N);
    g_assert_cmpint(scratch_n_files(pictures), ==, 2 * N);
    for (guint i = 0; i < N; i++)
        g_assert_false(torchlight_item_is_missing(item_at(project, ITEM_TRACE, i)));
    close_project(project);
}

/* The file is in the trash and the record was not saved without it. */
static void
test_trash_after_crash(void)
{
    g_autoptr(TorchlightProject) project = create("crashed");
    g_autofree char *dir = g_strdup(torchlight_project_get_dir(project));
    g_autofree char *path = g_build_filename(dir, "pictures", "a.png", NULL);
    g_autofree char *folder = g_build_filename(dir, "trash", "pictures", NULL);
    g_autofree char *trashed = g_build_filename(folder, "a.png", NULL);
    g_autoptr(TorchlightProject) again = NULL;

    torchlight_project_add(project, ITEM_TRACE, made_picture(project, "a", 3));
    close_project(project);
    g_assert_cmpint(g_mkdir_with_parents(folder, 0777), ==, 0);
    g_assert_cmpint(g_rename(path, trashed), ==, 0);
    again = torchlight_project_open(dir, NULL);
    g_assert_false(torchlight_item_is_missing(item_at(again, ITEM_TRACE, 0)));
    g_assert_true(has_file(dir, "pictures/a.png"));
}

/* Files outside are left alone, whatever a project says. */
static void
test_outside(void)
{
    g_autoptr(TorchlightProject) project = create("outside");
    g_autofree char *dir = g_strdup(torchlight_project_get_dir(project));
    g_autofree char *place = g_build_filename(scratch, "place", NULL);
    g_autofree char *picture = g_build_filename(place, "a.png", NULL);
    g_autofree char *words = g_build_filename(place, "a.txt", NULL);
    g_autofree char *link = g_build_filename(dir, "pictures", NULL);
    g_autofree char *after = NULL;
    TorchlightItem *item;

    g_mkdir(place, 0777);
    put_file(picture, "x", 1);
    put_file(words, "mine", -1);
    g_assert_cmpint(symlink(place, link), ==, 0);
    item = torchlight_project_add(project, ITEM_TRACE,
                                  made_record("file", "pictures/a.png", "caption", "theirs", NULL));
    g_assert_true(torchlight_project_save(project, NULL));
    after = text_of(place, "a.txt");
    g_assert_cmpstr(after, ==, "mine");
    torchlight_project_remove(project, item);
    item = torchlight_project_add(project, ITEM_TRACE, made_record("file", picture, NULL));
    torchlight_project_remove(project, item);
    g_assert_true(has_file(place, "a.png"));
}

static void
note_failure(TorchlightProject *project, const char *sentence, char **noted)
{
    g_free(*noted);
    *noted = g_strdup(sentence);
}

/* The folder goes away and comes back. */
static void
test_save_failed(void)
{
    g_autoptr(TorchlightProject) project = create("failing");
    g_autofree char *dir = g_strdup(torchlight_project_get_dir(project));
    g_autofree char *away = g_strconcat(dir, "-away", NULL);
    g_autofree char *noted = NULL, *text = NULL;
    g_autoptr(GError) error = NULL;

    g_signal_connect(project, "save-failed", G_CALLBACK(note_failure), &noted);
    g_assert_cmpint(g_rename(dir, away), ==, 0);
    torchlight_project_set_name(project, "kept");
    while (!noted) /* by itself */
        g_main_context_iteration(NULL, TRUE);
    g_assert_nonnull(strstr(noted, "failing"));
    g_assert_cmpstr(torchlight_project_get_problem(project), ==, noted);
    g_assert_false(torchlight_project_save(project, &error));
    g_assert_false(torchlight_project_close(project, NULL));
    g_assert_true(torchlight_project_is_writable(project));
    g_assert_cmpint(g_rename(away, dir), ==, 0);
    close_project(project);
    g_assert_null(torchlight_project_get_problem(project));
    text = text_of(dir, PROJECT_FILE);
    g_assert_nonnull(strstr(text, "kept"));
}

/* No room for the new text: the old one stays, and nothing half-written beside it. */
static void
test_no_room(void)
{
    g_autoptr(TorchlightProject) project = create("full-disk");
    const char *dir = torchlight_project_get_dir(project);
    g_autofree char *before = text_of(dir, PROJECT_FILE);
    g_autofree char *after = NULL, *at_last = NULL;
    struct rlimit limit, small = {100, RLIM_INFINITY};
    g_autoptr(GError) error = NULL;

    signal(SIGXFSZ, SIG_IGN);
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    small.rlim_max = limit.rlim_max;
    torchlight_project_set_name(project, "no room for this");
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &small), ==, 0);
    g_assert_false(torchlight_project_save(project, &error));
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    assert_error_says(g_steal_pointer(&error), PROJECT_FILE, NULL);
    after = text_of(dir, PROJECT_FILE);
    g_assert_cmpstr(before, ==, after);
    g_assert_cmpint(scratch_n_files(dir), <=, 3); /* project.json, its backup, the lock */
    g_assert_cmpstr(torchlight_project_get_name(project), ==, "no room for this");
    close_project(project);
    at_last = text_of(dir, PROJECT_FILE);
    g_assert_nonnull(strstr(at_last, "no room for this"));
}

static void
test_saves_by_itself(void)
{
    g_autoptr(TorchlightProject) project = create("itself");
    gint64 before = g_get_monotonic_time();
    gboolean unsaved = TRUE;
    g_autofree char *text = NULL;

    torchlight_project_set_name(project, "by itself");
    while (unsaved) {
        g_main_context_iteration(NULL, TRUE);
        g_object_get(project, "unsaved", &unsaved, NULL);
    }
    g_assert_cmpint(g_get_monotonic_time() - before, <, 2 * G_USEC_PER_SEC);
    text = text_of(torchlight_project_get_dir(project), PROJECT_FILE);
    g_assert_nonnull(strstr(text, "by itself"));
}

int
main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    scratch = scratch_new();
    g_test_add_func("/files/trash", test_trash);
    g_test_add_func("/files/trash-many", test_trash_many);
    g_test_add_func("/files/trash-after-crash", test_trash_after_crash);
    g_test_add_func("/files/outside", test_outside);
    g_test_add_func("/files/save-failed", test_save_failed);
    g_test_add_func("/files/no-room", test_no_room);
    g_test_add_func("/files/saves-by-itself", test_saves_by_itself);
    status = g_test_run();
    scratch_free(scratch);
    return status;
}
