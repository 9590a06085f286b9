/* SPDX-License-Identifier: Apache-2.0 */
/* Layout nprint against what nPrint 1.2.1 -4 -t -u -i printed, cell by cell. Where Torchlight
 * differs on purpose the case is named here, with the number of rows it touches in each file;
 * anything else that differs fails. Cells that nPrint filled from memory past the captured bytes
 * are absent (-1) in ours. */
#include "app/trace/interchange.h"

#include <gio/gio.h>
#include <string.h>

#include "app/trace/capture.h"
#include "tests/trace/support.h"

enum { WIDTH = 1088, PACKETS_SEEN = 1024 };

/* The deliberate differences. */
typedef enum {
    LINK_LAYER,     /* rows of ours behind VLAN tags or a null header, which nPrint does not read */
    LATER_FRAGMENT, /* nPrint prints a later fragment's data as a transport header; ours is absent
                     */
} Difference;

static const struct {
    const char *capture;
    Difference difference;
    int n_rows;
} differences[] = {
    {"conference-zoom-ndpi-zoom", LINK_LAYER, 81},
    {"dns-dnscrypt-ndpi-dnscrypt-v1-and-resolver-pings", LATER_FRAGMENT, 120},
    {"remote-rdp-ndpi-rdp2", LINK_LAYER, 33},
    {"video-rtmp-ndpi-rtmp", LINK_LAYER, 34},
    {"vpn-ultrasurf-vlan-ndpi-ultrasurf", LINK_LAYER, 333},
    {"web-http2-arkime-http2-nghttp2", LINK_LAYER, 101},
};

static int
n_expected(const char *capture, Difference difference)
{
    for (size_t i = 0; i < G_N_ELEMENTS(differences); i++) {
        if (differences[i].difference == difference && !strcmp(differences[i].capture, capture))
            return differences[i].n_rows;
    }
    return 0;
}

static GByteArray *
read_gzip(const char *path)
{
    GByteArray *bytes = g_byte_array_new();
    g_autoptr(GFile) file = g_file_new_for_path(path);
    g_autoptr(GInputStream) raw = G_INPUT_STREAM(g_file_read(file, NULL, NULL));
    g_autoptr(GConverter) gunzip =
        G_CONVERTER(g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP));
    g_autoptr(GInputStream) stream = NULL;
    guint8 buffer[1 << 16];
    gssize n;

    g_assert_nonnull(raw);
    stream = g_converter_input_stream_new(raw, gunzip);
    while ((n = g_input_stream_read(stream, buffer, sizeof buffer, NULL, NULL)) > 0)
        g_byte_array_append(bytes, buffer, (guint)n);
    g_assert_cmpint(n, ==, 0);
    return bytes;
}

static guint32
get_u32le(const guint8 *bytes)
{
    return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (guint32)bytes[3] << 24;
}

/* The cells of a row that nPrint invented: "784-831 900". */
static void
mark_invented(bool invented[WIDTH], const char *ranges)
{
    g_auto(GStrv) parts = g_strsplit_set(ranges, " ;", -1);

    memset(invented, 0, WIDTH * sizeof *invented);
    for (int i = 0; parts[i]; i++) {
        char *end;
        guint64 first, last;

        if (*parts[i] == '\0')
            continue;
        first = g_ascii_strtoull(parts[i], &end, 10);
        last = *end == '-' ? g_ascii_strtoull(end + 1, NULL, 10) : first;
        g_assert_cmpuint(first, <=, last);
        g_assert_cmpuint(last, <, WIDTH);
        for (guint64 column = first; column <= last; column++)
            invented[column] = true;
    }
}

/* Only transport cells differ, and ours are absent. */
static bool
is_later_fragment(const Trace *trace, int row, const gint8 *reference)
{
    const int8_t *ours = trace_row(trace, row);
    uint32_t offset;

    if (!trace_get(trace, row, FIELD_IPV4_FOFF, &offset) || offset == 0)
        return false;
    for (int column = 0; column < WIDTH; column++) {
        if (column < 480 ? ours[column] != reference[column] : ours[column] != -1)
            return false;
    }
    return true;
}

/* One row of both; true when they are equal, false when it is a later fragment. */
static bool
compare_row(const char *name, const Trace *trace, int row, const gint8 *reference,
            const bool invented[WIDTH])
{
    const int8_t *ours = trace_row(trace, row);

    for (int column = 0; column < WIDTH; column++) {
        g_autofree char *field = NULL;

        if (ours[column] == (invented[column] ? -1 : reference[column]))
            continue;
        if (is_later_fragment(trace, row, reference))
            return false;
        field = layout_column_name(trace->layout, column);
        g_error("%s frame %u: %s is %d, nPrint's %d", name, trace->rows[row].frame, field,
                ours[column], reference[column]);
    }
    return true;
}

