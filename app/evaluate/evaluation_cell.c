/* SPDX-License-Identifier: Apache-2.0 */
/* What a cell learns from and is asked about. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/evaluate/evaluation_plan.h"
#include "app/evaluate/learn/folds.h"
#include "app/trace/random.h"

/* To be raised with every change that gives other answers from the same files. */
enum { CELL_VERSION = 2 };

static guint64
round_seed(const EvaluationPlan *plan, int round)
{
    Random random = random_seeded(plan->options.seed + (guint64)round);

    return random_next(&random);
}

guint64
evaluation_cell_seed(const EvaluationPlan *plan, const EvaluationCell *cell)
{
    Random random = random_seeded(round_seed(plan, cell->round) ^ (guint64)(cell->step + 1));

    return random_next(&random);
}

static const int *
folds_of(const EvaluationPlan *plan, const EvaluationCell *cell)
{
    return plan->folds[cell->task * MAX(1, plan->options.n_repeats) + cell->round];
}

/* The samples of a set that have a class; of the real one, only those of a part (-1: all). */
static GArray *
list_samples(const EvaluationPlan *plan, int task, guint set, int part)
{
    const EvaluationData *data = plan->data;
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(int));

    for (int i = data->first[set]; i < data->first[set + 1]; i++) {
        const EvaluationTrace *trace =
            evaluation_set_trace(evaluation_data_set(data, set), (guint)(i - data->first[set]));

        if (plan->labels[task][i] >= 0 && (part < 0 || trace->part == (SplitPart)part))
            g_array_append_val(samples, i);
    }
    return samples;
}

/* Fold `step` of the real ones, or all but it. */
static GArray *
list_fold(const EvaluationPlan *plan, const EvaluationCell *cell, bool of_it)
{
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(int));
    const int *folds = folds_of(plan, cell);

    for (int i = 0; i < plan->data->first[1]; i++) {
        if (folds[i] >= 0 && (folds[i] == cell->step) == of_it)
            g_array_append_val(samples, i);
    }
    return samples;
}

/* --- mixtures --- */

typedef struct {
    int sample;
    double place; /* in its class, 0 to 1 */
    guint tie;
} Placed;

static int
compare_placed(const void *a_, const void *b_)
{
    const Placed *a = a_, *b = b_;

    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    return a->tie < b->tie ? -1 : a->tie > b->tie;
}

/* Into an order drawn from the seed of which every beginning has the classes in about the shares of
 * the whole. */
static void
shuffle_by_class(const EvaluationPlan *plan, int task, GArray *samples, guint64 seed)
{
    guint n_classes = evaluation_plan_task(plan, task)->classes->len;
    g_autofree guint *counts = g_new0(guint, n_classes + 1);
    g_autofree guint *seen = g_new0(guint, n_classes + 1);
    g_autofree Placed *placed = g_new(Placed, samples->len + 1);
    int *values = (int *)(void *)samples->data;
    Random random = random_seeded(seed);

    for (guint i = samples->len; i > 1; i--) {
        guint k = random_below(&random, i);
        int value = values[k];

        values[k] = values[i - 1];
        values[i - 1] = value;
    }
    for (guint i = 0; i < samples->len; i++)
        counts[plan->labels[task][values[i]]]++;
    for (guint i = 0; i < samples->len; i++) {
        int class = plan->labels[task][values[i]];

        placed[i] = (Placed){values[i], (seen[class]++ + 0.5) / counts[class], i};
    }
    qsort(placed, samples->len, sizeof *placed, compare_placed);
    for (guint i = 0; i < samples->len; i++)
        values[i] = placed[i].sample;
}

/* As many as the smaller of the two has, so that every step learns from the same number. */
static GArray *
list_mixture(const EvaluationPlan *plan, const EvaluationCell *cell)
{
    GArray *mixture = list_samples(plan, cell->task, 0, SPLIT_INTO_TRAIN);
    g_autoptr(GArray) drawn = list_samples(plan, cell->task, (guint)cell->set, -1);
    guint n = MIN(mixture->len, drawn->len);
    guint n_drawn = (n * (guint)cell->step + EVALUATION_TENTHS / 2) / EVALUATION_TENTHS;
    guint64 seed = round_seed(plan, cell->round);

    shuffle_by_class(plan, cell->task, mixture, seed);
    shuffle_by_class(plan, cell->task, drawn, seed + 1);
    g_array_set_size(mixture, n - n_drawn);
    g_array_append_vals(mixture, drawn->data, n_drawn);
    return mixture;
}

