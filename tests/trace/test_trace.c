/* SPDX-License-Identifier: Apache-2.0 */
/* The table of fields, the layouts, and the Trace. */
#include "app/trace/trace.h"

#include <string.h>

#include "app/trace/flow.h"
#include "app/trace/timing.h"
#include "tests/trace/support.h"

/* Fields of a header follow each other without gap and fill it. */
static void
test_fields_fill_their_headers(void)
{
    int end[N_HEADERS] = {0};

    for (int i = 0; i < N_FIELDS; i++) {
        const Field *field = &field_table[i];

        g_assert_nonnull(field->name);
        g_assert_true(g_str_has_prefix(field->name, header_name(field->header)));
        g_assert_cmpstr(field->label, !=, "");
        g_assert_true(g_str_has_suffix(field->meaning, "."));
        g_assert_cmpint(field->bit_offset, ==, end[field->header]);
        end[field->header] += field->width;
    }
    for (int header = 0; header < N_HEADERS; header++)
        g_assert_cmpint(end[header], ==, header_max_bits((Header)header));
}

static void
test_layouts(void)
{
    static const struct {
        const char *name;
        int spans[N_HEADERS][2]; /* first column, columns; -1 for none */
    } cases[] = {
        {"torchlight", {{0, 416}, {416, 64}, {480, 480}, {960, 64}, {1024, 64}}},
        {"nprint", {{0, 480}, {-1, 0}, {480, 480}, {960, 64}, {1024, 64}}},
    };
    g_autoptr(GError) error = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const Layout *layout = layout_by_name(cases[i].name, NULL);

        g_assert_cmpint(layout->n_columns, ==, 1088);
        g_assert_true(layout_nth((int)i) == layout);
        for (int header = 0; header < N_HEADERS; header++) {
            int first, n;
            bool has = layout_header_span(layout, (Header)header, &first, &n);

            g_assert_cmpint(has, ==, cases[i].spans[header][0] >= 0);
            g_assert_cmpint(first, ==, cases[i].spans[header][0]);
            g_assert_cmpint(n, ==, cases[i].spans[header][1]);
        }
        for (int column = 0; column < layout->n_columns; column++) {
            int bit;
            const LayoutField *at = layout_field_at(layout, column, &bit);

            g_assert_cmpint(at->first_column + bit, ==, column);
            g_assert_cmpint(bit, <, field_table[at->field].width);
            g_assert_cmpint(layout->column_of[at->field], ==, at->first_column);
        }
    }
    g_assert_null(layout_nth(2));
    g_assert_null(layout_nth(-1));
    g_assert_null(layout_by_name("squint", &error));
    assert_error_says(error, "squint", "torchlight", "nprint", NULL);
}

/* The torchlight layout is NetDiffusion's cut, column for column. */
static void
test_netdiffusion_columns(void)
{
    g_autofree char *path = shared_path_or_skip("traces/netdiffusion_columns.txt");
    g_autofree char *text = NULL;
    g_auto(GStrv) names = NULL;

    if (!path)
        return;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    names = g_strsplit(g_strstrip(text), "\n", -1);
    g_assert_cmpint(g_strv_length(names), ==, 1088);
    for (int column = 0; column < 1088; column++) {
        g_autofree char *name = layout_column_name(layout_default(), column);
        g_assert_cmpstr(name, ==, names[column]);
    }
}

static void
test_get_and_set(void)
{
    g_autoptr(Trace) trace = trace_new(layout_default(), 2);
    uint32_t value;

    g_assert_true(trace_row_is_empty(trace, 0));
    g_assert_false(trace_get(trace, 0, FIELD_TCP_SEQ, &value));
    for (int field = 0; field < N_FIELDS; field++) {
        uint32_t wrote = 0xa5c3f00fu, mask;
        bool holds = trace->layout->column_of[field] >= 0 && field_table[field].width <= 32;

        mask = field_table[field].width >= 32 ? UINT32_MAX : (1u << field_table[field].width) - 1;
        g_assert_cmpint(trace_set(trace, 1, (FieldId)field, wrote), ==, holds);
        g_assert_cmpint(trace_get(trace, 1, (FieldId)field, &value), ==, holds);
        if (holds)
            g_assert_cmpuint(value, ==, wrote & mask);
    }
    g_assert_true(trace_row_is_empty(trace, 0));
    g_assert_true(trace_has_header(trace, 1, HEADER_TCP));
    g_assert_false(trace_has_header(trace, 0, HEADER_TCP));
    /* Most significant bit first. */
    trace_set(trace, 0, FIELD_IPV4_VER, 4);
    g_assert_cmpint(trace_row(trace, 0)[0], ==, 0);
    g_assert_cmpint(trace_row(trace, 0)[1], ==, 1);
    trace_row(trace, 0)[3] = -1;
    g_assert_false(trace_get(trace, 0, FIELD_IPV4_VER, &value));
}

