/* SPDX-License-Identifier: Apache-2.0 */
/* Decode after encode gives back every header bit of the layout, for every packet that made a row,
 * and what travels beside it: through pcap, PNG (both palettes), CSV, .npy and .npz. */
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "app/trace/capture.h"
#include "app/trace/image.h"
#include "app/trace/interchange.h"
#include "tests/trace/support.h"

static const TraceSides all_sides =
    TRACE_HAS_TIMES | TRACE_HAS_ADDRESSES | TRACE_HAS_DIRECTIONS | TRACE_HAS_LENGTHS;

typedef struct {
    char *scratch;
    int n_pictures; /* drawn so far, of which each second has the other palette */
} Round;

static void
through_capture(Round *round, const char *name, const Trace *trace, const char *file)
{
    g_autofree char *path = scratch_path(round->scratch, file);
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) back = NULL;
    CaptureWriteOptions options = {.policy = {.payload = PAYLOAD_RANDOM, .seed = 1},
                                   .comment = "round trip"};
    int n_dropped = -1;

    trace_write_capture(trace, path, &options, &n_dropped, &error);
    g_assert_no_error(error);
    if (n_dropped)
        g_error("%s: %d rows could not be written", name, n_dropped);
    back = trace_read_capture(path, trace->layout, 0, NULL, &error);
    g_assert_no_error(error);
    assert_same_trits(name, trace, back);
    assert_same_sides(name, trace, back, TRACE_HAS_TIMES | TRACE_HAS_ADDRESSES);
    g_unlink(path); /* replacing a file may wait for the disk */
}

static void
through_png(Round *round, const char *name, const Trace *trace)
{
    g_autofree char *path = scratch_path(round->scratch, "round.png");
    bool sure = true;
    Palette palette = round->n_pictures++ & 1 ? PALETTE_NETDIFFUSION : PALETTE_TORCHLIGHT;
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) back = NULL;

    trace_write_png(trace, path, palette, &error);
    g_assert_no_error(error);
    back = trace_read_any(path, NULL, NULL, &error);
    g_assert_no_error(error);
    assert_same_trits(name, trace, back);
    g_unlink(path);
    assert_same_sides(name, trace, back, all_sides);
    g_assert_cmpstr(g_hash_table_lookup(back->provenance, "source"), ==,
                    g_hash_table_lookup(trace->provenance, "source"));
    g_assert_cmpuint(g_hash_table_size(back->skipped), ==, g_hash_table_size(trace->skipped));
    for (size_t i = 0; i < (size_t)back->n_rows * back->layout->n_columns; i++)
        sure &= back->confidence[i] == 1;
    g_assert_true(sure);
}

static void
through_tables(Round *round, const char *name, const Trace *trace)
{
    g_autofree char *npz = scratch_path(round->scratch, "round.npz");
    g_autoptr(Trace) from_npz = NULL;
    g_autofree char *csv = scratch_path(round->scratch, "round.csv");
    g_autofree char *npy = scratch_path(round->scratch, "round.npy");
    bool full = strcmp(trace->layout->name, "torchlight") == 0;
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) from_csv = NULL;
    g_autoptr(Trace) from_npy = NULL;

    trace_write_csv(trace, csv, &error);
    g_assert_no_error(error);
    from_csv = trace_read_any(csv, NULL, NULL, &error);
    g_assert_no_error(error);
    assert_same_trits(name, trace, from_csv);
    if (full)
        assert_same_sides(name, trace, from_csv, all_sides);
    trace_write_npy(trace, npy, &error);
    g_assert_no_error(error);
    from_npy = trace_read_any(npy, trace->layout->name, NULL, &error);
    g_assert_no_error(error);
    assert_same_trits(name, trace, from_npy);
    trace_write_npz(trace, npz, &error);
    g_assert_no_error(error);
    from_npz = trace_read_any(npz, NULL, NULL, &error);
    g_assert_no_error(error);
    assert_same_trits(name, trace, from_npz);
    assert_same_sides(name, trace, from_npz, all_sides);
    g_assert_cmpstr(g_hash_table_lookup(from_npz->provenance, "source"), ==,
                    g_hash_table_lookup(trace->provenance, "source"));
    g_assert_cmpuint(g_hash_table_size(from_npz->skipped), ==, g_hash_table_size(trace->skipped));
    g_unlink(csv);
    g_unlink(npy);
    g_unlink(npz);
}

static void
round_trip(Round *round, const char *path, const char *layout_name, bool drawn)
{
    g_autofree char *base = g_path_get_basename(path);
    g_autofree char *name = g_strdup_printf("%s (%s)", base, layout_name);
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) first = NULL;
    g_autoptr(Trace) few = NULL;
    g_autoptr(Trace) trace =
        trace_read_capture(path, layout_by_name(layout_name, NULL), 0, NULL, &error);

    g_assert_no_error(error);
    g_assert_cmpint(trace->n_rows, >, 0);
    through_capture(round, name, trace, "round.pcap");
    first = trace_slice(trace, 0, MIN(trace->n_rows, IMAGE_ROWS));
    through_capture(round, name, first, "round.pcapng");
    if (drawn)
        through_png(round, name, first);
    few = trace_slice(trace, 0, MIN(trace->n_rows, 100));
    through_tables(round, name, few);
}

