/* SPDX-License-Identifier: Apache-2.0 */
/* Projects made, saved, opened again; what is wrong with them said and survived. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/dataset/dataset.h"
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
test_round_trip(void)
{
    g_autoptr(TorchlightProject) project = create("round");
    TorchlightItem *item =
        torchlight_project_add(project, ITEM_TRACE, made_picture(project, "web", 20));
    g_autofree char *dir = g_strdup(torchlight_project_get_dir(project));
    g_autofree char *before = NULL, *after = NULL, *caption = NULL;
    g_autoptr(TorchlightProject) again = NULL;
    g_autoptr(Dataset) dataset = NULL;

    torchlight_project_set_string(project, item, "caption", "two lines\nof “text” \t");
    torchlight_project_set_double(project, item, "weight", 1);
    torchlight_project_set_double(project, item, "third", 1.0 / 3);
    torchlight_project_set_int(project, item, "big", G_MAXINT64);
    torchlight_project_set_name(project, "A \"name\"");
    torchlight_project_add(
        project, ITEM_MAP,
        made_record("file", "maps/a.png", "of", torchlight_item_get_id(item), NULL));
    before = project_to_text(project);
    again = open_again(project);
    after = project_to_text(again);
    g_assert_cmpstr(before, ==, after);
    g_assert_true(torchlight_project_is_writable(again));
    g_assert_null(torchlight_project_get_problem(again));

    item = item_at(again, ITEM_TRACE, 0);
    g_assert_cmpint(torchlight_item_get_int(item, "packets", 0), ==, 20);
    g_assert_true(torchlight_project_find(again, torchlight_item_get_id(item)) == item);
    g_autofree char *path = torchlight_item_dup_path(item);
    g_assert_true(torchlight_project_find_file(again, path) == item);
    g_assert_false(torchlight_item_is_missing(item));
    g_assert_true(torchlight_item_is_missing(item_at(again, ITEM_MAP, 0)));

    /* What trainers read. */
    caption = text_of(dir, "pictures/web.txt");
    g_assert_cmpstr(caption, ==, "two lines of “text”\n");
    g_autofree char *pictures = g_build_filename(dir, "pictures", NULL);
    dataset = dataset_open(pictures, NULL);
    g_assert_nonnull(dataset);
    g_assert_cmpstr(dataset_item(dataset, 0)->caption, ==, "two lines of “text”");
}

