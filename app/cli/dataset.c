/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight dataset */
#include <glib/gi18n.h>

#include "app/cli/cli.h"
#include "app/jobs/dataset_job.h"

static void
say_result(const Cli *cli, const char *output, const DatasetResult *result)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    cli_say(cli, _("%s: %d pictures of %d captures, %d different captions"), output,
            result->n_pictures, result->n_captures, result->n_captions);
    if (result->n_skipped)
        cli_say(cli, _("%d packets have none of the layout's headers and made no row."),
                (int)result->n_skipped);
    json_builder_begin_object(builder);
    cli_json_path(builder, "output", output);
    cli_json_int(builder, "captures", result->n_captures);
    cli_json_int(builder, "pictures", result->n_pictures);
    cli_json_int(builder, "captions", result->n_captions);
    cli_json_int(builder, "packets", result->n_packets);
    cli_json_int(builder, "skipped", result->n_skipped);
    cli_json_int(builder, "captures_without_picture", result->n_short);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
}

static int
make(const Cli *cli, DatasetParams *params)
{
    g_autofree char *output = g_strdup(params->output);
    g_autoptr(TorchlightJob) job = dataset_job_new(params);
    GError *error = NULL;

    if (!cli_run_job(cli, job, CLI_LOG_STDERR, &error))
        return cli_fail(cli, error);
    say_result(cli, output, dataset_job_get_result(job));
    return CLI_DONE;
}

/* The form of the folder, in words. */
typedef struct {
    char *style, *palette, *input_palette;
    Palette input;
} FormWords;

static bool
read_form(const Cli *cli, FormWords *words, DatasetParams *params, int *status)
{
    g_autoptr(GError) error = NULL;

    if ((words->style && !dataset_style_by_name(words->style, &params->form.style, &error)) ||
        (words->palette && !palette_by_name(words->palette, &params->form.palette, &error)) ||
        (words->input_palette && !palette_by_name(words->input_palette, &words->input, &error))) {
        *status = cli_usage(cli, "%s", error->message);
        return false;
    }
    if (params->form.repeats < 1 || params->form.repeats > DATASET_MAX_REPEATS) {
        *status = cli_usage(cli, _("--repeats takes 1 to %d."), DATASET_MAX_REPEATS);
        return false;
    }
    if (words->input_palette)
        params->input_palette = &words->input;
    return true;
}

static void
form_words_clear(FormWords *words)
{
    g_free(words->style);
    g_free(words->palette);
    g_free(words->input_palette);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FormWords, form_words_clear)

