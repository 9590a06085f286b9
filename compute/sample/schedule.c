// SPDX-License-Identifier: Apache-2.0
//
// Schedule: the noise levels of training and the timesteps of sampling.
#include "compute/sample/schedule.h"

#include <math.h>
#include <glib/gi18n-lib.h>

#define KARRAS_RHO 7.0

/* Alpha-bar of Nichol and Dhariwal 2021, whose betas squaredcos_cap_v2 takes. */
static double
cosine_alpha_bar(double time)
{
    double angle = cos((time + 0.008) / 1.008 * G_PI / 2);

    return angle * angle;
}

static double
beta_at(const SchedulerConfig *config, int t)
{
    double n = config->n_train_timesteps, place = t / (n - 1), root;

    switch (config->beta_schedule) {
    case BETA_LINEAR:
        return config->beta_start + place * (config->beta_end - config->beta_start);
    case BETA_SCALED_LINEAR:
        root =
            sqrt(config->beta_start) + place * (sqrt(config->beta_end) - sqrt(config->beta_start));
        return root * root;
    default:
        return MIN(1 - cosine_alpha_bar((t + 1) / n) / cosine_alpha_bar(t / n), 0.999);
    }
}

/* Lin 2023, algorithm 1: the last timestep holds no signal at all. */
static void
rescale_to_zero_snr(double *alpha_cumprod, int n)
{
    double first = sqrt(alpha_cumprod[0]), last = sqrt(alpha_cumprod[n - 1]);

    for (int t = 0; t < n; t++) {
        double root = (sqrt(alpha_cumprod[t]) - last) * first / (first - last);
        alpha_cumprod[t] = root * root;
    }
}

Schedule *
schedule_new(const SchedulerConfig *config, GError **error)
{
    Schedule *schedule;
    double product = 1;

    if (!scheduler_config_check(config, _("scheduler"), error))
        return NULL;
    schedule = g_new0(Schedule, 1);
    schedule->n_train = config->n_train_timesteps;
    schedule->prediction = config->prediction_type;
    schedule->alpha_cumprod = g_new(double, schedule->n_train);
    for (int t = 0; t < schedule->n_train; t++) {
        product *= 1 - beta_at(config, t);
        schedule->alpha_cumprod[t] = product;
    }
    if (config->rescale_betas_zero_snr) {
        rescale_to_zero_snr(schedule->alpha_cumprod, schedule->n_train);
        /* Those who divide by it need a little signal left; sigma becomes 4096. */
        if (config->kind != SCHEDULER_DDIM)
            schedule->alpha_cumprod[schedule->n_train - 1] = 0x1p-24;
    }
    return schedule;
}

void
schedule_free(Schedule *schedule)
{
    if (!schedule)
        return;
    g_free(schedule->alpha_cumprod);
    g_free(schedule);
}

double
schedule_sigma(const Schedule *schedule, int t)
{
    g_return_val_if_fail(t >= 0 && t < schedule->n_train, 0);
    return sqrt((1 - schedule->alpha_cumprod[t]) / schedule->alpha_cumprod[t]);
}

double
schedule_snr(const Schedule *schedule, int t)
{
    g_return_val_if_fail(t >= 0 && t < schedule->n_train, 0);
    return schedule->alpha_cumprod[t] / (1 - schedule->alpha_cumprod[t]);
}

void
schedule_add_noise(const Schedule *schedule, int t, const float *x, const float *noise, float *out,
                   int64_t n)
{
    float signal, rest;

    g_return_if_fail(t >= 0 && t < schedule->n_train);
    signal = (float)sqrt(schedule->alpha_cumprod[t]);
    rest = (float)sqrt(1 - schedule->alpha_cumprod[t]);
    for (int64_t i = 0; i < n; i++)
        out[i] = signal * x[i] + rest * noise[i];
}

void
schedule_target(const Schedule *schedule, int t, const float *x, const float *noise, float *out,
                int64_t n)
{
    float signal, rest;

    g_return_if_fail(t >= 0 && t < schedule->n_train);
    signal = (float)sqrt(schedule->alpha_cumprod[t]);
    rest = (float)sqrt(1 - schedule->alpha_cumprod[t]);
    for (int64_t i = 0; i < n; i++)
        out[i] = schedule->prediction == PREDICTION_V ? signal * noise[i] - rest * x[i] : noise[i];
}

void
schedule_timesteps(const Schedule *schedule, TimestepSpacing spacing, int steps_offset, int n_steps,
                   bool whole, bool one_more, double *out)
{
    int n = schedule->n_train, n_laid = n_steps + (one_more ? 1 : 0);

    for (int i = 0; i < n_steps; i++) {
        int up = n_laid - 1 - i; /* counted from the clean end */
        double t;

        switch (spacing) {
        case SPACING_LEADING:
            t = up * (n / n_laid) + steps_offset;
            break;
        case SPACING_TRAILING:
            t = rint(n - i * ((double)n / n_steps)) - 1;
            break;
        default:
            t = n_laid > 1 ? up * ((n - 1.0) / (n_laid - 1)) : 0;
            t = whole ? rint(t) : t;
        }
        out[i] = CLAMP(t, 0, n - 1);
    }
}

double
schedule_sigma_at(const Schedule *schedule, double t)
{
    int low;
    double part;

    t = CLAMP(t, 0, schedule->n_train - 1);
    low = MIN((int)t, schedule->n_train - 2);
    part = t - low;
    if (part == 0)
        return schedule_sigma(schedule, low);
    return (1 - part) * schedule_sigma(schedule, low) + part * schedule_sigma(schedule, low + 1);
}

double
schedule_sigma_at_log(const Schedule *schedule, double t)
{
    int low;

    t = CLAMP(t, 0, schedule->n_train - 1);
    low = MIN((int)t, schedule->n_train - 2);
    return exp((1 - (t - low)) * log(schedule_sigma(schedule, low)) +
               (t - low) * log(schedule_sigma(schedule, low + 1)));
}

double
schedule_t_at(const Schedule *schedule, double sigma)
{
    int low = 0, high = schedule->n_train - 1;
    double below, above, part;

    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (schedule_sigma(schedule, middle) <= sigma)
            low = middle;
        else
            high = middle;
    }
    below = log(schedule_sigma(schedule, low));
    above = log(schedule_sigma(schedule, high));
    part = (log(MAX(sigma, 1e-10)) - below) / (above - below);
    return low + CLAMP(part, 0, 1) * (high - low);
}

void
schedule_karras(double sigma_min, double sigma_max, int n, double *out)
{
    double from = pow(sigma_max, 1 / KARRAS_RHO), to = pow(sigma_min, 1 / KARRAS_RHO);

    for (int i = 0; i < n; i++)
        out[i] = pow(from + (n > 1 ? (double)i / (n - 1) : 0) * (to - from), KARRAS_RHO);
}

void
schedule_exponential(double sigma_min, double sigma_max, int n, double *out)
{
    double from = log(sigma_max), to = log(sigma_min);

    for (int i = 0; i < n; i++)
        out[i] = exp(from + (n > 1 ? (double)i / (n - 1) : 0) * (to - from));
}
