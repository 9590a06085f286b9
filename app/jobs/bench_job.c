/* SPDX-License-Identifier: Apache-2.0 */
/* Items one after another; with a peer, ours and the peer's in turn. */
#include "app/jobs/bench_job.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/jobs/bench_line.h"
#include "app/jobs/open_device.h"
#include "compute/bench/measure.h"
#include "compute/planning.h"

enum { MAX_TURNS = 100 };

typedef struct {
    BenchParams *params;
    BenchResult result;
    TorchlightJob *job;
    Device *device;
    BenchModel *model;
    char *peer_model; /* folder that the peer reads; owned */
    bool is_export;   /* ... which is ours, for this run */
    double first, share;
} BenchData;

BenchParams *
bench_params_new(void)
{
    BenchParams *params = g_new0(BenchParams, 1);

    *params = (BenchParams){.preset = g_strdup("mini"),
                            .width = 1,
                            .latent_width = 136,
                            .latent_height = 128,
                            .batch = 1,
                            .rank = 16,
                            .n_runs = 5,
                            .n_turns = 1,
                            .budget_s = 60};
    return params;
}

void
bench_params_free(BenchParams *params)
{
    if (!params)
        return;
    g_free(params->device);
    g_free(params->precision);
    g_free(params->model);
    g_free(params->preset);
    g_strfreev(params->items);
    g_free(params->filter);
    g_free(params->peer);
    g_free(params);
}

bool
bench_export(const char *dir, const char *preset, double width, GError **error)
{
    ModelConfigs configs;

    return model_configs_preset(preset, width, &configs, error) &&
           model_configs_write(&configs, dir, error);
}

/* --- a line --- */

static void
take_line(BenchData *data, BenchLine *line)
{
    g_autofree char *text = bench_line_text(line, data->params);

    g_ptr_array_add(data->result.lines, line);
    data->result.n_failed += line->error != NULL;
    torchlight_job_log(data->job, "%s", text);
}

