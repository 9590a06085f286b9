/* SPDX-License-Identifier: Apache-2.0 */
/* Weights are a sum of samples, so that what they say of a sample is a sum of products. */
#include "app/evaluate/learn/svm_products.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/evaluate/learn/products.h"
#include "app/evaluate/learn/svm_dual.h"

struct SvmProducts {
    const FeatureMatrix *matrix;
    int n;
    double *values; /* (n, n) */
};

SvmProducts *
svm_products_new(const FeatureMatrix *matrix, int n, const LearnWatch *watch, GError **error)
{
    g_autofree int *samples = g_new(int, n + 1), *classes = g_new0(int, n + 1);
    const LearnSet set = {matrix, samples, classes, n, 1};
    SvmProducts *products;
    double *values;

    for (int i = 0; i < n; i++)
        samples[i] = i;
    values = learn_products(&set, FEATURE_MASK_NONE, NULL, NULL, watch, error);
    if (!values)
        return NULL;
    products = g_new0(SvmProducts, 1);
    products->matrix = matrix;
    products->n = n;
    products->values = values;
    return products;
}

void
svm_products_free(SvmProducts *products)
{
    if (!products)
        return;
    g_free(products->values);
    g_free(products);
}

static double
product(const SvmProducts *products, int a, int b)
{
    return products->values[(size_t)a * products->n + b];
}

static int
say(const SvmProducts *products, const LearnSet *set, const SvmDual *dual, int sample)
{
    double best = -INFINITY;
    int class = 0;

    for (int k = 0; k < set->n_classes; k++) {
        double value = dual->bias[k];

        for (int i = 0; i < set->n; i++)
            value += dual->factors[(size_t)i * set->n_classes + k] *
                     (product(products, set->samples[i], sample) - dual->means[i]);
        if (value > best) {
            best = value;
            class = k;
        }
    }
    return class;
}

static bool
check(const SvmProducts *products, const LearnSet *set, const int *samples, int n, GError **error)
{
    bool good = set->matrix == products->matrix;

    for (int i = 0; i < set->n; i++)
        good = good && set->samples[i] < products->n;
    for (int i = 0; i < n; i++)
        good = good && samples[i] >= 0 && samples[i] < products->n;
    if (!good)
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                            _("A sample is none of those whose products are known."));
    return good;
}

bool
svm_products_ask(const SvmProducts *products, const LearnSet *set, double c, const int *samples,
                 int n, int *predicted, const LearnWatch *watch, GError **error)
{
    g_auto(SvmDual) dual = {0};
    g_autofree double *own = NULL;

    if (!learn_set_check(set, error) || !check(products, set, samples, n, error))
        return false;
    own = g_new(double, (size_t)set->n * set->n);
    for (int i = 0; i < set->n; i++) {
        for (int k = 0; k < set->n; k++)
            own[(size_t)i * set->n + k] = product(products, set->samples[i], set->samples[k]);
    }
    if (!svm_dual_fit(set, own, c, watch, &dual, error))
        return false;
    for (int i = 0; i < n; i++)
        predicted[i] = say(products, set, &dual, samples[i]);
    return true;
}
