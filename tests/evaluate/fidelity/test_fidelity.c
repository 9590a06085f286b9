/* SPDX-License-Identifier: Apache-2.0 */
/* Classes made by hand, and how far their sides are apart. */
#include "app/evaluate/fidelity/fidelity.h"

#include <math.h>

#include "tests/evaluate/fidelity/made.h"

static void
add(Fidelity *fidelity, const char *class, Side side, const Trace *trace)
{
    fidelity_add(fidelity, class, side, trace_counts_new(trace, 0));
}

static void
add_udp(Fidelity *fidelity, const char *class, Side side, int n_traces, uint32_t ttl, uint32_t size)
{
    for (int i = 0; i < n_traces; i++) {
        g_autoptr(Trace) trace = made_udp(60, ttl, size, 1);

        add(fidelity, class, side, trace);
    }
}

/* Every figure that is told, of a class. */
static void
assert_all(const FidelityClass *class, double generated, double floor)
{
    for (int measure = 0; measure < N_MEASURES; measure++) {
        for (int spread = 0; spread < N_SPREADS; spread++) {
            const BesideFloor *told = fidelity_spread(class, (Spread)spread, (Measure)measure);

            if (isnan(told->generated.value))
                continue;
            g_assert_cmpfloat_with_epsilon(told->generated.value, generated, 1e-12);
            g_assert_cmpfloat_with_epsilon(told->floor.value, floor, 1e-12);
        }
    }
}

static void
test_same(void)
{
    g_autoptr(Fidelity) fidelity = fidelity_new(layout_default());
    g_autoptr(FidelityReport) report = NULL;
    const FidelityClass *class;

    add_udp(fidelity, "web", SIDE_REAL, 5, 64, 100);
    add_udp(fidelity, "web", SIDE_GENERATED, 3, 64, 100);
    report = fidelity_compare(fidelity, 1);
    class = report->classes->pdata[0];
    g_assert_cmpint(class->n[SIDE_REAL], ==, 5);
    g_assert_cmpint(class->n_drawn, ==, 2);
    assert_all(class, 0, 0);
    assert_all(report->mean, 0, 0);
    assert_all(report->pooled, 0, 0);
    g_assert_true(
        isnan(fidelity_spread(class, (Spread)FIELD_TCP_SEQ, MEASURE_HELLINGER)->generated.value));
    for (int shift = 0; shift < SHIFT_SIZE_CORRELATION; shift++)
        g_assert_cmpfloat(fidelity_shift(class, (Shift)shift)->generated.value, ==, 0);
    g_assert_true(isnan(fidelity_shift(class, SHIFT_SIZE_CORRELATION)->generated.value));
}

/* One field of the 16 that are there differs by all, in a class; all that hangs on size in another.
 */
