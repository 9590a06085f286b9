/* SPDX-License-Identifier: Apache-2.0 */
/* What is found in captures of other people, beside what tshark finds: the same frames, the same
 * IP packets, the same times. */
#include <glib/gstdio.h>
#include <string.h>

#include "app/trace/capture.h"
#include "tests/trace/support.h"

/* A line of CSV (RFC 4180, without line breaks in cells). */
static GPtrArray *
split_csv(const char *line)
{
    GPtrArray *cells = g_ptr_array_new_with_free_func(g_free);
    GString *cell = g_string_new(NULL);
    bool quoted = false;

    for (;; line++) {
        if (quoted && line[0] == '"' && line[1] == '"') {
            g_string_append_c(cell, *line++);
        } else if (*line == '"') {
            quoted = !quoted;
        } else if (*line == '\0' || (*line == ',' && !quoted)) {
            g_ptr_array_add(cells, g_strdup(cell->str));
            g_string_truncate(cell, 0);
            if (*line == '\0')
                break;
        } else {
            g_string_append_c(cell, *line);
        }
    }
    g_string_free(cell, TRUE);
    return cells;
}

typedef struct {
    int n_frames, n_ipv4;
} Count;

/* Where we differ from tshark, on purpose. */
static const struct {
    const char *file;
    Count count;
    const char *why;
} exceptions[] = {
    {"c08-caplen-ffffffff.pcap", {2, 2}, "tshark leaves before it dissects"},
    {"c12-linktype-unknown.pcap", {0, 0}, "refused: a link type for users"},
    {"c20-unknown-blocks-options.pcapng", {3, 3}, "a custom block has a number, but is no packet"},
    {"i05-version-mismatch.pcap", {7, 2}, "the version nibble decides, not the ethertype"},
    {"t05-ip-truncated.pcap", {20, 19}, "one was captured without a byte of IP"},
    {"f02-bitflips.pcap", {400, 312}, "IP of no known version, and frames cut before it"},
    {"r-ndpi-fuzz-2006-06-26-2594.pcap", {691, 607}, "IP of no known version"},
    {"r-tcpdump-unsupported-link-type-160.pcap", {0, 0}, "refused: link type"},
    {"r-tcpdump-slip-bad-direction.pcap", {0, 0}, "refused: link type"},
};

static Count
count_of(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *warning = NULL;
    g_autoptr(Trace) trace = trace_read_capture(path, layout_default(), 0, &warning, &error);
    g_autofree char *base = g_path_get_basename(path);
    Count count = {0, 0};
    GHashTableIter iter;
    gpointer reason, n;
    int n_skipped = 0;

    if (!trace) {
        assert_error_says(error, base, NULL);
        return count;
    }
    g_assert_true(!warning || strstr(warning, base));
    count.n_frames = atoi(g_hash_table_lookup(trace->provenance, "packets_read"));
    for (int row = 0; row < trace->n_rows; row++) {
        count.n_ipv4 += trace_has_header(trace, row, HEADER_IPV4);
        g_assert_false(trace_row_is_empty(trace, row));
    }
    /* What is no row is counted, and by a name. */
    g_hash_table_iter_init(&iter, trace->skipped);
    while (g_hash_table_iter_next(&iter, &reason, &n)) {
        g_assert_cmpuint(strlen(reason), >, 2);
        n_skipped += GPOINTER_TO_INT(n);
    }
    g_assert_cmpint(trace->n_rows + n_skipped, ==, count.n_frames);
    return count;
}

