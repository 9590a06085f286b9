/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the page: everything that the protocol found, and the numbers of the sets. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/jobs/evaluate_page.h"

static const char *
axis_of(const EvaluatePage *page, int task)
{
    return evaluation_plan_task(page->report->plan, task)->axis;
}

static void
add_result(EvaluatePage *page, EvaluationCell cell, int tested)
{
    const EvaluationResult *result = evaluation_results_find(page->report->results, cell, tested);
    const Interval none = {NAN, NAN, NAN, NAN, 0};
    const Interval *accuracy = result ? &result->accuracy : &none;

    evaluate_page_number(page, accuracy->mean, accuracy->low, accuracy->high);
}

static void
add_f1(EvaluatePage *page, EvaluationCell cell)
{
    const EvaluationResult *result = evaluation_results_find(page->report->results, cell, 0);

    evaluate_page_number(page, result ? result->macro_f1.mean : (double)NAN, NAN, NAN);
}

static EvaluationCell
with(EvaluationCell cell, EvaluationProtocol protocol, int set, int step)
{
    cell.protocol = protocol;
    cell.set = set;
    cell.step = step;
    return cell;
}

static void
add_ratio(EvaluatePage *page, EvaluationCell cell)
{
    const EvaluationResults *results = page->report->results;
    Interval ratio = evaluation_result_ratio(
        evaluation_results_find(results, with(cell, PROTOCOL_SYNTHETIC, cell.set, 0), 0),
        evaluation_results_find(results, with(cell, PROTOCOL_REAL, 0, 0), 0));

    evaluate_page_number(page, ratio.mean, ratio.low, ratio.high);
}

typedef void (*RowFunc)(EvaluatePage *page, EvaluationCell cell);

/* A row for each axis, features and classifier that has cells; those of a set. */
static void
add_rows(EvaluatePage *page, EvaluationCell cell, bool forest_only, RowFunc row)
{
    const EvaluationResults *results = page->report->results;

    for (cell.task = 0; cell.task < (int)page->report->plan->tasks->len; cell.task++) {
        for (int f = 0; f < N_EVALUATION_FEATURES; f++) {
            cell.features = (EvaluationFeatures)f;
            for (int c = 0; c < N_CLASSIFIER_KINDS; c++) {
                cell.classifier = (ClassifierKind)c;
                if ((forest_only && c != CLASSIFIER_FOREST) ||
                    !evaluation_results_find(results, cell, 0))
                    continue;
                g_string_append(page->html, "<tr>");
                evaluate_page_element(page, "th scope=\"row\"", axis_of(page, cell.task));
                evaluate_page_element(page, "td", evaluation_features_name(f));
                evaluate_page_element(page, "td", classifier_kind_name(cell.classifier));
                row(page, cell);
                g_string_append(page->html, "</tr>\n");
            }
        }
    }
}

/* --- the first set, and real traces --- */

static void
accuracy_row(EvaluatePage *page, EvaluationCell cell)
{
    bool drawn = page->report->data->sets->len > 1;

    add_result(page, with(cell, PROTOCOL_CROSS_VALIDATION, 0, 0), 0);
    add_result(page, with(cell, PROTOCOL_REAL, 0, 0), 0);
    add_f1(page, with(cell, PROTOCOL_REAL, 0, 0));
    if (!drawn)
        return;
    add_result(page, with(cell, PROTOCOL_SYNTHETIC, 1, 0), 0);
    add_f1(page, with(cell, PROTOCOL_SYNTHETIC, 1, 0));
    add_ratio(page, with(cell, PROTOCOL_SYNTHETIC, 1, 0));
    add_result(page, with(cell, PROTOCOL_REAL, 0, 0), 1);
}

static void
add_accuracies(EvaluatePage *page)
{
    const char *const columns[] = {_("Axis"),
                                   _("Features"),
                                   _("Classifier"),
                                   _("Real, cross-validated"),
                                   _("Real → real test"),
                                   _("macro F1"),
                                   page->report->data->sets->len > 1 ? _("Synthetic → real test")
                                                                     : NULL,
                                   _("macro F1"),
                                   _("Of real"),
                                   _("Real → synthetic"),
                                   NULL};

    evaluate_page_begin_table(page, _("Accuracy of every classifier"), columns);
    add_rows(page, (EvaluationCell){.protocol = PROTOCOL_REAL}, false, accuracy_row);
    evaluate_page_end_table(page);
}

static void
mixture_row(EvaluatePage *page, EvaluationCell cell)
{
    for (int step = 0; step <= EVALUATION_TENTHS; step++) {
        const EvaluationResult *result = evaluation_results_find(
            page->report->results, with(cell, PROTOCOL_MIXTURE, 1, step), 0);

        evaluate_page_number(page, result ? result->accuracy.mean : (double)NAN, NAN, NAN);
    }
}

