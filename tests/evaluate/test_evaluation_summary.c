/* SPDX-License-Identifier: Apache-2.0 */
/* evaluation.json read back: of our own making in tests/ui; here of anybody's. */
#include "app/evaluate/evaluation_summary.h"

#include <math.h>
#include <string.h>

#include "tests/evaluate/evaluation_support.h"

static EvaluationSummary *
read_text(const char *text, GError **error)
{
    char *dir = support_dir();
    g_autofree char *path = g_build_filename(dir, "evaluation.json", NULL);
    EvaluationSummary *summary;

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    summary = evaluation_summary_read(path, error);
    support_remove(dir);
    return summary;
}

static void
test_good(void)
{
    static const char text[] =
        "{\"format\":\"torchlight-evaluation\",\"version\":1,\"title\":\"T\",\"notes\":[\"n\"],"
        "\"goals\":[{\"statement\":\"s\",\"value\":0.9,\"met\":false,\"detail\":\"d\"},"
        "{\"statement\":\"u\",\"value\":null,\"met\":null},{\"statement\":\"m\",\"met\":true}],"
        "\"axes\":[{\"axis\":\"app\"},{\"axis\":\"quality\",\"problem\":\"one class\"}],"
        "\"sets\":[{\"name\":\"r\",\"role\":\"real\",\"traces\":4,\"notes\":[\"short\"]},"
        "{\"name\":\"s\",\"role\":\"synthetic\",\"kind\":\"diffusion\",\"traces\":3,\"utility\":"
        "{\"flattened\":{\"mean\":0.75,\"least\":0.5}},\"measures\":["
        "{\"id\":\"jensen-shannon-fields\",\"class\":\"web\",\"value\":9},"
        "{\"id\":\"jensen-shannon-fields\",\"value\":0.25,\"floor\":0.125},"
        "{\"id\":\"discriminator-auc\",\"value\":1},{\"id\":\"repaired-share\",\"value\":null}]}]}";
    g_autoptr(GError) error = NULL;
    g_autoptr(EvaluationSummary) summary = read_text(text, &error);
    const SummarySet *set;

    g_assert_no_error(error);
    g_assert_cmpstr(summary->title, ==, "T");
    g_assert_cmpuint(summary->goals->len, ==, 3);
    g_assert_cmpint(((SummaryGoal *)summary->goals->pdata[0])->state, ==, GOAL_MISSED);
    g_assert_cmpint(((SummaryGoal *)summary->goals->pdata[1])->state, ==, GOAL_UNKNOWN);
    g_assert_true(isnan(((SummaryGoal *)summary->goals->pdata[1])->value));
    g_assert_cmpint(((SummaryGoal *)summary->goals->pdata[2])->state, ==, GOAL_MET);
    g_assert_cmpuint(summary->notes->len, ==, 3);
    g_assert_cmpstr(summary->notes->pdata[0], ==, "n");
    g_assert_cmpstr(summary->notes->pdata[1], ==, "quality: one class");
    g_assert_cmpstr(summary->notes->pdata[2], ==, "r: short");
    g_assert_true(((SummarySet *)summary->sets->pdata[0])->is_real);
    set = summary->sets->pdata[1];
    g_assert_cmpint(set->n_traces, ==, 3);
    g_assert_cmpfloat(set->utility[EVALUATION_FLATTENED], ==, 0.75);
    g_assert_cmpfloat(set->least[EVALUATION_FLATTENED], ==, 0.5);
    g_assert_true(isnan(set->utility[EVALUATION_ORDER_FREE]));
    g_assert_cmpfloat(set->divergence, ==, 0.25); /* of all classes */
    g_assert_cmpfloat(set->divergence_floor, ==, 0.125);
    g_assert_cmpfloat(set->auc, ==, 1);
    g_assert_true(isnan(set->repaired));
    g_assert_cmpuint(summary->figures->figures->len, ==, 0);
}

static void
test_odd(void)
{
    static const char head[] = "{\"format\":\"torchlight-evaluation\",\"version\":1,";
    static const char *const odd[] = {"\"goals\":3}", "\"goals\":[3,null,[]]}",
                                      "\"sets\":[{\"name\":3,\"traces\":-1e300,\"utility\":[]}]}",
                                      "\"axes\":{},\"notes\":[3,{}],\"title\":null}"};
    static const char *const bad[] = {
        "",
        "3",
        "{}",
        "{\"format\":\"torchlight-figures\",\"version\":1}",
        "{\"format\":\"torchlight-evaluation\",\"version\":2}",
        "{\"format\":\"torchlight-evaluation\",\"version\":1,\"figures\":{}}"};

    for (guint i = 0; i < G_N_ELEMENTS(odd); i++) {
        g_autofree char *text = g_strconcat(head, odd[i], NULL);
        g_autoptr(GError) error = NULL;
        g_autoptr(EvaluationSummary) summary = read_text(text, &error);

        g_assert_no_error(error);
        g_assert_nonnull(summary);
    }
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(read_text(bad[i], &error));
        g_assert_nonnull(strstr(error->message, "evaluation.json"));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/evaluation-summary/good", test_good);
    g_test_add_func("/evaluation-summary/odd", test_odd);
    return g_test_run();
}
