/* SPDX-License-Identifier: Apache-2.0 */
/* Ops, then golden data, a line each. */
#include "app/jobs/selftest_job.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/jobs/open_device.h"
#include "app/jobs/stages.h"
#include "compute/op_check.h"
#include "compute/selftest/golden.h"

typedef struct {
    SelftestParams *params;
    SelftestResult result;
    TorchlightJob *job;
    Device *device;
    double first, share; /* of the fraction: the golden part */
    int n_files, n_files_seen;
    char *file; /* golden file of the last line */
} SelftestData;

static void
line_free(void *data)
{
    SelftestLine *line = data;

    g_free(line->group);
    g_free(line->name);
    g_free(line->worst);
    g_free(line);
}

SelftestParams *
selftest_params_new(void)
{
    return g_new0(SelftestParams, 1);
}

void
selftest_params_free(SelftestParams *params)
{
    if (!params)
        return;
    g_free(params->device);
    g_free(params->precision);
    g_free(params->goldens);
    g_free(params->filter);
    g_free(params);
}

static void
take_line(SelftestData *data, SelftestLine *line)
{
    g_ptr_array_add(data->result.lines, line);
    data->result.n_failed += !line->passed;
    torchlight_job_log(data->job, "%-4s %-18s %-44s %5d  %9.2e / %8.1e%s%s",
                       line->passed ? "ok" : "FAIL", line->group, line->name, line->n, line->error,
                       line->tolerance, line->passed || !line->worst ? "" : "  ",
                       line->passed || !line->worst ? "" : line->worst);
}

/* --- ops --- */

static bool
wants(const SelftestData *data, const char *name)
{
    return !data->params->filter || g_pattern_match_simple(data->params->filter, name);
}

static double
ratio(double error, double tolerance)
{
    return isfinite(error) ? error / MAX(tolerance, 1e-300) : INFINITY;
}

static void
on_op_line(const OpCheckLine *check, void *data)
{
    SelftestLine *line = data;

    line->n++;
    line->passed = line->passed && check->passed;
    if (line->n > 1 && ratio(check->error, check->tolerance) <= ratio(line->error, line->tolerance))
        return;
    line->error = check->error;
    line->tolerance = check->tolerance;
    g_free(line->worst);
    line->worst = g_strdup_printf("%s, %s", check->name, check->what);
}

static bool
check_op(SelftestData *data, const Op *op, GError **error)
{
    SelftestLine *line = g_new0(SelftestLine, 1);

    line->group = g_strdup("op");
    line->name = g_strdup(op->name);
    line->passed = true;
    for (int i = 0; i < op->n_cases; i++) {
        if (!torchlight_job_checkpoint(data->job, error) ||
            !op_check_case(op, &op->cases[i], data->device, on_op_line, line, error)) {
            line_free(line);
            return false;
        }
    }
    line->passed = line->passed && line->n > 0; /* an op that nobody checked is no good op */
    take_line(data, line);
    return true;
}

static bool
check_ops(SelftestData *data, double share, GError **error)
{
    int n_ops = 0;

    while (op_nth(n_ops))
        n_ops++;
    for (int i = 0; i < n_ops; i++) {
        const Op *op = op_nth(i);

        torchlight_job_progress(data->job, share * i / n_ops, _("checking the op %s"), op->name);
        if (wants(data, op->name) && !check_op(data, op, error))
            return false;
    }
    return true;
}

/* --- golden data --- */

static void
on_golden_line(const GoldenLine *golden, void *data_)
{
    SelftestData *data = data_;
    SelftestLine *line = g_new0(SelftestLine, 1);

    *line = (SelftestLine){.group = g_strdup(golden->file),
                           .name = g_strdup(golden->name),
                           .n = golden->n,
                           .error = golden->error,
                           .tolerance = golden->tolerance,
                           .passed = golden->passed};
    if (g_strcmp0(data->file, golden->file) != 0) {
        g_free(data->file);
        data->file = g_strdup(golden->file);
        data->n_files_seen++;
    }
    take_line(data, line);
    torchlight_job_progress(
        data->job,
        data->first + data->share * MIN(1.0, (double)data->n_files_seen / MAX(1, data->n_files)),
        _("compared %s with golden data"), golden->file);
}

static int
count_files(const char *goldens)
{
    g_autofree char *dir = g_build_filename(goldens, "goldens", NULL);
    g_autoptr(GDir) listing = g_dir_open(dir, 0, NULL);
    const char *name;
    int n = 0;

    while (listing && (name = g_dir_read_name(listing)))
        n += g_str_has_suffix(name, ".safetensors");
    return n;
}

static bool
check_goldens(SelftestData *data, GError **error)
{
    g_autoptr(GPtrArray) lines = NULL;

    data->n_files = count_files(data->params->goldens);
    torchlight_job_progress(data->job, data->first, _("comparing with golden data"));
    lines = golden_run(data->device, data->params->goldens, data->params->filter, on_golden_line,
                       data, torchlight_job_get_cancellable(data->job), error);
    return lines != NULL;
}

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    SelftestData *data = data_;
    bool with_goldens = data->params->goldens != NULL;

    data->job = job;
    data->device = open_device(data->params->device, data->params->precision, error);
    if (!data->device)
        return false;
    data->result.device_name = g_strdup(device_name(data->device));
    data->result.device = g_strdup(device_description(data->device));
    data->first = with_goldens ? 0.2 : 1;
    data->share = 1 - data->first;
    if (!check_ops(data, data->first, error) || (with_goldens && !check_goldens(data, error)))
        return false;
    if (data->result.lines->len > 0)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                _("Nothing is called “%s”: give the name of an op or of a golden file, with * "
                  "and ? for others."),
                data->params->filter);
    return false;
}

static void
data_free(void *data_)
{
    SelftestData *data = data_;

    selftest_params_free(data->params);
    g_ptr_array_unref(data->result.lines);
    g_clear_pointer(&data->device, device_close);
    g_free(data->result.device);
    g_free(data->result.device_name);
    g_free(data->file);
    g_free(data);
}

TorchlightJob *
selftest_job_new(SelftestParams *params)
{
    SelftestData *data = g_new0(SelftestData, 1);

    data->params = params;
    data->result.lines = g_ptr_array_new_with_free_func(line_free);
    return torchlight_job_new(_("Check a device"), work, data, data_free);
}

const SelftestResult *
selftest_job_get_result(TorchlightJob *job)
{
    return &((SelftestData *)torchlight_job_get_data(job))->result;
}
