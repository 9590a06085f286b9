/* SPDX-License-Identifier: Apache-2.0 */
/* Trits packed and read back, their names, what masks take out. */
#include "app/evaluate/learn/feature_matrix.h"

#include <gio/gio.h>
#include <math.h>

enum { N_PACKETS = 5 };

static Trace *
make_trace(int n_rows, int seed)
{
    Trace *trace = trace_new(layout_default(), n_rows);

    for (int i = 0; i < n_rows * trace->layout->n_columns; i++)
        trace->trits[i] = (int8_t)(((guint32)(i + seed) * 2654435761u >> 20) % 3) - 1;
    return trace;
}

static void
test_trits(void)
{
    g_autoptr(FeatureMatrix) matrix =
        feature_matrix_new(FEATURES_TRITS, layout_default(), N_PACKETS);
    g_autoptr(Trace) shorter = make_trace(3, 1), longer = make_trace(9, 2);
    int width = layout_default()->n_columns;

    g_assert_cmpint(feature_matrix_n_features(matrix), ==, N_PACKETS * width);
    g_assert_cmpint(feature_matrix_add_trace(matrix, shorter, NULL), ==, 0);
    g_assert_cmpint(feature_matrix_add_trace(matrix, longer, NULL), ==, 1);
    for (int i = 0; i < N_PACKETS * width; i++) {
        g_assert_cmpfloat(feature_matrix_value(matrix, 0, i), ==,
                          i < 3 * width ? shorter->trits[i] : -1);
        g_assert_cmpfloat(feature_matrix_value(matrix, 1, i), ==, longer->trits[i]);
    }
}

static void
test_names(void)
{
    const Layout *layout = layout_default();
    g_autoptr(FeatureMatrix) matrix = feature_matrix_new(FEATURES_TRITS, layout, N_PACKETS);
    int ttl = 2 * layout->n_columns + layout->column_of[FIELD_IPV4_TTL] + 3;
    g_autofree char *name = feature_matrix_name(matrix, ttl);
    double by_group[N_FEATURE_GROUPS];
    g_autofree double *by_feature = g_new0(double, N_PACKETS * layout->n_columns);

    g_assert_cmpstr(name, ==, "packet 3 ipv4_ttl_3");
    g_assert_cmpint(feature_matrix_group(matrix, ttl), ==, FIELD_IPV4_TTL);
    g_assert_true(feature_matrix_is_masked(matrix, ttl, FEATURE_MASK_ABLATED));
    g_assert_true(feature_matrix_is_masked(matrix, ttl, FEATURE_MASK_TTL));
    g_assert_false(feature_matrix_is_masked(matrix, ttl, FEATURE_MASK_PORTS | FEATURE_MASK_TIMES));
    by_feature[ttl] = 0.25;
    by_feature[ttl + layout->n_columns] = 0.5;
    by_feature[0] = 0.125;
    feature_matrix_sum_groups(matrix, by_feature, by_group);
    g_assert_cmpfloat(by_group[FIELD_IPV4_TTL], ==, 0.75);
    g_assert_cmpfloat(by_group[FIELD_IPV4_VER], ==, 0.125);
    g_assert_cmpfloat(by_group[FEATURE_GROUP_OTHER], ==, 0);
    g_assert_cmpstr(feature_group_name(FIELD_IPV4_TTL), ==, "ipv4_ttl");
    g_assert_cmpstr(feature_group_name(FEATURE_GROUP_OTHER), ==, "other");
}

/* Bits of the fields that each mask names, in 16 bits a port and checksum and so on. */
static void
test_masks(void)
{
    const int expected[N_FEATURE_MASKS] = {64, 64, 68, 64, 16, 16, 320, 0};
    g_autoptr(FeatureMatrix) matrix = feature_matrix_new(FEATURES_TRITS, layout_default(), 1);

    for (int bit = 0; bit < N_FEATURE_MASKS; bit++) {
        int n = 0;

        for (int i = 0; i < layout_default()->n_columns; i++)
            n += feature_matrix_is_masked(matrix, i, 1 << bit);
        g_assert_cmpint(n, ==, expected[bit]);
        g_assert_nonnull(feature_mask_name(bit));
    }
}

static void
test_bad(void)
{
    const char *const names[2] = {"mean", "deviation"};
    const float good[2] = {1, 2}, bad[2] = {1, INFINITY};
    g_autoptr(FeatureMatrix) matrix =
        feature_matrix_new(FEATURES_TRITS, layout_default(), N_PACKETS);
    g_autoptr(FeatureMatrix) floats = feature_matrix_new_floats(2, names);
    g_autoptr(Trace) empty = trace_new(layout_default(), 0);
    g_autoptr(Trace) other = trace_new(layout_by_name("nprint", NULL), 1);
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(feature_matrix_add_trace(matrix, empty, &error), ==, -1);
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    g_clear_error(&error);
    g_assert_cmpint(feature_matrix_add_trace(matrix, other, &error), ==, -1);
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    g_clear_error(&error);
    g_assert_cmpint(feature_matrix_n_samples(matrix), ==, 0);
    g_assert_cmpint(feature_matrix_add_floats(floats, good, NULL), ==, 0);
    g_assert_cmpint(feature_matrix_add_floats(floats, bad, &error), ==, -1);
    g_assert_nonnull(strstr(error->message, "deviation"));
    g_assert_cmpint(feature_matrix_n_samples(floats), ==, 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/learn/matrix/trits", test_trits);
    g_test_add_func("/learn/matrix/names", test_names);
    g_test_add_func("/learn/matrix/masks", test_masks);
    g_test_add_func("/learn/matrix/bad", test_bad);
    return g_test_run();
}
