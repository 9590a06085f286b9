// SPDX-License-Identifier: Apache-2.0
//
// Samplers that walk over the training timesteps themselves: DDIM and LCM.
#include "compute/sample/sampler_private.h"

#include <math.h>

/* Alpha-bar that step i leads to. */
static double
alpha_after(const Sampler *sampler, int i)
{
    const Schedule *schedule = sampler->schedule;
    int next = (int)sampler->timestep[i] - schedule->n_train / sampler->n_steps;

    if (next >= 0)
        return schedule->alpha_cumprod[next];
    return sampler->config.set_alpha_to_one ? 1 : schedule->alpha_cumprod[0];
}

double
sampler_ddim_up(const Sampler *sampler, int i)
{
    double from = sampler->schedule->alpha_cumprod[(int)sampler->timestep[i]];
    double to = alpha_after(sampler, i);

    return sampler->eta * sqrt(MAX((1 - to) / (1 - from) * (1 - from / to), 0));
}

/* Song 2021. eta 1 puts as much noise back as DDPM does. */
void
sampler_step_ddim(const Sampler *sampler, int i, float *x, const float *prediction,
                  const float *fresh, int64_t n)
{
    double alpha = alpha_after(sampler, i);
    double signal, noise, to_signal = sqrt(alpha);
    double up = sampler_ddim_up(sampler, i), to_noise = sqrt(MAX(1 - alpha - up * up, 0));
    bool is_v = sampler->config.prediction_type == PREDICTION_V;
    double range = sampler->config.clip_sample_range;

    sampler_levels(sampler, i, &signal, &noise);
    for (int64_t k = 0; k < n; k++) {
        double x0, eps;

        if (is_v) {
            x0 = signal * x[k] - noise * prediction[k];
            eps = signal * prediction[k] + noise * x[k];
        } else {
            x0 = (x[k] - noise * prediction[k]) / signal;
            eps = prediction[k];
        }
        if (range > 0)
            x0 = CLAMP(x0, -range, range);
        x[k] = (float)(to_signal * x0 + to_noise * eps + (fresh ? up * fresh[k] : 0));
    }
}

/* Luo 2023 (arXiv 2310.04378), as diffusers' LCMScheduler: x0 with the boundary condition's
 * scalings for sigma_data 0.5, then noise again, but not after the last step. */
void
sampler_step_lcm(const Sampler *sampler, int i, float *x, const float *prediction,
                 const float *fresh, int64_t n)
{
    double t = sampler->timestep[i] * sampler->config.timestep_scaling;
    double of_x = 0.25 / (t * t + 0.25), of_x0 = t / sqrt(t * t + 0.25);
    double signal = 1, noise = 0, range = sampler->config.clip_sample_range;
    double x_factor, prediction_factor;

    sampler_x0_factors(sampler, i, &x_factor, &prediction_factor);
    if (i + 1 < sampler->n_steps)
        sampler_levels(sampler, i + 1, &signal, &noise);
    for (int64_t k = 0; k < n; k++) {
        double x0 = x_factor * x[k] + prediction_factor * prediction[k], denoised;

        if (range > 0)
            x0 = CLAMP(x0, -range, range);
        denoised = of_x0 * x0 + of_x * x[k];
        x[k] = (float)(fresh ? signal * denoised + noise * fresh[k] : denoised);
    }
}
