/* SPDX-License-Identifier: Apache-2.0 */
/* A capture read part by part is the capture read whole, and so is the table made of the parts. */
#include "app/trace/capture.h"
#include "app/trace/flow.h"
#include "app/trace/host_pairs.h"
#include "app/trace/interchange.h"
#include "tests/trace/support.h"

typedef TableWriter *(*WriterNew)(const char *path, GError **error);
typedef bool (*WriteWhole)(const Trace *trace, const char *path, GError **error);

static const TraceSides all_sides =
    TRACE_HAS_TIMES | TRACE_HAS_ADDRESSES | TRACE_HAS_DIRECTIONS | TRACE_HAS_LENGTHS;

static char *
sample_path(void)
{
    return source_path("data/samples/none_web_http2_00003.pcap");
}

static Trace *
read_whole(const char *layout)
{
    g_autofree char *path = sample_path();
    g_autoptr(GError) error = NULL;
    Trace *trace = trace_read_capture(path, layout_by_name(layout, NULL), 0, NULL, &error);

    g_assert_no_error(error);
    return trace;
}

static void
test_rows(void)
{
    static const int sizes[] = {1, 7, 1000, 100000};
    g_autofree char *path = sample_path();
    g_autoptr(Trace) whole = read_whole("torchlight");

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(CaptureRows) rows = capture_rows_open(path, layout_default(), NULL, NULL);
        const Trace *part = capture_rows_trace(rows);
        int n_rows = 0;

        do {
            g_autoptr(Trace) expected = NULL;

            g_assert_true(capture_rows_next(rows, sizes[i], NULL, NULL));
            expected = trace_slice(whole, n_rows, MIN(sizes[i], whole->n_rows - n_rows));
            assert_same_trits("part", expected, part);
            assert_same_sides("part", expected, part, all_sides);
            n_rows += part->n_rows;
        } while (part->n_rows == sizes[i]);
        g_assert_cmpint(n_rows, ==, whole->n_rows);
        g_assert_cmpuint(g_hash_table_size(part->skipped), ==, g_hash_table_size(whole->skipped));
        g_assert_cmpstr(g_hash_table_lookup(part->provenance, "packets_read"), ==,
                        g_hash_table_lookup(whole->provenance, "packets_read"));
        /* At the end it stays at the end. */
        g_assert_true(capture_rows_next(rows, 5, NULL, NULL));
        g_assert_cmpint(part->n_rows, ==, 0);
    }
}

static void
check_table(const char *layout, WriterNew writer_new, WriteWhole write_whole)
{
    g_autoptr(Trace) whole = read_whole(layout);
    char *scratch = scratch_new();
    g_autofree char *in_parts = scratch_path(scratch, "parts");
    g_autofree char *at_once = scratch_path(scratch, "whole");
    g_autoptr(TableWriter) writer = writer_new(in_parts, NULL);
    g_autofree char *a = NULL;
    g_autofree char *b = NULL;
    gsize n_a, n_b;

    for (int row = 0; row < whole->n_rows; row += 97) {
        g_autoptr(Trace) part = trace_slice(whole, row, MIN(97, whole->n_rows - row));
        g_assert_true(table_writer_append(writer, part));
    }
    g_assert_false(g_file_test(in_parts, G_FILE_TEST_EXISTS));
    g_assert_true(table_writer_commit(writer, NULL));
    g_assert_true(write_whole(whole, at_once, NULL));
    g_assert_true(g_file_get_contents(in_parts, &a, &n_a, NULL));
    g_assert_true(g_file_get_contents(at_once, &b, &n_b, NULL));
    g_assert_cmpmem(a, n_a, b, n_b);
    scratch_free(scratch);
}

static void
test_csv(void)
{
    check_table("torchlight", table_writer_new_csv, trace_write_csv);
    check_table("nprint", table_writer_new_csv, trace_write_csv);
}

static void
test_npy(void)
{
    check_table("torchlight", table_writer_new_npy, trace_write_npy);
}

static void
test_npz(void)
{
    check_table("torchlight", table_writer_new_npz, trace_write_npz);
}

/* Without a commit nothing stands under the name, nor beside it. */
static void
test_given_up(void)
{
    g_autoptr(Trace) whole = read_whole("torchlight");
    char *scratch = scratch_new();
    g_autofree char *path = scratch_path(scratch, "out.npy");
    TableWriter *writer = table_writer_new_npy(path, NULL);

    g_assert_true(table_writer_append(writer, whole));
    table_writer_free(writer);
    g_assert_cmpint(scratch_n_files(scratch), ==, 0);
    scratch_free(scratch);
}

/* Host pair number n. */
static uint8_t
send(HostPairs *pairs, int n, bool back)
{
    Address ends[2] = {address_placeholder(n & 1 ? 6 : 4, 0),
                       address_placeholder(n & 1 ? 6 : 4, 1)};

    ends[n & 1].bytes[1] ^= (uint8_t)n;
    ends[n & 1].bytes[2] ^= (uint8_t)(n >> 8);
    ends[0].bytes[3] = (uint8_t)(n >> 16);
    return host_pairs_direction(pairs, &ends[back], &ends[!back]);
}

/* However many pairs there are: those of late are remembered, and no more memory is taken. */
static void
test_host_pairs(void)
{
    enum { N = 300000, REMEMBERED = 60000 };
    g_autoptr(HostPairs) pairs = host_pairs_new();

    for (int n = 0; n < N; n++) {
        g_assert_cmpint(send(pairs, n, n % 3 == 0), ==, 0);
        g_assert_cmpint(send(pairs, n, n % 3 != 0), ==, 1);
        g_assert_cmpint(send(pairs, 0, false), ==, 1); /* pair 0 was first seen going back */
        if (n >= REMEMBERED)
            g_assert_cmpint(send(pairs, n - REMEMBERED, n % 3 == 0), ==, 0);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/parts/rows", test_rows);
    g_test_add_func("/parts/csv", test_csv);
    g_test_add_func("/parts/npy", test_npy);
    g_test_add_func("/parts/npz", test_npz);
    g_test_add_func("/parts/given-up", test_given_up);
    g_test_add_func("/parts/host-pairs", test_host_pairs);
    return g_test_run();
}
