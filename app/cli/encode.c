/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight encode */
#include <glib/gi18n.h>
#include <unistd.h>

#include "app/cli/cli.h"
#include "app/jobs/convert.h"

static gint64
total_skipped(const Trace *trace)
{
    GHashTableIter iter;
    gpointer count;
    gint64 n = 0;

    g_hash_table_iter_init(&iter, trace->skipped);
    while (g_hash_table_iter_next(&iter, NULL, &count))
        n += GPOINTER_TO_UINT(count);
    return n;
}

static void
say_skipped(const Cli *cli, const Trace *trace)
{
    g_autoptr(GList) reasons =
        g_list_sort(g_hash_table_get_keys(trace->skipped), (GCompareFunc)g_strcmp0);

    if (!reasons)
        return;
    cli_say(cli, _("%d packets have none of the layout's headers and made no row:"),
            (int)total_skipped(trace));
    for (GList *at = reasons; at; at = at->next)
        cli_say(cli, "  %6u  %s", GPOINTER_TO_UINT(g_hash_table_lookup(trace->skipped, at->data)),
                (const char *)at->data);
}

static void
say_json(const Cli *cli, const EncodeParams *params, const EncodeResult *result)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    const Trace *trace = result->trace;
    GHashTableIter iter;
    gpointer reason, count;

    json_builder_begin_object(builder);
    cli_json_path(builder, "input", params->input);
    cli_json_path(builder, "output", params->output);
    cli_json_text(builder, "layout", trace->layout->name);
    cli_json_int(builder, "columns", trace->layout->n_columns);
    cli_json_int(builder, "packets", result->n_rows);
    cli_json_int(builder, "rows_without_header", result->n_empty);
    cli_json_bool(builder, "more", result->more);
    if (result->one_flow) {
        g_autofree char *flow = flow_to_string(&result->flow);

        cli_json_int(builder, "flow_number", result->flow.number);
        cli_json_text(builder, "flow", flow);
        cli_json_text(builder, "tunnel", tunnel_to_name(result->flow.tunnel));
        cli_json_int(builder, "of_other_flows", result->n_others);
    }
    if (params->filter)
        cli_json_int(builder, "filtered", result->n_filtered);
    cli_json_int(builder, "skipped", total_skipped(trace));
    json_builder_set_member_name(builder, "skipped_by_reason");
    json_builder_begin_object(builder);
    g_hash_table_iter_init(&iter, trace->skipped);
    while (g_hash_table_iter_next(&iter, &reason, &count))
        cli_json_int(builder, reason, GPOINTER_TO_UINT(count));
    json_builder_end_object(builder);
    cli_json_text(builder, "warning", result->warning);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
}

static int
encode(const Cli *cli, const EncodeParams *params)
{
    EncodeResult result;
    GError *error = NULL;

    if (!convert_encode(params, &result, &error))
        return cli_fail(cli, error);
    cli_say(cli, _("%s: %d packets as rows of %d bits (layout %s)"),
            cli->piped ? _("standard output") : params->output, (int)result.n_rows,
            result.trace->layout->n_columns, result.trace->layout->name);
    if (result.one_flow) {
        g_autofree char *flow = flow_to_string(&result.flow);

        cli_say(cli, _("Flow %u of the capture: %s, %d packets; %d are of other flows."),
                result.flow.number, flow, (int)flow_n_packets(&result.flow), (int)result.n_others);
    }
    if (params->filter)
        cli_say(cli, _("%d packets did not match the filter."), (int)result.n_filtered);
    say_skipped(cli, result.trace);
    if (result.n_empty)
        cli_say(cli,
                _("%d rows are packets without any of the layout's headers, as nPrint has "
                  "them."),
                (int)result.n_empty);
    if (result.more)
        cli_note(cli, result.one_flow
                          ? _("The flow goes on: `torchlight dataset --flows` draws all of it, "
                              "--packets says how much.")
                          : _("The capture goes on: `torchlight dataset` draws all of it, "
                              "--packets says how much."));
    if (result.warning)
        cli_note(cli, "%s", result.warning);
    say_json(cli, params, &result);
    encode_result_clear(&result);
    return CLI_DONE;
}

/* What only a CSV has room for. */
typedef struct {
    char *index, *fill;
    int payload_bytes;
} CsvWords;

