/* SPDX-License-Identifier: Apache-2.0 */
/* Forests learned and asked. */
#include "app/evaluate/forests_private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/evaluate/learn/score.h"

static void
axis_forest_free(void *data)
{
    AxisForest *forest = data;

    classifier_free(forest->classifier);
    g_free(forest);
}

Forests *
forests_new(int n_packets)
{
    Forests *forests = g_new(Forests, 1);

    *forests = (Forests){.n_packets = n_packets,
                         .axes = g_ptr_array_new_with_free_func(axis_forest_free),
                         .notes = g_ptr_array_new_with_free_func(g_free)};
    return forests;
}

void
forests_free(Forests *forests)
{
    if (!forests)
        return;
    g_ptr_array_unref(forests->axes);
    g_ptr_array_unref(forests->notes);
    g_free(forests);
}

/* --- learning --- */

typedef struct {
    GArray *samples, *classes; /* int */
} Part;

static void
part_clear(Part *part)
{
    g_array_unref(part->samples);
    g_array_unref(part->classes);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Part, part_clear)

/* The real traces of a part that have a class. */
static Part
take_part(const EvaluationSet *real, const int *labels, SplitPart which)
{
    Part part = {g_array_new(FALSE, FALSE, sizeof(int)), g_array_new(FALSE, FALSE, sizeof(int))};

    for (int i = 0; i < (int)real->traces->len; i++) {
        if (labels[i] < 0 || evaluation_set_trace(real, (guint)i)->part != which)
            continue;
        g_array_append_val(part.samples, i);
        g_array_append_val(part.classes, labels[i]);
    }
    return part;
}

static void
name_classes(Classifier *classifier, const EvaluationTask *task)
{
    g_autofree const char **names = g_new(const char *, task->classes->len);

    for (guint i = 0; i < task->classes->len; i++)
        names[i] = task->classes->pdata[i];
    classifier_set_class_names(classifier, names);
}

static bool
ask_test_part(AxisForest *forest, const FeatureMatrix *matrix, const Part *test,
              const LearnWatch *watch, GError **error)
{
    int n = (int)test->samples->len, n_classes = classifier_n_classes(forest->classifier);
    g_autofree int *predicted = g_new(int, n + 1);
    g_autofree guint64 *confusion = NULL;

    if (!classifier_predict(forest->classifier, matrix, (const int *)test->samples->data, n, watch,
                            predicted, NULL, error))
        return false;
    confusion = score_confusion((const int *)test->classes->data, predicted, n, n_classes);
    forest->n_test = n;
    forest->accuracy = score_accuracy(confusion, n_classes);
    forest->macro_f1 = score_macro_f1(confusion, n_classes);
    return true;
}

static bool
learn_axis(Forests *forests, const EvaluationData *data, const EvaluationTask *task,
           const int *labels, const ClassifierOptions *options, const LearnWatch *watch,
           GError **error)
{
    const FeatureMatrix *matrix = data->matrices[EVALUATION_ORDER_FREE];
    g_auto(Part) train = take_part(evaluation_data_set(data, 0), labels, SPLIT_INTO_TRAIN);
    g_auto(Part) test = take_part(evaluation_data_set(data, 0), labels, SPLIT_INTO_TEST);
    const LearnSet set = {.matrix = matrix,
                          .samples = (const int *)train.samples->data,
                          .classes = (const int *)train.classes->data,
                          .n = (int)train.samples->len,
                          .n_classes = (int)task->classes->len};
    AxisForest *forest = g_new0(AxisForest, 1);

    g_ptr_array_add(forests->axes, forest);
    forest->axis = task->axis;
    forest->n_train = set.n;
    forest->classifier = classifier_fit(CLASSIFIER_FOREST, &set, options, watch, error);
    if (!forest->classifier)
        return false;
    name_classes(forest->classifier, task);
    return ask_test_part(forest, matrix, &test, watch, error);
}

Forests *
forests_learn(const EvaluationData *data, const Vocabulary *vocabulary,
              const ClassifierOptions *options, const LearnWatch *watch, GError **error)
{
    g_autoptr(Forests) forests = forests_new(data->n_packets);
    g_autoptr(GPtrArray) axes = vocabulary_list_axes(vocabulary);
    const EvaluationSet *real = evaluation_data_set(data, 0);

    for (guint i = 0; i < axes->len; i++) {
        g_autoptr(EvaluationTask) task =
            evaluation_task_new(vocabulary, axes->pdata[i], real, NULL);
        g_autofree int *labels = evaluation_task_labels(task, vocabulary, real);

        if (task->problem)
            g_ptr_array_add(forests->notes, g_strdup_printf("%s: %s", task->axis, task->problem));
        else if (!learn_axis(forests, data, task, labels, options, watch, error))
            return NULL;
    }
    if (forests->axes->len > 0)
        return g_steal_pointer(&forests);
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s” teaches nothing: on no axis of the captions there are two words that "
                  "captures to train and captures to test with both have."),
                real->path);
    return NULL;
}

/* --- asking --- */

static void
answer_free(void *data)
{
    ForestAnswer *answer = data;

    g_free(answer->shares);
    g_free(answer);
}

GPtrArray *
forests_ask(const Forests *forests, const Trace *trace, GError **error)
{
    g_autoptr(FeatureMatrix) matrix =
        feature_matrix_new(FEATURES_ORDER_FREE, layout_default(), forests->n_packets);
    g_autoptr(GPtrArray) answers = g_ptr_array_new_with_free_func(answer_free);
    const LearnWatch alone = {.n_threads = 1}; /* one trace is not worth a thread */
    const int sample = 0;

    if (feature_matrix_add_trace(matrix, trace, error) < 0)
        return NULL;
    for (guint i = 0; i < forests->axes->len; i++) {
        const AxisForest *forest = forests_axis(forests, i);
        ForestAnswer *answer = g_new0(ForestAnswer, 1);
        int predicted;

        g_ptr_array_add(answers, answer);
        answer->axis = forest->axis;
        answer->shares = g_new0(double, classifier_n_classes(forest->classifier));
        if (!classifier_predict(forest->classifier, matrix, &sample, 1, &alone, &predicted,
                                answer->shares, error))
            return NULL;
        answer->word = classifier_class_name(forest->classifier, predicted);
        answer->share = answer->shares[predicted];
    }
    return g_steal_pointer(&answers);
}

const ForestAnswer *
forest_answer_on(const GPtrArray *answers, const char *axis)
{
    for (guint i = 0; i < answers->len; i++) {
        const ForestAnswer *answer = answers->pdata[i];

        if (g_str_equal(answer->axis, axis))
            return answer;
    }
    return NULL;
}
