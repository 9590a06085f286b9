/* SPDX-License-Identifier: Apache-2.0 */
/* Chosen pictures of traces as a dataset folder of their own (app/dataset/dataset.h), with the
 * captions that they have now. */
#pragma once

#include "app/dataset/dataset.h"
#include "app/jobs/job.h"

typedef struct {
    char *path, *caption, *source; /* owned; source: of its capture, or NULL */
} DatasetExportPicture;

typedef struct {
    GPtrArray *pictures; /* DatasetExportPicture */
    char *output;        /* owned: the folder, see run_folder.h */
    DatasetForm form;
} DatasetExportParams;

DatasetExportParams *dataset_export_params_new(void);
/* The texts are copied. An empty caption becomes one made of the picture's name. */
void dataset_export_params_add(DatasetExportParams *params, const char *path, const char *caption,
                               const char *source);
void dataset_export_params_free(DatasetExportParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DatasetExportParams, dataset_export_params_free)

/* Takes params. A picture that cannot be read is left out, with a line in the log; when none can
 * the job fails. */
TorchlightJob *dataset_export_new(DatasetExportParams *params);
int dataset_export_get_count(TorchlightJob *job); /* pictures written, after it is done */