static void
test_create(void)
{
    g_autoptr(TorchlightProject) project = create("made");
    const char *dir = torchlight_project_get_dir(project);
    g_autofree char *full = g_build_filename(scratch, "full", NULL);
    g_autofree char *file = g_build_filename(full, "a", NULL);
    g_autofree char *record = g_build_filename(dir, PROJECT_FILE, NULL);
    g_autoptr(GError) error = NULL;

    g_assert_cmpstr(torchlight_project_get_name(project), ==, "made");
    g_assert_true(project_is_folder(dir));
    g_assert_null(torchlight_project_create(dir, NULL, &error));
    assert_error_says(g_steal_pointer(&error), "made", "already", NULL);
    g_mkdir(full, 0777);
    put_file(file, "", 0);
    g_assert_null(torchlight_project_create(full, NULL, &error));
    assert_error_says(g_steal_pointer(&error), "full", "not empty", NULL);
    g_assert_null(torchlight_project_open(full, &error));
    assert_error_says(g_steal_pointer(&error), "full", "no project", NULL);

    close_project(project);
    g_autoptr(TorchlightProject) by_file = torchlight_project_open(record, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(torchlight_project_get_name(by_file), ==, "made");
}

static void
test_new_path(void)
{
    g_autoptr(TorchlightProject) project = create("paths");
    const char *dir = torchlight_project_get_dir(project);
    g_autofree char *first = torchlight_project_new_path(project, "maps", "a/b", ".png");
    g_autofree char *second = NULL, *hidden = NULL, *inside = NULL, *outside = NULL;

    g_assert_true(g_str_has_suffix(first, "/paths/maps/a_b.png"));
    put_file(first, "", 0);
    second = torchlight_project_new_path(project, "maps", "a/b", ".png");
    g_assert_true(g_str_has_suffix(second, "/maps/a_b_2.png"));
    hidden = torchlight_project_new_path(project, "maps", "../x", ".png");
    g_assert_true(g_str_has_suffix(hidden, "/maps/_._x.png"));
    inside = torchlight_project_relative(project, first);
    g_assert_cmpstr(inside, ==, "maps/a_b.png");
    outside = torchlight_project_relative(project, dir);
    g_assert_cmpstr(outside, ==, dir);
}

/* What is in the folder of a project, and read from there. */
static TorchlightProject *
open_text(const char *name, const char *text)
{
    g_autofree char *dir = g_build_filename(scratch, name, NULL);
    g_autofree char *path = g_build_filename(dir, PROJECT_FILE, NULL);
    g_autoptr(GError) error = NULL;
    TorchlightProject *project;

    g_mkdir(dir, 0777);
    put_file(path, text, -1);
    project = torchlight_project_open(dir, &error);
    if (!project)
        assert_error_says(g_steal_pointer(&error), name, NULL);
    return project;
}

static void
test_unknown(void)
{
    g_autoptr(TorchlightProject) project =
        open_text("unknown", "{\"version\": 1, \"name\": \"n\", \"colours\": {\"a\": [1, 2.0]},"
                             " \"traces\": [{\"id\": \"1\", \"mood\": null, \"file\": \"a.png\"},"
                             " {\"id\": \"1\"}, 17, {\"id\": \"2\", \"file\": \"../up.png\"},"
                             " {\"id\": \"3\", \"file\": \"pictures/.hidden.png\"},"
                             " {\"id\": \"4\", \"file\": 5}]}");
    const char *dir = torchlight_project_get_dir(project);
    g_autofree char *text = NULL;

    g_assert_cmpuint(n_items(project, ITEM_TRACE), ==, 2);
    g_assert_cmpstr(torchlight_item_get_id(item_at(project, ITEM_TRACE, 0)), ==, "1");
    g_assert_cmpstr(torchlight_item_get_id(item_at(project, ITEM_TRACE, 1)), !=, "1");
    g_assert_true(torchlight_item_is_missing(item_at(project, ITEM_TRACE, 0)));
    g_assert_nonnull(strstr(torchlight_project_get_problem(project), "4 entries"));
    torchlight_project_set_name(project, "other");
    g_assert_true(torchlight_project_save(project, NULL));
    text = text_of(dir, PROJECT_FILE);
    g_assert_nonnull(strstr(text, "\"colours\": {\"a\": [1, 2.0]}"));
    g_assert_nonnull(strstr(text, "\"mood\": null"));
    g_assert_nonnull(strstr(text, "    17"));
    g_assert_nonnull(strstr(text, "\"file\": \"../up.png\""));
    g_assert_nonnull(strstr(text, "\"file\": 5"));
}

static void
test_broken(void)
{
    static const char *const broken[] = {"",
                                         "[]",
                                         "{",
                                         "{\"version\": \"1\"}",
                                         "{\"version\": 0}",
                                         "{\"version\": 1, \"traces\": {}}",
                                         "\xff{\"version\": 1}",
                                         "{\"version\": 1, \"name\": \"\\ud83d\"}",
                                         "{\"version\": 1, \"name\": \"\\ude00\\ud83d\"}",
                                         "{\"version\": 1, \"name\": \"\\u12\"}"};
    g_autofree char *deep = g_strnfill(100000, '[');

    for (size_t i = 0; i < G_N_ELEMENTS(broken); i++)
        g_assert_null(open_text("broken", broken[i]));
    g_assert_null(open_text("broken", deep));
}

static void
test_newer(void)
{
    const char *text = "{\"version\": 7, \"name\": \"\\ud83d\\ude00\\\\ud83d\", \"traces\": "
                       "[{\"id\": \"1\", \"name\": \"x\"}]}";
    g_autoptr(TorchlightProject) project = open_text("newer", text);
    g_autofree char *after = NULL;
    TorchlightItem *item = item_at(project, ITEM_TRACE, 0);

    g_assert_false(torchlight_project_is_writable(project));
    g_assert_nonnull(strstr(torchlight_project_get_problem(project), "newer"));
    torchlight_project_begin(project, "Change");
    torchlight_project_set_string(project, item, "name", "y");
    torchlight_project_remove(project, item);
    g_assert_null(torchlight_project_add(project, ITEM_TRACE, json_object_new()));
    torchlight_project_end(project);
    g_assert_cmpstr(torchlight_item_get_name(item), ==, "x");
    g_assert_null(torchlight_project_get_undo_label(project));
    g_assert_false(torchlight_project_save(project, NULL));
    g_assert_true(torchlight_project_close(project, NULL));
    after = text_of(torchlight_project_get_dir(project), PROJECT_FILE);
    g_assert_cmpstr(after, ==, text);
}

static void
test_backup(void)
{
    g_autoptr(TorchlightProject) project = create("backup");
    g_autofree char *dir = g_strdup(torchlight_project_get_dir(project));
    g_autofree char *path = g_build_filename(dir, PROJECT_FILE, NULL);
    g_autofree char *kept = NULL;
    g_autoptr(TorchlightProject) again = NULL, third = NULL;

    torchlight_project_set_name(project, "first");
    g_assert_true(torchlight_project_save(project, NULL));
    torchlight_project_set_name(project, "second");
    close_project(project);
    put_file(path, "{\"version\": 1, \"tra", -1);
    again = torchlight_project_open(dir, NULL);
    g_assert_cmpstr(torchlight_project_get_name(again), ==, "first");
    g_assert_nonnull(strstr(torchlight_project_get_problem(again), "damaged"));
    torchlight_project_set_name(again, "third");
    close_project(again);
    kept = text_of(dir, PROJECT_FILE ".broken");
    g_assert_cmpstr(kept, ==, "{\"version\": 1, \"tra");
    /* The good one that was there is not the price of it. */
    g_unlink(path);
    third = torchlight_project_open(dir, NULL);
    g_assert_cmpstr(torchlight_project_get_name(third), ==, "first");
    g_assert_nonnull(strstr(torchlight_project_get_problem(third), "gone"));
}

static void
test_orphans(void)
{
    g_autoptr(TorchlightProject) project = create("orphans");
    g_autofree char *dir = g_strdup(torchlight_project_get_dir(project));
    g_autofree char *caption = g_build_filename(dir, "pictures", "lost.txt", NULL);
    g_autofree char *half = g_build_filename(dir, "pictures", "half.png.aB3dE6", NULL);
    g_autoptr(TorchlightProject) again = NULL;
    TorchlightItem *item;

    json_object_unref(made_picture(project, "lost", 7));
    put_file(caption, " words \n", -1);
    put_file(half, "x", 1);
    again = open_again(project);
    g_assert_cmpuint(n_items(again, ITEM_TRACE), ==, 1);
    item = item_at(again, ITEM_TRACE, 0);
    g_assert_cmpstr(torchlight_item_get_name(item), ==, "lost");
    g_assert_cmpstr(torchlight_item_get_caption(item), ==, "words");
    g_assert_cmpint(torchlight_item_get_int(item, "packets", 0), ==, 7);
    g_assert_false(has_file(dir, "pictures/half.png.aB3dE6"));
    g_assert_null(torchlight_project_get_undo_label(again));
}

static void
test_lock(void)
{
    g_autoptr(TorchlightProject) project = create("locked");
    const char *dir = torchlight_project_get_dir(project);
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        TorchlightProject *other = torchlight_project_open(dir, NULL);
        const char *problem = other ? torchlight_project_get_problem(other) : NULL;
        g_autofree char *owner = g_strdup_printf("process %ld", (long)getppid());

        _exit(problem && strstr(problem, owner) && !torchlight_project_is_writable(other) ? 0 : 1);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_cmpint(status, ==, 0);
    g_assert_true(torchlight_project_is_writable(project));
}

int
main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    scratch = scratch_new();
    g_test_add_func("/project/round-trip", test_round_trip);
    g_test_add_func("/project/create", test_create);
    g_test_add_func("/project/new-path", test_new_path);
    g_test_add_func("/project/unknown", test_unknown);
    g_test_add_func("/project/broken", test_broken);
    g_test_add_func("/project/newer", test_newer);
    g_test_add_func("/project/backup", test_backup);
    g_test_add_func("/project/orphans", test_orphans);
    g_test_add_func("/project/lock", test_lock);
    status = g_test_run();
    scratch_free(scratch);
    return status;
}
