/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight reconstruct */
#include <glib/gi18n.h>

#include "app/cli/cli.h"
#include "app/jobs/reconstruct_job.h"

static void
say_count(const Cli *cli, const char *name, const BitCount *count)
{
    if (count->n)
        cli_say(cli, "%-28s %12" G_GUINT64_FORMAT " %10" G_GUINT64_FORMAT " %9.3f %%", name,
                count->n, count->n_wrong, 100 * bit_count_share_right(count));
}

static void
add_count(JsonBuilder *builder, const char *name, const BitCount *count)
{
    if (!count->n)
        return;
    json_builder_set_member_name(builder, name);
    json_builder_begin_object(builder);
    cli_json_int(builder, "bits", (gint64)count->n);
    cli_json_int(builder, "wrong", (gint64)count->n_wrong);
    cli_json_number(builder, "right", bit_count_share_right(count));
    json_builder_end_object(builder);
}

static void
say_result(const Cli *cli, const ReconstructResult *result)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    cli_say(cli, "%-28s %12s %10s %11s", _("header bits"), _("bits"), _("wrong"), _("right"));
    say_count(cli, _("not random by nature"), &result->present);
    say_count(cli, _("random by nature"), &result->random);
    say_count(cli, _("absent"), &result->absent);
    json_builder_begin_object(builder);
    cli_json_int(builder, "pictures", result->n_pictures);
    cli_json_text(builder, "device", result->device);
    add_count(builder, "present", &result->present);
    add_count(builder, "random", &result->random);
    add_count(builder, "absent", &result->absent);
    json_builder_set_member_name(builder, "fields");
    json_builder_begin_object(builder);
    for (int f = 0; f < N_FIELDS; f++) {
        say_count(cli, field_table[f].name, &result->fields[f]);
        add_count(builder, field_table[f].name, &result->fields[f]);
    }
    json_builder_end_object(builder);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
}

int
command_reconstruct(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(GStrv) words = NULL;
    g_autoptr(ReconstructParams) params = reconstruct_params_new();
    g_autoptr(TorchlightJob) job = NULL;
    GError *error = NULL;
    int status;
    const GOptionEntry entries[] = {
        {"model", 'm', 0, G_OPTION_ARG_FILENAME, &params->model,
         _("The folder of a model (the bundled one)"), _("DIR")},
        {"limit", 0, 0, G_OPTION_ARG_INT, &params->limit,
         _("Only so many pictures, spread over the dataset (all)"), _("N")},
        {"noise", 0, 0, G_OPTION_ARG_DOUBLE, &params->noise,
         _("Put noise of this standard deviation on the latents, whose own is 1 (0)"), _("X")},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL},
        {NULL}};

    if (!cli_parse(&cli, argc, argv, _("DATASET"),
                   _("Says which header bits of a dataset's traces a model's VAE alone gives back, "
                     "field by field: what it loses no sampling can bring back."),
                   "  torchlight reconstruct traces\n"
                   "  torchlight reconstruct traces --model my-model --noise 0.2 --json",
                   entries, CLI_WITH_DEVICE | CLI_WITH_SEED, &status) ||
        !cli_check_words(&cli, words, 1, 1, &status))
        return status;
    params->dataset = g_strdup(words[0]);
    params->device = g_strdup(cli.device);
    params->seed = cli.seed;
    job = reconstruct_job_new(g_steal_pointer(&params));
    if (!cli_run_job(&cli, job, CLI_LOG_STDERR, &error))
        return cli_fail(&cli, error);
    say_result(&cli, reconstruct_job_get_result(job));
    return CLI_DONE;
}
