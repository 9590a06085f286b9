/* SPDX-License-Identifier: Apache-2.0 */
/* Intervals by Student's t and by the bootstrap. */
#include "app/evaluate/learn/interval.h"

#include <math.h>

#include "app/trace/random.h"

/* The continued fraction of the incomplete beta function, by Lentz's method (Numerical Recipes,
 * 6.4). */
static double
beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1), h;

    d = 1 / (fabs(d) < tiny ? tiny : d);
    h = d;
    for (int m = 1; m <= 1000; m++) {
        double step[2] = {m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                          -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))};
        double change = 1;

        for (int i = 0; i < 2; i++) {
            d = 1 + step[i] * d;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = 1 + step[i] / c;
            c = fabs(c) < tiny ? tiny : c;
            change = c * d;
            h *= change;
        }
        if (fabs(change - 1) < 1e-15)
            break;
    }
    return h;
}

/* Regularised incomplete beta function I_x(a, b). */
static double
incomplete_beta(double a, double b, double x)
{
    double front;

    if (x <= 0 || x >= 1)
        return x <= 0 ? 0 : 1;
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    return x < (a + 1) / (a + b + 2) ? front * beta_fraction(a, b, x) / a
                                     : 1 - front * beta_fraction(b, a, 1 - x) / b;
}

/* The share of Student's t above t > 0. */
static double
student_t_above(double t, double degrees)
{
    return incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t)) / 2;
}

double
student_t_quantile(double p, double degrees)
{
    double above = p < 0.5 ? p : 1 - p, low = 0, high = 1;

    g_return_val_if_fail(p > 0 && p < 1 && degrees > 0, NAN);
    while (student_t_above(high, degrees) > above && high < 1e300)
        high *= 2;
    for (int i = 0; i < 200 && high - low > 1e-14 * high; i++) {
        double middle = (low + high) / 2;

        *(student_t_above(middle, degrees) > above ? &low : &high) = middle;
    }
    return p < 0.5 ? -(low + high) / 2 : (low + high) / 2;
}

static Interval
interval_with(const double *values, int n, double variance_factor, double level)
{
    Interval interval = {NAN, NAN, NAN, NAN, n};
    double sum = 0, squares = 0, half;

    for (int i = 0; i < n; i++)
        sum += values[i];
    if (n > 0)
        interval.mean = sum / n;
    if (n < 2)
        return interval;
    for (int i = 0; i < n; i++)
        squares += (values[i] - interval.mean) * (values[i] - interval.mean);
    interval.deviation = sqrt(squares / (n - 1));
    half = student_t_quantile((1 + level) / 2, n - 1) * interval.deviation * sqrt(variance_factor);
    interval.low = interval.mean - half;
    interval.high = interval.mean + half;
    return interval;
}

Interval
interval_t(const double *values, int n, double level)
{
    return interval_with(values, n, 1.0 / MAX(n, 1), level);
}

Interval
interval_cross_validation(const double *values, int n, double test_by_train, double level)
{
    return interval_with(values, n, 1.0 / MAX(n, 1) + test_by_train, level);
}

static int
compare_doubles(gconstpointer a, gconstpointer b, gpointer nothing)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Linear between values, as numpy.quantile. */
static double
quantile_of(const double *sorted, int n, double q)
{
    double at = q * (n - 1);
    int below = (int)at;

    return below + 1 < n ? sorted[below] + (at - below) * (sorted[below + 1] - sorted[below])
                         : sorted[n - 1];
}

Interval
interval_bootstrap_of(int n, double (*statistic)(const int *indices, int n, gpointer data),
                      gpointer data, int n_draws, guint64 seed, double level)
{
    Interval interval = {NAN, NAN, NAN, NAN, n};
    g_autofree int *indices = g_new(int, MAX(n, 1));
    g_autofree double *drawn = g_new(double, MAX(n_draws, 1));
    Random random = random_seeded(seed);
    int n_drawn = 0;

    if (n <= 0)
        return interval;
    for (int i = 0; i < n; i++)
        indices[i] = i;
    interval.mean = statistic(indices, n, data);
    for (int draw = 0; draw < n_draws; draw++) {
        double value;

        for (int i = 0; i < n; i++)
            indices[i] = (int)random_below(&random, n);
        value = statistic(indices, n, data);
        if (!isnan(value))
            drawn[n_drawn++] = value;
    }
    if (n < 2 || n_drawn < 2)
        return interval;
    g_qsort_with_data(drawn, n_drawn, sizeof *drawn, compare_doubles, NULL);
    interval.low = quantile_of(drawn, n_drawn, (1 - level) / 2);
    interval.high = quantile_of(drawn, n_drawn, (1 + level) / 2);
    interval.deviation = interval_t(drawn, n_drawn, level).deviation;
    return interval;
}

static double
mean_of(const int *indices, int n, gpointer data)
{
    const double *values = data;
    double sum = 0;

    for (int i = 0; i < n; i++)
        sum += values[indices[i]];
    return sum / n;
}

Interval
interval_bootstrap(const double *values, int n, int n_draws, guint64 seed, double level)
{
    Interval interval = interval_bootstrap_of(n, mean_of, (gpointer)values, n_draws, seed, level);

    interval.deviation = interval_t(values, n, level).deviation;
    return interval;
}
