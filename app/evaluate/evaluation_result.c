/* SPDX-License-Identifier: Apache-2.0 */
/* Scores and their intervals. */
#include "app/evaluate/evaluation_result.h"

#include <math.h>
#include <string.h>

#include "app/evaluate/learn/score.h"

enum { N_DRAWS = 1000 };
static const double LEVEL = 0.95;

static void
result_free(void *data)
{
    EvaluationResult *result = data;

    g_array_unref(result->runs);
    g_array_unref(result->hits);
    g_array_unref(result->sizes);
    g_free(result->confusion);
    g_free(result);
}

static double
number_at(const GArray *numbers, int i)
{
    return g_array_index(numbers, double, i);
}

/* --- one result --- */

/* The answers that go into one, with what scoring them needs. */
typedef struct {
    const EvaluationPlan *plan;
    EvaluationResult *result;
    GPtrArray *tests;  /* EvaluationTest, borrowed: a run each */
    GPtrArray *groups; /* GArray of int, owned: the places in the tests of each capture */
} Scoring;

static int
truth_of(const Scoring *s, const EvaluationTest *test, guint i)
{
    return s->plan->labels[s->result->cell.task][g_array_index(test->samples, int, i)];
}

static void
count_run(const Scoring *s, const EvaluationTest *test, guint64 *confusion)
{
    for (guint i = 0; i < test->samples->len; i++)
        confusion[truth_of(s, test, i) * s->result->n_classes +
                  g_array_index(test->predicted, int, i)]++;
}

static void
score_runs(const Scoring *s)
{
    EvaluationResult *result = s->result;
    int n = result->n_classes;

    result->confusion = g_new0(guint64, n * n);
    for (guint i = 0; i < s->tests->len; i++) {
        g_autofree guint64 *own = g_new0(guint64, n * n);
        double accuracy;

        count_run(s, s->tests->pdata[i], own);
        for (int k = 0; k < n * n; k++)
            result->confusion[k] += own[k];
        accuracy = score_accuracy(own, n);
        g_array_append_val(result->runs, accuracy);
    }
    result->n_runs = (int)s->tests->len;
}

/* Samples of one capture are right or wrong together. */
static void
group_samples(Scoring *s)
{
    const EvaluationTest *test = s->tests->pdata[0];
    g_autoptr(GHashTable) by_capture = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < test->samples->len; i++) {
        int capture = s->plan->data->captures[g_array_index(test->samples, int, i)];
        GArray *group = g_hash_table_lookup(by_capture, GINT_TO_POINTER(capture + 1));

        if (!group) {
            group = g_array_new(FALSE, FALSE, sizeof(int));
            g_hash_table_insert(by_capture, GINT_TO_POINTER(capture + 1), group);
            g_ptr_array_add(s->groups, group);
        }
        g_array_append_val(group, i);
    }
}

static void
count_hits(const Scoring *s)
{
    for (guint g = 0; g < s->groups->len; g++) {
        const GArray *group = s->groups->pdata[g];
        double hits = 0, size = group->len;

        for (guint k = 0; k < group->len; k++) {
            guint i = (guint)g_array_index(group, int, k);

            for (guint run = 0; run < s->tests->len; run++) {
                const EvaluationTest *test = s->tests->pdata[run];

                hits += (truth_of(s, test, i) == g_array_index(test->predicted, int, i)) /
                        (double)s->tests->len;
            }
        }
        g_array_append_val(s->result->hits, hits);
        g_array_append_val(s->result->sizes, size);
    }
}

static double
accuracy_of(const int *indices, int n, gpointer data)
{
    const EvaluationResult *result = data;
    double hits = 0, size = 0;

    for (int i = 0; i < n; i++) {
        hits += number_at(result->hits, indices[i]);
        size += number_at(result->sizes, indices[i]);
    }
    return hits / size;
}

/* Mean over the runs of the macro F1 of the captures chosen. */
static double
macro_f1_of(const int *indices, int n, gpointer data)
{
    const Scoring *s = data;
    int n_classes = s->result->n_classes;
    g_autofree guint64 *confusion = g_new(guint64, n_classes * n_classes);
    double sum = 0;

    for (guint run = 0; run < s->tests->len; run++) {
        const EvaluationTest *test = s->tests->pdata[run];

        memset(confusion, 0, (gsize)(n_classes * n_classes) * sizeof *confusion);
        for (int k = 0; k < n; k++) {
            const GArray *group = s->groups->pdata[indices[k]];

            for (guint j = 0; j < group->len; j++) {
                guint i = (guint)g_array_index(group, int, j);

                confusion[truth_of(s, test, i) * n_classes +
                          g_array_index(test->predicted, int, i)]++;
            }
        }
        sum += score_macro_f1(confusion, n_classes);
    }
    return sum / s->tests->len;
}

/* Student's t knows no bounds; shares have them. */
static void
keep_share(Interval *interval)
{
    interval->low = interval->low < 0 ? 0 : interval->low;
    interval->high = interval->high > 1 ? 1 : interval->high;
}

static void
score_folds(const Scoring *s)
{
    EvaluationResult *result = s->result;
    g_autoptr(GArray) f1 = g_array_new(FALSE, FALSE, sizeof(double));
    double by_train = 1.0 / MAX(1, s->plan->options.n_folds - 1);

    for (guint i = 0; i < s->tests->len; i++) {
        g_autofree guint64 *own = g_new0(guint64, result->n_classes * result->n_classes);
        double value;

        count_run(s, s->tests->pdata[i], own);
        value = score_macro_f1(own, result->n_classes);
        g_array_append_val(f1, value);
    }
    result->accuracy = interval_cross_validation((double *)(void *)result->runs->data,
                                                 (int)result->runs->len, by_train, LEVEL);
    result->macro_f1 =
        interval_cross_validation((double *)(void *)f1->data, (int)f1->len, by_train, LEVEL);
    keep_share(&result->accuracy);
    keep_share(&result->macro_f1);
}

