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
} Case;

static const Case cases[] = {
    {"sampling_ddim", "ddim"},
    {"sampling_ddim_plain", "ddim"},
    {"sampling_dpmpp_2m", "dpmpp_2m"},
    {"sampling_dpmpp_2m_karras", "dpmpp_2m_karras"},
    {"sampling_euler", "euler"},
    {"sampling_euler_a", "euler_a"},
    {"sampling_euler_karras", "euler_karras"},
    {"sampling_unipc", "unipc"},
};

static Sampler *
open_sampler(const Case *item, const WeightsFile *file)
{
    g_autofree char *name = g_strdup_printf("schedulers/%s/scheduler_config.json", item->scheduler);
    g_autofree char *path = golden_path(name);
    g_autoptr(GError) error = NULL;
    SchedulerConfig config;
    Sampler *sampler;

    scheduler_config_read_json(path, &config, &error);
    g_assert_no_error(error);
    sampler = sampler_new(&config, weights_find(file, "timesteps")->n_elements, &error);
    g_assert_no_error(error);
    return sampler;
}

static void
test_grid(gconstpointer data)
{
    const Case *item = data;
    g_autoptr(WeightsFile) file = golden_open(item->stem);
    g_autoptr(Sampler) sampler = open_sampler(item, file);
    int n = sampler_n_steps(sampler);
    g_autofree float *values = g_new(float, n + 1);
    float start = sampler_init_sigma(sampler);

    for (int i = 0; i < n; i++)
        values[i] = sampler_timestep(sampler, i);
    golden_compare(file, item->stem, "timesteps", values, n);
    if (golden_has(file, "sigmas")) {
        for (int i = 0; i <= n; i++)
            values[i] = sampler_sigma(sampler, i);
        golden_compare(file, item->stem, "sigmas", values, n + 1);
    }
    golden_compare(file, item->stem, "init_noise_sigma", &start, 1);
}

/* own: walk on our own latents, else start each step from the golden ones. */
static void
walk(const Case *item, bool own)
{
    g_autoptr(WeightsFile) file = golden_open(item->stem);
    g_autoptr(WeightsFile) inputs = golden_open("sampling_inputs");
    g_autoptr(Sampler) sampler = open_sampler(item, file);
    int64_t n;
    g_autofree float *x = golden_read(inputs, "init_noise", &n);
    g_autofree float *noise = golden_read(inputs, "euler_a.noise", NULL);

    for (int64_t k = 0; k < n; k++)
        x[k] *= (float)sampler_init_sigma(sampler);
    for (int i = 0; i < sampler_n_steps(sampler); i++) {
        g_autofree char *input = g_strdup_printf("step%d.noise_pred_guided", i);
        g_autofree char *output = g_strdup_printf("step%d.latents", i);
        g_autofree float *prediction = golden_read(file, input, NULL);
        bool noisy = sampler_wants_noise(sampler, i);

        sampler_step(sampler, i, x, prediction, noisy ? noise + i * n : NULL, n);
        golden_compare(file, item->stem, output, x, n);
        if (!own) {
            g_autofree float *golden = golden_read(file, output, NULL);
            memcpy(x, golden, n * sizeof *x);
        }
    }
    golden_compare(file, item->stem, "output.final_latents", x, n);
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

            g_assert_true(sampler_config_named(sampler_name(s), &model, &config, &error));
            config.set_alpha_to_one = true;
            sampler = sampler_new(&config, STEPS, &error);
            g_assert_no_error(error);
            for (int k = 0; k < N; k++) {
                x0[k] = sinf(k);
                eps[k] = cosf(3 * k);
            }
            sampler_add_noise(sampler, 0, x0, eps, x, N);
            for (int i = 0; i < STEPS; i++) {
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
        g_assert_false(sampler_config_named("plms", &model, &config, &error));
        g_assert_nonnull(strstr(error->message, "dpmpp_2m_karras"));
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
    for (int kind = SCHEDULER_DDIM; kind <= SCHEDULER_UNIPC; kind++) {
        for (int variant = 0; variant < 12; variant++) {
            config.kind = kind;
            config.timestep_spacing = variant % 3;
            config.use_karras_sigmas = variant / 3 % 2;
            config.rescale_betas_zero_snr = variant / 6;
            for (size_t s = 0; s < G_N_ELEMENTS(steps); s++) {
                g_autoptr(GError) error = NULL;
                g_autoptr(Sampler) sampler = sampler_new(&config, steps[s], &error);

                g_assert_no_error(error);
                for (int i = 0; i < steps[s]; i++) {
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

        g_test_add_data_func(grid, &cases[i], test_grid);
        g_test_add_data_func(steps, &cases[i], test_steps);
        g_test_add_data_func(whole, &cases[i], test_walk);
    }
    g_test_add_func("/sampler/perfect-model", test_perfect_model);
    g_test_add_func("/sampler/reset-repeats", test_reset_repeats);
    g_test_add_func("/sampler/refusals", test_refusals);
    g_test_add_func("/sampler/grids-fall", test_grids_fall);
    g_test_add_func("/schedule", test_schedule);
    return g_test_run();
}
