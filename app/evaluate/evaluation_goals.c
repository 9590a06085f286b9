/* SPDX-License-Identifier: Apache-2.0 */
/* What is wanted of a generator, and whether the first synthetic set has it. A goal of which
 * nothing was measured is neither met nor missed. */
#include <glib/gi18n-lib.h>

#include "app/evaluate/evaluation_report.h"

static const double UTILITY = 0.97, FIELD_DISTANCE = 0.02, TIMES_FLOOR = 2, AUC = 0.65;
static const double REPAIRED = 0.005, DISTINCT = 1;

static EvaluationGoal *
add_goal(EvaluationReport *report, const char *id, const char *statement, double wanted,
         double value, bool met)
{
    EvaluationGoal *goal = g_new0(EvaluationGoal, 1);

    goal->id = g_intern_string(id);
    goal->statement = g_strdup(statement);
    goal->wanted = wanted;
    goal->value = value;
    goal->state = isnan(value) ? GOAL_UNKNOWN : met ? GOAL_MET : GOAL_MISSED;
    goal->detail = g_strdup("");
    g_ptr_array_add(report->goals, goal);
    return goal;
}

static void
say(EvaluationGoal *goal, char *detail)
{
    g_free(goal->detail);
    goal->detail = detail;
}

static const char *
axis_of(const EvaluationReport *report, int task)
{
    return evaluation_plan_task(report->plan, task)->axis;
}

/* --- utility --- */

static void
judge_utility(EvaluationReport *report, EvaluationFeatures features)
{
    EvaluationUtility utility = evaluation_report_utility(report, 1, features);
    bool flat = features == EVALUATION_FLATTENED;
    EvaluationGoal *goal = add_goal(
        report, flat ? "utility-flattened" : "utility-order-free",
        flat
            ? _("A forest trained on synthetic traces is right at least 0.97 times as often as one "
                "trained on real ones, on every axis (all trits)")
            : _("The same with features that know no order"),
        UTILITY, utility.least, utility.least >= UTILITY);

    if (utility.worst >= 0)
        say(goal, g_strdup_printf(_("least on %s; mean over the axes %.3f"),
                                  axis_of(report, utility.worst), utility.mean));
}

/* What a mixture may lose is what the interval of real traces alone leaves open. */
static void
judge_mixtures(EvaluationReport *report)
{
    double worst = NAN;
    g_autofree char *where = NULL;
    EvaluationGoal *goal;

    for (guint i = 0; i < report->results->results->len; i++) {
        const EvaluationResult *result = report->results->results->pdata[i], *alone;
        EvaluationCell cell = result->cell;
        double margin;

        if (cell.protocol != PROTOCOL_MIXTURE || cell.classifier != CLASSIFIER_FOREST ||
            cell.step == 0)
            continue;
        cell.step = 0;
        alone = evaluation_results_find(report->results, cell, 0);
        margin = alone ? result->accuracy.mean - alone->accuracy.low : (double)NAN;
        if (isnan(margin) || (!isnan(worst) && margin >= worst))
            continue;
        worst = margin;
        g_free(where);
        where = g_strdup_printf(_("least on %s, %s, %d%% synthetic: %.3f, real alone %.3f (from "
                                  "%.3f)"),
                                axis_of(report, cell.task), evaluation_features_name(cell.features),
                                result->cell.step * 100 / EVALUATION_TENTHS, result->accuracy.mean,
                                alone->accuracy.mean, alone->accuracy.low);
    }
    goal = add_goal(report, "mixtures",
                    _("No mixture of real and synthetic traces falls below real ones alone by more "
                      "than their confidence interval (forest)"),
                    0, worst, worst >= 0);
    if (where)
        say(goal, g_steal_pointer(&where));
}

static void
judge_scarce(EvaluationReport *report)
{
    double least = NAN;
    const char *where = NULL;
    int n = 0, n_sure = 0;
    EvaluationGoal *goal;

    for (guint i = 0; i < report->results->results->len; i++) {
        const EvaluationResult *both = report->results->results->pdata[i];
        EvaluationCell cell = both->cell;
        Interval gain;

        if (cell.protocol != PROTOCOL_SCARCE_BOTH || cell.classifier != CLASSIFIER_FOREST)
            continue;
        cell.protocol = PROTOCOL_SCARCE_REAL;
        cell.set = 0;
        gain =
            evaluation_result_difference(both, evaluation_results_find(report->results, cell, 0));
        if (isnan(gain.mean))
            continue;
        n++;
        n_sure += gain.low > 0;
        if (isnan(least) || gain.mean < least) {
            least = gain.mean;
            where = axis_of(report, cell.task);
        }
    }
    goal =
        add_goal(report, "scarce",
                 _("Where real captures are scarce, synthetic traces added to them help (forest, "
                   "every axis)"),
                 0, least, least > 0);
    if (where)
        say(goal, g_strdup_printf(_("least gain on %s; surely above 0 in %d of %d cases"), where,
                                  n_sure, n));
}

