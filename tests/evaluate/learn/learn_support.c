/* SPDX-License-Identifier: Apache-2.0 */
/* Tables drawn by SplitMix64. */
#include "tests/evaluate/learn/learn_support.h"

#include "app/trace/random.h"

void
made_table_init(MadeTable *table, guint64 seed, int n, int n_features, int n_classes, bool trits)
{
    Random random = random_seeded(seed);
    g_autofree float *values = g_new(float, n_features);

    *table = (MadeTable){.n = n, .n_classes = n_classes};
    table->matrix = trits ? feature_matrix_new(FEATURES_TRITS, layout_default(), 1)
                          : feature_matrix_new_floats(n_features, NULL);
    table->samples = g_new(int, n);
    table->classes = g_new(int, n);
    for (int i = 0; i < n; i++) {
        g_autoptr(Trace) trace = trace_new(layout_default(), 1);

        table->samples[i] = i;
        table->classes[i] = i % n_classes;
        for (int k = 0; k < n_features; k++) {
            double value =
                random_unit(&random) * 2 - 1 + (k % n_classes == i % n_classes ? 0.5 : 0);

            values[k] = (float)value;
            if (trits)
                trace->trits[k] = (value > 0.5) - (value < -0.3);
        }
        if (trits)
            g_assert_cmpint(feature_matrix_add_trace(table->matrix, trace, NULL), ==, i);
        else
            g_assert_cmpint(feature_matrix_add_floats(table->matrix, values, NULL), ==, i);
    }
}

void
made_table_clear(MadeTable *table)
{
    feature_matrix_free(table->matrix);
    g_free(table->samples);
    g_free(table->classes);
}

LearnSet
made_table_set(const MadeTable *table)
{
    return (LearnSet){table->matrix, table->samples, table->classes, table->n, table->n_classes};
}

double
made_table_accuracy(const MadeTable *table, const double *scores)
{
    int n_right = 0;

    for (int i = 0; i < table->n; i++) {
        const double *of_sample = scores + (size_t)i * table->n_classes;
        int best = 0;

        for (int k = 1; k < table->n_classes; k++)
            best = of_sample[k] > of_sample[best] ? k : best;
        n_right += best == table->classes[i];
    }
    return (double)n_right / table->n;
}
