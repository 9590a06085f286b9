/* SPDX-License-Identifier: Apache-2.0 */
/* The figures of the protocol: accuracies, mixtures, scarce data, ablations, what forests look at,
 * confusions. */
#include <glib/gi18n-lib.h>

#include "app/evaluate/evaluation_report.h"

enum { TOP_FIELDS = 15 };

#define PROTOCOL_SOURCE                                                                            \
    "Jiang et al., NetDiffusion: Network Data Augmentation Through Protocol-Constrained Traffic "  \
    "Generation, 2024"

static const char *
features_title(int features)
{
    return features == EVALUATION_FLATTENED ? _("all trits") : _("order-free features");
}

static int
n_tasks(const EvaluationReport *report)
{
    return (int)report->plan->tasks->len;
}

static bool
is_asked(const EvaluationReport *report, int task)
{
    return !evaluation_plan_task(report->plan, task)->problem;
}

static const char *
axis_of(const EvaluationReport *report, int task)
{
    return evaluation_plan_task(report->plan, task)->axis;
}

static const EvaluationResult *
find(const EvaluationReport *report, EvaluationCell cell)
{
    cell.classifier = CLASSIFIER_FOREST;
    return evaluation_results_find(report->results, cell, 0);
}

static void
add_accuracy(FigureSeries *series, double x, const EvaluationResult *result)
{
    if (result)
        figure_series_add(series, x, result->accuracy.mean, result->accuracy.low,
                          result->accuracy.high);
    else
        figure_series_add(series, x, NAN, NAN, NAN);
}

/* Left out where it would be empty. */
static void
take_figure(EvaluationReport *report, Figure *figure)
{
    bool any = false;

    for (guint s = 0; s < figure->series->len; s++) {
        const FigureSeries *series = figure_series(figure, s);

        for (guint i = 0; i < series->y->len; i++)
            any = any || !isnan(figure_at(series->y, i));
    }
    if (any)
        g_ptr_array_add(report->figures->figures, figure);
    else
        figure_free(figure);
}

static Figure *
new_figure(const char *id, const char *of, FigureKind kind, const char *title,
           const char *explanation)
{
    g_autofree char *whole = of ? g_strdup_printf("%s-%s", id, of) : g_strdup(id);
    Figure *figure = figure_new(whole, kind, title);

    figure_explain(figure, explanation, PROTOCOL_SOURCE);
    return figure;
}

static void
name_tasks(const EvaluationReport *report, Figure *figure)
{
    for (int task = 0; task < n_tasks(report); task++) {
        if (is_asked(report, task))
            figure_axis_add_name(&figure->x, axis_of(report, task));
    }
    figure_axis_label(&figure->y, _("Accuracy"), "");
    figure->y.min = 0;
    figure->y.max = 1;
}

/* --- accuracies --- */

static void
add_by_task(const EvaluationReport *report, Figure *figure, const char *name, EvaluationCell cell)
{
    FigureSeries *series = figure_add_series(figure, name, "");

    for (cell.task = 0; cell.task < n_tasks(report); cell.task++) {
        if (is_asked(report, cell.task))
            add_accuracy(series, NAN, find(report, cell));
    }
}

static void
draw_accuracy(EvaluationReport *report, EvaluationFeatures features)
{
    g_autofree char *title =
        g_strdup_printf(_("Accuracy on real test traces, %s"), features_title(features));
    Figure *figure = new_figure(
        "accuracy", evaluation_features_name(features), FIGURE_BARS, title,
        _("A random forest that never saw a real trace should be right as often as one that did."));

    name_tasks(report, figure);
    add_by_task(report, figure, _("Trained on real (train part)"),
                (EvaluationCell){.protocol = PROTOCOL_REAL, .features = features});
    for (guint s = 1; s < report->data->sets->len; s++) {
        g_autofree char *name =
            g_strdup_printf(_("Trained on %s"), evaluation_data_set(report->data, s)->name);

        add_by_task(
            report, figure, name,
            (EvaluationCell){.protocol = PROTOCOL_SYNTHETIC, .features = features, .set = (int)s});
    }
    take_figure(report, figure);
}