/* Every capture is drawn, or, to save time, one in eight in each layout. Under sanitizers one
 * capture in `sampled` is taken at all. */
static void
round_trip_folder(const char *folder, bool all_drawn, guint sampled)
{
    g_autoptr(GPtrArray) files = list_files(folder, ".pcap");
    guint step = is_sanitized() ? sampled : 1;
    Round round = {.scratch = scratch_new()};

    if (files->len == 0)
        g_test_skip("no captures there");
    for (guint i = 0; i < files->len; i += step) {
        round_trip(&round, files->pdata[i], "torchlight", all_drawn || i % 8 == 0);
        round_trip(&round, files->pdata[i], "nprint", all_drawn || i % 8 == 4);
    }
    g_test_message("every %u. of %u captures", step, files->len);
    scratch_free(round.scratch);
}

static void
test_samples(void)
{
    g_autofree char *folder = source_path("data/samples");

    round_trip_folder(folder, true, 4);
}

static void
test_corpus(void)
{
    g_autofree char *folder = shared_path_or_skip("traces/corpus");

    if (folder)
        round_trip_folder(folder, false, 12);
}

/* Captures that are damaged, cut short or odd: every row they make comes back too. */
static void
test_bad(void)
{
    g_autofree char *folder = shared_path_or_skip("traces/bad");
    g_autoptr(GPtrArray) files = NULL;
    Round round = {NULL};
    int n_rows = 0;

    if (!folder)
        return;
    files = list_files(folder, NULL);
    round.scratch = scratch_new();
    for (guint i = 0; i < files->len; i++) {
        for (int n = 0; layout_nth(n); n++) {
            g_autofree char *warning = NULL;
            g_autoptr(Trace) trace =
                trace_read_capture(files->pdata[i], layout_nth(n), 0, &warning, NULL);

            if (trace)
                through_capture(&round, files->pdata[i], trace, "round.pcap");
            n_rows += trace ? trace->n_rows : 0;
        }
    }
    g_test_message("%d rows", n_rows);
    g_assert_cmpint(n_rows, >, 5000);
    scratch_free(round.scratch);
}

/* Packets made of random bits behind a plausible start: options, fragments, cuts, odd lengths. */
static void
test_random_packets(void)
{
    Round round = {.scratch = scratch_new()};
    g_autofree char *path = scratch_path(round.scratch, "made.pcap");
    GRand *random = g_rand_new_with_seed(20);
    FILE *stream = fopen(path, "wb");
    const guint32 header[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 101}; /* raw IP */
    int n_packets = is_sanitized() ? 4000 : 20000;

    g_assert_nonnull(stream);
    fwrite(header, 1, sizeof header, stream);
    for (int i = 0; i < n_packets; i++) {
        static const guint8 protocols[] = {1, 6, 17, 0, 43, 44, 51, 60, 58, 47, 6, 17};
        guint8 bytes[200];
        guint32 captured = (guint32)g_rand_int_range(random, 1, 160);
        guint32 record[4] = {(guint32)i, 0, captured, captured + g_rand_int(random) % 1500};
        bool v6 = g_rand_boolean(random);

        for (size_t k = 0; k < sizeof bytes; k++)
            bytes[k] = (guint8)g_rand_int(random);
        bytes[0] = v6 ? 0x60 : (guint8)(0x40 | (g_rand_int(random) & 7));
        bytes[v6 ? 6 : 9] = protocols[g_rand_int(random) % sizeof protocols];
        if (!v6 && i % 4)
            bytes[6] = bytes[7] = 0;
        if (v6)
            bytes[40] = protocols[g_rand_int(random) % sizeof protocols];
        if (v6 && i % 2)
            bytes[41] = (guint8)(g_rand_int(random) & 1);
        fwrite(record, 1, sizeof record, stream);
        fwrite(bytes, 1, captured, stream);
    }
    fclose(stream);
    g_rand_free(random);
    for (int n = 0; layout_nth(n); n++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Trace) trace = trace_read_capture(path, layout_nth(n), 0, NULL, &error);

        g_assert_no_error(error);
        g_assert_cmpint(trace->n_rows, >, n_packets / 4);
        through_capture(&round, "random packets", trace, "round.pcap");
    }
    scratch_free(round.scratch);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/roundtrip/samples", test_samples);
    g_test_add_func("/roundtrip/corpus", test_corpus);
    g_test_add_func("/roundtrip/bad", test_bad);
    g_test_add_func("/roundtrip/random", test_random_packets);
    return g_test_run();
}
