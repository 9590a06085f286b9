/* SPDX-License-Identifier: Apache-2.0 */
/* What repair promises, whatever it is given: every packet that comes out is legal, every changed
 * bit is in the report, a second repair changes nothing, the same seed gives the same trace. */
#include "app/repair/repair.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "tests/repair/drawings.h"
#include "tests/repair/legal.h"
#include "tests/trace/support.h"

static Trace *
repair(const Trace *drawn, const RepairOptions *options, RepairReport **report)
{
    g_autoptr(GError) error = NULL;
    Trace *repaired = repair_trace(drawn, options, report, &error);

    g_assert_no_error(error);
    g_assert_nonnull(repaired);
    return repaired;
}

static void
assert_legal(const char *name, const Trace *trace, const RepairOptions *options, bool is_drawn)
{
    LegalOptions legal = {options->payload, options->seed, is_drawn};
    g_autofree char *fault = legal_find_fault(trace, &legal);

    if (fault)
        g_error("%s: %s", name, fault);
}

/* Undoes the report on the repaired rows: the drawn trits must come back. */
static void
assert_report_is_difference(const char *name, const Trace *drawn, const Trace *repaired,
                            const RepairReport *report)
{
    const Layout *layout = drawn->layout;
    g_autoptr(Trace) undone = trace_new(layout, drawn->n_rows);
    guint64 n_bits = 0;

    g_assert_cmpint(report->n_rows_out, ==, repaired->n_rows);
    g_assert_cmpint(report->n_rows_in, ==, drawn->n_rows);
    g_assert_cmpint(report->n_rows_out + report->n_padding + report->n_dropped, ==,
                    report->n_rows_in);
    for (int row = 0; row < repaired->n_rows; row++)
        memcpy(trace_row(undone, report->row_of[row]), trace_row(repaired, row), layout->n_columns);
    for (guint i = 0; i < report->changes->len; i++) {
        const RepairChange *change = &g_array_index(report->changes, RepairChange, i);
        int width = field_table[change->field].width, n_changed = 0;
        const int8_t *before = (const int8_t *)report->trits->data + change->trits;
        int8_t *at = trace_row(undone, change->row) + layout->column_of[change->field];
        g_assert_cmpint(memcmp(at, before + width, width), ==, 0);
        for (int bit = 0; bit < width; bit++)
            n_changed += before[bit] != at[bit];
        memcpy(at, before, width);
        g_assert_cmpint(n_changed, ==, change->n_bits);
        g_assert_cmpint(n_changed, >, 0);
        n_bits += n_changed;
    }
    assert_same_trits(name, drawn, undone);
    g_assert_cmpuint(n_bits, ==, report->n_bits_changed);
}

static void
assert_settled(const char *name, const Trace *repaired, const RepairOptions *options)
{
    g_autoptr(RepairReport) report = NULL;
    g_autoptr(Trace) again = repair(repaired, options, &report);

    assert_same_trits(name, repaired, again);
    assert_same_sides(name, repaired, again,
                      TRACE_HAS_TIMES | TRACE_HAS_ADDRESSES | TRACE_HAS_DIRECTIONS |
                          TRACE_HAS_LENGTHS);
    g_assert_cmpuint(report->changes->len, ==, 0);
    g_assert_cmpuint(report->n_bits_changed, ==, 0);
    for (int side = 0; side < N_REPAIR_SIDES; side++)
        g_assert_cmpint(report->n_sides[side], ==, 0);
}

static void
assert_promises(const char *name, const Trace *drawn, const RepairOptions *options, bool is_drawn)
{
    g_autoptr(RepairReport) report = NULL;
    g_autoptr(Trace) repaired = repair(drawn, options, &report);
    g_autoptr(Trace) same = repair(drawn, options, NULL);

    assert_legal(name, repaired, options, is_drawn);
    assert_report_is_difference(name, drawn, repaired, report);
    assert_settled(name, repaired, options);
    assert_same_trits(name, repaired, same);
    assert_same_sides(name, repaired, same, TRACE_HAS_TIMES | TRACE_HAS_ADDRESSES);
}

static void
test_noise(gconstpointer data)
{
    const Layout *layout = layout_nth(GPOINTER_TO_INT(data));

    for (int drawing = 0; drawing < N_DRAWINGS; drawing++) {
        for (guint64 seed = 0; seed < 6; seed++) {
            static const int sizes[] = {1, 2, 3, 5, 70, 300};
            RepairOptions options = {.seed = seed,
                                     .payload = seed % 3 ? PAYLOAD_ZEROS : PAYLOAD_RANDOM};
            g_autofree char *name =
                g_strdup_printf("%s, %s, seed %d", layout->name, drawing_name(drawing), (int)seed);
            g_autoptr(Trace) drawn = drawing_new(drawing, layout, sizes[seed], seed);
            g_autoptr(RepairReport) report = NULL;
            g_autoptr(GError) error = NULL;
            g_autoptr(Trace) first = repair_trace(drawn, &options, &report, &error);
            if (!first) { /* nothing in it could be a packet */
                g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
                continue;
            }
            assert_promises(name, drawn, &options, true);
        }
    }
}

