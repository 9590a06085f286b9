/* SPDX-License-Identifier: Apache-2.0 */
/* Files of every kind into a project. */
#include "app/jobs/import_job.h"

#include <glib/gstdio.h>
#include <string.h>

#include "app/dataset/dataset.h"
#include "app/jobs/convert.h"
#include "app/jobs/sample_job.h"
#include "tests/project/support.h"
#include "tests/trace/support.h"

static char *scratch;
static char *samples;

static TorchlightProject *
create(const char *name)
{
    g_autofree char *dir = g_build_filename(scratch, name, NULL);
    TorchlightProject *project = torchlight_project_create(dir, NULL, NULL);

    g_assert_nonnull(project);
    return project;
}

static ImportParams *
params_for(TorchlightProject *project, const char *input)
{
    ImportParams *params = import_params_new();

    params->dir = g_strdup(torchlight_project_get_dir(project));
    params->inputs = g_new0(char *, 3);
    params->inputs[0] = g_strdup(input);
    return params;
}

/* Runs it to its end; how many problems. */
static guint
run(TorchlightProject *project, ImportParams *params)
{
    g_autoptr(TorchlightJob) job = import_job_new(params);
    g_autoptr(GError) error = NULL;

    g_assert_true(torchlight_job_run(job, &error));
    g_assert_no_error(error);
    import_job_collect(job, project, NULL);
    return import_job_get_problems(job)->len;
}

static void
test_capture(void)
{
    g_autoptr(TorchlightProject) project = create("capture");
    g_autofree char *web = g_build_filename(samples, "none_web_http2_00003.pcap", NULL);
    g_autofree char *path = NULL, *dir = g_strdup(torchlight_project_get_dir(project));
    g_autoptr(Trace) trace = NULL;
    TorchlightItem *item, *capture;

    g_assert_cmpuint(run(project, params_for(project, web)), ==, 0);
    g_assert_cmpuint(n_items(project, ITEM_TRACE), ==, 1);
    item = item_at(project, ITEM_TRACE, 0);
    g_assert_cmpstr(torchlight_item_get_name(item), ==, "none_web_http2_00003");
    g_assert_cmpstr(torchlight_item_get_caption(item), ==,
                    "pixelated network data: no vpn, web, http2");
    g_assert_cmpstr(torchlight_item_get_string(item, "source"), ==, "none_web_http2_00003.pcap");
    g_assert_cmpstr(torchlight_item_get_string(item, "origin"), ==, "imported");
    g_assert_nonnull(strstr(torchlight_item_get_string(item, "protocols"), "IPv4"));
    g_assert_cmpint(torchlight_item_get_int(item, "packets", 0), ==, 1024);
    g_assert_cmpint(torchlight_item_get_int(item, "bytes", 0), >, 100000);
    g_assert_cmpint(torchlight_item_get_int(item, "duration_ns", 0), >, 1000000);
    capture = torchlight_project_find(project, torchlight_item_get_string(item, "parent"));
    g_assert_true(capture == item_at(project, ITEM_CAPTURE, 0));
    g_assert_cmpint(torchlight_item_get_int(capture, "pictures", 0), ==, 1);
    path = torchlight_item_dup_path(item);
    trace = trace_read_png(path, NULL, NULL, NULL);
    g_assert_cmpint(trace->n_rows, ==, 1024);
    g_assert_true(trace->sides & TRACE_HAS_TIMES);

    /* One edit that goes and comes back. */
    g_assert_cmpstr(torchlight_project_get_undo_label(project), ==, "Import");
    torchlight_project_undo(project);
    g_assert_cmpuint(n_items(project, ITEM_TRACE) + n_items(project, ITEM_CAPTURE), ==, 0);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    torchlight_project_redo(project);
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    g_assert_true(has_file(dir, "pictures/none_web_http2_00003.txt"));

    /* The same again is another. */
    g_assert_cmpuint(run(project, params_for(project, web)), ==, 0);
    g_assert_cmpstr(torchlight_item_get_string(item_at(project, ITEM_TRACE, 1), "file"), ==,
                    "pictures/none_web_http2_00003_2.png");
}

