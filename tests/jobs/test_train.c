/* SPDX-License-Identifier: Apache-2.0 */
/* Trainings on a tiny random model (argument: make_model): what is chosen, what is kept, what is
 * told beforehand. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "app/jobs/curve.h"
#include "app/jobs/lora_card.h"
#include "app/jobs/train_job.h"
#include "app/jobs/train_predict.h"
#include "app/jobs/train_preset.h"
#include "app/jobs/train_run.h"
#include "app/jobs/train_settings.h"
#include "compute/weights.h"
#include "train_fixture.h"

static void
test_names(void)
{
    TrainParams *params = make_params("names.safetensors");
    g_autofree char *path = g_strdup(params->output);
    g_autoptr(GError) error = NULL;
    g_autoptr(LoraCard) card = NULL;

    params->names = g_strdupv((char *[]){"p1.png", "p3.png", NULL});
    g_assert_cmpint(train(params).n_pictures, ==, 2);
    card = lora_card_read(path, &error);
    g_assert_no_error(error);
    g_assert_cmpint(card->pictures, ==, 2);
    g_assert_cmpint(card->steps, ==, 5);
    g_assert_cmpint(card->rank, ==, 2);
    g_assert_cmpstr(card->words, ==, "1080, dash, http3, web");
    g_assert_true(isfinite(card->loss));
}

/* A picture without caption among others does not stand in their way. */
static void
test_uncaptioned(void)
{
    TrainParams *params = make_params("uncaptioned.safetensors");
    g_autofree char *from = g_build_filename(params->dataset, "p0.png", NULL);
    g_autofree char *bare = g_build_filename(params->dataset, "bare.png", NULL);
    g_autoptr(GFile) source = g_file_new_for_path(from);
    g_autoptr(GFile) target = g_file_new_for_path(bare);

    g_assert_true(g_file_copy(source, target, 0, NULL, NULL, NULL, NULL));
    params->names = g_strdupv((char *[]){"p1.png", NULL});
    g_assert_cmpint(train(params).n_pictures, ==, 1);
    g_assert_cmpint(g_unlink(bare), ==, 0);
}

static void
test_unknown_name(void)
{
    TrainParams *params = make_params("unknown.safetensors");
    g_autoptr(TorchlightJob) job = NULL;
    g_autoptr(GError) error = NULL;

    params->names = g_strdupv((char *[]){"p1.png", "p9.png", NULL});
    job = train_job_new(params);
    g_assert_false(torchlight_job_run(job, &error));
    g_assert_nonnull(strstr(error->message, "p9.png"));
}

static void
test_previews(void)
{
    g_autofree char *dir = at("run");
    g_autoptr(GPtrArray) previews = NULL;
    g_autoptr(GArray) curve = NULL;
    g_autoptr(TrainRun) run = NULL;
    const TrainPreview *preview;

    train(make_run("with.safetensors", "run"));
    train(make_params("without.safetensors"));
    assert_same("with.safetensors", "without.safetensors");
    run = train_run_open(dir, NULL);
    g_assert_nonnull(run);
    g_assert_cmpint(run->state, ==, TRAIN_RUN_DONE);
    g_assert_cmpint(run->step, ==, 5);
    g_assert_false(run->can_resume);
    previews = train_run_previews(dir, run->params);
    g_assert_cmpuint(previews->len, ==, 2 * 4); /* before, after 2 and 4, at the end */
    preview = previews->pdata[7];
    g_assert_cmpint(preview->step, ==, 5);
    g_assert_cmpstr(preview->prompt_text, ==, "voip, rtp");
    g_assert_true(g_file_test(preview->path, G_FILE_TEST_IS_REGULAR));
    curve = train_run_curve(dir, "loss");
    g_assert_cmpuint(curve->len, ==, 5);
}

static void
on_point_stop(TorchlightJob *job)
{
    train_job_stop(job);
}

static void
on_point_cancel(TorchlightJob *job)
{
    torchlight_job_cancel(job);
}

