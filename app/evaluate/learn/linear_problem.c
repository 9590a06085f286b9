/* SPDX-License-Identifier: Apache-2.0 */
/* Rows in liblinear's own form. */
#include "app/evaluate/learn/linear_problem.h"

#include <linear.h>

struct LinearProblem {
    int n, n_dims;
    struct feature_node **rows; /* each ends with index -1 */
    struct feature_node *nodes;
};

static void
say_nothing(const char *text)
{
}

LinearProblem *
linear_problem_new(const double *rows, int n, int n_dims)
{
    LinearProblem *problem = g_new(LinearProblem, 1);
    size_t n_nodes = 0;
    struct feature_node *node;

    for (size_t i = 0; i < (size_t)n * n_dims; i++)
        n_nodes += rows[i] != 0;
    problem->n = n;
    problem->n_dims = n_dims;
    problem->rows = g_new(struct feature_node *, n);
    node = problem->nodes = g_new(struct feature_node, n_nodes + 2 * (size_t)n);
    for (int i = 0; i < n; i++) {
        problem->rows[i] = node;
        for (int k = 0; k < n_dims; k++) {
            if (rows[(size_t)i * n_dims + k] != 0)
                *node++ = (struct feature_node){k + 1, rows[(size_t)i * n_dims + k]};
        }
        *node++ = (struct feature_node){n_dims + 1, 1};
        *node++ = (struct feature_node){-1, 0};
    }
    return problem;
}

void
linear_problem_free(LinearProblem *problem)
{
    if (!problem)
        return;
    g_free(problem->rows);
    g_free(problem->nodes);
    g_free(problem);
}

void
linear_problem_solve(const LinearProblem *problem, const bool *positive, double c, double *weights,
                     double *bias)
{
    g_autofree double *y = g_new(double, problem->n);
    struct problem given = {problem->n, problem->n_dims + 1, y, problem->rows, 1};
    struct parameter parameter = {
        .solver_type = L2R_L2LOSS_SVC,
        .eps = 1e-8,
        .C = c,
        .p = 0.1,
#if LIBLINEAR_VERSION >= 243
        .regularize_bias = 1,
#endif
    };
    struct model *model;
    double sign;

    for (int i = 0; i < problem->n; i++)
        y[i] = positive[i] ? 1 : -1;
    set_print_string_function(say_nothing);
    model = train(&given, &parameter);
    sign = model->label[0] == 1 ? 1 : -1; /* weights are for the label that came first */
    for (int k = 0; k < problem->n_dims; k++)
        weights[k] = sign * model->w[k];
    *bias = sign * model->w[problem->n_dims];
    free_and_destroy_model(&model);
}
