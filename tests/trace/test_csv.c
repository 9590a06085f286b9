/* SPDX-License-Identifier: Apache-2.0 */
/* CSVs of others: NetDiffusion's with its columns dropped, what pandas and spreadsheets make of
 * them, headers that are not all there. The layout is told by the names of the columns. */
#include <string.h>

#include "app/trace/capture.h"
#include "app/trace/interchange.h"
#include "tests/trace/support.h"

typedef struct {
    char *scratch, *path;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
    fixture->scratch = scratch_new();
    fixture->path = scratch_path(fixture->scratch, "t.csv");
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
    g_free(fixture->path);
    scratch_free(fixture->scratch);
}

/* The lines of a trace's CSV, each as its cells. */
static GPtrArray *
cells_of(const Fixture *fixture, const Trace *trace)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    g_autofree char *text = NULL;
    g_auto(GStrv) parts = NULL;

    g_assert_true(trace_write_csv(trace, fixture->path, NULL));
    g_assert_true(g_file_get_contents(fixture->path, &text, NULL, NULL));
    parts = g_strsplit(text, "\n", -1);
    for (int i = 0; parts[i] && *parts[i]; i++)
        g_ptr_array_add(lines, g_strsplit(parts[i], ",", -1));
    return lines;
}

/* How a cell is written; NULL leaves its column out. */
typedef char *(*Rewrite)(const char *name, const char *cell, bool header);

static Trace *
read_rewritten(const Fixture *fixture, const Trace *trace, Rewrite rewrite, const char *start,
               const char *line_end, const char *layout, GError **error)
{
    g_autoptr(GPtrArray) lines = cells_of(fixture, trace);
    GString *text = g_string_new(start);
    char **names = lines->pdata[0];
    Trace *read;

    for (guint line = 0; line < lines->len; line++) {
        char **cells = lines->pdata[line];
        bool first = true;

        for (int i = 0; cells[i]; i++) {
            g_autofree char *cell = rewrite(names[i], cells[i], line == 0);

            if (!cell)
                continue;
            g_string_append_printf(text, "%s%s", first ? "" : ",", cell);
            first = false;
        }
        g_string_append(text, line_end);
    }
    put_file(fixture->path, text->str, (gssize)text->len);
    g_string_free(text, TRUE);
    read = trace_read_any(fixture->path, layout, NULL, error);
    g_assert_true((read != NULL) == (!error || !*error));
    return read;
}

static Trace *
whole_trace(const char *layout)
{
    g_autofree char *path = source_path("data/samples/none_dns_udp53_00001.pcap");
    Trace *trace = trace_read_capture(path, layout_by_name(layout, NULL), 20, NULL, NULL);

    g_assert_nonnull(trace);
    return trace;
}

static char *
in_quotes(const char *name, const char *cell, bool header)
{
    return g_strdup_printf("\"%s\"", cell);
}

static char *
as_floats(const char *name, const char *cell, bool header)
{
    bool number = !header && !g_str_has_suffix(name, "_ip");

    return number ? g_strconcat(cell, ".0", NULL) : g_strdup(cell);
}

/* pandas: the number of the row in front, under no name. */
static char *
with_row_number(const char *name, const char *cell, bool header)
{
    if (!g_str_equal(name, "src_ip"))
        return g_strdup(cell);
    return g_strconcat(header ? "" : "17", ",", cell, NULL);
}

static char *
filled_otherwise(const char *name, const char *cell, bool header)
{
    return g_strdup(!header && g_str_equal(cell, "-1") ? "-128" : cell);
}

static char *
without_opt(const char *name, const char *cell, bool header)
{
    return g_str_equal(name, "ipv4_opt_319") ? NULL : g_strdup(cell);
}

static char *
without_icmp_and_ipv6(const char *name, const char *cell, bool header)
{
    return g_str_has_prefix(name, "icmp_") || g_str_has_prefix(name, "ipv6_") ? NULL
                                                                              : g_strdup(cell);
}

