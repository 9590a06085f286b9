/* SPDX-License-Identifier: Apache-2.0 */
/* Forests by axis: learned, kept, read again, asked. */
#include "app/evaluate/forests.h"

#include <math.h>

#include "tests/evaluate/evaluation_support.h"

static void
check_answers(const Forests *forests, const EvaluationData *data)
{
    const EvaluationSet *real = evaluation_data_set(data, 0);
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < real->traces->len; i++) {
        const EvaluationTrace *trace = evaluation_set_trace(real, i);
        g_autoptr(Trace) read = evaluation_data_open(data, trace, NULL, &error);
        g_autoptr(GPtrArray) answers = forests_ask(forests, read, &error);
        const ForestAnswer *answer;

        g_assert_no_error(error);
        g_assert_null(forest_answer_on(answers, "app")); /* all are of one class on it */
        answer = forest_answer_on(answers, "tunnel");
        g_assert_true(g_str_has_suffix(trace->caption, "web"));
        g_assert_true(g_str_has_prefix(trace->caption, answer->word));
        g_assert_cmpfloat(answer->share, >, 0.5);
        g_assert_cmpfloat_with_epsilon(answer->shares[0] + answer->shares[1], 1, 1e-6);
    }
}

static void
test_kept(void)
{
    char *dir = support_dir();
    g_autofree char *folder = g_build_filename(dir, "forests", NULL);
    g_autoptr(Vocabulary) vocabulary = support_vocabulary(dir);
    g_autoptr(EvaluationData) data = support_data(dir, 8, 4, 1);
    const ClassifierOptions options = {.n_trees = 15, .seed = 1};
    g_autoptr(GError) error = NULL;
    g_autoptr(Forests) made = forests_learn(data, vocabulary, &options, NULL, &error);
    g_autoptr(Forests) read = NULL;

    g_assert_no_error(error);
    g_assert_cmpuint(made->axes->len, ==, 1);
    g_assert_cmpint(forests_axis(made, 0)->n_train, ==, 16);
    g_assert_cmpint(forests_axis(made, 0)->n_test, ==, 8);
    g_assert_cmpfloat(forests_axis(made, 0)->accuracy, ==, 1);
    g_assert_cmpuint(made->notes->len, ==, 2); /* app has one class, quality none */
    check_answers(made, data);
    g_assert_true(forests_save(made, folder, &error));
    read = forests_load(folder, &error);
    g_assert_no_error(error);
    g_assert_cmpint(read->n_packets, ==, made->n_packets);
    g_assert_cmpint(forests_axis(read, 0)->n_test, ==, 8);
    g_assert_cmpfloat(forests_axis(read, 0)->macro_f1, ==, 1);
    check_answers(read, data);
    support_remove(dir);
}

static void
test_bad(void)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"format\": \"torchlight-forests\", \"version\": 2}",
        "{\"format\": \"torchlight-forests\", \"version\": 1, \"packets\": 1e9, \"axes\": []}",
        "{\"format\": \"torchlight-forests\", \"version\": 1, \"packets\": 8, \"axes\": [3]}",
        "{\"format\": \"torchlight-forests\", \"version\": 1, \"packets\": 8, \"axes\": "
        "[{\"axis\": \"../../etc\"}]}",
        "{\"format\": \"torchlight-forests\", \"version\": 1, \"packets\": 8, \"axes\": "
        "[{\"axis\": \"gone\"}]}"};
    char *dir = support_dir();
    g_autofree char *path = g_build_filename(dir, FORESTS_INDEX, NULL);

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_true(g_file_set_contents(path, bad[i], -1, NULL));
        g_assert_null(forests_load(dir, &error));
        g_assert_nonnull(error);
    }
    support_remove(dir);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/forests/kept", test_kept);
    g_test_add_func("/forests/bad", test_bad);
    return g_test_run();
}
