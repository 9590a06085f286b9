/* SPDX-License-Identifier: Apache-2.0 */
/* The beginning of the page: what was compared, what was wanted and is there, the sets side by
 * side, and what a reader must know before believing any of it. And its end: how it was done. */
#include <glib/gi18n-lib.h>

#include "app/jobs/evaluate_page.h"

static const char *
state_text(GoalState state)
{
    return state == GOAL_MET ? _("met") : state == GOAL_MISSED ? _("not met") : _("not measured");
}

static void
add_goals(EvaluatePage *page)
{
    const char *const columns[] = {_("Goal"), _("Wanted"), _("Found"), "", NULL};
    const GPtrArray *goals = page->report->goals;
    int n_met = 0, n_known = 0;
    g_autofree char *said = NULL;

    if (goals->len == 0)
        return;
    for (guint i = 0; i < goals->len; i++) {
        n_met += ((EvaluationGoal *)goals->pdata[i])->state == GOAL_MET;
        n_known += ((EvaluationGoal *)goals->pdata[i])->state != GOAL_UNKNOWN;
    }
    said = g_strdup_printf(_("Of %u goals %d were measured, and %d of those are met."), goals->len,
                           n_known, n_met);
    evaluate_page_element(page, "p", said);
    evaluate_page_begin_table(page, _("What is wanted of the first synthetic set"), columns);
    for (guint i = 0; i < goals->len; i++) {
        const EvaluationGoal *goal = goals->pdata[i];

        g_string_append(page->html, "<tr><th scope=\"row\">");
        evaluate_page_text(page, goal->statement);
        if (*goal->detail) {
            g_string_append(page->html, "<br><span class=\"dim\">");
            evaluate_page_text(page, goal->detail);
            g_string_append(page->html, "</span>");
        }
        g_string_append(page->html, "</th>");
        evaluate_page_number(page, goal->wanted, NAN, NAN);
        evaluate_page_number(page, goal->value, NAN, NAN);
        evaluate_page_element(page,
                              goal->state == GOAL_MET      ? "td class=\"met\""
                              : goal->state == GOAL_MISSED ? "td class=\"missed\""
                                                           : "td class=\"dim\"",
                              state_text(goal->state));
        g_string_append(page->html, "</tr>\n");
    }
    evaluate_page_end_table(page);
}

/* --- sets --- */

static const struct {
    const char *id, *title;
} columns_of_sets[] = {
    {"jensen-shannon-fields", N_("JSD of fields")},
    {"discriminator-auc", N_("Discriminator AUC, all trits")},
    {"discriminator-auc-order-free", N_("The same, order-free")},
    {"legal-rows", N_("Legal before repair")},
    {"repaired-share", N_("Bits repaired")},
    {"rules-clean-flows", N_("Flows legal by our rules")},
    {"flows-clean", N_("Clean for tshark")},
    {"distinct-share", N_("Distinct")},
    {"membership-auc-nearest", N_("Membership AUC")},
};

static void
add_measure(EvaluatePage *page, guint set, const char *id)
{
    const EvaluationMeasure *measure = evaluation_report_find(page->report, set, id);

    evaluate_page_number(page, measure ? measure->value : (double)NAN, NAN, NAN);
}

/* Of real traces among themselves: what stands beside the first synthetic set. */
static void
add_floor(EvaluatePage *page, const char *id)
{
    const EvaluationMeasure *measure =
        page->report->sets->len > 1 ? evaluation_report_find(page->report, 1, id) : NULL;

    evaluate_page_number(page, measure ? measure->floor : (double)NAN, NAN, NAN);
}

static void
add_set_row(EvaluatePage *page, guint s)
{
    const EvaluationSet *set = evaluation_data_set(page->report->data, s);
    g_autofree char *count = g_strdup_printf("%u", set->traces->len);

    g_string_append(page->html, "<tr>");
    evaluate_page_element(page, "th scope=\"row\"", set->name);
    evaluate_page_element(page, "td", *set->kind ? set->kind : _("unknown"));
    evaluate_page_element(page, "td class=\"n\"", count);
    for (int f = 0; f < N_EVALUATION_FEATURES; f++) {
        EvaluationUtility utility =
            s > 0 ? evaluation_report_utility(page->report, s, (EvaluationFeatures)f)
                  : (EvaluationUtility){1, 1, -1};

        evaluate_page_number(
            page, evaluation_report_accuracy(page->report, s, (EvaluationFeatures)f), NAN, NAN);
        evaluate_page_number(page, utility.mean, NAN, NAN);
        evaluate_page_number(page, utility.least, NAN, NAN);
    }
    for (guint i = 0; i < G_N_ELEMENTS(columns_of_sets); i++) {
        if (s == 0)
            add_floor(page, columns_of_sets[i].id);
        else
            add_measure(page, s, columns_of_sets[i].id);
    }
    g_string_append(page->html, "</tr>\n");
}

