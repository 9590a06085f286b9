/* SPDX-License-Identifier: Apache-2.0 */
/* Trees side by side, each from a seed of its own. */
#include "app/evaluate/learn/forest.h"

#include <math.h>
#include <string.h>

#include "app/evaluate/learn/tree_grow.h"

typedef struct {
    const TrainView *view;
    TreeOptions tree;
    Forest *forest;
} Growth;

typedef struct {
    const Forest *forest;
    const FeatureMatrix *matrix;
    const int *samples;
    double *probabilities;
} Question;

static Random
random_of_tree(guint64 seed, int tree)
{
    Random random = random_seeded(seed);

    random = random_seeded(random_next(&random) + (guint64)tree);
    return random_seeded(random_next(&random));
}

/* As many draws as there are samples; weights by place. */
static void
draw_bootstrap(const TrainView *view, Random *random, int *weights)
{
    memset(weights, 0, view->n * sizeof *weights);
    for (int i = 0; i < view->n; i++)
        weights[random_below(random, view->n)]++;
}

static void
grow_one(int i, int thread, gpointer data)
{
    Growth *growth = data;
    Random random = random_of_tree(growth->tree.seed, i);
    g_autofree int *weights = g_new(int, growth->view->n);

    draw_bootstrap(growth->view, &random, weights);
    growth->forest->trees[i] = tree_grow(growth->view, weights, &growth->tree, &random, NULL, NULL);
}

static void
ask_out_of_bag(const TrainView *view, const LearnSet *set, guint64 seed, Forest *forest)
{
    size_t n = (size_t)set->n * forest->n_classes;
    g_autofree int *weights = g_new(int, view->n);
    g_autofree int *n_asked = g_new0(int, view->n);

    forest->oob = g_new0(double, n);
    for (int i = 0; i < forest->n_trees; i++) {
        Random random = random_of_tree(seed, i);

        draw_bootstrap(view, &random, weights);
        for (int place = 0; place < view->n; place++) {
            int at = view->order[place];
            const float *leaf;

            if (weights[place] > 0)
                continue;
            leaf = tree_leaf(forest->trees[i], set->matrix, set->samples[at]);
            for (int k = 0; k < forest->n_classes; k++)
                forest->oob[(size_t)at * forest->n_classes + k] += leaf[k];
            n_asked[at]++;
        }
    }
    for (int at = 0; at < set->n; at++) {
        for (int k = 0; k < forest->n_classes; k++) {
            double *value = &forest->oob[(size_t)at * forest->n_classes + k];

            *value = n_asked[at] > 0 ? *value / n_asked[at] : NAN;
        }
    }
}

Forest *
forest_fit(const LearnSet *set, const ForestOptions *options, const LearnWatch *watch,
           GError **error)
{
    g_autoptr(TrainView) view = train_view_new(set, options->mask, watch, error);
    g_autoptr(Forest) forest = NULL;
    Growth growth = {view};

    if (!view)
        return NULL;
    forest = g_new0(Forest, 1);
    forest->n_classes = set->n_classes;
    forest->n_trees = options->n_trees > 0 ? options->n_trees : 100;
    forest->trees = g_new0(Tree *, forest->n_trees);
    growth.forest = forest;
    growth.tree = (TreeOptions){.max_features = options->max_features,
                                .max_depth = options->max_depth,
                                .min_leaf = options->min_leaf,
                                .seed = options->seed};
    if (options->max_features == 0)
        growth.tree.max_features = MAX(1, (int)sqrt(view->n_allowed));
    if (!learn_in_parallel(forest->n_trees, watch, grow_one, &growth, error))
        return NULL;
    ask_out_of_bag(view, set, options->seed, forest);
    return g_steal_pointer(&forest);
}

void
forest_free(Forest *forest)
{
    if (!forest)
        return;
    for (int i = 0; i < forest->n_trees; i++)
        tree_free(forest->trees[i]);
    g_free(forest->trees);
    g_free(forest->oob);
    g_free(forest);
}

static void
ask(int i, int thread, gpointer data)
{
    const Question *question = data;
    const Forest *forest = question->forest;
    double *sums = question->probabilities + (size_t)i * forest->n_classes;

    memset(sums, 0, forest->n_classes * sizeof *sums);
    for (int t = 0; t < forest->n_trees; t++) {
        const float *leaf = tree_leaf(forest->trees[t], question->matrix, question->samples[i]);

        for (int k = 0; k < forest->n_classes; k++)
            sums[k] += leaf[k];
    }
    for (int k = 0; k < forest->n_classes; k++)
        sums[k] /= forest->n_trees;
}

bool
forest_probabilities(const Forest *forest, const FeatureMatrix *matrix, const int *samples, int n,
                     const LearnWatch *watch, double *probabilities, GError **error)
{
    Question question = {forest, matrix, samples, probabilities};

    return learn_in_parallel(n, watch, ask, &question, error);
}

void
forest_importance(const Forest *forest, int n_features, double *by_feature)
{
    memset(by_feature, 0, n_features * sizeof *by_feature);
    for (int i = 0; i < forest->n_trees; i++)
        tree_add_importance(forest->trees[i], 1.0 / forest->n_trees, by_feature);
}

double
forest_oob_accuracy(const Forest *forest, const LearnSet *set)
{
    int n_right = 0, n_asked = 0;

    for (int i = 0; forest->oob && i < set->n; i++) {
        const double *scores = forest->oob + (size_t)i * forest->n_classes;
        int best = 0;

        if (isnan(scores[0]))
            continue;
        for (int k = 1; k < forest->n_classes; k++)
            best = scores[k] > scores[best] ? k : best;
        n_right += best == set->classes[i];
        n_asked++;
    }
    return n_asked > 0 ? (double)n_right / n_asked : NAN;
}
