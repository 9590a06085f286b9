/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight evaluate */
#include <glib/gi18n.h>

#include "app/cli/cli.h"
#include "app/jobs/figures_job.h"

static void
say_figures(const Cli *cli, const FiguresParams *params, const Figures *figures)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    cli_json_path(builder, "output", params->output);
    cli_json_path(builder, "csv", params->csv);
    json_builder_set_member_name(builder, "figures");
    json_builder_begin_array(builder);
    for (guint i = 0; i < figures->figures->len; i++) {
        const Figure *figure = figures->figures->pdata[i];
        g_autofree char *said = figure_describe(figure);

        cli_say(cli, "%s\n", said);
        json_builder_begin_object(builder);
        cli_json_text(builder, "id", figure->id);
        cli_json_text(builder, "kind", figure_kind_name(figure->kind));
        cli_json_text(builder, "title", figure->title);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
}

static int
evaluate(const Cli *cli, FiguresParams *params)
{
    g_autoptr(TorchlightJob) job = figures_job_new(params);
    GError *error = NULL;

    if (!cli_run_job(cli, job, CLI_LOG_STDERR, &error))
        return cli_fail(cli, error);
    say_figures(cli, params, figures_job_get_result(job)); /* the job still owns params */
    return CLI_DONE;
}

static bool
add_paths(FiguresParams *params, Side side, char **paths, GError **error)
{
    for (int i = 0; paths && paths[i]; i++) {
        if (!figures_params_add_path(params, side, paths[i], error))
            return false;
    }
    return true;
}

int
command_evaluate(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(GStrv) real = NULL;
    g_auto(GStrv) generated = NULL;
    g_auto(GStrv) words = NULL;
    g_autoptr(FiguresParams) params = figures_params_new();
    GError *error = NULL;
    gboolean without_repair = FALSE;
    int status;
    const GOptionEntry entries[] = {
        {"real", 'r', 0, G_OPTION_ARG_FILENAME_ARRAY, &real,
         _("Real traces: a dataset, a folder of captures with captions.csv, or a file; may be "
           "given again"),
         _("PATH")},
        {"generated", 'g', 0, G_OPTION_ARG_FILENAME_ARRAY, &generated,
         _("Generated traces: what `torchlight generate` made, a dataset, or a file; may be given "
           "again"),
         _("PATH")},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &params->output,
         _("The figures, for the workbench to draw"), _("FIGURES.json")},
        {"csv", 0, 0, G_OPTION_ARG_FILENAME, &params->csv, _("A folder for a table per figure"),
         _("DIR")},
        {"by", 'b', 0, G_OPTION_ARG_STRING, &params->axis,
         _("What the classes are: the words of an axis of the captions (tunnel, app, quality, "
           "transport), or caption for the whole of it (all traces are one class)"),
         _("AXIS")},
        {"words", 'w', 0, G_OPTION_ARG_FILENAME, &params->vocabulary,
         _("The axes and their words (those of the bundled model)"), _("VOCABULARY")},
        {"layout", 'l', 0, G_OPTION_ARG_STRING, &params->layout,
         _("What the columns are where the file does not say: torchlight, nprint, or nprint: and "
           "the letters of its headers"),
         _("LAYOUT")},
        {"without-repair", 0, 0, G_OPTION_ARG_NONE, &without_repair,
         _("Leave out how much of each generated trace repair changes"), NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL},
        {NULL}};

    if (!cli_parse(&cli, argc, argv, _("--real PATH --generated PATH -o FIGURES.json"),
                   _("Compares generated traces with real ones, class by class: header fields, "
                     "sizes and gaps of packets, headers, bursts, and what repair had to change. "
                     "Beside each distance stands how far two halves of the real traces are "
                     "apart."),
                   "  torchlight evaluate --real captures/ --generated new/ --by app -o "
                   "figures.json\n"
                   "  torchlight evaluate --real dataset/ --generated new/ --generated more/ "
                   "--csv tables/",
                   entries, 0, &status) ||
        !cli_check_words(&cli, words, 0, 0, &status) ||
        !cli_check_layout(&cli, params->layout, &status))
        return status;
    if (!real || !generated)
        return cli_usage(&cli, _("Name real traces with --real and generated ones with "
                                 "--generated."));
    params->without_repair = without_repair;
    if (!add_paths(params, SIDE_REAL, real, &error) ||
        !add_paths(params, SIDE_GENERATED, generated, &error))
        return cli_fail(&cli, error);
    return evaluate(&cli, g_steal_pointer(&params));
}
