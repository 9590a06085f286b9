// SPDX-License-Identifier: Apache-2.0
//
// Samplers against the steps that diffusers took: the stored predictions of the model go in, the
// stored latents must come out. Each step starts from the golden latents of the one before, and
// once more the whole walk runs on its own results.
#include <math.h>
#include <string.h>

#include "compute/sample/sampler.h"
#include "compute/sample/schedule.h"
#include "tests/model/golden.h"

typedef struct {
    const char *stem, *scheduler;
    const char *inputs, *noise; /* sampling_inputs, and which tensor of it the noise of steps is */
    int n_steps;                /* 0: as many as there are timesteps */
    int first;                  /* step to begin with */
} Case;

#define A(name) "sampling_" name, name, "sampling_inputs", "euler_a.noise"
#define V(name) "B/sampling_" name, "B/schedulers/v_" name, "B/sampling_inputs", NULL
#define E(name, scheduler)                                                                         \
    "B/sd1_sampling_" name, "B/schedulers/e_" scheduler, "B/sd1_sampling_inputs", "step_noise"

static const Case cases[] = {
    {A("ddim")},
    {"sampling_ddim_plain", "ddim", "sampling_inputs", NULL},
    {A("dpmpp_2m")},
    {A("dpmpp_2m_karras")},
    {A("euler")},
    {A("euler_a")},
    {A("euler_karras")},
    {A("unipc")},
    {V("ddim")},
    {V("ddim_zsnr_trailing")},
    {"B/sampling_ddim_zsnr_trailing_rescale0p7", "B/schedulers/v_ddim_zsnr_trailing",
     "B/sampling_inputs", NULL},
    {V("dpmpp_2m_karras")},
    {V("euler")},
    {V("euler_zsnr_trailing")},
    {V("unipc")},
    {E("control_start_end", "euler_leading")},
    {E("dpmpp_2m_sde", "dpmpp_2m_sde")},
    {E("dpmpp_2m_sde_karras", "dpmpp_2m_sde_karras")},
    {E("guess_mode", "ddim")},
    {E("heun", "heun"), .n_steps = 5},
    {E("img2img_ddim", "ddim"), .n_steps = 8, .first = 4},
    {E("img2img_euler", "euler_leading"), .n_steps = 9, .first = 4},
    {E("lcm", "lcm")},
    {E("lcm_nocfg", "lcm")},
    {E("sched_dpmpp_2m", "dpmpp_2m")},
    {E("sched_dpmpp_2m_exponential", "dpmpp_2m_exponential")},
    {E("sched_dpmpp_2m_karras", "dpmpp_2m_karras")},
    {E("sched_euler_exponential", "euler_exponential")},
    {E("sched_euler_karras", "euler_karras")},
    {E("sched_euler_leading", "euler_leading")},
    {E("sched_euler_trailing", "euler_trailing")},
};

static Sampler *
open_sampler(const Case *item, const WeightsFile *file)
{
    bool b = g_str_has_prefix(item->scheduler, "B/");
    g_autofree char *name =
        g_strdup_printf("%s%s/scheduler_config.json", b ? "" : "schedulers/", item->scheduler);
    g_autofree char *path = golden_path(name);
    g_autoptr(GError) error = NULL;
    SchedulerConfig config;
    Sampler *sampler;
    int n = item->n_steps ? item->n_steps : (int)weights_find(file, "timesteps")->n_elements;

    scheduler_config_read_json(path, &config, &error);
    g_assert_no_error(error);
    sampler = sampler_new(&config, n, &error);
    g_assert_no_error(error);
    return sampler;
}

static void
test_grid(gconstpointer data)
{
    const Case *item = data;
    g_autoptr(WeightsFile) file = golden_open(item->stem);
    g_autoptr(Sampler) sampler = open_sampler(item, file);
    int n = sampler_n_steps(sampler), first = item->first;
    g_autofree float *values = g_new(float, n + 1);
    float start = sampler_init_sigma(sampler);

    for (int i = first; i < n; i++)
        values[i - first] = sampler_timestep(sampler, i);
    golden_compare(file, item->stem, "timesteps", values, n - first);
    if (golden_has(file, "sigmas")) {
        for (int i = 0; i <= n; i++)
            values[i] = sampler_sigma(sampler, i);
        golden_compare(file, item->stem, "sigmas", values, n + 1);
    }
    if (golden_has(file, "init_noise_sigma"))
        golden_compare(file, item->stem, "init_noise_sigma", &start, 1);
    if (item->n_steps && item->first)
        g_assert_cmpint(sampler_first_step(sampler, 0.6), ==, item->first);
}

