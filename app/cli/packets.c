/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight packets */
#include <glib/gi18n.h>
#include <stdio.h>

#include "app/cli/cli.h"
#include "app/trace/capture.h"
#include "app/trace/interchange.h"
#include "app/trace/packet_find.h"
#include "app/trace/packet_text.h"

typedef enum { AS_TEXT, AS_CSV, AS_JSON, AS_FIELDS, AS_BITS } Form;

typedef struct {
    const char *input;
    const char *layout;
    const PacketQuery *query; /* NULL: all */
    int max_packets;          /* of the list, 0: all */
    Form form;
} Params;

static Trace *
read_trace(const Params *params, char **warning, GError **error)
{
    const Layout *layout;

    if (trace_file_is_table(params->input))
        return trace_read_any(params->input, params->layout, warning, error);
    layout = params->layout ? layout_by_name(params->layout, error) : layout_default();
    return layout ? trace_read_capture(params->input, layout, 0, warning, error) : NULL;
}

static void
append_line(GString *out, const PacketInfoTable *table, int row)
{
    const PacketInfo *info = packet_info_row(table, row);
    g_autofree char *time = packet_info_time_text(table, row);
    g_autofree char *text = packet_info_text(table, row);

    g_string_append_printf(out, "%6d  %12s  %s  %-9s  %6u  %s\n", row + 1, time,
                           info->direction ? "←" : "→", info->protocol, info->length, text);
}

static void
append_json(GString *out, const PacketInfoTable *table, int row, bool first)
{
    const PacketInfo *info = packet_info_row(table, row);
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autofree char *text = packet_info_text(table, row);

    json_builder_begin_object(builder);
    cli_json_int(builder, "no", row + 1);
    if (packet_info_trace(table)->sides & TRACE_HAS_TIMES)
        cli_json_int(builder, "time_ns", info->time_ns);
    cli_json_int(builder, "direction", info->direction);
    cli_json_text(builder, "protocol", info->protocol);
    cli_json_int(builder, "length", info->length);
    cli_json_text(builder, "info", text);
    json_builder_end_object(builder);
    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    g_autofree char *object = json_to_string(root, FALSE);
    g_string_append_printf(out, "%s\n    %s", first ? "" : ",", object);
}

static void
append(GString *out, const PacketInfoTable *table, int row, Form form, bool first)
{
    switch (form) {
    case AS_CSV:
        packet_append_csv(out, table, row);
        break;
    case AS_JSON:
        append_json(out, table, row, first);
        break;
    case AS_FIELDS:
        packet_append_text(out, table, row);
        break;
    case AS_BITS:
        packet_append_bits(out, packet_info_trace(table), row);
        break;
    default:
        append_line(out, table, row);
    }
}

static void
append_head(GString *out, const Params *params, const Trace *trace)
{
    g_autoptr(JsonNode) input = json_node_new(JSON_NODE_VALUE);

    switch (params->form) {
    case AS_CSV:
        packet_append_csv_title(out);
        break;
    case AS_BITS:
        packet_append_bits_title(out, trace);
        break;
    case AS_JSON: {
        g_autofree char *name = g_filename_display_name(params->input);
        json_node_set_string(input, name);
        g_autofree char *quoted = json_to_string(input, FALSE);
        g_string_append_printf(out,
                               "{\n  \"input\" : %s,\n  \"packets_read\" : %d,\n"
                               "  \"packets\" : [",
                               quoted, trace->n_rows);
        break;
    }
    default:
        break;
    }
}

static void
flush(GString *out, gsize least)
{
    if (out->len < least)
        return;
    fwrite(out->str, 1, out->len, stdout);
    g_string_truncate(out, 0);
}

