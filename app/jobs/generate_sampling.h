/* SPDX-License-Identifier: Apache-2.0 */
/* How a generation samples: the settings between GenerateParams and the engine's GeneratorOptions.
 * Private to app/jobs. */
#pragma once

#include "app/jobs/generate_job.h"
#include "compute/sample/generator.h"

/* What does not depend on the picture's size; texts are borrowed from params. */
void generate_sampling_set(GeneratorOptions *options, const GenerateParams *params);
/* When options have their size: hires-fix's small one. Errors: names that are none. */
bool generate_sampling_finish(GeneratorOptions *options, const GenerateParams *params,
                              GError **error);
