// SPDX-License-Identifier: Apache-2.0
//
// Inside of a Sampler, shared by sampler.c and sampler_step.c only.
#pragma once

#include "compute/sample/sampler.h"
#include "compute/sample/schedule.h"

/* What the multistep solvers remember. */
typedef enum {
    MEMORY_X0,      /* the model's x0 at the last step */
    MEMORY_X0_PAST, /* and at the one before */
    MEMORY_X,       /* UniPC: the latent that the last step started from */
    MEMORY_NEW_X0,  /* room for this step's x0 */
    N_MEMORIES
} SamplerMemory;

struct Sampler {
    SchedulerConfig config;
    Schedule *schedule;
    int n_steps;
    double *timestep; /* n_steps */
    double *sigma;    /* n_steps + 1 */
    float *memory[N_MEMORIES];
    int n_remembered; /* steps taken since the start, at most 2 */
    int last_step;    /* index of the last step taken */
    int last_order;   /* UniPC: of the last step */
};

void sampler_levels(const Sampler *sampler, int i, double *signal, double *noise);
void sampler_x0_factors(const Sampler *sampler, int i, double *of_x, double *of_prediction);
