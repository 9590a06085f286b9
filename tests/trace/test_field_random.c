/* SPDX-License-Identifier: Apache-2.0 */
/* Which bits are random by nature: whole fields, and values inside of TCP options. */
#include "app/trace/field_random.h"

#include "tests/trace/support.h"

static int
count(const uint8_t *marks, int first, int n)
{
    int sum = 0;

    for (int i = 0; i < n; i++)
        sum += marks[first + i];
    return sum;
}

static void
test_fields(void)
{
    const Layout *layout = layout_default();
    g_autofree uint8_t *marks = g_new(uint8_t, layout->n_columns);
    static const struct {
        RandomBits ways;
        int n_columns;
    } cases[] = {{RANDOM_CHECKSUM, 64},
                 {RANDOM_IDENTIFICATION, 16 + 20 + 32},
                 {RANDOM_SEQUENCE, 64},
                 {RANDOM_PORT, 64},
                 {RANDOM_TIMESTAMP, 0},
                 {RANDOM_ANY, 64 + 68 + 64 + 64},
                 {0, 0}};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        layout_mark_random(layout, cases[i].ways, marks);
        g_assert_cmpint(count(marks, 0, layout->n_columns), ==, cases[i].n_columns);
    }
    g_assert_true(field_is_random(FIELD_UDP_CKSUM));
    g_assert_false(field_is_random(FIELD_IPV4_TTL));
    g_assert_false(field_is_random(FIELD_TCP_OPT));
}

static Trace *
with_options(const uint8_t *bytes, int n)
{
    Trace *trace = trace_new(layout_default(), 1);
    int8_t *options = trace_row(trace, 0) + trace->layout->column_of[FIELD_TCP_OPT];

    for (int bit = 0; bit < n * 8; bit++)
        options[bit] = bytes[bit / 8] >> (7 - bit % 8) & 1;
    return trace;
}

static void
check_options(const uint8_t *bytes, int n, RandomBits ways, int first_byte, int n_bytes)
{
    g_autoptr(Trace) trace = with_options(bytes, n);
    g_autofree uint8_t *marks = g_new(uint8_t, trace->layout->n_columns);
    int first = trace->layout->column_of[FIELD_TCP_OPT];

    trace_mark_random(trace, 0, ways, marks);
    g_assert_cmpint(count(marks, first, 320), ==, n_bytes * 8);
    g_assert_cmpint(count(marks, first + first_byte * 8, n_bytes * 8), ==, n_bytes * 8);
}

static void
test_options(void)
{
    const uint8_t data[] = {1, 1, 8, 10, 0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4};
    const uint8_t syn[] = {2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7};
    const uint8_t sack[] = {1, 1, 5, 10, 1, 2, 3, 4, 5, 6, 7, 8};
    const uint8_t cut[] = {1, 1, 8, 41, 1, 2, 3, 4}, stuck[] = {2, 0, 8, 10, 1, 2, 3, 4};

    check_options(data, sizeof data, RANDOM_ANY, 4, 8);
    check_options(syn, sizeof syn, RANDOM_ANY, 8, 8);
    check_options(sack, sizeof sack, RANDOM_ANY, 4, 8);
    check_options(sack, sizeof sack, RANDOM_TIMESTAMP, 0, 0);
    check_options(data, sizeof data, RANDOM_SEQUENCE, 0, 0);
    check_options(cut, sizeof cut, RANDOM_ANY, 0, 0);
    check_options(stuck, sizeof stuck, RANDOM_ANY, 0, 0);
    check_options(data, 0, RANDOM_ANY, 0, 0);
}

/* A layout without TCP has no options to look into. */
static void
test_without_tcp(void)
{
    g_autoptr(Trace) trace = trace_new(layout_nprint(1 << HEADER_UDP), 1);
    uint8_t marks[64];

    trace_mark_random(trace, 0, RANDOM_ANY, marks);
    g_assert_cmpint(count(marks, 0, 64), ==, 48);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/field-random/fields", test_fields);
    g_test_add_func("/field-random/options", test_options);
    g_test_add_func("/field-random/without-tcp", test_without_tcp);
    return g_test_run();
}