static void
test_series(void)
{
    g_autoptr(TorchlightProject) project = create("series");
    g_autofree char *web = g_build_filename(samples, "none_web_http2_00003.pcap", NULL);
    ImportParams *params = params_for(project, web);

    params->window = 500; /* 500, 500, 24 */
    params->caption = g_strdup("mine");
    g_assert_cmpuint(run(project, params), ==, 0);
    g_assert_cmpuint(n_items(project, ITEM_TRACE), ==, 2);
    g_assert_cmpstr(torchlight_item_get_name(item_at(project, ITEM_TRACE, 1)), ==,
                    "none_web_http2_00003_00002");
    g_assert_cmpstr(torchlight_item_get_caption(item_at(project, ITEM_TRACE, 1)), ==, "mine");

    params = params_for(project, web);
    params->flows = FLOW_BY_TUPLE;
    params->min_packets = 200;
    g_assert_cmpuint(run(project, params), ==, 0);
    g_assert_cmpuint(n_items(project, ITEM_TRACE), ==, 4);
    g_assert_nonnull(torchlight_item_get_string(item_at(project, ITEM_TRACE, 3), "flow"));

    params = params_for(project, web);
    params->filter = g_strdup("udp port 53");
    g_assert_cmpuint(run(project, params), ==, 0); /* few, and not left out */
    g_assert_cmpuint(n_items(project, ITEM_TRACE), ==, 5);
    g_assert_cmpint(torchlight_item_get_int(item_at(project, ITEM_TRACE, 4), "packets", 0), <, 64);
    g_assert_nonnull(
        strstr(torchlight_item_get_string(item_at(project, ITEM_TRACE, 4), "protocols"), "UDP"));
    params = params_for(project, web);
    params->filter = g_strdup("udp port 5");
    g_assert_cmpuint(run(project, params), ==, 1);
}

/* A folder with everything in it, good and bad. */
static void
test_kinds(void)
{
    static const char *const names[] = {"a_b.png", "c.csv", "d.npy", "e.npz"};
    g_autoptr(TorchlightProject) project = create("kinds");
    g_autofree char *folder = g_build_filename(scratch, "mixed", NULL);
    g_autofree char *inner = g_build_filename(folder, "inner", NULL);
    g_autofree char *broken = g_build_filename(folder, "broken.pcap", NULL);
    g_autofree char *picture = g_build_filename(folder, "none.png", NULL);
    g_autofree char *words = g_build_filename(folder, "a_b.txt", NULL);
    g_autofree char *nothing = g_build_filename(scratch, "nothing", NULL);
    g_autofree char *web = g_build_filename(samples, "none_web_http2_00003.pcap", NULL);
    g_autoptr(Image) image = image_new(3, 3, 3);
    ImportParams *params;

    g_assert_cmpint(g_mkdir_with_parents(inner, 0777), ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *output = g_build_filename(i == 3 ? inner : folder, names[i], NULL);
        EncodeResult result;

        g_assert_true(convert_encode(
            &(EncodeParams){
                .input = web, .output = output, .csv = CSV_OPTIONS_DEFAULT, .max_packets = 100},
            &result, NULL));
        encode_result_clear(&result);
    }
    put_file(broken, "no capture at all", -1);
    put_file(words, "beside", -1);
    g_assert_true(image_write_png(image, picture, NULL, NULL));
    params = params_for(project, folder);
    params->inputs[1] = g_strdup(nothing);
    params->template = g_strdup("from {folder}: {1}, {2}");
    g_assert_cmpuint(run(project, params), ==, 3);
    g_assert_cmpuint(n_items(project, ITEM_TRACE), ==, 4);
    g_assert_cmpstr(torchlight_item_get_caption(item_at(project, ITEM_TRACE, 0)), ==, "beside");
    g_assert_cmpstr(torchlight_item_get_caption(item_at(project, ITEM_TRACE, 1)), ==,
                    "from mixed: c");
    g_assert_cmpstr(torchlight_item_get_caption(item_at(project, ITEM_TRACE, 3)), ==,
                    "from inner: e");
    for (guint i = 0; i < 4; i++)
        g_assert_cmpint(torchlight_item_get_int(item_at(project, ITEM_TRACE, i), "packets", 0), ==,
                        100);
}

