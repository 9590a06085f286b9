/* SPDX-License-Identifier: Apache-2.0 */
/* What a generation leaves in its folder, and how pictures say what made them. Private to
 * app/jobs. */
#pragma once

#include "app/jobs/generate_job.h"
#include "app/jobs/run_folder.h"

typedef struct {
    char text[24];
} SeedText;

SeedText generate_seed_text(guint64 seed);

/* Every parameter that matters for the bytes of an image: char* -> char*. */
void generate_note_provenance(Trace *trace, const GenerateParams *params, guint64 seed);
bool generate_write_image(const RunFolder *folder, int index, const GenerateImage *image,
                          const GenerateParams *params, const Layout *layout, GError **error);
void generate_note_params(RunFolder *folder, const GenerateParams *params, int width, int height,
                          const char *device);
