/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted of a trace. */
#include "app/evaluate/fidelity/trace_counts.h"

#include <math.h>

#include "app/evaluate/fidelity/field_value.h"
#include "tests/evaluate/fidelity/made.h"

static guint32
count_of(const TraceCounts *counts, Spread spread, guint64 bin)
{
    for (guint i = 0; i < counts->tallies[spread]->len; i++) {
        const Tally *tally = &g_array_index(counts->tallies[spread], Tally, i);

        if (tally->bin == bin)
            return tally->n;
    }
    return 0;
}

static void
test_counts(void)
{
    g_autoptr(Trace) trace = made_udp(7, 64, 100, 1); /* directions 0 0 1 0 0 1 0 */
    g_autoptr(TraceCounts) counts = trace_counts_new(trace, 0);
    int ttl = trace->layout->column_of[FIELD_IPV4_TTL];

    g_assert_cmpint(counts->n_packets, ==, 7);
    g_assert_cmpuint(counts->ones[ttl + 1], ==, 7); /* 64 is 01000000 */
    g_assert_cmpuint(counts->zeros[ttl], ==, 7);
    g_assert_cmpuint(counts->ones[480] + counts->zeros[480], ==, 0); /* no TCP */
    g_assert_cmpuint(count_of(counts, (Spread)FIELD_IPV4_TTL, 65), ==, 7);
    g_assert_cmpuint(count_of(counts, (Spread)FIELD_TCP_DPRT, FIELD_VALUE_ABSENT), ==, 7);
    g_assert_cmpuint(count_of(counts, SPREAD_SIZE, 100), ==, 7);
    g_assert_cmpuint(count_of(counts, SPREAD_GAP, 400), ==, 6); /* 10 ms: 4 powers above 1 us */
    g_assert_cmpfloat_with_epsilon(spread_place(SPREAD_GAP, 400), -2, 1e-9);
    g_assert_cmpuint(count_of(counts, SPREAD_BURST, 2), ==, 2);
    g_assert_cmpuint(count_of(counts, SPREAD_BURST, 1), ==, 3);
    g_assert_cmpuint(count_of(counts, SPREAD_GRAM_1, 0), ==, 5);
    g_assert_cmpuint(count_of(counts, SPREAD_GRAM_1 + 1, 2), ==, 2); /* 1 0 */
    g_assert_cmpuint(count_of(counts, SPREAD_GRAM_4, 4), ==, 1);     /* 0 1 0 0 */
    g_assert_cmpuint(counts->tallies[SPREAD_GRAM_4]->len, ==, 3);    /* 0010 0100 1001 */
    g_assert_true(isnan(counts->autocorrelation[SERIES_SIZES][0]));  /* all alike */
}

/* numpy: m = x - x.mean(); (m[:-k] * m[k:]).sum() / (m * m).sum() */
static void
test_autocorrelation(void)
{
    static const uint32_t sizes[] = {100, 1500, 1500, 60, 1500, 60, 60, 700};
    g_autoptr(Trace) trace = made_udp(8, 64, 100, 1);
    g_autoptr(TraceCounts) counts = NULL;
    const float *lags;

    for (int row = 0; row < 8; row++)
        trace_set(trace, row, FIELD_IPV4_TL, sizes[row]);
    counts = trace_counts_new(trace, 0);
    lags = counts->autocorrelation[SERIES_SIZES];
    g_assert_cmpfloat_with_epsilon((double)lags[0], -0.27357428001140577, 1e-6);
    g_assert_cmpfloat_with_epsilon((double)lags[1], -0.12832905617336754, 1e-6);
    g_assert_cmpfloat_with_epsilon((double)lags[2], 0.26328058169375534, 1e-6);
    g_assert_cmpfloat_with_epsilon((double)lags[6], -0.0025021385799828912, 1e-6);
    g_assert_true(isnan(lags[7]));
    g_assert_true(isnan(counts->autocorrelation[SERIES_GAPS][0]));
}

/* Padding inside and behind, no times, no packets, fewer than there are. */
static void
test_little(void)
{
    g_autoptr(Trace) none = trace_new(layout_default(), 0);
    g_autoptr(Trace) padding = trace_new(layout_default(), 5);
    g_autoptr(Trace) one = made_udp(1, 64, 100, 1);
    g_autoptr(Trace) many = made_udp(9, 64, 100, 1);
    const Trace *empties[] = {none, padding};

    for (int i = 0; i < 2; i++) {
        g_autoptr(TraceCounts) counts = trace_counts_new(empties[i], 0);

        g_assert_cmpint(counts->n_packets, ==, 0);
        for (int spread = 0; spread < N_SPREADS; spread++)
            g_assert_cmpuint(counts->tallies[spread]->len, ==, 0);
    }
    one->sides = 0;
    {
        g_autoptr(TraceCounts) counts = trace_counts_new(one, 0);

        g_assert_cmpint(counts->n_packets, ==, 1);
        g_assert_cmpuint(counts->tallies[SPREAD_GAP]->len, ==, 0);
        g_assert_cmpuint(count_of(counts, SPREAD_BURST, 1), ==, 1);
        g_assert_cmpuint(counts->tallies[SPREAD_GRAM_1 + 1]->len, ==, 0);
    }
    {
        g_autoptr(TraceCounts) counts = trace_counts_new(many, 4);

        g_assert_cmpint(counts->n_packets, ==, 4);
        g_assert_cmpuint(count_of(counts, SPREAD_GAP, 400), ==, 3);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/trace-counts/counts", test_counts);
    g_test_add_func("/trace-counts/autocorrelation", test_autocorrelation);
    g_test_add_func("/trace-counts/little", test_little);
    return g_test_run();
}