static void
draw_mixtures(EvaluationReport *report, EvaluationFeatures features)
{
    g_autofree char *title =
        g_strdup_printf(_("Mixtures of real and synthetic, %s"), features_title(features));
    Figure *figure = new_figure(
        "mixtures", evaluation_features_name(features), FIGURE_CURVE, title,
        _("A forest learns from always as many traces, of which more and more are synthetic; a "
          "level line says that they are as good as real ones."));

    figure_axis_label(&figure->x, _("Synthetic share"), "");
    figure_axis_label(&figure->y, _("Accuracy"), "");
    figure->y.min = 0;
    figure->y.max = 1;
    for (int task = 0; task < n_tasks(report); task++) {
        FigureSeries *series;

        if (!is_asked(report, task))
            continue;
        series = figure_add_series(figure, axis_of(report, task), "");
        for (int step = 0; step <= EVALUATION_TENTHS; step++)
            add_accuracy(series, (double)step / EVALUATION_TENTHS,
                         find(report, (EvaluationCell){.protocol = PROTOCOL_MIXTURE,
                                                       .task = task,
                                                       .features = features,
                                                       .set = 1,
                                                       .step = step}));
    }
    take_figure(report, figure);
}

static void
draw_scarce(EvaluationReport *report, EvaluationFeatures features)
{
    g_autofree char *title =
        g_strdup_printf(_("%d real captures a class, %s"), report->plan->options.n_scarce,
                        features_title(features));
    Figure *figure = new_figure("scarce", evaluation_features_name(features), FIGURE_BARS, title,
                                _("What synthetic traces add where real captures are few."));

    name_tasks(report, figure);
    add_by_task(report, figure, _("Real alone"),
                (EvaluationCell){.protocol = PROTOCOL_SCARCE_REAL, .features = features});
    add_by_task(report, figure, _("Real and synthetic"),
                (EvaluationCell){.protocol = PROTOCOL_SCARCE_BOTH, .features = features, .set = 1});
    take_figure(report, figure);
}

/* --- ablations --- */

/* Mean over the axes, without interval: the table has each of them. */
static double
mean_of_tasks(const EvaluationReport *report, EvaluationCell cell)
{
    double sum = 0;
    int n = 0;

    for (cell.task = 0; cell.task < n_tasks(report); cell.task++) {
        const EvaluationResult *result = find(report, cell);

        if (result) {
            sum += result->accuracy.mean;
            n++;
        }
    }
    return n > 0 ? sum / n : (double)NAN;
}

static void
draw_ablations(EvaluationReport *report, EvaluationFeatures features)
{
    g_autofree char *title =
        g_strdup_printf(_("Without what names a host, %s"), features_title(features));
    Figure *figure = new_figure(
        "ablations", evaluation_features_name(features), FIGURE_BARS, title,
        _("Mean accuracy over the axes when fields are kept from the forest that name a host or a "
          "moment rather than a kind of traffic: what falls stood on them."));
    FigureSeries *real = figure_add_series(figure, _("Trained on real"), "");
    FigureSeries *drawn = report->data->sets->len > 1
                              ? figure_add_series(figure, _("Trained on synthetic"), "")
                              : NULL;
    bool any = false;

    figure_axis_label(&figure->y, _("Accuracy"), "");
    figure->y.min = 0;
    figure->y.max = 1;
    for (int i = 0; evaluation_ablations()[i].name; i++) {
        EvaluationCell cell = {.protocol = PROTOCOL_REAL, .features = features, .ablation = i};
        double value = mean_of_tasks(report, cell);

        any = any || (i > 0 && !isnan(value));
        figure_axis_add_name(&figure->x, evaluation_ablations()[i].name);
        figure_series_add(real, NAN, value, NAN, NAN);
        cell.protocol = PROTOCOL_SYNTHETIC;
        cell.set = 1;
        if (drawn)
            figure_series_add(drawn, NAN, mean_of_tasks(report, cell), NAN, NAN);
    }
    if (any)
        take_figure(report, figure);
    else
        figure_free(figure);
}

