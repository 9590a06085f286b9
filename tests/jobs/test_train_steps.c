/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of a training: broken off and gone on with, shared out, computed twice, skipped. Argument:
 * make_model. */
#include <string.h>

#include "app/jobs/caption_shuffle.h"
#include "app/jobs/train_advice.h"
#include "app/jobs/train_predict.h"
#include "app/jobs/train_run.h"
#include "app/jobs/train_settings.h"
#include "train_fixture.h"

/* N steps are k, a checkpoint, and N - k: the same bytes, with all that keeps state. */
static void
set_everything(TrainParams *params, int optimiser)
{
    params->optimiser = optimiser;
    params->rank = params->alpha = 16; /* weights large enough for moments of 8 bits */
    params->lr_schedule = 3;
    params->lr_cycles = 2;
    params->warmup = 2;
    params->batch = 2;
    params->accumulate = 2;
    params->noise_offset = 0.1;
    params->min_snr_gamma = 5;
    params->caption_dropout = 0.2;
    params->shuffle_captions = true;
    params->keep_parts = 1;
    params->ema_decay = 0.9;
    params->validation_share = 0.25;
    params->validation_every = 2;
    params->text_lr_scale = optimiser % 2 ? 0 : 0.5;
    params->checkpointing = optimiser % 2;
    params->steps = 6;
}

static void
on_point_cancel_later(TorchlightJob *job, const char *curve, gpointer point)
{
    g_autoptr(GArray) points = torchlight_job_dup_points(job, "lr", 0);

    if (points->len == 3)
        torchlight_job_cancel(job);
}

static void
test_exact_resume(void)
{
    for (int optimiser = 0; optimiser < 4; optimiser++) {
        g_autofree char *name = g_strdup_printf("parts%d", optimiser);
        g_autofree char *file = g_strconcat(name, ".safetensors", NULL);
        g_autofree char *average = g_strconcat(name, "-ema.safetensors", NULL);
        TrainParams *whole = make_run("all.safetensors", name), *parts = make_run(file, name);
        g_autofree char *dir = g_strdup(parts->run);
        g_autoptr(GArray) validations = NULL;
        g_autoptr(TrainRun) run = NULL;
        g_autoptr(TorchlightJob) job = NULL;
        g_autoptr(GError) error = NULL;

        g_clear_pointer(&whole->run, g_free);
        whole->preview_every = parts->preview_every = 0;
        set_everything(whole, optimiser);
        set_everything(parts, optimiser);
        train(whole);
        job = train_job_new(parts);
        g_signal_connect(job, "point-added", G_CALLBACK(on_point_cancel_later), NULL);
        g_assert_false(torchlight_job_run(job, &error));
        g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
        run = train_run_open(dir, NULL);
        g_assert_cmpint(run->step, >=, 3);
        g_assert_cmpint(run->step, <, 6);
        g_clear_object(&job);
        job = train_job_new(g_steal_pointer(&run->params));
        g_clear_error(&error);
        torchlight_job_run(job, &error);
        g_assert_no_error(error);
        assert_same("all.safetensors", file);
        assert_same("all-ema.safetensors", average);
        validations = torchlight_job_dup_points(job, "validation", 0);
        g_assert_cmpuint(validations->len, ==, 4); /* before, after 2, 4 and 6 */
        g_assert_cmpint(train_job_get_result(job)->n_pictures, ==, N_PICTURES - 1);
    }
}

/* How a step's samples are shared out does not matter but for rounding. */
static void
test_accumulation(void)
{
    TrainParams *whole = make_params("batch.safetensors");
    TrainParams *parts = make_params("accumulated.safetensors");
    double loss;

    whole->batch = 3;
    parts->accumulate = 3;
    whole->optimiser = parts->optimiser = 3;
    loss = train(whole).loss;
    g_assert_cmpfloat_with_epsilon(train(parts).loss, loss, 1e-6 * loss);
}

/* What is computed twice is the same. */
static void
test_computed_twice(void)
{
    TrainParams *once = make_params("once.safetensors"), *twice = make_params("twice.safetensors");

    once->checkpointing = 2;
    twice->checkpointing = 1;
    train(once);
    train(twice);
    assert_same_weights("once.safetensors", "twice.safetensors");
}

/* At a rate beyond all reason the numbers overflow: steps are skipped, told of, and too many in a
 * row end the training; what was saved before stays. */