static GArray *
list_scarce(const EvaluationPlan *plan, const EvaluationCell *cell)
{
    g_autoptr(GArray) all = list_samples(plan, cell->task, 0, SPLIT_INTO_TRAIN);
    GArray *few = g_array_new(FALSE, FALSE, sizeof(int));
    g_autofree int *classes = g_new(int, all->len + 1), *captures = g_new(int, all->len + 1);
    g_autofree bool *chosen = g_new0(bool, all->len + 1);

    for (guint i = 0; i < all->len; i++) {
        classes[i] = plan->labels[cell->task][g_array_index(all, int, i)];
        captures[i] = plan->data->captures[g_array_index(all, int, i)];
    }
    folds_choose_groups(classes, captures, (int)all->len, plan->options.n_scarce,
                        round_seed(plan, cell->round), chosen);
    for (guint i = 0; i < all->len; i++) {
        if (chosen[i])
            g_array_append_val(few, g_array_index(all, int, i));
    }
    if (cell->protocol == PROTOCOL_SCARCE_BOTH) {
        g_autoptr(GArray) drawn = list_samples(plan, cell->task, (guint)cell->set, -1);

        g_array_append_vals(few, drawn->data, drawn->len);
    }
    return few;
}

GArray *
evaluation_cell_train(const EvaluationPlan *plan, const EvaluationCell *cell)
{
    switch (cell->protocol) {
    case PROTOCOL_CROSS_VALIDATION:
        return list_fold(plan, cell, false);
    case PROTOCOL_SYNTHETIC:
        return list_samples(plan, cell->task, (guint)cell->set, -1);
    case PROTOCOL_MIXTURE:
        return list_mixture(plan, cell);
    case PROTOCOL_SCARCE_REAL:
    case PROTOCOL_SCARCE_BOTH:
        return list_scarce(plan, cell);
    default:
        return list_samples(plan, cell->task, 0, SPLIT_INTO_TRAIN);
    }
}

GArray *
evaluation_cell_test(const EvaluationPlan *plan, const EvaluationCell *cell, guint set)
{
    bool whole = cell->protocol == PROTOCOL_REAL && cell->ablation == 0;

    if (set > 0 && (!whole || (set > 1 && cell->classifier != CLASSIFIER_FOREST)))
        return g_array_new(FALSE, FALSE, sizeof(int));
    if (cell->protocol == PROTOCOL_CROSS_VALIDATION)
        return list_fold(plan, cell, true);
    return list_samples(plan, cell->task, set, set == 0 ? SPLIT_INTO_TEST : -1);
}

/* --- names --- */

static void
sum_samples(const EvaluationPlan *plan, int task, const GArray *samples, GChecksum *sum)
{
    for (guint i = 0; i < samples->len; i++) {
        int sample = g_array_index(samples, int, i);
        g_autofree char *line =
            g_strdup_printf("%s %d\n", (const char *)plan->data->digests->pdata[sample],
                            plan->labels[task][sample]);

        g_checksum_update(sum, (const guchar *)line, -1);
    }
    g_checksum_update(sum, (const guchar *)"-\n", -1);
}

char *
evaluation_cell_key(const EvaluationPlan *plan, const EvaluationCell *cell)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autoptr(GArray) train = evaluation_cell_train(plan, cell);
    g_autofree char *head = g_strdup_printf(
        "torchlight %s cell %d\n%s %d\n%s %d %x\n%u classes\nseed %" G_GUINT64_FORMAT "\n",
        TORCHLIGHT_VERSION, CELL_VERSION, evaluation_features_name(cell->features),
        plan->data->n_packets, classifier_kind_name(cell->classifier),
        cell->classifier == CLASSIFIER_FOREST ? plan->options.n_trees : 0,
        (unsigned)evaluation_ablations()[cell->ablation].mask,
        evaluation_plan_task(plan, cell->task)->classes->len, evaluation_cell_seed(plan, cell));

    g_checksum_update(sum, (const guchar *)head, -1);
    sum_samples(plan, cell->task, train, sum);
    for (guint s = 0; s < plan->data->sets->len; s++) {
        g_autoptr(GArray) test = evaluation_cell_test(plan, cell, s);

        sum_samples(plan, cell->task, test, sum);
    }
    return g_strdup(g_checksum_get_string(sum));
}

char *
evaluation_cell_text(const EvaluationPlan *plan, const EvaluationCell *cell)
{
    g_autoptr(GString) text = g_string_new(evaluation_plan_task(plan, cell->task)->axis);

    g_string_append_printf(text, ", %s, %s, %s", evaluation_features_name(cell->features),
                           classifier_kind_name(cell->classifier),
                           evaluation_protocol_name(cell->protocol));
    if (cell->set > 0)
        g_string_append_printf(text, ", %s",
                               evaluation_data_set(plan->data, (guint)cell->set)->name);
    if (cell->protocol == PROTOCOL_MIXTURE)
        g_string_append_printf(text, " %d/%d", cell->step, EVALUATION_TENTHS);
    if (cell->ablation > 0)
        g_string_append_printf(text, _(", without %s"),
                               evaluation_ablations()[cell->ablation].name);
    return g_string_free(g_steal_pointer(&text), FALSE);
}
