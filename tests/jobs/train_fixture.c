/* SPDX-License-Identifier: Apache-2.0 */
#include "train_fixture.h"

#include <string.h>

#include <glib/gstdio.h>

#include "app/jobs/run_folder.h"
#include "compute/weights.h"

enum { WIDTH = 64, HEIGHT = 32 };

static char *scratch;

static void
make_dataset(void)
{
    static const char *const words[] = {"web, http2", "dash, 1080", "voip, rtp", "web, http3"};
    g_autofree char *dir = at("data");

    g_assert_cmpint(g_mkdir(dir, 0777), ==, 0);
    for (int i = 0; i < N_PICTURES; i++) {
        g_autoptr(Image) image = image_new(WIDTH, HEIGHT, 3);
        g_autofree char *png = g_strdup_printf("%s/p%d.png", dir, i);
        g_autofree char *txt = g_strdup_printf("%s/p%d.txt", dir, i);
        g_autofree char *caption = g_strconcat("pixelated network data: ", words[i], NULL);

        for (int j = 0; j < WIDTH * HEIGHT * 3; j++)
            image->pixels[j] = (uint8_t)(j * (7 + i) / 3);
        g_assert_true(image_write_png(image, png, NULL, NULL));
        g_assert_true(g_file_set_contents(txt, caption, -1, NULL));
    }
}

static char *
sum_of(const char *name)
{
    g_autofree char *path = at(name);
    char *sum = file_sha256(path, NULL);

    g_assert_nonnull(sum);
    return sum;
}

char *
at(const char *name)
{
    return g_build_filename(scratch, name, NULL);
}

TrainParams *
make_params(const char *output)
{
    TrainParams *params = train_params_new();

    params->dataset = at("data");
    params->model = at("model");
    params->device = g_strdup("cpu");
    params->output = at(output);
    params->steps = 5;
    params->rank = params->alpha = 2;
    params->seed = 3;
    return params;
}

TrainResult
train(TrainParams *params)
{
    g_autoptr(TorchlightJob) job = train_job_new(params);
    g_autoptr(GError) error = NULL;
    TrainResult result;

    torchlight_job_run(job, &error);
    g_assert_no_error(error);
    result = *train_job_get_result(job);
    result.device = NULL;
    return result;
}

void
assert_same(const char *a, const char *b)
{
    g_autofree char *x = sum_of(a);
    g_autofree char *y = sum_of(b);

    g_assert_cmpstr(x, ==, y);
}

void
assert_same_weights(const char *a, const char *b)
{
    g_autofree char *path_a = at(a);
    g_autofree char *path_b = at(b);
    g_autoptr(WeightsFile) x = weights_open(path_a, NULL);
    g_autoptr(WeightsFile) y = weights_open(path_b, NULL);

    g_assert_cmpint(weights_n_entries(x), ==, weights_n_entries(y));
    for (int i = 0; i < weights_n_entries(x); i++) {
        const WeightsEntry *p = weights_entry(x, i), *q = weights_entry(y, i);

        g_assert_cmpmem(p->data, p->size, q->data, q->size);
    }
}

TrainParams *
make_run(const char *output, const char *run)
{
    TrainParams *params = make_params(output);

    params->run = at(run);
    params->preview_every = 2;
    params->preview_steps = 2;
    params->preview_prompts = g_strdupv((char *[]){"web, http2", "voip, rtp", NULL});
    return params;
}

static void
make_model(const char *program)
{
    g_autofree char *dir = at("model");
    const char *argv[] = {program, dir, NULL};
    int status = 1;

    g_assert_true(
        g_spawn_sync(NULL, (char **)argv, NULL, 0, NULL, NULL, NULL, NULL, &status, NULL));
    g_assert_cmpint(status, ==, 0);
}

void
fixture_begin(int *argc, char ***argv)
{
    scratch = g_dir_make_tmp("torchlight-train.XXXXXX", NULL);
    g_setenv("XDG_CACHE_HOME", scratch, TRUE); /* before GLib looks: the history of speeds */
    g_test_init(argc, argv, NULL);
    make_model((*argv)[1]);
    make_dataset();
}

void
fixture_end(void)
{
    run_folder_remove(scratch);
    g_free(scratch);
}
