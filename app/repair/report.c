/* SPDX-License-Identifier: Apache-2.0 */
/* The report: the difference between the trace as drawn and as it came out, field by field, with
 * the rule that wrote it; as JSON and as a table. */
#include "app/repair/repair_context.h"

#include <json-glib/json-glib.h>
#include <string.h>

void
repair_report_free(RepairReport *report)
{
    if (!report)
        return;
    g_clear_pointer(&report->changes, g_array_unref);
    g_clear_pointer(&report->trits, g_byte_array_unref);
    g_free(report->row_of);
    g_free(report);
}

static uint64_t
first_bits(const int8_t *trits, int width)
{
    uint64_t value = 0;
    for (int i = 0; i < MIN(width, 64); i++)
        value = value << 1 | (trits[i] > 0);
    return value;
}

/* after NULL: all absent. */
static void
add_change(RepairReport *report, int row, FieldId field, const int8_t *before, const int8_t *after,
           int rule)
{
    int width = field_table[field].width;
    RepairChange change = {.row = row, .field = field, .rule = (int16_t)rule};

    for (int i = 0; i < width; i++)
        change.n_bits += before[i] != (after ? after[i] : -1);
    if (change.n_bits == 0)
        return;
    change.before = first_bits(before, width);
    change.after = after ? first_bits(after, width) : 0;
    change.trits = report->trits->len;
    g_byte_array_append(report->trits, (const guint8 *)before, width);
    guint at = report->trits->len;
    g_byte_array_set_size(report->trits, at + width);
    if (after)
        memcpy(report->trits->data + at, after, width);
    else
        memset(report->trits->data + at, -1, width);
    report->n_bits_changed += change.n_bits;
    g_array_append_val(report->changes, change);
}

RepairReport *
repair_report_new(const RepairContext *context)
{
    const Trace *drawn = context->drawn, *trace = context->trace;
    const Layout *layout = drawn->layout;
    RepairReport *report = g_new0(RepairReport, 1);
    guint next_drop = 0;
    int out = 0;

    report->changes = g_array_new(FALSE, FALSE, sizeof(RepairChange));
    report->trits = g_byte_array_new();
    report->n_rows_in = drawn->n_rows;
    report->n_rows_out = trace->n_rows;
    report->n_padding = context->n_padding;
    report->n_dropped = (int)context->drops->len;
    report->n_flows = (int)context->flows->len;
    report->n_bits = (guint64)drawn->n_rows * layout->n_columns;
    memcpy(report->n_sides, context->n_sides, sizeof report->n_sides);
    report->row_of = g_memdup2(context->row_of, MAX(trace->n_rows, 1) * sizeof(int));
    for (int row = 0; row < drawn->n_rows; row++) {
        const int8_t *before = trace_row(drawn, row), *after = NULL;
        const int16_t *by = context->written_by + (size_t)row * N_FIELDS;
        int dropped_by = -1;

        if (out < trace->n_rows && context->row_of[out] == row)
            after = trace_row(trace, out++);
        else if (next_drop < context->drops->len &&
                 g_array_index(context->drops, RepairDrop, next_drop).row == row)
            dropped_by = g_array_index(context->drops, RepairDrop, next_drop++).rule;
        else
            continue; /* padding */
        for (int i = 0; i < layout->n_fields; i++) {
            FieldId field = layout->fields[i].field;
            int column = layout->fields[i].first_column;
            if (after && by[field] < 0)
                continue;
            add_change(report, row, field, before + column, after ? after + column : NULL,
                       after ? by[field] : dropped_by);
        }
    }
    return report;
}

static const char *const side_names[N_REPAIR_SIDES] = {
    [REPAIR_SIDE_TIMES] = "times",
    [REPAIR_SIDE_ADDRESSES] = "addresses",
    [REPAIR_SIDE_DIRECTIONS] = "directions",
    [REPAIR_SIDE_LENGTHS] = "lengths",
};

/* A number, null for absence, or bits as text ('-' absent) where it is neither or too wide. */
static void
add_trits(JsonBuilder *json, const char *name, const int8_t *trits, int width)
{
    char bits[512];
    int n_present = 0;

    for (int i = 0; i < width; i++) {
        n_present += trits[i] >= 0;
        bits[i] = trits[i] < 0 ? '-' : trits[i] ? '1' : '0';
    }
    json_builder_set_member_name(json, name);
    if (n_present == 0) {
        json_builder_add_null_value(json);
    } else if (n_present == width && width <= 32) {
        json_builder_add_int_value(json, (gint64)first_bits(trits, width));
    } else {
        while (width > 0 && bits[width - 1] == '-')
            width--;
        bits[width] = '\0';
        json_builder_add_string_value(json, bits);
    }
}

