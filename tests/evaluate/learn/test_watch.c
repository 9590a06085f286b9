/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of work: each done once, progress rising, stopped when asked. */
#include "app/evaluate/learn/watch.h"

enum { N = 500 };

typedef struct {
    int n_done[N];
    GCancellable *cancellable;
    double fraction;
    int n_reports;
} Watched;

static void
count(int i, int thread, gpointer data)
{
    Watched *watched = data;

    g_assert_true(thread >= 0 && thread < 3);
    g_atomic_int_inc(&watched->n_done[i]);
    if (i == N / 2 && watched->cancellable)
        g_cancellable_cancel(watched->cancellable);
}

static void
note_progress(double fraction, gpointer data)
{
    Watched *watched = data;

    g_assert_cmpfloat(fraction, >=, watched->fraction);
    g_assert_cmpfloat(fraction, <=, 1);
    watched->fraction = fraction;
    watched->n_reports++;
}

static void
test_all(void)
{
    Watched watched = {{0}};
    const LearnWatch watch = {.n_threads = 3, .progress = note_progress, .data = &watched};

    g_assert_true(learn_in_parallel(N, &watch, count, &watched, NULL));
    for (int i = 0; i < N; i++)
        g_assert_cmpint(watched.n_done[i], ==, 1);
    g_assert_true(learn_in_parallel(0, &watch, count, &watched, NULL));
    g_assert_cmpint(learn_n_threads(&watch, 2), ==, 2);
    g_assert_cmpint(learn_n_threads(NULL, 1), ==, 1);
}

static void
test_stopped(void)
{
    Watched watched = {{0}};
    LearnWatch watch = {.n_threads = 1, .progress = note_progress, .data = &watched};
    g_autoptr(GError) error = NULL;

    watched.cancellable = watch.cancellable = g_cancellable_new();
    g_assert_false(learn_in_parallel(N, &watch, count, &watched, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_cmpint(watched.n_done[N / 2], ==, 1);
    g_assert_cmpint(watched.n_done[N / 2 + 1], ==, 0);
    g_assert_cmpint(watched.n_reports, ==, N / 2 + 1);
    g_object_unref(watch.cancellable);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/learn/watch/all", test_all);
    g_test_add_func("/learn/watch/stopped", test_stopped);
    return g_test_run();
}
