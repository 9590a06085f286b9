/* SPDX-License-Identifier: Apache-2.0 */
/* A report as JSON: docs/evaluation.md says what each member means. Texts of machines (names of
 * axes, protocols, fields) are never translated, and no time is in it. */
#include <math.h>
#include <string.h>

#include "app/evaluate/evaluation_report.h"

static void
put_text(JsonBuilder *json, const char *name, const char *text)
{
    json_builder_set_member_name(json, name);
    json_builder_add_string_value(json, text);
}

static void
put_int(JsonBuilder *json, const char *name, gint64 value)
{
    json_builder_set_member_name(json, name);
    json_builder_add_int_value(json, value);
}

static void
put_bool(JsonBuilder *json, const char *name, bool value)
{
    json_builder_set_member_name(json, name);
    json_builder_add_boolean_value(json, value);
}

static void
put_value(JsonBuilder *json, double value)
{
    if (isfinite(value))
        json_builder_add_double_value(json, value);
    else
        json_builder_add_null_value(json);
}

static void
put_number(JsonBuilder *json, const char *name, double value)
{
    json_builder_set_member_name(json, name);
    put_value(json, value);
}

static void
begin_object(JsonBuilder *json, const char *name)
{
    if (name)
        json_builder_set_member_name(json, name);
    json_builder_begin_object(json);
}

static void
begin_array(JsonBuilder *json, const char *name)
{
    if (name)
        json_builder_set_member_name(json, name);
    json_builder_begin_array(json);
}

static void
put_texts(JsonBuilder *json, const char *name, const GPtrArray *texts)
{
    begin_array(json, name);
    for (guint i = 0; i < texts->len; i++)
        json_builder_add_string_value(json, texts->pdata[i]);
    json_builder_end_array(json);
}

/* --- parameters, sets --- */

static void
put_parameters(JsonBuilder *json, const EvaluationReport *report)
{
    const EvaluationOptions *o = &report->plan->options;

    begin_object(json, "parameters");
    put_int(json, "packets", report->data->n_packets);
    put_text(json, "split", report->split ? report->split : "");
    put_bool(json, "split_made", !report->split);
    if (!report->split)
        put_number(json, "split_test_share", report->split_share);
    put_int(json, "folds", o->n_folds);
    put_int(json, "repeats", o->n_repeats);
    put_int(json, "seeds", o->n_rounds);
    put_int(json, "mixture_seeds", o->n_mixture_rounds);
    put_int(json, "scarce_captures", o->n_scarce);
    put_int(json, "ablation_seeds", o->n_ablation_rounds);
    put_int(json, "trees", o->n_trees);
    put_int(json, "seed", (gint64)o->seed);
    put_text(json, "program", "torchlight " TORCHLIGHT_VERSION);
    json_builder_end_object(json);
}

static void
put_measure(JsonBuilder *json, const EvaluationMeasure *measure)
{
    begin_object(json, NULL);
    put_text(json, "group", measure->group);
    put_text(json, "id", measure->id);
    if (*measure->class)
        put_text(json, "class", measure->class);
    put_text(json, "unit", measure->unit);
    put_number(json, "value", measure->value);
    put_number(json, "low", measure->low);
    put_number(json, "high", measure->high);
    put_number(json, "floor", measure->floor);
    put_number(json, "floor_low", measure->floor_low);
    put_number(json, "floor_high", measure->floor_high);
    json_builder_end_object(json);
}

static void
put_parts(JsonBuilder *json, const EvaluationSet *set)
{
    begin_object(json, "parts");
    for (int part = 0; part < N_SPLIT_PARTS; part++) {
        int n = 0;

        for (guint i = 0; i < set->traces->len; i++)
            n += evaluation_set_trace(set, i)->part == (SplitPart)part;
        put_int(json, split_part_name((SplitPart)part), n);
    }
    json_builder_end_object(json);
}

static void
put_utility(JsonBuilder *json, const EvaluationReport *report, guint set)
{
    begin_object(json, "utility");
    for (int f = 0; f < N_EVALUATION_FEATURES; f++) {
        EvaluationUtility utility = evaluation_report_utility(report, set, (EvaluationFeatures)f);

        begin_object(json, evaluation_features_name(f));
        put_number(json, "mean", utility.mean);
        put_number(json, "least", utility.least);
        if (utility.worst >= 0)
            put_text(json, "least_axis", evaluation_plan_task(report->plan, utility.worst)->axis);
        json_builder_end_object(json);
    }
    json_builder_end_object(json);
}

