/* SPDX-License-Identifier: Apache-2.0 */
/* Whole sampling loops in the golden run: what they start from, and the walk that compares every
 * step. As golden_private.h, the first error stays in the context. */
#pragma once

#include "compute/sample/control.h"
#include "compute/sample/sampler.h"
#include "compute/selftest/golden_private.h"

/* What the loops of a set start from; image and embeddings for a batch of two. */
typedef struct {
    Shape sample, context, map; /* of a batch of two */
    float *noise, *embeds, *image;
    float *step_noise; /* NULL: none */
} Start;

/* Reads goldens/FILE, which stands in for the open file meanwhile. step_noise: the name of a tensor
 * or NULL. */
bool start_read(Start *start, Golden *g, const char *file, const char *step_noise);
/* Noise and map of the open file, "input.init_noise" and "input.controlnet_cond". */
bool start_read_own(Start *start, Golden *g);
void start_clear(Start *start);

/* One walk from noise to latents; prefix stands before the names of what is compared. */
typedef struct {
    Golden *golden;
    Denoiser *denoiser;
    Sampler *sampler;
    const char *prefix;
    const float *step_noise; /* (n_steps, n) or NULL */
    float *x;                /* (n) latents: noise of unit spread, or what step first starts from */
    int64_t n;
    int first; /* step to begin with */
    double guidance, rescale;
    GeneratorControl control; /* weight, start and end of the ControlNet, if there is one */
} Walk;

/* x becomes the latents. */
void walk_go(Walk *walk);

Sampler *golden_open_sampler(Golden *g, const char *path, int n_steps);
/* A tensor of another file of goldens/; the caller frees. */
float *golden_input(Golden *g, const char *file, const char *key);
/* Compares what the VAE makes of latents with "output.image_raw" and "output.image_0_1". */
void golden_decode_image(Golden *g, const float *latents, Shape shape);
/* The part "e2e"; both are in golden_sampling.c. */
void golden_e2e(Golden *g);