/* own: walk on our own latents, else start each step from the golden ones. */
static void
walk(const Case *item, bool own)
{
    g_autoptr(WeightsFile) file = golden_open(item->stem);
    g_autoptr(WeightsFile) inputs = golden_open(item->inputs);
    g_autoptr(Sampler) sampler = open_sampler(item, file);
    int64_t n;
    bool pure = item->first == 0;
    g_autofree float *x =
        golden_read(pure ? inputs : file, pure ? "init_noise" : "start_latents", &n);
    g_autofree float *noise = item->noise ? golden_read(inputs, item->noise, NULL) : NULL;

    for (int64_t k = 0; k < n && pure; k++)
        x[k] *= (float)sampler_init_sigma(sampler);
    for (int i = item->first; i < sampler_n_steps(sampler); i++) {
        int at = i - item->first;
        g_autofree char *input = g_strdup_printf("step%d.noise_pred_guided", at);
        g_autofree char *output = g_strdup_printf("step%d.latents", at);
        g_autofree float *prediction = golden_read(file, input, NULL);
        bool noisy = sampler_wants_noise(sampler, i);

        sampler_step(sampler, i, x, prediction, noisy ? noise + at * n : NULL, n);
        golden_compare(file, item->stem, output, x, n);
        if (!own) {
            g_autofree float *golden = golden_read(file, output, NULL);
            memcpy(x, golden, n * sizeof *x);
        }
    }
    golden_compare(file, item->stem, "output.final_latents", x, n);
}

/* Image-to-image starts from the picture's latents with the noise of the first step that is taken.
 */
static void
test_start(gconstpointer data)
{
    const Case *item = data;
    g_autoptr(WeightsFile) file = golden_open(item->stem);
    g_autoptr(WeightsFile) inputs = golden_open(item->inputs);
    g_autoptr(Sampler) sampler = open_sampler(item, file);
    int64_t n;
    g_autofree float *x = golden_read(file, "init_latents", &n);
    g_autofree float *noise = golden_read(inputs, "img2img_noise", NULL);

    sampler_add_noise(sampler, item->first, x, noise, x, n);
    golden_compare(file, item->stem, "start_latents", x, n);
}

static void
test_steps(gconstpointer data)
{
    walk(data, false);
}

static void
test_walk(gconstpointer data)
{
    walk(data, true);
}

/* A model that knows the answer leads every sampler to it. */
static void
test_perfect_model(void)
{
    enum { N = 64, STEPS = 12 };
    SchedulerConfig model, config;

    scheduler_config_init_sd15(&model);
    for (int p = 0; p < 2; p++) {
        model.prediction_type = p ? PREDICTION_V : PREDICTION_EPSILON;
        for (int s = 0; s < sampler_n_names(); s++) {
            g_autoptr(GError) error = NULL;
            g_autoptr(Sampler) sampler = NULL;
            float x[N], x0[N], eps[N], prediction[N], none[N] = {0}, seen[N];

            g_assert_true(sampler_config_named(sampler_name(s), NULL, &model, &config, &error));
            config.set_alpha_to_one = true;
            sampler = sampler_new(&config, STEPS, &error);
            g_assert_no_error(error);
            for (int k = 0; k < N; k++) {
                x0[k] = sinf(k);
                eps[k] = cosf(3 * k);
            }
            sampler_add_noise(sampler, 0, x0, eps, x, N);
            for (int i = 0; i < sampler_n_steps(sampler); i++) {
                float at_x0[N], at_eps[N], zero[N] = {0}, one[N];

                /* Signal and noise levels show in how pure signal and pure noise are mixed. */
                for (int k = 0; k < N; k++)
                    one[k] = 1;
                sampler_add_noise(sampler, i, one, zero, at_x0, N);
                sampler_add_noise(sampler, i, zero, one, at_eps, N);
                for (int k = 0; k < N; k++) {
                    double e = (x[k] - at_x0[k] * (double)x0[k]) / at_eps[k];
                    double scale = hypot(at_x0[k], at_eps[k]);

                    prediction[k] = p ? (at_x0[k] * e - at_eps[k] * x0[k]) / scale : e;
                }
                sampler_predict_x0(sampler, i, x, prediction, seen, N);
                for (int k = 0; k < N; k++)
                    g_assert_cmpfloat_with_epsilon(seen[k], x0[k], 2e-4);
                sampler_step(sampler, i, x, prediction, none, N);
            }
            for (int k = 0; k < N; k++)
                g_assert_cmpfloat_with_epsilon(x[k], x0[k], 2e-4);
        }
    }
}

