/* SPDX-License-Identifier: Apache-2.0 */
/* An evaluation from its folders to its report. */
#include "app/jobs/evaluate_job.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "app/evaluate/evaluation_split.h"
#include "app/jobs/evaluate_page.h"
#include "app/jobs/evaluate_private.h"
#include "app/jobs/paths.h"
#include "app/trace/atomic.h"

/* Where the time goes. */
static const double SHARE_READ = 0.08, SHARE_CELLS = 0.72, SHARE_MEASURES = 0.18;

typedef struct {
    EvaluateParams *params;
    Vocabulary *vocabulary;
    EvaluationData *data;
    EvaluationPlan *plan;
    EvaluationResults *results;
    EvaluationReport *report;
    guint n_kept, n_cells;
} EvaluateData;

EvaluateParams *
evaluate_params_new(void)
{
    EvaluateParams *params = g_new0(EvaluateParams, 1);

    params->synthetic = g_ptr_array_new_with_free_func(g_free);
    params->split_share = 0.3;
    params->n_checked = 60;
    params->options = evaluation_options_default();
    return params;
}

void
evaluate_params_free(EvaluateParams *params)
{
    if (!params)
        return;
    g_free(params->real);
    evaluation_set_free(params->given_real);
    evaluation_set_free(params->given_synthetic);
    g_ptr_array_unref(params->synthetic);
    g_free(params->split);
    g_free(params->output);
    g_free(params->vocabulary);
    g_free(params->layout);
    g_free(params->title);
    g_strfreev(params->axes);
    g_free(params);
}

static void
data_free(void *data_)
{
    EvaluateData *data = data_;

    evaluation_report_free(data->report);
    evaluation_results_free(data->results);
    evaluation_plan_free(data->plan);
    evaluation_data_free(data->data);
    vocabulary_free(data->vocabulary);
    evaluate_params_free(data->params);
    g_free(data);
}

/* --- inputs --- */

static bool
read_vocabulary(EvaluateData *data, GError **error)
{
    const EvaluateParams *params = data->params;
    g_autofree char *installed = params->vocabulary ? NULL : paths_vocabulary(NULL);
    const char *path = params->vocabulary ? params->vocabulary : installed;
    g_autoptr(GPtrArray) axes = NULL;

    if (!path) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                            _("The words of the captions were not found: name their file."));
        return false;
    }
    data->vocabulary = vocabulary_read(path, error);
    if (!data->vocabulary)
        return false;
    axes = evaluation_axes(data->vocabulary);
    for (int i = 0; params->axes && params->axes[i]; i++) {
        g_autofree char *known = NULL;

        if (g_ptr_array_find_with_equal_func(axes, params->axes[i], g_str_equal, NULL))
            continue;
        g_ptr_array_add(axes, NULL);
        known = g_strjoinv(", ", (char **)axes->pdata);
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    _("“%s” is no axis of the captions: choose among %s."), params->axes[i], known);
        return false;
    }
    return true;
}

static bool
is_named(const GPtrArray *sets, const char *name)
{
    for (guint i = 0; i < sets->len; i++) {
        if (g_str_equal(((EvaluationSet *)sets->pdata[i])->name, name))
            return true;
    }
    return false;
}

/* Two folders may be called the same. */
static void
name_apart(const GPtrArray *sets, EvaluationSet *set)
{
    g_autofree char *first = g_strdup(set->name);

    for (int n = 2; is_named(sets, set->name); n++) {
        g_free(set->name);
        set->name = g_strdup_printf("%s-%d", first, n);
    }
}

static GPtrArray *
read_sets(const EvaluateData *data, GError **error)
{
    EvaluateParams *params = data->params;
    g_autoptr(GPtrArray) sets = g_ptr_array_new_with_free_func((GDestroyNotify)evaluation_set_free);
    EvaluationSet *real = params->given_real ? g_steal_pointer(&params->given_real)
                                             : evaluation_set_read(params->real, true, error);

    if (!real)
        return NULL;
    g_ptr_array_add(sets, real);
    if (params->given_synthetic) {
        name_apart(sets, params->given_synthetic);
        g_ptr_array_add(sets, g_steal_pointer(&params->given_synthetic));
    }
    for (guint i = 0; i < params->synthetic->len; i++) {
        EvaluationSet *set = evaluation_set_read(params->synthetic->pdata[i], false, error);

        if (!set)
            return NULL;
        name_apart(sets, set);
        g_ptr_array_add(sets, set);
    }
    return g_steal_pointer(&sets);
}

static bool
is_divided(const EvaluationSet *real)
{
    for (guint i = 0; i < real->traces->len; i++) {
        if (evaluation_set_trace(real, i)->in_split)
            return true;
    }
    return false;
}

static bool
divide(const EvaluateData *data, const GPtrArray *sets, GError **error)
{
    const EvaluateParams *params = data->params;
    EvaluationSet *real = sets->pdata[0];
    g_autoptr(GPtrArray) drawn = NULL;

    if (params->split)
        return evaluation_split_read(real, params->split, error);
    if (is_divided(real))
        return true;
    drawn = g_ptr_array_new();
    for (guint i = 1; i < sets->len; i++)
        g_ptr_array_add(drawn, sets->pdata[i]);
    evaluation_split_make(real, drawn, params->split_share, params->options.seed);
    return true;
}

