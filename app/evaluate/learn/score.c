/* SPDX-License-Identifier: Apache-2.0 */
/* Predictions against truth. */
#include "app/evaluate/learn/score.h"

#include <math.h>

guint64 *
score_confusion(const int *truth, const int *predicted, int n, int n_classes)
{
    guint64 *counts = g_new0(guint64, (size_t)n_classes * n_classes);

    for (int i = 0; i < n; i++)
        counts[(size_t)truth[i] * n_classes + predicted[i]]++;
    return counts;
}

double
score_accuracy(const guint64 *confusion, int n_classes)
{
    guint64 right = 0, all = 0;

    for (int i = 0; i < n_classes * n_classes; i++)
        all += confusion[i];
    for (int i = 0; i < n_classes; i++)
        right += confusion[i * n_classes + i];
    return all > 0 ? (double)right / all : NAN;
}

/* How often class i is true, and predicted. */
static void
sum_class(const guint64 *confusion, int n_classes, int i, guint64 *n_true, guint64 *n_predicted)
{
    *n_true = *n_predicted = 0;
    for (int k = 0; k < n_classes; k++) {
        *n_true += confusion[i * n_classes + k];
        *n_predicted += confusion[k * n_classes + i];
    }
}

double
score_macro_f1(const guint64 *confusion, int n_classes)
{
    double sum = 0;
    int n = 0;

    for (int i = 0; i < n_classes; i++) {
        guint64 n_true, n_predicted;

        sum_class(confusion, n_classes, i, &n_true, &n_predicted);
        if (n_true + n_predicted == 0)
            continue;
        sum += 2.0 * confusion[i * n_classes + i] / (n_true + n_predicted);
        n++;
    }
    return n > 0 ? sum / n : NAN;
}

double
score_macro_recall(const guint64 *confusion, int n_classes)
{
    double sum = 0;
    int n = 0;

    for (int i = 0; i < n_classes; i++) {
        guint64 n_true, n_predicted;

        sum_class(confusion, n_classes, i, &n_true, &n_predicted);
        if (n_true == 0)
            continue;
        sum += (double)confusion[i * n_classes + i] / n_true;
        n++;
    }
    return n > 0 ? sum / n : NAN;
}

static int
compare_falling(gconstpointer a, gconstpointer b, gpointer values)
{
    double x = ((const double *)values)[*(const int *)a];
    double y = ((const double *)values)[*(const int *)b];

    return x != y ? (x < y) - (x > y) : *(const int *)a - *(const int *)b;
}

/* Indices of the values, the largest first, equals by index; the caller frees. */
static int *
order_falling(const double *values, int n)
{
    int *order = g_new(int, n + 1);

    for (int i = 0; i < n; i++)
        order[i] = i;
    g_qsort_with_data(order, n, sizeof *order, compare_falling, (gpointer)values);
    return order;
}

/* The end of the run of equal values that begins at first. */
static int
end_of_ties(const double *values, const int *order, int n, int first)
{
    int end = first + 1;

    while (end < n && values[order[end]] == values[order[first]])
        end++;
    return end;
}

static bool
count_sides(const double *scores, const bool *positive, int n, double *n_positive,
            double *n_negative)
{
    *n_positive = *n_negative = 0;
    for (int i = 0; i < n; i++) {
        if (isnan(scores[i]))
            return false;
        *(positive[i] ? n_positive : n_negative) += 1;
    }
    return *n_positive > 0 && *n_negative > 0;
}

double
score_roc_auc(const double *scores, const bool *positive, int n)
{
    g_autofree int *order = NULL;
    double n_positive, n_negative, above = 0, area = 0; /* above: positives of higher scores */

    if (!count_sides(scores, positive, n, &n_positive, &n_negative))
        return NAN;
    order = order_falling(scores, n);
    for (int first = 0, end; first < n; first = end) {
        double p = 0;

        end = end_of_ties(scores, order, n, first);
        for (int i = first; i < end; i++)
            p += positive[order[i]];
        area += (end - first - p) * (above + p / 2);
        above += p;
    }
    return area / (n_positive * n_negative);
}

double
score_tpr_at_fpr(const double *scores, const bool *positive, int n, double max_fpr)
{
    g_autofree int *order = NULL;
    double n_positive, n_negative, found = 0, wrong = 0, best = 0;

    if (!count_sides(scores, positive, n, &n_positive, &n_negative))
        return NAN;
    order = order_falling(scores, n);
    for (int first = 0, end; first < n; first = end) {
        end = end_of_ties(scores, order, n, first);
        for (int i = first; i < end; i++)
            *(positive[order[i]] ? &found : &wrong) += 1;
        if (wrong / n_negative > max_fpr)
            break;
        best = found / n_positive;
    }
    return best;
}

double
score_top_overlap(const double *a, const double *b, int n, int k)
{
    g_autofree int *order_a = order_falling(a, n), *order_b = order_falling(b, n);
    g_autofree guint8 *top = g_new0(guint8, n + 1);
    int n_both = 0, n_either = 0;

    for (int i = 0; i < MIN(k, n); i++) {
        if (a[order_a[i]] > 0)
            top[order_a[i]] |= 1;
        if (b[order_b[i]] > 0)
            top[order_b[i]] |= 2;
    }
    for (int i = 0; i < n; i++) {
        n_both += top[i] == 3;
        n_either += top[i] != 0;
    }
    return n_either > 0 ? (double)n_both / n_either : NAN;
}

/* Ranks from 1 on, ties getting their mean; the caller frees. */
static double *
mean_ranks(const double *values, int n)
{
    g_autofree int *order = order_falling(values, n);
    double *ranks = g_new(double, n + 1);

    for (int first = 0, end; first < n; first = end) {
        end = end_of_ties(values, order, n, first);
        for (int i = first; i < end; i++)
            ranks[order[i]] = (first + 1 + end) / 2.0;
    }
    return ranks;
}

double
score_rank_correlation(const double *a, const double *b, int n)
{
    g_autofree double *ranks_a = mean_ranks(a, n), *ranks_b = mean_ranks(b, n);
    double mean = (n + 1) / 2.0, ab = 0, aa = 0, bb = 0;

    for (int i = 0; i < n; i++) {
        ab += (ranks_a[i] - mean) * (ranks_b[i] - mean);
        aa += (ranks_a[i] - mean) * (ranks_a[i] - mean);
        bb += (ranks_b[i] - mean) * (ranks_b[i] - mean);
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : NAN;
}
