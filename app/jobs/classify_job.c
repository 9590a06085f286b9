/* SPDX-License-Identifier: Apache-2.0 */
/* Traces one by one through the forests. */
#include "app/jobs/classify_job.h"

#include <glib/gi18n-lib.h>

#include "app/jobs/paths.h"

typedef struct {
    ClassifyParams *params;
    Forests *forests;
    GPtrArray *traces;
} ClassifyData;

Forests *
classify_load_forests(const char *dir, GError **error)
{
    g_autofree char *bundled = dir ? NULL : paths_data("models", "forest");

    return forests_load(dir ? dir : bundled, error);
}

ClassifyParams *
classify_params_new(void)
{
    return g_new0(ClassifyParams, 1);
}

void
classify_params_free(ClassifyParams *params)
{
    if (!params)
        return;
    g_strfreev(params->traces);
    g_free(params->forests);
    g_free(params->layout);
    g_free(params);
}

static void
trace_free_(void *data)
{
    ClassifiedTrace *trace = data;

    g_free(trace->path);
    g_clear_pointer(&trace->answers, g_ptr_array_unref);
    g_free(trace);
}

static bool
classify(ClassifyData *data, TorchlightJob *job, const char *path, GError **error)
{
    g_autofree char *warning = NULL;
    g_autoptr(Trace) trace = evaluation_trace_read(path, data->params->layout,
                                                   data->forests->n_packets, &warning, error);
    ClassifiedTrace *classified;

    if (warning)
        torchlight_job_log(job, "%s", warning);
    if (!trace) {
        g_prefix_error(error, "%s: ", path);
        return false;
    }
    classified = g_new0(ClassifiedTrace, 1);
    g_ptr_array_add(data->traces, classified);
    classified->path = g_strdup(path);
    classified->n_packets = trace->n_rows;
    classified->answers = forests_ask(data->forests, trace, error);
    return classified->answers != NULL;
}

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    ClassifyData *data = data_;
    guint n = g_strv_length(data->params->traces);

    data->forests = classify_load_forests(data->params->forests, error);
    for (guint i = 0; data->forests && i < n; i++) {
        torchlight_job_progress(job, (double)i / n, _("trace %u of %u"), i + 1, n);
        if (!torchlight_job_checkpoint(job, error) ||
            !classify(data, job, data->params->traces[i], error))
            return false;
    }
    return data->forests != NULL;
}

static void
data_free(void *data_)
{
    ClassifyData *data = data_;

    g_ptr_array_unref(data->traces);
    forests_free(data->forests);
    classify_params_free(data->params);
    g_free(data);
}

TorchlightJob *
classify_job_new(ClassifyParams *params)
{
    ClassifyData *data = g_new0(ClassifyData, 1);

    data->params = params;
    data->traces = g_ptr_array_new_with_free_func(trace_free_);
    return torchlight_job_new(_("Ask what traces look like"), work, data, data_free);
}

const GPtrArray *
classify_job_get_traces(TorchlightJob *job)
{
    return ((ClassifyData *)torchlight_job_get_data(job))->traces;
}

const Forests *
classify_job_get_forests(TorchlightJob *job)
{
    return ((ClassifyData *)torchlight_job_get_data(job))->forests;
}