int
command_dataset(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(FormWords) words = {0};
    g_autoptr(DatasetParams) params = dataset_params_new();
    g_autofree char *flows = NULL;
    g_autoptr(GError) error = NULL;
    gboolean biggest = FALSE;
    int status;
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &params->output,
         _("The folder to make: new, empty, or made by an earlier run and not changed since"),
         _("DIR")},
        {"captions", 'c', 0, G_OPTION_ARG_FILENAME, &params->captions,
         _("A table with the columns file and caption"), _("FILE.csv")},
        {"caption", 0, 0, G_OPTION_ARG_STRING, &params->caption, _("One caption for all pictures"),
         _("TEXT")},
        {"template", 0, 0, G_OPTION_ARG_STRING, &params->template,
         _("Captions made of the captures' names: {1}, {2} … for words of a name, {name}, "
           "{folder}, or {known} for the words that the vocabulary has"),
         _("TEXT")},
        {"layout", 'l', 0, G_OPTION_ARG_STRING, &params->layout,
         _("Which header bits make the columns: torchlight, nprint, or nprint: and the "
           "letters of its headers (torchlight)"),
         _("LAYOUT")},
        {"filter", 'f', 0, G_OPTION_ARG_STRING, &params->filter,
         _("Only the packets that match, in tcpdump's words: “tcp port 80”"), _("EXPRESSION")},
        {"flows", 0, 0, G_OPTION_ARG_STRING, &flows,
         _("A series of pictures for each flow: tuple (addresses, protocol and ports), hosts (the "
           "two addresses: a tunnel between them is one flow) or capture (all packets; capture)"),
         _("KIND")},
        {"biggest", 0, 0, G_OPTION_ARG_NONE, &biggest,
         _("Of each capture only the flow of most packets (by tuple unless --flows says else)"),
         NULL},
        {"packets", 'n', 0, G_OPTION_ARG_INT, &params->window,
         _("Packets a picture (1024, which is also the most)"), _("N")},
        {"stride", 0, 0, G_OPTION_ARG_INT, &params->stride,
         _("Start a picture every N packets (as --packets says, so that none is drawn twice)"),
         _("N")},
        {"min-packets", 0, 0, G_OPTION_ARG_INT, &params->min_packets,
         _("Leave out flows of fewer packets, and shorter last pictures (1)"), _("N")},
        {"pictures", 0, 0, G_OPTION_ARG_INT, &params->max_windows,
         _("At most so many pictures a capture (all)"), _("N")},
        {"style", 0, 0, G_OPTION_ARG_STRING, &words.style,
         _("How pictures stand in the folder: torchlight (side by side) or kohya (in subfolders "
           "N_name)"),
         _("STYLE")},
        {"repeats", 0, 0, G_OPTION_ARG_INT, &params->form.repeats,
         _("How often a training takes each picture in one round (1); kohya's N"), _("N")},
        {"palette", 'p', 0, G_OPTION_ARG_STRING, &words.palette,
         _("Colours: torchlight (1 green, 0 red) or netdiffusion (1 red, 0 green)"), _("PALETTE")},
        {"input-palette", 0, 0, G_OPTION_ARG_STRING, &words.input_palette,
         _("Colours of the pictures in folders that are given (what each says, else torchlight)"),
         _("PALETTE")},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &params->captures, NULL, NULL},
        {NULL}};

    if (!cli_parse(
            &cli, argc, argv, _("CAPTURE… -o DIR"),
            _("Draws captures as pictures to train on, each with its caption in a .txt "
              "file beside it, and metadata.jsonl. Without --captions, --caption and --template "
              "the caption is the words of the capture's name. A folder of pictures (ours, "
              "kohya's, "
              "NetDiffusion's) may stand for a capture: its pictures are drawn again. With "
              "--flows a capture is read twice, so that it cannot be standard input."),
            "  torchlight dataset samples/*.pcap --captions samples/captions.csv -o traces\n"
            "  torchlight dataset vpn.pcap --flows hosts --min-packets 256 --stride 512 -o d\n"
            "  torchlight dataset samples/*.pcap --template \"pixelated network data: {known}\" "
            "-o t\n"
            "  torchlight dataset samples/*.pcap --style kohya --repeats 10 -o img\n"
            "  torchlight dataset netdiffusion/ --input-palette netdiffusion --caption "
            "\"pixelated network data\" -o traces",
            entries, 0, &status) ||
        !cli_check_words(&cli, params->captures, 1, -1, &status) ||
        !cli_require(&cli, params->output, "-o", &status) ||
        !cli_check_layout(&cli, params->layout, &status))
        return status;
    if (!!params->captions + !!params->caption + !!params->template > 1)
        return cli_usage(&cli, _("--captions, --caption and --template exclude each other."));
    if (params->min_packets < 1 || params->max_windows < 0 || params->max_windows > 1000000)
        return cli_usage(&cli, _("--min-packets starts at 1 and --pictures at 0."));
    if (!read_form(&cli, &words, params, &status))
        return status;
    params->biggest = biggest;
    if (biggest)
        params->flows = FLOW_BY_TUPLE;
    if (flows && !flow_by_from_name(flows, &params->flows, &error))
        return cli_usage(&cli, "%s", error->message);
    return make(&cli, g_steal_pointer(&params));
}
