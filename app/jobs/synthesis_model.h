/* SPDX-License-Identifier: Apache-2.0 */
/* What the lines of a set say of the model that drew it. Private to app/jobs. */
#pragma once

#include <json-glib/json-glib.h>

#include "app/jobs/synthesis_job.h"

/* "model", "model_sha256" (of all its weights), "loras" (path, weight, sha256) and "settings".
 * generate: as it counts, without what is left out. The caller frees. */
JsonObject *synthesis_model_describe(const SynthesisParams *params, const GenerateParams *generate,
                                     GError **error);
