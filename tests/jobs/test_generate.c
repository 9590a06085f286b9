/* SPDX-License-Identifier: Apache-2.0 */
/* Generation with the bundled model at a small height: settings there and back, pictures into a
 * folder as they come, skipping one, the film, and a session that keeps the model open. */
#include "app/jobs/generate_control.h"
#include "app/jobs/generate_job.h"
#include "app/jobs/generate_settings.h"

#include <glib/gstdio.h>
#include <string.h>

#include "app/jobs/run_folder.h"

static char *base;

static char *
in_base(const char *name)
{
    return g_build_filename(base, name, NULL);
}

static GenerateParams *
small_params(int steps)
{
    GenerateParams *params = generate_params_new();

    params->prompt = g_strdup("pixelated network data: no vpn, web, http2");
    params->steps = steps;
    params->height = 64;
    params->seed = 5;
    return params;
}

static void
test_round_trip(void)
{
    g_autoptr(GenerateParams) params = small_params(7);
    g_autoptr(GenerateParams) back = NULL, copy = NULL;
    g_autoptr(JsonObject) object = NULL, again = NULL;
    g_autoptr(GenerateControl) control = NULL;
    g_autoptr(JsonNode) a = json_node_new(JSON_NODE_OBJECT), b = json_node_new(JSON_NODE_OBJECT);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL, *line = NULL;
    const GenerateControl *same;

    params->seed = G_MAXUINT64;
    params->guidance = 1.0 / 3;
    params->sampler = g_strdup("euler");
    params->control = in_base("maps/web.png");
    params->control_end = 0.5;
    params->any_words = true;
    params->schedule = g_strdup("karras");
    params->noise = g_strdup("cuda:rtx3060");
    params->hires = true;
    params->hires_steps = 3;
    params->init = in_base("web.png");
    params->strength = 0.25;
    params->batch = 2;
    params->control_mode = g_strdup("prompt");
    params->control_layers = g_strdup("1,0.5");
    control = generate_control_parse("/elsewhere/b.png:0.75:0.25-0.5:control:a1111", &error);
    g_assert_no_error(error);
    control->net = in_base("nets/canny");
    g_ptr_array_add(params->more_controls, generate_control_copy(control));
    generate_params_add_lora_text(params, "/elsewhere/a.safetensors:0.25:0.5", NULL);
    object = generate_params_to_json(params, base);
    g_assert_cmpstr(json_object_get_string_member(object, "control"), ==, "maps/web.png");
    back = generate_params_from_json(object, base, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(back->seed, ==, G_MAXUINT64);
    g_assert_cmpstr(back->control, ==, params->control);
    g_assert_cmpstr(back->init, ==, params->init);
    g_assert_cmpfloat(back->strength, ==, 0.25);
    g_assert_true(back->hires && !back->noise_together);
    g_assert_cmpstr(back->noise, ==, "cuda:rtx3060");
    g_assert_cmpfloat(g_array_index(back->loras, GenerateLora, 0).weight, ==, 0.25);
    g_assert_cmpfloat(g_array_index(back->loras, GenerateLora, 0).text_weight, ==, 0.5);
    g_assert_cmpstr(back->control_mode, ==, "prompt");
    g_assert_cmpuint(back->more_controls->len, ==, 1);
    same = back->more_controls->pdata[0];
    g_assert_cmpstr(same->map, ==, "/elsewhere/b.png");
    g_assert_cmpstr(same->net, ==, control->net);
    g_assert_cmpfloat(same->weight, ==, 0.75);
    g_assert_cmpfloat(same->start, ==, 0.25);
    g_assert_cmpfloat(same->end, ==, 0.5);
    g_assert_cmpstr(same->mode, ==, "control");
    g_assert_cmpstr(same->convention, ==, "a1111");
    line = generate_control_text(same);
    g_assert_cmpstr(line, ==, "b.png:0.75:0.25-0.5:control:a1111");
    copy = generate_params_copy(back);
    again = generate_params_to_json(copy, base);
    json_node_set_object(a, object);
    json_node_set_object(b, again);
    g_assert_true(json_node_equal(a, b));
    g_assert_true(generate_params_set_text(copy, "lora_weight", "0.5", &error));
    text = generate_params_get_text(copy, "lora_weight");
    g_assert_cmpstr(text, ==, "0.5");
}

static void
test_bad_settings(void)
{
    static const char *const bad[] = {
        "{\"steps\": 0}",
        "{\"steps\": 2.5}",
        "{\"steps\": \"many\"}",
        "{\"guidance\": []}",
        "{\"seed\": -1}",
        "{\"loras\": {}}",
        "{\"loras\": [{}]}",
        "{\"height\": 1e9}",
        "{\"any_words\": 3}",
        "{\"control_end\": 1.01}",
        "{\"clip_skip\": true}",
        "{\"schedule\": \"cosine\"}",
        "{\"noise\": \"dice\"}",
        "{\"hires_upscaler\": \"esrgan\"}",
        "{\"vae_tiling\": \"sometimes\"}",
        "{\"strength\": 1.5}",
        "{\"batch\": 0}",
        "{\"more_controls\": 1}",
        "{\"more_controls\": [{}]}",
        "{\"more_controls\": [{\"map\": \"a.png\", \"mode\": \"loud\"}]}",
        "{\"more_controls\": [{\"map\": \"a.png\", \"weight\": 3}]}",
        "{\"more_controls\": [{\"map\": \"a.png\", \"layers\": \"1,x\"}]}",
    };

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(JsonNode) node = json_from_string(bad[i], NULL);
        g_autoptr(GError) error = NULL;

        g_assert_null(generate_params_from_json(json_node_get_object(node), NULL, &error));
        g_assert_nonnull(error);
    }
}