static void
add_int(JsonBuilder *json, const char *name, gint64 value)
{
    json_builder_set_member_name(json, name);
    json_builder_add_int_value(json, value);
}

static void
add_text(JsonBuilder *json, const char *name, const char *value)
{
    json_builder_set_member_name(json, name);
    json_builder_add_string_value(json, value);
}

static void
add_set(JsonBuilder *json, const char *name, FieldSet set)
{
    json_builder_set_member_name(json, name);
    json_builder_begin_array(json);
    for (int field = 0; field < N_FIELDS; field++) {
        if (field_set_has(set, (FieldId)field))
            json_builder_add_string_value(json, field_table[field].name);
    }
    json_builder_end_array(json);
}

typedef struct {
    gint64 n_packets, n_bits;
    int last_row;
} Tally;

/* Packets and bits by rule, or by field. */
static Tally *
tally_changes(const RepairReport *report, int n, bool by_rule)
{
    Tally *tallies = g_new0(Tally, n);

    for (int i = 0; i < n; i++)
        tallies[i].last_row = -1;
    for (guint i = 0; i < report->changes->len; i++) {
        const RepairChange *change = &g_array_index(report->changes, RepairChange, i);
        Tally *tally = &tallies[by_rule ? change->rule : (int)change->field];
        tally->n_bits += change->n_bits;
        tally->n_packets += tally->last_row != change->row;
        tally->last_row = change->row;
    }
    return tallies;
}

static void
add_rules(JsonBuilder *json, const RepairReport *report)
{
    int n;
    const RepairRule *const *rules = repair_rules(&n);
    g_autofree Tally *tallies = tally_changes(report, n, true);

    json_builder_set_member_name(json, "rules");
    json_builder_begin_array(json);
    for (int i = 0; i < n; i++) {
        json_builder_begin_object(json);
        add_text(json, "id", rules[i]->id);
        add_text(json, "tree",
                 rules[i]->tree == REPAIR_INTRA_PACKET ? "intra-packet" : "inter-packet");
        add_text(json, "statement", rules[i]->statement);
        add_text(json, "source", rules[i]->source);
        add_set(json, "reads", rules[i]->reads);
        add_set(json, "writes", rules[i]->writes);
        add_int(json, "packets", tallies[i].n_packets);
        add_int(json, "bits", tallies[i].n_bits);
        json_builder_end_object(json);
    }
    json_builder_end_array(json);
}

static void
add_fields(JsonBuilder *json, const RepairReport *report)
{
    g_autofree Tally *tallies = tally_changes(report, N_FIELDS, false);

    json_builder_set_member_name(json, "fields");
    json_builder_begin_object(json);
    for (int field = 0; field < N_FIELDS; field++) {
        if (tallies[field].n_bits > 0)
            add_int(json, field_table[field].name, tallies[field].n_bits);
    }
    json_builder_end_object(json);
}

static void
add_changes(JsonBuilder *json, const RepairReport *report)
{
    const RepairRule *const *rules = repair_rules(NULL);

    json_builder_set_member_name(json, "changes");
    json_builder_begin_array(json);
    for (guint i = 0; i < report->changes->len; i++) {
        const RepairChange *change = &g_array_index(report->changes, RepairChange, i);
        const int8_t *trits = (const int8_t *)report->trits->data + change->trits;
        int width = field_table[change->field].width;

        json_builder_begin_object(json);
        add_int(json, "packet", change->row);
        add_text(json, "field", field_table[change->field].name);
        add_trits(json, "before", trits, width);
        add_trits(json, "after", trits + width, width);
        add_int(json, "bits", change->n_bits);
        add_text(json, "rule", rules[change->rule]->id);
        json_builder_end_object(json);
    }
    json_builder_end_array(json);
}

char *
repair_report_to_json(const RepairReport *report)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    g_autoptr(JsonGenerator) generator = json_generator_new();

    json_builder_begin_object(json);
    add_int(json, "packets_in", report->n_rows_in);
    add_int(json, "packets_out", report->n_rows_out);
    add_int(json, "padding", report->n_padding);
    add_int(json, "dropped", report->n_dropped);
    add_int(json, "flows", report->n_flows);
    add_int(json, "bits", (gint64)report->n_bits);
    add_int(json, "bits_changed", (gint64)report->n_bits_changed);
    json_builder_set_member_name(json, "beside");
    json_builder_begin_object(json);
    for (int side = 0; side < N_REPAIR_SIDES; side++)
        add_int(json, side_names[side], report->n_sides[side]);
    json_builder_end_object(json);
    add_fields(json, report);
    add_rules(json, report);
    add_changes(json, report);
    json_builder_end_object(json);
    g_autoptr(JsonNode) root = json_builder_get_root(json);
    json_generator_set_root(generator, root);
    json_generator_set_pretty(generator, TRUE);
    json_generator_set_indent(generator, 1);
    return json_generator_to_data(generator, NULL);
}

