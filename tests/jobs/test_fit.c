/* SPDX-License-Identifier: Apache-2.0 */
/* Stable Diffusion 1.5 whole, at 1088 x 1024, fits a small graphics card: planned, not run. */
#include "app/jobs/bench_job.h"

#define GB 1e9
#define MIB 1048576.0

/* Bytes that each item takes at most, and of weights. */
static void
plan(const char *precision, char **items, double *bytes, double *weights)
{
    g_autoptr(GError) error = NULL;
    BenchParams *params = bench_params_new();
    params->what = BENCH_PLAN;
    g_free(params->preset);
    params->preset = g_strdup("sd15");
    params->precision = g_strdup(precision);
    params->items = g_strdupv(items);
    params->latent_width = 136;
    params->latent_height = 128;
    params->rank = 16;
    g_autoptr(TorchlightJob) job = bench_job_new(params);
    g_assert_true(torchlight_job_run(job, &error));
    g_assert_no_error(error);
    const BenchResult *result = bench_job_get_result(job);
    g_assert_cmpuint(result->lines->len, ==, g_strv_length(items));
    for (guint i = 0; i < result->lines->len; i++) {
        const BenchLine *line = result->lines->pdata[i];
        g_assert_null(line->error);
        bytes[i] = line->peak_mb * MIB;
        weights[i] = line->weight_mb * MIB;
        g_test_message("%s in %s: %.2f GB, %.2f of it weights", line->name, precision,
                       bytes[i] / GB, weights[i] / GB);
    }
}

/* A LoRA of rank 16. Captions are encoded before, but the text encoder stays. */
static void
test_training(void)
{
    double bytes[2], weights[2];
    plan("bf16", (char *[]){(char *)"train", (char *)"text", NULL}, bytes, weights);
    g_assert_cmpfloat(weights[0], >, 1.6 * GB);
    g_assert_cmpfloat(bytes[0] + weights[1], <, 6 * GB);
}

/* 20 guided steps with a ControlNet, text encoder and VAE included. */
static void
test_sampling(void)
{
    double bytes, weights;
    plan("f16", (char *[]){(char *)"sample20+controlnet", NULL}, &bytes, &weights);
    g_assert_cmpfloat(weights, >, 2.7 * GB);
    g_assert_cmpfloat(bytes, <, 5 * GB);
}

/* Half the numbers' size is half the weights, about. */
static void
test_half(void)
{
    char *items[] = {(char *)"unet", NULL};
    double half[2], full[2];
    plan("f16", items, &half[0], &half[1]);
    plan("f32", items, &full[0], &full[1]);
    g_assert_cmpfloat(half[1], <, 0.51 * full[1]);
    g_assert_cmpfloat(half[0] - half[1], <, 0.6 * (full[0] - full[1]));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fit/training", test_training);
    g_test_add_func("/fit/sampling", test_sampling);
    g_test_add_func("/fit/half", test_half);
    return g_test_run();
}