static void
put_set(JsonBuilder *json, const EvaluationReport *report, guint s)
{
    const EvaluationSet *set = evaluation_data_set(report->data, s);
    const EvaluationSetReport *its = evaluation_report_set(report, s);

    begin_object(json, NULL);
    put_text(json, "name", set->name);
    put_text(json, "role", set->is_real ? "real" : "synthetic");
    put_text(json, "kind", set->kind);
    put_int(json, "traces", (gint64)set->traces->len);
    if (set->is_real)
        put_parts(json, set);
    else
        put_utility(json, report, s);
    if (!set->is_real) {
        begin_object(json, "origin");
        put_int(json, "parents_unknown", its->leaks.n_parents_unknown);
        put_int(json, "trained_on_unknown", its->leaks.n_trained_on_unknown);
        put_int(json, "from_validation", its->leaks.n_validation);
        put_int(json, "from_elsewhere", its->leaks.n_foreign);
        put_int(json, "from_test", 0); /* such a set is refused */
        json_builder_end_object(json);
    }
    put_texts(json, "notes", set->notes);
    begin_array(json, "measures");
    for (guint i = 0; i < its->measures->len; i++)
        put_measure(json, its->measures->pdata[i]);
    json_builder_end_array(json);
    json_builder_end_object(json);
}

/* --- axes, results --- */

static void
put_axis(JsonBuilder *json, const EvaluationTask *task)
{
    begin_object(json, NULL);
    put_text(json, "axis", task->axis);
    put_texts(json, "classes", task->classes);
    put_texts(json, "left_out", task->left_out);
    put_int(json, "train", task->n_train);
    put_int(json, "test", task->n_test);
    if (task->problem)
        put_text(json, "problem", task->problem);
    json_builder_end_object(json);
}

static void
put_interval(JsonBuilder *json, const char *name, const Interval *interval)
{
    begin_object(json, name);
    put_number(json, "mean", interval->mean);
    put_number(json, "low", interval->low);
    put_number(json, "high", interval->high);
    json_builder_end_object(json);
}

static void
put_confusion(JsonBuilder *json, const EvaluationResult *result)
{
    begin_array(json, "confusion");
    for (int i = 0; i < result->n_classes; i++) {
        json_builder_begin_array(json);
        for (int k = 0; k < result->n_classes; k++)
            json_builder_add_int_value(json, (gint64)result->confusion[i * result->n_classes + k]);
        json_builder_end_array(json);
    }
    json_builder_end_array(json);
}

/* What the result is of: the names that find it. */
static void
put_cell(JsonBuilder *json, const EvaluationReport *report, const EvaluationResult *result)
{
    const EvaluationCell *cell = &result->cell;

    put_text(json, "axis", evaluation_plan_task(report->plan, cell->task)->axis);
    put_text(json, "features", evaluation_features_name(cell->features));
    put_text(json, "classifier", classifier_kind_name(cell->classifier));
    put_text(json, "protocol", evaluation_protocol_name(cell->protocol));
    put_text(json, "without", evaluation_ablations()[cell->ablation].name);
    put_text(json, "learned_from",
             cell->set > 0 ? evaluation_data_set(report->data, (guint)cell->set)->name : "");
    put_text(json, "asked_about", evaluation_data_set(report->data, (guint)result->tested)->name);
    if (cell->protocol == PROTOCOL_MIXTURE)
        put_number(json, "synthetic_share", (double)cell->step / EVALUATION_TENTHS);
}

static void
put_result(JsonBuilder *json, const EvaluationReport *report, const EvaluationResult *result)
{
    begin_object(json, NULL);
    put_cell(json, report, result);
    put_int(json, "train", result->n_train);
    put_int(json, "test", result->n_test);
    put_interval(json, "accuracy", &result->accuracy);
    put_interval(json, "macro_f1", &result->macro_f1);
    begin_array(json, "runs");
    for (guint i = 0; i < result->runs->len; i++)
        put_value(json, g_array_index(result->runs, double, i));
    json_builder_end_array(json);
    put_confusion(json, result);
    json_builder_end_object(json);
}

