/* SPDX-License-Identifier: Apache-2.0 */
/* Generator: text to image with classifier-free guidance (Ho and Salimans 2022, arXiv 2207.12598)
 * and, when control maps are given, ControlNets. Graphs are recorded once for an image size and
 * replayed for every step and image. The same options on the same device give the same bytes. */
#pragma once

#include "compute/sample/control.h"
#include "compute/sample/pipeline.h"
#include "compute/sample/sampler.h"
#include "compute/sample/vae_runner.h"

/* Hires-fix, as A1111 has it: a smaller picture is drawn first, enlarged, given noise again and
 * finished at full size. */
typedef struct {
    int width, height;    /* of the small picture in pixels; 0: no hires-fix */
    const char *upscaler; /* one of generator_upscaler_name; NULL: the first */
    int n_steps;          /* of the second pass, all of them taken; 0: as many as of the first */
    double strength;      /* how much of the noise comes back: 0 (only enlarged) to 1 */
} GeneratorHires;

typedef struct {
    int width, height;             /* pixels, multiples of the VAE's factor */
    int n_images;                  /* at once; image i takes the seed + i */
    const char *prompt, *negative; /* negative may be NULL: "" */
    const GeneratorControl *controls;
    int n_controls;       /* at most MAX_CONTROLS */
    const char *sampler;  /* sampler_config_named's; NULL: the model's own scheduler */
    const char *schedule; /* NULL: what comes with the sampler */
    int n_steps;
    double eta;      /* sampler_set_eta's; below 0: the sampler's own */
    double guidance; /* 1: none */
    double guidance_rescale;
    int clip_skip;
    guint64 seed;
    const guint64 *seeds; /* (n_images): of each image, in place of seed + i; NULL */
    const char *noise;    /* noise_source_new's; NULL: "cpu" */
    bool noise_together;  /* one generator for all images */
    guint64 noise_delta;  /* A1111's "eta noise seed delta": noise after the first has seeds so much
                             higher; 0: it goes on where the first ended */
    const float *init;    /* image-to-image: (3, height, width) in [-1, 1]; NULL: none */
    double strength;      /* of it: the part of the steps that is taken, 0..1 */
    GeneratorHires hires; /* not with init */
    VaeTiling tiling;
    int tile; /* side of a tile in latent pixels; 0: VAE_TILE */
} GeneratorOptions;

#define GENERATOR_DEFAULTS                                                                         \
    {                                                                                              \
        .width = 1088, .height = 1024, .n_images = 1, .prompt = "", .n_steps = 20, .eta = -1,      \
        .guidance = 4.0, .strength = 0.75, .hires = {                                              \
            .strength = 0.7                                                                        \
        }                                                                                          \
    }

/* The n-th way to enlarge, NULL past the end: "latent" (bilinear), "latent_nearest",
 * "latent_bicubic", "lanczos", "nearest" (of the decoded picture, which is encoded again). */
const char *generator_upscaler_name(int n);

/* Called after each step, before the next: return false to stop (reported as cancelled). Steps
 * count evaluations of the UNet in both passes. x0: the latent the model believes in at present (C,
 * h, w), scaled; of the first image. */
typedef bool (*GeneratorStep)(int step, int n_steps, const float *x0, void *data);

typedef struct Generator Generator;

/* Borrows the pipeline. */
Generator *generator_new(Pipeline *pipeline);
void generator_free(Generator *generator);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Generator, generator_free)

/* images: (n_images, 3, height, width), about [-1, 1]; allocated by the caller. on_step may be
 * NULL. */
bool generator_run(Generator *generator, const GeneratorOptions *options, float *images,
                   GeneratorStep on_step, void *data, GCancellable *cancellable, GError **error);
/* In how many tiles the VAE decodes at present; 0 before it has. */
int generator_n_tiles(const Generator *generator);
/* Whether its results in 16 bits were no numbers, so that it decodes in f32 since. */
bool generator_decodes_exact(const Generator *generator);
/* Decodes a latent (C, h, w) of the present size: a preview. From within on_step. */
bool generator_decode(Generator *generator, const float *latent, float *image,
                      GCancellable *cancellable, GError **error);
int generator_latent_size(const Generator *generator); /* floats of a latent */

/* Previews without the VAE (latent_preview.h), for on_step. Fitting decodes a strip of the latent
 * (C, h, w), about a fifteenth of a picture, and the more like a picture the latent is, the better
 * what comes of it; it may be done again. */
bool generator_fit_preview(Generator *generator, const float *latent, GCancellable *cancellable,
                           GError **error);
bool generator_has_preview(const Generator *generator);
/* Size of a preview in pixels; at most that of the picture. */
void generator_preview_size(const Generator *generator, int *width, int *height);
/* latent (C, h, w) -> rgb, three bytes a pixel. */
void generator_draw_preview(const Generator *generator, const float *latent, uint8_t *rgb);
/* From within on_step: the noisy latent at present, scaled to the spread of a latent without noise
 * as the model's input is, and the time that the model was given, from 999 down. */
const float *generator_noisy_latent(const Generator *generator);
double generator_time(const Generator *generator);
