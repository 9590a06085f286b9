/* SPDX-License-Identifier: Apache-2.0 */
/* What a generation uses of its session. Private to app/jobs; the worker's thread. */
#pragma once

#include "app/jobs/generate_job.h"
#include "compute/sample/generator.h"

/* Opens what params need and is not open yet; waits for a generation that is using it. After true,
 * end has to follow. job: for its log. */
bool generate_session_begin(GenerateSession *session, const GenerateParams *params,
                            TorchlightJob *job, GError **error);
/* good false: something failed, so that nothing is to be used again. */
void generate_session_end(GenerateSession *session, bool good);
/* From begin to end; borrowed. */
Generator *generate_session_generator(const GenerateSession *session);
/* A ControlNet beside the model's, opened unless it is open; borrowed. */
const ControlNet *generate_session_controlnet(GenerateSession *session, const char *path,
                                              GError **error);
const char *generate_session_device(const GenerateSession *session);
