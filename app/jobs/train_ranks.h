/* SPDX-License-Identifier: Apache-2.0 */
/* A training over several ranks: what they agree on before and within a step. With params->ranks
 * NULL all of it is true at once. Private to app/jobs. */
#pragma once

#include "app/jobs/training.h"

/* Of the micro-batches of a step over all ranks, whether this rank makes the i-th. */
bool train_ranks_is_mine(const Training *t, int i);
int train_ranks_n_micro(const Training *t);

/* Before a step: whether all go on (2), all end and keep what there is (1) or leave (0), which is
 * the least of what each wants. Error when another rank left and this one did not want to, or when
 * the ranks are not at the same step. */
bool train_ranks_agree(const Training *t, int *wish, GCancellable *cancellable, GError **error);
/* DiffusionReduce; data: the Training. */
bool train_ranks_reduce(const GPtrArray *gradients, void *data, GError **error);
