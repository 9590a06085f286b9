/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of a Generator, shared by the generator*.c files only. */
#pragma once

#include "compute/program.h"
#include "compute/sample/generator.h"
#include "compute/sample/guided_unet.h"
#include "compute/sample/latent_decoder.h"
#include "compute/sample/latent_preview.h"
#include "compute/sample/prompt_encoder.h"

struct Generator {
    Pipeline *pipeline;
    int height, width; /* of the latent of the present run; 0 before the first */
    PromptEncoder *text;
    GuidedUnet *unet;
    LatentDecoder *decoder; /* made when first used */

    Program *strip;
    Tensor *strip_z, *strip_image; /* of strip: (1, C, STRIP_ROWS, w) -> (1, 3, ...) */
    LatentPreview *preview;        /* NULL before the first fit */
    float *noisy;                  /* in a step: the latent, scaled */
    double now;                    /* the time of the step */
};
