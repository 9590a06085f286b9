/* SPDX-License-Identifier: Apache-2.0 */
/* The discriminator against scikit-learn, and where there is next to nothing to tell. */
#include "app/evaluate/fidelity/discriminator.h"

#include <math.h>

#include "app/trace/random.h"
#include "tests/evaluate/fidelity/made.h"

enum { N = 200, N_FEATURES = 4 };

/* Four uniform features; shift is added to the first two. */
static void
add_rows(FeatureMatrix *matrix, guint64 seed, float shift)
{
    Random random = random_seeded(seed);

    for (int i = 0; i < N; i++) {
        float values[N_FEATURES];

        for (int k = 0; k < N_FEATURES; k++)
            values[k] = (float)random_unit(&random) + (k < 2 ? shift : 0);
        g_assert_cmpint(feature_matrix_add_floats(matrix, values, NULL), >=, 0);
    }
}

static DiscriminatorResult
run(const FeatureMatrix *matrix, int n_real, int n_generated)
{
    int samples[2 * N], classes[2 * N] = {0};
    const DiscriminatorOptions options = {.n_repeats = 3};
    DiscriminatorResult result;
    g_autoptr(GError) error = NULL;

    for (int i = 0; i < 2 * N; i++)
        samples[i] = i;
    discriminator_run(
        matrix,
        (DiscriminatorSide[]){{samples, classes, n_real}, {samples + n_real, classes, n_generated}},
        &options, NULL, &result, &error);
    g_assert_no_error(error);
    return result;
}

/* scikit-learn 1.2: the mean of cross_val_score(RandomForestClassifier(100), X, y, scoring=
 * "roc_auc") with 5 shuffled stratified folds over 5 seeds, on the same numbers; its deviation from
 * seed to seed is 0.02, 0.008 and 0. */
static void
test_scikit_learn(void)
{
    static const struct {
        float shift;
        double auc, tolerance;
    } cases[] = {{0, 0.5208, 0.04}, {0.3f, 0.8875, 0.02}, {1.5f, 1, 1e-9}};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FeatureMatrix) matrix = feature_matrix_new_floats(N_FEATURES, NULL);
        DiscriminatorResult result;

        add_rows(matrix, 1, 0);
        add_rows(matrix, 2, cases[i].shift);
        result = run(matrix, N, N);
        g_assert_cmpfloat_with_epsilon(result.generated.value, cases[i].auc, cases[i].tolerance);
        g_assert_cmpfloat_with_epsilon(result.floor.value, 0.5, 0.1);
        g_assert_cmpint(result.n_generated, ==, N);
        g_assert_cmpint(result.n_floor, ==, N / 2);
        g_assert_cmpfloat(result.generated.low, <=, result.generated.value);
        g_assert_cmpfloat(result.generated.high, >=, result.generated.value);
    }
}

/* One field gives generated traces away: it has the importance. Shares of classes do not. */
static void
test_traces(void)
{
    g_autoptr(FeatureMatrix) matrix = feature_matrix_new(FEATURES_TRITS, layout_default(), 8);
    int samples[24], classes[24];
    DiscriminatorResult result;
    g_autoptr(GError) error = NULL;

    for (int i = 0; i < 24; i++) {
        g_autoptr(Trace) trace =
            made_udp(8, i < 12 ? 64 : 128, i % 2 ? 100 : 1000, (uint32_t)i % 5);

        samples[i] = feature_matrix_add_trace(matrix, trace, &error);
        g_assert_no_error(error);
        classes[i] = i % 2;
    }
    g_assert_true(discriminator_run(
        matrix, (DiscriminatorSide[]){{samples, classes, 12}, {samples + 12, classes + 12, 12}},
        NULL, NULL, &result, &error));
    g_assert_cmpfloat(result.generated.value, >, 0.95);
    g_assert_cmpfloat(result.importance[FIELD_IPV4_TTL], >, 0.5);
    g_assert_cmpint(result.n_floor, ==, 6);
    /* Ten of one class and two of the other against the reverse, else alike: two of each. */
    for (int i = 0; i < 24; i++)
        classes[i] = i < 12 ? i % 6 == 0 : i % 6 != 0;
    g_assert_true(discriminator_run(
        matrix, (DiscriminatorSide[]){{samples, classes, 12}, {samples + 12, classes + 12, 12}},
        NULL, NULL, &result, &error));
    g_assert_cmpint(result.n_generated, ==, 4);
}

static void
test_little(void)
{
    g_autoptr(FeatureMatrix) matrix = feature_matrix_new_floats(N_FEATURES, NULL);
    static const int few[][2] = {{0, 0}, {1, 0}, {0, 1}, {1, 1}, {3, 1}};

    add_rows(matrix, 1, 0);
    for (guint i = 0; i < G_N_ELEMENTS(few); i++) {
        DiscriminatorResult result = run(matrix, few[i][0], few[i][1]);

        g_assert_true(isnan(result.generated.value));
        g_assert_true(isnan(result.floor.value));
        g_assert_cmpfloat(result.importance[0], ==, 0);
    }
    g_assert_false(isnan(run(matrix, 4, 2).generated.value));
}

static void
note_progress(double fraction, gpointer data)
{
    double *last = data;

    g_assert_cmpfloat(fraction, >=, *last);
    g_assert_cmpfloat(fraction, <=, 1);
    *last = fraction;
}

static void
test_watched(void)
{
    g_autoptr(FeatureMatrix) matrix = feature_matrix_new_floats(N_FEATURES, NULL);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;
    int samples[20], classes[20] = {0};
    double last = 0;
    LearnWatch watch = {.progress = note_progress, .data = &last, .cancellable = cancellable};
    DiscriminatorSide sides[N_SIDES] = {{samples, classes, 10}, {samples + 10, classes, 10}};
    DiscriminatorResult result;

    add_rows(matrix, 1, 0);
    for (int i = 0; i < 20; i++)
        samples[i] = i;
    g_assert_true(discriminator_run(matrix, sides, NULL, &watch, &result, &error));
    g_assert_cmpfloat(last, >, 0.9);
    last = 0;
    g_cancellable_cancel(cancellable);
    g_assert_false(discriminator_run(matrix, sides, NULL, &watch, &result, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/discriminator/scikit-learn", test_scikit_learn);
    g_test_add_func("/discriminator/traces", test_traces);
    g_test_add_func("/discriminator/little", test_little);
    g_test_add_func("/discriminator/watched", test_watched);
    return g_test_run();
}
