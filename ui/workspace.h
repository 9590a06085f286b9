/* SPDX-License-Identifier: Apache-2.0 */
/* What the pages of a window share: the project, the trace that is opened and what is loaded of it,
 * what is selected in the library, jobs, and a way to say something or go somewhere. Pages know the
 * workspace, never the window or each other. Main thread. */
#pragma once

#include <adwaita.h>

#include "app/jobs/import_job.h"
#include "app/jobs/job.h"
#include "app/project/project.h"
#include "ui/document.h"
#include "ui/settings.h"

#define TORCHLIGHT_TYPE_WORKSPACE (torchlight_workspace_get_type())
G_DECLARE_FINAL_TYPE(TorchlightWorkspace, torchlight_workspace, TORCHLIGHT, WORKSPACE, GObject)

/* Properties, notified: "project" (TorchlightProject or NULL), "trace" (TorchlightItem that is
 * opened, or NULL), "document" (Document *, a pointer: what is loaded of it; NULL while there is
 * nothing), "loading" (bool), "palette" (int). Signals: "toast" (AdwToast), "go" (const char
 * *page), "error" (const char *heading, const char *sentence), "selection-changed" (),
 * "job-finished" (TorchlightJob), "use-lora" (TorchlightItem), "use-map" (TorchlightItem). */
TorchlightWorkspace *torchlight_workspace_new(void);

/* Borrowed, or NULL. */
TorchlightProject *torchlight_workspace_get_project(TorchlightWorkspace *workspace);
void torchlight_workspace_set_project(TorchlightWorkspace *workspace, TorchlightProject *project);

/* The trace that the Trace pages show. Loading is on a thread; "document" is notified when it is
 * there, and "error" told when it cannot be. NULL closes it. Writing to it (another caption) does
 * not load it again. */
void torchlight_workspace_open_trace(TorchlightWorkspace *workspace, TorchlightItem *item);
TorchlightItem *torchlight_workspace_get_trace(TorchlightWorkspace *workspace);
Document *torchlight_workspace_get_document(TorchlightWorkspace *workspace); /* borrowed, or NULL */
/* Loads the document of any item on a thread, for a page's own use: end it with _finish, which
 * returns a reference. */
void torchlight_workspace_load(TorchlightWorkspace *workspace, TorchlightItem *item,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer data);
Document *torchlight_workspace_load_finish(TorchlightWorkspace *workspace, GAsyncResult *result,
                                           GError **error);

/* The traces as the library lists them (filtered and sorted) with what is selected among them:
 * a GtkMultiSelection of TorchlightItem. Lives as long as the workspace; empty without a project.
 */
GtkSelectionModel *torchlight_workspace_get_traces(TorchlightWorkspace *workspace);
void torchlight_workspace_set_filter(TorchlightWorkspace *workspace,
                                     GtkFilter *filter); /* NULL: all */
void torchlight_workspace_set_sorter(TorchlightWorkspace *workspace, GtkSorter *sorter);
/* TorchlightItem elements with a reference each; the caller unrefs. */
GPtrArray *torchlight_workspace_dup_selected(TorchlightWorkspace *workspace);

GSettings *torchlight_workspace_get_settings(TorchlightWorkspace *workspace);
Palette torchlight_workspace_get_palette(TorchlightWorkspace *workspace);

/* Starts a job, which the jobs panel then shows; finished ones stay until they are dismissed. page:
 * where to go when it is clicked ("train", or NULL). Takes a reference. */
void torchlight_workspace_start_job(TorchlightWorkspace *workspace, TorchlightJob *job,
                                    const char *page);
/* TorchlightJob elements, the newest first; borrowed. */
GListModel *torchlight_workspace_get_jobs(TorchlightWorkspace *workspace);
const char *torchlight_workspace_get_job_page(TorchlightWorkspace *workspace, TorchlightJob *job);
/* Since it was started. */
int torchlight_workspace_get_job_seconds(TorchlightWorkspace *workspace, TorchlightJob *job);
void torchlight_workspace_dismiss_job(TorchlightWorkspace *workspace, TorchlightJob *job);

/* Files and folders into the project, as a job; without a project one is made first. The first
 * trace that arrives is opened where open is true. */
void torchlight_workspace_import(TorchlightWorkspace *workspace, GFile *const *files, int n,
                                 bool open);
/* The same by other settings. Takes params, whose dir is the open project's. */
void torchlight_workspace_import_with(TorchlightWorkspace *workspace, ImportParams *params,
                                      bool open);

void torchlight_workspace_toast(TorchlightWorkspace *workspace, const char *text);
/* With a button: action with its target, "win.undo" and NULL for the last edit. */
void torchlight_workspace_toast_action(TorchlightWorkspace *workspace, const char *text,
                                       const char *button, const char *action, GVariant *target);
/* A dialog, for what a user must read: something they asked for could not be done. */
void torchlight_workspace_tell_error(TorchlightWorkspace *workspace, const char *heading,
                                     const char *sentence);
/* Opens the sample project, making it first where there is none: signal "open-sample" (). */
void torchlight_workspace_open_sample(TorchlightWorkspace *workspace);
/* "library", "library/captions", "trace", "trace/map", "trace/repair", "train", "generate",
 * "evaluate", "learn". */
void torchlight_workspace_go(TorchlightWorkspace *workspace, const char *page);
/* Goes to Generate, which takes it. */
void torchlight_workspace_use_lora(TorchlightWorkspace *workspace, TorchlightItem *lora);
void torchlight_workspace_use_map(TorchlightWorkspace *workspace, TorchlightItem *map);