/* --- importance --- */

typedef struct {
    int group;
    double share;
} Ranked;

static int
compare_ranked(const void *a_, const void *b_)
{
    const Ranked *a = a_, *b = b_;

    if (a->share != b->share)
        return a->share > b->share ? -1 : 1;
    return a->group - b->group;
}

static void
draw_importance(EvaluationReport *report, int task, EvaluationFeatures features)
{
    double real[N_FEATURE_GROUPS], drawn[N_FEATURE_GROUPS];
    g_autofree char *of =
        g_strdup_printf("%s-%s", axis_of(report, task), evaluation_features_name(features));
    g_autofree char *title = g_strdup_printf(_("What forests look at: %s, %s"),
                                             axis_of(report, task), features_title(features));
    Ranked ranked[N_FEATURE_GROUPS];
    bool has_drawn;
    Figure *figure;
    FigureSeries *series[2] = {NULL, NULL};

    if (!evaluation_results_importance(report->results, task, features, 0, real))
        return;
    has_drawn = report->data->sets->len > 1 &&
                evaluation_results_importance(report->results, task, features, 1, drawn);
    for (int i = 0; i < N_FEATURE_GROUPS; i++)
        ranked[i] = (Ranked){i, real[i] + (has_drawn ? drawn[i] : 0)};
    qsort(ranked, N_FEATURE_GROUPS, sizeof *ranked, compare_ranked);
    figure = new_figure("importance", of, FIGURE_BARS, title,
                        _("Share of a header field, or of another group of features, in what the "
                          "forest decides by; the two should look at the same things."));
    figure_axis_label(&figure->y, _("Share of importance"), "");
    figure->y.min = 0;
    series[0] = figure_add_series(figure, _("Trained on real"), "");
    series[1] = has_drawn ? figure_add_series(figure, _("Trained on synthetic"), "") : NULL;
    for (int i = 0; i < TOP_FIELDS && ranked[i].share > 0; i++) {
        figure_axis_add_name(&figure->x, feature_group_name(ranked[i].group));
        figure_series_add(series[0], NAN, real[ranked[i].group], NAN, NAN);
        if (has_drawn)
            figure_series_add(series[1], NAN, drawn[ranked[i].group], NAN, NAN);
    }
    take_figure(report, figure);
}

/* --- confusions --- */

static void
draw_confusion(EvaluationReport *report, const EvaluationResult *result)
{
    const EvaluationTask *task = evaluation_plan_task(report->plan, result->cell.task);
    bool drawn = result->cell.protocol == PROTOCOL_SYNTHETIC;
    g_autofree char *of =
        g_strdup_printf("%s-%s-%s", task->axis, evaluation_features_name(result->cell.features),
                        drawn ? "synthetic" : "real");
    g_autofree char *title =
        g_strdup_printf(drawn ? _("Trained on synthetic, what real traces are taken for: %s, %s")
                              : _("Trained on real, what real traces are taken for: %s, %s"),
                        task->axis, features_title(result->cell.features));
    Figure *figure = new_figure("confusion", of, FIGURE_HEAT_MAP, title,
                                _("A row is what traces are, a column what the forest says; shares "
                                  "of the row, over the seeds."));

    figure_axis_label(&figure->y, _("Truth"), "");
    figure_axis_label(&figure->x, _("Said"), "");
    for (int i = 0; i < result->n_classes; i++) {
        figure_axis_add_name(&figure->x, task->classes->pdata[i]);
        figure_axis_add_name(&figure->y, task->classes->pdata[i]);
    }
    for (int i = 0; i < result->n_classes; i++) {
        FigureSeries *series = figure_add_series(figure, task->classes->pdata[i], "");
        const guint64 *row = result->confusion + i * result->n_classes;
        double sum = 0;

        for (int k = 0; k < result->n_classes; k++)
            sum += row[k];
        for (int k = 0; k < result->n_classes; k++)
            figure_series_add(series, NAN, sum > 0 ? row[k] / sum : (double)NAN, NAN, NAN);
    }
    take_figure(report, figure);
}

