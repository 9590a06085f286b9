/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures from a caption: a model, perhaps LoRAs on it, perhaps a control map. The result is a
 * run folder (run_folder.h) with, for image i,
 *   0000i.png        as sampled; its text chunks hold every parameter and name the layout
 *   0000i.trace.png  after colour correction, where the picture is as wide as the layout */
#pragma once

#include "app/jobs/job.h"
#include "app/trace/trace.h"

typedef struct {
    char *path; /* owned */
    double weight;
} GenerateLora;

typedef struct {
    char *model;             /* owned: folder; NULL: the bundled model */
    char *controlnet;        /* owned: folder of another ControlNet than the model's; NULL */
    char *device;            /* owned; NULL: the default */
    GArray *loras;           /* GenerateLora, owned */
    char *prompt, *negative; /* owned; negative may be NULL */
    bool any_words; /* the prompt may hold words that the model's captions do not have; so it may
                       with a LoRA, which has captions of its own */
    char *control;  /* owned: PNG of the control map; NULL: none */
    double control_weight, control_start, control_end;
    char *sampler; /* owned, one of generate_sampler_name; NULL: the model's own */
    int steps;
    double guidance;
    int clip_skip;
    guint64 seed; /* of the first image; image i takes seed + i */
    int count;
    int width, height; /* pixels; 0: those of the control map, else 1088 x 1024 */
    char *layout;      /* owned: of the pictures the model was trained on; NULL: the default */
    char *output;      /* owned: the folder; NULL: keep the results in memory only */
    int preview_every; /* steps between previews, 0: none */
} GenerateParams;

GenerateParams *generate_params_new(void);
void generate_params_add_lora(GenerateParams *params, const char *path, double weight);
void generate_params_free(GenerateParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GenerateParams, generate_params_free)

/* The n-th sampler, NULL past the end. */
const char *generate_sampler_name(int n);

typedef struct {
    Image *image; /* as sampled */
    Trace *trace; /* colour-corrected; NULL where the picture's width is not the layout's */
    guint64 seed;
} GenerateImage;

typedef struct {
    GPtrArray *images; /* GenerateImage, owned by the job */
    char *device;      /* what it ran on */
    double seconds_per_image;
} GenerateResult;

void generate_result_clear(GenerateResult *result);

/* Takes params. Previews are the picture the model believes in at present. */
TorchlightJob *generate_job_new(GenerateParams *params);
/* After the job is done. */
const GenerateResult *generate_job_get_result(TorchlightJob *job);