/* --- the other measures --- */

static void
judge_at_most(EvaluationReport *report, const char *goal_id, const char *measure_id,
              const char *statement, double most)
{
    const EvaluationMeasure *measure = evaluation_report_find(report, 1, measure_id);
    double value = measure ? measure->value : (double)NAN;
    EvaluationGoal *goal = add_goal(report, goal_id, statement, most, value, value <= most);

    if (measure && !isnan(measure->floor))
        say(goal, g_strdup_printf(_("real against real: %.4f"), measure->floor));
}

/* By whichever features tell more. */
static void
judge_discriminator(EvaluationReport *report)
{
    const EvaluationMeasure *flat = evaluation_report_find(report, 1, "discriminator-auc");
    const EvaluationMeasure *free_ =
        evaluation_report_find(report, 1, "discriminator-auc-order-free");
    double a = flat ? flat->value : (double)NAN, b = free_ ? free_->value : (double)NAN;
    double value = isnan(a) || b > a ? b : a;
    EvaluationGoal *goal =
        add_goal(report, "discriminator",
                 _("AUC of a classifier that tells synthetic from real, at most 0.65"), AUC, value,
                 value <= AUC);

    if (flat && free_ && !isnan(value))
        say(goal, g_strdup_printf(_("all trits %.3f, order-free %.3f; real against real %.3f, "
                                    "%.3f"),
                                  a, b, flat->floor, free_->floor));
}

static void
judge_floor(EvaluationReport *report)
{
    const EvaluationMeasure *measure = evaluation_report_find(report, 1, "jensen-shannon-fields");
    double times = measure && measure->floor > 0 ? measure->value / measure->floor : (double)NAN;

    add_goal(report, "fields-floor",
             _("That divergence is at most twice the one between real traces"), TIMES_FLOOR, times,
             times <= TIMES_FLOOR);
}

static void
judge_repair(EvaluationReport *report)
{
    const EvaluationMeasure *all = evaluation_report_find(report, 1, "repaired-share");
    const EvaluationMeasure *there = evaluation_report_find(report, 1, "repaired-share-of-present");
    double value = all ? all->value : (double)NAN;
    EvaluationGoal *goal = add_goal(
        report, "repair", _("Share of bits that repair changed, checksums apart, at most 0.005"),
        REPAIRED, value, value <= REPAIRED);

    if (there && !isnan(there->value))
        say(goal, g_strdup_printf(_("of the bits of headers that are there: %.4f"), there->value));
}

static void
judge_distinct(EvaluationReport *report)
{
    const EvaluationMeasure *measure = evaluation_report_find(report, 1, "distinct-share");
    double value = measure ? measure->value : (double)NAN;

    add_goal(report, "distinct", _("No two synthetic traces are the same"), DISTINCT, value,
             value >= DISTINCT);
}

/* Every number of the group that has a floor is to be no higher than the upper end of it. */
static void
judge_memory(EvaluationReport *report)
{
    const GPtrArray *measures = evaluation_report_set(report, 1)->measures;
    g_autoptr(GString) worse = g_string_new(NULL);
    int n = 0, n_worse = 0;
    EvaluationGoal *goal;

    for (guint i = 0; i < measures->len; i++) {
        const EvaluationMeasure *measure = measures->pdata[i];
        double most = isnan(measure->floor_high) ? measure->floor : measure->floor_high;

        if (!g_str_equal(measure->group, "memorisation") || *measure->class ||
            isnan(measure->value) || isnan(most))
            continue;
        n++;
        if (measure->value <= most)
            continue;
        n_worse++;
        g_string_append_printf(worse, "%s%s", worse->len > 0 ? "; " : "", measure->label);
    }
    goal =
        add_goal(report, "memorisation",
                 _("By no test of memorisation do synthetic traces give more away than real ones "
                   "do about each other"),
                 0, n > 0 ? n_worse : (double)NAN, n_worse == 0);
    say(goal, g_string_free(g_steal_pointer(&worse), FALSE));
}

void
evaluation_report_judge(EvaluationReport *report)
{
    if (report->data->sets->len < 2)
        return;
    judge_utility(report, EVALUATION_FLATTENED);
    judge_utility(report, EVALUATION_ORDER_FREE);
    judge_mixtures(report);
    judge_scarce(report);
    judge_at_most(report, "fields", "jensen-shannon-fields",
                  _("Mean Jensen–Shannon divergence of header fields, at most 0.02"),
                  FIELD_DISTANCE);
    judge_floor(report);
    judge_discriminator(report);
    judge_repair(report);
    judge_distinct(report);
    judge_memory(report);
}
