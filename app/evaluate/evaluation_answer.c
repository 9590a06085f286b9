/* SPDX-License-Identifier: Apache-2.0 */
/* Fitting and asking; answers as text. */
#include "app/evaluate/evaluation_answer.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

static void
test_free(void *data)
{
    EvaluationTest *test = data;

    g_array_unref(test->samples);
    g_array_unref(test->predicted);
    g_free(test);
}

static EvaluationAnswer *
answer_new(const EvaluationCell *cell)
{
    EvaluationAnswer *answer = g_new0(EvaluationAnswer, 1);

    answer->cell = *cell;
    answer->tests = g_ptr_array_new_with_free_func(test_free);
    return answer;
}

void
evaluation_answer_free(EvaluationAnswer *answer)
{
    if (!answer)
        return;
    g_ptr_array_unref(answer->tests);
    g_free(answer->groups);
    if (answer->top)
        g_array_unref(answer->top);
    g_free(answer);
}

const EvaluationTest *
evaluation_answer_test(const EvaluationAnswer *answer, int set)
{
    for (guint i = 0; i < answer->tests->len; i++) {
        const EvaluationTest *test = answer->tests->pdata[i];

        if (test->set == set)
            return test;
    }
    return NULL;
}

/* Makes room for what is said of a set; NULL when nothing is asked. */
static EvaluationTest *
add_test(EvaluationAnswer *answer, const EvaluationPlan *plan, guint set)
{
    GArray *samples = evaluation_cell_test(plan, &answer->cell, set);
    EvaluationTest *test;

    if (samples->len == 0) {
        g_array_unref(samples);
        return NULL;
    }
    test = g_new0(EvaluationTest, 1);
    test->set = (int)set;
    test->samples = samples;
    test->predicted = g_array_sized_new(FALSE, TRUE, sizeof(int), samples->len);
    g_array_set_size(test->predicted, samples->len);
    g_ptr_array_add(answer->tests, test);
    return test;
}

/* --- found --- */

typedef struct {
    double value;
    int feature;
} Weight;

static int
compare_weights(const void *a_, const void *b_)
{
    const Weight *a = a_, *b = b_;

    if (a->value != b->value)
        return a->value > b->value ? -1 : 1;
    return a->feature - b->feature;
}

static bool
says_importance(const EvaluationCell *cell)
{
    return cell->classifier == CLASSIFIER_FOREST && cell->ablation == 0 &&
           (cell->protocol == PROTOCOL_REAL || cell->protocol == PROTOCOL_SYNTHETIC);
}

static void
take_importance(EvaluationAnswer *answer, const FeatureMatrix *matrix, const Classifier *classifier)
{
    int n = feature_matrix_n_features(matrix);
    g_autofree double *by_feature = g_new0(double, n);
    g_autoptr(GArray) used = g_array_new(FALSE, FALSE, sizeof(Weight));

    classifier_importance(classifier, by_feature);
    answer->groups = g_new0(double, N_FEATURE_GROUPS);
    feature_matrix_sum_groups(matrix, by_feature, answer->groups);
    for (int i = 0; i < n; i++) {
        Weight weight = {by_feature[i], i};

        if (by_feature[i] > 0)
            g_array_append_val(used, weight);
    }
    g_array_sort(used, compare_weights);
    answer->top = g_array_new(FALSE, FALSE, sizeof(int));
    for (guint i = 0; i < MIN(used->len, EVALUATION_TOP); i++)
        g_array_append_val(answer->top, g_array_index(used, Weight, i).feature);
}

/* What a cell learns from. */
typedef struct {
    GArray *samples;
    int *classes;
    LearnSet set;
} Lesson;

static void
lesson_begin(Lesson *lesson, const EvaluationPlan *plan, const EvaluationCell *cell)
{
    lesson->samples = evaluation_cell_train(plan, cell);
    lesson->classes = g_new(int, lesson->samples->len + 1);
    for (guint i = 0; i < lesson->samples->len; i++)
        lesson->classes[i] = plan->labels[cell->task][g_array_index(lesson->samples, int, i)];
    lesson->set =
        (LearnSet){.matrix = plan->data->matrices[cell->features],
                   .samples = (const int *)(void *)lesson->samples->data,
                   .classes = lesson->classes,
                   .n = (int)lesson->samples->len,
                   .n_classes = (int)evaluation_plan_task(plan, cell->task)->classes->len};
}

static void
lesson_clear(Lesson *lesson)
{
    g_array_unref(lesson->samples);
    g_free(lesson->classes);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Lesson, lesson_clear)

/* Who answers: a classifier, or the products that all SVMs on flattened features share. */
static bool
ask(const EvaluationPlan *plan, const Lesson *lesson, const Classifier *classifier,
    EvaluationTest *test, const LearnWatch *watch, GError **error)
{
    const int *samples = (const int *)(void *)test->samples->data;
    int *predicted = (int *)(void *)test->predicted->data;
    int n = (int)test->samples->len;

    return classifier ? classifier_predict(classifier, lesson->set.matrix, samples, n, watch,
                                           predicted, NULL, error)
                      : svm_products_ask(plan->data->products, &lesson->set, 0, samples, n,
                                         predicted, watch, error);
}

