/* SPDX-License-Identifier: Apache-2.0 */
/* Ranks: the processes that share one run, as MPI launchers (mpirun, srun) start them. Every rank
 * makes the same calls in the same order; each call waits for the others. One thread at a time.
 *
 * MPI itself is in a module that is loaded only when a launcher started the process, so that
 * `torchlight` needs no MPI library (MPI: A Message-Passing Interface Standard, version 3.1). */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct Ranks Ranks;

/* True with *ranks NULL when no launcher started this process, or it alone. False when one did and
 * MPI cannot be had: without it every process would do the whole work and write over the others. */
bool ranks_open(Ranks **ranks, GError **error);
/* The last call. Without a clean end of the run (is_whole false) it ends the other ranks too, which
 * may be waiting for this one. NULL is fine. */
void ranks_close(Ranks *ranks, bool is_whole);

/* NULL stands for a single process: index 0 of 1, and all of the below do nothing. */
int ranks_index(const Ranks *ranks);
int ranks_count(const Ranks *ranks);
static inline bool
ranks_is_first(const Ranks *ranks)
{
    return ranks_index(ranks) == 0;
}

/* When cancelled, a call waits a moment for the others, who may be on their way, and then fails
 * with G_IO_ERROR_TIMED_OUT: a rank that died never comes. */

/* values[i] becomes its sum over all ranks, the same bits on each. */
bool ranks_sum(Ranks *ranks, float *values, size_t n, GCancellable *cancellable, GError **error);
/* *value becomes the least of all ranks: for deciding together. */
bool ranks_min(Ranks *ranks, int *value, GCancellable *cancellable, GError **error);
/* True when every rank has done its part. done: whether this one has, error then being NULL; else
 * error is set already, and stays. */
bool ranks_all(Ranks *ranks, bool done, GCancellable *cancellable, GError **error);
/* n bytes from rank `from` (any but the first) to the first. The same call on both; others pass. */
bool ranks_to_first(Ranks *ranks, int from, void *bytes, size_t n, GCancellable *cancellable,
                    GError **error);