/* "64", "absent", or bits where a field is wide or in part. */
static char *
trits_to_text(const int8_t *trits, int width)
{
    GString *text = g_string_new(NULL);
    int n_present = 0;

    for (int i = 0; i < width; i++)
        n_present += trits[i] >= 0;
    if (n_present == 0) {
        g_string_append(text, "absent");
    } else if (n_present == width && width <= 32) {
        g_string_append_printf(text, "%" G_GUINT64_FORMAT, (guint64)first_bits(trits, width));
    } else {
        while (width > 0 && trits[width - 1] < 0)
            width--;
        for (int i = 0; i < width; i++)
            g_string_append_c(text, trits[i] < 0 ? '-' : (char)('0' + trits[i]));
    }
    return g_string_free(text, FALSE);
}

char *
repair_report_to_changes(const RepairReport *report)
{
    GString *text = g_string_new(NULL);
    const RepairRule *const *rules = repair_rules(NULL);

    g_string_append_printf(text, "%7s  %-10s  %-20s  %4s  %s\n", "packet", "field", "rule", "bits",
                           "before -> after");
    for (guint i = 0; i < report->changes->len; i++) {
        const RepairChange *change = &g_array_index(report->changes, RepairChange, i);
        const int8_t *trits = (const int8_t *)report->trits->data + change->trits;
        int width = field_table[change->field].width;
        g_autofree char *before = trits_to_text(trits, width);
        g_autofree char *after = trits_to_text(trits + width, width);

        g_string_append_printf(text, "%7d  %-10s  %-20s  %4d  %s -> %s\n", change->row,
                               field_table[change->field].name, rules[change->rule]->id,
                               change->n_bits, before, after);
    }
    return g_string_free(text, FALSE);
}

static void
append_fields(GString *text, const RepairReport *report)
{
    g_autofree Tally *tallies = tally_changes(report, N_FIELDS, false);

    g_string_append_printf(text, "\n%-22s %8s %9s  %s\n", "field", "packets", "bits",
                           "of the bits of the field in packets");
    for (int field = 0; field < N_FIELDS; field++) {
        if (tallies[field].n_bits > 0)
            g_string_append_printf(
                text, "%-22s %8" G_GINT64_FORMAT " %9" G_GINT64_FORMAT "  %.1f%%\n",
                field_table[field].name, tallies[field].n_packets, tallies[field].n_bits,
                100.0 * tallies[field].n_bits /
                    (MAX(report->n_rows_out, 1) * field_table[field].width));
    }
    g_string_append_c(text, '\n');
}

char *
repair_report_to_table(const RepairReport *report)
{
    GString *text = g_string_new(NULL);
    int n;
    const RepairRule *const *rules = repair_rules(&n);
    g_autofree Tally *tallies = tally_changes(report, n, true);

    g_string_append_printf(text, "%-22s %8s %9s  %s\n", "rule", "packets", "bits",
                           "what must hold");
    for (int i = 0; i < n; i++) {
        if (tallies[i].n_bits > 0)
            g_string_append_printf(text, "%-22s %8" G_GINT64_FORMAT " %9" G_GINT64_FORMAT "  %s\n",
                                   rules[i]->id, tallies[i].n_packets, tallies[i].n_bits,
                                   rules[i]->statement);
    }
    append_fields(text, report);
    double share = report->n_bits ? 100.0 * report->n_bits_changed / report->n_bits : 0;
    g_string_append_printf(text,
                           "%d of %d rows are packets, in %d flows; %d padding, %d dropped; "
                           "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " bits changed (%.2f%%)\n",
                           report->n_rows_out, report->n_rows_in, report->n_flows,
                           report->n_padding, report->n_dropped, report->n_bits_changed,
                           report->n_bits, share);
    for (int side = 0; side < N_REPAIR_SIDES; side++) {
        if (report->n_sides[side] > 0)
            g_string_append_printf(text, "%s made or corrected for %d packets\n", side_names[side],
                                   report->n_sides[side]);
    }
    return g_string_free(text, FALSE);
}
