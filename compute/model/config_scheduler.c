// SPDX-License-Identifier: Apache-2.0
//
// Config: scheduler_config.json. Absent keys take the defaults of the class that the file names,
// which differ between the classes.
#include "compute/model/config.h"

#include <math.h>
#include <glib/gi18n-lib.h>

#include "compute/model/config_file.h"

static const char *const class_names[] = {
    [SCHEDULER_DDIM] = "DDIMScheduler",
    [SCHEDULER_EULER] = "EulerDiscreteScheduler",
    [SCHEDULER_EULER_ANCESTRAL] = "EulerAncestralDiscreteScheduler",
    [SCHEDULER_DPMPP_2M] = "DPMSolverMultistepScheduler",
    [SCHEDULER_UNIPC] = "UniPCMultistepScheduler",
    [SCHEDULER_HEUN] = "HeunDiscreteScheduler",
    [SCHEDULER_LCM] = "LCMScheduler",
    [SCHEDULER_DPMPP_2M_SDE] = "DPMSolverMultistepScheduler", /* told apart by its algorithm */
    /* These two are sampled as DDIM, which has the same betas and timesteps. */
    "PNDMScheduler",
    "DDPMScheduler",
    NULL,
};

enum { CLASS_PNDM = N_SCHEDULER_KINDS, CLASS_DDPM };

const char *
scheduler_kind_class_name(SchedulerKind kind)
{
    g_return_val_if_fail(kind < N_SCHEDULER_KINDS, NULL);
    return class_names[kind];
}

void
scheduler_config_init_sd15(SchedulerConfig *config)
{
    *config = (SchedulerConfig){
        .kind = SCHEDULER_DDIM,
        .n_train_timesteps = 1000,
        .beta_start = 0.00085,
        .beta_end = 0.012,
        .beta_schedule = BETA_SCALED_LINEAR,
        .prediction_type = PREDICTION_EPSILON,
        .timestep_spacing = SPACING_LEADING,
        .steps_offset = 1,
        .final_sigma_zero = true,
        .lower_order_final = true,
        .solver_order = 2,
        .original_steps = 50,
        .timestep_scaling = 10,
    };
}

/* DDIM's clamping of the predicted latent: on by default in DDIM and DDPM, off in LCM, unknown to
 * PNDM. */
static void
read_ddim_fields(ConfigFile *file, int class, SchedulerConfig *config)
{
    config->set_alpha_to_one = config_file_bool(file, "set_alpha_to_one", class != CLASS_PNDM);
    if (class != CLASS_PNDM && config_file_bool(file, "clip_sample", class != SCHEDULER_LCM))
        config->clip_sample_range = config_file_double(file, "clip_sample_range", 1, 1e-6, 1e6);
    if (class == SCHEDULER_LCM) {
        config->original_steps = config_file_int(file, "original_inference_steps", 50, 1, 100000);
        config->timestep_scaling = config_file_double(file, "timestep_scaling", 10, 1e-6, 1e6);
    }
}

static SigmaSchedule
read_sigma_schedule(ConfigFile *file)
{
    config_file_expect(file, "use_beta_sigmas", "false");
    if (config_file_bool(file, "use_karras_sigmas", false))
        return SIGMAS_KARRAS;
    return config_file_bool(file, "use_exponential_sigmas", false) ? SIGMAS_EXPONENTIAL
                                                                   : SIGMAS_NORMAL;
}

static void
read_sigma_fields(ConfigFile *file, SchedulerConfig *config)
{
    static const char *const finals[] = {"sigma_min", "zero", NULL};

    if (config->kind != SCHEDULER_EULER_ANCESTRAL) {
        config->sigmas = read_sigma_schedule(file);
        config->final_sigma_zero = config_file_choice(file, "final_sigmas_type", 1, finals);
    }
    if (config->kind == SCHEDULER_HEUN)
        config_file_expect(file, "clip_sample", "false");
    config_file_expect(file, "timestep_type", "\"discrete\"");
    config_file_expect(file, "interpolation_type", "\"linear\"");
    config_file_expect(file, "sigma_min", "null");
    config_file_expect(file, "sigma_max", "null");
}

static void
read_solver_fields(ConfigFile *file, SchedulerConfig *config)
{
    static const char *const algorithms[] = {"dpmsolver++", "sde-dpmsolver++", NULL};

    config->solver_order = config_file_int(file, "solver_order", 2, 1, 2);
    config->lower_order_final = config_file_bool(file, "lower_order_final", true);
    config_file_expect(file, "use_flow_sigmas", "false");
    if (config->kind == SCHEDULER_DPMPP_2M) {
        config->euler_at_final = config_file_bool(file, "euler_at_final", false);
        if (config_file_choice(file, "algorithm_type", 0, algorithms))
            config->kind = SCHEDULER_DPMPP_2M_SDE;
        config_file_expect(file, "solver_type", "\"midpoint\"");
        config_file_expect(file, "use_lu_lambdas", "false");
        config_file_expect(file, "lambda_min_clipped", "-Infinity");
        config_file_expect(file, "variance_type", "null");
    } else {
        config_file_expect(file, "solver_type", "\"bh2\"");
        config_file_expect(file, "predict_x0", "true");
        config_file_expect(file, "disable_corrector", "[]");
        config_file_expect(file, "solver_p", "null");
    }
}

bool
scheduler_config_read_json(const char *path, SchedulerConfig *config, GError **error)
{
    static const char *const betas[] = {"linear", "scaled_linear", "squaredcos_cap_v2", NULL};
    static const char *const spacings[] = {"leading", "trailing", "linspace", NULL};
    static const char *const predictions[] = {"epsilon", "v_prediction", NULL};
    g_autoptr(ConfigFile) file = config_file_open(path, NULL, error);
    SchedulerConfig result;
    bool is_ddim;
    int class;

    if (!file)
        return false;
    scheduler_config_init_sd15(&result);
    class = config_file_choice(file, "_class_name", SCHEDULER_DDIM, class_names);
    result.kind = class >= N_SCHEDULER_KINDS ? SCHEDULER_DDIM : (SchedulerKind) class;
    is_ddim = result.kind == SCHEDULER_DDIM || result.kind == SCHEDULER_LCM;
    result.n_train_timesteps = config_file_int(file, "num_train_timesteps", 1000, 2, 100000);
    result.beta_start = config_file_double(file, "beta_start", 0.0001, 1e-9, 0.999);
    result.beta_end = config_file_double(file, "beta_end", 0.02, 1e-9, 0.999);
    result.beta_schedule = config_file_choice(file, "beta_schedule", BETA_LINEAR, betas);
    result.prediction_type =
        config_file_choice(file, "prediction_type", PREDICTION_EPSILON, predictions);
    result.timestep_spacing = config_file_choice(
        file, "timestep_spacing", is_ddim ? SPACING_LEADING : SPACING_LINSPACE, spacings);
    result.steps_offset = config_file_int(file, "steps_offset", 0, 0, 99999);
    result.rescale_betas_zero_snr = config_file_bool(file, "rescale_betas_zero_snr", false);
    config_file_expect(file, "trained_betas", "null");
    config_file_expect(file, "thresholding", "false");
    if (is_ddim)
        read_ddim_fields(file, class, &result);
    else
        read_sigma_fields(file, &result);
    if (result.kind == SCHEDULER_DPMPP_2M || result.kind == SCHEDULER_UNIPC)
        read_solver_fields(file, &result);
    if (!config_file_done(file, error) || !scheduler_config_check(&result, path, error))
        return false;
    *config = result;
    return true;
}
