/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight repair */
#include <glib/gi18n.h>

#include "app/cli/cli.h"
#include "app/cli/export_options.h"
#include "app/jobs/convert.h"
#include "app/jobs/repair_job.h"

/* Only asked for where something may have stayed illegal. */
static void
say_compliance(const Cli *cli, const RepairCompliance *compliance)
{
    if (!compliance)
        return;
    g_autofree char *text = repair_compliance_to_text(compliance);
    cli_say(cli, "%s", text);
}

static void
say_result(const Cli *cli, const char *output, const char *report_path, const RepairResult *result,
           bool lists_changes)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    const RepairReport *report = result->report;
    g_autofree char *table = repair_report_to_table(report);

    if (lists_changes) {
        g_autofree char *changes = repair_report_to_changes(report);
        cli_say(cli, "%s", changes);
    }
    cli_say(cli, "%s", g_strchomp(table));
    cli_say(cli, _("%s: %d packets in %d flows"), output, report->n_rows_out - result->n_dropped,
            report->n_flows);
    say_compliance(cli, result->compliance);
    if (result->n_dropped)
        cli_note(cli, _("%d packets could not be written."), result->n_dropped);
    json_builder_begin_object(builder);
    cli_json_path(builder, "output", output);
    cli_json_path(builder, "report", report_path);
    cli_json_int(builder, "rows", report->n_rows_in);
    cli_json_int(builder, "packets", report->n_rows_out - result->n_dropped);
    cli_json_int(builder, "padding", report->n_padding);
    cli_json_int(builder, "dropped", report->n_dropped + result->n_dropped);
    cli_json_int(builder, "flows", report->n_flows);
    cli_json_int(builder, "bits", (gint64)report->n_bits);
    cli_json_int(builder, "bits_changed", (gint64)report->n_bits_changed);
    cli_json_int(builder, "fields_changed", report->changes->len);
    cli_json_int(builder, "as_drawn", report->n_as_drawn);
    if (result->compliance) {
        cli_json_int(builder, "legal_packets", result->compliance->n_legal_packets);
        cli_json_int(builder, "legal_flows", result->compliance->n_legal_flows);
    }
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
}

static int
repair(const Cli *cli, RepairParams *params, bool lists_changes)
{
    g_autofree char *output = g_strdup(params->output);
    g_autofree char *report = g_strdup(params->report);
    g_autofree char *provenance = g_strdup(params->export.provenance);
    const ExportParams export = {.annotate = params->export.annotate, .provenance = provenance};
    g_autoptr(TorchlightJob) job = repair_job_new(params);
    GError *error = NULL;

    if (!cli_run_job(cli, job, CLI_LOG_STDERR, &error))
        return cli_fail(cli, error);
    say_result(cli, output, report, repair_job_get_result(job), lists_changes);
    cli_export_say(cli, &export, output);
    return CLI_DONE;
}

static void
say_fields(JsonBuilder *builder, const char *key, FieldSet set)
{
    json_builder_set_member_name(builder, key);
    json_builder_begin_array(builder);
    for (int field = 0; field < N_FIELDS; field++) {
        if (field_set_has(set, (FieldId)field))
            json_builder_add_string_value(builder, field_table[field].name);
    }
    json_builder_end_array(builder);
}

static void
say_after(JsonBuilder *builder, const RepairRule *rule)
{
    json_builder_set_member_name(builder, "after");
    json_builder_begin_array(builder);
    for (int i = 0; rule->after && rule->after[i]; i++)
        json_builder_add_string_value(builder, rule->after[i]);
    json_builder_end_array(builder);
}

/* The rules themselves: for people as trees, for machines as a list. */
static int
explain(const Cli *cli)
{
    g_autofree char *text = repair_rules_explain();
    g_autoptr(JsonBuilder) builder = json_builder_new();
    int n;
    const RepairRule *const *rules = repair_rules(&n);

    cli_say(cli, "%s", g_strchomp(text));
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "rules");
    json_builder_begin_array(builder);
    for (int i = 0; i < n; i++) {
        json_builder_begin_object(builder);
        cli_json_text(builder, "id", rules[i]->id);
        cli_json_text(builder, "tree",
                      rules[i]->tree == REPAIR_INTRA_PACKET ? "intra-packet" : "inter-packet");
        cli_json_text(builder, "statement", rules[i]->statement);
        cli_json_text(builder, "source", rules[i]->source);
        say_fields(builder, "reads", rules[i]->reads);
        say_fields(builder, "writes", rules[i]->writes);
        say_after(builder, rules[i]);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
    return CLI_DONE;
}

