/* SPDX-License-Identifier: Apache-2.0 */
/* The flows of a capture: each packet is of one flow or skipped for a reason, the rows of a flow
 * are rows of the capture, and its windows hold each of them once. */
#include <string.h>

#include "app/trace/flow_windows.h"
#include "tests/fuzz/support.h"

enum { MAX_CHOSEN = 8 };

static guint64
sum_of_counts(GHashTable *counts)
{
    guint64 sum = 0;
    GHashTableIter iter;
    gpointer count;

    g_hash_table_iter_init(&iter, counts);
    while (g_hash_table_iter_next(&iter, NULL, &count))
        sum += GPOINTER_TO_UINT(count);
    return sum;
}

/* Every packet is in one flow or skipped under a reason. */
static void
check_flow_table(const char *path, FlowBy by)
{
    g_autofree char *warning = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(FlowTable) table = flow_table_read(path, by, NULL, &warning, &error);
    guint64 n_packets = 0;

    if (!fuzz_is_read(table, error, path))
        return;
    fuzz_check_sentence(warning, path);
    for (guint32 number = 1; number <= flow_table_n_flows(table); number++) {
        const Flow *flow = flow_table_flow(table, number);
        g_autofree char *text = flow_to_string(flow);
        g_autofree char *protocols = flow_protocols_to_string(flow);

        g_assert_true(*text && g_utf8_validate(protocols, -1, NULL));
        g_assert_cmpuint(flow->number, ==, number);
        g_assert_cmpuint(flow_n_packets(flow), >, 0);
        g_assert_cmpuint(flow_n_packets(flow), <=, flow_n_packets(flow_table_biggest(table)));
        g_assert_cmpint(flow->first_ns, <=, flow->last_ns);
        n_packets += flow_n_packets(flow);
    }
    g_assert_cmpuint(n_packets + sum_of_counts(flow_table_skipped(table)), ==,
                     flow_table_n_read(table));
}

/* Rows of a part are rows of the whole, in their order. */
static void
check_is_part(const Trace *part, const Trace *whole)
{
    for (int row = 0, at = 0; row < part->n_rows; row++, at++) {
        while (at < whole->n_rows && whole->rows[at].frame != part->rows[row].frame)
            at++;
        g_assert_cmpint(at, <, whole->n_rows);
        g_assert_cmpint(part->rows[row].time_ns, ==, whole->rows[at].time_ns);
        g_assert_true(
            memcmp(trace_row(part, row), trace_row(whole, at), whole->layout->n_columns) == 0);
    }
}

/* Each row of the capture is of one flow. */
static void
check_chosen(const char *path, const Trace *whole, FlowBy by)
{
    g_autoptr(FlowTable) table = flow_table_read(path, by, NULL, NULL, NULL);
    guint32 n_flows = flow_table_n_flows(table);
    int n_rows = 0;

    for (guint32 number = 1; number <= n_flows && n_flows <= MAX_CHOSEN; number++) {
        FlowChoice flow = {by, number, flow_table_flow(table, number)->key};
        CaptureReadOptions options = {.flow = &flow};
        g_autoptr(Trace) rows =
            trace_read_capture_with(path, whole->layout, &options, 0, NULL, NULL);

        g_assert_nonnull(rows);
        check_is_part(rows, whole);
        n_rows += rows->n_rows;
    }
    if (n_flows <= MAX_CHOSEN)
        g_assert_cmpint(n_rows, ==, whole->n_rows);
}

static void
check_windows(const char *path, const Trace *whole, FlowBy by, uint8_t choice)
{
    FlowWindowOptions options = {.by = by,
                                 .biggest = choice % 8 == 1,
                                 .number = choice % 8 == 2 ? choice / 8 : 0,
                                 .window = choice / 4 % 8 + 1,
                                 .stride = choice % 8 == 3 ? choice / 8 : 0,
                                 .max_open = choice % 8 == 4 ? 1 + choice * 4u : 0};
    bool is_all = choice % 8 == 0;
    g_autoptr(GError) error = NULL;
    g_autoptr(FlowWindows) windows = flow_windows_open(path, whole->layout, &options, NULL, &error);
    FlowWindow window;
    Trace *rows;
    int n_rows = 0;

    g_assert((windows != NULL) != (error != NULL));
    while (windows && (rows = flow_windows_next(windows, &window, &error))) {
        g_assert_cmpint(rows->n_rows, >, 0);
        g_assert_cmpint(rows->n_rows, <=, options.window);
        g_assert_cmpuint(window.directions[0] + window.directions[1], ==, rows->n_rows);
        check_is_part(rows, whole);
        n_rows += rows->n_rows;
        trace_free(rows);
    }
    if (!is_all)
        return;
    g_assert_no_error(error);
    g_assert_cmpint(n_rows, ==, whole->n_rows);
    g_assert_cmpuint(flow_windows_n_rows(windows), ==, whole->n_rows);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t choice = size ? data[size - 1] : 0, more = size > 1 ? data[size - 2] : 0;
    FlowBy by = (FlowBy)(more % 3);
    g_autoptr(Trace) whole = NULL;
    FuzzFile file;

    fuzz_file_init(&file, data, size);
    check_flow_table(file.path, by);
    whole = trace_read_capture(file.path, layout_nth(more & 1), 0, NULL, NULL);
    if (whole && choice & 128)
        check_chosen(file.path, whole, by);
    else if (whole)
        check_windows(file.path, whole, by, choice);
    fuzz_file_clear(&file);
    return 0;
}
