/* SPDX-License-Identifier: Apache-2.0 */
/* One training of a project as the page lists it: its record, its folder, and the job while it runs
 * in this window. Main thread. */
#pragma once

#include "app/jobs/train_job.h"
#include "app/jobs/train_run.h"
#include "app/project/project.h"

#define TORCHLIGHT_TYPE_TRAIN_ENTRY (torchlight_train_entry_get_type())
G_DECLARE_FINAL_TYPE(TorchlightTrainEntry, torchlight_train_entry, TORCHLIGHT, TRAIN_ENTRY, GObject)

/* Signal "changed": anything that is shown of it, a few times a second at most. */

/* run is taken; NULL where its folder cannot be read. */
TorchlightTrainEntry *torchlight_train_entry_new(TorchlightItem *item, TrainRun *run);
/* The job that works in its folder from now on; NULL: none any more, and its folder is read again.
 */
void torchlight_train_entry_set_job(TorchlightTrainEntry *entry, TorchlightJob *job);

TorchlightItem *torchlight_train_entry_get_item(TorchlightTrainEntry *entry);
TorchlightJob *torchlight_train_entry_get_job(TorchlightTrainEntry *entry);  /* or NULL */
const TrainRun *torchlight_train_entry_get_run(TorchlightTrainEntry *entry); /* or NULL */
/* Whether a job of this window is at it, paused or not. */
bool torchlight_train_entry_is_active(TorchlightTrainEntry *entry);
/* "Step 12 of 500 · about 4 min left", "Interrupted at step 120 of 500"; the caller frees. */
char *torchlight_train_entry_dup_status(TorchlightTrainEntry *entry);
/* 0..1 of the steps. */
double torchlight_train_entry_get_fraction(TorchlightTrainEntry *entry);
/* Points of its loss; the caller unrefs. */
/* name: "loss" or "validation" */
GArray *torchlight_train_entry_dup_curve(TorchlightTrainEntry *entry, const char *name);
/* TrainPreview elements; the caller unrefs. */
GPtrArray *torchlight_train_entry_list_previews(TorchlightTrainEntry *entry);
/* Its lines for people; the caller frees. */
char *torchlight_train_entry_dup_log(TorchlightTrainEntry *entry);
