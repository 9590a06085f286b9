/* SPDX-License-Identifier: Apache-2.0 */
/* Dividing traces by their captures. */
#include "app/dataset/split.h"

#include <string.h>

enum { N = 100 };

static void
split(guint64 seed, SplitPart *parts, char names[N][8])
{
    static const double shares[N_SPLIT_PARTS] = {80, 10, 10};
    const char *captures[N];

    /* Groups of four and, at the end, traces of captures of their own. */
    for (int i = 0; i < N; i++) {
        g_snprintf(names[i], 8, "c%d", i / 4);
        captures[i] = i < 80 ? names[i] : NULL;
    }
    split_by_capture(captures, N, shares, seed, parts);
}

static void
test_by_capture(void)
{
    SplitPart first[N], again[N], other[N];
    char names[N][8];
    int counts[N_SPLIT_PARTS] = {0};

    split(1, first, names);
    split(1, again, names);
    split(2, other, names);
    g_assert_cmpmem(first, sizeof first, again, sizeof again);
    g_assert_true(memcmp(first, other, sizeof first) != 0);
    for (int i = 0; i < N; i++) {
        counts[first[i]]++;
        if (i < 80)
            g_assert_cmpint(first[i], ==, first[i / 4 * 4]);
    }
    g_assert_cmpint(ABS(counts[SPLIT_INTO_TRAIN] - 80), <=, 3);
    g_assert_cmpint(ABS(counts[SPLIT_INTO_TEST] - 10), <=, 3);
    g_assert_cmpint(ABS(counts[SPLIT_INTO_VALIDATION] - 10), <=, 3);
}

static void
test_no_share(void)
{
    static const double shares[N_SPLIT_PARTS] = {1, 0, 0};
    const char *captures[] = {"a", NULL, "b"};
    SplitPart parts[3];

    split_by_capture(captures, 3, shares, 5, parts);
    for (int i = 0; i < 3; i++)
        g_assert_cmpint(parts[i], ==, SPLIT_INTO_TRAIN);
    g_assert_cmpstr(split_part_name(SPLIT_INTO_VALIDATION), ==, "validation");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dataset/split/by-capture", test_by_capture);
    g_test_add_func("/dataset/split/no-share", test_no_share);
    return g_test_run();
}
