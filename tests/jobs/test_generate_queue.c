/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of generations: order, failure, removal, what a crash leaves; and grids. */
#include "app/jobs/generate_queue.h"
#include "app/jobs/generate_record.h"
#include "app/jobs/generate_settings.h"

#include <string.h>

#include "app/jobs/run_folder.h"

static char *base;

static GenerateParams *
small_params(guint64 seed)
{
    GenerateParams *params = generate_params_new();

    params->prompt = g_strdup("pixelated network data: no vpn, web, http2");
    params->steps = 1;
    params->height = 64;
    params->seed = seed;
    return params;
}

static TorchlightProject *
new_project(const char *name)
{
    g_autofree char *dir = g_build_filename(base, name, NULL);
    g_autoptr(GError) error = NULL;
    TorchlightProject *project = torchlight_project_create(dir, NULL, &error);

    g_assert_no_error(error);
    return project;
}

static void
on_drained(TorchlightGenerateQueue *queue, bool *drained)
{
    *drained = true;
}

static void
run_out(TorchlightGenerateQueue *queue)
{
    bool drained = false;
    gulong handler = g_signal_connect(queue, "drained", G_CALLBACK(on_drained), &drained);

    torchlight_generate_queue_set_running(queue, true);
    while (!drained)
        g_main_context_iteration(NULL, TRUE);
    g_signal_handler_disconnect(queue, handler);
}

static char *
seeds(TorchlightProject *project)
{
    GListModel *traces = torchlight_project_get_items(project, ITEM_TRACE);
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < g_list_model_get_n_items(traces); i++) {
        g_autoptr(TorchlightItem) item = g_list_model_get_item(traces, i);

        g_string_append_printf(text, "%s ", torchlight_item_get_string(item, "seed"));
    }
    return g_string_free(text, FALSE);
}

static guint
n_runs(TorchlightProject *project)
{
    return g_list_model_get_n_items(torchlight_project_get_items(project, ITEM_RUN));
}

/* Reordered, one removed, one that fails in between. */
static void
test_order(void)
{
    g_autoptr(TorchlightProject) project = new_project("order");
    g_autoptr(TorchlightGenerateQueue) queue = torchlight_generate_queue_new(project, NULL, NULL);
    GListModel *entries = torchlight_generate_queue_get_entries(queue);
    TorchlightQueueEntry *entry[4];
    GenerateParams *broken = small_params(9);
    g_autoptr(GenerateParams) settings = NULL;
    g_autoptr(TorchlightItem) item = NULL;
    g_autofree char *text = NULL, *path = NULL;

    torchlight_generate_queue_set_running(queue, false);
    for (guint i = 0; i < 3; i++)
        entry[i] = torchlight_generate_queue_add(queue, small_params(i + 1), NULL, NULL);
    broken->model = g_strdup("/nowhere");
    entry[3] = torchlight_generate_queue_add(queue, broken, NULL, NULL);
    g_assert_cmpuint(n_runs(project), ==, 4);
    torchlight_generate_queue_move(queue, entry[2], 0);
    torchlight_generate_queue_move(queue, entry[3], 1);
    torchlight_generate_queue_remove(queue, entry[0]);
    run_out(queue);
    text = seeds(project);
    g_assert_cmpstr(text, ==, "3 2 ");
    g_assert_cmpuint(g_list_model_get_n_items(entries), ==, 1);
    g_assert_cmpint(torchlight_queue_entry_get_state(entry[3]), ==, QUEUE_FAILED);
    g_assert_nonnull(strstr(torchlight_queue_entry_get_error(entry[3]), "/nowhere"));
    g_assert_cmpuint(n_runs(project), ==, 1); /* only what failed is still told of */

    item = g_list_model_get_item(torchlight_project_get_items(project, ITEM_TRACE), 0);
    path = torchlight_item_dup_path(item);
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    g_assert_cmpstr(torchlight_item_get_string(item, "origin"), ==, "generated");
    g_assert_cmpint(torchlight_item_get_int(item, "packets", 0), >, 0);
    settings = generate_record_params(project, item);
    g_assert_cmpuint(settings->seed, ==, 3);
    g_assert_cmpint(settings->height, ==, 64);
    torchlight_generate_queue_close(queue);
    g_assert_true(torchlight_project_close(project, NULL));
}