static void
test_blank(void)
{
    g_autoptr(GenerateParams) params = small_params(7);
    g_autoptr(GenerateParams) given = generate_params_new_blank();

    given->guidance = 4; /* the default, and given all the same */
    params->guidance = 9;
    generate_params_put_given(params, given);
    g_assert_cmpfloat(params->guidance, ==, 4);
    g_assert_cmpint(params->steps, ==, 7);
    g_assert_cmpstr(params->prompt, ==, "pixelated network data: no vpn, web, http2");
}

/* A job is told to skip as soon as its first step is over. */
static void
skip_first(TorchlightJob *job)
{
    if (generate_job_n_done(job) == 0)
        generate_job_skip(job);
    g_signal_handlers_disconnect_by_func(job, skip_first, NULL);
}

static void
test_skip(void)
{
    GenerateParams *params = small_params(40);
    g_autoptr(TorchlightJob) job = NULL;
    g_autoptr(GError) error = NULL;
    const GenerateImage *image;

    params->count = 2;
    params->pictures = in_base("skip");
    params->preview = true;
    job = generate_job_new(params, NULL);
    g_signal_connect(job, "preview-changed", G_CALLBACK(skip_first), NULL);
    g_assert_true(torchlight_job_run(job, &error));
    g_assert_cmpint(generate_job_n_done(job), ==, 1);
    image = generate_job_get_image(job, 0);
    g_assert_cmpint(image->index, ==, 1);
    g_assert_cmpuint(image->seed, ==, 6);
    g_assert_true(g_str_has_suffix(image->path, "no-vpn-web-http2-seed6.png"));
    g_assert_true(g_file_test(image->path, G_FILE_TEST_EXISTS));
}

/* What was drawn before a cancel is kept. */
static void
cancel_second(TorchlightJob *job)
{
    if (generate_job_n_done(job) > 0)
        torchlight_job_cancel(job);
}

static void
test_cancel(void)
{
    GenerateParams *params = small_params(3);
    g_autoptr(TorchlightJob) job = NULL;

    params->count = 1000;
    params->pictures = in_base("cancel");
    job = generate_job_new(params, NULL);
    g_signal_connect(job, "notify::fraction", G_CALLBACK(cancel_second), NULL);
    g_assert_false(torchlight_job_run(job, NULL));
    g_assert_cmpint(torchlight_job_get_state(job), ==, JOB_CANCELLED);
    g_assert_cmpint(generate_job_n_done(job), >, 0);
    g_assert_true(g_file_test(generate_job_get_image(job, 0)->path, G_FILE_TEST_EXISTS));
}

/* A picture in a folder says how it came to be, and the same settings make the same picture, be the
 * model opened anew or kept open. */