static void
test_stop_and_keep(void)
{
    TrainParams *params = make_params("stopped.safetensors");
    TrainParams *same = make_params("same.safetensors");
    g_autoptr(TorchlightJob) job = NULL;
    g_autoptr(GError) error = NULL;
    const TrainResult *result;

    params->steps = 100000;
    job = train_job_new(params);
    g_signal_connect(job, "point-added", G_CALLBACK(on_point_stop), NULL);
    torchlight_job_run(job, &error);
    g_assert_no_error(error);
    result = train_job_get_result(job);
    g_assert_true(result->stopped);
    g_assert_cmpint(result->steps, >=, 1);
    g_assert_cmpint(result->steps, <, 100000);
    same->steps = result->steps;
    train(same);
    assert_same_weights("stopped.safetensors", "same.safetensors");
}

static void
test_cancel_and_resume(void)
{
    TrainParams *params = make_run("whole.safetensors", "whole");
    g_autofree char *dir = at("whole");
    g_autofree char *output = at("whole.safetensors");
    g_autoptr(TorchlightJob) job = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(TrainRun) run = NULL;
    int steps;

    params->steps = 100000;
    params->preview_every = 0;
    job = train_job_new(params);
    g_signal_connect(job, "point-added", G_CALLBACK(on_point_cancel), NULL);
    g_assert_false(torchlight_job_run(job, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_false(g_file_test(output, G_FILE_TEST_EXISTS));
    run = train_run_open(dir, NULL);
    g_assert_cmpint(run->state, ==, TRAIN_RUN_INTERRUPTED);
    g_assert_true(run->can_resume);
    steps = run->step + 3;
    run->params->steps = steps;
    g_clear_object(&job);
    job = train_job_new(g_steal_pointer(&run->params));
    g_assert_true(torchlight_job_run(job, NULL));
    g_autoptr(GArray) points = torchlight_job_dup_points(job, "loss", 0);
    g_assert_cmpint((int)points->len, ==, steps); /* those from before too */
    params = make_params("again.safetensors");
    params->steps = steps;
    train(params);
    assert_same("whole.safetensors", "again.safetensors");
}

static void
test_one_at_a_time(void)
{
    TrainParams *params = make_run("busy.safetensors", "busy");
    g_autoptr(TrainRunWriter) writer = train_run_begin(params, NULL);
    g_autoptr(TorchlightJob) job = NULL;
    g_autoptr(TrainRun) run = train_run_open(params->run, NULL);
    g_autoptr(GError) error = NULL;

    g_assert_nonnull(writer);
    g_assert_cmpint(run->state, ==, TRAIN_RUN_RUNNING);
    job = train_job_new(params);
    g_assert_false(torchlight_job_run(job, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_BUSY);
}

static void
test_foreign_folder(void)
{
    TrainParams *params = make_run("foreign.safetensors", "data");
    g_autoptr(TorchlightJob) job = train_job_new(params);
    g_autoptr(GError) error = NULL;

    g_assert_false(torchlight_job_run(job, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS);
}

static void
test_predict(void)
{
    g_autoptr(TrainParams) params = make_params("predicted.safetensors");
    g_auto(TrainPrediction) before = {0};
    g_auto(TrainPrediction) after = {0};
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    TrainResult result;

    params->clip_skip = 2; /* no other test has trained so */
    params->batch = 3;
    train_predict(params, &before, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpint(before.source, !=, TRAIN_TIME_MEASURED);
    g_assert_cmpint(before.n_pictures, ==, N_PICTURES);
    g_assert_cmpfloat(before.seconds, >, 0);
    g_assert_cmpuint(before.memory, >, 1 << 20);
    text = train_prediction_to_text(&before);
    g_assert_nonnull(strstr(text, before.device));
    result = train(train_params_copy(params));
    g_assert_cmpint(before.n_parameters, ==, result.n_parameters);
    g_assert_true(train_predict(params, &after, NULL, NULL));
    g_assert_cmpint(after.source, ==, TRAIN_TIME_MEASURED);
    g_assert_cmpfloat_with_epsilon(after.seconds_per_step, result.seconds_per_step, 1e-9);
}

static void
test_predict_error(void)
{
    g_autoptr(TrainParams) params = make_params("x.safetensors");
    g_auto(TrainPrediction) prediction = {0};
    g_autoptr(GError) error = NULL;

    g_free(params->model);
    params->model = at("nowhere");
    g_assert_false(train_predict(params, &prediction, NULL, &error));
    g_assert_nonnull(strstr(error->message, "nowhere"));
}

static void
test_presets(void)
{
    const char *root = g_getenv("TORCHLIGHT_SOURCE_ROOT");
    g_autofree char *source = g_build_filename(root, "app/jobs/train_preset.c", NULL);
    g_autofree char *code = NULL;
    g_autoptr(GPtrArray) presets = train_presets();
    g_autoptr(TrainParams) params = train_params_new();

    g_assert_cmpuint(presets->len, ==, 3);
    g_assert_true(g_file_get_contents(source, &code, NULL, NULL));
    for (guint i = 0; i < presets->len; i++) {
        TrainPreset *preset = presets->pdata[i];

        g_assert_nonnull(strstr(code, preset->name)); /* for translators */
        g_assert_nonnull(strstr(code, preset->description));
        g_assert_true(train_preset_apply(preset, params, NULL));
        g_assert_true(train_preset_matches(preset, params));
        params->rank++;
        g_assert_false(train_preset_matches(preset, params));
    }
    g_assert_cmpint(params->clip_skip, ==, 2); /* the paper's, the longest */
}

static void
test_settings(void)
{
    g_autoptr(TrainParams) params = make_run("a", "b");
    g_autoptr(TrainParams) read = train_params_new();
    g_autoptr(JsonObject) object = NULL;
    g_autoptr(GError) error = NULL;
    const TrainSetting *setting;

    params->seed = G_MAXUINT64;
    params->lr = 0.1 + 1e-17;
    params->names = g_strdupv((char *[]){"p1.png", NULL});
    object = train_params_to_json(params);
    g_assert_true(train_params_from_json(read, object, NULL));
    for (guint i = 0; (setting = train_setting(i)); i++) {
        g_assert_cmpfloat(train_setting_get(setting, read), ==, train_setting_get(setting, params));
        g_assert_true(train_setting_find(setting->key) == setting);
        g_assert_true(train_setting_check(setting, read, NULL));
    }
    g_assert_cmpuint(read->seed, ==, G_MAXUINT64);
    g_assert_cmpstr(read->names[0], ==, "p1.png");
    g_assert_cmpstr(read->preview_prompts[1], ==, "voip, rtp");
    json_object_set_int_member(object, "rank", 0);
    g_assert_false(train_params_from_json(read, object, &error));
    g_clear_error(&error);
    json_object_set_string_member(object, "rank", "much");
    g_assert_false(train_params_from_json(read, object, &error));
    g_assert_nonnull(strstr(error->message, "rank"));
}

static void
test_curve(void)
{
    g_autoptr(GArray) points = g_array_new(FALSE, FALSE, sizeof(JobPoint));
    g_autoptr(GArray) smooth = NULL;
    g_autoptr(GArray) read = NULL;
    g_autofree char *path = at("curve.csv");

    for (int i = 0; i < 50; i++)
        g_array_append_val(points, ((JobPoint){i + 1, 4 + (i % 2 ? 1 : -1)}));
    smooth = curve_smooth(points, 10);
    g_assert_cmpuint(smooth->len, ==, 50);
    g_assert_cmpfloat(g_array_index(smooth, JobPoint, 0).value, ==, 3); /* no pull towards 0 */
    g_assert_cmpfloat_with_epsilon(g_array_index(smooth, JobPoint, 49).value, 4, 0.1);
    g_assert_true(curve_write(points, "loss", path, NULL));
    read = curve_read(path, NULL);
    g_assert_cmpmem(read->data, read->len * sizeof(JobPoint), points->data,
                    points->len * sizeof(JobPoint));
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } tests[] = {
        {"/train/names", test_names},
        {"/train/uncaptioned", test_uncaptioned},
        {"/train/unknown-name", test_unknown_name},
        {"/train/previews", test_previews},
        {"/train/stop-and-keep", test_stop_and_keep},
        {"/train/cancel-and-resume", test_cancel_and_resume},
        {"/train/one-at-a-time", test_one_at_a_time},
        {"/train/foreign-folder", test_foreign_folder},
        {"/train/predict", test_predict},
        {"/train/predict-error", test_predict_error},
        {"/train/presets", test_presets},
        {"/train/settings", test_settings},
        {"/train/curve", test_curve},
    };
    int status;

    fixture_begin(&argc, &argv);
    for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add_func(tests[i].name, tests[i].run);
    status = g_test_run();
    fixture_end();
    return status;
}