static void
test_overflow(void)
{
    TrainParams *params = make_run("overflow.safetensors", "overflow");
    g_autofree char *output = g_strdup(params->output);
    g_autofree char *dir = g_strdup(params->run);
    g_autoptr(TorchlightJob) job = NULL;
    g_autoptr(TrainRun) run = NULL;
    g_autoptr(GError) error = NULL;

    params->steps = 100;
    params->preview_every = 0;
    params->lr = 10;
    params->alpha = 1e6;
    params->optimiser = 3;
    params->max_norm = 0;
    params->max_skipped = 4;
    params->save_every = 1;
    job = train_job_new(params);
    g_assert_false(torchlight_job_run(job, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_FAILED);
    g_assert_nonnull(strstr(error->message, "4 steps in a row"));
    g_assert_false(g_file_test(output, G_FILE_TEST_EXISTS));
    run = train_run_open(dir, NULL);
    g_assert_cmpint(run->state, ==, TRAIN_RUN_FAILED);
    g_assert_true(run->can_resume);
    g_auto(GStrv) log = torchlight_job_dup_log(job, 0);
    int n_told = 0;
    for (int i = 0; log[i]; i++)
        n_told += strstr(log[i], "was skipped") != NULL;
    g_assert_cmpint(n_told, ==, 3); /* the fourth is the error */
}

static void
test_words(void)
{
    g_autoptr(TrainParams) params = train_params_new();
    g_autoptr(GError) error = NULL;
    const TrainSetting *setting = train_setting_find("optimiser");

    g_assert_true(train_setting_set_word(setting, params, "lion", NULL));
    g_assert_cmpstr(train_setting_get_word(setting, params), ==, "lion");
    g_assert_false(train_setting_set_word(setting, params, "adagrad", &error));
    g_assert_nonnull(strstr(error->message, "adamw8bit"));
    setting = train_setting_find("shuffle_captions");
    g_assert_true(train_setting_set_word(setting, params, "yes", NULL));
    g_assert_cmpint(params->shuffle_captions, ==, 1);
}

/* What is too large is told what would fit. */
static void
test_advice(void)
{
    g_autoptr(TrainParams) params = make_params("large.safetensors");
    g_autofree char *fits = NULL, *smaller = NULL;

    params->batch = 4;
    params->checkpointing = 2;
    guint64 all = train_predict_memory(params);
    g_assert_cmpuint(all, >, 0);
    fits = train_advice(params, all - 1);
    g_assert_nonnull(strstr(fits, "--checkpointing on"));
    params->checkpointing = 1;
    g_assert_cmpuint(train_predict_memory(params), <, all);
    smaller = train_advice(params, train_predict_memory(params) - 1);
    g_assert_nonnull(strstr(smaller, "--batch 1 --accumulate 4"));
    g_assert_null(train_advice(params, 1 << 20)); /* not even the program */
}

static void
test_shuffle(void)
{
    g_autoptr(Rng) rng = rng_new(4);
    g_autofree char *same = caption_shuffle("a , b,c", 3, rng);
    g_autofree char *one = caption_shuffle("no comma", 0, rng);
    bool moved = false;

    g_assert_cmpstr(same, ==, "a, b, c");
    g_assert_cmpstr(one, ==, "no comma");
    for (int i = 0; i < 20; i++) {
        g_autofree char *text = caption_shuffle("first, b, c, d", 1, rng);
        g_auto(GStrv) parts = g_strsplit(text, ", ", -1);

        g_assert_cmpint((int)g_strv_length(parts), ==, 4);
        g_assert_cmpstr(parts[0], ==, "first");
        g_assert_true(g_strv_contains((const char *const *)parts, "b") &&
                      g_strv_contains((const char *const *)parts, "c") &&
                      g_strv_contains((const char *const *)parts, "d"));
        moved |= !g_str_equal(parts[1], "b");
    }
    g_assert_true(moved);
}

int
main(int argc, char **argv)
{
    int status;

    fixture_begin(&argc, &argv);
    g_test_add_func("/train/exact-resume", test_exact_resume);
    g_test_add_func("/train/accumulation", test_accumulation);
    g_test_add_func("/train/computed-twice", test_computed_twice);
    g_test_add_func("/train/overflow", test_overflow);
    g_test_add_func("/train/words", test_words);
    g_test_add_func("/train/advice", test_advice);
    g_test_add_func("/train/shuffle", test_shuffle);
    status = g_test_run();
    fixture_end();
    return status;
}
