/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight flows */
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "app/cli/cli.h"
#include "app/jobs/flows.h"

/* --- a table to read --- */

enum { N_COLUMNS = 13 };

/* Owned texts of a line; NULL ends it early. */
typedef struct {
    char *cells[N_COLUMNS];
} Line;

static const bool is_right[N_COLUMNS] = {true, false, false, false, false, true, true,
                                         true, true,  true,  true,  false, false};

static void
line_free(Line *line)
{
    for (int i = 0; i < N_COLUMNS; i++)
        g_free(line->cells[i]);
    g_free(line);
}

static char *
span(int64_t ns)
{
    double seconds = (double)ns / 1e9;

    if (seconds >= 2 * 86400)
        return g_strdup_printf(_("%.1f days"), seconds / 86400);
    if (seconds >= 100)
        return cli_duration(seconds);
    if (seconds >= 1)
        return g_strdup_printf("%.2f s", seconds);
    if (seconds >= 0.001)
        return g_strdup_printf("%.1f ms", seconds * 1e3);
    return g_strdup_printf("%.0f µs", seconds * 1e6);
}

static char *
count(uint64_t n)
{
    return n ? g_strdup_printf("%" G_GUINT64_FORMAT, (guint64)n) : g_strdup("–");
}

static char *
size(uint64_t bytes)
{
    return bytes >= 1000 ? g_format_size(bytes)
           : bytes       ? g_strdup_printf("%d B", (int)bytes)
                         : g_strdup("–");
}

/* How a TCP connection began and ended; of how many 5-tuple flows the others are. */
static char *
state(const Flow *flow, FlowBy by)
{
    if (by != FLOW_BY_TUPLE)
        return count(flow->n_tuples);
    if (flow->start == FLOW_START_NONE)
        return g_strdup("");
    return g_strdup_printf("%s … %s", _(flow_start_to_name(flow->start)),
                           _(flow_end_to_name(flow->end)));
}

static char *
tunnel(const Flow *flow)
{
    double share = (double)flow->tunnel_bytes / (double)MAX(flow->bytes[0] + flow->bytes[1], 1);

    if (flow->tunnel == TUNNEL_NONE)
        return g_strdup("–");
    if (share > 0.995)
        return g_strdup(tunnel_to_name(flow->tunnel));
    return g_strdup_printf("%s %.0f %%", tunnel_to_name(flow->tunnel), MAX(share * 100, 1));
}

static Line *
title(FlowBy by)
{
    const char *const texts[N_COLUMNS] = {
        "#",        _("protocol"),  _("from"),  "",
        _("to"),    _("packets →"), "←",        _("bytes →"),
        "←",        _("after"),     _("lasts"), by == FLOW_BY_TUPLE ? _("TCP") : _("flows"),
        _("tunnel")};
    Line *line = g_new0(Line, 1);

    for (int i = 0; i < N_COLUMNS; i++)
        line->cells[i] = g_strdup(texts[i]);
    return line;
}

static Line *
line_of(const Flow *flow, FlowBy by, int64_t start_ns)
{
    bool is_all = by == FLOW_BY_CAPTURE;
    Line *line = g_new0(Line, 1);

    *line = (Line){{count(flow->number), flow_protocols_to_string(flow),
                    is_all ? g_strdup(_("all")) : flow_key_end_to_string(&flow->key, true),
                    g_strdup(flow->packets[1] ? "⇄" : "→"),
                    is_all ? g_strdup(_("all")) : flow_key_end_to_string(&flow->key, false),
                    count(flow->packets[0]), count(flow->packets[1]), size(flow->bytes[0]),
                    size(flow->bytes[1]), span(flow->first_ns - start_ns),
                    span(flow->last_ns - flow->first_ns), state(flow, by), tunnel(flow)}};
    return line;
}

static void
measure(int widths[N_COLUMNS], Line *line)
{
    for (int column = 0; column < N_COLUMNS; column++)
        widths[column] = MAX(widths[column], (int)g_utf8_strlen(line->cells[column], -1));
    line_free(line);
}