static void
test_reset_repeats(void)
{
    g_autoptr(GError) error = NULL;
    SchedulerConfig config;
    float first[3], x[3], prediction[3] = {0.3f, -0.2f, 0.1f};

    scheduler_config_init_sd15(&config);
    config.kind = SCHEDULER_UNIPC;
    g_autoptr(Sampler) sampler = sampler_new(&config, 5, &error);
    g_assert_no_error(error);
    for (int round = 0; round < 2; round++) {
        x[0] = x[1] = x[2] = 1;
        for (int i = 0; i < 5; i++)
            sampler_step(sampler, i, x, prediction, NULL, 3);
        if (round == 0)
            memcpy(first, x, sizeof x);
        sampler_reset(sampler);
    }
    g_assert_cmpmem(first, sizeof first, x, sizeof x);
}

static void
test_refusals(void)
{
    SchedulerConfig model, config;

    scheduler_config_init_sd15(&model);
    for (int n = -1; n <= 1000; n += n == 0 ? 1000 : 1) {
        g_autoptr(GError) error = NULL;
        g_assert_null(sampler_new(&model, n, &error));
        g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
    }
    {
        g_autoptr(GError) error = NULL;
        g_assert_false(sampler_config_named("plms", NULL, &model, &config, &error));
        g_assert_nonnull(strstr(error->message, "dpmpp_2m_sde"));
    }
    {
        g_autoptr(GError) error = NULL;
        g_assert_false(sampler_config_named("ddim", "karras", &model, &config, &error));
        g_assert_nonnull(strstr(error->message, "karras"));
    }
    {
        g_autoptr(GError) error = NULL;
        g_assert_false(sampler_config_named(NULL, "cosine", &model, &config, &error));
        g_assert_nonnull(strstr(error->message, "sgm_uniform"));
    }
    {
        g_autoptr(GError) error = NULL;
        model.beta_end = 1.5;
        g_assert_null(sampler_new(&model, 10, &error));
        g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
    }
}

/* Few and many steps stay in range and fall, whatever the spacing. */
static void
test_grids_fall(void)
{
    static const int steps[] = {1, 2, 3, 7, 20, 50, 100, 333, 999};
    SchedulerConfig config;

    scheduler_config_init_sd15(&config);
    for (int kind = 0; kind < N_SCHEDULER_KINDS; kind++) {
        for (int variant = 0; variant < 24; variant++) {
            config.kind = kind;
            config.timestep_spacing = variant % 3;
            config.sigmas = variant / 3 % 4;
            config.rescale_betas_zero_snr = variant / 12;
            for (size_t s = 0; s < G_N_ELEMENTS(steps); s++) {
                g_autoptr(GError) error = NULL;
                g_autoptr(Sampler) sampler = NULL;

                if (kind == SCHEDULER_LCM && steps[s] > config.original_steps)
                    continue;
                sampler = sampler_new(&config, steps[s], &error);
                g_assert_no_error(error);
                for (int i = 0; i < sampler_n_steps(sampler); i++) {
                    double t = sampler_timestep(sampler, i);

                    g_assert_true(t >= 0 && t <= 999);
                    g_assert_true(i == 0 || t <= sampler_timestep(sampler, i - 1));
                    if (kind != SCHEDULER_DDIM)
                        g_assert_cmpfloat(sampler_sigma(sampler, i), >=,
                                          sampler_sigma(sampler, i + 1));
                }
            }
        }
    }
}

