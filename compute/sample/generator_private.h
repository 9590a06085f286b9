/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of a Generator, shared by the generator*.c files only. */
#pragma once

#include "compute/program.h"
#include "compute/sample/generator.h"
#include "compute/sample/guided_unet.h"
#include "compute/sample/latent_preview.h"
#include "compute/sample/noise_source.h"
#include "compute/sample/prompt_encoder.h"

/* Of which size: the picture's, or hires-fix's small one. */
typedef enum { SIZE_FULL, SIZE_SMALL, N_SIZES } GeneratorSize;

struct Generator {
    Pipeline *pipeline;
    GeneratorSize size; /* of the present pass */
    int height, width;  /* of its latent; 0 before the first */
    VaeTiling tiling;
    int tile;
    PromptEncoder *text;
    GuidedUnet *unet[N_SIZES];
    VaeRunner *decoder[N_SIZES]; /* made when first used */
    VaeRunner *encoder;          /* of SIZE_FULL */

    Program *strip;
    Tensor *strip_z, *strip_image; /* of strip: (1, C, STRIP_ROWS, w) -> (1, 3, ...) */
    LatentPreview *preview;        /* NULL before the first fit */
    float *noisy;                  /* in a step: the latent, scaled */
    double now;                    /* the time of the step */
};

/* What one run knows. */
typedef struct {
    Generator *generator;
    const GeneratorOptions *options;
    SchedulerConfig config;
    NoiseSource *noise;
    int n_done, n_total; /* steps of all passes */
    GeneratorStep on_step;
    void *data;
    GCancellable *cancellable;
} GeneratorRun;

/* Takes x from step first to the end. x: (n_images, C, h, w) of the present pass. */
bool generator_sample(GeneratorRun *run, Sampler *sampler, int first, float *x, GError **error);
/* Prepares the programs and conditions of a size, and makes it the present one. */
bool generator_begin_pass(GeneratorRun *run, GeneratorSize size, GError **error);
/* Noise of the size of the present pass's latents, and what comes after the first draw. */
void generator_draw_first(GeneratorRun *run, float *noise);
/* images (n_images, 3, height, width) of the present size -> latents, scaled. eps: (n_images, ...)
 * noise of the posterior; NULL: its mean. */
bool generator_encode(GeneratorRun *run, const float *images, const float *eps, float *latents,
                      GError **error);

/* hires-fix: how the second pass goes, and the small latents enlarged. */
Sampler *generator_hires_sampler(const GeneratorRun *run, int *first, GError **error);
bool generator_check_upscaler(const char *name, GError **error);
/* small: (n_images, C, h, w) of SIZE_SMALL, the present size -> large, of SIZE_FULL, which is then
 * the present one. */
bool generator_enlarge(GeneratorRun *run, const float *small, float *large, GError **error);
