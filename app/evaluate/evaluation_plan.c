/* SPDX-License-Identifier: Apache-2.0 */
/* Which cells there are. */
#include "app/evaluate/evaluation_plan.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/evaluate/learn/folds.h"

const char *
evaluation_protocol_name(EvaluationProtocol protocol)
{
    static const char *const names[N_PROTOCOLS] = {
        "cross-validation", "real", "synthetic", "mixture", "scarce-real", "scarce-both"};

    return names[protocol];
}

const EvaluationAblation *
evaluation_ablations(void)
{
    static const EvaluationAblation ablations[] = {
        {"none", FEATURE_MASK_NONE},
        {"ports", FEATURE_MASK_PORTS},
        {"checksums", FEATURE_MASK_CHECKSUMS},
        {"identification", FEATURE_MASK_IDENTIFICATION},
        {"ttl", FEATURE_MASK_TTL},
        {"all", FEATURE_MASK_PORTS | FEATURE_MASK_CHECKSUMS | FEATURE_MASK_IDENTIFICATION |
                    FEATURE_MASK_TTL},
        {NULL, FEATURE_MASK_NONE}};

    return ablations;
}

EvaluationOptions
evaluation_options_default(void)
{
    return (EvaluationOptions){.n_folds = 5,
                               .n_repeats = 2,
                               .n_rounds = 3,
                               .n_mixture_rounds = 3,
                               .n_scarce = 5,
                               .n_ablation_rounds = 1,
                               .n_trees = 100,
                               .seed = 1};
}

EvaluationOptions
evaluation_options_quick(void)
{
    return (EvaluationOptions){.classifiers = 1u << CLASSIFIER_FOREST,
                               .n_folds = 5,
                               .n_repeats = 1,
                               .n_rounds = 1,
                               .n_scarce = 5,
                               .n_trees = 100,
                               .seed = 1};
}

/* --- cells --- */

static bool
has(unsigned bits, int i)
{
    return bits == 0 || (bits >> i & 1);
}

static void
add(EvaluationPlan *plan, EvaluationCell cell)
{
    g_array_append_val(plan->cells, cell);
}

static void
add_rounds(EvaluationPlan *plan, EvaluationCell cell, int n_rounds)
{
    for (cell.round = 0; cell.round < n_rounds; cell.round++)
        add(plan, cell);
}

/* The first synthetic set, all of the protocol. */
static void
add_whole(EvaluationPlan *plan, EvaluationCell cell, bool can_fold)
{
    const EvaluationOptions *o = &plan->options;
    int drawn = plan->data->sets->len > 1;

    cell.protocol = PROTOCOL_REAL;
    add_rounds(plan, cell, o->n_rounds);
    cell.protocol = PROTOCOL_CROSS_VALIDATION;
    for (cell.step = 0; can_fold && cell.step < o->n_folds; cell.step++)
        add_rounds(plan, cell, o->n_repeats);
    cell.step = 0;
    cell.set = drawn;
    cell.protocol = PROTOCOL_SYNTHETIC;
    add_rounds(plan, cell, drawn ? o->n_rounds : 0);
    cell.protocol = PROTOCOL_SCARCE_BOTH;
    add_rounds(plan, cell, drawn && o->n_scarce > 0 ? o->n_rounds : 0);
    cell.protocol = PROTOCOL_MIXTURE;
    for (cell.step = 0; drawn && cell.step <= EVALUATION_TENTHS; cell.step++)
        add_rounds(plan, cell, o->n_mixture_rounds);
    cell.step = 0;
    cell.set = 0;
    cell.protocol = PROTOCOL_SCARCE_REAL;
    add_rounds(plan, cell, o->n_scarce > 0 ? o->n_rounds : 0);
}

static void
add_ablations(EvaluationPlan *plan, EvaluationCell cell)
{
    int n = plan->options.n_ablation_rounds;

    for (cell.ablation = 1; evaluation_ablations()[cell.ablation].name; cell.ablation++) {
        cell.set = 0;
        cell.protocol = PROTOCOL_REAL;
        add_rounds(plan, cell, n);
        cell.set = 1;
        cell.protocol = PROTOCOL_SYNTHETIC;
        add_rounds(plan, cell, plan->data->sets->len > 1 ? n : 0);
    }
}

