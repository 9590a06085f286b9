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

int
command_dataset(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_autoptr(DatasetParams) params = dataset_params_new();
    int status;
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &params->output,
         _("The folder to make: new, empty, or made by an earlier run and not changed since"),
         _("DIR")},
        {"captions", 'c', 0, G_OPTION_ARG_FILENAME, &params->captions,
         _("A table with the columns file and caption"), _("FILE.csv")},
        {"caption", 0, 0, G_OPTION_ARG_STRING, &params->caption, _("One caption for all pictures"),
         _("TEXT")},
        {"layout", 'l', 0, G_OPTION_ARG_STRING, &params->layout,
         _("Which header bits make the columns: torchlight or nprint (torchlight)"), _("LAYOUT")},
        {"filter", 'f', 0, G_OPTION_ARG_STRING, &params->filter,
         _("Only the packets that match, in tcpdump's words: “tcp port 80”"), _("EXPRESSION")},
        {"packets", 'n', 0, G_OPTION_ARG_INT, &params->window,
         _("Packets a picture (1024, which is also the most)"), _("N")},
        {"min-packets", 0, 0, G_OPTION_ARG_INT, &params->min_packets,
         _("Leave out pictures with fewer packets (1)"), _("N")},
        {"pictures", 0, 0, G_OPTION_ARG_INT, &params->max_windows,
         _("At most so many pictures a capture (all)"), _("N")},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &params->captures, NULL, NULL},
        {NULL}};

    if (!cli_parse(&cli, argc, argv, _("CAPTURE… -o DIR"),
                   _("Draws captures as pictures to train on, each with its caption in a .txt "
                     "file beside it, and metadata.jsonl. Without --captions and --caption the "
                     "caption is made of the capture's name."),
                   "  torchlight dataset samples/*.pcap --captions samples/captions.csv -o traces",
                   entries, 0, &status) ||
        !cli_check_words(&cli, params->captures, 1, -1, &status) ||
        !cli_require(&cli, params->output, "-o", &status) ||
        !cli_check_layout(&cli, params->layout, &status))
        return status;
    if (params->captions && params->caption)
        return cli_usage(&cli, _("--captions and --caption exclude each other."));
    if (params->min_packets < 1 || params->max_windows < 0 || params->max_windows > 1000000)
        return cli_usage(&cli, _("--min-packets starts at 1 and --pictures at 0."));
    return make(&cli, g_steal_pointer(&params));
}
