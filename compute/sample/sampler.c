// SPDX-License-Identifier: Apache-2.0
//
// Sampler: the grid of timesteps and sigmas of each kind, and what all kinds have in common. The
// steps themselves are sampler_step.c.
#include "compute/sample/sampler_private.h"

#include <math.h>
#include <string.h>
#include <glib/gi18n-lib.h>

static bool
is_solver(SchedulerKind kind)
{
    return kind == SCHEDULER_DPMPP_2M || kind == SCHEDULER_DPMPP_2M_SDE || kind == SCHEDULER_UNIPC;
}

/* Euler's latents are x0 + sigma*noise ("variance exploding"); the others' have about unit
 * variance throughout. */
static bool
is_exploding(SchedulerKind kind)
{
    return kind == SCHEDULER_EULER || kind == SCHEDULER_EULER_ANCESTRAL || kind == SCHEDULER_HEUN;
}

/* As many of the timesteps that LCM was distilled on, from the noisiest on. */
static void
lay_lcm(Sampler *sampler, int n)
{
    int n_train = sampler->schedule->n_train, whole = sampler->config.original_steps;

    for (int i = 0; i < n; i++)
        sampler->timestep[i] =
            (whole - (int)floor(i * ((double)whole / n))) * (n_train / whole) - 1;
}

/* The range of Karras's and exponential sigmas is that of the timesteps for Euler and Heun, that of
 * all training timesteps for the solvers, whose timesteps are also whole: rounded for Karras's, cut
 * for exponential ones, as diffusers does. */
static void
lay_sigmas(Sampler *sampler, int n)
{
    const Schedule *schedule = sampler->schedule;
    bool solver = is_solver(sampler->config.kind), karras = sampler->config.sigmas == SIGMAS_KARRAS;
    double max = solver ? schedule_sigma(schedule, schedule->n_train - 1) : sampler->sigma[0];
    double min = solver ? schedule_sigma(schedule, 0) : sampler->sigma[n - 1];

    if (karras)
        schedule_karras(min, max, n, sampler->sigma);
    else
        schedule_exponential(min, max, n, sampler->sigma);
    for (int i = 0; i < n; i++) {
        double t = schedule_t_at(schedule, sampler->sigma[i]);

        sampler->timestep[i] = !solver ? t : karras ? rint(t) : floor(t + 1e-6);
    }
}

/* Stability AI's generative-models, as ComfyUI and A1111 have it. */
static void
lay_sgm_uniform(Sampler *sampler, int n)
{
    const Schedule *schedule = sampler->schedule;

    for (int i = 0; i < n; i++) {
        sampler->timestep[i] = (schedule->n_train - 1) * (1 - (double)i / n);
        sampler->sigma[i] = schedule_sigma_at_log(schedule, sampler->timestep[i]);
    }
}

/* Fills timestep[] and sigma[] for n steps; Euler's timesteps stay fractional. */
static void
lay_grid(Sampler *sampler, int n)
{
    const SchedulerConfig *config = &sampler->config;
    const Schedule *schedule = sampler->schedule;

    schedule_timesteps(schedule, config->timestep_spacing, config->steps_offset, n,
                       !is_exploding(config->kind), is_solver(config->kind), sampler->timestep);
    if (config->kind == SCHEDULER_LCM)
        lay_lcm(sampler, n);
    for (int i = 0; i < n; i++)
        sampler->sigma[i] = schedule_sigma_at(schedule, sampler->timestep[i]);
    sampler->sigma[n] = config->final_sigma_zero ? 0 : schedule_sigma(schedule, 0);
    if (config->sigmas == SIGMAS_SGM_UNIFORM)
        lay_sgm_uniform(sampler, n);
    else if (config->sigmas != SIGMAS_NORMAL)
        lay_sigmas(sampler, n);
}

/* Heun looks twice at every level but the first and the last: 0, 1, 1, 2, 2, ..., end. */
static void
double_grid(Sampler *sampler, int n)
{
    for (int i = n - 1; i > 0; i--) {
        sampler->timestep[2 * i] = sampler->timestep[2 * i - 1] = sampler->timestep[i];
        sampler->sigma[2 * i + 1] = sampler->sigma[i + 1];
        sampler->sigma[2 * i] = sampler->sigma[2 * i - 1] = sampler->sigma[i];
    }
}

static bool
check_steps(const SchedulerConfig *config, int n_steps, GError **error)
{
    int most =
        config->kind == SCHEDULER_LCM ? config->original_steps : config->n_train_timesteps - 1;

    if (n_steps >= 1 && n_steps <= most)
        return true;
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                _("%d sampling steps cannot be taken. Ask for 1 to %d"), n_steps, most);
    return false;
}

Sampler *
sampler_new(const SchedulerConfig *config, int n_steps, GError **error)
{
    g_autoptr(Sampler) sampler = g_new0(Sampler, 1);

    sampler->schedule = schedule_new(config, error);
    if (!sampler->schedule || !check_steps(config, n_steps, error))
        return NULL;
    sampler->config = *config;
    if (config->kind == SCHEDULER_EULER_ANCESTRAL || config->kind == SCHEDULER_HEUN)
        sampler->config.final_sigma_zero = true;
    if (config->kind == SCHEDULER_DDIM || config->kind == SCHEDULER_LCM)
        sampler->config.sigmas = SIGMAS_NORMAL;
    sampler->n_steps = config->kind == SCHEDULER_HEUN ? 2 * n_steps - 1 : n_steps;
    sampler->timestep = g_new0(double, sampler->n_steps);
    sampler->sigma = g_new0(double, sampler->n_steps + 1);
    lay_grid(sampler, n_steps);
    if (config->kind == SCHEDULER_HEUN)
        double_grid(sampler, n_steps);
    sampler_set_eta(sampler, -1);
    return g_steal_pointer(&sampler);
}

