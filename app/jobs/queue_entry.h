/* SPDX-License-Identifier: Apache-2.0 */
/* What a queue does with its entries. Private to app/jobs. */
#pragma once

#include "app/jobs/generate_queue.h"

struct _TorchlightQueueEntry {
    GObject parent_instance;

    GenerateParams *params; /* owned */
    GridAxis *x, *y;        /* owned, or NULL */
    QueueState state;
    TorchlightItem *item; /* its run in the project, owned */
    TorchlightJob *job;   /* owned, while it runs */
    GPtrArray *results;   /* char*: ids of the traces that have arrived */
    char *error;
};

/* Takes params and axes. */
TorchlightQueueEntry *queue_entry_new(GenerateParams *params, GridAxis *x, GridAxis *y);
void queue_entry_set_state(TorchlightQueueEntry *entry, QueueState state);
void queue_entry_set_job(TorchlightQueueEntry *entry, TorchlightJob *job);
static inline bool
queue_entry_is_grid(const TorchlightQueueEntry *entry)
{
    return entry->x || entry->y;
}