static void
add_mixtures(EvaluatePage *page)
{
    const char *const columns[] = {_("Axis"), _("Features"), _("Classifier"), "0%",   "10%",
                                   "20%",     "30%",         "40%",           "50%",  "60%",
                                   "70%",     "80%",         "90%",           "100%", NULL};

    evaluate_page_begin_table(page, _("Accuracy by the share of synthetic traces"), columns);
    add_rows(page, (EvaluationCell){.protocol = PROTOCOL_MIXTURE, .set = 1}, false, mixture_row);
    evaluate_page_end_table(page);
}

static void
scarce_row(EvaluatePage *page, EvaluationCell cell)
{
    const EvaluationResults *results = page->report->results;
    Interval gain = evaluation_result_difference(
        evaluation_results_find(results, with(cell, PROTOCOL_SCARCE_BOTH, 1, 0), 0),
        evaluation_results_find(results, with(cell, PROTOCOL_SCARCE_REAL, 0, 0), 0));

    add_result(page, with(cell, PROTOCOL_SCARCE_REAL, 0, 0), 0);
    add_result(page, with(cell, PROTOCOL_SCARCE_BOTH, 1, 0), 0);
    evaluate_page_number(page, gain.mean, gain.low, gain.high);
}

static void
add_scarce(EvaluatePage *page)
{
    const char *const columns[] = {
        _("Axis"), _("Features"), _("Classifier"), _("Real alone"), _("Real and synthetic"),
        _("Gain"), NULL};
    g_autofree char *title = g_strdup_printf(_("Where there are %d real captures a class"),
                                             page->report->plan->options.n_scarce);

    evaluate_page_begin_table(page, title, columns);
    add_rows(page, (EvaluationCell){.protocol = PROTOCOL_SCARCE_REAL}, false, scarce_row);
    evaluate_page_end_table(page);
}

static void
ablation_row(EvaluatePage *page, EvaluationCell cell)
{
    for (int i = 0; evaluation_ablations()[i].name; i++) {
        cell.ablation = i;
        add_result(page, with(cell, PROTOCOL_REAL, 0, 0), 0);
        if (page->report->data->sets->len > 1)
            add_result(page, with(cell, PROTOCOL_SYNTHETIC, 1, 0), 0);
    }
}

static void
add_ablations(EvaluatePage *page)
{
    g_autoptr(GPtrArray) columns = g_ptr_array_new_with_free_func(g_free);

    g_ptr_array_add(columns, g_strdup(_("Axis")));
    g_ptr_array_add(columns, g_strdup(_("Features")));
    g_ptr_array_add(columns, g_strdup(_("Classifier")));
    for (int i = 0; evaluation_ablations()[i].name; i++) {
        const char *name = evaluation_ablations()[i].name;

        g_ptr_array_add(columns, g_strdup_printf(_("without %s: real"), name));
        if (page->report->data->sets->len > 1)
            g_ptr_array_add(columns, g_strdup_printf(_("without %s: synthetic"), name));
    }
    g_ptr_array_add(columns, NULL);
    evaluate_page_begin_table(page, _("Accuracy without what names a host or a moment"),
                              (const char *const *)columns->pdata);
    add_rows(page, (EvaluationCell){.protocol = PROTOCOL_REAL, .ablation = 1}, true, ablation_row);
    evaluate_page_end_table(page);
}

/* --- all sets --- */

static void
add_set_axis(EvaluatePage *page, int set, int task, EvaluationFeatures features)
{
    const EvaluationCell cell = {.protocol = PROTOCOL_SYNTHETIC,
                                 .task = task,
                                 .features = features,
                                 .classifier = CLASSIFIER_FOREST,
                                 .set = set};

    if (!evaluation_results_find(page->report->results, cell, 0))
        return;
    g_string_append(page->html, "<tr>");
    evaluate_page_element(page, "th scope=\"row\"",
                          evaluation_data_set(page->report->data, (guint)set)->name);
    evaluate_page_element(page, "td", axis_of(page, task));
    evaluate_page_element(page, "td", evaluation_features_name(features));
    add_result(page, cell, 0);
    add_f1(page, cell);
    add_ratio(page, cell);
    add_result(page, with(cell, PROTOCOL_REAL, 0, 0), set);
    g_string_append(page->html, "</tr>\n");
}

