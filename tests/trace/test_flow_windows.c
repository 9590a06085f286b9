/* SPDX-License-Identifier: Apache-2.0 */
/* Windows of flows hold the rows that reading the whole capture gives, each where it belongs. */
#include "app/trace/flow_windows.h"

#include <string.h>

#include "tests/trace/made_packets.h"
#include "tests/trace/support.h"

static const TraceSides all_sides =
    TRACE_HAS_TIMES | TRACE_HAS_ADDRESSES | TRACE_HAS_DIRECTIONS | TRACE_HAS_LENGTHS;

static char *
sample(const char *name)
{
    g_autofree char *folder = source_path("data/samples");

    return g_build_filename(folder, name, NULL);
}

static Trace *
read_whole(const char *path, const Layout *layout)
{
    g_autoptr(GError) error = NULL;
    Trace *trace = trace_read_capture(path, layout, 0, NULL, &error);

    g_assert_no_error(error);
    return trace;
}

/* By capture: every window is the slice it should be. The number of windows. */
static int
check_whole(const char *path, const Trace *whole, int window, int stride, int min_packets)
{
    const FlowWindowOptions options = {
        .by = FLOW_BY_CAPTURE, .window = window, .stride = stride, .min_packets = min_packets};
    g_autoptr(FlowWindows) windows = flow_windows_open(path, whole->layout, &options, NULL, NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *name = g_path_get_basename(path);
    int n = 0, step = stride ? stride : window;
    FlowWindow about;
    Trace *part;

    g_assert_nonnull(windows);
    while ((part = flow_windows_next(windows, &about, &error))) {
        int first = n * step;
        g_autoptr(Trace) expected = trace_slice(whole, first, MIN(window, whole->n_rows - first));

        assert_same_trits(name, expected, part);
        assert_same_sides(name, expected, part, all_sides);
        g_assert_cmpuint(about.first_row, ==, first);
        g_assert_cmpuint(about.number, ==, ++n);
        g_assert_cmpuint(about.directions[0] + about.directions[1], ==, part->n_rows);
        trace_free(part);
    }
    g_assert_no_error(error);
    g_assert_cmpuint(flow_windows_n_rows(windows), ==, whole->n_rows);
    g_assert_cmpuint(g_hash_table_size(flow_windows_skipped(windows)), ==,
                     g_hash_table_size(whole->skipped));
    return n;
}

static void
test_capture(void)
{
    g_autofree char *path = sample("none_web_http2_00003.pcap");
    g_autoptr(Trace) whole = read_whole(path, layout_default());

    g_assert_cmpint(whole->n_rows, ==, 1024);
    g_assert_cmpint(check_whole(path, whole, 1024, 0, 1), ==, 1);
    g_assert_cmpint(check_whole(path, whole, 2000, 0, 1), ==, 1);
    g_assert_cmpint(check_whole(path, whole, 1000, 0, 1), ==, 2);
    g_assert_cmpint(check_whole(path, whole, 1000, 0, 25), ==, 1);
    g_assert_cmpint(check_whole(path, whole, 512, 256, 1), ==, 3); /* the last ends at the end */
    g_assert_cmpint(check_whole(path, whole, 512, 300, 1), ==, 3); /* the last is shorter */
    g_assert_cmpint(check_whole(path, whole, 512, 300, 425), ==, 2);
    g_assert_cmpint(check_whole(path, whole, 100, 400, 1), ==, 3); /* with gaps */
    g_assert_cmpint(check_whole(path, whole, 100, 1024, 1), ==, 1);
    g_assert_cmpint(check_whole(path, whole, 1, 1, 1), ==, 1024);
}

/* Whatever the packets are, the rows that waited are the rows. */
static void
test_corpus(void)
{
    g_autofree char *folder = shared_path_or_skip("traces/corpus");
    g_autoptr(GPtrArray) files = folder ? list_files(folder, ".pcap") : NULL;

    for (guint i = 0; files && i < files->len; i += is_sanitized() ? 9 : 2) {
        for (int n = 0; layout_nth(n); n++) {
            g_autoptr(Trace) whole = read_whole(files->pdata[i], layout_nth(n));

            check_whole(files->pdata[i], whole, 256, 0, 1);
        }
    }
}

/* Flow by flow: as many rows as it has packets, each that of its frame. */
static void
check_flows(const char *path, FlowBy by, int window, int stride)
{
    const FlowWindowOptions options = {.by = by, .window = window, .stride = stride};
    g_autoptr(Trace) whole = read_whole(path, layout_default());
    g_autoptr(FlowWindows) windows =
        flow_windows_open(path, layout_default(), &options, NULL, NULL);
    const FlowTable *table = flow_windows_table(windows);
    g_autofree uint64_t *n_rows = g_new0(uint64_t, flow_table_n_flows(table) + 1);
    g_autoptr(GError) error = NULL;
    FlowWindow about;
    Trace *part;

    while ((part = flow_windows_next(windows, &about, &error))) {
        uint64_t n_before = n_rows[about.flow->number];

        g_assert_cmpuint(about.first_row, ==, (about.number - 1) * (stride ? stride : window));
        g_assert_cmpint(part->n_rows, <=, window);
        n_rows[about.flow->number] = about.first_row + (uint64_t)part->n_rows;
        g_assert_cmpuint(n_rows[about.flow->number], >, n_before);
        for (int row = 0; row < part->n_rows; row++) {
            const TraceRow *side = &part->rows[row];
            const TraceRow *expected = &whole->rows[side->frame - 1];
            bool forward = address_equal(&side->src, &about.flow->key.src);

            g_assert_cmpmem(trace_row(part, row), 1088, trace_row(whole, (int)side->frame - 1),
                            1088);
            g_assert_cmpint(side->time_ns, ==, expected->time_ns);
            g_assert_cmpint(side->direction, ==, !forward);
            g_assert_true(row == 0 || side->frame > side[-1].frame);
        }
        g_assert_cmpstr(g_hash_table_lookup(part->provenance, "flows"), ==, flow_by_to_name(by));
        g_assert_nonnull(g_hash_table_lookup(part->provenance, "tunnel"));
        trace_free(part);
    }
    g_assert_no_error(error);
    for (uint32_t number = 1; number <= flow_table_n_flows(table); number++)
        g_assert_cmpuint(n_rows[number], ==, flow_n_packets(flow_table_flow(table, number)));
}

static void
test_flows(void)
{
    g_autofree char *web = sample("none_web_http2_00003.pcap");
    g_autofree char *dns = sample("none_dns_udp53_00001.pcap");

    check_flows(web, FLOW_BY_TUPLE, 64, 0);
    check_flows(web, FLOW_BY_TUPLE, 64, 10);
    check_flows(web, FLOW_BY_TUPLE, 1024, 0);
    check_flows(web, FLOW_BY_HOSTS, 100, 0);
    check_flows(dns, FLOW_BY_TUPLE, 3, 1);
    check_flows(dns, FLOW_BY_HOSTS, 1000, 500);
}

static int
count_windows(const char *path, const FlowWindowOptions *options, GError **error)
{
    g_autoptr(FlowWindows) windows =
        flow_windows_open(path, layout_default(), options, NULL, error);
    FlowWindow about;
    Trace *part;
    int n = 0;

    while (windows && (part = flow_windows_next(windows, &about, error))) {
        n++;
        g_assert_true(options->number == 0 || about.flow->number == (uint32_t)options->number);
        trace_free(part);
    }
    return n;
}

static void
test_choice(void)
{
    g_autofree char *web = sample("none_web_http2_00003.pcap");
    g_autoptr(GError) error = NULL;
    FlowWindowOptions options = {.by = FLOW_BY_TUPLE, .window = 100, .biggest = true};

    g_assert_cmpint(count_windows(web, &options, &error), ==, 5); /* of 411 packets */
    options.min_packets = 12;
    g_assert_cmpint(count_windows(web, &options, &error), ==, 4);
    options = (FlowWindowOptions){.by = FLOW_BY_TUPLE, .window = 100, .number = 13};
    g_assert_cmpint(count_windows(web, &options, &error), ==, 3); /* of 224 */
    options = (FlowWindowOptions){.by = FLOW_BY_TUPLE, .window = 1024, .min_packets = 15};
    g_assert_cmpint(count_windows(web, &options, &error), ==, 13);
    g_assert_no_error(error);
    options.number = 24;
    g_assert_cmpint(count_windows(web, &options, &error), ==, 0);
    assert_error_says(error, "none_web_http2_00003.pcap", "24", "23", "torchlight flows", NULL);
    g_clear_error(&error);
    options.number = 0;
    g_assert_cmpint(count_windows("-", &options, &error), ==, 0);
    assert_error_says(error, "twice", NULL);
}

/* What open flows keep is bounded, and flows that are left out keep nothing. */
static void
test_bound(void)
{
    g_autofree char *web = sample("none_web_http2_00003.pcap");
    g_autoptr(GError) error = NULL;
    FlowWindowOptions options = {.by = FLOW_BY_TUPLE, .window = 1024, .max_open = 20000};

    count_windows(web, &options, &error);
    assert_error_says(error, "none_web_http2_00003.pcap", "19.5", "filter", NULL);
    g_clear_error(&error);
    options.window = 16; /* drawn and forgotten */
    g_assert_cmpint(count_windows(web, &options, &error), >, 60);
    options.window = 1024;
    options.min_packets = 250;
    options.max_open = 60000;
    g_assert_cmpint(count_windows(web, &options, &error), ==, 1);
    g_assert_no_error(error);
}

static void
put_record(GByteArray *file, const GByteArray *packet, guint32 second)
{
    const guint32 record[4] = {second, 0, packet->len, packet->len};

    g_byte_array_append(file, (const guint8 *)record, sizeof record);
    g_byte_array_append(file, packet->data, packet->len);
}

/* A scan: one packet a flow, and one flow that goes on. */
static char *
write_scan(const char *scratch, int n)
{
    const guint32 header[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 101};
    g_autoptr(GByteArray) file = g_byte_array_new();
    char *path = scratch_path(scratch, "scan.pcap");

    g_byte_array_append(file, (const guint8 *)header, sizeof header);
    for (int i = 0; i < n; i++) {
        g_autofree char *dst = g_strdup_printf("10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
        uint32_t length;
        g_autoptr(GByteArray) packet = made_bytes(&(Made){.src = "192.0.2.1",
                                                          .dst = i % 100 == 0 ? "192.0.2.9" : dst,
                                                          .protocol = 6,
                                                          .src_port = 50000,
                                                          .dst_port = 80,
                                                          .flags = i % 100 == 0 ? TCP_ACK : TCP_SYN,
                                                          .seq = (uint32_t)i},
                                                  &length);

        put_record(file, packet, (guint32)i);
    }
    put_file(path, (char *)file->data, file->len);
    return path;
}

static void
check_scan(int n, int min_packets, int n_windows)
{
    char *scratch = scratch_new();
    g_autofree char *path = write_scan(scratch, n);
    g_autoptr(GError) error = NULL;
    const FlowWindowOptions options = {.by = FLOW_BY_TUPLE,
                                       .window = 64,
                                       .min_packets = min_packets,
                                       .max_open = 64 * 1000}; /* no more than one flow's rows */

    g_assert_cmpint(count_windows(path, &options, &error), ==, n_windows);
    g_assert_no_error(error);
    scratch_free(scratch);
}

static void
test_scan(void)
{
    if (!is_sanitized())
        check_scan(200000, 2, 32); /* 2,000 packets of the flow that goes on */
    check_scan(10000, 2, 2);
    check_scan(10000, 1, 2 + 9900);
}

static void
test_damaged(void)
{
    g_autofree char *web = sample("none_web_http2_00003.pcap");
    char *scratch = scratch_new();
    g_autofree char *path = scratch_path(scratch, "cut.pcap");
    g_autofree char *content = NULL;

    g_assert_true(g_file_get_contents(web, &content, NULL, NULL));
    put_file(path, content, 20000);
    for (int by = FLOW_BY_TUPLE; by <= FLOW_BY_CAPTURE; by++) {
        const FlowWindowOptions options = {.by = (FlowBy)by, .window = 1024};
        g_autoptr(FlowWindows) windows =
            flow_windows_open(path, layout_default(), &options, NULL, NULL);
        g_autoptr(GError) error = NULL;
        FlowWindow about;
        Trace *part;
        int n_rows = 0;

        while ((part = flow_windows_next(windows, &about, &error))) {
            n_rows += part->n_rows;
            trace_free(part);
        }
        g_assert_no_error(error);
        g_assert_nonnull(strstr(flow_windows_warning(windows), "cut.pcap"));
        g_assert_cmpuint(flow_windows_n_rows(windows), ==, n_rows);
        g_assert_cmpint(n_rows, >, 100);
    }
    scratch_free(scratch);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/flow-windows/capture", test_capture);
    g_test_add_func("/flow-windows/corpus", test_corpus);
    g_test_add_func("/flow-windows/flows", test_flows);
    g_test_add_func("/flow-windows/choice", test_choice);
    g_test_add_func("/flow-windows/bound", test_bound);
    g_test_add_func("/flow-windows/scan", test_scan);
    g_test_add_func("/flow-windows/damaged", test_damaged);
    return g_test_run();
}