static const char *const samples[] = {
    "none_web_http2_00003.pcap",          "none_dns_udp53_00001.pcap",
    "wireguard_voip_rtp_00001.pcap",      "openvpn-tcp_web_http2_00001.pcap",
    "ipsec_dash_1080_http1.1_00002.pcap", "openvpn-udp_download_http1.1_00001.pcap",
};

static void
assert_untouched(const char *name, const Trace *real)
{
    RepairOptions options = {.seed = 1};
    g_autoptr(RepairReport) report = NULL;
    g_autoptr(Trace) repaired = repair(real, &options, &report);

    g_assert_cmpint(repaired->n_rows, ==, real->n_rows);
    if (report->changes->len > 0) {
        const RepairChange *change = &g_array_index(report->changes, RepairChange, 0);
        g_error("%s: row %d: %s changed", name, change->row, field_table[change->field].name);
    }
    for (int side = 0; side < N_REPAIR_SIDES; side++)
        g_assert_cmpint(report->n_sides[side], ==, 0);
    assert_legal(name, repaired, &options, false);
    assert_settled(name, repaired, &options);
}

/* Every capture of data/samples: cut after its headers, with the checksums of what was cut. */
static void
test_legal_is_untouched(gconstpointer data)
{
    const Layout *layout = layout_nth(GPOINTER_TO_INT(data));
    g_autofree char *folder = source_path("data/samples");
    g_autoptr(GPtrArray) paths = list_files(folder, ".pcap");

    g_assert_cmpuint(paths->len, >=, 27);
    for (guint i = 0; i < paths->len; i++) {
        const char *path = g_ptr_array_index(paths, i);
        g_autoptr(GError) error = NULL;
        g_autoptr(Trace) real = trace_read_capture(path, layout, 600, NULL, &error);
        g_assert_no_error(error);
        assert_untouched(path, real);
        /* Cut a part of the flows from their start: nothing may be made up for it. */
        g_autoptr(Trace) part = trace_slice(real, real->n_rows / 3, real->n_rows / 2);
        assert_untouched(path, part);
    }
}

static void
test_damaged(gconstpointer data)
{
    static const double shares[] = {0.01, 0.05, 0.2};
    const Layout *layout = layout_nth(GPOINTER_TO_INT(data));

    for (guint i = 0; i < G_N_ELEMENTS(samples); i++) {
        g_autoptr(Trace) real = sample_new(samples[i], layout, 256);
        if (!real)
            return;
        for (guint k = 0; k < G_N_ELEMENTS(shares); k++) {
            RepairOptions options = {.seed = k, .template_trace = real};
            g_autoptr(Trace) damaged = sample_with_flips(real, shares[k], i * 10 + k);
            g_autoptr(Trace) picture = sample_as_picture(real, shares[k], i * 10 + k);
            assert_promises(samples[i], damaged, &options, false);
            assert_promises(samples[i], picture, &options, true);
        }
    }
}

/* The share of rows whose field is as in the original; 1 where too few have it to vote. */
static double
share_restored(const Trace *original, const Trace *repaired, FieldId field)
{
    int n = 0, n_same = 0;

    g_assert_cmpint(original->n_rows, ==, repaired->n_rows);
    for (int row = 0; row < original->n_rows; row++) {
        uint32_t was, is;
        if (!trace_get(original, row, field, &was))
            continue;
        n++;
        n_same += trace_get(repaired, row, field, &is) && is == was;
    }
    return n >= 100 ? (double)n_same / n : 1;
}

/* Evidence, not dice: what can be told from other packets and from beside the rows comes back. */
static void
test_restores(void)
{
    static const FieldId fields[] = {
        FIELD_IPV4_VER,  FIELD_IPV4_HL,   FIELD_IPV4_TL,  FIELD_IPV4_PROTO,
        FIELD_IPV4_FOFF, FIELD_TCP_RES,   FIELD_TCP_SPRT, FIELD_TCP_DPRT,
        FIELD_UDP_SPORT, FIELD_UDP_DPORT, FIELD_UDP_LEN,
    };

    for (guint i = 0; i < G_N_ELEMENTS(samples); i++) {
        g_autoptr(Trace) real = sample_new(samples[i], layout_default(), 1024);
        if (!real)
            return;
        g_autoptr(Trace) damaged = sample_with_flips(real, 0.05, i);
        RepairOptions options = {.seed = 1};
        g_autoptr(Trace) repaired = repair(damaged, &options, NULL);
        for (guint k = 0; k < G_N_ELEMENTS(fields); k++) {
            double share = share_restored(real, repaired, fields[k]);
            double least = fields[k] == FIELD_TCP_SPRT || fields[k] == FIELD_TCP_DPRT ||
                                   fields[k] == FIELD_UDP_SPORT || fields[k] == FIELD_UDP_DPORT
                               ? 0.9
                               : 0.98;
            g_test_message("%s %s %.4f", samples[i], field_table[fields[k]].name, share);
            g_assert_cmpfloat(share, >=, least);
        }
    }
}

