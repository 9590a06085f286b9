/* SPDX-License-Identifier: Apache-2.0 */
/* Trees against scikit-learn's DecisionTreeClassifier (learn_reference.py) and by hand. */
#include "app/evaluate/learn/tree.h"

#include "tests/evaluate/learn/learn_support.h"

typedef struct {
    int n_nodes, n_inner;
    const int *features;
    const double *thresholds, *importance;
} Expected;

static void
compare(bool trits, const Expected *expected)
{
    const TreeOptions options = {.max_depth = 4};
    MadeTable table;
    LearnSet set;
    g_autoptr(Tree) tree = NULL;
    g_autofree double *importance = NULL;
    int inner = 0;

    made_table_init(&table, 5, 2000, 6, 3, trits);
    set = made_table_set(&table);
    tree = tree_fit(&set, &options, NULL, NULL);
    g_assert_cmpint(tree->n_nodes, ==, expected->n_nodes);
    for (int i = 0; i < tree->n_nodes; i++) {
        if (tree->nodes[i].feature < 0)
            continue;
        g_assert_cmpint(tree->nodes[i].feature, ==, expected->features[inner]);
        g_assert_cmpfloat_with_epsilon(tree->nodes[i].threshold, expected->thresholds[inner], 1e-6);
        inner++;
    }
    g_assert_cmpint(inner, ==, expected->n_inner);
    importance = g_new0(double, feature_matrix_n_features(table.matrix));
    tree_add_importance(tree, 1, importance);
    for (int i = 0; i < 6; i++)
        g_assert_cmpfloat_with_epsilon(importance[i], expected->importance[i], 1e-7);
    made_table_clear(&table);
}

static void
test_floats(void)
{
    const int features[] = {2, 3, 4, 0, 0};
    const double thresholds[] = {1.000741, 0.999998, 0.996741, 1.000779, 0.974289};
    const double importance[] = {0.20927051, 0, 0.29288938, 0.26797903, 0.22986108, 0};

    compare(false, &(Expected){11, 5, features, thresholds, importance});
}

static void
test_trits(void)
{
    const int features[] = {5, 1, 0, 4, 3, 4, 0, 3, 2, 3, 1, 4, 1, 0, 4};
    const double thresholds[] = {-.5, -.5, .5, -.5, -.5, -.5, -.5, -.5,
                                 -.5, .5,  .5, -.5, -.5, .5,  -.5};
    const double importance[] = {0.07466624, 0.20879467, 0.19432297,
                                 0.12049175, 0.15672402, 0.24500035};

    compare(true, &(Expected){31, 15, features, thresholds, importance});
}

/* x below 2 is class 0; above, y says which: gains by hand. */
static void
test_by_hand(void)
{
    const float rows[6][2] = {{0, 1}, {1, 9}, {1, 1}, {3, 0}, {3, 5}, {4, 6}};
    const int samples[6] = {0, 1, 2, 3, 4, 5}, classes[6] = {0, 0, 0, 1, 2, 2};
    g_autoptr(FeatureMatrix) matrix = feature_matrix_new_floats(2, NULL);
    const LearnSet set = {matrix, samples, classes, 6, 3};
    const TreeOptions options = {0};
    g_autoptr(Tree) tree = NULL;

    for (int i = 0; i < 6; i++)
        feature_matrix_add_floats(matrix, rows[i], NULL);
    tree = tree_fit(&set, &options, NULL, NULL);
    g_assert_cmpint(tree->n_nodes, ==, 5);
    g_assert_cmpint(tree->nodes[0].feature, ==, 0);
    g_assert_cmpfloat(tree->nodes[0].threshold, ==, 2);
    /* Gini 1 - (9 + 1 + 4) / 36 = 22 / 36; behind it half of 4 / 9. */
    g_assert_cmpfloat_with_epsilon(tree->nodes[0].gain, 22.0 / 36 - 2.0 / 9, 1e-12);
    g_assert_cmpfloat_with_epsilon(tree->nodes[2].gain, 2.0 / 9, 1e-12);
    for (int i = 0; i < 6; i++)
        g_assert_cmpfloat(tree_leaf(tree, matrix, i)[classes[i]], ==, 1);
}

static void
test_same_by_any_threads(void)
{
    const TreeOptions options = {.seed = 3};
    const LearnWatch one = {.n_threads = 1}, four = {.n_threads = 4};
    g_autoptr(FeatureMatrix) matrix = feature_matrix_new(FEATURES_TRITS, layout_default(), 64);
    int samples[40], classes[40];
    const LearnSet set = {matrix, samples, classes, 40, 2};
    g_autoptr(Tree) a = NULL, b = NULL;

    for (int i = 0; i < 40; i++) {
        g_autoptr(Trace) trace = trace_new(layout_default(), 64);

        for (int k = 0; k < 64 * 1088; k++)
            trace->trits[k] = ((k * 2654435761u + i * 40503u) >> 13) % 3 == 0;
        samples[i] = feature_matrix_add_trace(matrix, trace, NULL);
        classes[i] = i * 7 % 5 < 2;
    }
    a = tree_fit(&set, &options, &one, NULL);
    b = tree_fit(&set, &options, &four, NULL);
    g_assert_cmpint(a->n_nodes, ==, b->n_nodes);
    g_assert_cmpint(a->n_nodes, >, 1);
    for (int i = 0; i < a->n_nodes; i++)
        g_assert_cmpint(a->nodes[i].feature, ==, b->nodes[i].feature);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/learn/tree/floats", test_floats);
    g_test_add_func("/learn/tree/trits", test_trits);
    g_test_add_func("/learn/tree/by-hand", test_by_hand);
    g_test_add_func("/learn/tree/threads", test_same_by_any_threads);
    return g_test_run();
}