static void
say_line(const Cli *cli, const int widths[N_COLUMNS], Line *line)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (int column = 0; column < N_COLUMNS; column++) {
        const char *cell = line->cells[column];
        int pad = widths[column] - (int)g_utf8_strlen(cell, -1);
        bool last = column == N_COLUMNS - 1;

        g_string_append_printf(text, "%*s%s%*s%s", is_right[column] ? pad : 0, "", cell,
                               is_right[column] || last ? 0 : pad, "",
                               last                         ? ""
                               : column == 2 || column == 3 ? " "
                                                            : "  ");
    }
    cli_say(cli, "%s", text->str);
    line_free(line);
}

/* Made twice, so that a line need not wait for the widest. */
static void
say_table(const Cli *cli, FlowBy by, const FlowsResult *result)
{
    int widths[N_COLUMNS] = {0};

    measure(widths, title(by));
    for (guint i = 0; i < result->flows->len; i++)
        measure(widths, line_of(result->flows->pdata[i], by, result->first_ns));
    say_line(cli, widths, title(by));
    for (guint i = 0; i < result->flows->len; i++)
        say_line(cli, widths, line_of(result->flows->pdata[i], by, result->first_ns));
}

static void
say_totals(const Cli *cli, const FlowsParams *params, const FlowsResult *result)
{
    g_autoptr(GDateTime) start = g_date_time_new_from_unix_utc(result->first_ns / 1000000000);
    g_autofree char *date = start ? g_date_time_format(start, "%Y-%m-%d %H:%M:%S UTC") : NULL;
    g_autofree char *bytes = g_format_size(result->bytes);
    g_autofree char *lasts = span(result->last_ns - result->first_ns);
    g_autofree char *input = g_filename_display_name(params->input);
    g_autofree char *packets = g_strdup_printf("%" G_GUINT64_FORMAT, (guint64)result->packets);

    cli_say(cli, _("%s: %u flows by %s, %s packets, %s, %s from %s"), input,
            flow_table_n_flows(result->table), flow_by_to_name(params->by), packets, bytes, lasts,
            date ? date : "?");
}

static void
say_left_out(const Cli *cli, const FlowsParams *params, const FlowsResult *result)
{
    GHashTable *skipped = flow_table_skipped(result->table);
    g_autoptr(GList) reasons = g_list_sort(g_hash_table_get_keys(skipped), (GCompareFunc)g_strcmp0);
    uint32_t n_flows = flow_table_n_flows(result->table);

    if (result->flows->len < result->n_matching)
        cli_say(cli, _("%u more flows are not listed: -n says how many are."),
                result->n_matching - result->flows->len);
    if (result->n_matching < n_flows)
        cli_say(cli, _("%u flows of fewer than %d packets are left out."),
                n_flows - result->n_matching, params->min_packets);
    if (params->filter)
        cli_say(cli, _("%u packets did not match the filter."),
                flow_table_n_filtered(result->table));
    for (GList *at = reasons; at; at = at->next)
        cli_say(cli, _("%u packets are of no flow: %s"),
                GPOINTER_TO_UINT(g_hash_table_lookup(skipped, at->data)), (const char *)at->data);
}

static void
say_text(const Cli *cli, const FlowsParams *params, const FlowsResult *result)
{
    say_totals(cli, params, result);
    if (result->flows->len > 0)
        say_table(cli, params->by, result);
    say_left_out(cli, params, result);
}

/* --- for scripts --- */

static void
print_csv(const FlowsResult *result)
{
    g_autoptr(GString) out = g_string_new(NULL);

    flows_append_csv_header(out);
    for (guint i = 0; i < result->flows->len; i++) {
        flows_append_csv(out, result->flows->pdata[i]);
        if (out->len > 1 << 16) {
            fwrite(out->str, 1, out->len, stdout);
            g_string_truncate(out, 0);
        }
    }
    fwrite(out->str, 1, out->len, stdout);
}