static void
add_sets(EvaluatePage *page)
{
    const char *const columns[] = {_("Set"),      _("Axis"),    _("Features"),   _("Accuracy"),
                                   _("macro F1"), _("Of real"), _("Real → set"), NULL};

    evaluate_page_begin_table(page, _("Forests that learned from each set, on the real test part"),
                              columns);
    for (int set = 1; set < (int)page->report->data->sets->len; set++) {
        for (int task = 0; task < (int)page->report->plan->tasks->len; task++) {
            for (int f = 0; f < N_EVALUATION_FEATURES; f++)
                add_set_axis(page, set, task, (EvaluationFeatures)f);
        }
    }
    evaluate_page_end_table(page);
}

static void
add_overlap_row(EvaluatePage *page, int task, EvaluationFeatures features, int set)
{
    ImportanceOverlap overlap =
        evaluation_results_overlap(page->report->results, task, features, set);

    if (isnan(overlap.fields) && isnan(overlap.rank))
        return;
    g_string_append(page->html, "<tr>");
    evaluate_page_element(page, "th scope=\"row\"", axis_of(page, task));
    evaluate_page_element(page, "td", evaluation_features_name(features));
    evaluate_page_element(page, "td",
                          set == 0 ? _("real, another seed")
                                   : evaluation_data_set(page->report->data, (guint)set)->name);
    evaluate_page_number(page, overlap.fields, NAN, NAN);
    evaluate_page_number(page, overlap.rank, NAN, NAN);
    evaluate_page_number(page, overlap.features, NAN, NAN);
    g_string_append(page->html, "</tr>\n");
}

static void
add_overlaps(EvaluatePage *page)
{
    const char *const columns[] = {_("Axis"),
                                   _("Features"),
                                   _("Learned from"),
                                   _("Ten fields"),
                                   _("Rank correlation"),
                                   _("Hundred features"),
                                   NULL};

    evaluate_page_begin_table(page, _("What forests look at: overlap with those of real traces"),
                              columns);
    for (int task = 0; task < (int)page->report->plan->tasks->len; task++) {
        for (int f = 0; f < N_EVALUATION_FEATURES; f++) {
            for (int set = 0; set < (int)page->report->data->sets->len; set++)
                add_overlap_row(page, task, (EvaluationFeatures)f, set);
        }
    }
    evaluate_page_end_table(page);
}

void
evaluate_page_add_tables(EvaluatePage *page)
{
    bool drawn = page->report->data->sets->len > 1;

    add_accuracies(page);
    if (drawn)
        add_sets(page);
    if (drawn && page->report->plan->options.n_mixture_rounds > 0)
        add_mixtures(page);
    if (drawn && page->report->plan->options.n_scarce > 0)
        add_scarce(page);
    if (page->report->plan->options.n_ablation_rounds > 0)
        add_ablations(page);
    add_overlaps(page);
}

/* --- numbers --- */

static void
add_measure_row(EvaluatePage *page, const EvaluationMeasure *measure)
{
    g_string_append(page->html, "<tr>");
    evaluate_page_element(page, "th scope=\"row\"", measure->label);
    evaluate_page_element(page, "td", *measure->class ? measure->class : _("all"));
    evaluate_page_number(page, measure->value, measure->low, measure->high);
    evaluate_page_number(page, measure->floor, measure->floor_low, measure->floor_high);
    evaluate_page_element(page, "td", measure->unit);
    g_string_append(page->html, "</tr>\n");
}

/* Of a field, a check, a class: there are hundreds of them. */
static bool
is_of_one(const EvaluationMeasure *measure)
{
    return *measure->class || strchr(measure->id, ':');
}

static void
add_measure_table(EvaluatePage *page, guint s, const char *title, bool of_one)
{
    const char *const columns[] = {_("Measure"),           _("Class"), _("Value"),
                                   _("Real against real"), _("Unit"),  NULL};
    const GPtrArray *measures = evaluation_report_set(page->report, s)->measures;

    evaluate_page_begin_table(page, title, columns);
    for (guint i = 0; i < measures->len; i++) {
        if (is_of_one(measures->pdata[i]) == of_one)
            add_measure_row(page, measures->pdata[i]);
    }
    evaluate_page_end_table(page);
}

void
evaluate_page_add_measures(EvaluatePage *page)
{
    for (guint s = 0; s < page->report->sets->len; s++) {
        const char *name = evaluation_data_set(page->report->data, s)->name;
        g_autofree char *title = g_strdup_printf(_("%s in numbers"), name);
        g_autofree char *more = g_strdup_printf(_("%s, by field and by class"), name);

        if (evaluation_report_set(page->report, s)->measures->len == 0)
            continue;
        add_measure_table(page, s, title, false);
        g_string_append(page->html, "<details><summary>");
        evaluate_page_text(page, more);
        g_string_append(page->html, "</summary>");
        add_measure_table(page, s, more, true);
        g_string_append(page->html, "</details>\n");
    }
}
