/* SPDX-License-Identifier: Apache-2.0 */
/* What a project says of a generated picture. */
#pragma once

#include "app/jobs/generate_job.h"
#include "app/project/project.h"

/* The record of a trace (item.h) of an image that was written into the project. The caller owns. */
JsonObject *generate_record(TorchlightProject *project, const GenerateImage *image,
                            const GenerateParams *params);
/* The settings of a trace that was generated; NULL of another, or when they cannot be read. */
GenerateParams *generate_record_params(TorchlightProject *project, TorchlightItem *item);
