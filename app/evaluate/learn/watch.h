/* SPDX-License-Identifier: Apache-2.0 */
/* How a long piece of learning is watched, stopped, and shared among threads. What is learned
 * never depends on the number of threads. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

typedef struct {
    int n_threads;             /* 0: as many as there are processors */
    GCancellable *cancellable; /* may be NULL; looked at often */
    /* Called with 0 to 1, rising, on the thread that asked for the work; may be NULL. */
    void (*progress)(double fraction, gpointer data);
    gpointer data;
} LearnWatch;

/* Threads that work on n pieces takes under watch (may be NULL): 1 to n. */
int learn_n_threads(const LearnWatch *watch, int n);

/* Calls work(i, thread, data) once for each i of 0 .. n-1, in no set order, from several threads
 * of which the caller is thread 0; thread is below learn_n_threads(watch, n). False with
 * G_IO_ERROR_CANCELLED when it was stopped, and then some of the calls were not made. */
bool learn_in_parallel(int n, const LearnWatch *watch, void (*work)(int i, int thread, gpointer),
                       gpointer data, GError **error);
