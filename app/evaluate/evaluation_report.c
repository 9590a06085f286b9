/* SPDX-License-Identifier: Apache-2.0 */
/* What a report holds, and the means it is summed up with. */
#include "app/evaluate/evaluation_report.h"

#include <glib/gi18n-lib.h>

static void
measure_free(void *data)
{
    EvaluationMeasure *measure = data;

    g_free(measure->class);
    g_free(measure->label);
    g_free(measure);
}

static void
set_report_free(void *data)
{
    g_ptr_array_unref(((EvaluationSetReport *)data)->measures);
    g_free(data);
}

static void
goal_free(void *data)
{
    EvaluationGoal *goal = data;

    g_free(goal->statement);
    g_free(goal->detail);
    g_free(goal);
}

EvaluationReport *
evaluation_report_new(const EvaluationResults *results, const char *title)
{
    EvaluationReport *report = g_new0(EvaluationReport, 1);

    report->title = g_strdup(title);
    report->results = results;
    report->plan = results->plan;
    report->data = results->plan->data;
    report->sets = g_ptr_array_new_with_free_func(set_report_free);
    report->goals = g_ptr_array_new_with_free_func(goal_free);
    report->notes = g_ptr_array_new_with_free_func(g_free);
    report->figures = figures_new(title);
    for (guint i = 0; i < report->data->sets->len; i++) {
        EvaluationSetReport *set = g_new0(EvaluationSetReport, 1);

        set->measures = g_ptr_array_new_with_free_func(measure_free);
        g_ptr_array_add(report->sets, set);
    }
    return report;
}

void
evaluation_report_free(EvaluationReport *report)
{
    if (!report)
        return;
    g_free(report->title);
    g_free(report->split);
    g_ptr_array_unref(report->sets);
    g_ptr_array_unref(report->goals);
    g_ptr_array_unref(report->notes);
    figures_free(report->figures);
    g_free(report);
}

EvaluationMeasure *
evaluation_report_add(EvaluationReport *report, guint set, const char *group, const char *id,
                      const char *class, const char *label, const char *unit, double value,
                      double low, double high)
{
    EvaluationMeasure *measure = g_new0(EvaluationMeasure, 1);

    measure->group = g_intern_string(group);
    measure->id = g_intern_string(id);
    measure->class = g_strdup(class ? class : "");
    measure->label = g_strdup(label);
    measure->unit = g_intern_string(unit);
    measure->value = value;
    measure->low = low;
    measure->high = high;
    measure->floor = measure->floor_low = measure->floor_high = NAN;
    g_ptr_array_add(evaluation_report_set(report, set)->measures, measure);
    return measure;
}

const EvaluationMeasure *
evaluation_report_find(const EvaluationReport *report, guint set, const char *id)
{
    const GPtrArray *measures = evaluation_report_set(report, set)->measures;

    for (guint i = 0; i < measures->len; i++) {
        const EvaluationMeasure *measure = measures->pdata[i];

        if (g_str_equal(measure->id, id) && !*measure->class)
            return measure;
    }
    return NULL;
}

/* --- means over the axes --- */

static const EvaluationResult *
find_forest(const EvaluationReport *report, int task, EvaluationFeatures features, guint set)
{
    const EvaluationCell cell = {.protocol = set == 0 ? PROTOCOL_REAL : PROTOCOL_SYNTHETIC,
                                 .task = task,
                                 .features = features,
                                 .classifier = CLASSIFIER_FOREST,
                                 .set = (int)set};

    return evaluation_results_find(report->results, cell, 0);
}

EvaluationUtility
evaluation_report_utility(const EvaluationReport *report, guint set, EvaluationFeatures features)
{
    EvaluationUtility utility = {NAN, NAN, -1};
    double sum = 0;
    int n = 0;

    for (int task = 0; task < (int)report->plan->tasks->len; task++) {
        double ratio = evaluation_result_ratio(find_forest(report, task, features, set),
                                               find_forest(report, task, features, 0))
                           .mean;

        if (isnan(ratio))
            continue;
        sum += ratio;
        n++;
        if (utility.worst < 0 || ratio < utility.least) {
            utility.least = ratio;
            utility.worst = task;
        }
    }
    utility.mean = n > 0 ? sum / n : (double)NAN;
    return utility;
}

double
evaluation_report_accuracy(const EvaluationReport *report, guint set, EvaluationFeatures features)
{
    double sum = 0;
    int n = 0;

    for (int task = 0; task < (int)report->plan->tasks->len; task++) {
        const EvaluationResult *result = find_forest(report, task, features, set);

        if (result) {
            sum += result->accuracy.mean;
            n++;
        }
    }
    return n > 0 ? sum / n : (double)NAN;
}

/* --- the small table --- */

static void
append_number(GString *text, double value, int width)
{
    g_autofree char *number = isnan(value) ? g_strdup("–") : g_strdup_printf("%.3f", value);

    g_string_append_printf(text, "  %*s", width + (isnan(value) ? 2 : 0), number);
}

static double
measure_value(const EvaluationReport *report, guint set, const char *id)
{
    const EvaluationMeasure *measure = evaluation_report_find(report, set, id);

    return measure ? measure->value : (double)NAN;
}

char *
evaluation_report_to_table(const EvaluationReport *report)
{
    GString *text = g_string_new(NULL);
    int width = 4;

    for (guint s = 0; s < report->data->sets->len; s++)
        width = MAX(width, (int)g_utf8_strlen(evaluation_data_set(report->data, s)->name, -1));
    g_string_append_printf(text, "%-*s  %6s  %6s  %6s  %6s  %6s  %6s  %6s  %6s\n", width, _("Set"),
                           _("acc:fl"), _("acc:of"), _("rat:fl"), _("rat:of"), _("JSD"), _("AUC"),
                           _("repair"), _("clean"));
    for (guint s = 0; s < report->data->sets->len; s++) {
        g_string_append_printf(text, "%-*s", width, evaluation_data_set(report->data, s)->name);
        append_number(text, evaluation_report_accuracy(report, s, EVALUATION_FLATTENED), 6);
        append_number(text, evaluation_report_accuracy(report, s, EVALUATION_ORDER_FREE), 6);
        append_number(
            text, s == 0 ? 1 : evaluation_report_utility(report, s, EVALUATION_FLATTENED).mean, 6);
        append_number(
            text, s == 0 ? 1 : evaluation_report_utility(report, s, EVALUATION_ORDER_FREE).mean, 6);
        append_number(text, measure_value(report, s, "jensen-shannon-fields"), 6);
        append_number(text, measure_value(report, s, "discriminator-auc"), 6);
        append_number(text, measure_value(report, s, "repaired-share"), 6);
        append_number(text, measure_value(report, s, "flows-clean"), 6);
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}