static void
test_dataset(void)
{
    g_autoptr(TorchlightProject) project = create("from-dataset"), again = create("from-project");
    g_autofree char *folder = g_build_filename(scratch, "kohya", NULL);
    g_autofree char *pictures = NULL;
    g_autoptr(Dataset) dataset = dataset_new(folder);
    g_autoptr(Trace) trace = made_trace("torchlight", 2000, 1);

    g_hash_table_insert(trace->provenance, g_strdup("source"), g_strdup("made.pcap"));
    dataset->form.style = DATASET_KOHYA;
    g_assert_true(dataset_add_trace(dataset, trace, "t", "words, here", 1024, 1, NULL));
    g_assert_true(dataset_write_metadata(dataset, NULL));
    g_assert_cmpuint(run(project, params_for(project, folder)), ==, 0);
    g_assert_cmpuint(n_items(project, ITEM_TRACE), ==, 2);
    g_assert_cmpstr(torchlight_item_get_caption(item_at(project, ITEM_TRACE, 1)), ==,
                    "words, here");
    g_assert_cmpstr(torchlight_item_get_string(item_at(project, ITEM_TRACE, 1), "source"), ==,
                    "made.pcap");
    pictures = g_build_filename(torchlight_project_get_dir(project), "pictures", NULL);
    g_assert_cmpuint(run(again, params_for(again, pictures)), ==, 0);
    g_assert_cmpuint(n_items(again, ITEM_TRACE), ==, 2);
}

static void
on_preview(TorchlightJob *job, TorchlightProject *project)
{
    if (import_job_collect(job, project, NULL) > 0)
        torchlight_job_cancel(job);
}

/* What came before it was cancelled is there, whole, and nothing else. */
static void
test_cancel(void)
{
    g_autoptr(TorchlightProject) project = create("cancel");
    g_autoptr(TorchlightJob) job = import_job_new(params_for(project, samples));
    g_autofree char *folder =
        g_build_filename(torchlight_project_get_dir(project), "pictures", NULL);
    g_autoptr(GPtrArray) files = NULL;
    g_autoptr(GError) error = NULL;

    g_signal_connect(job, "preview-changed", G_CALLBACK(on_preview), project);
    if (torchlight_job_run(job, &error))
        g_test_skip("it was faster than the signal");
    else
        g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    import_job_collect(job, project, NULL);
    files = list_files(folder, ".png");
    g_assert_cmpuint(files->len, >, 0);
    g_assert_cmpuint(files->len, ==, n_items(project, ITEM_TRACE));
    for (guint i = 0; i < files->len; i++) {
        g_autoptr(Trace) trace = trace_read_png(files->pdata[i], NULL, NULL, NULL);

        g_assert_nonnull(trace);
    }
}

/* The project cannot be written: the job stops and says so. */
static void
test_unwritable(void)
{
    g_autoptr(TorchlightProject) project = create("unwritable");
    g_autofree char *folder =
        g_build_filename(torchlight_project_get_dir(project), "pictures", NULL);
    g_autoptr(TorchlightJob) job = import_job_new(params_for(project, samples));
    g_autoptr(GError) error = NULL;

    put_file(folder, "", 0);
    g_assert_false(torchlight_job_run(job, &error));
    assert_error_says(g_steal_pointer(&error), "pictures", NULL);
    g_assert_cmpuint(import_job_collect(job, project, NULL), ==, 0);
}

static void
test_sample(void)
{
    g_autofree char *dir = g_build_filename(scratch, "deep", "sample", NULL);
    g_autofree char *parent = g_build_filename(scratch, "deep", NULL);
    g_autoptr(TorchlightJob) job = sample_job_new(dir), again = sample_job_new(dir);
    g_autoptr(TorchlightProject) project = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(torchlight_job_run(job, NULL));
    project = torchlight_project_open(dir, NULL);
    g_assert_cmpuint(n_items(project, ITEM_TRACE), ==, 27);
    g_assert_cmpuint(sample_job_get_n_traces(job), ==, 27);
    g_assert_true(torchlight_project_is_writable(project));
    g_assert_false(torchlight_job_run(again, &error));
    assert_error_says(g_steal_pointer(&error), "sample", "already", NULL);
    g_assert_cmpint(scratch_n_files(parent), ==, 1);
}

int
main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    scratch = scratch_new();
    samples = source_path("data/samples");
    g_test_add_func("/import/capture", test_capture);
    g_test_add_func("/import/series", test_series);
    g_test_add_func("/import/kinds", test_kinds);
    g_test_add_func("/import/dataset", test_dataset);
    g_test_add_func("/import/cancel", test_cancel);
    g_test_add_func("/import/unwritable", test_unwritable);
    g_test_add_func("/import/sample", test_sample);
    status = g_test_run();
    scratch_free(scratch);
    g_free(samples);
    return status;
}
