/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of rows of floats on the CPU, kept in double: fast, and in an order of their own that does
 * not depend on threads. */
#pragma once

#include <stdint.h>

double floats_sum(int64_t n, const float *x);
double floats_dot(int64_t n, const float *x, const float *y);
/* Mean and the sum of squared distances from it, block by block (Chan, Golub and LeVeque 1979), so
 * that a large mean costs no digits. */
void floats_moments(int64_t n, const float *x, double *mean, double *sum_squares);
