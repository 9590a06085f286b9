/* SPDX-License-Identifier: Apache-2.0 */
/* Products known before: the same answers as fitting on the features. */
#include "app/evaluate/learn/linear_svm.h"
#include "app/evaluate/learn/svm_products.h"

#include "app/trace/random.h"

enum { N = 40, N_TRAIN = 24, N_CLASSES = 3, ROWS = 6 };

/* Traces of random trits, of which some lean with the class. */
static FeatureMatrix *
make_matrix(int *classes)
{
    FeatureMatrix *matrix = feature_matrix_new(FEATURES_TRITS, layout_default(), ROWS);
    Random random = random_seeded(5);

    for (int i = 0; i < N; i++) {
        g_autoptr(Trace) trace = trace_new(layout_default(), 1 + (int)random_below(&random, ROWS));

        classes[i] = (int)random_below(&random, N_CLASSES);
        for (int row = 0; row < trace->n_rows; row++) {
            for (int c = 0; c < 416; c++) {
                double lean = c % N_CLASSES == classes[i] ? 0.9 : 0.5;

                trace_row(trace, row)[c] = (int8_t)(random_unit(&random) < lean);
            }
        }
        g_assert_cmpint(feature_matrix_add_trace(matrix, trace, NULL), ==, i);
    }
    return matrix;
}

static void
test_same_answers(void)
{
    int samples[N], classes[N], by_products[N - N_TRAIN];
    g_autoptr(FeatureMatrix) matrix = make_matrix(classes);
    const LearnSet set = {matrix, samples, classes, N_TRAIN, N_CLASSES};
    const SvmOptions options = {.c = 1};
    g_autoptr(GError) error = NULL;
    g_autoptr(LinearSvm) svm = NULL;
    g_autoptr(SvmProducts) products = svm_products_new(matrix, N, NULL, &error);
    double values[(N - N_TRAIN) * N_CLASSES];
    int n_right = 0;

    g_assert_no_error(error);
    for (int i = 0; i < N; i++)
        samples[i] = i;
    svm = linear_svm_fit(&set, &options, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(
        linear_svm_decide(svm, matrix, samples + N_TRAIN, N - N_TRAIN, NULL, values, &error));
    g_assert_true(svm_products_ask(products, &set, 1, samples + N_TRAIN, N - N_TRAIN, by_products,
                                   NULL, &error));
    for (int i = 0; i < N - N_TRAIN; i++) {
        const double *its = values + i * N_CLASSES;
        int best = its[1] > its[0] ? 1 : 0;

        best = its[2] > its[best] ? 2 : best;
        g_assert_cmpint(by_products[i], ==, best);
        n_right += best == classes[N_TRAIN + i];
    }
    g_assert_cmpint(n_right, >, (N - N_TRAIN) / 2);
}

static void
test_wrong_samples(void)
{
    int samples[2] = {0, 1}, classes[N], said[1], far[1] = {10};
    g_autoptr(FeatureMatrix) matrix = make_matrix(classes);
    g_autoptr(SvmProducts) products = svm_products_new(matrix, 4, NULL, NULL);
    const LearnSet set = {matrix, samples, (int[]){0, 1}, 2, 2};
    g_autoptr(GError) error = NULL;

    g_assert_true(svm_products_ask(products, &set, 0, samples, 1, said, NULL, NULL));
    g_assert_cmpint(said[0], ==, 0);
    g_assert_false(svm_products_ask(products, &set, 0, far, 1, said, NULL, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/svm-products/same-answers", test_same_answers);
    g_test_add_func("/svm-products/wrong-samples", test_wrong_samples);
    return g_test_run();
}