static void
test_other(void)
{
    g_autoptr(Fidelity) fidelity = fidelity_new(layout_default());
    g_autoptr(FidelityReport) report = NULL;
    const FidelityClass *ttl, *size;
    const BesideFloor *told;

    add_udp(fidelity, "a-ttl", SIDE_REAL, 4, 0x40, 100);
    add_udp(fidelity, "a-ttl", SIDE_GENERATED, 4, 0x80, 100);
    add_udp(fidelity, "b-size", SIDE_REAL, 4, 0x40, 100);
    add_udp(fidelity, "b-size", SIDE_GENERATED, 1, 0x40, 350);
    report = fidelity_compare(fidelity, 1);
    ttl = report->classes->pdata[0];
    size = report->classes->pdata[1];
    told = fidelity_spread(ttl, (Spread)FIELD_IPV4_TTL, MEASURE_JENSEN_SHANNON);
    g_assert_cmpfloat(told->generated.value, ==, 1);
    g_assert_cmpfloat(told->floor.value, ==, 0);
    /* ipv4 12 fields without addresses and options, udp 4; the two ids and ports and checksums
     * are 5 of them: ipv4_id, ipv4_cksum, udp_sport, udp_dport, udp_cksum. */
    told = fidelity_mean(ttl, MEAN_FIELDS, MEASURE_JENSEN_SHANNON);
    g_assert_cmpfloat_with_epsilon(told->generated.value, 1.0 / 16, 1e-12);
    told = fidelity_mean(ttl, MEAN_STEADY_FIELDS, MEASURE_TOTAL_VARIATION);
    g_assert_cmpfloat_with_epsilon(told->generated.value, 1.0 / 11, 1e-12);
    /* 0x40 and 0x80 differ in two of 96 + 64 bits; 96 - 32 + 64 - 48 are not random. */
    told = fidelity_mean(ttl, MEAN_BITS, MEASURE_HELLINGER);
    g_assert_cmpfloat_with_epsilon(told->generated.value, 2.0 / 160, 1e-12);
    told = fidelity_mean(ttl, MEAN_STEADY_BITS, MEASURE_JENSEN_SHANNON);
    g_assert_cmpfloat_with_epsilon(told->generated.value, 2.0 / 80, 1e-12);
    told = fidelity_bit(ttl, ttl->layout->column_of[FIELD_IPV4_TTL], MEASURE_TOTAL_VARIATION);
    g_assert_cmpfloat(told->generated.value, ==, 1);
    g_assert_cmpfloat(fidelity_shift(size, SHIFT_SIZE)->generated.value, ==, 250);
    g_assert_cmpfloat(fidelity_shift(size, SHIFT_SIZE)->floor.value, ==, 0);
    g_assert_cmpfloat(fidelity_shift(report->mean, SHIFT_SIZE)->generated.value, ==, 125);
    /* Put together: the half of b-size that one generated trace allows weighs a third. */
    g_assert_cmpfloat_with_epsilon(fidelity_shift(report->pooled, SHIFT_SIZE)->generated.value,
                                   250.0 / 3, 1e-9);
}

/* Half of the captures are of one kind and half of the other: draws of one that miss it. */
static void
test_floor(void)
{
    g_autoptr(Fidelity) fidelity = fidelity_new(layout_default());
    g_autoptr(FidelityReport) report = NULL;
    const BesideFloor *told;

    add_udp(fidelity, "web", SIDE_REAL, 1, 64, 100);
    add_udp(fidelity, "web", SIDE_REAL, 1, 64, 200);
    add_udp(fidelity, "web", SIDE_GENERATED, 2, 64, 100);
    report = fidelity_compare(fidelity, 1);
    told = fidelity_shift(report->classes->pdata[0], SHIFT_SIZE);
    g_assert_cmpfloat(told->floor.value, ==, 100); /* always the one against the other */
    g_assert_cmpfloat(told->floor.low, ==, 100);
    g_assert_cmpfloat(told->generated.value, >, 0); /* now the one, now the other */
    g_assert_cmpfloat(told->generated.value, <, 100);
    g_assert_cmpfloat(told->generated.low, ==, 0);
    g_assert_cmpfloat(told->generated.high, ==, 100);
}

/* Gaps ten times as long; the correlation of sizes that alternate and of sizes in pairs. */
static void
test_shifts(void)
{
    g_autoptr(Fidelity) fidelity = fidelity_new(layout_default());
    g_autoptr(FidelityReport) report = NULL;
    const FidelityClass *class;

    for (int i = 0; i < 4; i++) {
        g_autoptr(Trace) trace = made_udp(600, 64, 100, 1);

        for (int row = 0; row < 600; row++) {
            trace->rows[row].time_ns *= i / 2 ? 10 : 1;
            trace_set(trace, row, FIELD_IPV4_TL, row / (i / 2 ? 1 : 300) % 2 ? 100 : 200);
        }
        add(fidelity, "web", i / 2 ? SIDE_GENERATED : SIDE_REAL, trace);
    }
    report = fidelity_compare(fidelity, 1);
    class = report->classes->pdata[0];
    g_assert_cmpfloat_with_epsilon(fidelity_shift(class, SHIFT_GAP)->generated.value, 1, 1e-9);
    g_assert_cmpfloat_with_epsilon(fidelity_shift(class, SHIFT_GAP_MS)->generated.value, 90, 1e-9);
    g_assert_cmpfloat(fidelity_shift(class, SHIFT_SIZE)->generated.value, ==, 0);
    /* A step of 300 and 300: r_k = 1 - 3k / 600. Alternation: r_k = (-1)^k (1 - k / 600). The mean
     * over k = 1 .. 32 of the difference is 0.975000 (numpy). */
    g_assert_cmpfloat_with_epsilon(fidelity_shift(class, SHIFT_SIZE_CORRELATION)->generated.value,
                                   0.975, 1e-6);
    g_assert_cmpfloat_with_epsilon(fidelity_shift(class, SHIFT_SIZE_CORRELATION)->floor.value, 0,
                                   1e-9);
}