void
sampler_set_eta(Sampler *sampler, double eta)
{
    SchedulerKind kind = sampler->config.kind;
    bool noisy = kind == SCHEDULER_EULER_ANCESTRAL || kind == SCHEDULER_DPMPP_2M_SDE;

    if (noisy || kind == SCHEDULER_DDIM)
        sampler->eta = eta >= 0 ? eta : noisy ? 1 : 0;
}

void
sampler_reset(Sampler *sampler)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sampler->memory); i++)
        g_clear_pointer(&sampler->memory[i], g_free);
    sampler->n_remembered = 0;
    sampler->last_order = 0;
}

void
sampler_free(Sampler *sampler)
{
    if (!sampler)
        return;
    sampler_reset(sampler);
    schedule_free(sampler->schedule);
    g_free(sampler->timestep);
    g_free(sampler->sigma);
    g_free(sampler);
}

int
sampler_n_steps(const Sampler *sampler)
{
    return sampler->n_steps;
}

SchedulerKind
sampler_kind(const Sampler *sampler)
{
    return sampler->config.kind;
}

int
sampler_first_step(const Sampler *sampler, double strength)
{
    int order = sampler->config.kind == SCHEDULER_HEUN ? 2 : 1;
    int n = (sampler->n_steps + order - 1) / order;
    /* Cut as Python's int() does, but for the last digits of a product like 0.29 * 100. */
    int used = CLAMP((int)floor(n * strength + 1e-9), 0, n);

    return used ? (n - used) * order : sampler->n_steps;
}

double
sampler_timestep(const Sampler *sampler, int i)
{
    g_return_val_if_fail(i >= 0 && i < sampler->n_steps, 0);
    return sampler->timestep[i];
}

double
sampler_sigma(const Sampler *sampler, int i)
{
    g_return_val_if_fail(i >= 0 && i <= sampler->n_steps, 0);
    return sampler->sigma[i];
}

double
sampler_init_sigma(const Sampler *sampler)
{
    double sigma = sampler->sigma[0];

    if (!is_exploding(sampler->config.kind))
        return 1;
    return sampler->config.timestep_spacing == SPACING_LEADING ? sqrt(sigma * sigma + 1) : sigma;
}

/* x = signal*x0 + noise*eps at step i. */
void
sampler_levels(const Sampler *sampler, int i, double *signal, double *noise)
{
    if (is_exploding(sampler->config.kind)) {
        *signal = 1;
        *noise = sampler->sigma[i];
    } else if (sampler->config.kind == SCHEDULER_DDIM || sampler->config.kind == SCHEDULER_LCM) {
        double alpha = sampler->schedule->alpha_cumprod[(int)sampler->timestep[i]];

        *signal = sqrt(alpha);
        *noise = sqrt(1 - alpha);
    } else {
        *signal = 1 / sqrt(sampler->sigma[i] * sampler->sigma[i] + 1);
        *noise = sampler->sigma[i] * *signal;
    }
}

void
sampler_scale_input(const Sampler *sampler, int i, const float *x, float *out, int64_t n)
{
    double sigma = sampler_sigma(sampler, i);
    float scale = is_exploding(sampler->config.kind) ? (float)(1 / sqrt(sigma * sigma + 1)) : 1;

    for (int64_t k = 0; k < n; k++)
        out[k] = scale * x[k];
}

/* x0 = of_x*x + of_prediction*prediction. */
void
sampler_x0_factors(const Sampler *sampler, int i, double *of_x, double *of_prediction)
{
    double signal, noise;

    sampler_levels(sampler, i, &signal, &noise);
    if (sampler->config.prediction_type == PREDICTION_EPSILON) {
        *of_x = 1 / signal;
        *of_prediction = -noise / signal;
    } else if (is_exploding(sampler->config.kind)) { /* v of the latent scaled to unit variance */
        double sigma = noise, square = sigma * sigma + 1;

        *of_x = 1 / square;
        *of_prediction = -sigma / sqrt(square);
    } else {
        *of_x = signal;
        *of_prediction = -noise;
    }
}

void
sampler_predict_x0(const Sampler *sampler, int i, const float *x, const float *prediction,
                   float *out, int64_t n)
{
    double of_x, of_prediction, range = sampler->config.clip_sample_range;

    g_return_if_fail(i >= 0 && i < sampler->n_steps);
    sampler_x0_factors(sampler, i, &of_x, &of_prediction);
    for (int64_t k = 0; k < n; k++) {
        double x0 = of_x * x[k] + of_prediction * prediction[k];

        if (range > 0 && !is_solver(sampler->config.kind) && !is_exploding(sampler->config.kind))
            x0 = CLAMP(x0, -range, range);
        out[k] = (float)x0;
    }
}

void
sampler_add_noise(const Sampler *sampler, int i, const float *x0, const float *noise, float *out,
                  int64_t n)
{
    double signal, rest;

    g_return_if_fail(i >= 0 && i < sampler->n_steps);
    sampler_levels(sampler, i, &signal, &rest);
    for (int64_t k = 0; k < n; k++)
        out[k] = (float)(signal * x0[k] + rest * noise[k]);
}
