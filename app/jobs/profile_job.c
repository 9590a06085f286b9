/* SPDX-License-Identifier: Apache-2.0 */
#include "app/jobs/profile_job.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/jobs/open_device.h"
#include "compute/bench/item.h"
#include "compute/bench/profile_table.h"

typedef struct {
    ProfileParams *params;
    ProfileResult result;
    TorchlightJob *job;
    Device *device;
    BenchModel *model;
} ProfileData;

ProfileParams *
profile_params_new(void)
{
    ProfileParams *params = g_new0(ProfileParams, 1);

    *params = (ProfileParams){.preset = g_strdup("mini"),
                              .width = 1,
                              .item = g_strdup("unet"),
                              .latent_width = 136,
                              .latent_height = 128,
                              .batch = 1,
                              .rank = 16,
                              .n_runs = 3};
    return params;
}

void
profile_params_free(ProfileParams *params)
{
    if (!params)
        return;
    g_free(params->device);
    g_free(params->precision);
    g_free(params->model);
    g_free(params->preset);
    g_free(params->item);
    g_free(params->trace);
    g_free(params);
}

static void
line_free(void *data)
{
    ProfileLine *line = data;

    g_free(line->name);
    g_free(line);
}

/* A rate, or a dash where it is not known. */
static char *
rate_text(double rate)
{
    return isfinite(rate) ? g_strdup_printf("%.*f", rate < 10 ? 2 : 1, rate) : g_strdup("-");
}

static void
take_row(ProfileData *data, const ProfileRow *row)
{
    ProfileLine *line = g_new(ProfileLine, 1);
    bool known = data->params->by != PROFILE_JOB_BY_KERNEL && row->seconds > 0;
    g_autofree char *gflops = NULL, *gb_s = NULL;

    *line = (ProfileLine){.name = g_strdup(row->name),
                          .calls = row->calls,
                          .ms = row->seconds * 1e3,
                          .share = row->share,
                          .gflops = known ? row->flop / row->seconds * 1e-9 : (double)NAN,
                          .gb_s = known ? row->bytes / row->seconds * 1e-9 : (double)NAN};
    g_ptr_array_add(data->result.lines, line);
    data->result.ms += line->ms;
    gflops = rate_text(line->gflops);
    gb_s = rate_text(line->gb_s);
    torchlight_job_log(data->job, "%-56s %6d %10.3f %6.1f%% %9s %8s", line->name, line->calls,
                       line->ms, 100 * line->share, gflops, gb_s);
}

static bool
take_events(ProfileData *data, GArray *events, GError **error)
{
    static const ProfileBy by[] = {PROFILE_BY_OP, PROFILE_BY_LAYER, PROFILE_BY_KERNEL};
    const ProfileParams *p = data->params;
    g_autoptr(GPtrArray) rows = profile_table(events, by[p->by], p->n_runs);
    g_autofree char *trace = NULL;

    torchlight_job_log(data->job, "%-56s %6s %10s %7s %9s %8s", _("where"), _("calls"), "ms",
                       _("share"), "GFLOP/s", "GB/s");
    for (guint i = 0; i < rows->len; i++)
        take_row(data, rows->pdata[i]);
    if (!p->trace)
        return true;
    trace = profile_trace(events, data->result.device);
    return g_file_set_contents(p->trace, trace, -1, error);
}

static bool
run(ProfileData *data, BenchItem *item, GError **error)
{
    const ProfileParams *p = data->params;
    GCancellable *cancellable = torchlight_job_get_cancellable(data->job);
    g_autoptr(GArray) events = NULL;

    torchlight_job_progress(data->job, 0.1, _("%s: once to warm up"), p->item);
    if (!bench_item_run(item, cancellable, error))
        return false;
    device_profile_start(data->device, p->cpu_time);
    for (int i = 0; i < p->n_runs; i++) {
        torchlight_job_progress(data->job, 0.2 + 0.8 * i / p->n_runs, "%s", p->item);
        if (!torchlight_job_checkpoint(data->job, error) ||
            !bench_item_run(item, cancellable, error))
            return false;
    }
    events = device_profile_take(data->device);
    return take_events(data, events, error);
}

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    ProfileData *data = data_;
    const ProfileParams *p = data->params;
    const BenchSizes sizes = {p->latent_width, p->latent_height, p->batch, p->rank};
    g_autoptr(BenchItem) item = NULL;

    data->job = job;
    torchlight_job_progress(job, 0, _("%s: getting ready"), p->item);
    data->device = open_device(p->device, p->precision, error);
    if (!data->device)
        return false;
    data->result.device_name = g_strdup(device_name(data->device));
    data->result.device = g_strdup(device_description(data->device));
    if (!device_can_profile(data->device)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                    _("%s has no clock for its operations: take another device."),
                    data->result.device);
        return false;
    }
    data->model = p->model ? bench_model_open(data->device, p->model, error)
                           : bench_model_preset(data->device, p->preset, p->width, error);
    item = data->model ? bench_model_item(data->model, p->item, &sizes, error) : NULL;
    if (!item)
        return false;
    data->result.model = g_strdup(data->model->name);
    return run(data, item, error);
}

static void
data_free(void *data_)
{
    ProfileData *data = data_;

    g_ptr_array_unref(data->result.lines);
    g_clear_pointer(&data->model, bench_model_free);
    g_clear_pointer(&data->device, device_close);
    g_free(data->result.device);
    g_free(data->result.device_name);
    g_free(data->result.model);
    profile_params_free(data->params);
    g_free(data);
}

TorchlightJob *
profile_job_new(ProfileParams *params)
{
    ProfileData *data = g_new0(ProfileData, 1);

    data->params = params;
    data->result.lines = g_ptr_array_new_with_free_func(line_free);
    return torchlight_job_new(_("Profile the engine"), work, data, data_free);
}

const ProfileResult *
profile_job_get_result(TorchlightJob *job)
{
    return &((ProfileData *)torchlight_job_get_data(job))->result;
}
