// SPDX-License-Identifier: Apache-2.0
//
// Schedule: how much signal and noise a latent holds at each of the (1000) training timesteps, and
// which timesteps a sampler with few steps visits. Scalars in double.
//
// alpha_cumprod[t] is the paper's alpha-bar: noisy = sqrt(ac)*x + sqrt(1-ac)*noise (Ho 2020).
// sigma = sqrt((1-ac)/ac) is Karras's (2022). Spacing as in diffusers, which follows Lin 2023.
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "compute/model/config.h"

typedef struct {
    int n_train;           /* training timesteps */
    double *alpha_cumprod; /* n_train values, falling */
    PredictionType prediction;
} Schedule;

/* Errors: a config out of range. */
Schedule *schedule_new(const SchedulerConfig *config, GError **error);
void schedule_free(Schedule *schedule);

double schedule_sigma(const Schedule *schedule, int t);
/* Signal-to-noise ratio ac / (1 - ac), as min-SNR weighting needs it. */
double schedule_snr(const Schedule *schedule, int t);

/* For training, n values: noisy = sqrt(ac[t])*x + sqrt(1-ac[t])*noise. `out` may be `x`. */
void schedule_add_noise(const Schedule *schedule, int t, const float *x, const float *noise,
                        float *out, int64_t n);
/* What the model is to predict: the noise, or v = sqrt(ac)*noise - sqrt(1-ac)*x. */
void schedule_target(const Schedule *schedule, int t, const float *x, const float *noise,
                     float *out, int64_t n);

/* Fractional timesteps that `n_steps` steps visit, falling; `out` holds n_steps values. The three
 * spacings of diffusers; `whole` rounds linspace; `one_more` lays linspace and leading out for one
 * step more and drops the last (DPM++ 2M, UniPC). */
void schedule_timesteps(const Schedule *schedule, TimestepSpacing spacing, int steps_offset,
                        int n_steps, bool whole, bool one_more, double *out);
/* Sigma at a fractional timestep, interpolated linearly. */
double schedule_sigma_at(const Schedule *schedule, double t);
/* The same with log sigma interpolated, as k-diffusion has it. */
double schedule_sigma_at_log(const Schedule *schedule, double t);
/* Its inverse: the fractional timestep at which log sigma is interpolated to that of `sigma`. */
double schedule_t_at(const Schedule *schedule, double sigma);
/* Karras's sigmas, rho = 7, from sigma_max down to sigma_min: n values. */
void schedule_karras(double sigma_min, double sigma_max, int n, double *out);
/* Sigmas evenly spaced in the logarithm, likewise. */
void schedule_exponential(double sigma_min, double sigma_max, int n, double *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Schedule, schedule_free)
