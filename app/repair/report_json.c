/* SPDX-License-Identifier: Apache-2.0 */
/* The report as JSON. */
#include "app/repair/report_tally.h"

#include <json-glib/json-glib.h>

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
        json_builder_add_int_value(json, (gint64)report_first_bits(trits, width));
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

static void
add_rules(JsonBuilder *json, const RepairReport *report)
{
    int n;
    const RepairRule *const *rules = repair_rules(&n);
    g_autofree ReportTally *tallies = report_tally(report->changes, n, true);

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
    g_autofree ReportTally *tallies = report_tally(report->changes, N_FIELDS, false);

    json_builder_set_member_name(json, "fields");
    json_builder_begin_object(json);
    for (int field = 0; field < N_FIELDS; field++) {
        if (tallies[field].n_bits > 0)
            add_int(json, field_table[field].name, tallies[field].n_bits);
    }
    json_builder_end_object(json);
}

/* name: "changes" or "declined". */
static void
add_changes(JsonBuilder *json, const RepairReport *report, const char *name, const GArray *changes)
{
    const RepairRule *const *rules = repair_rules(NULL);

    json_builder_set_member_name(json, name);
    json_builder_begin_array(json);
    for (guint i = 0; i < changes->len; i++) {
        const RepairChange *change = &g_array_index(changes, RepairChange, i);
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
    add_int(json, "as_drawn", report->n_as_drawn);
    add_int(json, "flows", report->n_flows);
    add_int(json, "bits", (gint64)report->n_bits);
    add_int(json, "bits_changed", (gint64)report->n_bits_changed);
    json_builder_set_member_name(json, "beside");
    json_builder_begin_object(json);
    for (int side = 0; side < N_REPAIR_SIDES; side++)
        add_int(json, report_side_names[side], report->n_sides[side]);
    json_builder_end_object(json);
    add_fields(json, report);
    add_rules(json, report);
    add_changes(json, report, "changes", report->changes);
    add_changes(json, report, "declined", report->declined);
    json_builder_end_object(json);
    g_autoptr(JsonNode) root = json_builder_get_root(json);
    json_generator_set_root(generator, root);
    json_generator_set_pretty(generator, TRUE);
    json_generator_set_indent(generator, 1);
    return json_generator_to_data(generator, NULL);
}
