/* SPDX-License-Identifier: Apache-2.0 */
/* GeneratorControl: a control map that guides sampling through a ControlNet (Zhang et al. 2023,
 * arXiv 2302.05543), and how much of it acts in a step. */
#pragma once

#include "compute/sample/pipeline.h"

#define MAX_CONTROLS 8

/* What is more important. A ControlNet has a result for each of the UNet's skip tensors, from the
 * finest to the coarsest, and one for its middle; n in all, 13 for Stable Diffusion. */
typedef enum {
    CONTROL_BALANCED, /* every result at the control's weight */
    CONTROL_PROMPT,   /* the finer the result, the less of it */
    CONTROL_CONTROL,  /* the same, and on the positive half of the batch only */
    CONTROL_N_MODES
} ControlMode;

/* Whose rules: when control acts in step i of N, and how much less of result l the modes take.
 *   diffusers: not if i/N < start or (i+1)/N > end; 10^(l/(n-1) - 1), as its guess_mode, which is
 *     CONTROL_CONTROL (its pipeline has no CONTROL_PROMPT: here that is the curve on both halves)
 *   A1111 (sd-webui-controlnet): while start <= i/N <= end; 0.825^(n-1-l) */
typedef enum { CONTROL_DIFFUSERS, CONTROL_A1111, CONTROL_N_CONVENTIONS } ControlConvention;

/* "balanced", "prompt", "control"; "diffusers", "a1111". False for another name. */
const char *control_mode_name(ControlMode mode);
bool control_mode_find(const char *name, ControlMode *mode);
const char *control_convention_name(ControlConvention convention);
bool control_convention_find(const char *name, ControlConvention *convention);

typedef struct {
    const ControlNet *net; /* borrowed; NULL: the pipeline's */
    const float *map;      /* (3, height, width) in [0, 1], of the picture's size; borrowed */
    bool own_maps;         /* map is (n_images, 3, height, width): every image has its own */
    double weight;         /* 0..2 */
    double start, end;     /* part of the steps with control: 0..1 */
    ControlMode mode;
    ControlConvention convention;
    const double *layers; /* a factor for each result, in place of the mode's; NULL: the mode's */
    int n_layers;         /* of layers: controlnet_n_results of the net */
} GeneratorControl;

#define GENERATOR_CONTROL_DEFAULTS                                                                 \
    {                                                                                              \
        .weight = 1.0, .end = 1.0                                                                  \
    }

/* The weight in step i of n: 0 where it does not act. */
double generator_control_weight(const GeneratorControl *control, int i, int n);
/* The factor of each of the net's n results beside that weight. */
void generator_control_factors(const GeneratorControl *control, int n, double *factors);
/* Whether the net has as many results as there are layers given. */
bool generator_control_check(const GeneratorControl *control, const ControlNet *net,
                             GError **error);

/* The part of a ControlNet that runs once a picture: its stem. Recorded for maps of one size. */
typedef struct ControlHint ControlHint;

ControlHint *control_hint_new(Device *device, const ControlNet *net, int width, int height,
                              GError **error);
void control_hint_free(ControlHint *hint);
/* map (3, height, width) -> hint (C0, h, w), of the latent's height and width. */
bool control_hint_run(ControlHint *hint, const float *map, float *out, GCancellable *cancellable,
                      GError **error);
