/* SPDX-License-Identifier: Apache-2.0 */
/* Run folders: all or nothing, and nothing of the user's overwritten. */
#include "app/jobs/run_folder.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static char *base;

static char *
in_base(const char *name)
{
    return g_build_filename(base, name, NULL);
}

static void
put(const char *path, const char *text)
{
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static int
n_entries(const char *dir)
{
    g_autoptr(GDir) listing = g_dir_open(dir, 0, NULL);
    int n = 0;

    while (listing && g_dir_read_name(listing))
        n++;
    return n;
}

static void
make(const char *path, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RunFolder) folder = run_folder_new(path, "test", &error);

    g_assert_no_error(error);
    g_autofree char *file = run_folder_file(folder, "result.txt");
    g_autofree char *inner = run_folder_file(folder, "inner");
    g_autofree char *deep = run_folder_file(folder, "inner/deep.txt");
    put(file, text);
    g_assert_cmpint(g_mkdir(inner, 0777), ==, 0);
    put(deep, "deep");
    json_object_set_int_member(run_folder_parameters(folder), "seed", 7);
    g_assert_true(run_folder_commit(folder, &error));
    g_assert_no_error(error);
}

static void
assert_refused(const char *path, const char *named)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RunFolder) folder = run_folder_new(path, "test", &error);

    g_assert_null(folder);
    g_assert_nonnull(error);
    g_assert_nonnull(strstr(error->message, named));
}

static void
test_new_and_again(void)
{
    g_autofree char *path = in_base("new");
    g_autofree char *file = g_build_filename(path, "result.txt", NULL);
    g_autofree char *manifest = g_build_filename(path, "run.json", NULL);
    g_autofree char *text = NULL;
    g_autofree char *json = NULL;

    make(path, "one");
    make(path, "two"); /* ours and unchanged: replaced */
    g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "two");
    g_assert_true(g_file_get_contents(manifest, &json, NULL, NULL));
    g_assert_nonnull(strstr(json, "inner/deep.txt"));
    g_assert_nonnull(strstr(json, "\"seed\" : 7"));
    g_assert_cmpint(n_entries(path), ==, 3);
}

static void
test_refusals(void)
{
    g_autofree char *path = in_base("refused");
    g_autofree char *file = g_build_filename(path, "result.txt", NULL);
    g_autofree char *foreign = g_build_filename(path, "thesis.tex", NULL);
    g_autofree char *plain = in_base("plain");
    g_autofree char *theirs = in_base("theirs");
    g_autofree char *in_theirs = g_build_filename(theirs, "a", NULL);
    g_autofree char *nowhere = in_base("no/such/place");

    g_autofree char *manifest = NULL;
    g_autofree char *brackets = NULL;

    make(path, "one");
    put(file, "edited");
    assert_refused(path, "result.txt");
    put(file, "one");
    put(foreign, "years of work");
    assert_refused(path, "thesis.tex");
    g_unlink(foreign);
    g_assert_cmpint(symlink("result.txt", foreign), ==, 0);
    assert_refused(path, "thesis.tex");
    g_unlink(foreign);
    make(path, "two");
    put(plain, "a file");
    assert_refused(plain, "plain");
    g_mkdir(theirs, 0777);
    put(in_theirs, "x");
    assert_refused(theirs, "theirs");
    assert_refused(nowhere, "no/such/place");
    manifest = g_build_filename(theirs, "run.json", NULL);
    brackets = g_strnfill(900000, '[');
    put(manifest, brackets);
    assert_refused(theirs, "theirs");
    g_assert_true(g_file_test(in_theirs, G_FILE_TEST_EXISTS));
}

/* A file that appears in an old run's folder while the new run works is not lost. */
static void
test_late_file(void)
{
    g_autofree char *path = in_base("late");
    g_autofree char *late = g_build_filename(path, "late.txt", NULL);
    g_autoptr(GError) error = NULL;

    make(path, "one");
    g_autoptr(RunFolder) folder = run_folder_new(path, "test", &error);
    put(late, "just in time");
    g_assert_false(run_folder_commit(folder, &error));
    g_assert_nonnull(strstr(error->message, "late.txt"));
    g_assert_true(g_file_test(late, G_FILE_TEST_EXISTS));
}

static void
test_discard(void)
{
    g_autofree char *path = in_base("discard");
    int before = n_entries(base);
    RunFolder *folder = run_folder_new(path, "test", NULL);
    g_autofree char *file = run_folder_file(folder, "half.txt");

    put(file, "half");
    g_assert_cmpint(n_entries(base), ==, before + 1);
    run_folder_free(folder);
    g_assert_cmpint(n_entries(base), ==, before);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

static void
test_empty_folder(void)
{
    g_autofree char *path = in_base("empty");

    g_mkdir(path, 0777);
    make(path, "one");
    g_assert_cmpint(n_entries(path), ==, 3);
}

int
main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    base = g_dir_make_tmp("torchlight-run-XXXXXX", NULL);
    g_test_add_func("/run-folder/new-and-again", test_new_and_again);
    g_test_add_func("/run-folder/refusals", test_refusals);
    g_test_add_func("/run-folder/late-file", test_late_file);
    g_test_add_func("/run-folder/discard", test_discard);
    g_test_add_func("/run-folder/empty-folder", test_empty_folder);
    status = g_test_run();
    run_folder_remove(base);
    g_free(base);
    return status;
}
