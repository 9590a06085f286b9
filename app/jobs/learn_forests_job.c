/* SPDX-License-Identifier: Apache-2.0 */
/* Real captures to a folder of forests. */
#include <glib/gi18n-lib.h>

#include "app/evaluate/evaluation_split.h"
#include "app/jobs/classify_job.h"
#include "app/jobs/paths.h"
#include "app/jobs/stages.h"

static const double SHARE_READ = 0.8;

typedef struct {
    LearnForestsParams *params;
    Forests *forests;
} LearnData;

LearnForestsParams *
learn_forests_params_new(void)
{
    LearnForestsParams *params = g_new0(LearnForestsParams, 1);

    params->split_share = 0.3;
    return params;
}

void
learn_forests_params_free(LearnForestsParams *params)
{
    if (!params)
        return;
    g_free(params->real);
    g_free(params->split);
    g_free(params->output);
    g_free(params->vocabulary);
    g_free(params);
}

static Vocabulary *
read_vocabulary(const LearnForestsParams *params, GError **error)
{
    g_autofree char *installed = params->vocabulary ? NULL : paths_vocabulary(NULL);
    const char *path = params->vocabulary ? params->vocabulary : installed;

    if (path)
        return vocabulary_read(path, error);
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                        _("The words of the captions were not found: name their file."));
    return NULL;
}

static bool
step(guint i, guint n, void *user, GError **error)
{
    const Stage *stage = user;

    stage_progress(stage, (double)i / n, _("reading trace %u of %u"), i + 1, n);
    return torchlight_job_checkpoint(stage->job, error);
}

static EvaluationData *
read_real(TorchlightJob *job, const LearnForestsParams *params, GError **error)
{
    Stage stage = {job, 0, SHARE_READ};
    const EvaluationReading reading = {
        .n_packets = params->n_packets, .step = step, .user = &stage};
    g_autoptr(GPtrArray) sets = g_ptr_array_new_with_free_func((GDestroyNotify)evaluation_set_free);
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    EvaluationSet *real = evaluation_set_read(params->real, true, error);

    if (!real)
        return NULL;
    g_ptr_array_add(sets, real);
    if (!params->split)
        evaluation_split_make(real, none, params->split_share, params->options.seed);
    else if (!evaluation_split_read(real, params->split, error))
        return NULL;
    return evaluation_data_read(g_steal_pointer(&sets), &reading, error);
}

static void
log_texts(TorchlightJob *job, const GPtrArray *texts)
{
    for (guint i = 0; i < texts->len; i++)
        torchlight_job_log(job, "%s", (const char *)texts->pdata[i]);
}

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    LearnData *data = data_;
    const LearnForestsParams *params = data->params;
    const char *inputs[] = {params->real, params->split, NULL};
    const LearnWatch watch = {.cancellable = torchlight_job_get_cancellable(job)};
    g_autoptr(Vocabulary) vocabulary = NULL;
    g_autoptr(EvaluationData) real = NULL;

    if (!paths_check_output(params->output, inputs, error) ||
        !(vocabulary = read_vocabulary(params, error)) || !(real = read_real(job, params, error)))
        return false;
    evaluation_note_captions(evaluation_data_set(real, 0), vocabulary);
    log_texts(job, evaluation_data_set(real, 0)->notes);
    torchlight_job_progress(job, SHARE_READ, _("learning"));
    data->forests = forests_learn(real, vocabulary, &params->options, &watch, error);
    if (!data->forests)
        return false;
    log_texts(job, data->forests->notes);
    return torchlight_job_checkpoint(job, error) &&
           forests_save(data->forests, params->output, error);
}

static void
data_free(void *data_)
{
    LearnData *data = data_;

    forests_free(data->forests);
    learn_forests_params_free(data->params);
    g_free(data);
}

TorchlightJob *
learn_forests_job_new(LearnForestsParams *params)
{
    LearnData *data = g_new0(LearnData, 1);

    data->params = params;
    return torchlight_job_new(_("Learn what real traces look like"), work, data, data_free);
}

const Forests *
learn_forests_job_get_result(TorchlightJob *job)
{
    return ((LearnData *)torchlight_job_get_data(job))->forests;
}
