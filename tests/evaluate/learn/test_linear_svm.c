/* SPDX-License-Identifier: Apache-2.0 */
/* The linear SVM against scikit-learn's LinearSVC (primal, squared hinge) on the samples themselves
 * (learn_reference.py): the way over products must find the same weights. */
#include "app/evaluate/learn/linear_svm.h"

#include <math.h>

#include "tests/evaluate/learn/learn_support.h"

static void
compare(bool trits, const double *weights, const double *bias, double accuracy)
{
    const SvmOptions options = {.c = 1};
    MadeTable train, test;
    LearnSet set;
    g_autoptr(LinearSvm) svm = NULL;
    g_autofree double *values = g_new(double, 300 * 3);

    made_table_init(&train, 11, 300, 12, 3, trits);
    made_table_init(&test, 12, 300, 12, 3, trits);
    set = made_table_set(&train);
    svm = linear_svm_fit(&set, &options, NULL, NULL);
    for (int i = 0; i < 12; i++)
        g_assert_cmpfloat_with_epsilon(svm->weights[svm->n_features + i], weights[i], 2e-5);
    for (int i = 0; i < 3; i++)
        g_assert_cmpfloat_with_epsilon(svm->bias[i], bias[i], 2e-5);
    linear_svm_decide(svm, test.matrix, test.samples, test.n, NULL, values, NULL);
    g_assert_cmpfloat_with_epsilon(made_table_accuracy(&test, values), accuracy, 0.004);
    made_table_clear(&train);
    made_table_clear(&test);
}

static void
test_floats(void)
{
    const double weights[12] = {-0.4338796, 0.4590984,  -0.3059866, -0.2135174,
                                0.3529587,  -0.2972496, -0.1548553, 0.7129723,
                                -0.2960278, -0.2715333, 0.5929963,  -0.0821415};
    const double bias[3] = {-0.5010916, -0.5557710, -0.4467318};

    compare(false, weights, bias, 0.82);
}

static void
test_trits(void)
{
    const double weights[12] = {-0.2719595, 0.3851038,  -0.2335654, -0.1060360,
                                0.1872067,  -0.2145565, -0.0668526, 0.5194154,
                                -0.2573322, -0.2088051, 0.4148262,  -0.0362759};
    const double bias[3] = {-0.4524936, -0.5195859, -0.3719990};

    compare(true, weights, bias, 0.73667);
}

static void
test_classes(void)
{
    const SvmOptions options = {0};
    MadeTable table;
    LearnSet set;
    g_autoptr(LinearSvm) svm = NULL, one = NULL;
    double values[4], importance[4];

    made_table_init(&table, 3, 60, 4, 3, false);
    set = made_table_set(&table);
    set.n_classes = 4; /* the last without samples */
    svm = linear_svm_fit(&set, &options, NULL, NULL);
    g_assert_true(isinf(svm->bias[3]) && svm->bias[3] < 0);
    linear_svm_importance(svm, importance);
    g_assert_cmpfloat_with_epsilon(importance[0] + importance[1] + importance[2] + importance[3], 1,
                                   1e-9);
    for (int i = 0; i < 60; i++)
        table.classes[i] = 2;
    one = linear_svm_fit(&set, &options, NULL, NULL);
    linear_svm_decide(one, table.matrix, table.samples, 1, NULL, values, NULL);
    for (int i = 0; i < 4; i++)
        g_assert_true(i == 2 || values[i] < values[2]);
    made_table_clear(&table);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/learn/svm/floats", test_floats);
    g_test_add_func("/learn/svm/trits", test_trits);
    g_test_add_func("/learn/svm/classes", test_classes);
    return g_test_run();
}