static void
add_end(JsonBuilder *builder, const FlowKey *key, bool source)
{
    g_autofree char *address = address_to_string(source ? &key->src : &key->dst);

    cli_json_text(builder, source ? "src" : "dst", *address ? address : NULL);
    if (flow_key_has_ports(key))
        cli_json_int(builder, source ? "src_port" : "dst_port",
                     source ? key->src_port : key->dst_port);
}

/* The caller frees. */
static char *
text_of(JsonBuilder *builder, bool pretty)
{
    g_autoptr(JsonNode) root = json_builder_get_root(builder);

    return json_to_string(root, pretty);
}

/* One line. The caller frees. */
static char *
flow_to_json(const Flow *flow)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autofree char *protocols = flow_protocols_to_string(flow);

    json_builder_begin_object(builder);
    cli_json_int(builder, "flow", flow->number);
    cli_json_text(builder, "protocol", protocols);
    add_end(builder, &flow->key, true);
    add_end(builder, &flow->key, false);
    if (!flow_key_has_ports(&flow->key) && flow->key.src_port)
        cli_json_int(builder, "icmp_id", flow->key.src_port);
    cli_json_int(builder, "first_frame", flow->first_frame);
    cli_json_int(builder, "first_ns", flow->first_ns);
    cli_json_int(builder, "last_ns", flow->last_ns);
    cli_json_int(builder, "packets_forward", (gint64)flow->packets[0]);
    cli_json_int(builder, "packets_back", (gint64)flow->packets[1]);
    cli_json_int(builder, "bytes_forward", (gint64)flow->bytes[0]);
    cli_json_int(builder, "bytes_back", (gint64)flow->bytes[1]);
    cli_json_int(builder, "tuples", flow->n_tuples);
    if (flow->start != FLOW_START_NONE) {
        cli_json_text(builder, "start", flow_start_to_name(flow->start));
        cli_json_text(builder, "end", flow_end_to_name(flow->end));
    }
    cli_json_text(builder, "tunnel",
                  flow->tunnel == TUNNEL_NONE ? NULL : tunnel_to_name(flow->tunnel));
    cli_json_int(builder, "tunnel_bytes", (gint64)flow->tunnel_bytes);
    json_builder_end_object(builder);
    return text_of(builder, false);
}

/* The object without its flows. The caller frees. */
static char *
totals_to_json(const FlowsParams *params, const FlowsResult *result)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    GHashTableIter iter;
    gpointer reason, n;

    json_builder_begin_object(builder);
    cli_json_path(builder, "input", params->input);
    cli_json_text(builder, "by", flow_by_to_name(params->by));
    cli_json_int(builder, "packets_read", flow_table_n_read(result->table));
    if (params->filter)
        cli_json_int(builder, "filtered", flow_table_n_filtered(result->table));
    cli_json_int(builder, "n_flows", flow_table_n_flows(result->table));
    cli_json_int(builder, "n_matching", result->n_matching);
    cli_json_int(builder, "packets", (gint64)result->packets);
    cli_json_int(builder, "bytes", (gint64)result->bytes);
    json_builder_set_member_name(builder, "skipped_by_reason");
    json_builder_begin_object(builder);
    g_hash_table_iter_init(&iter, flow_table_skipped(result->table));
    while (g_hash_table_iter_next(&iter, &reason, &n))
        cli_json_int(builder, reason, GPOINTER_TO_UINT(n));
    json_builder_end_object(builder);
    cli_json_text(builder, "warning", result->warning);
    json_builder_end_object(builder);
    return text_of(builder, true);
}

/* Flow by flow, as there may be many: their array is put in before the brace that ends the rest. */
static void
print_json(const FlowsParams *params, const FlowsResult *result)
{
    g_autofree char *totals = totals_to_json(params, result);
    char *end = strrchr(totals, '}');

    while (end > totals && (*end == '}' || g_ascii_isspace(*end)))
        *end-- = '\0';
    printf("%s,\n  \"flows\" : [", totals);
    for (guint i = 0; i < result->flows->len; i++) {
        g_autofree char *flow = flow_to_json(result->flows->pdata[i]);

        printf("%s\n    %s", i ? "," : "", flow);
    }
    printf("\n  ]\n}\n");
}

