// SPDX-License-Identifier: Apache-2.0
//
// Inside of a Sampler, shared by the sampler*.c files only.
#pragma once

#include "compute/sample/sampler.h"
#include "compute/sample/schedule.h"

/* What the multistep solvers remember. */
typedef enum {
    MEMORY_X0,      /* the model's x0 at the last step */
    MEMORY_X0_PAST, /* and at the one before */
    MEMORY_X,       /* UniPC, Heun: the latent that the last step started from */
    MEMORY_NEW_X0,  /* room for this step's x0 */
    MEMORY_SLOPE,   /* Heun: (x - x0) / sigma where the step began */
    N_MEMORIES
} SamplerMemory;

struct Sampler {
    SchedulerConfig config;
    Schedule *schedule;
    int n_steps;      /* evaluations of the model */
    double eta;       /* how much noise is put back */
    double *timestep; /* n_steps */
    double *sigma;    /* n_steps + 1 */
    float *memory[N_MEMORIES];
    int n_remembered; /* steps taken since the start, at most 2 */
    int last_step;    /* index of the last step taken */
    int last_order;   /* UniPC: of the last step */
};

void sampler_levels(const Sampler *sampler, int i, double *signal, double *noise);
void sampler_x0_factors(const Sampler *sampler, int i, double *of_x, double *of_prediction);
/* The noise that step i of DDIM puts back. */
double sampler_ddim_up(const Sampler *sampler, int i);

/* One step of each kind. fresh: noise to put back, or NULL. */
void sampler_step_ddim(const Sampler *sampler, int i, float *x, const float *prediction,
                       const float *fresh, int64_t n);
void sampler_step_lcm(const Sampler *sampler, int i, float *x, const float *prediction,
                      const float *fresh, int64_t n);
void sampler_step_euler(const Sampler *sampler, int i, float *x, const float *prediction,
                        const float *fresh, int64_t n);
void sampler_step_heun(Sampler *sampler, int i, float *x, const float *prediction, int64_t n);
void sampler_step_multistep(Sampler *sampler, int i, float *x, const float *prediction,
                            const float *fresh, int64_t n);