/* --- tasks --- */

/* Classes of all samples; those of a set that has no word of the task are noted. */
static int *
label_all(EvaluationPlan *plan, const Vocabulary *vocabulary, const EvaluationTask *task)
{
    const EvaluationData *data = plan->data;
    int *labels = g_new(int, data->first[data->sets->len] + 1);

    for (guint s = 0; s < data->sets->len; s++) {
        const EvaluationSet *set = evaluation_data_set(data, s);
        g_autofree int *its = evaluation_task_labels(task, vocabulary, set);
        g_autofree bool *there = g_new0(bool, task->classes->len + 1);
        guint n_there = 0;

        for (int i = 0; i < evaluation_data_n(data, s); i++) {
            labels[data->first[s] + i] = its[i];
            n_there += its[i] >= 0 && !there[its[i]];
            if (its[i] >= 0)
                there[its[i]] = true;
        }
        if (!task->problem && n_there < task->classes->len)
            g_ptr_array_add(plan->notes,
                            g_strdup_printf(_("%s: “%s” has %u of %u classes; the test asks about "
                                              "all of them."),
                                            task->axis, set->name, n_there, task->classes->len));
    }
    return labels;
}

static int **
fold_slot(const EvaluationPlan *plan, int task, int repeat)
{
    return &plan->folds[task * MAX(1, plan->options.n_repeats) + repeat];
}

/* False, with a note, where there are fewer captures than folds. */
static bool
make_folds(EvaluationPlan *plan, int task)
{
    const EvaluationData *data = plan->data;
    g_autoptr(GArray) samples = g_array_new(FALSE, FALSE, sizeof(int));
    g_autofree int *classes = g_new(int, data->first[1] + 1);
    g_autofree int *captures = g_new(int, data->first[1] + 1);
    int worst = -1, n_thin;

    for (int i = 0; i < data->first[1]; i++) {
        if (plan->labels[task][i] < 0)
            continue;
        classes[samples->len] = plan->labels[task][i];
        captures[samples->len] = data->captures[i];
        g_array_append_val(samples, i);
    }
    for (int repeat = 0; repeat < plan->options.n_repeats; repeat++) {
        g_autoptr(GError) local = NULL;
        g_autofree int *folds =
            folds_stratified(classes, captures, (int)samples->len, plan->options.n_folds,
                             plan->options.seed + (guint64)repeat, &local);
        int **slot = fold_slot(plan, task, repeat);

        if (!folds) {
            g_ptr_array_add(plan->notes, g_strdup_printf(_("%s: no cross-validation: %s"),
                                                         evaluation_plan_task(plan, task)->axis,
                                                         local->message));
            return false;
        }
        *slot = g_new(int, data->first[1] + 1);
        for (int i = 0; i < data->first[1]; i++)
            (*slot)[i] = -1;
        for (guint i = 0; i < samples->len; i++)
            (*slot)[g_array_index(samples, int, i)] = folds[i];
    }
    n_thin =
        folds_thin_classes(classes, captures, (int)samples->len, plan->options.n_folds, &worst);
    if (n_thin > 0)
        g_ptr_array_add(
            plan->notes,
            g_strdup_printf(_("%s: %d classes have fewer captures than there are folds (“%s”): "
                              "some folds lack them."),
                            evaluation_plan_task(plan, task)->axis, n_thin,
                            (const char *)evaluation_plan_task(plan, task)->classes->pdata[worst]));
    return plan->options.n_repeats > 0;
}