/* An item that failed is a line; false only when the job was cancelled. */
static bool
take_failure(BenchData *data, BenchLine *line, GError *failure, GError **error)
{
    if (g_error_matches(failure, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_propagate_error(error, failure);
        bench_line_free(line);
        return false;
    }
    line->error = g_strdup(failure->message);
    g_error_free(failure);
    take_line(data, line);
    return true;
}

static bool
run_peer(BenchData *data, BenchLine *line, GError **error)
{
    const BenchParams *p = data->params;
    const BenchPeer peer = {.command = p->peer,
                            .model = data->peer_model,
                            .latent_width = line->latent_width,
                            .latent_height = line->latent_height,
                            .batch = p->batch,
                            .rank = p->rank,
                            .n_runs = p->n_runs,
                            .n_threads = data->result.n_threads,
                            .budget_s = p->budget_s};
    const char *name = p->what == BENCH_SIZES ? "unet" : line->name;

    torchlight_job_progress(data->job, data->first, _("%s: the peer"), line->name);
    line->has_peer =
        bench_peer_run(&peer, name, &line->peer, torchlight_job_get_cancellable(data->job), error);
    return line->has_peer;
}

/* The turns of one item; the numbers of the last one stand in the line, the ratios are medians. */
static bool
run_turns(BenchData *data, BenchItem *item, BenchLine *line, GError **error)
{
    const BenchParams *p = data->params;
    bool with_peer = p->peer && p->what != BENCH_OPS;
    int n_turns = with_peer ? CLAMP(p->n_turns, 1, MAX_TURNS) : 1;
    double ratios[3][MAX_TURNS];
    BenchTiming timing;

    for (int turn = 0; turn < n_turns; turn++) {
        torchlight_job_progress(data->job, data->first + data->share * turn / n_turns, "%s",
                                line->name);
        if (!bench_measure(item, data->device, p->n_runs, p->budget_s, &timing,
                           torchlight_job_get_cancellable(data->job), error))
            return false;
        bench_line_take(line, item, &timing, &data->result);
        if (!with_peer)
            return true;
        if (!run_peer(data, line, error))
            return false;
        ratios[0][turn] = timing.ms / line->peer.ms;
        ratios[1][turn] = timing.cpu_ms / line->peer.cpu_ms;
        ratios[2][turn] = timing.peak_mb / line->peer.peak_mb;
    }
    line->time_ratio = bench_median(ratios[0], n_turns);
    line->cpu_ratio = bench_median(ratios[1], n_turns);
    line->memory_ratio = bench_median(ratios[2], n_turns);
    return true;
}

/* --- what is measured --- */

static bool
plan_item(BenchData *data, BenchItem *item, BenchLine *line, GError **error)
{
    /* What records as it goes has to go. */
    if (item->run && !bench_item_run(item, torchlight_job_get_cancellable(data->job), error))
        return false;
    line->weight_mb = item->weight_mb;
    line->gflop = item->flop > 0 ? item->flop / 1e9 : NAN; /* nobody counts a sampling */
    line->peak_mb = (double)device_memory_peak(data->device) / (1 << 20);
    return true;
}

/* Makes the item and measures it. Takes the line. */
static bool
measure_item(BenchData *data, BenchLine *line, const char *item_name, int op, GError **error)
{
    const BenchSizes sizes = {line->latent_width, line->latent_height, data->params->batch,
                              data->params->rank};
    g_autoptr(BenchItem) item = NULL;
    GError *failure = NULL;
    bool done;

    torchlight_job_progress(data->job, data->first, _("%s: getting ready"), line->name);
    if (!torchlight_job_checkpoint(data->job, error)) {
        bench_line_free(line);
        return false;
    }
    if (data->params->what == BENCH_PLAN) /* what the last item needed is no part of this one's */
        bench_model_need(data->model, 0, NULL);
    device_memory_reset_peak(data->device);
    item = item_name ? bench_model_item(data->model, item_name, &sizes, &failure)
                     : bench_op_item(data->device, op, data->params->batch, &failure);
    done = item && (data->params->what == BENCH_PLAN ? plan_item(data, item, line, &failure)
                                                     : run_turns(data, item, line, &failure));
    if (!done)
        return take_failure(data, line, failure, error);
    take_line(data, line);
    return true;
}

static bool
measure_ops(BenchData *data, GError **error)
{
    const char *pattern = data->params->filter ? data->params->filter : "";
    g_autoptr(GRegex) filter = g_regex_new(pattern, 0, 0, error);
    g_autoptr(GArray) chosen = g_array_new(FALSE, FALSE, sizeof(int));
    double begin = data->first;

    if (!filter)
        return false;
    for (int i = 0; bench_op_name(i); i++) {
        if (g_regex_match(filter, bench_op_name(i), 0, NULL))
            g_array_append_val(chosen, i);
    }
    if (chosen->len == 0) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    _("The name of no operation matches “%s”: try linear, conv or attention."),
                    pattern);
        return false;
    }
    data->share = (1 - begin) / chosen->len;
    for (guint i = 0; i < chosen->len; i++) {
        int op = g_array_index(chosen, int, i);

        data->first = begin + data->share * i;
        if (!measure_item(data, bench_line_new(bench_op_name(op), data->params), NULL, op, error))
            return false;
    }
    return true;
}

static bool
measure_models(BenchData *data, GError **error)
{
    char **items = data->params->items;
    guint n = g_strv_length(items);
    double begin = data->first;

    data->share = (1 - begin) / MAX(n, 1);
    for (guint i = 0; i < n; i++) {
        data->first = begin + data->share * i;
        if (!measure_item(data, bench_line_new(items[i], data->params), items[i], 0, error))
            return false;
    }
    return true;
}