/* How many packets match, of which the first are listed. */
static int
print(const Params *params, const PacketInfoTable *table)
{
    const Trace *trace = packet_info_trace(table);
    g_autoptr(GString) out = g_string_new(NULL);
    int n = 0;

    append_head(out, params, trace);
    for (int row = 0; row < trace->n_rows; row++) {
        if (trace_row_is_empty(trace, row) ||
            (params->query && !packet_query_matches(params->query, table, row)))
            continue;
        if (params->max_packets == 0 || n < params->max_packets)
            append(out, table, row, params->form, n == 0);
        n++;
        flush(out, 1 << 16);
    }
    if (params->form == AS_JSON)
        g_string_append_printf(out, "\n  ],\n  \"n_matching\" : %d\n}\n", n);
    flush(out, 0);
    return n;
}

static int
list(const Cli *cli, const Params *params)
{
    g_autofree char *warning = NULL;
    GError *error = NULL;
    g_autoptr(Trace) trace = read_trace(params, &warning, &error);

    if (!trace)
        return cli_fail(cli, error);
    g_autoptr(PacketInfoTable) table = packet_info_table(trace);
    int n = print(params, table);
    if (params->max_packets > 0 && n > params->max_packets)
        cli_note(cli, _("%d more packets are not listed: -n says how many are."),
                 n - params->max_packets);
    if (warning)
        cli_note(cli, "%s", warning);
    return CLI_DONE;
}

static bool
read_form(Cli *cli, const char *name, Form *form, int *status)
{
    static const char *const names[] = {"text", "csv", "json", "fields", "bits"};

    *form = cli->json ? AS_JSON : AS_TEXT;
    if (!name)
        return true;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if (!g_str_equal(name, names[i]))
            continue;
        if (cli->json && i != AS_JSON) {
            *status = cli_usage(cli, _("--format %s and --json exclude each other."), name);
            return false;
        }
        *form = (Form)i;
        cli->json = i == AS_JSON;
        return true;
    }
    *status = cli_usage(cli, _("“%s” is no format: choose text, csv, json, fields or bits."), name);
    return false;
}

int
command_packets(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(GStrv) files = NULL;
    g_autofree char *find = NULL;
    g_autofree char *layout = NULL;
    g_autofree char *format = NULL;
    g_autoptr(PacketQuery) query = NULL;
    g_autoptr(GError) error = NULL;
    Params params = {0};
    int status;
    const GOptionEntry entries[] = {
        {"find", 'f', 0, G_OPTION_ARG_STRING, &find,
         _("Only packets with this in protocol or info, or of this number, or whose field has a "
           "value: ipv4_ttl=64, tcp_syn=1 and tcp_ackf=0"),
         _("QUERY")},
        {"layout", 'l', 0, G_OPTION_ARG_STRING, &layout,
         _("What the columns are where the file does not say: torchlight, nprint, or nprint: and "
           "the letters of its headers"),
         _("LAYOUT")},
        {"format", 0, 0, G_OPTION_ARG_STRING, &format,
         _("text, csv, json (the same as --json), fields (every field of every packet) or bits "
           "(CSV)"),
         _("FORMAT")},
        {"top", 'n', 0, G_OPTION_ARG_INT, &params.max_packets, _("At most so many packets (all)"),
         _("N")},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &files, NULL, NULL},
        {NULL}};

    if (!cli_parse(&cli, argc, argv, _("FILE"),
                   _("Lists the packets of a capture, picture or table as Wireshark would: time, "
                     "direction (→ is that of the first packet), protocol, length and what is in "
                     "the headers. A protocol above TCP or UDP is named by its port, as no payload "
                     "is looked at."),
                   "  torchlight packets web.pcap -n 20\n"
                   "  torchlight packets web.png --find 'tcp_syn=1'\n"
                   "  torchlight packets web.pcap --find dns --format fields",
                   entries, 0, &status) ||
        !cli_check_words(&cli, files, 1, 1, &status) || !cli_check_layout(&cli, layout, &status) ||
        !read_form(&cli, format, &params.form, &status))
        return status;
    if (params.max_packets < 0)
        return cli_usage(&cli, _("-n starts at 0."));
    if (find && !(query = packet_query_new(find, &error)))
        return cli_usage(&cli, "%s", error->message);
    params.input = files[0];
    params.layout = layout;
    params.query = query;
    return list(&cli, &params);
}