static void
compare_capture(const char *capture_path, const char *npr_path, const char *rows_path)
{
    g_autofree char *base = g_path_get_basename(capture_path);
    g_autofree char *name = g_strndup(base, strlen(base) - strlen(".pcap"));
    g_autoptr(GByteArray) npr = read_gzip(npr_path);
    g_autofree char *rows_text = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) trace =
        trace_read_capture(capture_path, layout_by_name("nprint", NULL), 0, NULL, &error);
    g_auto(GStrv) lines = NULL;
    int row = 0, n_extra = 0, n_fragments = 0, n_reference;

    g_assert_no_error(error);
    g_assert_true(npr->len >= 12 && memcmp(npr->data, "NPR1", 4) == 0);
    n_reference = (int)get_u32le(npr->data + 4);
    g_assert_cmpuint(get_u32le(npr->data + 8), ==, WIDTH);
    g_assert_cmpuint(npr->len, ==, 12 + (guint)n_reference * WIDTH);
    g_assert_true(g_file_get_contents(rows_path, &rows_text, NULL, NULL));
    lines = g_strsplit(rows_text, "\n", -1);
    for (int i = 0; i < n_reference; i++) {
        const gint8 *reference = (const gint8 *)npr->data + 12 + (size_t)i * WIDTH;
        g_auto(GStrv) cells = g_strsplit(lines[i + 1], ",", 4);
        guint32 frame = (guint32)g_ascii_strtoull(cells[1], NULL, 10);
        bool invented[WIDTH];

        for (; row < trace->n_rows && trace->rows[row].frame < frame; row++)
            n_extra++;
        if (row == trace->n_rows || trace->rows[row].frame != frame)
            g_error("%s: nPrint has a row for frame %u, ours has none", name, frame);
        mark_invented(invented, cells[3]);
        n_fragments += !compare_row(name, trace, row, reference, invented);
        row++;
    }
    for (; row < trace->n_rows && trace->rows[row].frame <= PACKETS_SEEN; row++)
        n_extra++;
    if (n_extra != n_expected(name, LINK_LAYER) || n_fragments != n_expected(name, LATER_FRAGMENT))
        g_error("%s: %d rows that nPrint has not and %d later fragments, expected %d and %d", name,
                n_extra, n_fragments, n_expected(name, LINK_LAYER),
                n_expected(name, LATER_FRAGMENT));
}

static void
test_trits(void)
{
    g_autofree char *folder = shared_path_or_skip("traces/nprint");
    g_autofree char *corpus = shared_path("traces/corpus");
    g_autoptr(GPtrArray) files = NULL;

    if (!folder || !corpus)
        return;
    files = list_files(folder, ".npr.gz");
    g_assert_cmpuint(files->len, >, 0);
    for (guint i = 0; i < files->len; i++) {
        g_autofree char *base = g_path_get_basename(files->pdata[i]);
        g_autofree char *name = g_strndup(base, strlen(base) - strlen(".npr.gz"));
        g_autofree char *capture = g_strdup_printf("%s/%s.pcap", corpus, name);
        g_autofree char *rows = g_strdup_printf("%s/%s.rows.csv", folder, name);

        compare_capture(capture, files->pdata[i], rows);
    }
    g_test_message("%u captures equal nPrint's", files->len);
}

/* Our CSV is nPrint's, byte for byte. */
static void
test_text(void)
{
    static const char *const names[] = {"attack-syn-scan-ndpi-synscan",
                                        "web-wikipedia-zeek-wikipedia"};
    g_autofree char *corpus = shared_path_or_skip("traces/corpus");
    char *scratch;
    g_autofree char *out = NULL;

    if (!corpus)
        return;
    scratch = scratch_new();
    out = scratch_path(scratch, "out.csv");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *capture = g_strdup_printf("%s/%s.pcap", corpus, names[i]);
        g_autofree char *below = g_strdup_printf("traces/nprint/raw-%s-c300.npt.gz", names[i]);
        g_autofree char *reference_path = shared_path(below);
        g_autoptr(GByteArray) reference = read_gzip(reference_path);
        g_autofree char *ours = NULL;
        gsize size;
        g_autoptr(Trace) trace =
            trace_read_capture(capture, layout_by_name("nprint", NULL), 0, NULL, NULL);

        while (trace->n_rows > 0 && trace->rows[trace->n_rows - 1].frame > 300)
            trace->n_rows--;
        g_assert_true(trace_write_csv(trace, out, NULL));
        g_assert_true(g_file_get_contents(out, &ours, &size, NULL));
        g_assert_cmpmem(ours, size, reference->data, reference->len);
    }
    scratch_free(scratch);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/nprint/trits", test_trits);
    g_test_add_func("/nprint/text", test_text);
    return g_test_run();
}
