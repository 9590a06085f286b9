/* SPDX-License-Identifier: Apache-2.0 */
/* The caption of a file that is imported, from the most particular that says one: the parameters,
 * captions.csv beside it, its dataset's metadata, the file beside a picture, the picture itself,
 * the template, its name. Private to app/jobs. */
#pragma once

#include "app/jobs/import_inputs.h"
#include "app/jobs/import_job.h"
#include "app/trace/trace.h"

typedef struct ImportCaptions ImportCaptions;

/* params is borrowed. refuse is told of tables that cannot be read. */
ImportCaptions *import_captions_new(const ImportParams *params, ImportRefuse refuse, void *data);
void import_captions_free(ImportCaptions *captions); /* NULL is fine */
/* trace: what was read of a picture or table; NULL of a capture. The caller frees. */
char *import_captions_find(ImportCaptions *captions, const ImportInput *input, const Trace *trace);
