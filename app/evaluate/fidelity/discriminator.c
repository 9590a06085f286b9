/* SPDX-License-Identifier: Apache-2.0 */
/* Forests that are to tell real from generated. */
#include "app/evaluate/fidelity/discriminator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/evaluate/learn/forest.h"
#include "app/evaluate/learn/score.h"
#include "app/trace/random.h"

enum { DEFAULT_REPEATS = 5, DEFAULT_FOLDS = 5, N_LABELS = 2 };

/* What is set against each other: label 1 is the side to be found out. */
typedef struct {
    GArray *samples, *labels; /* int */
    GArray *pairs;            /* int: one real and one generated sample of a class have the same */
    int n_pairs;
} Duel;

typedef struct {
    const FeatureMatrix *matrix;
    const DiscriminatorOptions *options;
    int n_repeats, n_folds;
    const LearnWatch *outer; /* of the whole */
    LearnWatch watch;        /* of a forest */
    int n_done;              /* forests */
    double *importance;      /* (n_features), sums; NULL when not wanted */
} Trial;

static void
tell_progress(double fraction, gpointer data)
{
    const Trial *trial = data;

    trial->outer->progress((trial->n_done + fraction) / (2.0 * trial->n_repeats * trial->n_folds),
                           trial->outer->data);
}

static void
trial_init(Trial *trial, const FeatureMatrix *matrix, const DiscriminatorOptions *options,
           const LearnWatch *watch)
{
    *trial = (Trial){
        .matrix = matrix,
        .options = options,
        .n_repeats = options->n_repeats > 0 ? options->n_repeats : DEFAULT_REPEATS,
        .n_folds = options->n_folds > 0 ? options->n_folds : DEFAULT_FOLDS,
        .outer = watch,
    };
    if (watch)
        trial->watch = *watch;
    if (watch && watch->progress) {
        trial->watch.progress = tell_progress;
        trial->watch.data = trial;
    }
}

/* --- drawing --- */

/* A side's samples in random order, class after class. */
static GArray *
shuffled(const DiscriminatorSide *side, int class, Random *random)
{
    GArray *drawn = g_array_new(FALSE, FALSE, sizeof(int));

    for (int i = 0; i < side->n; i++) {
        if (side->classes[i] == class)
            g_array_append_val(drawn, side->samples[i]);
    }
    for (guint i = 0; i + 1 < drawn->len; i++) {
        guint k = i + random_below(random, drawn->len - i);
        int chosen = g_array_index(drawn, int, k);

        g_array_index(drawn, int, k) = g_array_index(drawn, int, i);
        g_array_index(drawn, int, i) = chosen;
    }
    return drawn;
}

static void
duel_add(Duel *duel, const GArray *drawn, guint first, guint n, int label)
{
    for (guint i = 0; i < n; i++) {
        int pair = duel->n_pairs + (int)i;

        g_array_append_val(duel->samples, g_array_index(drawn, int, first + i));
        g_array_append_val(duel->labels, label);
        g_array_append_val(duel->pairs, pair);
    }
}

static int
compare_ints(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;

    return (x > y) - (x < y);
}

/* The classes of the real side, each once. */
static GArray *
list_classes(const DiscriminatorSide *side)
{
    GArray *sorted = g_array_new(FALSE, FALSE, sizeof(int));
    GArray *classes = g_array_new(FALSE, FALSE, sizeof(int));

    if (side->n > 0)
        g_array_append_vals(sorted, side->classes, (guint)side->n);
    g_array_sort(sorted, compare_ints);
    for (guint i = 0; i < sorted->len; i++) {
        int class = g_array_index(sorted, int, i);

        if (i == 0 || class != g_array_index(sorted, int, i - 1))
            g_array_append_val(classes, class);
    }
    g_array_unref(sorted);
    return classes;
}

static void
draw(const DiscriminatorSide sides[N_SIDES], bool floor, guint64 seed, Duel *duel)
{
    g_autoptr(GArray) classes = list_classes(&sides[SIDE_REAL]);
    Random random = random_seeded(seed);

    *duel = (Duel){.samples = g_array_new(FALSE, FALSE, sizeof(int)),
                   .labels = g_array_new(FALSE, FALSE, sizeof(int)),
                   .pairs = g_array_new(FALSE, FALSE, sizeof(int))};
    for (guint i = 0; i < classes->len; i++) {
        int class = g_array_index(classes, int, i);
        g_autoptr(GArray) real = shuffled(&sides[SIDE_REAL], class, &random);
        g_autoptr(GArray) generated = shuffled(&sides[SIDE_GENERATED], class, &random);
        guint n = floor ? real->len / 2 : MIN(real->len, generated->len);

        duel_add(duel, real, 0, n, 0);
        duel_add(duel, floor ? real : generated, floor ? n : 0, n, 1);
        duel->n_pairs += (int)n;
    }
}

static void
duel_clear(Duel *duel)
{
    g_array_unref(duel->samples);
    g_array_unref(duel->labels);
    g_array_unref(duel->pairs);
}

/* --- a fold --- */

