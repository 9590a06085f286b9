/* SPDX-License-Identifier: Apache-2.0 */
/* From products to factors. With X the centred and scaled samples, X X^T = L L^T, and v the
 * solution on the rows of L, the weights are w = X^T beta for beta = 2 C y max(0, 1 - y (L v + b)),
 * which is where the gradient of the SVM is 0. */
#include "app/evaluate/learn/svm_dual.h"

#include <math.h>

#include "app/evaluate/learn/linear_problem.h"
#include "app/evaluate/learn/products.h"

typedef struct {
    const LearnSet *set;
    const LinearProblem *problem;
    const double *factor; /* L (n, rank) */
    int rank;
    double c;
    SvmDual *dual;
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
        fit->dual->bias[class] = n_positive == 0 ? -INFINITY : 1;
        return;
    }
    linear_problem_solve(fit->problem, positive, fit->c, v, &bias);
    for (int i = 0; i < set->n; i++) {
        double y = positive[i] ? 1 : -1, value = bias;

        for (int k = 0; k < fit->rank; k++)
            value += fit->factor[(size_t)i * fit->rank + k] * v[k];
        fit->dual->factors[(size_t)i * set->n_classes + class] =
            2 * fit->c * y * MAX(0, 1 - y * value);
    }
    fit->dual->bias[class] = bias;
}

/* Takes the mean sample out of products of samples; their mean squared length then. means: (n), of
 * each sample's products as they were. */
static double
centre(double *products, int n, double *means)
{
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

/* To samples as they were before they were divided by the root of length; the factors of a class
 * sum to 0. */
static void
centre_factors(const LearnSet *set, double length, double *factors)
{
    int n_classes = set->n_classes;

    for (int k = 0; k < n_classes; k++) {
        double sum = 0;

        for (int i = 0; i < set->n; i++)
            sum += factors[(size_t)i * n_classes + k];
        for (int i = 0; i < set->n; i++) {
            double *factor = &factors[(size_t)i * n_classes + k];

            *factor = length > 0 ? (*factor - sum / set->n) / length : 0;
        }
    }
}

bool
svm_dual_fit(const LearnSet *set, double *products, double c, const LearnWatch *watch,
             SvmDual *dual, GError **error)
{
    g_autoptr(LinearProblem) problem = NULL;
    g_autofree double *factor = NULL;
    Fit fit = {.set = set, .c = c > 0 ? c : 10, .dual = dual};
    double length;

    dual->factors = g_new0(double, (size_t)set->n * set->n_classes);
    dual->bias = g_new0(double, set->n_classes);
    dual->means = g_new0(double, set->n);
    length = centre(products, set->n, dual->means);
    if (length > 0) {
        for (size_t i = 0; i < (size_t)set->n * set->n; i++)
            products[i] /= length;
    }
    factor = learn_factor(products, set->n, &fit.rank);
    problem = linear_problem_new(factor, set->n, fit.rank);
    fit.factor = factor;
    fit.problem = problem;
    if (!learn_in_parallel(set->n_classes, watch, fit_class, &fit, error))
        return false;
    centre_factors(set, length, dual->factors);
    return true;
}

void
svm_dual_clear(SvmDual *dual)
{
    g_clear_pointer(&dual->factors, g_free);
    g_clear_pointer(&dual->bias, g_free);
    g_clear_pointer(&dual->means, g_free);
}
