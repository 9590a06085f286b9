/* SPDX-License-Identifier: Apache-2.0 */
/* A process that works in a project is killed at any moment, again and again. Afterwards: no
 * picture is lost, no item without its file, nothing lost that was saved, and nothing that was done
 * more than two seconds before. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/trace/atomic.h"
#include "app/trace/image.h"
#include "tests/project/support.h"
#include "tests/trace/support.h"

static char *scratch;
static char *png; /* the bytes of a picture */
static gsize png_size;

/* --- the one that is killed --- */

/* What was done, in a file: "A NAME" a picture is there, "D NAME" one will be deleted, "C N TIME"
 * the count was set, "S N" it was saved. */
static void note(int log, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
note(int log, const char *format, ...)
{
    g_autofree char *line = NULL;
    va_list args;

    va_start(args, format);
    line = g_strdup_vprintf(format, args);
    va_end(args);
    if (write(log, line, strlen(line)) < 0)
        _exit(3);
}

static void
add_picture(TorchlightProject *project, int log, int n)
{
    g_autofree char *stem = g_strdup_printf("p%d_%d", (int)getpid(), n);
    g_autofree char *path = torchlight_project_new_path(project, "pictures", stem, ".png");
    g_autofree char *file = torchlight_project_relative(project, path);

    if (!atomic_file_write(path, png, png_size, NULL))
        _exit(4);
    note(log, "A %s\n", file);
    torchlight_project_add(project, ITEM_TRACE,
                           made_record("file", path, "caption", "some words", NULL));
}

static void
remove_picture(TorchlightProject *project, int log, GRand *random)
{
    guint n = n_items(project, ITEM_TRACE);
    TorchlightItem *item;

    if (n < 5)
        return;
    item = item_at(project, ITEM_TRACE, (guint)g_rand_int_range(random, 0, (int)n));
    note(log, "D %s\n", torchlight_item_get_string(item, "file"));
    torchlight_project_begin(project, "Delete");
    torchlight_project_remove(project, item);
    torchlight_project_end(project);
}

static void
caption_picture(TorchlightProject *project, GRand *random)
{
    guint n = n_items(project, ITEM_TRACE);
    g_autofree char *words = g_strdup_printf("words %u", g_rand_int(random));

    if (n == 0)
        return;
    torchlight_project_begin(project, "Change Caption");
    torchlight_project_set_string(
        project, item_at(project, ITEM_TRACE, (guint)g_rand_int_range(random, 0, (int)n)),
        "caption", words);
    torchlight_project_end(project);
}

static void
count(TorchlightProject *project, int log, gint64 *n)
{
    torchlight_project_set_int(project, item_at(project, ITEM_RUN, 0), "count", ++*n);
    note(log, "C %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", *n, g_get_monotonic_time());
}

/* saves: also when it is told to, not only by itself. */
static void
work(const char *dir, int log, guint32 seed, bool saves)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    TorchlightProject *project = torchlight_project_open(dir, NULL);
    gint64 n;

    if (!project || !torchlight_project_is_writable(project))
        _exit(5);
    n = torchlight_item_get_int(item_at(project, ITEM_RUN, 0), "count", 0);
    for (int step = 0;; step++) {
        if (!saves)
            g_usleep(2000); /* it has time, and the other side is to be read in reasonable time */
        switch (g_rand_int_range(random, 0, 12)) {
        case 0:
            add_picture(project, log, step);
            break;
        case 1:
            remove_picture(project, log, random);
            break;
        case 2:
            torchlight_project_undo(project);
            break;
        case 3:
            torchlight_project_redo(project);
            break;
        case 4:
        case 5:
            caption_picture(project, random);
            break;
        case 6:
            if (saves && torchlight_project_save(project, NULL))
                note(log, "S %" G_GINT64_FORMAT "\n", n);
            break;
        case 7:
            while (g_main_context_iteration(NULL, FALSE))
                ;
            g_usleep(1000);
            break;
        default:
            count(project, log, &n);
        }
    }
}

/* --- the one that looks at what is left --- */

typedef struct {
    GHashTable *pictures; /* files that must be there */
    gint64 least;         /* what the count cannot be below */
} Expected;

static void
read_log(const char *path, gint64 started_us, gint64 killed_us, Expected *expected)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    lines = g_strsplit(text, "\n", -1);
    for (int i = 0; lines[i] && lines[i + 1]; i++) {
        gint64 n = 0, time_us = 0;

        if (lines[i][0] == 'A')
            g_hash_table_add(expected->pictures, g_strdup(lines[i] + 2));
        else if (lines[i][0] == 'D')
            g_hash_table_remove(expected->pictures, lines[i] + 2);
        else if (sscanf(lines[i], "S %" G_GINT64_FORMAT, &n) == 1 ||
                 (sscanf(lines[i], "C %" G_GINT64_FORMAT " %" G_GINT64_FORMAT, &n, &time_us) == 2 &&
                  time_us >= started_us && time_us < killed_us - 2 * G_USEC_PER_SEC))
            expected->least = MAX(expected->least, n);
    }
}