/* Two forth and one back against one and one, sixty packets. scipy 1.10: jensenshannon(a, b, 2)**2
 * of the histograms of n-grams, wasserstein_distance of the lengths of bursts. */
static void
test_directions(void)
{
    static const double divergence[COUNTS_MAX_GRAM] = {0.020720839623908218, 0.19463001573541344,
                                                       0.5992575136164846, 1};
    g_autoptr(Fidelity) fidelity = fidelity_new(layout_default());
    g_autoptr(FidelityReport) report = NULL;

    for (int i = 0; i < 4; i++) {
        g_autoptr(Trace) trace = made_udp(60, 64, 100, 1);

        for (int row = 0; row < 60 && i >= 2; row++)
            trace->rows[row].direction = row % 2;
        add(fidelity, "web", i < 2 ? SIDE_REAL : SIDE_GENERATED, trace);
    }
    report = fidelity_compare(fidelity, 1);
    for (int i = 0; i < COUNTS_MAX_GRAM; i++) {
        const BesideFloor *told =
            fidelity_spread(report->pooled, (Spread)(SPREAD_GRAM_1 + i), MEASURE_JENSEN_SHANNON);

        g_assert_cmpfloat_with_epsilon(told->generated.value, divergence[i], 1e-12);
        g_assert_cmpfloat(told->floor.value, ==, 0);
    }
    g_assert_cmpfloat_with_epsilon(fidelity_shift(report->pooled, SHIFT_BURST)->generated.value,
                                   0.5, 1e-12);
}

/* Nothing, one side alone, one capture, nothing but padding: told as not known, never a crash. */
static void
test_little(void)
{
    for (int which = 0; which < 5; which++) {
        g_autoptr(Fidelity) fidelity = fidelity_new(layout_default());
        g_autoptr(FidelityReport) report = NULL;
        g_autoptr(Trace) padding = trace_new(layout_default(), 8);
        g_autoptr(Trace) one = made_udp(1, 64, 100, 1);

        if (which == 1)
            add(fidelity, "web", SIDE_REAL, one);
        if (which == 2)
            add(fidelity, "web", SIDE_GENERATED, one);
        if (which >= 3) {
            add(fidelity, "web", SIDE_REAL, which == 3 ? one : padding);
            add(fidelity, "web", SIDE_GENERATED, which == 3 ? one : padding);
        }
        report = fidelity_compare(fidelity, 1);
        g_assert_cmpuint(report->classes->len, ==, which > 0);
        g_assert_cmpint(report->n_in_mean, ==, which == 3);
        g_assert_cmpint(report->mean->n_empty[SIDE_REAL], ==, which == 4);
        g_assert_true(isnan(fidelity_shift(report->mean, SHIFT_SIZE)->floor.value));
        g_assert_true(isnan(fidelity_shift(report->mean, SHIFT_GAP)->generated.value));
        g_assert_true(isnan(fidelity_shift(report->mean, SHIFT_SIZE)->generated.value) ==
                      (which != 3));
        g_assert_true(
            isnan(fidelity_mean(report->pooled, MEAN_BITS, MEASURE_HELLINGER)->generated.value) ==
            (which != 3));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fidelity/same", test_same);
    g_test_add_func("/fidelity/other", test_other);
    g_test_add_func("/fidelity/floor", test_floor);
    g_test_add_func("/fidelity/shifts", test_shifts);
    g_test_add_func("/fidelity/directions", test_directions);
    g_test_add_func("/fidelity/little", test_little);
    return g_test_run();
}