static char *
tcp_and_udp(const char *name, const char *cell, bool header)
{
    return g_str_has_prefix(name, "tcp_") || g_str_has_prefix(name, "udp_") ? g_strdup(cell) : NULL;
}

/* What NetDiffusion drops of nprint -4 -6 -t -u -i. */
static char *
netdiffusion_cut(const char *name, const char *cell, bool header)
{
    bool dropped = strstr(name, "_src_") || strstr(name, "_dst_") || g_str_equal(name, "src_ip");

    return dropped ? NULL : g_strdup(cell);
}

static char *
as_it_is(const char *name, const char *cell, bool header)
{
    return g_strdup(cell);
}

static void
test_dialects(Fixture *fixture, gconstpointer data)
{
    static const struct {
        Rewrite rewrite;
        const char *start, *line_end;
    } cases[] = {
        {in_quotes, "", "\n"},
        {as_floats, "", "\r\n"},
        {with_row_number, "", "\n"},
        {filled_otherwise, "", "\n"},
        {as_it_is, "\xef\xbb\xbf", "\r\n"},
        {in_quotes, "\xef\xbb\xbf", "\n"},
    };
    static const char *const layouts[] = {"torchlight", "nprint:46tui"};

    for (size_t l = 0; l < G_N_ELEMENTS(layouts); l++) {
        g_autoptr(Trace) trace = whole_trace(layouts[l]);

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
            g_autoptr(GError) error = NULL;
            g_autoptr(Trace) read = read_rewritten(fixture, trace, cases[i].rewrite, cases[i].start,
                                                   cases[i].line_end, NULL, &error);

            g_assert_no_error(error);
            assert_same_trits(layouts[l], trace, read);
            if (l == 0)
                assert_same_sides(layouts[l], trace, read,
                                  TRACE_HAS_TIMES | TRACE_HAS_ADDRESSES | TRACE_HAS_LENGTHS |
                                      TRACE_HAS_DIRECTIONS);
        }
    }
}

/* The file of nPrint -4 -6 -t -u -i with NetDiffusion's columns dropped is the torchlight layout:
 * the same trits as from the capture, and exactly the columns listed for it. */
static void
test_netdiffusion(Fixture *fixture, gconstpointer data)
{
    g_autofree char *list = shared_path("traces/netdiffusion_columns.txt");
    g_autoptr(Trace) nprint = whole_trace("nprint:46tui");
    g_autoptr(Trace) expected = whole_trace("torchlight");
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) read =
        read_rewritten(fixture, nprint, netdiffusion_cut, "", "\n", NULL, &error);
    g_autofree char *names = NULL;
    g_autofree char *text = NULL;
    const char *end;

    g_assert_no_error(error);
    assert_same_trits("NetDiffusion", expected, read);
    g_assert_cmpint(read->sides, ==, 0);
    if (!list || !g_file_get_contents(list, &names, NULL, NULL))
        return;
    g_assert_true(g_file_get_contents(fixture->path, &text, NULL, NULL));
    end = strchr(text, '\n');
    g_strdelimit(g_strstrip(names), "\n", ',');
    g_assert_cmpmem(text, end - text, names, strlen(names));
}

