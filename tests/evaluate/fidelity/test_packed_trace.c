/* SPDX-License-Identifier: Apache-2.0 */
/* Packed traces: differing trits and copied rows, counted by hand and one by one. */
#include "app/evaluate/fidelity/packed_trace.h"

#include <math.h>
#include <string.h>

#include "app/trace/field_random.h"
#include "tests/evaluate/fidelity/made.h"
#include "tests/trace/support.h"

static double
distance(const Trace *a, const Trace *b, BitScope scope)
{
    g_autoptr(PackedTrace) packed_a = packed_trace_new(a, 0);
    g_autoptr(PackedTrace) packed_b = packed_trace_new(b, 0);
    double there = packed_trace_distance(packed_a, packed_b, scope);

    g_assert_cmpfloat(there, ==, packed_trace_distance(packed_b, packed_a, scope));
    return there;
}

static void
test_by_hand(void)
{
    g_autoptr(Trace) a = made_udp(10, 64, 100, 1);
    g_autoptr(Trace) b = made_udp(10, 64 + 3, 100, 1); /* two bits of each row */
    g_autoptr(Trace) other_ids = made_udp(10, 64, 100, 2);
    g_autoptr(Trace) shorter = made_udp(9, 64, 100, 1);
    g_autoptr(Trace) padded = trace_new(layout_default(), 30);

    g_assert_cmpfloat(distance(a, a, SCOPE_ALL), ==, 0);
    g_assert_cmpfloat(distance(a, b, SCOPE_ALL), ==, 2.0 / 1088);
    g_assert_cmpfloat(distance(a, b, SCOPE_STEADY), ==, 2.0 / 1088);
    g_assert_cmpfloat(distance(a, other_ids, SCOPE_ALL), >, 1.0 / 1088);
    g_assert_cmpfloat(distance(a, other_ids, SCOPE_STEADY), ==, 0);
    g_assert_cmpfloat(distance(a, shorter, SCOPE_ALL), ==, 160.0 / 10880);
    memcpy(padded->trits, a->trits, 10 * 1088);
    g_assert_cmpfloat(distance(a, padded, SCOPE_ALL), ==, 0);
    trace_row(a, 3)[100] = 1; /* a bit of options that was absent */
    g_assert_cmpfloat(distance(a, padded, SCOPE_STEADY), ==, 1.0 / 10880);
}

/* Trit by trit, without packing. */
static double
slow_distance(const Trace *a, const Trace *b, BitScope scope)
{
    g_autofree uint8_t *random_a = g_new(uint8_t, 1088), *random_b = g_new(uint8_t, 1088);
    int n = 0;

    for (int row = 0; row < a->n_rows; row++) {
        const int8_t *trits_a = trace_row(a, row), *trits_b = trace_row(b, row);

        trace_mark_random(a, row, RANDOM_ANY, random_a);
        trace_mark_random(b, row, RANDOM_ANY, random_b);
        for (int i = 0; i < 1088; i++) {
            int x = trits_a[i], y = trits_b[i];

            if (scope == SCOPE_STEADY && x >= 0 && random_a[i])
                x = 0;
            if (scope == SCOPE_STEADY && y >= 0 && random_b[i])
                y = 0;
            n += x != y;
        }
    }
    return n / (1088.0 * a->n_rows);
}

static void
test_by_trits(void)
{
    for (guint32 seed = 1; seed < 4; seed++) {
        g_autoptr(Trace) a = made_trace("torchlight", 40, seed);
        g_autoptr(Trace) b = made_trace("torchlight", 40, seed + 10);

        for (int scope = 0; scope < N_SCOPES; scope++)
            g_assert_cmpfloat_with_epsilon(distance(a, b, (BitScope)scope),
                                           slow_distance(a, b, (BitScope)scope), 1e-12);
    }
}

static double
copied(const PackedTrace *trace, const PackedTrace *from, BitScope scope)
{
    return packed_trace_copied(trace, &from, 1, scope);
}

static void
test_copied(void)
{
    g_autoptr(Trace) a = made_udp(8, 64, 100, 1);
    g_autoptr(Trace) b = made_udp(8, 64, 100, 2);
    g_autoptr(PackedTrace) packed_a = NULL;
    g_autoptr(PackedTrace) packed_b = NULL;

    for (int row = 0; row < 8; row++)
        trace_set(b, row, FIELD_IPV4_TTL, row < 6 ? 64 : 32);
    memcpy(trace_row(b, 5), trace_row(a, 0), 1088);
    packed_a = packed_trace_new(a, 0);
    packed_b = packed_trace_new(b, 0);
    const PackedTrace *both[] = {packed_a, packed_b};
    g_assert_cmpfloat(copied(packed_b, packed_a, SCOPE_STEADY), ==, 6.0 / 8);
    g_assert_cmpfloat(copied(packed_b, packed_a, SCOPE_ALL), ==, 1.0 / 8);
    g_assert_cmpfloat(copied(packed_a, packed_b, SCOPE_STEADY), ==, 1);
    g_assert_cmpuint(packed_a->hash[SCOPE_ALL], !=, packed_b->hash[SCOPE_ALL]);
    g_assert_cmpfloat(packed_trace_copied(packed_b, both, 2, SCOPE_STEADY), ==, 1);
    g_assert_cmpfloat(packed_trace_copied(packed_b, NULL, 0, SCOPE_STEADY), ==, 0);
}

static void
test_little(void)
{
    g_autoptr(Trace) none = trace_new(layout_default(), 0);
    g_autoptr(Trace) padding = trace_new(layout_default(), 7);
    g_autoptr(Trace) one = made_udp(1, 64, 100, 1);
    g_autoptr(PackedTrace) packed_none = packed_trace_new(none, 0);
    g_autoptr(PackedTrace) packed_padding = packed_trace_new(padding, 3);
    g_autoptr(PackedTrace) packed_one = packed_trace_new(one, 1024);

    g_assert_true(isnan(packed_trace_distance(packed_none, packed_padding, SCOPE_ALL)));
    g_assert_cmpfloat(packed_trace_distance(packed_one, packed_none, SCOPE_ALL), ==, 160.0 / 1088);
    g_assert_true(isnan(copied(packed_padding, packed_one, SCOPE_ALL)));
    g_assert_cmpfloat(copied(packed_one, packed_padding, SCOPE_ALL), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packed-trace/by-hand", test_by_hand);
    g_test_add_func("/packed-trace/by-trits", test_by_trits);
    g_test_add_func("/packed-trace/copied", test_copied);
    g_test_add_func("/packed-trace/little", test_little);
    return g_test_run();
}