static bool
measure_sizes(BenchData *data, GError **error)
{
    static const int sizes[][2] = {{34, 32},   {68, 64},   {102, 96},
                                   {136, 128}, {204, 192}, {272, 256}};
    double begin = data->first;

    data->share = (1 - begin) / G_N_ELEMENTS(sizes);
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *name = g_strdup_printf("unet %dx%d", sizes[i][0], sizes[i][1]);
        BenchLine *line = bench_line_new(name, data->params);

        line->latent_width = sizes[i][0];
        line->latent_height = sizes[i][1];
        data->first = begin + data->share * i;
        if (!measure_item(data, line, "unet", 0, error))
            return false;
    }
    return true;
}

/* --- the job --- */

static bool
open_model(BenchData *data, GError **error)
{
    const BenchParams *p = data->params;

    data->model = p->model ? bench_model_open(data->device, p->model, error)
                           : bench_model_preset(data->device, p->preset, p->width, error);
    if (!data->model)
        return false;
    data->result.model = g_strdup(data->model->name);
    if (!p->peer)
        return true;
    data->is_export = !p->model;
    data->peer_model =
        data->is_export ? g_dir_make_tmp("torchlight-bench-XXXXXX", error) : g_strdup(p->model);
    return data->peer_model && (!data->is_export || model_configs_write(&data->model->configs,
                                                                        data->peer_model, error));
}

static bool
measure_peak(BenchData *data, GError **error)
{
    BenchPeak peak;

    torchlight_job_progress(data->job, 0, _("what the device can do at best"));
    if (!bench_peak(data->device, &peak, torchlight_job_get_cancellable(data->job), error))
        return false;
    data->result.peak_gflops = peak.flops / 1e9;
    data->result.peak_gb_s = peak.bytes / 1e9;
    data->first = 0.05;
    torchlight_job_log(data->job, "%s, %s: %.1f GFLOP/s, %.1f GB/s",
                       device_description(data->device), data->result.precision,
                       data->result.peak_gflops, data->result.peak_gb_s);
    return true;
}

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    BenchData *data = data_;
    BenchParams *p = data->params;
    g_autofree char *columns = bench_line_columns(p);

    data->job = job;
    if (!p->items)
        p->items = bench_line_default_items();
    data->device = p->what == BENCH_PLAN ? open_planning_device(p->precision, error)
                                         : open_device(p->device, p->precision, error);
    if (!data->device)
        return false;
    data->result.precision = precision_name(device_precision(data->device));
    data->result.n_threads = device_set_threads(p->n_threads);
    data->result.device_name = g_strdup(device_name(data->device));
    data->result.device = g_strdup(device_description(data->device));
    if ((p->what != BENCH_OPS && !open_model(data, error)) ||
        (p->what != BENCH_PLAN && !measure_peak(data, error)))
        return false;
    torchlight_job_log(job, "%s", columns);
    return p->what == BENCH_OPS     ? measure_ops(data, error)
           : p->what == BENCH_SIZES ? measure_sizes(data, error)
                                    : measure_models(data, error);
}

static void
data_free(void *data_)
{
    BenchData *data = data_;

    g_ptr_array_unref(data->result.lines);
    g_clear_pointer(&data->model, bench_model_free);
    g_clear_pointer(&data->device, device_close);
    if (data->is_export && data->peer_model)
        bench_export_remove(data->peer_model);
    g_free(data->peer_model);
    g_free(data->result.device);
    g_free(data->result.device_name);
    g_free(data->result.model);
    bench_params_free(data->params);
    g_free(data);
}

TorchlightJob *
bench_job_new(BenchParams *params)
{
    BenchData *data = g_new0(BenchData, 1);

    data->params = params;
    data->result.lines = g_ptr_array_new_with_free_func((GDestroyNotify)bench_line_free);
    data->result.peak_gflops = data->result.peak_gb_s = NAN;
    return torchlight_job_new(_("Measure the engine"), work, data, data_free);
}

const BenchResult *
bench_job_get_result(TorchlightJob *job)
{
    return &((BenchData *)torchlight_job_get_data(job))->result;
}
