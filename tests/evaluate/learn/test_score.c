/* SPDX-License-Identifier: Apache-2.0 */
/* Scores against scikit-learn 1.2 and scipy 1.10 (accuracy_score, f1_score, recall_score,
 * roc_auc_score, roc_curve, spearmanr) and by hand. */
#include "app/evaluate/learn/score.h"

#include <math.h>

static void
test_confusion(void)
{
    const int truth[10] = {0, 0, 0, 0, 1, 1, 1, 2, 2, 3};
    const int predicted[10] = {0, 0, 1, 2, 1, 1, 0, 2, 0, 4};
    g_autofree guint64 *confusion = score_confusion(truth, predicted, 10, 6);
    const guint64 none[4] = {0};

    g_assert_cmpuint(confusion[0 * 6 + 0], ==, 2);
    g_assert_cmpuint(confusion[0 * 6 + 2], ==, 1);
    g_assert_cmpuint(confusion[2 * 6 + 0], ==, 1);
    g_assert_cmpuint(confusion[3 * 6 + 4], ==, 1);
    g_assert_cmpfloat_with_epsilon(score_accuracy(confusion, 6), 0.5, 1e-12);
    g_assert_cmpfloat_with_epsilon(score_macro_f1(confusion, 6), 1.0 / 3, 1e-12);
    g_assert_cmpfloat_with_epsilon(score_macro_recall(confusion, 6), 0.41666666666666663, 1e-12);
    g_assert_true(isnan(score_accuracy(none, 2)));
    g_assert_true(isnan(score_macro_f1(none, 2)));
}

static void
test_roc(void)
{
    const bool positive[10] = {false, false, true, true, false, true, false, true, true, false};
    const double scores[10] = {.1, .4, .35, .8, .4, .4, .7, .9, .7, .2};
    const double equal[10] = {0};
    const double broken[2] = {NAN, 1};
    const bool both[2] = {true, false};

    g_assert_cmpfloat_with_epsilon(score_roc_auc(scores, positive, 10), 0.78, 1e-12);
    g_assert_cmpfloat_with_epsilon(score_tpr_at_fpr(scores, positive, 10, 0.01), 0.4, 1e-12);
    g_assert_cmpfloat_with_epsilon(score_tpr_at_fpr(scores, positive, 10, 0.2), 0.6, 1e-12);
    g_assert_cmpfloat_with_epsilon(score_tpr_at_fpr(scores, positive, 10, 0.59), 0.6, 1e-12);
    g_assert_cmpfloat_with_epsilon(score_tpr_at_fpr(scores, positive, 10, 0.6), 1, 1e-12);
    g_assert_cmpfloat_with_epsilon(score_roc_auc(equal, positive, 10), 0.5, 1e-12);
    g_assert_cmpfloat_with_epsilon(score_tpr_at_fpr(equal, positive, 10, 0.01), 0, 1e-12);
    g_assert_true(isnan(score_roc_auc(scores, positive, 2)));
    g_assert_true(isnan(score_roc_auc(broken, both, 2)));
    g_assert_true(isnan(score_tpr_at_fpr(broken, both, 2, 0.1)));
}

static void
test_overlap(void)
{
    const double a[5] = {.5, .2, .2, 0, .1}, b[5] = {.1, .4, .1, .3, .1}, flat[5] = {1, 1, 1, 1, 1};
    const double none[5] = {0};

    /* The two largest of a are 0 and 1 (before 2, which equals it), of b 1 and 3. */
    g_assert_cmpfloat_with_epsilon(score_top_overlap(a, b, 5, 2), 1.0 / 3, 1e-12);
    /* a has only four above 0. */
    g_assert_cmpfloat_with_epsilon(score_top_overlap(a, b, 5, 5), 0.8, 1e-12);
    g_assert_true(isnan(score_top_overlap(none, none, 5, 2)));
    g_assert_cmpfloat_with_epsilon(score_rank_correlation(a, b, 5), -0.2867696673382022, 1e-12);
    g_assert_cmpfloat_with_epsilon(score_rank_correlation(a, a, 5), 1, 1e-12);
    g_assert_true(isnan(score_rank_correlation(a, flat, 5)));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/learn/score/confusion", test_confusion);
    g_test_add_func("/learn/score/roc", test_roc);
    g_test_add_func("/learn/score/overlap", test_overlap);
    return g_test_run();
}