/* Old names bring their schedule along, a named schedule goes before. */
static void
test_names(void)
{
    g_autoptr(GError) error = NULL;
    SchedulerConfig model, config;
    int sampler, schedule;

    scheduler_config_init_sd15(&model);
    g_assert_true(sampler_config_named("dpmpp_2m_karras", NULL, &model, &config, &error));
    g_assert_cmpint(config.kind, ==, SCHEDULER_DPMPP_2M);
    g_assert_cmpint(config.sigmas, ==, SIGMAS_KARRAS);
    g_assert_true(sampler_config_named("euler_karras", "normal", &model, &config, &error));
    g_assert_cmpint(config.sigmas, ==, SIGMAS_NORMAL);
    model.kind = SCHEDULER_EULER;
    model.sigmas = SIGMAS_KARRAS;
    g_assert_true(sampler_config_named(NULL, NULL, &model, &config, &error));
    g_assert_cmpint(config.sigmas, ==, SIGMAS_KARRAS);
    g_assert_true(sampler_config_named(NULL, "exponential", &model, &config, &error));
    g_assert_cmpint(config.sigmas, ==, SIGMAS_EXPONENTIAL);
    sampler_name_split("euler_karras", &sampler, &schedule);
    g_assert_cmpstr(sampler_name(sampler), ==, "euler");
    g_assert_cmpstr(sampler_schedule_name(schedule), ==, "karras");
    sampler_name_split("lcm", &sampler, &schedule);
    g_assert_cmpstr(sampler_name(sampler), ==, "lcm");
    g_assert_cmpint(schedule, ==, -1);
}

/* By hand: 999, 749.25, 499.5, 249.75; sigma by the mean of two logarithms. */
static void
test_sgm_uniform(void)
{
    g_autoptr(GError) error = NULL;
    SchedulerConfig config;

    scheduler_config_init_sd15(&config);
    g_autoptr(Schedule) schedule = schedule_new(&config, &error);
    config.kind = SCHEDULER_EULER;
    config.sigmas = SIGMAS_SGM_UNIFORM;
    g_autoptr(Sampler) sampler = sampler_new(&config, 4, &error);
    g_assert_no_error(error);
    for (int i = 0; i < 4; i++)
        g_assert_cmpfloat(sampler_timestep(sampler, i), ==, 999 * (1 - i / 4.0));
    g_assert_cmpfloat_with_epsilon(
        sampler_sigma(sampler, 2),
        sqrt(schedule_sigma(schedule, 499) * schedule_sigma(schedule, 500)), 1e-12);
    g_assert_cmpfloat(sampler_sigma(sampler, 4), ==, 0);
}

/* k-diffusion's get_ancestral_step and step, worked out once more. */
static void
test_ancestral_eta(void)
{
    static const double etas[] = {-1, 0, 0.5, 1};
    SchedulerConfig config;

    scheduler_config_init_sd15(&config);
    config.kind = SCHEDULER_EULER_ANCESTRAL;
    config.timestep_spacing = SPACING_LINSPACE;
    for (size_t e = 0; e < G_N_ELEMENTS(etas); e++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Sampler) sampler = sampler_new(&config, 10, &error);
        double from = sampler_sigma(sampler, 3), to = sampler_sigma(sampler, 4), up, down;
        float x = 3, prediction = 0.5f, noise = 1;

        sampler_set_eta(sampler, etas[e]);
        up = (etas[e] < 0 ? 1 : etas[e]) * sqrt(to * to * (from * from - to * to) / (from * from));
        down = sqrt(to * to - up * up);
        g_assert_cmpint(sampler_wants_noise(sampler, 3), ==, up > 0);
        sampler_step(sampler, 3, &x, &prediction, &noise, 1);
        g_assert_cmpfloat_with_epsilon(x, 3 + 0.5 * (down - from) + up, 1e-5);
    }
}

/* DDIM with eta 1 is DDPM's posterior (Ho 2020, equation 7) with the variance beta-tilde. */
static void
test_ddim_eta(void)
{
    g_autoptr(GError) error = NULL;
    SchedulerConfig config;
    float x = 0.7f, eps = -0.3f, noise = 1.1f;

    scheduler_config_init_sd15(&config);
    config.steps_offset = 0;
    g_autoptr(Sampler) sampler = sampler_new(&config, 500, &error);
    g_autoptr(Schedule) schedule = schedule_new(&config, &error);
    g_assert_no_error(error);
    sampler_set_eta(sampler, 1);
    g_assert_cmpfloat(sampler_timestep(sampler, 200), ==, 598);
    double a = schedule->alpha_cumprod[598], before = schedule->alpha_cumprod[596];
    double x0 = (x - sqrt(1 - a) * eps) / sqrt(a), step = a / before;
    double mean =
        sqrt(before) * (1 - step) / (1 - a) * x0 + sqrt(step) * (1 - before) / (1 - a) * x;
    double spread = sqrt((1 - before) / (1 - a) * (1 - step));

    sampler_step(sampler, 200, &x, &eps, &noise, 1);
    g_assert_cmpfloat_with_epsilon(x, mean + spread * noise, 1e-6);
}