static void
add_sets(EvaluatePage *page)
{
    g_autoptr(GPtrArray) columns = g_ptr_array_new();
    const char *const first[] = {_("Set"),
                                 _("Kind"),
                                 _("Traces"),
                                 _("Accuracy, all trits"),
                                 _("Of real"),
                                 _("Least axis"),
                                 _("Accuracy, order-free"),
                                 _("Of real"),
                                 _("Least axis")};

    for (guint i = 0; i < G_N_ELEMENTS(first); i++)
        g_ptr_array_add(columns, (gpointer)first[i]);
    for (guint i = 0; i < G_N_ELEMENTS(columns_of_sets); i++)
        g_ptr_array_add(columns, (gpointer)_(columns_of_sets[i].title));
    g_ptr_array_add(columns, NULL);
    evaluate_page_begin_table(page, _("The sets side by side"),
                              (const char *const *)columns->pdata);
    for (guint s = 0; s < page->report->data->sets->len; s++)
        add_set_row(page, s);
    evaluate_page_end_table(page);
    evaluate_page_element(
        page, "p class=\"dim\"",
        _("Accuracy: of a random forest that learned from the set, on the real test part, mean "
          "over "
          "the axes. Of real: that over what a forest that learned from the real train part gets "
          "right. In the row of the real set the other numbers are those of real traces among "
          "themselves."));
}

/* --- notes --- */

static void
add_origin(EvaluatePage *page, guint s)
{
    const EvaluationSet *set = evaluation_data_set(page->report->data, s);
    const LeakReport *leaks = &evaluation_report_set(page->report, s)->leaks;
    g_autofree char *text = NULL;

    if (leaks->n_parents_unknown > 0)
        text = g_strdup_printf(_("%s: %d of %d traces do not say which captures they were made "
                                 "from, and %d not what drew them was trained on. Whether the test "
                                 "part is among them cannot be told; if it is, what is said here "
                                 "of this set is too good."),
                               set->name, leaks->n_parents_unknown, leaks->n_traces,
                               leaks->n_trained_on_unknown);
    else if (leaks->n_trained_on_unknown > 0)
        text = g_strdup_printf(_("%s: no trace was made from a capture of the test part; of %d of "
                                 "%d traces it is not known what drew them was trained on."),
                               set->name, leaks->n_trained_on_unknown, leaks->n_traces);
    else
        text = g_strdup_printf(_("%s: none of its %d traces was made from, or by something trained "
                                 "on, a capture of the test part."),
                               set->name, leaks->n_traces);
    evaluate_page_element(page, "li", text);
}

static void
add_notes(EvaluatePage *page)
{
    const EvaluationReport *report = page->report;

    evaluate_page_element(page, "h2", _("Before you believe it"));
    g_string_append(page->html, "<ul>\n");
    for (guint s = 1; s < report->data->sets->len; s++)
        add_origin(page, s);
    for (guint i = 0; i < report->plan->tasks->len; i++) {
        const EvaluationTask *task = report->plan->tasks->pdata[i];
        g_autofree char *text =
            task->problem ? g_strdup_printf("%s: %s", task->axis, task->problem) : NULL;

        if (text)
            evaluate_page_element(page, "li", text);
    }
    for (guint i = 0; i < report->plan->notes->len; i++)
        evaluate_page_element(page, "li", report->plan->notes->pdata[i]);
    for (guint i = 0; i < report->notes->len; i++)
        evaluate_page_element(page, "li", report->notes->pdata[i]);
    for (guint s = 0; s < report->data->sets->len; s++) {
        const EvaluationSet *set = evaluation_data_set(report->data, s);

        for (guint i = 0; i < set->notes->len; i++) {
            g_autofree char *text =
                g_strdup_printf("%s: %s", set->name, (const char *)set->notes->pdata[i]);

            evaluate_page_element(page, "li", text);
        }
    }
    g_string_append(page->html, "</ul>\n");
}

