/* SPDX-License-Identifier: Apache-2.0 */
/* How captures are written: payload of a template and never of memory, link types, snaplen. */
#include "app/trace/payload_template.h"

#include <gio/gio.h>
#include <string.h>

#include "app/trace/capture.h"
#include "app/trace/codec.h"
#include "tests/trace/support.h"

/* Ethernet, IPv4, UDP from and to a port, then what `fill` repeats. */
static void
put_datagram(GByteArray *file, unsigned from, unsigned to, uint8_t fill, unsigned n,
             unsigned captured)
{
    uint8_t frame[42] = {[12] = 8, [14] = 0x45, [22] = 64, [23] = 17, [26] = 10, [30] = 11};
    uint8_t head[16] = {0};
    unsigned total = 28 + n, wire = sizeof frame + n;

    frame[16] = (uint8_t)(total >> 8);
    frame[17] = (uint8_t)total;
    frame[34] = (uint8_t)(from >> 8);
    frame[35] = (uint8_t)from;
    frame[36] = (uint8_t)(to >> 8);
    frame[37] = (uint8_t)to;
    frame[38] = (uint8_t)((8 + n) >> 8);
    frame[39] = (uint8_t)(8 + n);
    head[8] = (uint8_t)(sizeof frame + captured);
    head[9] = (uint8_t)((sizeof frame + captured) >> 8);
    head[12] = (uint8_t)wire;
    head[13] = (uint8_t)(wire >> 8);
    g_byte_array_append(file, head, sizeof head);
    g_byte_array_append(file, frame, sizeof frame);
    for (unsigned i = 0; i < captured; i++)
        g_byte_array_append(file, &fill, 1);
}

static char *
make_template(const char *scratch)
{
    static const uint8_t start[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, [18] = 4, [20] = 1};
    g_autoptr(GByteArray) file = g_byte_array_new();
    char *path = scratch_path(scratch, "template.pcap");

    g_byte_array_append(file, start, sizeof start);
    put_datagram(file, 40000, 443, 0xaa, 100, 100);
    put_datagram(file, 443, 40000, 0xbb, 200, 50); /* cut */
    put_datagram(file, 40000, 5000, 0xcc, 30, 30);
    put_datagram(file, 40000, 5000, 0, 0, 0);
    put_file(path, (const char *)file->data, file->len);
    return path;
}

/* The payload behind UDP from one port to another. */
static void
fill_from(const PayloadTemplate *payloads, unsigned from, unsigned to, uint8_t *bytes, size_t n)
{
    uint8_t headers[28] = {[0] = 0x45, [9] = 17};

    headers[20] = (uint8_t)(from >> 8);
    headers[21] = (uint8_t)from;
    headers[22] = (uint8_t)(to >> 8);
    headers[23] = (uint8_t)to;
    headers[24] = (uint8_t)((8 + n) >> 8);
    headers[25] = (uint8_t)(8 + n);
    memset(bytes, 0x5a, n); /* poison: nothing of it may be left */
    payload_template_fill(payloads, 1, 9, headers, sizeof headers, bytes, n);
}

static void
assert_filled(const uint8_t *bytes, size_t n, uint8_t with, size_t n_with)
{
    for (size_t i = 0; i < n; i++)
        g_assert_cmphex(bytes[i], ==, i < n_with ? with : 0);
}

static void
test_template(void)
{
    g_autofree char *scratch = scratch_new();
    g_autofree char *path = make_template(scratch);
    g_autofree char *empty = scratch_path(scratch, "empty.pcap");
    g_autoptr(GError) error = NULL;
    g_autoptr(PayloadTemplate) payloads = payload_template_read(path, NULL, &error);
    uint8_t bytes[300];

    g_assert_no_error(error);
    g_assert_cmpint(payload_template_n_packets(payloads), ==, 3);
    fill_from(payloads, 50000, 443, bytes, 60);
    assert_filled(bytes, 60, 0xaa, 60);
    fill_from(payloads, 50000, 443, bytes, 300);
    assert_filled(bytes, 300, 0xaa, 100);
    fill_from(payloads, 443, 50000, bytes, 300);
    assert_filled(bytes, 300, 0xbb, 50); /* no more than was captured */
    fill_from(payloads, 50000, 5000, bytes, 30);
    assert_filled(bytes, 30, 0xcc, 30);
    fill_from(payloads, 50000, 53, bytes, 30); /* well-known and not in the template */
    assert_filled(bytes, 30, 0, 0);
    fill_from(payloads, 50000, 7777, bytes, 20); /* any port's */
    g_assert_true(bytes[0] == 0xaa || bytes[0] == 0xcc);
    assert_filled(bytes, 20, bytes[0], 20);
    put_file(empty, "\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0", 24);
    g_assert_null(payload_template_read(empty, NULL, &error));
    assert_error_says(error, "empty.pcap", "no payload", NULL);
    scratch_free(g_steal_pointer(&scratch));
}

