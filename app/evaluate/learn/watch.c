/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of work for several threads. */
#include "app/evaluate/learn/watch.h"

typedef struct {
    int n, next; /* next: atomic */
    const LearnWatch *watch;
    void (*work)(int i, int thread, gpointer data);
    gpointer data;
} Share;

typedef struct {
    Share *share;
    int thread;
} Worker;

int
learn_n_threads(const LearnWatch *watch, int n)
{
    int wanted = watch ? watch->n_threads : 0;

    if (wanted <= 0)
        wanted = (int)g_get_num_processors();
    return CLAMP(n, 1, wanted);
}

static gpointer
run(gpointer data)
{
    Worker *worker = data;
    Share *share = worker->share;
    const LearnWatch *watch = share->watch;
    int i;

    while (!(watch && g_cancellable_is_cancelled(watch->cancellable)) &&
           (i = g_atomic_int_add(&share->next, 1)) < share->n) {
        share->work(i, worker->thread, share->data);
        if (worker->thread == 0 && watch && watch->progress)
            watch->progress((double)MIN(g_atomic_int_get(&share->next), share->n) / share->n,
                            watch->data);
    }
    return NULL;
}

bool
learn_in_parallel(int n, const LearnWatch *watch, void (*work)(int i, int thread, gpointer),
                  gpointer data, GError **error)
{
    Share share = {.n = n, .watch = watch, .work = work, .data = data};
    int n_threads = learn_n_threads(watch, n);
    g_autofree Worker *workers = g_new(Worker, n_threads);
    g_autofree GThread **threads = g_new0(GThread *, n_threads);

    for (int i = 0; i < n_threads; i++) {
        workers[i] = (Worker){&share, i};
        if (i > 0)
            threads[i] = g_thread_new("learn", run, &workers[i]);
    }
    run(&workers[0]);
    for (int i = 1; i < n_threads; i++)
        g_thread_join(threads[i]);
    return !(watch && g_cancellable_set_error_if_cancelled(watch->cancellable, error));
}
