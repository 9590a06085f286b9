// SPDX-License-Identifier: Apache-2.0
//
// Samplers of the probability flow in x0 + sigma*noise: Euler, Euler ancestral, Heun.
#include "compute/sample/sampler_private.h"

#include <math.h>
#include <string.h>

/* Karras 2022, algorithm 2 without churn; ancestral: down to sigma_down, then noise on
 * top, as k-diffusion has it with its eta. */
void
sampler_step_euler(const Sampler *sampler, int i, float *x, const float *prediction,
                   const float *fresh, int64_t n)
{
    double from = sampler->sigma[i], to = sampler->sigma[i + 1], up = 0, of_x, of_prediction;

    if (sampler->config.kind == SCHEDULER_EULER_ANCESTRAL) {
        double to_square = to * to;

        up = sampler->eta * sqrt(to_square * (from * from - to_square)) / from;
        up = MIN(up, to);
        to = sqrt(MAX(to_square - up * up, 0));
    }
    sampler_x0_factors(sampler, i, &of_x, &of_prediction);
    for (int64_t k = 0; k < n; k++) {
        double x0 = of_x * x[k] + of_prediction * prediction[k];
        double result = x[k] + (x[k] - x0) / from * (to - from);

        x[k] = (float)(fresh ? result + up * fresh[k] : result);
    }
}

/* Karras 2022, algorithm 1 without churn, two evaluations a step but for the last: even i goes all
 * the way to the next sigma, odd i goes again from where that began, with the mean of both slopes.
 * diffusers' HeunDiscreteScheduler. */
void
sampler_step_heun(Sampler *sampler, int i, float *x, const float *prediction, int64_t n)
{
    float **slope = &sampler->memory[MEMORY_SLOPE], **start = &sampler->memory[MEMORY_X];
    bool second = i % 2 == 1;
    double here = sampler->sigma[i], of_x, of_prediction;
    double width = second ? here - sampler->sigma[i - 1] : sampler->sigma[i + 1] - here;

    sampler_x0_factors(sampler, i, &of_x, &of_prediction);
    if (!*slope) {
        *slope = g_new(float, n);
        *start = g_new(float, n);
    }
    for (int64_t k = 0; k < n; k++) {
        double x0 = of_x * x[k] + of_prediction * prediction[k], own = (x[k] - x0) / here;

        if (second) {
            x[k] = (float)((*start)[k] + (own + (*slope)[k]) / 2 * width);
            continue;
        }
        (*start)[k] = x[k];
        (*slope)[k] = (float)own;
        x[k] = (float)(x[k] + own * width);
    }
}
