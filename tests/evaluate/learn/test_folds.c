/* SPDX-License-Identifier: Apache-2.0 */
/* Folds: groups whole, classes even, the same by the same seed. */
#include "app/evaluate/learn/folds.h"

#include <gio/gio.h>

enum { N = 120, K = 5 };

/* 60 groups of two samples: classes 0 (30 groups), 1 (20), 2 (10). */
static void
make_set(int *classes, int *groups)
{
    for (int i = 0; i < N; i++) {
        groups[i] = 1000 - 7 * (i / 2);
        classes[i] = i < 60 ? 0 : i < 100 ? 1 : 2;
    }
}

static void
test_stratified(void)
{
    int classes[N], groups[N], counts[3][K] = {{0}}, n_moved = 0;
    g_autofree int *folds = NULL, *again = NULL, *other = NULL;

    make_set(classes, groups);
    folds = folds_stratified(classes, groups, N, K, 3, NULL);
    again = folds_stratified(classes, groups, N, K, 3, NULL);
    other = folds_stratified(classes, groups, N, K, 4, NULL);
    for (int i = 0; i < N; i++) {
        g_assert_cmpint(folds[i], ==, folds[i ^ 1]);
        g_assert_cmpint(folds[i], ==, again[i]);
        n_moved += folds[i] != other[i];
        counts[classes[i]][folds[i]]++;
    }
    g_assert_cmpint(n_moved, >, N / 3);
    for (int fold = 0; fold < K; fold++) {
        g_assert_cmpint(counts[0][fold], ==, 12);
        g_assert_cmpint(counts[1][fold], ==, 8);
        g_assert_cmpint(counts[2][fold], ==, 4);
    }
}

static void
test_few(void)
{
    const int classes[6] = {0, 0, 0, 1, 1, 2}, groups[6] = {1, 1, 1, 2, 2, 2};
    g_autoptr(GError) error = NULL;
    g_autofree int *folds = NULL;
    int worst;

    g_assert_null(folds_stratified(classes, groups, 6, 3, 0, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    g_assert_nonnull(strstr(error->message, "2 captures cannot be parted into 3 folds"));
    g_assert_null(folds_stratified(classes, NULL, 6, 1, 0, NULL));
    g_assert_null(folds_stratified(classes, NULL, 0, 2, 0, NULL));
    folds = folds_stratified(classes, NULL, 6, 3, 0, NULL);
    g_assert_nonnull(folds);
    g_assert_cmpint(folds_thin_classes(classes, NULL, 6, 3, &worst), ==, 2);
    g_assert_cmpint(worst, ==, 2);
    g_assert_cmpint(folds_thin_classes(classes, NULL, 6, 1, &worst), ==, 0);
    g_assert_cmpint(worst, ==, -1);
    /* Group 2 is of class 1, its commonest. */
    g_assert_cmpint(folds_thin_classes(classes, groups, 6, 2, NULL), ==, 2);
}

static void
test_choose(void)
{
    int classes[N], groups[N], counts[3] = {0};
    bool chosen[N], again[N];

    make_set(classes, groups);
    g_assert_cmpint(folds_choose_groups(classes, groups, N, 15, 9, chosen), ==, 80);
    folds_choose_groups(classes, groups, N, 15, 9, again);
    for (int i = 0; i < N; i++) {
        g_assert_true(chosen[i] == chosen[i ^ 1] && chosen[i] == again[i]);
        counts[classes[i]] += chosen[i];
    }
    g_assert_cmpint(counts[0], ==, 30);
    g_assert_cmpint(counts[1], ==, 30);
    g_assert_cmpint(counts[2], ==, 20);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/learn/folds/stratified", test_stratified);
    g_test_add_func("/learn/folds/few", test_few);
    g_test_add_func("/learn/folds/choose", test_choose);
    return g_test_run();
}
