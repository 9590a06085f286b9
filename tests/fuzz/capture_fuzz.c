/* SPDX-License-Identifier: Apache-2.0 */
/* A capture (pcap, pcapng) to packets, under every layout. Read whole and part by part it is the
 * same; a filter takes rows out and changes none; each row can be built into a packet that reads
 * back as that row; written as a capture no packet is lost. Its rows are grouped into flows, its
 * addresses mapped, its payload taken, its timing learnt. */
#include <string.h>

#include "app/trace/address_map.h"
#include "app/trace/capture.h"
#include "app/trace/codec.h"
#include "app/trace/flow.h"
#include "app/trace/payload_template.h"
#include "app/trace/timing_model.h"
#include "tests/fuzz/support.h"
#include "tests/trace/support.h"

enum { LINK_TYPE_ETHERNET = 1 };

static const TraceSides all_sides =
    TRACE_HAS_TIMES | TRACE_HAS_ADDRESSES | TRACE_HAS_DIRECTIONS | TRACE_HAS_LENGTHS;

static void
check_parts(const char *path, const Trace *whole, const char *warning, int n_part)
{
    g_autoptr(CaptureRows) rows = capture_rows_open(path, whole->layout, NULL, NULL);
    const Trace *part = capture_rows_trace(rows);
    g_autofree char *part_warning = NULL;
    int n_rows = 0;

    do {
        g_autoptr(Trace) expected = NULL;

        g_assert_null(part_warning);
        g_assert_true(capture_rows_next(rows, n_part, &part_warning, NULL));
        g_assert_cmpint(part->n_rows, <=, MIN(n_part, whole->n_rows - n_rows));
        expected = trace_slice(whole, n_rows, part->n_rows);
        assert_same_trits("part", expected, part);
        assert_same_sides("part", expected, part, all_sides);
        n_rows += part->n_rows;
    } while (part->n_rows == n_part);
    g_assert_cmpint(n_rows, ==, whole->n_rows);
    g_assert_cmpstr(part_warning, ==, warning);
    fuzz_check_same_counts(part->skipped, whole->skipped);
}

/* The rows of a filter by their frames, each as it is without one. */
static GHashTable *
frames_passed(const char *path, const Trace *whole, const char *filter)
{
    CaptureReadOptions options = {.filter = filter};
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) passed =
        trace_read_capture_with(path, whole->layout, &options, 0, NULL, &error);
    GHashTable *frames = g_hash_table_new(NULL, NULL);

    g_assert((passed != NULL) != (error != NULL));
    for (int row = 0, at = 0; passed && row < passed->n_rows; row++, at++) {
        while (at < whole->n_rows && whole->rows[at].frame != passed->rows[row].frame)
            at++;
        g_assert_cmpint(at, <, whole->n_rows);
        g_assert_true(
            memcmp(trace_row(passed, row), trace_row(whole, at), whole->layout->n_columns) == 0);
        g_hash_table_add(frames, GUINT_TO_POINTER(passed->rows[row].frame));
    }
    return frames;
}

static void
check_filter(const char *path, const Trace *whole, uint8_t choice)
{
    static const char *const filters[] = {
        "ip",          "ip6",
        "tcp",         "udp port 53",
        "icmp",        "tcp[tcpflags] & tcp-syn != 0",
        "greater 100", "host 192.0.2.1",
        "vlan",        "mpls",
        "pppoes",      "ip proto 47 or esp",
    };
    const char *filter = filters[choice % G_N_ELEMENTS(filters)];
    g_autofree char *opposite = g_strdup_printf("not (%s)", filter);
    g_autoptr(GHashTable) frames = frames_passed(path, whole, filter);
    g_autoptr(GHashTable) others = frames_passed(path, whole, opposite);
    GHashTableIter iter;
    gpointer frame;

    g_hash_table_iter_init(&iter, frames);
    while (g_hash_table_iter_next(&iter, &frame, NULL))
        g_assert_false(g_hash_table_contains(others, frame));
}

static void
check_built(const Trace *trace, const Codec *codec, int row, BuiltPacket *built, int8_t *trits)
{
    const WritePolicy policy = {.payload = PAYLOAD_RANDOM, .seed = 1};
    SkipReason reason;
    Packet packet;

    g_assert_true(packet_build(codec, trace, row, &policy, built));
    g_assert_cmpuint(built->bytes->len, <=, built->wire_length);
    g_assert_true(packet_parse(&packet, LINK_TYPE_ETHERNET,
                               (Bytes){built->bytes->data, built->bytes->len}, built->wire_length,
                               &reason));
    g_assert_true(codec_encode(codec, &packet, trits, &reason));
    g_assert_true(memcmp(trits, trace_row(trace, row), trace->layout->n_columns) == 0);
}

