// SPDX-License-Identifier: Apache-2.0
//
// Samplers that remember: DPM++ 2M, its SDE, UniPC. lambda is log(signal/noise) = -log sigma, h a
// step in it; because of that exp(-h) is the quotient of two sigmas, and stays finite where the
// last is 0.
#include "compute/sample/sampler_private.h"

#include <math.h>
#include <string.h>

/* A signal level from a sigma: x = alpha*(x0 + sigma*eps). */
static double
alpha_of(double sigma)
{
    return 1 / sqrt(sigma * sigma + 1);
}

/* Makes the new x0 the last one and gives back a buffer for the next. */
static void
remember_x0(Sampler *sampler)
{
    float *spare = sampler->memory[MEMORY_X0_PAST];

    sampler->memory[MEMORY_X0_PAST] = sampler->memory[MEMORY_X0];
    sampler->memory[MEMORY_X0] = sampler->memory[MEMORY_NEW_X0];
    sampler->memory[MEMORY_NEW_X0] = spare;
}

/* DPM-Solver++(2M), Lu 2022, midpoint form; with eta over 0 its SDE, as k-diffusion has it (eta 1
 * is diffusers' sde-dpmsolver++). */
static void
step_dpmpp(Sampler *sampler, int i, float *x, const float *fresh, int64_t n)
{
    const SchedulerConfig *config = &sampler->config;
    double from = sampler->sigma[i], to = sampler->sigma[i + 1];
    double eta = sampler->eta, quotient = to / from; /* exp(-h) */
    double alpha_to = alpha_of(to), decay = eta > 0 ? pow(quotient, eta) : 1;
    double shrink = quotient * decay * alpha_to / alpha_of(from);
    double phi = alpha_to * (1 - quotient * decay); /* -alpha (exp(-(1 + eta) h) - 1) */
    double up = to * alpha_to * sqrt(1 - decay * decay);
    bool few = config->lower_order_final && sampler->n_steps < 15;
    bool last = i == sampler->n_steps - 1 &&
                (config->euler_at_final || few || config->final_sigma_zero || to == 0);
    bool first_order = config->solver_order == 1 || sampler->n_remembered < 1 || last;
    double slope = 0; /* of x0, in units of this step */
    const float *x0, *past;

    remember_x0(sampler);
    x0 = sampler->memory[MEMORY_X0];
    past = sampler->memory[MEMORY_X0_PAST];
    if (!first_order) {
        double before = sampler->sigma[i - 1];
        double h = log(from) - log(to), h_before = log(before) - log(from);

        slope = 0.5 * h / h_before;
    }
    for (int64_t k = 0; k < n; k++) {
        double model = x0[k];

        if (!first_order)
            model += slope * (model - past[k]);
        model = shrink * x[k] + phi * model;
        x[k] = (float)(fresh ? model + up * fresh[k] : model);
    }
}

/* The coefficients that UniPC's predictor and corrector share, for B(h) = exp(-h) - 1 ("bh2"). */
typedef struct {
    double shrink; /* of the latent */
    double phi;    /* -alpha (exp(-h) - 1): weight of x0 and of its corrections */
    double b1, b2; /* right-hand sides of the order conditions */
    double ratio;  /* step before this one over this one, in lambda, negative */
} UniPC;

static UniPC
unipc_coefficients(double before, double from, double to)
{
    UniPC c;
    double minus_h = to > 0 ? log(to) - log(from) : -INFINITY;
    double growth = to / from - 1, phi1, phi2; /* exp(-h) - 1 */

    c.shrink = to * alpha_of(to) / (from * alpha_of(from));
    c.phi = -alpha_of(to) * growth;
    phi1 = to > 0 ? growth / minus_h - 1 : -1;
    phi2 = to > 0 ? phi1 / minus_h - 0.5 : -0.5;
    c.b1 = phi1 / growth;
    c.b2 = 2 * phi2 / growth;
    c.ratio = before > 0 && to > 0 ? (log(from) - log(before)) / -minus_h : -1;
    return c;
}

/* Zhao 2023: corrects the latent that step i starts from, now that x0 is known there. */
static void
unipc_correct(Sampler *sampler, int i, float *x, int64_t n)
{
    bool second = sampler->last_order == 2;
    UniPC c = unipc_coefficients(second ? sampler->sigma[i - 2] : 0, sampler->sigma[i - 1],
                                 sampler->sigma[i]);
    const float *start = sampler->memory[MEMORY_X], *x0 = sampler->memory[MEMORY_X0];
    const float *past = sampler->memory[MEMORY_X0_PAST], *now = sampler->memory[MEMORY_NEW_X0];
    double of_past = 0, of_now = 0.5;

    if (second) {
        of_past = (c.b1 - c.b2) / (1 - c.ratio);
        of_now = c.b1 - of_past;
    }
    for (int64_t k = 0; k < n; k++) {
        double change = of_now * ((double)now[k] - x0[k]);

        if (second)
            change += of_past * ((double)past[k] - x0[k]) / c.ratio;
        x[k] = (float)(c.shrink * start[k] + c.phi * (x0[k] + change));
    }
}

static void
unipc_predict(Sampler *sampler, int i, float *x, int order, int64_t n)
{
    bool second = order == 2;
    UniPC c = unipc_coefficients(second ? sampler->sigma[i - 1] : 0, sampler->sigma[i],
                                 sampler->sigma[i + 1]);
    const float *x0 = sampler->memory[MEMORY_X0], *past = sampler->memory[MEMORY_X0_PAST];

    for (int64_t k = 0; k < n; k++) {
        double model = x0[k];

        if (second)
            model += 0.5 * ((double)past[k] - x0[k]) / c.ratio;
        x[k] = (float)(c.shrink * x[k] + c.phi * model);
    }
}

static void
step_unipc(Sampler *sampler, int i, float *x, int64_t n)
{
    int order = sampler->config.solver_order;

    if (sampler->n_remembered > 0)
        unipc_correct(sampler, i, x, n);
    remember_x0(sampler);
    if (!sampler->memory[MEMORY_X])
        sampler->memory[MEMORY_X] = g_new(float, n);
    memcpy(sampler->memory[MEMORY_X], x, n * sizeof *x);
    if (sampler->config.lower_order_final || sampler->sigma[i + 1] == 0)
        order = MIN(order, sampler->n_steps - i);
    order = MIN(order, sampler->n_remembered + 1);
    sampler->last_order = order;
    unipc_predict(sampler, i, x, order, n);
}

void
sampler_step_multistep(Sampler *sampler, int i, float *x, const float *prediction,
                       const float *fresh, int64_t n)
{
    g_return_if_fail(sampler->n_remembered == 0 || i == sampler->last_step + 1);
    if (!sampler->memory[MEMORY_NEW_X0])
        sampler->memory[MEMORY_NEW_X0] = g_new(float, n);
    sampler_predict_x0(sampler, i, x, prediction, sampler->memory[MEMORY_NEW_X0], n);
    if (sampler->config.kind == SCHEDULER_UNIPC)
        step_unipc(sampler, i, x, n);
    else
        step_dpmpp(sampler, i, x, fresh, n);
    sampler->n_remembered = MIN(sampler->n_remembered + 1, 2);
    sampler->last_step = i;
}
