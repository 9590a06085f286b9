/* SPDX-License-Identifier: Apache-2.0 */
/* What forests look at, and how alike that is. */
#include <math.h>

#include "app/evaluate/evaluation_result.h"
#include "app/evaluate/learn/score.h"

enum { TOP_GROUPS = 10 };

/* The answers of forests of a set that say what they look at: EvaluationAnswer, borrowed. */
static GPtrArray *
list_answers(const EvaluationResults *results, int task, EvaluationFeatures features, int set)
{
    GPtrArray *answers = g_ptr_array_new();

    for (guint i = 0; i < results->answers->len; i++) {
        const EvaluationAnswer *answer = results->answers->pdata[i];

        if (answer->groups && answer->cell.task == task && answer->cell.features == features &&
            answer->cell.set == set)
            g_ptr_array_add(answers, (gpointer)answer);
    }
    return answers;
}

static void
add_groups(const GPtrArray *answers, double *groups)
{
    for (int i = 0; i < N_FEATURE_GROUPS; i++)
        groups[i] = 0;
    for (guint k = 0; k < answers->len; k++) {
        const EvaluationAnswer *answer = answers->pdata[k];

        for (int i = 0; i < N_FEATURE_GROUPS; i++)
            groups[i] += answer->groups[i] / answers->len;
    }
}

bool
evaluation_results_importance(const EvaluationResults *results, int task,
                              EvaluationFeatures features, int set, double *groups)
{
    g_autoptr(GPtrArray) answers = list_answers(results, task, features, set);

    add_groups(answers, groups);
    return answers->len > 0;
}

static double
top_overlap(const GArray *a, const GArray *b)
{
    g_autoptr(GHashTable) first = g_hash_table_new(NULL, NULL);
    guint both = 0, either;

    for (guint i = 0; i < a->len; i++)
        g_hash_table_add(first, GINT_TO_POINTER(g_array_index(a, int, i)));
    for (guint i = 0; i < b->len; i++)
        both += g_hash_table_contains(first, GINT_TO_POINTER(g_array_index(b, int, i)));
    either = a->len + b->len - both;
    return either > 0 ? (double)both / either : (double)NAN;
}

ImportanceOverlap
evaluation_results_overlap(const EvaluationResults *results, int task, EvaluationFeatures features,
                           int set)
{
    g_autoptr(GPtrArray) real = list_answers(results, task, features, 0);
    g_autoptr(GPtrArray) others = list_answers(results, task, features, set);
    ImportanceOverlap sum = {0};
    int n = 0;

    for (guint i = 0; i < real->len; i++) {
        for (guint k = set == 0 ? i + 1 : 0; k < others->len; k++) {
            const EvaluationAnswer *a = real->pdata[i], *b = others->pdata[k];

            sum.fields += score_top_overlap(a->groups, b->groups, N_FEATURE_GROUPS, TOP_GROUPS);
            sum.rank += score_rank_correlation(a->groups, b->groups, N_FEATURE_GROUPS);
            sum.features += top_overlap(a->top, b->top);
            n++;
        }
    }
    if (n == 0)
        return (ImportanceOverlap){NAN, NAN, NAN};
    return (ImportanceOverlap){sum.fields / n, sum.rank / n, sum.features / n};
}
