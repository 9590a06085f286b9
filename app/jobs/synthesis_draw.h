/* SPDX-License-Identifier: Apache-2.0 */
/* The model's side of a synthetic set: sampling batch after batch, on the worker's thread, while
 * others prepare and finish. Private to app/jobs. */
#pragma once

#include "app/jobs/synthesis_ahead.h"
#include "app/jobs/synthesis_job.h"

/* Draws what the writer does not have. session is begun; result counts. */
bool synthesis_draw(const Stage *stage, const SynthesisParams *params, const GPtrArray *items,
                    GenerateSession *session, SynthesisWriter *writer, SynthesisResult *result,
                    GError **error);
