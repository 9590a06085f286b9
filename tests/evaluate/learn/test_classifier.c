/* SPDX-License-Identifier: Apache-2.0 */
/* One interface over three, and their files, damaged too. */
#include "app/evaluate/learn/classifier.h"

#include <glib/gstdio.h>
#include <math.h>

#include "app/trace/random.h"
#include "tests/evaluate/learn/learn_support.h"

static char *folder, *path;

static void
test_kept(gconstpointer data)
{
    ClassifierKind kind = GPOINTER_TO_INT(data);
    const char *const names[3] = {"wireguard", NULL, "no vpn"};
    const ClassifierOptions options = {.n_trees = 10, .seed = 2};
    MadeTable table, plain;
    LearnSet set;
    g_autoptr(Classifier) made = NULL, read = NULL;
    g_autoptr(GError) error = NULL;
    double scores[2][90];
    int predicted[30], predicted_again[30];
    g_autofree double *importance = NULL, *importance_again = NULL;

    made_table_init(&table, 1, 30, 6, 3, true);
    made_table_init(&plain, 1, 30, 6, 3, false);
    set = made_table_set(&table);
    importance = g_new(double, feature_matrix_n_features(table.matrix));
    importance_again = g_new(double, feature_matrix_n_features(table.matrix));
    made = classifier_fit(kind, &set, &options, NULL, NULL);
    classifier_set_class_names(made, names);
    g_assert_true(classifier_save(made, path, &error));
    read = classifier_load(path, &error);
    g_assert_no_error(error);
    g_assert_cmpint(classifier_kind(read), ==, kind);
    g_assert_cmpint(classifier_n_classes(read), ==, 3);
    g_assert_cmpstr(classifier_class_name(read, 0), ==, "wireguard");
    g_assert_null(classifier_class_name(read, 1));
    classifier_predict(made, table.matrix, table.samples, 30, NULL, predicted, scores[0], NULL);
    g_assert_true(classifier_predict(read, table.matrix, table.samples, 30, NULL, predicted_again,
                                     scores[1], NULL));
    g_assert_cmpmem(scores[0], sizeof scores[0], scores[1], sizeof scores[1]);
    g_assert_cmpmem(predicted, sizeof predicted, predicted_again, sizeof predicted_again);
    classifier_importance(made, importance);
    classifier_importance(read, importance_again);
    for (int i = 0; i < feature_matrix_n_features(table.matrix); i++) {
        g_assert_true(importance[i] == importance_again[i]);
        g_assert_true(i < 6 || importance[i] == 0);
    }
    g_assert_true((classifier_oob(made) != NULL) == (kind == CLASSIFIER_FOREST));
    g_assert_false(
        classifier_predict(read, plain.matrix, plain.samples, 30, NULL, predicted, NULL, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    made_table_clear(&table);
    made_table_clear(&plain);
}

static void
check_bytes(const char *bytes, gsize size, const MadeTable *table)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Classifier) read = NULL;
    int predicted[30];

    /* No g_file_set_contents: it waits for the disk each time. */
    g_assert_true(
        g_file_set_contents_full(path, bytes, size, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    read = classifier_load(path, &error);
    if (!read) {
        g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
        g_assert_nonnull(strstr(error->message, path));
        return;
    }
    /* A change that still makes sense: it must do to ask it. */
    if (classifier_predict(read, table->matrix, table->samples, 30, NULL, predicted, NULL, NULL)) {
        for (int i = 0; i < 30; i++)
            g_assert_true(predicted[i] >= 0 && predicted[i] < classifier_n_classes(read));
    }
}

static void
test_damaged(gconstpointer data)
{
    const ClassifierOptions options = {.n_trees = 3};
    MadeTable table;
    LearnSet set;
    g_autoptr(Classifier) made = NULL;
    g_autofree char *bytes = NULL;
    gsize size;
    Random random = random_seeded(5);

    made_table_init(&table, 1, 30, 6, 3, false);
    set = made_table_set(&table);
    made = classifier_fit(GPOINTER_TO_INT(data), &set, &options, NULL, NULL);
    g_assert_true(classifier_save(made, path, NULL));
    g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
    for (gsize n = 0; n < MIN(size, 200); n++)
        check_bytes(bytes, n, &table);
    check_bytes(bytes, size - 1, &table);
    for (int i = 0; i < 1500; i++) {
        gsize at = i < 400 ? i % size : random_below(&random, (guint32)size);
        char before = bytes[at];

        bytes[at] = (char)(i % 3 == 0 ? 0xff : random_below(&random, 256));
        check_bytes(bytes, size, &table);
        bytes[at] = before;
    }
    made_table_clear(&table);
}

int
main(int argc, char **argv)
{
    int result;

    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("torchlight-classifier-XXXXXX", NULL);
    path = g_build_filename(folder, "classifier", NULL);
    for (int kind = 0; kind < N_CLASSIFIER_KINDS; kind++) {
        g_autofree char *kept = g_strdup_printf("/learn/classifier/%s", classifier_kind_name(kind));
        g_autofree char *damaged = g_strdup_printf("%s/damaged", kept);

        g_test_add_data_func(kept, GINT_TO_POINTER(kind), test_kept);
        g_test_add_data_func(damaged, GINT_TO_POINTER(kind), test_damaged);
    }
    result = g_test_run();
    g_unlink(path);
    g_rmdir(folder);
    g_free(path);
    g_free(folder);
    return result;
}