static void
test_again(void)
{
    GenerateParams *params = small_params(2);
    g_autoptr(TorchlightJob) first = NULL, second = NULL;
    GenerateSession *session = generate_session_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *sum = NULL, *sum_again = NULL;

    params->pictures = in_base("again");
    first = generate_job_new(params, session);
    g_assert_true(torchlight_job_run(first, &error));
    params = generate_params_read(generate_job_get_image(first, 0)->path, &error);
    g_assert_no_error(error);
    g_assert_cmpint(params->height, ==, 64);
    params->pictures = in_base("again");
    second = generate_job_new(params, session);
    g_assert_true(torchlight_job_run(second, &error));
    g_assert_cmpstr(generate_job_get_image(second, 0)->path, !=,
                    generate_job_get_image(first, 0)->path);
    sum = file_sha256(generate_job_get_image(first, 0)->path, &error);
    sum_again = file_sha256(generate_job_get_image(second, 0)->path, &error);
    g_assert_cmpstr(sum, ==, sum_again);
    generate_session_unref(session);
}

static void
test_film(void)
{
    GenerateParams *params = small_params(5);
    g_autoptr(TorchlightJob) job = NULL;
    g_autoptr(GPtrArray) film = NULL;
    g_autoptr(GError) error = NULL;

    params->film = true;
    job = generate_job_new(params, NULL);
    g_assert_true(torchlight_job_run(job, &error));
    film = generate_job_dup_film(job);
    g_assert_cmpuint(film->len, ==, 5);
    for (guint i = 0; i < film->len; i++) {
        const GenerateFrame *frame = film->pdata[i];

        g_assert_cmpint(frame->step, ==, i + 1);
        /* A whole part of the picture, as the model's latents allow. */
        g_assert_cmpint(frame->noisy->width, >=, 544);
        g_assert_cmpint(1088 % frame->noisy->width, ==, 0);
        g_assert_cmpint(frame->believed->width, ==, frame->noisy->width);
        g_assert_cmpint(frame->believed->height, ==, frame->noisy->height);
        g_assert_true(i == 0 || frame->time < ((GenerateFrame *)film->pdata[i - 1])->time);
    }
    g_assert_nonnull(generate_job_get_image(job, 0)->image);
}

/* Three pictures, two at once: as many results, by seed. */
static void
test_batch(void)
{
    GenerateParams *params = small_params(2);
    g_autoptr(TorchlightJob) job = NULL;
    g_autoptr(GError) error = NULL;

    params->count = 3;
    params->batch = 2;
    params->hires = true;
    params->hires_height = 32;
    params->hires_steps = 1;
    job = generate_job_new(params, NULL);
    g_assert_true(torchlight_job_run(job, &error));
    g_assert_no_error(error);
    g_assert_cmpint(generate_job_n_done(job), ==, 3);
    for (int i = 0; i < 3; i++) {
        g_assert_cmpint(generate_job_get_image(job, i)->index, ==, i);
        g_assert_cmpuint(generate_job_get_image(job, i)->seed, ==, 5 + (guint64)i);
    }
}

static void
test_errors(void)
{
    const struct {
        const char *key, *value;
    } cases[] = {{"model", "/nowhere"},
                 {"control", "/nowhere.png"},
                 {"sampler", "walk"},
                 {"prompt", "wireguad"},
                 {"layout", "no-such"}};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        GenerateParams *params = small_params(2);
        g_autoptr(TorchlightJob) job = NULL;
        g_autoptr(GError) error = NULL;

        g_assert_true(generate_params_set_text(params, cases[i].key, cases[i].value, NULL));
        job = generate_job_new(params, NULL);
        g_assert_false(torchlight_job_run(job, &error));
        g_assert_nonnull(error);
    }
}

int
main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    base = g_dir_make_tmp("torchlight-XXXXXX", NULL);
    g_test_add_func("/generate/settings/round-trip", test_round_trip);
    g_test_add_func("/generate/settings/bad", test_bad_settings);
    g_test_add_func("/generate/settings/blank", test_blank);
    g_test_add_func("/generate/skip", test_skip);
    g_test_add_func("/generate/cancel", test_cancel);
    g_test_add_func("/generate/again", test_again);
    g_test_add_func("/generate/film", test_film);
    g_test_add_func("/generate/batch", test_batch);
    g_test_add_func("/generate/errors", test_errors);
    status = g_test_run();
    run_folder_remove(base);
    g_free(base);
    return status;
}