static void
check_rows(const Trace *trace)
{
    BuiltPacket built = {.bytes = g_byte_array_new()};
    g_autofree int8_t *trits = g_malloc(trace->layout->n_columns);
    Codec codec;

    codec_init(&codec, trace->layout);
    for (int row = 0; row < trace->n_rows; row++)
        check_built(trace, &codec, row, &built, trits);
    g_byte_array_unref(built.bytes);
}

static void
check_groups(const Trace *trace)
{
    g_autofree int *flow_of = g_new(int, trace->n_rows + 1);
    g_autofree uint8_t *direction_of = g_new(uint8_t, trace->n_rows + 1);
    int n_flows = trace_group_flows(trace, flow_of, direction_of), n_seen = 0;

    for (int row = 0; row < trace->n_rows; row++) {
        g_assert_cmpint(flow_of[row], <=, n_seen);
        g_assert_cmpint(direction_of[row], <=, flow_of[row] < n_seen);
        n_seen += flow_of[row] == n_seen;
    }
    g_assert_cmpint(n_seen, ==, n_flows);
}

static void
check_payload(const char *path)
{
    g_autofree char *warning = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(PayloadTemplate) payload = payload_template_read(path, &warning, &error);

    if (fuzz_is_read(payload, error, path))
        fuzz_check_sentence(warning, path);
}

/* Times that are learnt from a capture and drawn for it never go back. */
static void
check_timing(const Trace *trace)
{
    g_autoptr(TimingFit) fit = timing_fit_new(1);
    g_autoptr(TimingModel) model = NULL;
    g_autoptr(Trace) drawn = trace_copy(trace);

    if (!timing_fit_add(fit, trace, "a caption", "a source"))
        return;
    model = timing_fit_finish(fit, NULL);
    g_assert_nonnull(model);
    timing_model_sample(model, drawn, "a caption", 1);
    for (int row = 1; row < drawn->n_rows; row++)
        g_assert_cmpint(drawn->rows[row - 1].time_ns, <=, drawn->rows[row].time_ns);
}

/* Hosts that had different addresses still have. */
static void
check_mapped(const Trace *trace, AddressPolicy policy)
{
    g_autoptr(AddressMap) map = address_map_new(policy, 1);
    g_autoptr(Trace) mapped = trace_copy(trace);

    trace_map_addresses(mapped, map);
    for (int row = 0; row < trace->n_rows; row++) {
        const TraceRow *before = &trace->rows[row], *after = &mapped->rows[row];

        g_assert_true(address_equal(&before->src, &before->dst) ==
                      address_equal(&after->src, &after->dst));
    }
    check_rows(mapped);
}

static void
check_written(const Trace *trace, const char *name)
{
    char *folder = scratch_new();
    g_autofree char *path = scratch_path(folder, name);
    g_autoptr(Trace) again = NULL;
    int n_dropped = -1;

    g_assert_true(trace_write_capture(trace, path, NULL, &n_dropped, NULL));
    g_assert_cmpint(n_dropped, ==, 0);
    again = trace_read_capture(path, trace->layout, 0, NULL, NULL);
    assert_same_trits(name, trace, again);
    scratch_free(folder);
}

static void
check_capture(const char *path, const Layout *layout, uint8_t choice)
{
    g_autofree char *warning = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) trace = trace_read_capture(path, layout, 0, &warning, &error);

    if (!fuzz_is_read(trace, error, path))
        return;
    fuzz_check_sentence(warning, path);
    check_parts(path, trace, warning, choice % 8 + 1);
    check_rows(trace);
    if (choice % 16 < 8)
        check_filter(path, trace, choice / 8);
    check_groups(trace);
    if (choice % 4 == 0)
        check_mapped(trace, (AddressPolicy)(choice / 4 % (ADDRESSES_PERMUTE + 1)));
    if (choice % 4 == 1)
        check_timing(trace);
    if (choice % 16 >= 14)
        check_written(trace, choice & 1 ? "out.pcapng" : "out.pcap");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t choice = size ? data[size - 1] : 0;
    FuzzFile file;

    fuzz_file_init(&file, data, size);
    for (int n = 0; layout_nth(n); n++)
        check_capture(file.path, layout_nth(n), choice);
    if (choice % 8 == 7)
        check_payload(file.path);
    fuzz_file_clear(&file);
    return 0;
}
