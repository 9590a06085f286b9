/* SPDX-License-Identifier: Apache-2.0 */
/* Repair, again and again. */
#include "app/jobs/repair_batch.h"

#include <glib/gi18n-lib.h>

#include "app/jobs/stages.h"

typedef struct {
    GPtrArray *params; /* RepairParams */
    GPtrArray *lines;  /* RepairBatchLine */
} BatchData;

static void
line_free(gpointer data)
{
    RepairBatchLine *line = data;

    g_free(line->input);
    g_free(line->output);
    g_free(line->sentence);
    g_free(line);
}

static void
data_free(void *data_)
{
    BatchData *data = data_;

    g_ptr_array_unref(data->params);
    g_ptr_array_unref(data->lines);
    g_free(data);
}

/* False only when cancelled. */
static bool
repair_one(const Stage *stage, RepairParams *params, GPtrArray *lines, GError **error)
{
    RepairBatchLine *line = g_new0(RepairBatchLine, 1);
    RepairResult result = {0};
    g_autoptr(GError) local = NULL;

    line->input = g_strdup(params->input);
    line->output = g_strdup(params->output);
    g_ptr_array_add(lines, line);
    if (repair_stage(stage, params, &result, &local)) {
        line->n_packets = result.report->n_rows_out - result.n_dropped;
        repair_result_clear(&result);
        return true;
    }
    line->sentence = g_strdup(local->message);
    if (!g_error_matches(local, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return true;
    g_propagate_error(error, g_steal_pointer(&local));
    return false;
}

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    BatchData *data = data_;
    Stage whole = STAGE_WHOLE(job);
    guint n = data->params->len;

    for (guint i = 0; i < n; i++) {
        Stage stage = stage_part(&whole, (double)i / n, 1.0 / n);
        if (!torchlight_job_checkpoint(job, error) ||
            !repair_one(&stage, data->params->pdata[i], data->lines, error))
            return false;
    }
    return true;
}

TorchlightJob *
repair_batch_job_new(GPtrArray *params)
{
    BatchData *data = g_new0(BatchData, 1);

    data->params = params;
    data->lines = g_ptr_array_new_with_free_func(line_free);
    return torchlight_job_new(_("Export captures"), work, data, data_free);
}

GPtrArray *
repair_batch_job_get_lines(TorchlightJob *job)
{
    return ((BatchData *)torchlight_job_get_data(job))->lines;
}