bool
evaluation_cell_shares_products(const EvaluationCell *cell)
{
    return cell->classifier == CLASSIFIER_SVM && cell->features == EVALUATION_FLATTENED &&
           cell->ablation == 0;
}

EvaluationAnswer *
evaluation_answer_find(const EvaluationPlan *plan, const EvaluationCell *cell,
                       const LearnWatch *watch, GError **error)
{
    g_autoptr(EvaluationAnswer) answer = answer_new(cell);
    g_autoptr(Classifier) classifier = NULL;
    const ClassifierOptions options = {.mask = evaluation_ablations()[cell->ablation].mask,
                                       .seed = evaluation_cell_seed(plan, cell),
                                       .n_trees = plan->options.n_trees};
    g_auto(Lesson) lesson = {0};

    lesson_begin(&lesson, plan, cell);
    if (!plan->data->products || !evaluation_cell_shares_products(cell)) {
        classifier = classifier_fit(cell->classifier, &lesson.set, &options, watch, error);
        if (!classifier)
            return NULL;
    }
    for (guint s = 0; s < plan->data->sets->len; s++) {
        EvaluationTest *test = add_test(answer, plan, s);

        if (test && !ask(plan, &lesson, classifier, test, watch, error))
            return NULL;
    }
    if (says_importance(cell))
        take_importance(answer, lesson.set.matrix, classifier);
    return g_steal_pointer(&answer);
}

/* --- kept --- */

static void
append_ints(GString *text, const char *name, int set, const GArray *values)
{
    g_string_append_printf(text, "%s %d %u:", name, set, values->len);
    for (guint i = 0; i < values->len; i++)
        g_string_append_printf(text, " %d", g_array_index(values, int, i));
    g_string_append_c(text, '\n');
}

char *
evaluation_answer_to_text(const EvaluationAnswer *answer)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < answer->tests->len; i++) {
        const EvaluationTest *test = answer->tests->pdata[i];

        append_ints(text, "predicted", test->set, test->predicted);
    }
    if (answer->groups) {
        g_string_append_printf(text, "groups 0 %d:", N_FEATURE_GROUPS);
        for (int i = 0; i < N_FEATURE_GROUPS; i++) {
            char number[G_ASCII_DTOSTR_BUF_SIZE];

            g_string_append_printf(text, " %s",
                                   g_ascii_dtostr(number, sizeof number, answer->groups[i]));
        }
        g_string_append_c(text, '\n');
        append_ints(text, "top", 0, answer->top);
    }
    return g_string_free(text, FALSE);
}

/* "NAME SET N: 1 2 3"; false when it is another line or has not N whole numbers in range. */
static bool
read_ints(const char *line, const char *name, int set, int n, int below, GArray *values)
{
    g_autofree char *head = g_strdup_printf("%s %d %d:", name, set, n);
    const char *at = line + strlen(head);

    if (!g_str_has_prefix(line, head))
        return false;
    g_array_set_size(values, 0);
    while (*at == ' ') {
        char *end;
        gint64 value = g_ascii_strtoll(at + 1, &end, 10);
        int narrow = (int)value;

        if (end == at + 1 || value < 0 || value >= below)
            return false;
        g_array_append_val(values, narrow);
        at = end;
    }
    return *at == '\0' && (int)values->len == n;
}

static bool
read_groups(const char *line, double *groups)
{
    g_autofree char *head = g_strdup_printf("groups 0 %d:", N_FEATURE_GROUPS);
    const char *at = line + strlen(head);

    if (!g_str_has_prefix(line, head))
        return false;
    for (int i = 0; i < N_FEATURE_GROUPS; i++) {
        char *end;

        groups[i] = g_ascii_strtod(at, &end);
        if (end == at)
            return false;
        at = end;
    }
    return *at == '\0';
}

static bool
read_top(EvaluationAnswer *answer, char **lines, int n_features)
{
    gint64 n;

    if (!lines[0] || !lines[1] || !g_str_has_prefix(lines[1], "top 0 "))
        return false;
    n = g_ascii_strtoll(lines[1] + strlen("top 0 "), NULL, 10);
    answer->groups = g_new0(double, N_FEATURE_GROUPS);
    answer->top = g_array_new(FALSE, FALSE, sizeof(int));
    return n >= 0 && n <= EVALUATION_TOP && read_groups(lines[0], answer->groups) &&
           read_ints(lines[1], "top", 0, (int)n, n_features, answer->top);
}

EvaluationAnswer *
evaluation_answer_from_text(const char *text, const EvaluationPlan *plan,
                            const EvaluationCell *cell)
{
    g_autoptr(EvaluationAnswer) answer = answer_new(cell);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    int n_classes = (int)evaluation_plan_task(plan, cell->task)->classes->len;
    int at = 0;

    for (guint s = 0; s < plan->data->sets->len; s++) {
        EvaluationTest *test = add_test(answer, plan, s);

        if (test && (!lines[at] || !read_ints(lines[at++], "predicted", (int)s,
                                              (int)test->samples->len, n_classes, test->predicted)))
            return NULL;
    }
    if (says_importance(cell)) {
        if (!read_top(answer, lines + at,
                      feature_matrix_n_features(plan->data->matrices[cell->features])))
            return NULL;
        at += 2;
    }
    return lines[at] && !*lines[at] && !lines[at + 1] ? g_steal_pointer(&answer) : NULL;
}
