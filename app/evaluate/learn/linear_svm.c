/* SPDX-License-Identifier: Apache-2.0 */
/* Weights out of the factors that svm_dual finds. */
#include "app/evaluate/learn/linear_svm.h"

#include <math.h>
#include <string.h>

#include "app/evaluate/learn/products.h"
#include "app/evaluate/learn/svm_dual.h"

/* Weights of raw values, and what the mean sample adds to the bias. */
static bool
make_weights(LinearSvm *svm, const LearnSet *set, const SvmDual *dual, FeatureMask mask,
             const double *mean, const double *scale, const LearnWatch *watch, GError **error)
{
    if (!learn_sums(set, mask, dual->factors, set->n_classes, svm->weights, watch, error))
        return false;
    for (int k = 0; k < set->n_classes; k++) {
        float *weights = svm->weights + (size_t)k * svm->n_features;
        double at_mean = 0;

        for (int feature = 0; feature < svm->n_features; feature++) {
            weights[feature] = (float)(weights[feature] * scale[feature] * scale[feature]);
            at_mean += weights[feature] * mean[feature];
        }
        svm->bias[k] = dual->bias[k] - at_mean;
    }
    return true;
}

LinearSvm *
linear_svm_fit(const LearnSet *set, const SvmOptions *options, const LearnWatch *watch,
               GError **error)
{
    g_autoptr(LinearSvm) svm = NULL;
    g_auto(SvmDual) dual = {0};
    g_autofree double *mean = NULL, *spread = NULL, *scale = NULL, *products = NULL;
    int n_features;

    if (!learn_set_check(set, error))
        return NULL;
    n_features = feature_matrix_n_features(set->matrix);
    svm = g_new0(LinearSvm, 1);
    svm->n_classes = set->n_classes;
    svm->n_features = n_features;
    svm->weights = g_new0(float, (size_t)set->n_classes *n_features);
    svm->bias = g_new0(double, set->n_classes);
    svm->spread = g_new0(float, n_features);
    mean = g_new0(double, n_features);
    spread = g_new0(double, n_features);
    scale = g_new0(double, n_features);
    learn_moments(set, options->mask, mean, spread);
    for (int i = 0; i < n_features; i++) {
        bool trits = feature_matrix_kind(set->matrix) == FEATURES_TRITS;

        svm->spread[i] = (float)spread[i];
        scale[i] = spread[i] > 0 ? (trits ? 1 : 1 / spread[i]) : 0;
    }
    products = learn_products(set, options->mask, mean, scale, watch, error);
    if (!products || !svm_dual_fit(set, products, options->c, watch, &dual, error) ||
        !make_weights(svm, set, &dual, options->mask, mean, scale, watch, error))
        return NULL;
    return g_steal_pointer(&svm);
}

void
linear_svm_free(LinearSvm *svm)
{
    if (!svm)
        return;
    g_free(svm->weights);
    g_free(svm->bias);
    g_free(svm->spread);
    g_free(svm);
}

enum { SAMPLES_A_PART = 16 };

typedef struct {
    const LinearSvm *svm;
    const FeatureMatrix *matrix;
    const int *samples;
    int n;
    double *values;
} Question;

/* Some samples, for which the weights come from memory once. */
static void
decide(int part, int thread, gpointer data)
{
    const Question *question = data;
    const LinearSvm *svm = question->svm;
    int first = part * SAMPLES_A_PART, n = MIN(SAMPLES_A_PART, question->n - first);
    double *values = question->values + (size_t)first * svm->n_classes;

    learn_weigh(question->matrix, question->samples + first, n, svm->weights, svm->n_classes,
                values);
    for (int i = 0; i < n * svm->n_classes; i++)
        values[i] += svm->bias[i % svm->n_classes];
}

bool
linear_svm_decide(const LinearSvm *svm, const FeatureMatrix *matrix, const int *samples, int n,
                  const LearnWatch *watch, double *values, GError **error)
{
    Question question = {svm, matrix, samples, n, values};

    return learn_in_parallel((n + SAMPLES_A_PART - 1) / SAMPLES_A_PART, watch, decide, &question,
                             error);
}

void
linear_svm_importance(const LinearSvm *svm, double *by_feature)
{
    double sum = 0;

    memset(by_feature, 0, svm->n_features * sizeof *by_feature);
    for (int k = 0; k < svm->n_classes; k++) {
        for (int i = 0; i < svm->n_features; i++)
            by_feature[i] +=
                fabsf(svm->weights[(size_t)k * svm->n_features + i]) * (double)svm->spread[i];
    }
    for (int i = 0; i < svm->n_features; i++)
        sum += by_feature[i];
    for (int i = 0; i < svm->n_features && sum > 0; i++)
        by_feature[i] /= sum;
}