static void
add_importance(const Trial *trial, const Forest *forest)
{
    int n_features = feature_matrix_n_features(trial->matrix);
    g_autofree double *by_feature = g_new0(double, n_features);

    forest_importance(forest, n_features, by_feature);
    for (int i = 0; i < n_features; i++)
        trial->importance[i] += by_feature[i];
}

/* The AUC on the fold's samples of a forest that saw the others; NAN in auc when one of the labels
 * is missing from either. */
static bool
run_fold(Trial *trial, const Duel *duel, const int *fold_of, int fold, guint64 seed, double *auc,
         GError **error)
{
    int n = (int)duel->samples->len, n_train = 0, n_test = 0;
    g_autofree int *train = g_new(int, n), *labels = g_new(int, n), *test = g_new(int, n);
    g_autofree bool *is_generated = g_new(bool, n);
    g_autofree double *probabilities = g_new(double, (gsize)n *N_LABELS);
    g_autofree double *scores = g_new(double, n);
    ForestOptions options = {
        .n_trees = trial->options->n_trees, .seed = seed, .mask = trial->options->mask};
    LearnWatch quiet = trial->watch; /* asking takes no time worth telling */
    g_autoptr(Forest) forest = NULL;

    quiet.progress = NULL;
    for (int i = 0; i < n; i++) {
        if (fold_of[i] == fold) {
            test[n_test] = g_array_index(duel->samples, int, i);
            is_generated[n_test++] = g_array_index(duel->labels, int, i) == 1;
        } else {
            train[n_train] = g_array_index(duel->samples, int, i);
            labels[n_train++] = g_array_index(duel->labels, int, i);
        }
    }
    forest = forest_fit(&(LearnSet){trial->matrix, train, labels, n_train, N_LABELS}, &options,
                        &trial->watch, error);
    if (!forest ||
        !forest_probabilities(forest, trial->matrix, test, n_test, &quiet, probabilities, error))
        return false;
    for (int i = 0; i < n_test; i++)
        scores[i] = probabilities[i * N_LABELS + 1];
    *auc = score_roc_auc(scores, is_generated, n_test);
    if (trial->importance)
        add_importance(trial, forest);
    return true;
}

/* The mean over folds; NAN with too few samples. A pair is never torn apart: what is left of a
 * class for training would else have more of one label, and a forest that knows the class by it
 * would say the wrong one more often than not. Pairs are in random order within a class. */
static bool
run_folds(Trial *trial, const Duel *duel, guint64 seed, double *auc, GError **error)
{
    int n_folds = MIN(trial->n_folds, duel->n_pairs), n_known = 0;
    g_autofree int *fold_of = g_new(int, MAX(duel->samples->len, 1));

    *auc = NAN;
    if (n_folds < 2)
        return true;
    for (guint i = 0; i < duel->samples->len; i++)
        fold_of[i] = g_array_index(duel->pairs, int, i) % n_folds;
    for (int fold = 0; fold < n_folds; fold++) {
        double of_fold = NAN;

        if (!run_fold(trial, duel, fold_of, fold, seed + (guint64)fold, &of_fold, error))
            return false;
        trial->n_done++;
        if (isnan(of_fold))
            continue;
        *auc = (n_known > 0 ? *auc : 0) + of_fold;
        n_known++;
    }
    *auc /= n_known;
    return true;
}

/* --- repetitions --- */

static bool
repeat(Trial *trial, const DiscriminatorSide sides[N_SIDES], bool floor, Estimate *estimate,
       int *n_each, GError **error)
{
    g_autofree double *aucs = g_new(double, trial->n_repeats);
    Random random = random_seeded(trial->options->seed + floor);
    bool done = true;

    for (int i = 0; done && i < trial->n_repeats; i++) {
        guint64 seed = random_next(&random);
        Duel duel;

        draw(sides, floor, seed, &duel);
        *n_each = (int)duel.samples->len / N_LABELS;
        done = run_folds(trial, &duel, seed, &aucs[i], error);
        duel_clear(&duel);
    }
    if (done)
        *estimate = estimate_of(aucs, (guint)trial->n_repeats);
    return done;
}

static void
sum_importance(const FeatureMatrix *matrix, const double *by_feature, double *by_group)
{
    double sum = 0;

    feature_matrix_sum_groups(matrix, by_feature, by_group);
    for (int group = 0; group < N_FEATURE_GROUPS; group++)
        sum += by_group[group];
    for (int group = 0; sum > 0 && group < N_FEATURE_GROUPS; group++)
        by_group[group] /= sum;
}

bool
discriminator_run(const FeatureMatrix *matrix, const DiscriminatorSide sides[N_SIDES],
                  const DiscriminatorOptions *options, const LearnWatch *watch,
                  DiscriminatorResult *result, GError **error)
{
    static const DiscriminatorOptions defaults = {0};
    g_autofree double *importance = g_new0(double, feature_matrix_n_features(matrix));
    Trial trial;

    trial_init(&trial, matrix, options ? options : &defaults, watch);
    *result = (DiscriminatorResult){estimate_unknown(), estimate_unknown()};
    if (!repeat(&trial, sides, true, &result->floor, &result->n_floor, error))
        return false;
    trial.importance = importance;
    if (!repeat(&trial, sides, false, &result->generated, &result->n_generated, error))
        return false;
    sum_importance(matrix, importance, result->importance);
    return true;
}
