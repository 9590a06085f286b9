/* SPDX-License-Identifier: Apache-2.0 */
/* Chosen pictures as a dataset folder, and many captions looked through. */
#include "app/jobs/dataset_export.h"

#include <gio/gio.h>
#include <string.h>

#include "app/jobs/caption_report.h"
#include "tests/trace/support.h"

static char *base;

static char *
make_picture(const char *name)
{
    char *path = scratch_path(base, name);
    g_autoptr(Trace) trace = made_trace("torchlight", 20, 1);

    g_assert_true(trace_write_png(trace, path, PALETTE_TORCHLIGHT, NULL));
    return path;
}

static void
test_export(void)
{
    g_autofree char *first = make_picture("first.png");
    g_autofree char *second = make_picture("second.png");
    g_autofree char *bad = scratch_path(base, "bad.png");
    g_autofree char *output = scratch_path(base, "out");
    DatasetExportParams *params = dataset_export_params_new();
    g_autoptr(TorchlightJob) job = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(Dataset) dataset = NULL;
    g_auto(GStrv) log = NULL;

    put_file(bad, "no picture", -1);
    params->output = g_strdup(output);
    dataset_export_params_add(params, first, "of two\nlines", "a.pcap");
    dataset_export_params_add(params, bad, "x", NULL);
    dataset_export_params_add(params, second, "", NULL);
    job = dataset_export_new(params);
    g_assert_true(torchlight_job_run(job, &error));
    g_assert_no_error(error);
    g_assert_cmpint(dataset_export_get_count(job), ==, 2);
    log = torchlight_job_dup_log(job, 0);
    g_assert_nonnull(log[0]);
    g_assert_nonnull(strstr(log[0], "bad.png"));
    dataset = dataset_open(output, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(dataset->items->len, ==, 2);
    g_assert_cmpstr(dataset_item(dataset, 0)->caption, ==, "of two lines");
    g_assert_cmpstr(dataset_item(dataset, 0)->source, ==, "a.pcap");
    g_assert_nonnull(strstr(dataset_item(dataset, 1)->caption, "second"));
}

static void
test_export_nothing(void)
{
    g_autofree char *bad = scratch_path(base, "bad.png");
    g_autofree char *output = scratch_path(base, "nothing");
    DatasetExportParams *params = dataset_export_params_new();
    g_autoptr(TorchlightJob) job = NULL;
    g_autoptr(GError) error = NULL;

    put_file(bad, "no picture", -1);
    params->output = g_strdup(output);
    dataset_export_params_add(params, bad, "x", NULL);
    job = dataset_export_new(params);
    g_assert_false(torchlight_job_run(job, &error));
    g_assert_nonnull(strstr(error->message, "bad.png"));
    g_assert_false(g_file_test(output, G_FILE_TEST_EXISTS));
}

static void
test_report(void)
{
    g_autoptr(CaptionTokens) tokens = caption_tokens_new(NULL, NULL);
    g_autoptr(GString) endless = g_string_new("web");
    const char *captions[] = {"web, dash", "", NULL, "web"};
    g_autoptr(CaptionReport) report = NULL;
    g_autoptr(GArray) list = NULL;
    const CaptionReportProblem *problem;

    for (int i = 0; i < 200; i++)
        g_string_append(endless, " 7");
    captions[2] = endless->str;
    report = caption_report_new(captions, 4, NULL, tokens);
    list = caption_words_list(report->words);
    g_assert_cmpstr(g_array_index(list, CaptionWord, 0).text, ==, "web");
    g_assert_cmpint(g_array_index(list, CaptionWord, 0).count, ==, 2);
    g_assert_cmpuint(report->problems->len, ==, 2);
    problem = &g_array_index(report->problems, CaptionReportProblem, 0);
    g_assert_cmpuint(problem->index, ==, 1);
    g_assert_cmpint(problem->problem.fault, ==, CAPTION_IS_EMPTY);
    problem = &g_array_index(report->problems, CaptionReportProblem, 1);
    g_assert_cmpuint(problem->index, ==, 2);
    g_assert_cmpint(problem->problem.fault, ==, CAPTION_IS_TOO_LONG);
    g_assert_cmpint(problem->problem.count, ==, 203);
}

int
main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    base = scratch_new();
    g_test_add_func("/jobs/dataset-export", test_export);
    g_test_add_func("/jobs/dataset-export/nothing", test_export_nothing);
    g_test_add_func("/jobs/caption-report", test_report);
    status = g_test_run();
    scratch_free(base);
    return status;
}
