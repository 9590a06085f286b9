/* SPDX-License-Identifier: Apache-2.0 */
/* Generations that wait for each other: run one after the other, in an order that may be changed,
 * with the model kept open in between. One that fails does not stop the others. What waits stands
 * in the project as runs ("state": "queued"), so that a crash loses none; it is then there again,
 * and the queue waits to be started. Pictures become traces of the project as they are drawn. Main
 * thread. */
#pragma once

#include "app/jobs/grid_job.h"
#include "app/project/project.h"

typedef enum { QUEUE_WAITING, QUEUE_RUNNING, QUEUE_FAILED } QueueState;

#define TORCHLIGHT_TYPE_QUEUE_ENTRY (torchlight_queue_entry_get_type())
G_DECLARE_FINAL_TYPE(TorchlightQueueEntry, torchlight_queue_entry, TORCHLIGHT, QUEUE_ENTRY, GObject)

/* Properties, read-only, notified: "state" (int), "job" (TorchlightJob, while it runs). */
const GenerateParams *torchlight_queue_entry_get_params(TorchlightQueueEntry *entry);
/* Of a grid; both NULL of a plain generation. */
const GridAxis *torchlight_queue_entry_get_x(TorchlightQueueEntry *entry);
const GridAxis *torchlight_queue_entry_get_y(TorchlightQueueEntry *entry);
QueueState torchlight_queue_entry_get_state(TorchlightQueueEntry *entry);
TorchlightJob *torchlight_queue_entry_get_job(TorchlightQueueEntry *entry); /* or NULL */
const char *torchlight_queue_entry_get_error(TorchlightQueueEntry *entry); /* a sentence, or NULL */

#define TORCHLIGHT_TYPE_GENERATE_QUEUE (torchlight_generate_queue_get_type())
G_DECLARE_FINAL_TYPE(TorchlightGenerateQueue, torchlight_generate_queue, TORCHLIGHT, GENERATE_QUEUE,
                     GObject)

/* Starts a job; where it is NULL, torchlight_job_start does. */
typedef void (*QueueStart)(TorchlightJob *job, void *data);

/* With what waits in the project; running only when nothing did.
 * Properties, notified: "running" (bool: the next is begun when one ends), "current"
 * (TorchlightQueueEntry that runs, or NULL).
 * Signals: "arrived" (TorchlightItem: a trace, or the run of a grid that is done), "failed"
 * (TorchlightQueueEntry), "drained" (): nothing waits or runs any more. */
TorchlightGenerateQueue *torchlight_generate_queue_new(TorchlightProject *project, QueueStart start,
                                                       void *data);
/* Cancels what runs and lets go of the project, in which what waits and what ran stays queued. */
void torchlight_generate_queue_close(TorchlightGenerateQueue *queue);

/* TorchlightQueueEntry elements in the order in which they run, what runs and what failed among
 * them; borrowed. What is done is not there any more. */
GListModel *torchlight_generate_queue_get_entries(TorchlightGenerateQueue *queue);
TorchlightQueueEntry *torchlight_generate_queue_get_current(TorchlightGenerateQueue *queue);
bool torchlight_generate_queue_get_running(TorchlightGenerateQueue *queue);
void torchlight_generate_queue_set_running(TorchlightGenerateQueue *queue, bool running);

/* Behind all others. Takes params, and the axes of a grid. Borrowed; NULL in a project that cannot
 * be written. */
TorchlightQueueEntry *torchlight_generate_queue_add(TorchlightGenerateQueue *queue,
                                                    GenerateParams *params, GridAxis *x,
                                                    GridAxis *y);
/* Cancels it when it runs. */
void torchlight_generate_queue_remove(TorchlightGenerateQueue *queue, TorchlightQueueEntry *entry);
/* To a position among all entries. */
void torchlight_generate_queue_move(TorchlightGenerateQueue *queue, TorchlightQueueEntry *entry,
                                    guint position);
/* One that failed waits again. */
void torchlight_generate_queue_retry(TorchlightGenerateQueue *queue, TorchlightQueueEntry *entry);
/* Ends the picture in the making and goes on with the next of the same entry. */
void torchlight_generate_queue_skip(TorchlightGenerateQueue *queue);
