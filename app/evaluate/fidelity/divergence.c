/* SPDX-License-Identifier: Apache-2.0 */
/* Distances between distributions. */
#include "app/evaluate/fidelity/divergence.h"

#include <math.h>
#include <stdlib.h>

static double
sum_of(const guint64 *counts, int n)
{
    guint64 sum = 0;

    for (int i = 0; i < n; i++)
        sum += counts[i];
    return (double)sum;
}

double
jensen_shannon(const guint64 *a, const guint64 *b, int n)
{
    double sum_a = sum_of(a, n), sum_b = sum_of(b, n), divergence = 0;

    if (sum_a == 0 || sum_b == 0)
        return NAN;
    for (int i = 0; i < n; i++) {
        double p = (double)a[i] / sum_a, q = (double)b[i] / sum_b, middle = (p + q) / 2;

        if (p > 0)
            divergence += p * log2(p / middle) / 2;
        if (q > 0)
            divergence += q * log2(q / middle) / 2;
    }
    return CLAMP(divergence, 0, 1); /* rounding */
}

double
total_variation(const guint64 *a, const guint64 *b, int n)
{
    double sum_a = sum_of(a, n), sum_b = sum_of(b, n), difference = 0;

    if (sum_a == 0 || sum_b == 0)
        return NAN;
    for (int i = 0; i < n; i++)
        difference += fabs((double)a[i] / sum_a - (double)b[i] / sum_b);
    return CLAMP(difference / 2, 0, 1);
}

double
hellinger(const guint64 *a, const guint64 *b, int n)
{
    double sum_a = sum_of(a, n), sum_b = sum_of(b, n), squares = 0;

    if (sum_a == 0 || sum_b == 0)
        return NAN;
    for (int i = 0; i < n; i++) {
        double difference = sqrt((double)a[i] / sum_a) - sqrt((double)b[i] / sum_b);

        squares += difference * difference;
    }
    return CLAMP(sqrt(squares / 2), 0, 1);
}

/* The area between the two distribution functions. */
double
wasserstein_1(const float *a, guint n_a, const float *b, guint n_b)
{
    guint i = 0, k = 0;
    double distance = 0, last;

    if (n_a == 0 || n_b == 0)
        return NAN;
    last = MIN(a[0], b[0]);
    while (i < n_a || k < n_b) {
        double next = k >= n_b || (i < n_a && a[i] <= b[k]) ? (double)a[i] : (double)b[k];

        distance += fabs((double)i / n_a - (double)k / n_b) * (next - last);
        last = next;
        while (i < n_a && (double)a[i] == next)
            i++;
        while (k < n_b && (double)b[k] == next)
            k++;
    }
    return distance;
}

double
wasserstein_1_binned(const guint64 *a, const guint64 *b, const double *places, int n)
{
    double sum_a = sum_of(a, n), sum_b = sum_of(b, n), below_a = 0, below_b = 0, distance = 0;

    if (sum_a == 0 || sum_b == 0)
        return NAN;
    for (int i = 0; i + 1 < n; i++) {
        below_a += (double)a[i];
        below_b += (double)b[i];
        distance += fabs(below_a / sum_a - below_b / sum_b) * (places[i + 1] - places[i]);
    }
    return distance;
}

double
quantile(const float *sorted, guint n, double q)
{
    double place = CLAMP(q, 0, 1) * (n - 1);
    guint below = (guint)place;
    guint above = MIN(below + 1, n - 1);

    return (double)sorted[below] +
           (place - below) * ((double)sorted[above] - (double)sorted[below]);
}

static int
compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

void
sort_sample(float *values, guint n)
{
    if (n > 1)
        qsort(values, n, sizeof *values, compare);
}
