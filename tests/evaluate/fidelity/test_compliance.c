/* SPDX-License-Identifier: Apache-2.0 */
/* Compliance: repaired traces and broken ones; what tshark prints, counted. */
#include "app/evaluate/fidelity/compliance.h"

#include <math.h>

#include "app/trace/capture.h"
#include "tests/evaluate/fidelity/made.h"
#include "tests/trace/support.h"

/* Repaired, written and read again: legal throughout. With the reserved flag set in a packet of
 * one of its flows: that packet and that flow are not. */
static void
test_rules(void)
{
    g_autofree char *scratch = scratch_new();
    g_autofree char *path = scratch_path(scratch, "repaired.pcapng");
    g_autoptr(Trace) drawn = made_udp(40, 64, 100, 1);
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) repaired = repair_trace(drawn, NULL, NULL, &error);
    g_autoptr(Trace) read = NULL;
    ComplianceCount counts[2] = {0};

    g_assert_no_error(error);
    trace_write_capture(repaired, path, NULL, NULL, &error);
    g_assert_no_error(error);
    read = trace_read_capture(path, layout_default(), 0, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(compliance_count(&counts[0], read, NULL, &error));
    g_assert_cmpuint(counts[0].n_packets, ==, 40);
    g_assert_cmpuint(counts[0].n_legal_packets, ==, 40);
    g_assert_cmpuint(counts[0].n_flows, >=, 1);
    g_assert_cmpuint(counts[0].n_legal_flows, ==, counts[0].n_flows);
    trace_set(read, 7, FIELD_IPV4_RBIT, 1);
    g_assert_true(compliance_count(&counts[1], read, NULL, &error));
    g_assert_cmpuint(counts[1].n_legal_packets, ==, 39);
    g_assert_cmpuint(counts[1].n_legal_flows, ==, counts[1].n_flows - 1);
    g_assert_cmpfloat(compliance_packets(counts, 2).value, ==, 79.0 / 80);
    g_assert_cmpfloat(compliance_flows(&counts[0], 1).value, ==, 1);
    scratch_free(g_steal_pointer(&scratch));
}

static void
test_no_packets(void)
{
    g_autoptr(Trace) padding = trace_new(layout_default(), 4);
    g_autoptr(Trace) stray = trace_new(layout_default(), 4);
    ComplianceCount count = {0};

    g_assert_true(compliance_count(&count, padding, NULL, NULL));
    g_assert_cmpuint(count.n_packets, ==, 0);
    g_assert_true(isnan(compliance_flows(&count, 1).value));
    trace_row(stray, 2)[500] = 1;
    g_assert_true(compliance_count(&count, stray, NULL, NULL));
    g_assert_cmpuint(count.n_packets, ==, 1);
    g_assert_cmpfloat(compliance_packets(&count, 1).value, ==, 0);
}

/* Columns as expert_command asks for them: tcp.stream, udp.stream, four addresses, malformed,
 * severities. */
static void
test_parse(void)
{
    static const char output[] =
        "0\t\t10.0.0.1\t10.0.0.2\t\t\t\t2097152\n"
        "0\t\t10.0.0.2\t10.0.0.1\t\t\t\t4194304,6291456,4194304\n"
        "1\t\t10.0.0.1\t10.0.0.2\t\t\t\t\n"
        "\t0\t10.0.0.1\t10.0.0.2\t\t\t\t0x00400000\n"
        "\t1\t\t\t2001:db8::1\t2001:db8::2\t[Malformed Packet: X]\t8388608\n"
        "\t\t10.0.0.1\t10.0.0.2\t\t\t\t\n"
        "\t\t10.0.0.2\t10.0.0.1\t\t\t\t6291456\n"
        "2,3\t\t10.0.0.2,1.1.1.1\t10.0.0.1\t\t\t\t1048576\n";
    g_autoptr(GError) error = NULL;
    ExpertCount count = {0};

    g_assert_true(expert_count(&count, output, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(count.n_packets, ==, 8);
    g_assert_cmpuint(count.n_events[EXPERT_ERROR], ==, 1);
    g_assert_cmpuint(count.n_events[EXPERT_WARNING], ==, 2);
    g_assert_cmpuint(count.n_events[EXPERT_NOTE], ==, 3);
    g_assert_cmpuint(count.n_events[EXPERT_CHAT], ==, 1);
    g_assert_cmpuint(count.n_packets_of[EXPERT_WARNING], ==, 2);
    g_assert_cmpuint(count.n_packets_of[EXPERT_NOTE], ==, 1);
    g_assert_cmpuint(count.n_malformed, ==, 1);
    g_assert_cmpuint(count.n_clean_packets, ==, 5);
    /* tcp 0 1 2, udp 0 1, and the pair of hosts: 0, 1 and the pair are not clean */
    g_assert_cmpuint(count.n_flows, ==, 6);
    g_assert_cmpuint(count.n_clean_flows, ==, 3);
    g_assert_cmpfloat(expert_clean_flows(&count, 1).value, ==, 0.5);
    g_assert_cmpfloat(expert_events(&count, 1, EXPERT_NOTE).value, ==, 3.0 / 8);
}

static void
test_bad_output(void)
{
    static const char *const outputs[] = {"hello\n", "\n\n", "0\t\t1\n",
                                          "a\tb\tc\td\te\tf\tg\th\ti\n"};
    ExpertCount count = {0};

    for (guint i = 0; i < G_N_ELEMENTS(outputs); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_false(expert_count(&count, outputs[i], &error));
        assert_error_says(g_steal_pointer(&error), "Line 1", "tshark", NULL);
    }
    g_assert_true(expert_count(&count, "", NULL));
    g_assert_cmpuint(count.n_packets, ==, 0);
    g_assert_true(isnan(expert_clean_packets(&count, 1).value));
}

/* tshark itself, where it is installed, on a real capture. */
static void
test_tshark(void)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_autofree char *path = source_path("data/samples/none_web_http2_00003.pcap");
    g_autofree char *output = NULL;
    g_autoptr(GError) error = NULL;
    ExpertCount count = {0};
    int status;

    g_strv_builder_addv(builder, (const char **)expert_command());
    g_strv_builder_add_many(builder, "-r", path, NULL);
    {
        g_auto(GStrv) command = g_strv_builder_end(builder);

        if (!g_spawn_sync(NULL, command, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL,
                          NULL, NULL, &output, NULL, &status, NULL)) {
            g_test_skip("tshark is not installed");
            return;
        }
    }
    g_assert_true(g_spawn_check_wait_status(status, NULL));
    g_assert_true(expert_count(&count, output, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(count.n_packets, >, 100);
    g_assert_cmpuint(count.n_flows, >, 0);
    g_assert_cmpuint(count.n_clean_packets, >, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/compliance/rules", test_rules);
    g_test_add_func("/compliance/no-packets", test_no_packets);
    g_test_add_func("/compliance/parse", test_parse);
    g_test_add_func("/compliance/bad-output", test_bad_output);
    g_test_add_func("/compliance/tshark", test_tshark);
    return g_test_run();
}