static void
add_cells(EvaluationPlan *plan, int task, bool can_fold)
{
    const EvaluationOptions *o = &plan->options;
    EvaluationCell cell = {.task = task};

    for (int f = 0; f < N_EVALUATION_FEATURES; f++) {
        cell.features = (EvaluationFeatures)f;
        for (int c = 0; has(o->features, f) && c < N_CLASSIFIER_KINDS; c++) {
            cell.classifier = (ClassifierKind)c;
            if (has(o->classifiers, c))
                add_whole(plan, cell, can_fold);
            if (c != CLASSIFIER_FOREST)
                continue;
            for (guint s = 2; s < plan->data->sets->len; s++) {
                EvaluationCell other = cell;

                other.protocol = PROTOCOL_SYNTHETIC;
                other.set = (int)s;
                add_rounds(plan, other, o->n_rounds);
            }
            if (has(o->classifiers, c))
                add_ablations(plan, cell);
        }
    }
}

static bool
wants_axis(const EvaluationOptions *options, const char *axis)
{
    return !options->axes || g_strv_contains((const char *const *)options->axes, axis);
}

static void
add_tasks(EvaluationPlan *plan, const Vocabulary *vocabulary)
{
    g_autoptr(GPtrArray) axes = evaluation_axes(vocabulary);
    const EvaluationData *data = plan->data;
    const EvaluationSet *drawn = data->sets->len > 1 ? evaluation_data_set(data, 1) : NULL;

    for (guint i = 0; i < axes->len; i++) {
        if (wants_axis(&plan->options, axes->pdata[i]))
            g_ptr_array_add(plan->tasks, evaluation_task_new(vocabulary, axes->pdata[i],
                                                             evaluation_data_set(data, 0), drawn));
    }
    plan->labels = g_new0(int *, plan->tasks->len + 1);
    plan->folds = g_new0(int *, plan->tasks->len *MAX(1, plan->options.n_repeats) + 1);
    for (guint i = 0; i < plan->tasks->len; i++) {
        const EvaluationTask *task = plan->tasks->pdata[i];

        plan->labels[i] = label_all(plan, vocabulary, task);
        if (!task->problem)
            add_cells(plan, (int)i, make_folds(plan, (int)i));
    }
}

/* Of all tasks first what the summary tells: the forest before the others, ablations last. */
static int
rank(const EvaluationCell *cell)
{
    static const int by_protocol[N_PROTOCOLS] = {
        [PROTOCOL_REAL] = 0,        [PROTOCOL_SYNTHETIC] = 1,   [PROTOCOL_CROSS_VALIDATION] = 2,
        [PROTOCOL_SCARCE_REAL] = 3, [PROTOCOL_SCARCE_BOTH] = 4, [PROTOCOL_MIXTURE] = 5};

    return (cell->ablation > 0) * 100 + by_protocol[cell->protocol] * 10 +
           (cell->classifier != CLASSIFIER_FOREST);
}

static int
compare_cells(const void *a, const void *b)
{
    return rank(a) - rank(b);
}

EvaluationPlan *
evaluation_plan_new(const EvaluationData *data, const Vocabulary *vocabulary,
                    const EvaluationOptions *options)
{
    EvaluationPlan *plan = g_new0(EvaluationPlan, 1);

    plan->data = data;
    plan->options = *options;
    plan->tasks = g_ptr_array_new_with_free_func((GDestroyNotify)evaluation_task_free);
    plan->cells = g_array_new(FALSE, FALSE, sizeof(EvaluationCell));
    plan->notes = g_ptr_array_new_with_free_func(g_free);
    add_tasks(plan, vocabulary);
    g_array_sort(plan->cells, compare_cells); /* stable */
    return plan;
}

void
evaluation_plan_free(EvaluationPlan *plan)
{
    if (!plan)
        return;
    for (guint i = 0; i < plan->tasks->len; i++) {
        g_free(plan->labels[i]);
        for (int repeat = 0; repeat < plan->options.n_repeats; repeat++)
            g_free(*fold_slot(plan, (int)i, repeat));
    }
    g_free(plan->labels);
    g_free(plan->folds);
    g_ptr_array_unref(plan->tasks);
    g_array_unref(plan->cells);
    g_ptr_array_unref(plan->notes);
    g_free(plan);
}