static bool
read_csv_words(const Cli *cli, const CsvWords *words, EncodeParams *params, TraceFormat format,
               int *status)
{
    CsvOptions *csv = &params->csv;
    g_autoptr(GError) error = NULL;
    gint64 fill = -1;

    *csv = (CsvOptions){CSV_INDEX_SRC_IP, csv->relative_time, csv->absolute_time, -1};
    params->extra.payload_bytes = words->payload_bytes;
    if (words->index && !csv_index_by_name(words->index, &csv->index, &error)) {
        *status = cli_usage(cli, "%s", error->message);
        return false;
    }
    if (words->payload_bytes < 0 || words->payload_bytes > TRACE_MAX_PAYLOAD) {
        *status = cli_usage(cli, _("--payload-bytes takes 0 to %d."), TRACE_MAX_PAYLOAD);
        return false;
    }
    if (words->fill && !g_ascii_string_to_signed(words->fill, 10, -128, 127, &fill, NULL)) {
        *status = cli_usage(cli, _("--fill takes a whole number from -128 to 127."));
        return false;
    }
    csv->fill = (int)fill;
    if (format == FORMAT_CSV || (!words->index && !words->fill && !csv->relative_time &&
                                 !csv->absolute_time && trace_extra_width(&params->extra) == 0))
        return true;
    *status =
        cli_usage(cli, _("Only a CSV has an index, times in columns, a fill, and Ethernet and "
                         "payload bits: let the output end in .csv."));
    return false;
}

static void
csv_words_clear(CsvWords *words)
{
    g_free(words->index);
    g_free(words->fill);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CsvWords, csv_words_clear)

/* Which flow. */
typedef struct {
    char *flows;
    gboolean biggest;
    int number;
} FlowWords;

static void
flow_words_clear(FlowWords *words)
{
    g_free(words->flows);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FlowWords, flow_words_clear)

static bool
read_flow_words(const Cli *cli, const FlowWords *words, EncodeParams *params, int *status)
{
    g_autoptr(GError) error = NULL;

    params->flows = FLOW_BY_TUPLE;
    params->flow = words->number;
    params->one_flow = words->biggest || words->number != 0;
    if (words->flows && !flow_by_from_name(words->flows, &params->flows, &error))
        *status = cli_usage(cli, "%s", error->message);
    else if (words->number < 0 || (words->biggest && words->number != 0))
        *status = cli_usage(cli, _("Choose a flow with either --biggest or --flow, from 1 on."));
    else if (words->flows && params->flows != FLOW_BY_CAPTURE && !params->one_flow)
        *status = cli_usage(cli, _("Say which flow: --biggest, or --flow with a number that "
                                   "`torchlight flows` lists."));
    else
        return true;
    return false;
}

