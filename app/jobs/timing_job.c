/* SPDX-License-Identifier: Apache-2.0 */
/* One capture after the other into the fit. */
#include "app/jobs/timing_job.h"

#include <glib/gi18n-lib.h>

#include "app/dataset/captions.h"
#include "app/jobs/paths.h"
#include "app/trace/capture.h"

enum { PART = 16 * TIMING_WINDOW }; /* rows in memory at once */

typedef struct {
    TimingFitParams *params;
    TimingFitResult result;
} FitData;

TimingFitParams *
timing_fit_params_new(void)
{
    return g_new0(TimingFitParams, 1);
}

void
timing_fit_params_free(TimingFitParams *params)
{
    if (!params)
        return;
    g_strfreev(params->captures);
    g_free(params->output);
    g_free(params->captions);
    g_free(params->caption);
    g_free(params->filter);
    g_free(params);
}

bool
timing_fit_add_capture(TimingFit *fit, TorchlightJob *job, const char *capture,
                       const CaptureReadOptions *options, const char *caption,
                       TimingCapture *learnt, GError **error)
{
    g_autoptr(CaptureRows) rows = capture_rows_open(capture, layout_default(), options, error);
    g_autofree char *name = g_filename_display_basename(capture);

    *learnt = (TimingCapture){0};
    if (!rows)
        return false;
    for (;;) {
        g_autofree char *said = NULL;
        const Trace *trace = capture_rows_trace(rows);

        if (!capture_rows_next(rows, PART, &said, error) || !torchlight_job_checkpoint(job, error))
            return false;
        learnt->n_rows += trace->n_rows;
        if (timing_fit_add(fit, trace, caption, learnt->n_learnt ? NULL : name))
            learnt->n_learnt += trace->n_rows;
        if (said)
            torchlight_job_log(job, "%s", said);
        if (trace->n_rows < PART)
            return true;
    }
}

static bool
learn_capture(TorchlightJob *job, FitData *data, TimingFit *fit, const char *capture,
              const char *caption, GError **error)
{
    CaptureReadOptions options = {.filter = data->params->filter};
    TimingCapture learnt;

    if (!timing_fit_add_capture(fit, job, capture, &options, caption, &learnt, error))
        return false;
    data->result.n_packets += learnt.n_learnt;
    data->result.n_captures += learnt.n_learnt > 0;
    data->result.n_short += learnt.n_learnt == 0;
    return true;
}

static bool
learn_all(TorchlightJob *job, FitData *data, TimingFit *fit, GError **error)
{
    const TimingFitParams *params = data->params;
    g_autoptr(Captions) captions = NULL;
    guint n = g_strv_length(params->captures);

    if (params->captions && !(captions = captions_read(params->captions, error)))
        return false;
    for (guint i = 0; i < n; i++) {
        const char *capture = params->captures[i];
        const char *caption = captions ? captions_find(captions, capture, error) : params->caption;

        torchlight_job_progress(job, 0.8 * i / n, _("reading"));
        if ((captions && !caption) || !learn_capture(job, data, fit, capture, caption, error))
            return false;
    }
    torchlight_job_progress(job, 0.8, _("learning"));
    return torchlight_job_checkpoint(job, error);
}

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    FitData *data = data_;
    const TimingFitParams *params = data->params;
    g_autoptr(TimingFit) fit = timing_fit_new(params->seed);
    g_autoptr(TimingModel) model = NULL;
    g_autoptr(GBytes) bytes = NULL;

    if (!paths_check_output(params->output, (const char *const *)params->captures, error) ||
        !learn_all(job, data, fit, error) || !(model = timing_fit_finish(fit, error)) ||
        !torchlight_job_checkpoint(job, error) || !timing_model_write(model, params->output, error))
        return false;
    bytes = timing_model_to_bytes(model);
    data->result.size = (gint64)g_bytes_get_size(bytes);
    data->result.n_captions = (int)timing_model_n_classes(model);
    return true;
}

static void
data_free(void *data_)
{
    FitData *data = data_;

    timing_fit_params_free(data->params);
    g_free(data);
}

TorchlightJob *
timing_fit_job_new(TimingFitParams *params)
{
    FitData *data = g_new0(FitData, 1);

    data->params = params;
    return torchlight_job_new(_("Learn when packets come"), work, data, data_free);
}

const TimingFitResult *
timing_fit_job_get_result(TorchlightJob *job)
{
    return &((FitData *)torchlight_job_get_data(job))->result;
}

bool
timing_choose(const char *path, TimingModel **model, GError **error)
{
    g_autofree char *installed = paths_data("timing", "lab.timing");

    *model = NULL;
    if (path && g_str_equal(path, "none"))
        return true;
    if (!path && !g_file_test(installed, G_FILE_TEST_EXISTS))
        return true;
    *model = timing_model_read(path ? path : installed, error);
    return *model != NULL;
}
