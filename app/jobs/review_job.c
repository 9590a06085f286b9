/* SPDX-License-Identifier: Apache-2.0 */
/* Repair, check, tell. */
#include "app/jobs/review_job.h"

#include <glib/gi18n-lib.h>

#include "app/jobs/stages.h"

typedef struct {
    RepairParams *params;
    const Trace *drawn;
    gpointer keeper;
    GDestroyNotify release;
    ReviewResult result;
} ReviewData;

static void
data_free(void *data_)
{
    ReviewData *data = data_;

    repair_params_free(data->params);
    repair_story_free(data->result.story);
    g_clear_pointer(&data->result.aligned, trace_free);
    repair_result_clear(&data->result.repair);
    data->release(data->keeper);
    g_free(data);
}

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    ReviewData *data = data_;
    ReviewResult *result = &data->result;

    data->params->trace = trace_copy(data->drawn);
    data->params->check = true;
    if (!repair_stage(&STAGE_WHOLE(job), data->params, &result->repair, error))
        return false;
    result->story = repair_story_new(data->drawn, result->repair.trace, result->repair.report);
    result->aligned = repair_story_align(result->story);
    return true;
}

TorchlightJob *
review_job_new(RepairParams *params, const Trace *drawn, gpointer keeper, GDestroyNotify release)
{
    ReviewData *data = g_new0(ReviewData, 1);

    *data = (ReviewData){.params = params, .drawn = drawn, .keeper = keeper, .release = release};
    return torchlight_job_new(_("Review a repair"), work, data, data_free);
}

const ReviewResult *
review_job_get_result(TorchlightJob *job)
{
    return &((ReviewData *)torchlight_job_get_data(job))->result;
}