static void
test_first_step(void)
{
    g_autoptr(GError) error = NULL;
    SchedulerConfig config;

    scheduler_config_init_sd15(&config);
    g_autoptr(Sampler) ddim = sampler_new(&config, 100, &error);
    config.kind = SCHEDULER_HEUN;
    g_autoptr(Sampler) heun = sampler_new(&config, 10, &error);
    g_assert_no_error(error);
    g_assert_cmpint(sampler_first_step(ddim, 0), ==, 100);
    g_assert_cmpint(sampler_first_step(ddim, 1), ==, 0);
    g_assert_cmpint(sampler_first_step(ddim, 0.29), ==, 71);
    g_assert_cmpint(sampler_first_step(heun, 0), ==, 19);
    g_assert_cmpint(sampler_first_step(heun, 0.5), ==, 10);
    g_assert_cmpint(sampler_first_step(heun, 1), ==, 0);
}

static void
test_schedule(void)
{
    g_autoptr(GError) error = NULL;
    SchedulerConfig config;
    float x[2] = {1, 0}, noise[2] = {0, 1}, out[2];

    scheduler_config_init_sd15(&config);
    g_autoptr(Schedule) schedule = schedule_new(&config, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat_with_epsilon(schedule_sigma(schedule, 0), 0.0291675, 1e-6);
    g_assert_cmpfloat_with_epsilon(schedule_sigma(schedule, 999), 14.6146, 1e-4);
    g_assert_cmpfloat_with_epsilon(schedule_t_at(schedule, schedule_sigma_at(schedule, 421)), 421,
                                   1e-9);
    schedule_add_noise(schedule, 500, x, noise, out, 2);
    g_assert_cmpfloat_with_epsilon(out[0] * out[0] + out[1] * out[1], 1, 1e-6);
    g_assert_cmpfloat_with_epsilon(schedule_snr(schedule, 500),
                                   out[0] * (double)out[0] / (out[1] * (double)out[1]), 1e-6);
    schedule_target(schedule, 500, x, noise, x, 2);
    g_assert_cmpfloat(x[0], ==, 0);
    g_assert_cmpfloat(x[1], ==, 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *grid = g_strdup_printf("/sampler/grid/%s", cases[i].stem);
        g_autofree char *steps = g_strdup_printf("/sampler/steps/%s", cases[i].stem);
        g_autofree char *whole = g_strdup_printf("/sampler/walk/%s", cases[i].stem);

        if (g_str_has_prefix(cases[i].stem, "B/") && !golden_has_set_b())
            continue;
        if (cases[i].first) {
            g_autofree char *start = g_strdup_printf("/sampler/start/%s", cases[i].stem);
            g_test_add_data_func(start, &cases[i], test_start);
        }
        g_test_add_data_func(grid, &cases[i], test_grid);
        g_test_add_data_func(steps, &cases[i], test_steps);
        g_test_add_data_func(whole, &cases[i], test_walk);
    }
    g_test_add_func("/sampler/perfect-model", test_perfect_model);
    g_test_add_func("/sampler/reset-repeats", test_reset_repeats);
    g_test_add_func("/sampler/refusals", test_refusals);
    g_test_add_func("/sampler/grids-fall", test_grids_fall);
    g_test_add_func("/sampler/names", test_names);
    g_test_add_func("/sampler/sgm-uniform", test_sgm_uniform);
    g_test_add_func("/sampler/ancestral-eta", test_ancestral_eta);
    g_test_add_func("/sampler/ddim-eta", test_ddim_eta);
    g_test_add_func("/sampler/first-step", test_first_step);
    g_test_add_func("/schedule", test_schedule);
    return g_test_run();
}
