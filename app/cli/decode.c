/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight decode */
#include <glib/gi18n.h>

#include "app/cli/cli.h"
#include "app/cli/export_options.h"
#include "app/jobs/convert.h"

static int
decode(const Cli *cli, const DecodeParams *params)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    DecodeResult result;
    GError *error = NULL;
    int n_packets;

    if (!convert_decode(params, &result, &error))
        return cli_fail(cli, error);
    n_packets = result.trace->n_rows - result.n_dropped;
    cli_say(cli, _("%s: %d packets"), params->output, n_packets);
    if (result.n_dropped)
        cli_note(cli,
                 _("%d rows are no packets as they stand and were left out; `torchlight "
                   "repair` makes them legal."),
                 result.n_dropped);
    if (result.warning)
        cli_note(cli, "%s", result.warning);
    cli_export_say(cli, &params->export, params->output);
    json_builder_begin_object(builder);
    cli_json_path(builder, "input", params->input);
    cli_json_path(builder, "output", params->output);
    cli_json_text(builder, "layout", result.trace->layout->name);
    cli_json_int(builder, "packets", n_packets);
    cli_json_int(builder, "dropped", result.n_dropped);
    cli_json_path(builder, "provenance", params->export.provenance);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
    decode_result_clear(&result);
    return CLI_DONE;
}

int
command_decode(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(GStrv) inputs = NULL;
    g_autofree char *output = NULL;
    g_autofree char *layout = NULL;
    g_autofree char *template = NULL;
    g_autofree GOptionEntry *all = NULL;
    g_auto(CliExport) export = {0};
    DecodeParams params = {0};
    int status;
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, _("The capture to write"),
         _("OUT.pcap")},
        {"layout", 'l', 0, G_OPTION_ARG_STRING, &layout,
         _("What the columns are where the file does not say: torchlight, nprint, or nprint: and "
           "the letters of its headers"),
         _("LAYOUT")},
        {"template", 't', 0, G_OPTION_ARG_FILENAME, &template,
         _("A real capture: the payload is taken from it"), _("CAPTURE")},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &inputs, NULL, NULL},
        {NULL}};

    all = cli_export_entries(&export, entries, false);
    if (!cli_parse(
            &cli, argc, argv, _("IN -o OUT.pcap"),
            _("Writes the packets of a picture or table (.png, .csv, .npy, .npz) as a capture, "
              "bit for bit: nothing is repaired. Times, addresses and lengths come from "
              "the file where it holds them. A name that ends in .pcapng gets that "
              "format."),
            "  torchlight decode web.png -o web.pcap\n"
            "  torchlight decode rows.npy --layout nprint -o rows.pcap\n"
            "  torchlight decode web.png --addresses private --link raw -o web.pcapng",
            all, CLI_WITH_SEED, &status) ||
        !cli_check_words(&cli, inputs, 1, 1, &status) || !cli_check_output(&cli, output, &status) ||
        !cli_check_layout(&cli, layout, &status))
        return status;
    if (!cli_export_check(&cli, &export, &status))
        return status;
    params.input = inputs[0];
    params.output = output;
    params.layout = layout;
    params.template = template;
    params.export = export.params;
    params.seed = cli.seed;
    return decode(&cli, &params);
}
