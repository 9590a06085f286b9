// SPDX-License-Identifier: Apache-2.0
//
// Sampler, one step of each kind. lambda is log(signal/noise) = -log sigma, h a step in it;
// because of that exp(-h) is the quotient of two sigmas, and stays finite where the last is 0.
#include "compute/sample/sampler_private.h"

#include <math.h>
#include <string.h>

/* Song 2021, eta = 0. */
static void
step_ddim(const Sampler *sampler, int i, float *x, const float *prediction, int64_t n)
{
    const Schedule *schedule = sampler->schedule;
    const double *alpha_cumprod = schedule->alpha_cumprod;
    int next = (int)sampler->timestep[i] - schedule->n_train / sampler->n_steps;
    double alpha = next >= 0                          ? alpha_cumprod[next]
                   : sampler->config.set_alpha_to_one ? 1
                                                      : alpha_cumprod[0];
    double signal, noise, to_signal = sqrt(alpha), to_noise = sqrt(1 - alpha);
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
        x[k] = (float)(to_signal * x0 + to_noise * eps);
    }
}

/* Karras 2022, algorithm 2 without churn; ancestral: down to sigma_down, then noise on top. */
static void
step_euler(const Sampler *sampler, int i, float *x, const float *prediction, const float *noise,
           int64_t n)
{
    double from = sampler->sigma[i], to = sampler->sigma[i + 1], up = 0, of_x, of_prediction;

    if (sampler->config.kind == SCHEDULER_EULER_ANCESTRAL) {
        double to_square = to * to;

        up = sqrt(to_square * (from * from - to_square)) / from;
        to = sqrt(MAX(to_square - up * up, 0));
    }
    sampler_x0_factors(sampler, i, &of_x, &of_prediction);
    for (int64_t k = 0; k < n; k++) {
        double x0 = of_x * x[k] + of_prediction * prediction[k];
        double result = x[k] + (x[k] - x0) / from * (to - from);

        x[k] = (float)(noise ? result + up * noise[k] : result);
    }
}

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

/* DPM-Solver++(2M), Lu 2022, midpoint form. */
static void
step_dpmpp(Sampler *sampler, int i, float *x, int64_t n)
{
    const SchedulerConfig *config = &sampler->config;
    double from = sampler->sigma[i], to = sampler->sigma[i + 1];
    double alpha_to = alpha_of(to), shrink = to * alpha_to / (from * alpha_of(from));
    double phi = alpha_to * (1 - to / from); /* -alpha (exp(-h) - 1) */
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
        x[k] = (float)(shrink * x[k] + phi * model);
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
sampler_step(Sampler *sampler, int i, float *x, const float *prediction, const float *noise,
             int64_t n)
{
    g_return_if_fail(i >= 0 && i < sampler->n_steps && n >= 0);
    switch (sampler->config.kind) {
    case SCHEDULER_DDIM:
        step_ddim(sampler, i, x, prediction, n);
        return;
    case SCHEDULER_EULER:
        step_euler(sampler, i, x, prediction, NULL, n);
        return;
    case SCHEDULER_EULER_ANCESTRAL:
        g_return_if_fail(noise || !sampler_wants_noise(sampler, i));
        step_euler(sampler, i, x, prediction, sampler_wants_noise(sampler, i) ? noise : NULL, n);
        return;
    default:
        break;
    }
    g_return_if_fail(sampler->n_remembered == 0 || i == sampler->last_step + 1);
    if (!sampler->memory[MEMORY_NEW_X0])
        sampler->memory[MEMORY_NEW_X0] = g_new(float, n);
    sampler_predict_x0(sampler, i, x, prediction, sampler->memory[MEMORY_NEW_X0], n);
    if (sampler->config.kind == SCHEDULER_DPMPP_2M)
        step_dpmpp(sampler, i, x, n);
    else
        step_unipc(sampler, i, x, n);
    sampler->n_remembered = MIN(sampler->n_remembered + 1, 2);
    sampler->last_step = i;
}