static void
check_left(const char *dir, const Expected *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorchlightProject) project = torchlight_project_open(dir, &error);
    GHashTableIter iter;
    gpointer file;

    g_assert_no_error(error);
    g_assert_null(torchlight_project_get_problem(project));
    g_assert_cmpint(torchlight_item_get_int(item_at(project, ITEM_RUN, 0), "count", 0), >=,
                    expected->least);
    for (guint i = 0; i < n_items(project, ITEM_TRACE); i++)
        g_assert_false(torchlight_item_is_missing(item_at(project, ITEM_TRACE, i)));
    g_hash_table_iter_init(&iter, expected->pictures);
    while (g_hash_table_iter_next(&iter, &file, NULL)) {
        g_autofree char *path = g_build_filename(dir, file, NULL);

        if (!torchlight_project_find_file(project, path))
            g_error("%s was lost", path);
    }
    g_assert_true(torchlight_project_close(project, NULL));
}

/* Captions and records say the same, and nothing half-written is left. */
static void
check_closed(const char *dir)
{
    g_autoptr(TorchlightProject) project = torchlight_project_open(dir, NULL);
    g_autofree char *folder = g_build_filename(dir, "pictures", NULL);
    g_autoptr(GPtrArray) files = list_files(folder, NULL);
    guint n_captions = 0;

    for (guint i = 0; i < n_items(project, ITEM_TRACE); i++) {
        TorchlightItem *item = item_at(project, ITEM_TRACE, i);
        g_autofree char *path = torchlight_item_dup_path(item);
        g_autofree char *beside = g_strdup_printf("%.*s.txt", (int)strlen(path) - 4, path);
        g_autofree char *text = NULL;

        if (!*torchlight_item_get_caption(item)) /* taken in as it stood, with none beside it */
            continue;
        n_captions++;
        g_assert_true(g_file_get_contents(beside, &text, NULL, NULL));
        g_assert_cmpstr(g_strchomp(text), ==, torchlight_item_get_caption(item));
    }
    g_assert_cmpuint(n_captions, >, 0);
    g_assert_cmpuint(files->len, ==, n_items(project, ITEM_TRACE) + n_captions);
}

static char *
make_project(const char *name)
{
    char *dir = g_build_filename(scratch, name, NULL);
    g_autoptr(TorchlightProject) project = torchlight_project_create(dir, NULL, NULL);

    torchlight_project_add(project, ITEM_RUN, made_record("job", "train", NULL));
    g_assert_true(torchlight_project_close(project, NULL));
    return dir;
}

static pid_t
start(const char *dir, const char *log, guint32 seed, bool saves)
{
    int descriptor = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    pid_t child = fork();

    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that is stopped leaves no writer behind */
        work(dir, descriptor, seed, saves);
    }
    close(descriptor);
    g_assert_cmpint(child, >, 0);
    return child;
}

static gint64
end(pid_t child)
{
    gint64 now_us = g_get_monotonic_time();
    int status = 0;

    kill(child, SIGKILL);
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return now_us;
}

static void
expected_init(Expected *expected)
{
    expected->pictures = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    expected->least = 0;
}

/* One project through many crashes, while it saves all the time. */
static void
test_often(void)
{
    g_autofree char *dir = make_project("often");
    g_autofree char *log = g_build_filename(scratch, "often.log", NULL);
    g_autoptr(GRand) random = g_rand_new_with_seed(1);
    Expected expected;

    expected_init(&expected);
    for (guint32 round = 0; round < (is_sanitized() ? 10u : 30u); round++) {
        gint64 started_us = g_get_monotonic_time();
        pid_t child = start(dir, log, round, true);

        g_usleep((gulong)g_rand_int_range(random, 5000, 90000));
        read_log(log, started_us, end(child), &expected);
        check_left(dir, &expected);
    }
    check_closed(dir);
    g_assert_cmpint(expected.least, >, 0);
    g_assert_cmpuint(g_hash_table_size(expected.pictures), >, 0);
    g_hash_table_unref(expected.pictures);
}

/* Long enough that it has to have saved by itself. */
static void
test_late(void)
{
    enum { N = 6 };
    g_autoptr(GRand) random = g_rand_new_with_seed(2);
    char *dirs[N], *logs[N];
    pid_t children[N];

    for (int i = 0; i < N; i++) {
        g_autofree char *name = g_strdup_printf("late%d", i);

        dirs[i] = make_project(name);
        logs[i] = g_strconcat(dirs[i], ".log", NULL);
        children[i] = start(dirs[i], logs[i], (guint32)i, false);
    }
    g_usleep(2500000);
    for (int i = 0; i < N; i++) {
        Expected expected;

        g_usleep((gulong)g_rand_int_range(random, 0, 300000));
        expected_init(&expected);
        read_log(logs[i], 0, end(children[i]), &expected);
        g_assert_cmpint(expected.least, >, 0);
        check_left(dirs[i], &expected);
        g_hash_table_unref(expected.pictures);
        g_free(dirs[i]);
        g_free(logs[i]);
    }
}

int
main(int argc, char **argv)
{
    g_autoptr(Trace) trace = made_trace("torchlight", 2, 1);
    g_autofree char *path = NULL;
    int status;

    g_test_init(&argc, &argv, NULL);
    scratch = scratch_new();
    path = g_build_filename(scratch, "a.png", NULL);
    g_assert_true(trace_write_png(trace, path, PALETTE_TORCHLIGHT, NULL));
    g_assert_true(g_file_get_contents(path, &png, &png_size, NULL));
    g_test_add_func("/crash/often", test_often);
    g_test_add_func("/crash/late", test_late);
    status = g_test_run();
    scratch_free(scratch);
    g_free(png);
    return status;
}
