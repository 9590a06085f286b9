/* SPDX-License-Identifier: Apache-2.0 */
/* GeneratorControl: a control map that guides sampling through a ControlNet (Zhang et al. 2023,
 * arXiv 2302.05543), and how much of it acts in a step. */
#pragma once

#include "compute/sample/pipeline.h"

#define MAX_CONTROLS 8

typedef struct {
    const ControlNet *net; /* borrowed; NULL: the pipeline's */
    const float *map;      /* (3, height, width) in [0, 1], of the picture's size; borrowed */
    double weight;         /* 0..2 */
    double start, end;     /* part of the steps with control: 0..1 */
} GeneratorControl;

#define GENERATOR_CONTROL_DEFAULTS                                                                 \
    {                                                                                              \
        .weight = 1.0, .end = 1.0                                                                  \
    }

/* The weight in step i of n: as diffusers has it, none when the step begins before start or ends
 * after end. */
double generator_control_weight(const GeneratorControl *control, int i, int n);

/* The stem's result for a map, (1, C0, h, w), computed once a picture; the caller frees. */
float *generator_control_hint(Device *device, const ControlNet *net, const float *map, int width,
                              int height, GCancellable *cancellable, GError **error);