/* No byte of the memory that a payload is written into shows through, whatever the policy. */
static void
test_nothing_leaks(void)
{
    g_autofree char *scratch = scratch_new();
    g_autofree char *path = make_template(scratch);
    g_autoptr(PayloadTemplate) payloads = payload_template_read(path, NULL, NULL);
    g_autoptr(Trace) trace = made_trace("torchlight", 300, 9);
    Codec codec;

    codec_init(&codec, trace->layout);
    for (int payload = PAYLOAD_ZEROS; payload <= PAYLOAD_TEMPLATE; payload++) {
        const WritePolicy policy = {
            .seed = 4, .payload = (PayloadPolicy)payload, .template = payloads};
        for (int row = 0; row < trace->n_rows; row++) {
            BuiltPacket one = {.bytes = g_byte_array_new()}, two = {.bytes = g_byte_array_new()};
            g_byte_array_set_size(one.bytes, 70000);
            memset(one.bytes->data, 0x5a, 70000);
            g_byte_array_set_size(two.bytes, 70000);
            memset(two.bytes->data, 0xa5, 70000);
            bool built = packet_build(&codec, trace, row, &policy, &one);
            g_assert_true(built == packet_build(&codec, trace, row, &policy, &two));
            g_assert_cmpmem(one.bytes->data, one.bytes->len, two.bytes->data, two.bytes->len);
            g_byte_array_unref(one.bytes);
            g_byte_array_unref(two.bytes);
        }
    }
    scratch_free(g_steal_pointer(&scratch));
}

static void
test_forms(void)
{
    g_autofree char *sample = source_path("data/samples/none_web_http2_00003.pcap");
    g_autofree char *scratch = scratch_new();
    g_autoptr(Trace) trace = trace_read_capture(sample, layout_default(), 100, NULL, NULL);
    static const char *const names[] = {"a.pcap", "a.pcapng"};
    const char *notes[100] = {[3] = "changed", [99] = "the last"};

    for (int form = 0; form < 8; form++) {
        g_autofree char *path = scratch_path(scratch, names[form & 1]);
        g_autofree char *first = NULL, *second = NULL;
        gsize n_first, n_second;
        CaptureWriteOptions options = {.policy = {.payload = PAYLOAD_RANDOM},
                                       .link = form & 2 ? CAPTURE_RAW : CAPTURE_ETHERNET,
                                       .snaplen = form & 4 ? 96 : 0,
                                       .comment = "key: value\nother: väl",
                                       .notes = notes};
        g_autoptr(GError) error = NULL;
        g_assert_true(trace_write_capture(trace, path, &options, NULL, &error));
        g_file_get_contents(path, &first, &n_first, NULL);
        g_assert_true(trace_write_capture(trace, path, &options, NULL, &error));
        g_file_get_contents(path, &second, &n_second, NULL);
        g_assert_cmpmem(first, n_first, second, n_second);
        g_autoptr(Trace) back = trace_read_capture(path, layout_default(), 0, NULL, &error);
        g_assert_no_error(error);
        assert_same_trits(path, trace, back);
        assert_same_sides(path, trace, back,
                          TRACE_HAS_TIMES | TRACE_HAS_ADDRESSES | TRACE_HAS_LENGTHS);
        if (form & 4)
            g_assert_cmpuint(n_first, <, 100 * (96 + 32) + 2000);
    }
    scratch_free(g_steal_pointer(&scratch));
}

/* A packet longer than the snaplen is cut, down to a part of its IP header. */
static void
test_snaplen_cuts(void)
{
    g_autofree char *sample = source_path("data/samples/none_web_http2_00003.pcap");
    g_autofree char *scratch = scratch_new();
    g_autofree char *path = scratch_path(scratch, "cut.pcapng");
    g_autoptr(Trace) trace = trace_read_capture(sample, layout_default(), 50, NULL, NULL);
    CaptureWriteOptions options = {.snaplen = 20, .link = CAPTURE_RAW};
    g_autoptr(GError) error = NULL;

    g_assert_true(trace_write_capture(trace, path, &options, NULL, &error));
    g_autoptr(CaptureReader) reader = capture_open(path, NULL, &error);
    CapturePacket packet;
    for (int row = 0; row < 50; row++) {
        g_assert_cmpint(capture_next(reader, &packet, &error), ==, 1);
        g_assert_cmpuint(packet.captured, ==, 20);
        g_assert_cmpuint(packet.length, ==, trace->rows[row].length);
        g_assert_cmpint(packet.data[0], ==, 0x45);
    }
    scratch_free(g_steal_pointer(&scratch));
}

/* Nothing is left of a writing that was cancelled. */
static void
test_cancelled(void)
{
    g_autofree char *scratch = scratch_new();
    g_autofree char *path = scratch_path(scratch, "none.pcap");
    g_autoptr(Trace) trace = made_trace("torchlight", 10, 1);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    CaptureWriteOptions options = {.cancellable = cancellable};
    g_autoptr(GError) error = NULL;

    g_assert_true(trace_write_capture(trace, path, &options, NULL, &error));
    put_file(path, "before", -1);
    g_cancellable_cancel(cancellable);
    g_assert_false(trace_write_capture(trace, path, &options, NULL, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_autofree char *content = NULL;
    g_assert_true(g_file_get_contents(path, &content, NULL, NULL));
    g_assert_cmpstr(content, ==, "before");
    g_assert_cmpint(scratch_n_files(scratch), ==, 1);
    scratch_free(g_steal_pointer(&scratch));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/write/template", test_template);
    g_test_add_func("/write/nothing-leaks", test_nothing_leaks);
    g_test_add_func("/write/forms", test_forms);
    g_test_add_func("/write/snaplen", test_snaplen_cuts);
    g_test_add_func("/write/cancelled", test_cancelled);
    return g_test_run();
}