static void
test_slice_and_drop(void)
{
    g_autoptr(Trace) trace = made_trace("torchlight", 10, 1);
    g_autoptr(Trace) slice = NULL;
    size_t width = trace->layout->n_columns;

    trace->confidence = g_new0(float, 10 * width);
    trace->confidence[7 * width] = 0.5f;
    g_hash_table_insert(trace->provenance, g_strdup("source"), g_strdup("x.pcap"));
    memset(trace_row(trace, 0), -1, width);
    memset(trace_row(trace, 5), -1, width);
    slice = trace_slice(trace, 4, 5);
    g_assert_cmpint(slice->n_rows, ==, 5);
    g_assert_cmpint(slice->rows[3].time_ns, ==, trace->rows[7].time_ns);
    g_assert_cmpfloat(slice->confidence[3 * width], ==, 0.5f);
    g_assert_cmpstr(g_hash_table_lookup(slice->provenance, "source"), ==, "x.pcap");
    g_assert_cmpint(trace_drop_empty(slice), ==, 1);
    g_assert_cmpint(slice->n_rows, ==, 4);
    g_assert_cmpint(slice->rows[2].time_ns, ==, trace->rows[7].time_ns);
    g_assert_cmpfloat(slice->confidence[2 * width], ==, 0.5f);
    g_assert_cmpint(memcmp(trace_row(slice, 2), trace_row(trace, 7), width), ==, 0);
    g_assert_cmpint(trace_drop_empty(trace), ==, 2);
    g_assert_cmpint(trace_drop_empty(trace), ==, 0);
}

static void
test_addresses(void)
{
    static const char *const texts[] = {"192.0.2.1", "255.255.255.255", "2001:db8::1", "::"};
    Address address, other = address_placeholder(4, 0);

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *back = NULL;
        g_assert_true(address_from_string(texts[i], &address));
        back = address_to_string(&address);
        g_assert_cmpstr(back, ==, texts[i]);
    }
    g_assert_false(address_from_string("localhost", &address));
    g_assert_cmpint(address.family, ==, 0);
    g_assert_true(address_from_string("192.0.2.1", &address));
    g_assert_true(address_equal(&address, &other));
    other = address_placeholder(4, 1);
    g_assert_false(address_equal(&address, &other));
}

static void
test_flows(void)
{
    g_autoptr(Trace) trace = made_trace("torchlight", 6, 2);
    int flow_of[6];
    uint8_t direction_of[6];

    for (int row = 0; row < 6; row++) {
        memset(trace_row(trace, row), -1, trace->layout->n_columns);
        trace_set(trace, row, FIELD_UDP_SPORT, row & 1 ? 53 : 4000);
        trace_set(trace, row, FIELD_UDP_DPORT, row & 1 ? 4000 : 53);
    }
    trace_set(trace, 4, FIELD_UDP_SPORT, 4001);
    g_assert_cmpint(trace_group_flows(trace, flow_of, direction_of), ==, 2);
    for (int row = 0; row < 6; row++) {
        g_assert_cmpint(flow_of[row], ==, row == 4);
        g_assert_cmpint(direction_of[row], ==, row & 1);
    }
    /* Without addresses the ports tell the direction. */
    trace->sides = 0;
    trace_set_directions(trace);
    g_assert_true(trace->sides & TRACE_HAS_DIRECTIONS);
    for (int row = 0; row < 4; row++)
        g_assert_cmpint(trace->rows[row].direction, ==, row & 1);
}

static void
test_sampled_times(void)
{
    g_autoptr(Trace) template_trace = made_trace("torchlight", 200, 3);
    g_autoptr(Trace) trace = made_trace("torchlight", 500, 4);
    g_autoptr(Trace) again = made_trace("torchlight", 500, 4);
    int64_t now = 1000;
    bool varied = false;

    /* There and back takes 10 or 20 us, the next request 1 or 2 ms. */
    for (int row = 0; row < template_trace->n_rows; row++) {
        now += (row & 1 ? 10000 : 1000000) * (1 + row / 2 % 2);
        template_trace->rows[row].time_ns = now;
    }
    trace_sample_times(trace, template_trace, 7);
    trace_sample_times(again, template_trace, 7);
    g_assert_cmpint(trace->rows[0].time_ns, ==, template_trace->rows[0].time_ns);
    for (int row = 1; row < trace->n_rows; row++) {
        int64_t gap = trace->rows[row].time_ns - trace->rows[row - 1].time_ns;
        int64_t unit = row & 1 ? 10000 : 1000000;

        g_assert_true(gap == unit || gap == 2 * unit);
        varied |= gap == 2 * unit;
        g_assert_cmpint(trace->rows[row].time_ns, ==, again->rows[row].time_ns);
    }
    g_assert_true(varied);
    trace_sample_times(trace, NULL, 7);
    g_assert_cmpint(trace->rows[3].time_ns, ==, 3000000);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/trace/fields", test_fields_fill_their_headers);
    g_test_add_func("/trace/layouts", test_layouts);
    g_test_add_func("/trace/netdiffusion-columns", test_netdiffusion_columns);
    g_test_add_func("/trace/get-set", test_get_and_set);
    g_test_add_func("/trace/slice", test_slice_and_drop);
    g_test_add_func("/trace/addresses", test_addresses);
    g_test_add_func("/trace/flows", test_flows);
    g_test_add_func("/trace/times", test_sampled_times);
    return g_test_run();
}