int
command_encode(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(GStrv) captures = NULL;
    g_autofree char *output = NULL;
    g_autofree char *layout = NULL;
    g_autofree char *palette = NULL;
    g_autofree char *filter = NULL;
    g_autofree char *addresses = NULL;
    g_autofree char *map = NULL;
    g_autofree char *format_name = NULL;
    EncodeParams params = {.palette = PALETTE_TORCHLIGHT};
    g_autoptr(GError) error = NULL;
    g_auto(CsvWords) words = {0};
    g_auto(FlowWords) which = {0};
    gboolean relative = FALSE, absolute = FALSE, ethernet = FALSE;
    TraceFormat format;
    int status;
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
         _("What to write: a name that ends in .png, .csv, .npy or .npz, or - (standard output)"),
         _("OUT")},
        {"format", 0, 0, G_OPTION_ARG_STRING, &format_name,
         _("What to write whatever the name: png, csv, npy or npz"), _("FORMAT")},
        {"layout", 'l', 0, G_OPTION_ARG_STRING, &layout,
         _("Which header bits make the columns: torchlight, nprint (as nPrint -4 -t -u -i), or "
           "nprint: and the letters of nPrint's headers, of 4, 6, t, u and i (torchlight)"),
         _("LAYOUT")},
        {"filter", 'f', 0, G_OPTION_ARG_STRING, &filter,
         _("Only the packets that match, in tcpdump's words: “tcp port 80”"), _("EXPRESSION")},
        {"flows", 0, 0, G_OPTION_ARG_STRING, &which.flows,
         _("What a flow is for --biggest and --flow: tuple (addresses, protocol and ports), hosts "
           "(the two addresses: a tunnel between them is one flow) or capture (tuple)"),
         _("KIND")},
        {"biggest", 0, 0, G_OPTION_ARG_NONE, &which.biggest, _("Only the flow of most packets"),
         NULL},
        {"flow", 0, 0, G_OPTION_ARG_INT, &which.number,
         _("Only this flow, by its number in `torchlight flows` with the same filter"), _("N")},
        {"packets", 'n', 0, G_OPTION_ARG_INT, &params.max_packets,
         _("At most so many rows (1024 for a picture, else all)"), _("N")},
        {"palette", 'p', 0, G_OPTION_ARG_STRING, &palette,
         _("Colours of a picture: torchlight (1 green, 0 red) or netdiffusion (1 red, 0 green)"),
         _("PALETTE")},
        {"index", 0, 0, G_OPTION_ARG_STRING, &words.index,
         _("First column of a CSV (nPrint -O): src_ip, dst_ip, src_port, dst_port, flow or tx_mac "
           "(src_ip)"),
         _("INDEX")},
        {"relative-time", 0, 0, G_OPTION_ARG_NONE, &relative,
         _("A CSV with microseconds since the row before, rts (nPrint -R)"), NULL},
        {"absolute-time", 0, 0, G_OPTION_ARG_NONE, &absolute,
         _("A CSV with times, tv_sec and tv_usec (nPrint -A)"), NULL},
        {"ethernet", 0, 0, G_OPTION_ARG_NONE, &ethernet,
         _("A CSV with the bits of the Ethernet header (nPrint -e)"), NULL},
        {"payload-bytes", 0, 0, G_OPTION_ARG_INT, &words.payload_bytes,
         _("A CSV with the bits of the first N bytes of payload (nPrint -p)"), _("N")},
        {"fill", 0, 0, G_OPTION_ARG_STRING, &words.fill,
         _("What stands in a CSV where a packet has no such bit (nPrint -F; -1)"), _("V")},
        {"addresses", 0, 0, G_OPTION_ARG_STRING, &addresses,
         _("Of hosts: keep, mixed (clients private, servers documentation), documentation, "
           "private, permute (same prefixes stay the same) (keep)"),
         _("POLICY")},
        {"map", 0, 0, G_OPTION_ARG_FILENAME, &map,
         _("Lines “old,new” of addresses or prefixes; hosts that are not there are permuted "
           "unless --addresses says else"),
         _("LIST.csv")},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &captures, NULL, NULL},
        {NULL}};

    if (!cli_parse(&cli, argc, argv, _("CAPTURE -o OUT"),
                   _("Draws a capture (pcap or pcapng; - is standard input): a row a packet, a "
                     "column a header bit, green for 1, red for 0, blue where the packet has no "
                     "such header. Packets without any of the headers make no row and are "
                     "counted by reason. For one flow the capture is read twice, so that it "
                     "cannot be standard input. A picture or table (.png, .csv, .npy, .npz) "
                     "may stand for the capture: its rows are written as they are."),
                   "  torchlight encode web.pcap -o web.png\n"
                   "  torchlight encode web.pcap -o web.csv --layout nprint\n"
                   "  torchlight encode web.pcap -o web.png --flows hosts --biggest\n"
                   "  tcpdump -w - | torchlight encode - -o - --format csv\n"
                   "  torchlight encode web.pcap -o web.csv --layout nprint:46tui --index flow "
                   "--relative-time",
                   entries, CLI_WITH_SEED, &status) ||
        !cli_check_words(&cli, captures, 1, 1, &status) ||
        !cli_check_output(&cli, output, &status) || !cli_check_layout(&cli, layout, &status))
        return status;
    if (palette && !palette_by_name(palette, &params.palette, &error))
        return cli_usage(&cli, "%s", error->message);
    if (!trace_format_of(output, format_name, &format, &error))
        return cli_usage(&cli, "%s", error->message);
    if (!address_policy_by_name(addresses, &params.addresses, &error))
        return cli_usage(&cli, "%s", error->message);
    if (cli.piped && format != FORMAT_CSV && isatty(STDOUT_FILENO))
        return cli_usage(&cli, _("What is written is not for a terminal: lead it into a file or "
                                 "another program."));
    if (!read_flow_words(&cli, &which, &params, &status))
        return status;
    params.csv.relative_time = relative;
    params.csv.absolute_time = absolute;
    params.extra.ethernet = ethernet;
    if (!read_csv_words(&cli, &words, &params, format, &status))
        return status;
    if (params.max_packets < 0 || (format == FORMAT_PNG && params.max_packets > IMAGE_ROWS))
        return cli_usage(&cli, _("%d packets cannot be drawn: a picture holds 1 to %d."),
                         params.max_packets, IMAGE_ROWS);
    params.input = captures[0];
    params.output = output;
    params.format = format_name;
    params.layout = layout;
    params.filter = filter;
    params.map = map;
    params.seed = cli.seed;
    return encode(&cli, &params);
}
