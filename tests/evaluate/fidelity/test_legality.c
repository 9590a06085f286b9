/* SPDX-License-Identifier: Apache-2.0 */
/* Legality before repair: of packets made by hand and bits turned in them, of real captures, of
 * noise; and what repair changed. */
#include "app/evaluate/fidelity/legality.h"

#include <math.h>
#include <string.h>

#include "app/trace/capture.h"
#include "app/trace/random.h"
#include "tests/evaluate/fidelity/made.h"
#include "tests/trace/support.h"

static void
set_trits(const Trace *trace, int row, FieldId field, int from, int n, int trit)
{
    memset(trace_row(trace, row) + trace->layout->column_of[field] + from, trit, (size_t)n);
}

static void
test_masks(void)
{
    g_autoptr(Trace) trace = made_udp(9, 64, 100, 1);
    LegalityCount count = {0};

    set_trits(trace, 0, FIELD_IPV4_TTL, 3, 1, -1);   /* a hole */
    set_trits(trace, 1, FIELD_TCP_SEQ, 0, 1, 0);     /* a stray bit of TCP */
    set_trits(trace, 2, FIELD_IPV4_OPT, 0, 32, 0);   /* a word of options: legal */
    set_trits(trace, 3, FIELD_IPV4_OPT, 0, 31, 0);   /* not a whole word */
    set_trits(trace, 4, FIELD_IPV4_OPT, 32, 32, 0);  /* not from the first on */
    set_trits(trace, 5, FIELD_TCP_OPT, 0, 32, 0);    /* options of no header */
    set_trits(trace, 6, FIELD_IPV4_VER, 0, 416, -1); /* no IP */
    memset(trace_row(trace, 7), -1, 1088);           /* padding */
    g_assert_false(legality_mask_is_legal(trace, 7));
    for (int row = 0; row < 9; row++)
        g_assert_true(legality_mask_is_legal(trace, row) == (row == 2 || row == 8));
    legality_count(&count, trace);
    g_assert_cmpuint(count.n_rows, ==, 8);
    g_assert_cmpuint(count.n_legal_masks, ==, 2);
    g_assert_cmpfloat(legality_masks(&count, 1).value, ==, 0.25);
    g_assert_true(isnan(legality_masks(&count, 1).low));
}

/* Which checks a change of one field fails. */
static void
check_change(FieldId field, uint32_t value, LegalCheck wrong, LegalCheck also)
{
    g_autoptr(Trace) trace = made_udp(1, 64, 100, 1);
    LegalityCount count = {0};

    trace_set(trace, 0, field, value);
    legality_count(&count, trace);
    for (int check = 0; check < N_LEGAL_CHECKS; check++) {
        bool is_about_tcp = check >= LEGAL_DATA_OFFSET && check <= LEGAL_URGENT;
        bool is_wrong = check == (int)wrong || check == (int)also;

        g_assert_cmpuint(count.n_about[check], ==, !is_about_tcp);
        g_assert_cmpuint(count.n_right[check], ==, !is_about_tcp && !is_wrong);
    }
}

static void
test_checks(void)
{
    check_change(FIELD_IPV4_TTL, 64, N_LEGAL_CHECKS, N_LEGAL_CHECKS);
    check_change(FIELD_IPV4_VER, 5, LEGAL_VERSION, LEGAL_VERSION);
    check_change(FIELD_IPV4_HL, 6, LEGAL_HEADER_LENGTH, LEGAL_UDP_LENGTH);
    check_change(FIELD_IPV4_RBIT, 1, LEGAL_IP_RESERVED, LEGAL_IP_RESERVED);
    check_change(FIELD_IPV4_FOFF, 8, LEGAL_FRAGMENT, LEGAL_FRAGMENT);
    check_change(FIELD_IPV4_TTL, 0, LEGAL_HOPS, LEGAL_HOPS);
    check_change(FIELD_IPV4_PROTO, 6, LEGAL_PROTOCOL, LEGAL_PROTOCOL);
    check_change(FIELD_IPV4_TL, 27, LEGAL_IP_LENGTH, LEGAL_UDP_LENGTH);
    check_change(FIELD_UDP_LEN, 81, LEGAL_UDP_LENGTH, LEGAL_UDP_LENGTH);
}

static Trace *
sample(const char *name)
{
    g_autofree char *below = g_build_filename("data/samples", name, NULL);
    g_autofree char *path = source_path(below);
    g_autoptr(GError) error = NULL;
    Trace *trace = trace_read_capture(path, layout_default(), 300, NULL, &error);

    g_assert_no_error(error);
    return trace;
}

static const char *const samples[] = {"none_web_http2_00003.pcap", "none_dns_udp53_00001.pcap",
                                      "openvpn-tcp_web_http2_00001.pcap",
                                      "wireguard_voip_rtp_00001.pcap"};

