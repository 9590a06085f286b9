/* SPDX-License-Identifier: Apache-2.0 */
/* One generation as the window sees it: the control map is made of what is shown, the job runs, and
 * what comes out is a document. All work is on threads; everything here is told on the main one. */
#pragma once

#include "app/jobs/generate_job.h"
#include "ui/document.h"

#define TORCHLIGHT_TYPE_GENERATION (torchlight_generation_get_type())
G_DECLARE_FINAL_TYPE(TorchlightGeneration, torchlight_generation, TORCHLIGHT, GENERATION, GObject)

/* Takes params; control (may be NULL) is the picture whose edges guide. Property "status" (what is
 * happening, for people) and "fraction" (0..1, -1 unknown) are notified. Signals: "preview"
 * (Pixels*), "finished" (Document* or NULL, GError* or NULL; neither when it was cancelled). */
TorchlightGeneration *torchlight_generation_new(GenerateParams *params, TracePicture *control,
                                                Palette palette);
void torchlight_generation_start(TorchlightGeneration *generation);
void torchlight_generation_cancel(TorchlightGeneration *generation);
guint64 torchlight_generation_get_seed(TorchlightGeneration *generation);

/* "about 2 min left"; "" when unknown. The caller frees. */
char *generation_eta_text(double seconds);
