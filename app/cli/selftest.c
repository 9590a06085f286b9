/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight selftest */
#include <glib/gi18n.h>

#include "app/cli/cli.h"
#include "app/jobs/selftest_job.h"

static void
say_json(const Cli *cli, const SelftestResult *result)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    cli_json_text(builder, "device", result->device_name);
    cli_json_text(builder, "description", result->device);
    cli_json_bool(builder, "passed", result->n_failed == 0);
    cli_json_int(builder, "failed", result->n_failed);
    json_builder_set_member_name(builder, "lines");
    json_builder_begin_array(builder);
    for (guint i = 0; i < result->lines->len; i++) {
        const SelftestLine *line = result->lines->pdata[i];

        json_builder_begin_object(builder);
        cli_json_text(builder, "group", line->group);
        cli_json_text(builder, "name", line->name);
        cli_json_int(builder, "comparisons", line->n);
        cli_json_number(builder, "error", line->error);
        cli_json_number(builder, "tolerance", line->tolerance);
        cli_json_bool(builder, "passed", line->passed);
        if (line->worst)
            cli_json_text(builder, "worst", line->worst);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
}

static int
check(const Cli *cli, SelftestParams *params)
{
    g_autoptr(TorchlightJob) job = selftest_job_new(params);
    const SelftestResult *result;
    GError *error = NULL;

    cli_say(cli, "     %-18s %-44s %5s  %9s / %8s", _("group"), _("name"), _("n"), _("error"),
            _("allowed"));
    if (!cli_run_job(cli, job, CLI_LOG_STDOUT, &error))
        return cli_fail(cli, error);
    result = selftest_job_get_result(job);
    say_json(cli, result);
    if (result->n_failed)
        cli_say(cli, _("%s (%s): %d of %d FAILED"), result->device_name, result->device,
                result->n_failed, (int)result->lines->len);
    else
        cli_say(cli, _("%s (%s): all %d passed"), result->device_name, result->device,
                (int)result->lines->len);
    return result->n_failed ? CLI_FAILED : CLI_DONE;
}

int
command_selftest(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(GStrv) words = NULL;
    g_autoptr(SelftestParams) params = selftest_params_new();
    int status;
    const GOptionEntry entries[] = {
        {"goldens", 'g', 0, G_OPTION_ARG_FILENAME, &params->goldens,
         _("Also compute everything in this folder of golden data and compare"), _("DIR")},
        {"filter", 'f', 0, G_OPTION_ARG_STRING, &params->filter,
         _("Only ops and golden files of this name; * and ? stand for others"), _("PATTERN")},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL},
        {NULL}};

    if (!cli_parse(&cli, argc, argv, "",
                   _("Checks that a device computes right: every op against the CPU (on the CPU "
                     "itself gradients against finite differences), and golden data made with "
                     "PyTorch. A line each with the largest error and what is allowed; exit "
                     "status 1 if any fails."),
                   "  torchlight selftest --device vulkan\n"
                   "  torchlight selftest --device vulkan --precision f16\n"
                   "  torchlight selftest --filter 'conv*'",
                   entries, CLI_WITH_DEVICE | CLI_WITH_PRECISION, &status) ||
        !cli_check_words(&cli, words, 0, 0, &status))
        return status;
    params->device = g_strdup(cli.device);
    params->precision = g_strdup(cli.precision);
    return check(&cli, g_steal_pointer(&params));
}