/* Synthetic over real, for everything that both were asked. */
static void
put_ratios(JsonBuilder *json, const EvaluationReport *report)
{
    begin_array(json, "ratios");
    for (guint i = 0; i < report->results->results->len; i++) {
        const EvaluationResult *result = report->results->results->pdata[i];
        EvaluationCell cell = result->cell;
        Interval ratio;

        if (cell.protocol != PROTOCOL_SYNTHETIC)
            continue;
        cell.protocol = PROTOCOL_REAL;
        cell.set = 0;
        ratio = evaluation_result_ratio(result, evaluation_results_find(report->results, cell, 0));
        if (isnan(ratio.mean))
            continue;
        begin_object(json, NULL);
        put_cell(json, report, result);
        put_interval(json, "ratio", &ratio);
        json_builder_end_object(json);
    }
    json_builder_end_array(json);
}

/* --- importance, goals --- */

static void
put_importance(JsonBuilder *json, const EvaluationReport *report, int task, int features, guint set)
{
    double groups[N_FEATURE_GROUPS];
    ImportanceOverlap overlap;

    if (!evaluation_results_importance(report->results, task, (EvaluationFeatures)features,
                                       (int)set, groups))
        return;
    overlap =
        evaluation_results_overlap(report->results, task, (EvaluationFeatures)features, (int)set);
    begin_object(json, NULL);
    put_text(json, "axis", evaluation_plan_task(report->plan, task)->axis);
    put_text(json, "features", evaluation_features_name(features));
    put_text(json, "learned_from", evaluation_data_set(report->data, set)->name);
    begin_object(json, "groups");
    for (int i = 0; i < N_FEATURE_GROUPS; i++) {
        if (groups[i] > 0)
            put_number(json, feature_group_name(i), groups[i]);
    }
    json_builder_end_object(json);
    begin_object(json, "overlap_with_real");
    put_number(json, "top_10_groups", overlap.fields);
    put_number(json, "rank_correlation", overlap.rank);
    put_number(json, "top_100_features", overlap.features);
    json_builder_end_object(json);
    json_builder_end_object(json);
}

static void
put_goal(JsonBuilder *json, const EvaluationGoal *goal)
{
    begin_object(json, NULL);
    put_text(json, "id", goal->id);
    put_text(json, "statement", goal->statement);
    put_number(json, "wanted", goal->wanted);
    put_number(json, "value", goal->value);
    json_builder_set_member_name(json, "met");
    if (goal->state == GOAL_UNKNOWN)
        json_builder_add_null_value(json);
    else
        json_builder_add_boolean_value(json, goal->state == GOAL_MET);
    put_text(json, "detail", goal->detail);
    json_builder_end_object(json);
}

static void
put_figures(JsonBuilder *json, const EvaluationReport *report)
{
    g_autofree char *text = figures_to_json(report->figures);
    g_autoptr(JsonNode) node = json_from_string(text, NULL);

    json_builder_set_member_name(json, "figures");
    json_builder_add_value(json, g_steal_pointer(&node));
}

char *
evaluation_report_to_json(const EvaluationReport *report)
{
    g_autoptr(JsonBuilder) json = json_builder_new_immutable();
    g_autoptr(JsonGenerator) generator = json_generator_new();
    g_autoptr(JsonNode) root = NULL;

    json_builder_begin_object(json);
    put_text(json, "format", EVALUATION_FORMAT);
    put_int(json, "version", EVALUATION_VERSION);
    put_text(json, "title", report->title);
    put_parameters(json, report);
    begin_array(json, "goals");
    for (guint i = 0; i < report->goals->len; i++)
        put_goal(json, report->goals->pdata[i]);
    json_builder_end_array(json);
    put_texts(json, "notes", report->notes);
    begin_array(json, "sets");
    for (guint s = 0; s < report->data->sets->len; s++)
        put_set(json, report, s);
    json_builder_end_array(json);
    begin_array(json, "axes");
    for (guint i = 0; i < report->plan->tasks->len; i++)
        put_axis(json, report->plan->tasks->pdata[i]);
    json_builder_end_array(json);
    put_ratios(json, report);
    begin_array(json, "importance");
    for (int task = 0; task < (int)report->plan->tasks->len; task++) {
        for (int f = 0; f < N_EVALUATION_FEATURES; f++) {
            for (guint s = 0; s < report->data->sets->len; s++)
                put_importance(json, report, task, f, s);
        }
    }
    json_builder_end_array(json);
    begin_array(json, "results");
    for (guint i = 0; i < report->results->results->len; i++)
        put_result(json, report, report->results->results->pdata[i]);
    json_builder_end_array(json);
    put_figures(json, report);
    json_builder_end_object(json);
    root = json_builder_get_root(json);
    json_generator_set_root(generator, root);
    return json_generator_to_data(generator, NULL);
}