/* What waits is there again after a crash, in its order, and waits to be started. */
static void
test_crash(void)
{
    g_autoptr(TorchlightProject) project = new_project("crash");
    g_autofree char *dir = g_strdup(torchlight_project_get_dir(project));
    TorchlightGenerateQueue *queue = torchlight_generate_queue_new(project, NULL, NULL);
    GridAxis *x = grid_axis_parse("steps=1,2", NULL);
    TorchlightQueueEntry *last;
    g_autoptr(TorchlightQueueEntry) first = NULL;
    g_autofree char *text = NULL;

    torchlight_generate_queue_set_running(queue, false);
    torchlight_generate_queue_add(queue, small_params(1), NULL, NULL);
    last = torchlight_generate_queue_add(queue, small_params(2), x, NULL);
    torchlight_generate_queue_move(queue, last, 0);
    g_assert_true(torchlight_project_close(project, NULL));
    g_object_unref(queue);
    g_clear_object(&project);
    project = torchlight_project_open(dir, NULL);
    queue = torchlight_generate_queue_new(project, NULL, NULL);
    g_assert_false(torchlight_generate_queue_get_running(queue));
    g_assert_cmpuint(g_list_model_get_n_items(torchlight_generate_queue_get_entries(queue)), ==, 2);
    first = g_list_model_get_item(torchlight_generate_queue_get_entries(queue), 0);
    g_assert_cmpuint(torchlight_queue_entry_get_params(first)->seed, ==, 2);
    g_assert_cmpint(grid_axis_n(torchlight_queue_entry_get_x(first)), ==, 2);
    run_out(queue);
    text = seeds(project);
    g_assert_cmpstr(text, ==, "2 2 1 ");
    torchlight_generate_queue_close(queue);
    g_object_unref(queue);
    g_assert_true(torchlight_project_close(project, NULL));
}

static void
test_grid(void)
{
    g_autoptr(TorchlightProject) project = new_project("grid");
    g_autoptr(TorchlightGenerateQueue) queue = torchlight_generate_queue_new(project, NULL, NULL);
    g_autoptr(TorchlightItem) run = NULL, last = NULL;
    g_autoptr(Image) image = NULL;
    g_autofree char *path = NULL, *text = NULL;
    g_autoptr(GError) error = NULL;

    torchlight_generate_queue_add(queue, small_params(1), grid_axis_parse("steps=1,2,3", NULL),
                                  grid_axis_parse("guidance=1..4:2", NULL));
    run_out(queue);
    g_assert_cmpuint(g_list_model_get_n_items(torchlight_project_get_items(project, ITEM_TRACE)),
                     ==, 6);
    run = g_list_model_get_item(torchlight_project_get_items(project, ITEM_RUN), 0);
    g_assert_cmpstr(torchlight_item_get_string(run, "state"), ==, "done");
    path = torchlight_item_dup_path(run);
    image = image_read_png(path, 3, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpint(image->width, >, 3 * 1088);
    g_assert_cmpint(image->height, >, 2 * 64);
    last = g_list_model_get_item(torchlight_project_get_items(project, ITEM_TRACE), 5);
    g_assert_cmpint(
        json_object_get_int_member(torchlight_item_get_object(last, "settings"), "steps"), ==, 3);
    g_assert_cmpfloat(
        json_object_get_double_member(torchlight_item_get_object(last, "settings"), "guidance"), ==,
        4);
    torchlight_generate_queue_close(queue);
    g_assert_true(torchlight_project_close(project, NULL));
}

static void
test_axes(void)
{
    static const char *const good[][2] = {
        {"steps=5, 10,20", "steps=5,10,20"},
        {"lora_weight=0..1:5", "lora_weight=0,0.25,0.5,0.75,1"},
        {"guidance=.5..1.5:3", "guidance=0.5,1,1.5"},
        {"prompt=web, http2|voip, rtp", "prompt=web, http2|voip, rtp"},
        {"sampler=ddim,euler", "sampler=ddim,euler"},
        {"seed=18446744073709551615", "seed=18446744073709551615"},
    };
    static const char *const bad[] = {
        "steps",   "steps=", "steps=0,1",    "height=64,128", "nothing=1",
        "steps=a", "=1",     "steps=1..2:1", "steps=1..",     "guidance=1..2:9999"};

    for (guint i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GridAxis) axis = grid_axis_parse(good[i][0], &error);
        g_autofree char *text = axis ? grid_axis_to_text(axis) : NULL;

        g_assert_no_error(error);
        g_assert_cmpstr(text, ==, good[i][1]);
    }
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(grid_axis_parse(bad[i], &error));
        g_assert_nonnull(error);
    }
}

int
main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    base = g_dir_make_tmp("torchlight-XXXXXX", NULL);
    g_test_add_func("/generate-queue/axes", test_axes);
    g_test_add_func("/generate-queue/order", test_order);
    g_test_add_func("/generate-queue/crash", test_crash);
    g_test_add_func("/generate-queue/grid", test_grid);
    status = g_test_run();
    run_folder_remove(base);
    g_free(base);
    return status;
}