static void
score(Scoring *s)
{
    EvaluationResult *result = s->result;
    guint64 seed = s->plan->options.seed;

    score_runs(s);
    if (result->cell.protocol == PROTOCOL_CROSS_VALIDATION) {
        score_folds(s);
        return;
    }
    group_samples(s);
    count_hits(s);
    result->accuracy =
        interval_bootstrap_of((int)result->hits->len, accuracy_of, result, N_DRAWS, seed, LEVEL);
    result->macro_f1 =
        interval_bootstrap_of((int)s->groups->len, macro_f1_of, s, N_DRAWS, seed, LEVEL);
}

static EvaluationResult *
make_result(const EvaluationPlan *plan, const EvaluationCell *cell, int tested, GPtrArray *tests)
{
    Scoring s = {.plan = plan, .tests = tests};
    g_autoptr(GArray) train = evaluation_cell_train(plan, cell);

    s.result = g_new0(EvaluationResult, 1);
    s.result->cell = *cell;
    s.result->tested = tested;
    s.result->n_classes = (int)evaluation_plan_task(plan, cell->task)->classes->len;
    s.result->n_train = (int)train->len;
    s.result->n_test = (int)((EvaluationTest *)tests->pdata[0])->samples->len;
    s.result->runs = g_array_new(FALSE, FALSE, sizeof(double));
    s.result->hits = g_array_new(FALSE, FALSE, sizeof(double));
    s.result->sizes = g_array_new(FALSE, FALSE, sizeof(double));
    s.groups = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    score(&s);
    g_ptr_array_unref(s.groups);
    return s.result;
}

/* --- all results --- */

static bool
is_alike(const EvaluationCell *a, const EvaluationCell *b)
{
    return a->protocol == b->protocol && a->task == b->task && a->features == b->features &&
           a->classifier == b->classifier && a->ablation == b->ablation && a->set == b->set &&
           (a->step == b->step || a->protocol == PROTOCOL_CROSS_VALIDATION);
}

static void
add_results(EvaluationResults *results, guint first, bool *done)
{
    const EvaluationAnswer *answer = results->answers->pdata[first];

    for (int set = 0; set < (int)results->plan->data->sets->len; set++) {
        g_autoptr(GPtrArray) tests = g_ptr_array_new();

        for (guint i = first; i < results->answers->len; i++) {
            const EvaluationAnswer *other = results->answers->pdata[i];
            const EvaluationTest *test =
                is_alike(&answer->cell, &other->cell) ? evaluation_answer_test(other, set) : NULL;

            if (test)
                g_ptr_array_add(tests, (gpointer)test);
        }
        if (tests->len > 0)
            g_ptr_array_add(results->results,
                            make_result(results->plan, &answer->cell, set, tests));
    }
    for (guint i = first; i < results->answers->len; i++) {
        const EvaluationAnswer *other = results->answers->pdata[i];

        done[i] = done[i] || is_alike(&answer->cell, &other->cell);
    }
}

EvaluationResults *
evaluation_results_new(const EvaluationPlan *plan, GPtrArray *answers)
{
    EvaluationResults *results = g_new0(EvaluationResults, 1);
    g_autofree bool *done = g_new0(bool, answers->len + 1);

    results->plan = plan;
    results->answers = answers;
    results->results = g_ptr_array_new_with_free_func(result_free);
    for (guint i = 0; i < answers->len; i++) {
        if (!done[i])
            add_results(results, i, done);
    }
    return results;
}

void
evaluation_results_free(EvaluationResults *results)
{
    if (!results)
        return;
    g_ptr_array_unref(results->results);
    g_ptr_array_unref(results->answers);
    g_free(results);
}

const EvaluationResult *
evaluation_results_find(const EvaluationResults *results, EvaluationCell cell, int tested)
{
    for (guint i = 0; i < results->results->len; i++) {
        const EvaluationResult *result = results->results->pdata[i];

        if (result->tested == tested && is_alike(&result->cell, &cell))
            return result;
    }
    return NULL;
}

/* --- pairs --- */

typedef struct {
    const EvaluationResult *a, *b;
    bool divide;
} Pair;

static double
pair_of(const int *indices, int n, gpointer data)
{
    const Pair *pair = data;
    double a = accuracy_of(indices, n, (gpointer)pair->a);
    double b = accuracy_of(indices, n, (gpointer)pair->b);

    if (!pair->divide)
        return a - b;
    return b > 0 ? a / b : (double)NAN;
}

static Interval
compare(const EvaluationResult *a, const EvaluationResult *b, bool divide)
{
    Pair pair = {a, b, divide};

    if (!a || !b || a->hits->len == 0 || a->hits->len != b->hits->len || a->tested != b->tested)
        return (Interval){NAN, NAN, NAN, NAN, 0};
    return interval_bootstrap_of((int)a->hits->len, pair_of, &pair, N_DRAWS, 1, LEVEL);
}

Interval
evaluation_result_ratio(const EvaluationResult *a, const EvaluationResult *b)
{
    return compare(a, b, true);
}

Interval
evaluation_result_difference(const EvaluationResult *a, const EvaluationResult *b)
{
    return compare(a, b, false);
}