void
evaluate_page_add_summary(EvaluatePage *page)
{
    const EvaluationReport *report = page->report;
    const EvaluationSet *real = evaluation_data_set(report->data, 0);
    int counts[N_SPLIT_PARTS] = {0};
    g_autofree char *text = NULL;

    for (guint i = 0; i < real->traces->len; i++)
        counts[evaluation_set_trace(real, i)->part]++;
    text = g_strdup_printf(
        _("%u real traces (%d to train with, %d to validate, %d to test with, split by capture: "
          "%s); the first %d packets of each; %u synthetic sets."),
        real->traces->len, counts[SPLIT_INTO_TRAIN], counts[SPLIT_INTO_VALIDATION],
        counts[SPLIT_INTO_TEST], report->split ? report->split : _("made for this report"),
        report->data->n_packets, report->data->sets->len - 1);
    evaluate_page_element(page, "p", text);
    evaluate_page_element(page, "h2", _("Summary"));
    add_goals(page);
    add_sets(page);
    add_notes(page);
}

/* --- method --- */

static void
add_parameter(EvaluatePage *page, const char *name, const char *value)
{
    g_string_append(page->html, "<tr>");
    evaluate_page_element(page, "th scope=\"row\"", name);
    evaluate_page_element(page, "td class=\"n\"", value);
    g_string_append(page->html, "</tr>\n");
}

static void
add_count(EvaluatePage *page, const char *name, gint64 value)
{
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, value);

    add_parameter(page, name, text);
}

static void
add_parameters(EvaluatePage *page)
{
    const EvaluationOptions *o = &page->report->plan->options;
    const char *const columns[] = {_("Parameter"), _("Value"), NULL};

    evaluate_page_begin_table(page, _("Parameters"), columns);
    add_count(page, _("Packets of a trace"), page->report->data->n_packets);
    add_parameter(page, _("Split"), page->report->split ? page->report->split : _("made"));
    add_count(page, _("Folds"), o->n_folds);
    add_count(page, _("Repeats of the cross-validation"), o->n_repeats);
    add_count(page, _("Seeds"), o->n_rounds);
    add_count(page, _("Seeds of mixtures"), o->n_mixture_rounds);
    add_count(page, _("Captures a class where they are scarce"), o->n_scarce);
    add_count(page, _("Seeds of ablations"), o->n_ablation_rounds);
    add_count(page, _("Trees of a forest"), o->n_trees);
    add_count(page, _("First seed"), (gint64)o->seed);
    add_parameter(page, _("Program"), "torchlight " TORCHLIGHT_VERSION);
    evaluate_page_end_table(page);
}

void
evaluate_page_add_method(EvaluatePage *page)
{
    const char *const paragraphs[] = {
        _("Classes are the words of the captions, axis by axis; “streaming” are those words of app "
          "that are ways of delivering video. A trace without a word on an axis has no part in its "
          "task. The classes of a task are those that real traces of the train part, real traces "
          "of "
          "the test part, and the first synthetic set have; the others are named above."),
        _("Features are of two kinds: all trits of the first packets of a trace, flattened, as in "
          "NetDiffusion's evaluation; and features that do not depend on where in a connection a "
          "capture begins: per column the share of packets that have it and in which it is 1, "
          "histograms of sizes and of gaps by direction, of burst lengths, and counts."),
        _("Classifiers are a decision tree, a random forest and a linear support vector machine. "
          "Captures, not traces, are divided: between the parts, between folds, and in the "
          "bootstrap. The cross-validation is on all real traces; everything else is asked about "
          "the real test part, which no synthetic set may have seen."),
        _("Mixtures are always of as many traces as the smaller of the real train part and the "
          "synthetic set has, with the classes in the same shares. Where real captures are scarce, "
          "the whole synthetic set is added to a few of each class; it was made by a generator "
          "that "
          "saw more of them, so this says what a generator trained elsewhere is worth, not that "
          "five captures suffice to train one."),
        _("Intervals are of 95%: of a cross-validation by Nadeau and Bengio's corrected variance "
          "(2003) over its folds, of all else by the percentile bootstrap (1,000 draws) over the "
          "captures asked about, with the mean over the seeds of what was right; ratios and "
          "differences are resampled in pairs. They do not cover another split, or another model "
          "trained with another seed."),
        _("Importance is what a feature takes away of Gini's impurity, summed over a header field, "
          "mean over trees and seeds. Overlap is the Jaccard index of the ten fields of most "
          "importance and of the hundred features of most importance."),
    };

    evaluate_page_element(page, "h2", _("Method"));
    for (guint i = 0; i < G_N_ELEMENTS(paragraphs); i++)
        evaluate_page_element(page, "p", paragraphs[i]);
    add_parameters(page);
}