static void
test_nothing_is_a_packet(void)
{
    g_autoptr(Trace) blue = trace_new(layout_default(), 1024);
    g_autoptr(Trace) none = trace_new(layout_default(), 0);
    g_autoptr(GError) error = NULL;
    g_autoptr(RepairReport) report = NULL;

    g_assert_null(repair_trace(blue, NULL, &report, &error));
    assert_error_says(error, "1024", "packet", NULL);
    g_clear_error(&error);
    g_assert_null(repair_trace(none, NULL, &report, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    g_assert_null(report);
}

static void
test_padding_is_dropped(void)
{
    g_autoptr(Trace) drawn = drawing_new(DRAW_PADDED, layout_default(), 100, 3);
    g_autoptr(RepairReport) report = NULL;

    memset(trace_row(drawn, 99), -1, drawn->layout->n_columns);
    trace_row(drawn, 98)[5] = 1;
    g_autoptr(Trace) repaired = repair(drawn, NULL, &report);
    g_assert_cmpint(report->n_padding, >=, 1);
    g_assert_cmpint(report->n_dropped, >=, 1);
    g_assert_cmpint(repaired->n_rows, <=, 50);
    g_assert_cmpint(repaired->n_rows, >=, 30);
}

static void
test_template_gives_times_and_hosts(void)
{
    g_autoptr(Trace) real = sample_new(samples[0], layout_default(), 300);
    if (!real)
        return;
    g_autoptr(Trace) picture = sample_as_picture(real, 0.01, 1);
    RepairOptions options = {.seed = 1, .template_trace = real}, other = options;
    other.seed = 2;
    g_autoptr(Trace) repaired = repair(picture, &options, NULL);
    g_autoptr(Trace) differently = repair(picture, &other, NULL);
    bool differs = false;

    g_assert_cmpint(repaired->rows[0].time_ns, ==, real->rows[0].time_ns);
    g_assert_cmpint(repaired->rows[repaired->n_rows - 1].time_ns, >, real->rows[0].time_ns);
    for (int row = 0; row < repaired->n_rows; row++) {
        differs |= repaired->rows[row].time_ns != differently->rows[row].time_ns;
        g_assert_cmpint(repaired->rows[row].src.family, ==, 4);
    }
    g_assert_true(differs);
}

static void
cancel_half_way(double fraction, void *data)
{
    if (fraction > 0.5)
        g_cancellable_cancel(data);
}

static void
test_cancel(void)
{
    g_autoptr(Trace) drawn = drawing_new(DRAW_TRITS, layout_default(), 20, 1);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;
    RepairOptions options = {
        .cancellable = cancellable, .progress = cancel_half_way, .progress_data = cancellable};

    g_assert_null(repair_trace(drawn, &options, NULL, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_rules(void)
{
    int n;
    const RepairRule *const *rules = repair_rules(&n);
    g_autoptr(GHashTable) placed = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree char *text = repair_rules_explain();

    g_assert_cmpint(n, >, 40);
    for (int i = 0; i < n; i++) {
        for (int k = 0; rules[i]->after && rules[i]->after[k]; k++)
            g_assert_true(g_hash_table_contains(placed, rules[i]->after[k]));
        g_assert_true(g_hash_table_add(placed, (gpointer)rules[i]->id));
        g_assert_nonnull(strstr(text, rules[i]->id));
        g_assert_nonnull(strstr(text, rules[i]->statement));
        g_assert_nonnull(strstr(text, rules[i]->source));
        g_assert_cmpint(repair_rule_find(rules[i]->id, NULL), ==, i);
        for (int field = 0; field < N_FIELDS; field++) {
            if (field_set_has(rules[i]->writes, (FieldId)field))
                g_assert_nonnull(strstr(text, field_table[field].name));
        }
    }
}

/* Each rule alone is switched off: it has no line in the report, and what it would have done stays
 * undone where another rule does not do it too. */
static void
test_without(void)
{
    int n;
    const RepairRule *const *rules = repair_rules(&n);
    g_autoptr(Trace) drawn = drawing_new(DRAW_BLOCKS, layout_default(), 120, 3);
    g_autoptr(RepairReport) whole = NULL;
    g_autoptr(Trace) repaired = repair(drawn, NULL, &whole);
    int n_working = 0;

    for (int i = 0; i < n; i++) {
        const char *const without[] = {rules[i]->id, NULL};
        RepairOptions options = {.without = without};
        g_autoptr(RepairReport) report = NULL;
        g_autoptr(Trace) other = repair(drawn, &options, &report);

        for (guint k = 0; k < report->changes->len; k++)
            g_assert_cmpint(g_array_index(report->changes, RepairChange, k).rule, !=, i);
        n_working += report->n_bits_changed != whole->n_bits_changed;
    }
    g_assert_cmpint(n_working, >, n / 2);
}

static void
test_unknown_rule(void)
{
    static const char *const without[] = {"tcp-handshakes", NULL};
    g_autoptr(Trace) drawn = drawing_new(DRAW_BLOCKS, layout_default(), 20, 3);
    RepairOptions options = {.without = without};
    g_autoptr(GError) error = NULL;

    g_assert_null(repair_trace(drawn, &options, NULL, &error));
    assert_error_says(error, "tcp-handshakes", "tcp-handshake”", "--explain", NULL);
}

/* A drawn connection that does not open may start in its middle, by option alone. */
static void
test_mid_stream(void)
{
    g_autoptr(Trace) real = sample_new(samples[3], layout_default(), 400);
    if (!real)
        return;
    g_autoptr(Trace) part = trace_slice(real, 200, 200);
    g_autoptr(Trace) picture = sample_as_picture(part, 0.01, 1);
    RepairOptions options = {.seed = 1}, allowed = {.seed = 1, .mid_stream = true};
    g_autoptr(Trace) opened = repair(picture, &options, NULL);
    g_autoptr(Trace) continued = repair(picture, &allowed, NULL);
    uint32_t syn;

    g_assert_true(trace_get(opened, 0, FIELD_TCP_SYN, &syn) && syn);
    for (int row = 0; row < continued->n_rows; row++)
        g_assert_true(!trace_get(continued, row, FIELD_TCP_SYN, &syn) || !syn);
    assert_settled("mid-stream", continued, &allowed);
}

static void
test_report_text(void)
{
    g_autoptr(Trace) drawn = drawing_new(DRAW_BLOCKS, layout_default(), 40, 5);
    g_autoptr(RepairReport) report = NULL;
    g_autoptr(Trace) repaired = repair(drawn, NULL, &report);
    g_autofree char *json = repair_report_to_json(report);
    g_autofree char *table = repair_report_to_table(report);
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GError) error = NULL;

    json_parser_load_from_data(parser, json, -1, &error);
    g_assert_no_error(error);
    JsonObject *root = json_node_get_object(json_parser_get_root(parser));
    g_assert_cmpint(json_object_get_int_member(root, "packets_out"), ==, repaired->n_rows);
    g_assert_cmpint(json_object_get_int_member(root, "bits_changed"), ==,
                    (gint64)report->n_bits_changed);
    JsonArray *changes = json_object_get_array_member(root, "changes");
    g_assert_cmpuint(json_array_get_length(changes), ==, report->changes->len);
    JsonObject *first = json_array_get_object_element(changes, 0);
    const RepairChange *change = &g_array_index(report->changes, RepairChange, 0);
    g_assert_cmpstr(json_object_get_string_member(first, "field"), ==,
                    field_table[change->field].name);
    g_assert_cmpint(json_object_get_int_member(first, "bits"), ==, change->n_bits);
    g_assert_nonnull(strstr(table, repair_rules(NULL)[change->rule]->id));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (int i = 0; layout_nth(i); i++) {
        const char *layout = layout_nth(i)->name;
        g_autofree char *noise = g_strdup_printf("/repair/noise/%s", layout);
        g_autofree char *legal = g_strdup_printf("/repair/legal-is-untouched/%s", layout);
        g_autofree char *damaged = g_strdup_printf("/repair/damaged/%s", layout);
        g_test_add_data_func(noise, GINT_TO_POINTER(i), test_noise);
        g_test_add_data_func(legal, GINT_TO_POINTER(i), test_legal_is_untouched);
        g_test_add_data_func(damaged, GINT_TO_POINTER(i), test_damaged);
    }
    g_test_add_func("/repair/restores", test_restores);
    g_test_add_func("/repair/nothing-is-a-packet", test_nothing_is_a_packet);
    g_test_add_func("/repair/padding-is-dropped", test_padding_is_dropped);
    g_test_add_func("/repair/template", test_template_gives_times_and_hosts);
    g_test_add_func("/repair/cancel", test_cancel);
    g_test_add_func("/repair/rules", test_rules);
    g_test_add_func("/repair/without", test_without);
    g_test_add_func("/repair/unknown-rule", test_unknown_rule);
    g_test_add_func("/repair/mid-stream", test_mid_stream);
    g_test_add_func("/repair/report-text", test_report_text);
    return g_test_run();
}
