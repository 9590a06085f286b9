// SPDX-License-Identifier: Apache-2.0
//
// Samplers and schedules by name.
#include "compute/sample/sampler.h"

#include <string.h>
#include <glib/gi18n-lib.h>

static const struct {
    const char *name;
    SchedulerKind kind;
} samplers[] = {
    {"ddim", SCHEDULER_DDIM},
    {"euler", SCHEDULER_EULER},
    {"euler_a", SCHEDULER_EULER_ANCESTRAL},
    {"heun", SCHEDULER_HEUN},
    {"dpmpp_2m", SCHEDULER_DPMPP_2M},
    {"dpmpp_2m_sde", SCHEDULER_DPMPP_2M_SDE},
    {"unipc", SCHEDULER_UNIPC},
    {"lcm", SCHEDULER_LCM},
};

static const char *const schedules[] = {
    [SIGMAS_NORMAL] = "normal",
    [SIGMAS_KARRAS] = "karras",
    [SIGMAS_EXPONENTIAL] = "exponential",
    [SIGMAS_SGM_UNIFORM] = "sgm_uniform",
};

/* Ends the name of a sampler that brings Karras's schedule along. */
#define KARRAS_SUFFIX "_karras"

int
sampler_n_names(void)
{
    return G_N_ELEMENTS(samplers);
}

const char *
sampler_name(int i)
{
    g_return_val_if_fail(i >= 0 && i < sampler_n_names(), NULL);
    return samplers[i].name;
}

int
sampler_n_schedules(void)
{
    return G_N_ELEMENTS(schedules);
}

const char *
sampler_schedule_name(int i)
{
    g_return_val_if_fail(i >= 0 && i < sampler_n_schedules(), NULL);
    return schedules[i];
}

static bool
find_sampler(const char *name, SchedulerKind *kind, SigmaSchedule *sigmas, GError **error)
{
    g_autofree char *bare = g_str_has_suffix(name, KARRAS_SUFFIX)
                                ? g_strndup(name, strlen(name) - strlen(KARRAS_SUFFIX))
                                : g_strdup(name);
    g_autoptr(GString) known = g_string_new(NULL);

    *sigmas = g_str_equal(bare, name) ? SIGMAS_NORMAL : SIGMAS_KARRAS;
    for (int i = 0; i < sampler_n_names(); i++) {
        *kind = samplers[i].kind;
        if (g_str_equal(bare, samplers[i].name) &&
            (*sigmas == SIGMAS_NORMAL || (*kind != SCHEDULER_DDIM && *kind != SCHEDULER_LCM)))
            return true;
        g_string_append_printf(known, "%s%s", i ? ", " : "", samplers[i].name);
    }
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                _("There is no sampler “%s”. Choose one of %s"), name, known->str);
    return false;
}

static bool
find_schedule(const char *name, SchedulerKind kind, SigmaSchedule *sigmas, GError **error)
{
    g_autofree char *known = NULL;
    int i = 0;

    while (i < sampler_n_schedules() && !g_str_equal(schedules[i], name))
        i++;
    if (i == sampler_n_schedules()) {
        g_autofree char *first = g_strjoin(", ", schedules[0], schedules[1], schedules[2], NULL);

        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    _("There is no schedule “%s”. Choose one of %s, %s"), name, first,
                    schedules[3]);
        return false;
    }
    if (i != SIGMAS_NORMAL && (kind == SCHEDULER_DDIM || kind == SCHEDULER_LCM)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    _("DDIM and LCM walk over the model's own timesteps, so the schedule “%s” is "
                      "not for them: choose “normal”, or another sampler"),
                    name);
        return false;
    }
    *sigmas = (SigmaSchedule)i;
    return true;
}

bool
sampler_config_named(const char *name, const char *schedule, const SchedulerConfig *model,
                     SchedulerConfig *config, GError **error)
{
    SchedulerConfig result = *model;

    if (name && !find_sampler(name, &result.kind, &result.sigmas, error))
        return false;
    if (schedule && !find_schedule(schedule, result.kind, &result.sigmas, error))
        return false;
    if (model->kind != result.kind) {
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

void
sampler_name_split(const char *name, int *sampler, int *schedule)
{
    SchedulerKind kind;
    SigmaSchedule sigmas;

    *sampler = *schedule = -1;
    if (!name || !find_sampler(name, &kind, &sigmas, NULL))
        return;
    for (int i = 0; i < sampler_n_names(); i++) {
        if (samplers[i].kind == kind)
            *sampler = i;
    }
    if (sigmas == SIGMAS_KARRAS)
        *schedule = SIGMAS_KARRAS;
}