/* A header of which no column is there is absent; the layout is by names, never by width. */
static void
test_missing_headers(Fixture *fixture, gconstpointer data)
{
    static const struct {
        const char *written;
        Rewrite rewrite;
        const char *asked, *layout;
    } cases[] = {
        {"nprint:46tui", without_icmp_and_ipv6, NULL, "nprint:4tu"},
        {"torchlight", without_icmp_and_ipv6, NULL, "torchlight"},
        {"nprint:46tui", tcp_and_udp, NULL, "nprint:tu"},
        {"torchlight", tcp_and_udp, NULL, "nprint:tu"},
        {"nprint:4tu", as_it_is, "nprint:46tui", "nprint:46tui"},
        {"nprint", as_it_is, NULL, "nprint"},
        {"nprint:46tui", as_it_is, NULL, "nprint:46tui"},
        {"nprint:46tui", as_it_is, "torchlight", "torchlight"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Trace) trace = whole_trace(cases[i].written);
        g_autoptr(Trace) expected = whole_trace(cases[i].layout);
        g_autoptr(GError) error = NULL;
        g_autoptr(Trace) read =
            read_rewritten(fixture, trace, cases[i].rewrite, "", "\n", cases[i].asked, &error);
        int first, n;

        g_assert_no_error(error);
        g_assert_cmpstr(read->layout->name, ==, cases[i].layout);
        g_assert_cmpint(read->n_rows, ==, expected->n_rows);
        for (int row = 0; row < read->n_rows; row++) {
            for (int header = 0; header < N_HEADERS; header++) {
                bool left_out = (cases[i].rewrite == without_icmp_and_ipv6 &&
                                 (header == HEADER_ICMP || header == HEADER_IPV6)) ||
                                !layout_header_span(trace->layout, (Header)header, NULL, NULL);

                if (!layout_header_span(read->layout, (Header)header, &first, &n))
                    continue;
                for (int column = first; column < first + n; column++)
                    g_assert_cmpint(trace_row(read, row)[column], ==,
                                    left_out ? -1 : trace_row(expected, row)[column]);
            }
        }
    }
}

/* Address bits that the layout has no place for are addresses beside the rows. */
static void
test_address_bits(Fixture *fixture, gconstpointer data)
{
    g_autoptr(Trace) nprint = whole_trace("nprint:46tui");
    g_autoptr(Trace) expected = whole_trace("torchlight");
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) read =
        read_rewritten(fixture, nprint, as_it_is, "", "\n", "torchlight", &error);

    g_assert_no_error(error);
    assert_same_trits("address bits", expected, read);
    assert_same_sides("address bits", expected, read, TRACE_HAS_ADDRESSES);
}

static void
test_refused(Fixture *fixture, gconstpointer data)
{
    static const struct {
        const char *text, *word;
    } cases[] = {
        {"src_ip,rts\n1.2.3.4,0\n", "no known layout"},
        {"udp_sport_0,tcp_sprt_0\n0,0\n", "lacks the column tcp_sprt_1 of layout nprint:tu"},
        {"ipv4_src_0,a\n0,0\n", "lacks the column ipv4_ver_0 of layout nprint:4"},
        {"ipv4_ver_0,a\n0,0\n", "lacks the column ipv4_ver_1 of layout torchlight"},
        {"\"ipv4_ver_0,a\n0,0\n", "no known layout"},
        {"a,a\n0,0\n", "twice"},
    };
    g_autoptr(Trace) trace = whole_trace("nprint");
    g_autoptr(GError) partly = NULL;
    g_autoptr(Trace) none = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;

        put_file(fixture->path, cases[i].text, -1);
        g_assert_null(trace_read_any(fixture->path, NULL, NULL, &error));
        assert_error_says(error, fixture->path, cases[i].word, NULL);
    }
    none = read_rewritten(fixture, trace, without_opt, "", "\n", NULL, &partly);
    g_assert_null(none);
    assert_error_says(partly, "ipv4_opt_319", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/csv/dialects", Fixture, NULL, set_up, test_dialects, tear_down);
    g_test_add("/csv/netdiffusion", Fixture, NULL, set_up, test_netdiffusion, tear_down);
    g_test_add("/csv/missing-headers", Fixture, NULL, set_up, test_missing_headers, tear_down);
    g_test_add("/csv/address-bits", Fixture, NULL, set_up, test_address_bits, tear_down);
    g_test_add("/csv/refused", Fixture, NULL, set_up, test_refused, tear_down);
    return g_test_run();
}
