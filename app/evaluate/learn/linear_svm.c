/* SPDX-License-Identifier: Apache-2.0 */
/* From products to weights. With X the centred and scaled samples, X X^T = L L^T, and v the
 * solution on the rows of L, the weights are w = X^T beta for beta = 2 C y max(0, 1 - y (L v + b)),
 * which is where the gradient of the SVM is 0. */
#include "app/evaluate/learn/linear_svm.h"

#include <math.h>
#include <string.h>

#include "app/evaluate/learn/linear_problem.h"
#include "app/evaluate/learn/products.h"

typedef struct {
    const LearnSet *set;
    const LinearProblem *problem;
    const double *factor; /* L (n, rank) */
    int rank;
    double c;
    double *beta; /* (n, n_classes) */
    LinearSvm *svm;
} Fit;

static void
fit_class(int class, int thread, gpointer data)
{
    const Fit *fit = data;
    const LearnSet *set = fit->set;
    g_autofree bool *positive = g_new(bool, set->n);
    g_autofree double *v = g_new(double, MAX(fit->rank, 1));
    int n_positive = 0;
    double bias;

    for (int i = 0; i < set->n; i++) {
        positive[i] = set->classes[i] == class;
        n_positive += positive[i];
    }
    if (n_positive == 0 || n_positive == set->n) {
        fit->svm->bias[class] = n_positive == 0 ? -INFINITY : 1;
        return;
    }
    linear_problem_solve(fit->problem, positive, fit->c, v, &bias);
    for (int i = 0; i < set->n; i++) {
        double y = positive[i] ? 1 : -1, value = bias;

        for (int k = 0; k < fit->rank; k++)
            value += fit->factor[(size_t)i * fit->rank + k] * v[k];
        fit->beta[(size_t)i * set->n_classes + class] = 2 * fit->c * y * MAX(0, 1 - y * value);
    }
    fit->svm->bias[class] = bias;
}

/* Takes the mean sample out of products of samples; their mean squared length then. */
static double
centre(double *products, int n)
{
    g_autofree double *means = g_new0(double, n);
    double mean = 0, length = 0;

    for (int i = 0; i < n; i++) {
        for (int k = 0; k < n; k++)
            means[i] += products[(size_t)i * n + k] / n;
        mean += means[i] / n;
    }
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < n; k++)
            products[(size_t)i * n + k] += mean - means[i] - means[k];
        length += products[(size_t)i * n + i] / n;
    }
    return length;
}

/* Weights of raw values out of beta, and what the mean sample adds to the bias. */
static bool
make_weights(Fit *fit, FeatureMask mask, double length, const double *mean, const double *scale,
             const LearnWatch *watch, GError **error)
{
    const LearnSet *set = fit->set;
    LinearSvm *svm = fit->svm;
    int n_classes = set->n_classes;
    g_autofree double *values = g_new(double, n_classes);

    for (int k = 0; k < n_classes; k++) {
        double sum = 0;

        for (int i = 0; i < set->n; i++)
            sum += fit->beta[(size_t)i * n_classes + k];
        for (int i = 0; i < set->n; i++)
            fit->beta[(size_t)i * n_classes + k] =
                (fit->beta[(size_t)i * n_classes + k] - sum / set->n) / length;
    }
    if (!learn_sums(set, mask, fit->beta, n_classes, svm->weights, watch, error))
        return false;
    for (int k = 0; k < n_classes; k++) {
        float *weights = svm->weights + (size_t)k * svm->n_features;
        double at_mean = 0;

        for (int feature = 0; feature < svm->n_features; feature++) {
            weights[feature] = (float)(weights[feature] * scale[feature] * scale[feature]);
            at_mean += weights[feature] * mean[feature];
        }
        svm->bias[k] -= at_mean;
    }
    return true;
}

LinearSvm *
linear_svm_fit(const LearnSet *set, const SvmOptions *options, const LearnWatch *watch,
               GError **error)
{
    g_autoptr(LinearSvm) svm = NULL;
    g_autoptr(LinearProblem) problem = NULL;
    g_autofree double *mean = NULL, *spread = NULL, *scale = NULL, *products = NULL;
    g_autofree double *factor = NULL, *beta = NULL;
    Fit fit = {.set = set, .c = options->c > 0 ? options->c : 1};
    int n_features;
    double length;

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
    if (!products)
        return NULL;
    length = centre(products, set->n);
    if (length > 0) {
        for (size_t i = 0; i < (size_t)set->n * set->n; i++)
            products[i] /= length;
    }
    factor = learn_factor(products, set->n, &fit.rank);
    problem = linear_problem_new(factor, set->n, fit.rank);
    beta = g_new0(double, (size_t)set->n * set->n_classes);
    fit.factor = factor;
    fit.problem = problem;
    fit.beta = beta;
    fit.svm = svm;
    if (!learn_in_parallel(set->n_classes, watch, fit_class, &fit, error))
        return NULL;
    if (length > 0 && !make_weights(&fit, options->mask, length, mean, scale, watch, error))
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

typedef struct {
    const LinearSvm *svm;
    const FeatureMatrix *matrix;
    const int *samples;
    double *values;
} Question;

static void
decide(int i, int thread, gpointer data)
{
    const Question *question = data;
    const LinearSvm *svm = question->svm;
    double *values = question->values + (size_t)i * svm->n_classes;

    learn_weigh(question->matrix, question->samples[i], svm->weights, svm->n_classes, values);
    for (int k = 0; k < svm->n_classes; k++)
        values[k] += svm->bias[k];
}

bool
linear_svm_decide(const LinearSvm *svm, const FeatureMatrix *matrix, const int *samples, int n,
                  const LearnWatch *watch, double *values, GError **error)
{
    Question question = {svm, matrix, samples, values};

    return learn_in_parallel(n, watch, decide, &question, error);
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
