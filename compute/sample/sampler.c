// SPDX-License-Identifier: Apache-2.0
//
// Sampler: the grid of timesteps and sigmas of each kind, and what all kinds have in common. The
// steps themselves are sampler_step.c.
#include "compute/sample/sampler_private.h"

#include <math.h>
#include <string.h>
#include <glib/gi18n-lib.h>

static bool
has_own_grid(SchedulerKind kind)
{
    return kind == SCHEDULER_DPMPP_2M || kind == SCHEDULER_UNIPC;
}

/* Fills timestep[] and sigma[]. Euler's timesteps stay fractional; Karras's range is that of the
 * timesteps for Euler, that of all training timesteps for the solvers, which also round. */
static void
lay_grid(Sampler *sampler)
{
    const SchedulerConfig *config = &sampler->config;
    const Schedule *schedule = sampler->schedule;
    bool solver = has_own_grid(config->kind);
    bool fractional = config->kind == SCHEDULER_EULER || config->kind == SCHEDULER_EULER_ANCESTRAL;
    int n = sampler->n_steps;

    schedule_timesteps(schedule, config->timestep_spacing, config->steps_offset, n, !fractional,
                       solver, sampler->timestep);
    for (int i = 0; i < n; i++)
        sampler->sigma[i] = schedule_sigma_at(schedule, sampler->timestep[i]);
    sampler->sigma[n] = config->final_sigma_zero ? 0 : schedule_sigma(schedule, 0);
    if (!config->use_karras_sigmas || config->kind == SCHEDULER_DDIM)
        return;
    if (solver)
        schedule_karras(schedule_sigma(schedule, 0),
                        schedule_sigma(schedule, schedule->n_train - 1), n, sampler->sigma);
    else
        schedule_karras(sampler->sigma[n - 1], sampler->sigma[0], n, sampler->sigma);
    for (int i = 0; i < n; i++) {
        double t = schedule_t_at(schedule, sampler->sigma[i]);
        sampler->timestep[i] = solver ? rint(t) : t;
    }
}

Sampler *
sampler_new(const SchedulerConfig *config, int n_steps, GError **error)
{
    g_autoptr(Sampler) sampler = g_new0(Sampler, 1);

    sampler->schedule = schedule_new(config, error);
    if (!sampler->schedule)
        return NULL;
    if (n_steps < 1 || n_steps >= config->n_train_timesteps) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    _("%d sampling steps cannot be taken. Ask for 1 to %d"), n_steps,
                    config->n_train_timesteps - 1);
        return NULL;
    }
    sampler->config = *config;
    if (config->kind == SCHEDULER_EULER_ANCESTRAL)
        sampler->config.final_sigma_zero = true;
    sampler->n_steps = n_steps;
    sampler->timestep = g_new0(double, n_steps);
    sampler->sigma = g_new0(double, n_steps + 1);
    lay_grid(sampler);
    return g_steal_pointer(&sampler);
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

/* Euler's latents are x0 + sigma*noise ("variance exploding"); the others' have about unit
 * variance throughout. */
static bool
is_exploding(const Sampler *sampler)
{
    return sampler->config.kind == SCHEDULER_EULER ||
           sampler->config.kind == SCHEDULER_EULER_ANCESTRAL;
}

double
sampler_init_sigma(const Sampler *sampler)
{
    double sigma = sampler->sigma[0];

    if (!is_exploding(sampler))
        return 1;
    return sampler->config.timestep_spacing == SPACING_LEADING ? sqrt(sigma * sigma + 1) : sigma;
}

/* x = signal*x0 + noise*eps at step i. */
void
sampler_levels(const Sampler *sampler, int i, double *signal, double *noise)
{
    if (is_exploding(sampler)) {
        *signal = 1;
        *noise = sampler->sigma[i];
    } else if (sampler->config.kind == SCHEDULER_DDIM) {
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
    float scale = is_exploding(sampler) ? (float)(1 / sqrt(sigma * sigma + 1)) : 1;

    for (int64_t k = 0; k < n; k++)
        out[k] = scale * x[k];
}

bool
sampler_wants_noise(const Sampler *sampler, int i)
{
    g_return_val_if_fail(i >= 0 && i < sampler->n_steps, false);
    return sampler->config.kind == SCHEDULER_EULER_ANCESTRAL && sampler->sigma[i + 1] > 0;
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
    } else if (is_exploding(sampler)) { /* v of the latent scaled to unit variance */
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

        if (range > 0 && sampler->config.kind == SCHEDULER_DDIM)
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

static const struct {
    const char *name;
    SchedulerKind kind;
    bool karras;
} named[] = {
    {"ddim", SCHEDULER_DDIM, false},         {"euler", SCHEDULER_EULER, false},
    {"euler_karras", SCHEDULER_EULER, true}, {"euler_a", SCHEDULER_EULER_ANCESTRAL, false},
    {"dpmpp_2m", SCHEDULER_DPMPP_2M, false}, {"dpmpp_2m_karras", SCHEDULER_DPMPP_2M, true},
    {"unipc", SCHEDULER_UNIPC, false},
};

int
sampler_n_names(void)
{
    return G_N_ELEMENTS(named);
}

const char *
sampler_name(int i)
{
    g_return_val_if_fail(i >= 0 && i < sampler_n_names(), NULL);
    return named[i].name;
}

bool
sampler_config_named(const char *name, const SchedulerConfig *model, SchedulerConfig *config,
                     GError **error)
{
    g_autoptr(GString) known = g_string_new(NULL);

    for (int i = 0; i < sampler_n_names(); i++) {
        SchedulerConfig result = *model;

        g_string_append_printf(known, "%s%s", i ? ", " : "", named[i].name);
        if (strcmp(name, named[i].name) != 0)
            continue;
        result.kind = named[i].kind;
        result.use_karras_sigmas = named[i].karras;
        if (model->kind != named[i].kind) {
            result.clip_sample_range = 0;
            result.set_alpha_to_one = false;
            result.final_sigma_zero = true;
            result.lower_order_final = true;
            result.euler_at_final = false;
            result.solver_order = 2;
            if (model->timestep_spacing != SPACING_TRAILING)
                result.timestep_spacing =
                    result.kind == SCHEDULER_DDIM ? SPACING_LEADING : SPACING_LINSPACE;
        }
        *config = result;
        return true;
    }
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                _("There is no sampler “%s”. Choose one of %s"), name, known->str);
    return false;
}