/* Before anything is read for long: a set that knows the test part is of no use. */
static bool
check_leaks(const GPtrArray *sets, GArray *reports, GError **error)
{
    g_array_set_size(reports, sets->len);
    for (guint i = 1; i < sets->len; i++) {
        if (!leaks_check(sets->pdata[i], sets->pdata[0], &g_array_index(reports, LeakReport, i),
                         error))
            return false;
    }
    return true;
}

static bool
step(guint i, guint n, void *user, GError **error)
{
    const Stage *stage = user;

    stage_progress(stage, (double)i / n, _("reading trace %u of %u"), i + 1, n);
    return torchlight_job_checkpoint(stage->job, error);
}

static bool
read_inputs(EvaluateData *data, EvaluateRun *run, GArray *leaks, GError **error)
{
    Stage stage = stage_part(&run->stage, 0, SHARE_READ);
    const EvaluationReading reading = {.n_packets = data->params->n_packets,
                                       .layout = data->params->layout,
                                       .step = step,
                                       .user = &stage};
    g_autoptr(GPtrArray) sets = read_sets(data, error);

    if (!sets || !divide(data, sets, error) || !check_leaks(sets, leaks, error))
        return false;
    data->data = evaluation_data_read(g_steal_pointer(&sets), &reading, error);
    for (guint i = 0; data->data && i < data->data->sets->len; i++)
        evaluation_note_captions(evaluation_data_set(data->data, i), data->vocabulary);
    return data->data != NULL;
}

/* --- results --- */

static bool
write_text(const EvaluateParams *params, const char *name, const char *text, GError **error)
{
    g_autofree char *path = g_build_filename(params->output, name, NULL);

    return atomic_file_write(path, text, strlen(text), error);
}

static bool
write_results(const EvaluateData *data, GError **error)
{
    g_autofree char *page = evaluate_page_new(data->report, error);
    g_autofree char *json = NULL;
    g_autofree char *split = NULL;

    if (!page)
        return false;
    json = evaluation_report_to_json(data->report);
    split =
        data->params->split ? NULL : evaluation_split_to_csv(evaluation_data_set(data->data, 0));
    return (!split || write_text(data->params, "split.csv", split, error)) &&
           write_text(data->params, "evaluation.json", json, error) &&
           write_text(data->params, "report.html", page, error);
}

static bool
make_output(const EvaluateParams *params, GError **error)
{
    const char *inputs[] = {params->real, NULL};

    if (!paths_check_output(params->output, inputs, error))
        return false;
    for (guint i = 0; i < params->synthetic->len; i++) {
        inputs[0] = params->synthetic->pdata[i];
        if (!paths_check_output(params->output, inputs, error))
            return false;
    }
    if (g_mkdir_with_parents(params->output, 0777) == 0)
        return true;
    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
                _("The folder “%s” cannot be made: %s."), params->output, g_strerror(errno));
    return false;
}

static void
make_report(EvaluateData *data, const GArray *leaks)
{
    const EvaluateParams *params = data->params;

    data->report = evaluation_report_new(
        data->results, params->title ? params->title : _("Synthetic traces against real ones"));
    data->report->split = params->split ? g_path_get_basename(params->split) : NULL;
    data->report->split_share = params->split_share;
    for (guint i = 1; i < leaks->len; i++)
        evaluation_report_set(data->report, i)->leaks = g_array_index(leaks, LeakReport, i);
}

static bool
ask(EvaluateData *data, EvaluateRun *run, const GArray *leaks, GError **error)
{
    EvaluationOptions options = data->params->options;
    GPtrArray *answers;

    options.axes = data->params->axes;
    run->data = data->data;
    data->plan = evaluation_plan_new(data->data, data->vocabulary, &options);
    answers =
        evaluate_cells(run, stage_part(&run->stage, SHARE_READ, SHARE_CELLS), data->plan, error);
    if (!answers)
        return false;
    data->n_kept = run->n_kept;
    data->n_cells = run->n_cells;
    data->results = evaluation_results_new(data->plan, answers);
    make_report(data, leaks);
    return evaluate_measures(run, stage_part(&run->stage, SHARE_READ + SHARE_CELLS, SHARE_MEASURES),
                             data->report, error);
}

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    EvaluateData *data = data_;
    EvaluateRun run = {.stage = STAGE_WHOLE(job), .params = data->params};
    g_autoptr(GArray) leaks = g_array_new(FALSE, TRUE, sizeof(LeakReport));
    g_autofree char *cache = g_build_filename(data->params->output, "cache", NULL);

    run.cache = cache;
    if (!make_output(data->params, error) || !read_vocabulary(data, error) ||
        !read_inputs(data, &run, leaks, error) || !ask(data, &run, leaks, error))
        return false;
    torchlight_job_progress(job, SHARE_READ + SHARE_CELLS + SHARE_MEASURES,
                            _("writing the report"));
    evaluation_report_judge(data->report);
    evaluation_report_draw(data->report);
    return torchlight_job_checkpoint(job, error) && write_results(data, error);
}

TorchlightJob *
evaluate_job_new(EvaluateParams *params)
{
    EvaluateData *data = g_new0(EvaluateData, 1);

    data->params = params;
    return torchlight_job_new(_("Evaluate synthetic traces"), work, data, data_free);
}

const EvaluationReport *
evaluate_job_get_report(TorchlightJob *job)
{
    return ((EvaluateData *)torchlight_job_get_data(job))->report;
}

void
evaluate_job_get_counts(TorchlightJob *job, guint *n_kept, guint *n_cells)
{
    const EvaluateData *data = torchlight_job_get_data(job);

    *n_kept = data->n_kept;
    *n_cells = data->n_cells;
}