/* Of real captures nothing is wrong; of noise next to everything. */
static void
test_real(void)
{
    LegalityCount counts[G_N_ELEMENTS(samples)] = {0}, noisy = {0};
    Estimate estimate;

    for (guint i = 0; i < G_N_ELEMENTS(samples); i++) {
        g_autoptr(Trace) trace = sample(samples[i]);

        legality_count(&counts[i], trace);
    }
    estimate = legality_masks(counts, G_N_ELEMENTS(samples));
    g_assert_cmpfloat(estimate.value, ==, 1);
    g_assert_cmpfloat(estimate.low, ==, 1);
    g_assert_cmpfloat(legality_checks(counts, G_N_ELEMENTS(samples)).value, ==, 1);
    for (int check = 0; check < N_LEGAL_CHECKS; check++)
        g_assert_cmpfloat(legality_check(counts, G_N_ELEMENTS(samples), (LegalCheck)check).value,
                          ==, 1);
    {
        g_autoptr(Trace) trace = trace_new(layout_default(), 50);
        Random random = random_seeded(3);

        for (int i = 0; i < 50 * 1088; i++)
            trace->trits[i] = (int8_t)((int)random_below(&random, 3) - 1);
        legality_count(&noisy, trace);
    }
    g_assert_cmpuint(noisy.n_rows, ==, 50);
    g_assert_cmpuint(noisy.n_legal_masks, ==, 0);
    g_assert_cmpfloat(legality_checks(&noisy, 1).value, <, 0.3);
}

static void
repair(LegalityCount *count, const Trace *drawn)
{
    g_autoptr(RepairReport) report = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) repaired = repair_trace(drawn, NULL, &report, &error);

    g_assert_no_error(error);
    legality_count_repair(count, drawn, report);
}

/* A legal trace stays; a bit that is turned in it is turned back, and no other. */
static void
test_repair(void)
{
    g_autoptr(Trace) trace = sample(samples[0]);
    LegalityCount kept = {0}, turned = {0};
    guint64 n_present = 0;

    repair(&kept, trace);
    g_assert_cmpfloat(legality_changed_all(&kept, 1, false).value, ==, 0);
    g_assert_cmpuint(kept.n_bits[FIELD_IPV4_TTL], ==, (guint64)trace->n_rows * 8);
    for (int row = 0; row < trace->n_rows; row++) {
        trace_set(trace, row, FIELD_IPV4_RBIT, row % 4 == 0);
        for (int column = 0; column < trace->layout->column_of[FIELD_IPV4_CKSUM]; column++)
            n_present += trace_row(trace, row)[column] >= 0;
    }
    repair(&turned, trace);
    g_assert_cmpfloat_with_epsilon(legality_changed(&turned, 1, FIELD_IPV4_RBIT, false).value, 0.25,
                                   1e-12);
    g_assert_cmpfloat(legality_changed(&turned, 1, FIELD_IPV4_VER, false).value, ==, 0);
    g_assert_cmpuint(n_present, ==, (guint64)trace->n_rows * 80);
    g_assert_cmpfloat(legality_changed_all(&turned, 1, true).value, >,
                      legality_changed_all(&turned, 1, false).value);
}

/* A row with a few stray bits is dropped: those are what changed. Options that repair adds or
 * takes count as present. */
static void
test_dropped(void)
{
    g_autoptr(Trace) trace = trace_new(layout_default(), 41);
    g_autoptr(Trace) packets = made_udp(39, 64, 100, 1);
    LegalityCount count = {0};

    memcpy(trace->trits, packets->trits, 39 * 1088);
    set_trits(trace, 40, FIELD_ICMP_TYPE, 0, 3, 1);
    repair(&count, trace);
    g_assert_cmpuint(count.n_bits[FIELD_ICMP_TYPE], ==, 40 * 8); /* row 39 is padding */
    g_assert_cmpuint(count.n_changed[FIELD_ICMP_TYPE], ==, 3);
    g_assert_cmpuint(count.n_present[FIELD_ICMP_TYPE], ==, 3);
    g_assert_cmpfloat(legality_changed(&count, 1, FIELD_ICMP_TYPE, true).value, ==, 1);
}

static void
test_nothing(void)
{
    g_autoptr(Trace) none = trace_new(layout_default(), 0);
    g_autoptr(Trace) padding = trace_new(layout_default(), 3);
    LegalityCount count = {0};

    legality_count(&count, none);
    legality_count(&count, padding);
    g_assert_cmpuint(count.n_rows, ==, 0);
    g_assert_true(isnan(legality_masks(&count, 1).value));
    g_assert_true(isnan(legality_checks(&count, 1).value));
    g_assert_true(isnan(legality_changed_all(&count, 1, false).value));
    g_assert_true(isnan(legality_masks(NULL, 0).value));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/legality/masks", test_masks);
    g_test_add_func("/legality/checks", test_checks);
    g_test_add_func("/legality/real", test_real);
    g_test_add_func("/legality/repair", test_repair);
    g_test_add_func("/legality/dropped", test_dropped);
    g_test_add_func("/legality/nothing", test_nothing);
    return g_test_run();
}
