/* SPDX-License-Identifier: Apache-2.0 */
/* GuidedUnet: one evaluation of the UNet with classifier-free guidance (Ho and Salimans 2022, arXiv
 * 2207.12598) and any number of ControlNets, for a few pictures at a time. Recorded once for a
 * size, replayed for every step. */
#pragma once

#include "compute/sample/control.h"

/* What the recorded program depends on. Compared byte by byte: start from zeros. */
typedef struct {
    int height, width; /* of the latent */
    int n_images;
    bool guided; /* with a negative half: the batch is [negative..., positive...] */
    int clip_skip;
    int n_controls;
    const ControlNet *nets[MAX_CONTROLS];
    bool positive_only[MAX_CONTROLS]; /* computed for the positive half only, when guided */
} GuidedUnetShape;

typedef struct GuidedUnet GuidedUnet;

/* Borrows the pipeline. context: of one prompt or two, as prompt_encoder_shape gives it. */
GuidedUnet *guided_unet_new(const Pipeline *pipeline, const GuidedUnetShape *shape,
                            const Shape *context, GError **error);
void guided_unet_free(GuidedUnet *unet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GuidedUnet, guided_unet_free)
const GuidedUnetShape *guided_unet_shape(const GuidedUnet *unet);

/* context: (2, T, D) negative and positive when guided, else (1, T, D); all pictures share it. */
bool guided_unet_set_context(GuidedUnet *unet, const float *context, GError **error);
/* The maps of control k, (n_maps, 3, 8 height, 8 width): one that all pictures share, or as many as
 * there are pictures. */
bool guided_unet_set_maps(GuidedUnet *unet, int k, const float *maps, int n_maps,
                          GCancellable *cancellable, GError **error);

/* How much of each of the controlnet_n_results of control k there is, beside its weight; 1 before.
 */
void guided_unet_set_factors(GuidedUnet *unet, int k, const double *factors);

typedef struct {
    double timestep;
    const float *input;       /* (n_images, C, h, w): the model's input */
    const double *weights;    /* of each control: see guided_unet_set_factors */
    double guidance, rescale; /* guidance_apply's */
} GuidedUnetStep;

/* prediction: (n_images, C, h, w) */
bool guided_unet_predict(GuidedUnet *unet, const GuidedUnetStep *step, float *prediction,
                         GCancellable *cancellable, GError **error);