static int
list(const Cli *cli, const FlowsParams *params, bool as_csv)
{
    FlowsResult result;
    GError *error = NULL;

    if (!flows_list(params, &result, &error)) {
        flows_result_clear(&result);
        return cli_fail(cli, error);
    }
    if (as_csv)
        print_csv(&result);
    else if (cli->json)
        print_json(params, &result);
    else
        say_text(cli, params, &result);
    if (result.warning)
        cli_note(cli, "%s", result.warning);
    flows_result_clear(&result);
    return CLI_DONE;
}

/* --format, of which json is the same as --json. */
static bool
check_format(Cli *cli, const char *format, bool *as_csv, int *status)
{
    *as_csv = format && g_str_equal(format, "csv");
    cli->json |= format && g_str_equal(format, "json");
    if (!format || *as_csv || g_str_equal(format, "json") || g_str_equal(format, "text")) {
        if (!*as_csv || !cli->json)
            return true;
        *status = cli_usage(cli, _("--format csv and --json exclude each other."));
    } else {
        *status = cli_usage(cli, _("“%s” is no format: choose text, csv or json."), format);
    }
    return false;
}

int
command_flows(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(GStrv) captures = NULL;
    g_autofree char *by = NULL;
    g_autofree char *filter = NULL;
    g_autofree char *order = NULL;
    g_autofree char *format = NULL;
    g_autoptr(GError) error = NULL;
    FlowsParams params = {.by = FLOW_BY_TUPLE, .min_packets = 1};
    bool as_csv;
    int status;
    const GOptionEntry entries[] = {
        {"by", 'b', 0, G_OPTION_ARG_STRING, &by,
         _("What a flow is: tuple (addresses, protocol and ports), hosts (the two addresses) or "
           "capture (tuple)"),
         _("KIND")},
        {"filter", 'f', 0, G_OPTION_ARG_STRING, &filter,
         _("Only the packets that match, in tcpdump's words: “tcp port 80”"), _("EXPRESSION")},
        {"min-packets", 0, 0, G_OPTION_ARG_INT, &params.min_packets,
         _("Leave out flows with fewer packets (1)"), _("N")},
        {"sort", 's', 0, G_OPTION_ARG_STRING, &order,
         _("packets or bytes (the most first) or time (packets)"), _("ORDER")},
        {"format", 0, 0, G_OPTION_ARG_STRING, &format,
         _("text, csv or json, which is the same as --json (text)"), _("FORMAT")},
        {"top", 'n', 0, G_OPTION_ARG_INT, &params.max_flows, _("At most so many flows (all)"),
         _("N")},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &captures, NULL, NULL},
        {NULL}};

    if (!cli_parse(&cli, argc, argv, _("CAPTURE"),
                   _("Lists the flows of a capture (pcap or pcapng; - is standard input): who "
                     "talks with whom, how much each way (→ is what the initiator sends: the "
                     "sender of the SYN, else of the first packet), how TCP connections began and "
                     "ended, and which tunnel a flow is where its packets prove one. The number in "
                     "front is what `torchlight encode --flow` takes, with the same --by and "
                     "--filter."),
                   "  torchlight flows web.pcap\n"
                   "  torchlight flows vpn.pcap --by hosts --sort bytes -n 10\n"
                   "  torchlight flows web.pcap --filter 'tcp port 443' --format csv",
                   entries, 0, &status) ||
        !check_format(&cli, format, &as_csv, &status) ||
        !cli_check_words(&cli, captures, 1, 1, &status))
        return status;
    if ((by && !flow_by_from_name(by, &params.by, &error)) ||
        (order && !flows_order_by_name(order, &params.order, &error)))
        return cli_usage(&cli, "%s", error->message);
    if (params.min_packets < 1 || params.max_flows < 0)
        return cli_usage(&cli, _("--min-packets starts at 1 and -n at 0."));
    params.input = captures[0];
    params.filter = filter;
    return list(&cli, &params, as_csv);
}