static bool
add_choices(RepairParams *params, const char *path, GError **error)
{
    g_autoptr(RepairChoices) choices = repair_choices_read(path, error);

    if (choices)
        repair_params_add_choices(params, choices);
    return choices != NULL;
}

int
command_repair(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(GStrv) inputs = NULL;
    g_autofree GOptionEntry *all = NULL;
    g_auto(CliExport) export = {0};
    g_autoptr(RepairParams) params = repair_params_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *choices_path = NULL;
    gboolean only_explain = FALSE, lists_changes = FALSE;
    int status;
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &params->output, _("The capture to write"),
         _("OUT.pcap")},
        {"template", 't', 0, G_OPTION_ARG_FILENAME, &params->template,
         _("A real capture: times, directions, hosts and payload are drawn from it"), _("CAPTURE")},
        {"timing", 0, 0, G_OPTION_ARG_FILENAME, &params->timing,
         _("Times from a model that `torchlight timing fit` made, or none (without --template: the "
           "one that comes with Torchlight)"),
         _("MODEL")},
        {"report", 'r', 0, G_OPTION_ARG_FILENAME, &params->report,
         _("Write every change, with its rule, from what to what"), _("REPORT.json")},
        {"layout", 'l', 0, G_OPTION_ARG_STRING, &params->layout,
         _("What the columns are where the file does not say: torchlight, nprint, or nprint: and "
           "the letters of its headers"),
         _("LAYOUT")},
        {"without", 0, 0, G_OPTION_ARG_STRING_ARRAY, &params->without,
         _("Switch a rule off; may be given again"), _("RULE")},
        {"choices", 0, 0, G_OPTION_ARG_FILENAME, &choices_path,
         _("What to take over, as the workbench keeps it: rules that are off, packets that stay as "
           "drawn, policies; other options count before it"),
         _("CHOICES.json")},
        {"mid-stream", 0, 0, G_OPTION_ARG_NONE, &params->mid_stream,
         _("Let drawn connections start in their middle where they do not look like opening"),
         NULL},
        {"changes", 0, 0, G_OPTION_ARG_NONE, &lists_changes,
         _("List every change: packet, field, rule, bits, before and after"), NULL},
        {"explain", 0, 0, G_OPTION_ARG_NONE, &only_explain,
         _("Say which rules there are, why, and which waits for which"), NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &inputs, NULL, NULL},
        {NULL}};

    all = cli_export_entries(&export, entries, true);
    if (!cli_parse(
            &cli, argc, argv, _("IN -o OUT.pcap"),
            _("Makes every packet and flow of a trace (.png, .csv, .npy, .npz or a capture) "
              "legal, and writes it as a capture. Nothing is changed without a line in "
              "the report; a legal trace stays as it is."),
            "  torchlight repair new/00000.png --template web.pcap -o synthetic.pcap "
            "--report report.json\n"
            "  torchlight repair new/00000.png --without tcp-window --changes -o loose.pcap\n"
            "  torchlight repair --explain",
            all, CLI_WITH_SEED, &status))
        return status;
    if (only_explain)
        return explain(&cli);
    for (int i = 0; params->without && params->without[i]; i++) {
        if (repair_rule_find(params->without[i], &error) < 0)
            return cli_usage(&cli, "%s", error->message);
    }
    if (!cli_check_words(&cli, inputs, 1, 1, &status) ||
        !cli_require(&cli, params->output, "-o", &status) ||
        !cli_check_layout(&cli, params->layout, &status) ||
        !cli_export_check(&cli, &export, &status))
        return status;
    params->export = export.params;
    export.params = (ExportParams){0};
    params->input = g_strdup(inputs[0]);
    params->seed = cli.seed;
    if (choices_path && !add_choices(params, choices_path, &error))
        return cli_usage(&cli, "%s", error->message);
    params->check =
        (params->without && params->without[0]) || (params->as_drawn && params->as_drawn->len > 0);
    return repair(&cli, g_steal_pointer(&params), lists_changes);
}