static void
draw_confusions(EvaluationReport *report, int task, EvaluationFeatures features)
{
    const EvaluationCell cells[] = {
        {.protocol = PROTOCOL_SYNTHETIC, .task = task, .features = features, .set = 1},
        {.protocol = PROTOCOL_REAL, .task = task, .features = features}};

    for (guint i = 0; i < G_N_ELEMENTS(cells); i++) {
        const EvaluationResult *result = find(report, cells[i]);

        if (result)
            draw_confusion(report, result);
    }
}

/* --- fields --- */

static const EvaluationMeasure *
find_field(const EvaluationReport *report, guint set, int field)
{
    g_autofree char *id = g_strconcat("jensen-shannon:", field_table[field].name, NULL);

    return evaluation_report_find(report, set, id);
}

/* The fields in which the first synthetic set is farthest from real, beside the others and the
 * floor. */
static void
draw_fields(EvaluationReport *report)
{
    Ranked ranked[N_FIELDS];
    Figure *figure;
    FigureSeries *series;
    guint n = report->data->sets->len;

    if (n < 2)
        return;
    for (int field = 0; field < N_FIELDS; field++) {
        const EvaluationMeasure *measure = find_field(report, 1, field);

        ranked[field] = (Ranked){field, measure ? measure->value : -1};
    }
    qsort(ranked, N_FIELDS, sizeof *ranked, compare_ranked);
    figure = figure_new("fields", FIGURE_BARS, _("Header fields that are farthest from real"));
    figure_explain(figure,
                   _("Jensen–Shannon divergence of a field's values from those of real test "
                     "traces; the last bar is how far real traces are from each other."),
                   "J. Lin, Divergence measures based on the Shannon entropy, 1991");
    figure_axis_label(&figure->y, _("Divergence"), "bit");
    figure->y.min = 0;
    for (guint s = 1; s <= n; s++) {
        series = figure_add_series(
            figure, s < n ? evaluation_data_set(report->data, s)->name : _("Real against real"),
            "");
        for (int i = 0; i < TOP_FIELDS && ranked[i].share >= 0; i++) {
            const EvaluationMeasure *m = find_field(report, s < n ? s : 1, ranked[i].group);

            if (s == 1)
                figure_axis_add_name(&figure->x, field_table[ranked[i].group].name);
            figure_series_add(series, NAN,
                              !m      ? (double)NAN
                              : s < n ? m->value
                                      : m->floor,
                              !m      ? (double)NAN
                              : s < n ? m->low
                                      : m->floor_low,
                              !m      ? (double)NAN
                              : s < n ? m->high
                                      : m->floor_high);
        }
    }
    take_figure(report, figure);
}

void
evaluation_report_draw(EvaluationReport *report)
{
    for (int f = 0; f < N_EVALUATION_FEATURES; f++)
        draw_accuracy(report, (EvaluationFeatures)f);
    for (int f = 0; f < N_EVALUATION_FEATURES; f++)
        draw_mixtures(report, (EvaluationFeatures)f);
    for (int f = 0; f < N_EVALUATION_FEATURES; f++)
        draw_scarce(report, (EvaluationFeatures)f);
    for (int f = 0; f < N_EVALUATION_FEATURES; f++)
        draw_ablations(report, (EvaluationFeatures)f);
    draw_fields(report);
    for (int task = 0; task < n_tasks(report); task++) {
        for (int f = 0; f < N_EVALUATION_FEATURES; f++)
            draw_importance(report, task, (EvaluationFeatures)f);
    }
    for (int task = 0; task < n_tasks(report); task++) {
        for (int f = 0; f < N_EVALUATION_FEATURES; f++)
            draw_confusions(report, task, (EvaluationFeatures)f);
    }
}
