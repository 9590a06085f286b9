/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the workspace share. Private to ui/workspace*.c. */
#pragma once

#include "ui/workspace.h"

struct _TorchlightWorkspace {
    GObject parent_instance;

    /* owned */
    GSettings *settings;
    TorchlightProject *project;
    TorchlightItem *trace;
    Document *document;
    GCancellable *loading; /* of the document; NULL: nothing is being loaded */
    GtkFilterListModel *filtered;
    GtkSortListModel *sorted;
    GtkMultiSelection *selection;
    GListStore *jobs; /* TorchlightJob, the newest first */
};

/* workspace.c */
void workspace_tell_job_finished(TorchlightWorkspace *workspace, TorchlightJob *job);

/* workspace_jobs.c */
void workspace_clear_jobs(TorchlightWorkspace *workspace); /* cancels what still runs */
