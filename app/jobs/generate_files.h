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
/* "no-vpn-web-http2": a prompt as the beginning of a file's name; may be empty. The caller frees.
 */
char *generate_prompt_stem(const char *prompt);

/* SHA-256 of the files that go into a picture beside the model. */
typedef struct {
    char *loras;   /* owned: of each LoRA, separated by ", "; NULL without any */
    char *control; /* owned: of the control maps, in order; NULL without one */
    char *init;    /* of the picture to start from, or NULL */
} GenerateSums;

bool generate_sums_init(GenerateSums *sums, const GenerateParams *params, GError **error);
void generate_sums_clear(GenerateSums *sums);

/* Every parameter that matters for the bytes of an image: char* -> char*. */
void generate_note_provenance(Trace *trace, const GenerateParams *params, const GenerateSums *sums,
                              guint64 seed);
/* Into a run folder, as 00000.png and 00000.trace.png. */
bool generate_write_image(const RunFolder *folder, const GenerateImage *image,
                          const GenerateParams *params, const GenerateSums *sums,
                          const Layout *layout, GError **error);
/* Into params->pictures with its prompt in a .txt; sets the image's path. */
bool generate_write_picture(GenerateImage *image, const GenerateParams *params,
                            const GenerateSums *sums, const Layout *layout, GError **error);
/* Paths are relative to the folder that the run folder stands in, where they are below it: the two
 * may be moved together. */
void generate_note_params(RunFolder *folder, const GenerateParams *params, const GenerateSums *sums,
                          int width, int height, const char *device);
