/* SPDX-License-Identifier: Apache-2.0 */
/* Order-free features of a trace of six packets, counted by hand. */
#include "app/evaluate/learn/order_free.h"

#include "app/evaluate/learn/feature_matrix.h"

enum { N_ROWS = 6 };

static Trace *
make_trace(void)
{
    /* Up 100, up 1500; down 1500, down 1500; up 60, then 8 ms later down 64. */
    const guint32 lengths[N_ROWS] = {100, 1500, 1500, 1500, 60, 64};
    const uint8_t directions[N_ROWS] = {0, 0, 1, 1, 0, 1};
    const int64_t microseconds[N_ROWS] = {0, 3, 1003, 1004, 2000, 10000};
    Trace *trace = trace_new(layout_default(), N_ROWS);

    trace->sides = TRACE_HAS_TIMES | TRACE_HAS_DIRECTIONS | TRACE_HAS_LENGTHS;
    for (int row = 0; row < N_ROWS; row++) {
        trace_set(trace, row, FIELD_IPV4_VER, 4);
        trace->rows[row].length = lengths[row];
        trace->rows[row].direction = directions[row];
        trace->rows[row].time_ns = 1000 * microseconds[row];
    }
    trace_set(trace, 0, FIELD_TCP_SYN, 1);
    trace_set(trace, 1, FIELD_TCP_SYN, 0);
    return trace;
}

static float
value_of(const float *values, const char *name)
{
    for (int i = 0; i < order_free_n_features(layout_default()); i++) {
        g_autofree char *of_feature = order_free_name(layout_default(), i);

        if (strcmp(of_feature, name) == 0)
            return values[i];
    }
    g_error("no feature %s", name);
}

static void
test_values(void)
{
    const struct {
        const char *name;
        double value;
    } expected[] = {
        {"present ipv4_ver_1", 1},
        {"ones ipv4_ver_1", 1},
        {"ones ipv4_ver_0", 0},
        {"present tcp_syn_0", 2.0 / 6},
        {"ones tcp_syn_0", 1.0 / 6},
        {"size up 64", 1.0 / 6},
        {"size up 1472", 1.0 / 6},
        {"size down 1472", 2.0 / 6},
        {"size up 0", 1.0 / 6},
        {"size down 64", 1.0 / 6},
        /* gaps 3, 1000, 1, 996, 8000 us */
        {"gap 2 us", 1.0 / 5},
        {"gap 1 us", 1.0 / 5},
        {"gap 512 us", 2.0 / 5},
        {"gap 4096 us", 1.0 / 5},
        /* up: 3, 1997; down: 1, 8996 */
        {"gap up 1024 us", 1.0 / 2},
        {"gap down 8192 us", 1.0 / 2},
        /* bursts of 2 up, 2 down, 1 up, 1 down */
        {"burst up 2 packets", 1.0 / 2},
        {"burst up 1 packets", 1.0 / 2},
        {"burst down 2 packets", 1.0 / 2},
        {"burst up 1024 bytes", 1.0 / 2},
        {"burst down 2048 bytes", 1.0 / 2},
        {"packets", 6},
        {"share up", 0.5},
        {"bytes up", 1660},
        {"mean size down", 3064.0 / 3},
        {"log seconds", -2},
        {"log bytes/s", 5.67431},
        {"mean burst up", 1.5},
    };
    g_autoptr(Trace) trace = make_trace();
    g_autofree float *values = g_new(float, order_free_n_features(trace->layout));

    order_free_features(trace, 1024, values);
    for (int i = 0; i < G_N_ELEMENTS(expected); i++) {
        g_test_message("%s", expected[i].name);
        g_assert_cmpfloat_with_epsilon(value_of(values, expected[i].name), expected[i].value, 1e-4);
    }
}

/* Of no more than the first packets; without sides nothing but what headers say. */
static void
test_less(void)
{
    g_autoptr(Trace) trace = make_trace(), part = trace_slice(trace, 0, 2);
    int n = order_free_n_features(trace->layout);
    g_autofree float *a = g_new(float, n), *b = g_new(float, n);

    part->sides = trace->sides;
    order_free_features(trace, 2, a);
    order_free_features(part, 1024, b);
    g_assert_cmpmem(a, n * sizeof *a, b, n * sizeof *b);
    part->sides = 0;
    trace_set(part, 1, FIELD_IPV4_TL, 700);
    order_free_features(part, 1024, b);
    g_assert_cmpfloat(value_of(b, "gap 2 us"), ==, 0);
    g_assert_cmpfloat(value_of(b, "size up 640"), ==, 0.5);
    g_assert_cmpfloat(value_of(b, "share up"), ==, 1);
}

static void
test_groups(void)
{
    const Layout *layout = layout_default();
    int n = order_free_n_features(layout), n_columns = 2 * layout->n_columns, n_times = 0;
    int counts[N_FEATURE_GROUPS] = {0};

    for (int i = 0; i < n; i++) {
        counts[order_free_group(layout, i)]++;
        n_times += order_free_is_time(layout, i);
    }
    g_assert_cmpint(counts[FIELD_TCP_OPT], ==, 640);
    g_assert_cmpint(counts[FEATURE_GROUP_SIZES], ==, 50);
    g_assert_cmpint(counts[FEATURE_GROUP_GAPS], ==, 78);
    g_assert_cmpint(counts[FEATURE_GROUP_BURSTS], ==, 64);
    g_assert_cmpint(counts[FEATURE_GROUP_COUNTS], ==, n - n_columns - 50 - 78 - 64);
    g_assert_cmpint(n_times, ==, 80);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/learn/order-free/values", test_values);
    g_test_add_func("/learn/order-free/less", test_less);
    g_test_add_func("/learn/order-free/groups", test_groups);
    return g_test_run();
}
