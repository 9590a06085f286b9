/* SPDX-License-Identifier: Apache-2.0 */
/* The work of an import, for jobs that do more than that. Private to app/jobs. */
#pragma once

#include "app/jobs/import_job.h"

typedef struct ImportData ImportData;

/* Takes params. */
ImportData *import_data_new(ImportParams *params);
void import_data_free(ImportData *data);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImportData, import_data_free)
/* On the worker's thread. */
bool import_work(TorchlightJob *job, ImportData *data, GError **error);
/* import_job_collect, without the edit. On the thread of the project. */
guint import_data_collect(ImportData *data, TorchlightProject *project, GPtrArray *items);