/* Every malformed or tricky file is answered, and its packets are those that tshark 4.0 found. */
static void
test_bad(void)
{
    g_autofree char *folder = shared_path_or_skip("traces/bad");
    g_autofree char *manifest = folder ? g_build_filename(folder, "MANIFEST.csv", NULL) : NULL;
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    guint n_exceptions = 0, n_lines;

    if (!folder)
        return;
    g_assert_true(g_file_get_contents(manifest, &text, NULL, NULL));
    lines = g_strsplit(text, "\n", 0);
    n_lines = g_strv_length(lines) - 1;
    g_assert_cmpuint(n_lines, >, 80);
    for (guint i = 1; i < n_lines; i++) {
        g_autoptr(GPtrArray) cells = split_csv(lines[i]);
        const char *name = cells->pdata[0];
        g_autofree char *path = g_build_filename(folder, name, NULL);
        Count expected = {atoi(cells->pdata[9]), atoi(cells->pdata[10])}, count = count_of(path);

        for (size_t j = 0; j < G_N_ELEMENTS(exceptions); j++) {
            if (strcmp(exceptions[j].file, name) == 0) {
                expected = exceptions[j].count;
                n_exceptions++;
            }
        }
        if (count.n_frames != expected.n_frames || count.n_ipv4 != expected.n_ipv4)
            g_error("%s: %d frames with %d of IPv4, not %d with %d", name, count.n_frames,
                    count.n_ipv4, expected.n_frames, expected.n_ipv4);
    }
    g_assert_cmpuint(n_exceptions, ==, G_N_ELEMENTS(exceptions));
}

/* Runs a program; false after skipping the test when it is not there. */
static bool
run_or_skip(char **argv, char **output)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *errors = NULL;
    int status = 0;

    if (!g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, output, &errors, &status,
                      &error)) {
        g_test_skip(error->message);
        return false;
    }
    if (!g_spawn_check_wait_status(status, &error))
        g_error("%s: %s: %s", argv[0], error->message, errors);
    return true;
}

static bool
merge_or_skip(GPtrArray *captures, const char *merged)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autofree char *output = NULL;

    for (const char *const *word =
             (const char *const[]){"mergecap", "-F", "pcapng", "-w", merged, NULL};
         *word; word++)
        g_ptr_array_add(argv, (char *)*word);
    for (guint i = 0; i < captures->len; i++)
        g_ptr_array_add(argv, captures->pdata[i]);
    g_ptr_array_add(argv, NULL);
    return run_or_skip((char **)argv->pdata, &output);
}

/* "1700000000.000500000" */
static gint64
parse_time_ns(const char *text)
{
    char *end;
    gint64 seconds = g_ascii_strtoll(text, &end, 10);

    g_assert_cmpuint(strlen(end), ==, 10);
    return seconds * 1000000000 + g_ascii_strtoll(end + 1, NULL, 10);
}

/* All captures of the corpus in one pcapng of as many interfaces, of three link types. */
static void
test_corpus(void)
{
    g_autofree char *folder = shared_path_or_skip("traces/corpus");
    g_autoptr(GPtrArray) captures = folder ? list_files(folder, ".pcap") : NULL;
    char *scratch = scratch_new();
    g_autofree char *merged = scratch_path(scratch, "merged.pcapng");
    g_autofree char *output = NULL;
    g_autoptr(Trace) trace = NULL;
    g_autoptr(GError) error = NULL;
    int row = 0;

    if (captures && is_sanitized())
        g_ptr_array_set_size(captures, 20);
    if (folder && merge_or_skip(captures, merged) &&
        run_or_skip((char *[]){"tshark", "-n", "-r", merged, "-Y", "ip or ipv6", "-T", "fields",
                               "-e", "frame.number", "-e", "frame.time_epoch", NULL},
                    &output)) {
        g_auto(GStrv) lines = g_strsplit(output, "\n", 0);

        g_assert_cmpuint(captures->len, >=, 20);
        trace = trace_read_capture(merged, layout_default(), 0, NULL, &error);
        g_assert_no_error(error);
        for (; lines[row] && *lines[row]; row++) {
            g_auto(GStrv) cells = g_strsplit(lines[row], "\t", 2);

            g_assert_cmpint(row, <, trace->n_rows);
            g_assert_cmpint(atoi(cells[0]), ==, (int)trace->rows[row].frame);
            g_assert_cmpint(parse_time_ns(cells[1]), ==, trace->rows[row].time_ns);
        }
        g_assert_cmpint(row, ==, trace->n_rows);
        if (is_sanitized())
            g_assert_cmpint(row, >, 5000);
        else
            g_assert_cmpint(row, >, 50000);
    }
    scratch_free(scratch);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/peers/bad", test_bad);
    g_test_add_func("/peers/corpus", test_corpus);
    return g_test_run();
}
