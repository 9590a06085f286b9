// SPDX-License-Identifier: Apache-2.0
//
// Sampler: which step belongs to which kind, and what noise it adds.
#include "compute/sample/sampler_private.h"

bool
sampler_wants_noise(const Sampler *sampler, int i)
{
    g_return_val_if_fail(i >= 0 && i < sampler->n_steps, false);
    switch (sampler->config.kind) {
    case SCHEDULER_EULER_ANCESTRAL:
    case SCHEDULER_DPMPP_2M_SDE:
        return sampler->eta > 0 && sampler->sigma[i + 1] > 0;
    case SCHEDULER_DDIM:
        return sampler_ddim_up(sampler, i) > 0;
    case SCHEDULER_LCM:
        return i + 1 < sampler->n_steps;
    default:
        return false;
    }
}

void
sampler_step(Sampler *sampler, int i, float *x, const float *prediction, const float *noise,
             int64_t n)
{
    const float *fresh;

    g_return_if_fail(i >= 0 && i < sampler->n_steps && n >= 0);
    fresh = sampler_wants_noise(sampler, i) ? noise : NULL;
    g_return_if_fail(fresh || !sampler_wants_noise(sampler, i));
    switch (sampler->config.kind) {
    case SCHEDULER_DDIM:
        sampler_step_ddim(sampler, i, x, prediction, fresh, n);
        return;
    case SCHEDULER_LCM:
        sampler_step_lcm(sampler, i, x, prediction, fresh, n);
        return;
    case SCHEDULER_EULER:
    case SCHEDULER_EULER_ANCESTRAL:
        sampler_step_euler(sampler, i, x, prediction, fresh, n);
        return;
    case SCHEDULER_HEUN:
        sampler_step_heun(sampler, i, x, prediction, n);
        return;
    default:
        sampler_step_multistep(sampler, i, x, prediction, fresh, n);
    }
}
