/* SPDX-License-Identifier: Apache-2.0 */
/* Forests against scikit-learn's RandomForestClassifier over 20 seeds each (learn_reference.py). */
#include "app/evaluate/learn/forest.h"

#include <math.h>

#include "tests/evaluate/learn/learn_support.h"

enum { N_SEEDS = 20 };

/* Means over the seeds; scikit-learn's deviate by 0.01 a seed, so means of 20 by 0.003 and their
 * differences by sqrt(2) of that. */
static void
compare(bool trits, double expected, double expected_oob, const double *expected_importance)
{
    MadeTable train, test;
    LearnSet set;
    double accuracy = 0, oob = 0, importance[12] = {0};
    g_autofree double *scores = NULL, *by_feature = NULL;

    made_table_init(&train, 11, 300, 12, 3, trits);
    made_table_init(&test, 12, 300, 12, 3, trits);
    set = made_table_set(&train);
    scores = g_new(double, 300 * 3);
    by_feature = g_new(double, feature_matrix_n_features(train.matrix));
    for (int seed = 0; seed < N_SEEDS; seed++) {
        const ForestOptions options = {.seed = seed};
        g_autoptr(Forest) forest = forest_fit(&set, &options, NULL, NULL);

        forest_probabilities(forest, test.matrix, test.samples, test.n, NULL, scores, NULL);
        accuracy += made_table_accuracy(&test, scores) / N_SEEDS;
        oob += forest_oob_accuracy(forest, &set) / N_SEEDS;
        forest_importance(forest, feature_matrix_n_features(train.matrix), by_feature);
        for (int i = 0; i < 12; i++)
            importance[i] += by_feature[i] / N_SEEDS;
    }
    g_test_message("accuracy %.4f (scikit-learn %.4f), out of bag %.4f (%.4f)", accuracy, expected,
                   oob, expected_oob);
    g_assert_cmpfloat_with_epsilon(accuracy, expected, 0.013);
    g_assert_cmpfloat_with_epsilon(oob, expected_oob, 0.013);
    for (int i = 0; i < 12; i++)
        g_assert_cmpfloat_with_epsilon(importance[i], expected_importance[i], 0.006);
    made_table_clear(&train);
    made_table_clear(&test);
}

static void
test_floats(void)
{
    const double importance[12] = {0.09778506, 0.05897487, 0.08841091, 0.07506127,
                                   0.10316195, 0.07963325, 0.07480086, 0.09201259,
                                   0.07409703, 0.07364267, 0.11112424, 0.07129531};

    compare(false, 0.88317, 0.89367, importance);
}

static void
test_trits(void)
{
    const double importance[12] = {0.09284046, 0.0775253,  0.08274833, 0.07729858,
                                   0.07851063, 0.08486629, 0.07385252, 0.09486834,
                                   0.08150504, 0.0861691,  0.08652544, 0.08328998};

    compare(true, 0.69817, 0.68083, importance);
}

static void
test_same_by_any_threads(void)
{
    const LearnWatch one = {.n_threads = 1}, three = {.n_threads = 3};
    const ForestOptions options = {.seed = 42, .n_trees = 20}, other = {.seed = 43, .n_trees = 20};
    MadeTable table;
    LearnSet set;
    g_autoptr(Forest) a = NULL, b = NULL, c = NULL;
    bool differs = false;

    made_table_init(&table, 1, 100, 12, 3, true);
    set = made_table_set(&table);
    a = forest_fit(&set, &options, &one, NULL);
    b = forest_fit(&set, &options, &three, NULL);
    c = forest_fit(&set, &other, &three, NULL);
    for (int i = 0; i < 300; i++) {
        g_assert_true(a->oob[i] == b->oob[i] || (isnan(a->oob[i]) && isnan(b->oob[i])));
        differs |= !(a->oob[i] == c->oob[i]);
    }
    g_assert_true(differs);
    made_table_clear(&table);
}

static void
test_bad(void)
{
    const ForestOptions options = {.n_trees = 5};
    LearnWatch watch = {.cancellable = g_cancellable_new()};
    MadeTable table;
    LearnSet set;
    g_autoptr(GError) error = NULL;
    g_autoptr(Forest) one_class = NULL;
    double probabilities[2];

    made_table_init(&table, 1, 20, 3, 2, false);
    set = made_table_set(&table);
    g_cancellable_cancel(watch.cancellable);
    g_assert_null(forest_fit(&set, &options, &watch, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_clear_error(&error);
    set.n = 0;
    g_assert_null(forest_fit(&set, &options, NULL, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    g_clear_error(&error);
    set.n = 20;
    table.samples[19] = 20;
    g_assert_null(forest_fit(&set, &options, NULL, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
    table.samples[19] = 19;
    for (int i = 0; i < 20; i++)
        table.classes[i] = 1;
    one_class = forest_fit(&set, &options, NULL, NULL);
    forest_probabilities(one_class, table.matrix, table.samples, 1, NULL, probabilities, NULL);
    g_assert_cmpfloat(probabilities[0], ==, 0);
    g_assert_cmpfloat(probabilities[1], ==, 1);
    made_table_clear(&table);
    g_object_unref(watch.cancellable);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/learn/forest/floats", test_floats);
    g_test_add_func("/learn/forest/trits", test_trits);
    g_test_add_func("/learn/forest/threads", test_same_by_any_threads);
    g_test_add_func("/learn/forest/bad", test_bad);
    return g_test_run();
}
