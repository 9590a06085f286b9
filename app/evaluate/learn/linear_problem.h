/* SPDX-License-Identifier: Apache-2.0 */
/* liblinear's solver behind a few plain arrays; linear.h is included by linear_problem.c alone. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct LinearProblem LinearProblem;

/* Copies rows (n, n_dims). */
LinearProblem *linear_problem_new(const double *rows, int n, int n_dims);
void linear_problem_free(LinearProblem *problem);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LinearProblem, linear_problem_free)

/* Minimises |w|^2 / 2 + bias^2 / 2 + c sum max(0, 1 - y (w row + bias))^2, the bias being the
 * weight of one more column of ones, by a trust region Newton method (Lin, Weng, Keerthi 2008),
 * which draws nothing at random: the same problem has the same solution. positive (n): y is 1, else
 * -1; both must occur. weights (n_dims). Several threads may solve one problem at once. */
void linear_problem_solve(const LinearProblem *problem, const bool *positive, double c,
                          double *weights, double *bias);
