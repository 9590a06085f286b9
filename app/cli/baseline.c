/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight baseline */
#include <glib/gi18n.h>

#include "app/cli/cli.h"
#include "app/cli/synthesis_options.h"
#include "app/jobs/baseline_job.h"

/* Takes params. */
static int
make_baseline(const Cli *cli, BaselineParams *params)
{
    g_autofree char *output = g_strdup(params->set.output);
    g_autoptr(TorchlightJob) job = baseline_job_new(params);

    return cli_synthesis_run(cli, job, output, baseline_job_get_result(job));
}

int
command_baseline(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(CliSynthesis) set = {0};
    g_auto(GStrv) words = NULL;
    g_autoptr(BaselineParams) params = baseline_params_new();
    g_autofree GOptionEntry *all = NULL;
    GError *error = NULL;
    int status;
    const GOptionEntry entries[] = {
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &words, NULL, NULL}, {NULL}};

    all = cli_synthesis_entries(&set, entries);
    if (!cli_parse(&cli, argc, argv, _("KIND --real DIR --split FILE -o DIR --per-class N"),
                   _("Makes a set of traces without a model, in all else as `torchlight "
                     "synthesize` makes one. KIND is bootstrap (real rows, shuffled), "
                     "independent-bits (every bit by itself), markov-rows (rows by what comes "
                     "before), repaired-noise (random colours) or control-map-only (edges as "
                     "bits)."),
                   "  torchlight baseline bootstrap --real captures --split split.csv "
                   "--per-class 10 -o bootstrap",
                   all, CLI_WITH_SEED, &status) ||
        !cli_check_words(&cli, words, 1, 1, &status))
        return status;
    if (!baseline_by_name(words[0], &params->kind, &error))
        return cli_fail(&cli, error);
    if (!cli_synthesis_check(&cli, &set, &params->set, &status))
        return status;
    return make_baseline(&cli, g_steal_pointer(&params));
}
