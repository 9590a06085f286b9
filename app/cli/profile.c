/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight profile */
#include <glib/gi18n.h>
#include <math.h>

#include "app/cli/bench_options.h"
#include "app/jobs/profile_job.h"

static void
say_json(const Cli *cli, const ProfileResult *result, const char *trace)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    cli_json_text(builder, "device", result->device_name);
    cli_json_text(builder, "description", result->device);
    cli_json_text(builder, "model", result->model);
    cli_json_number(builder, "ms", result->ms);
    if (trace)
        cli_json_path(builder, "trace", trace);
    json_builder_set_member_name(builder, "lines");
    json_builder_begin_array(builder);
    for (guint i = 0; i < result->lines->len; i++) {
        const ProfileLine *line = result->lines->pdata[i];

        json_builder_begin_object(builder);
        cli_json_text(builder, "name", line->name);
        cli_json_int(builder, "calls", line->calls);
        cli_json_number(builder, "ms", line->ms);
        cli_json_number(builder, "share", line->share);
        if (isfinite(line->gflops)) {
            cli_json_number(builder, "gflops", line->gflops);
            cli_json_number(builder, "gb_s", line->gb_s);
        }
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
}

static int
profile(const Cli *cli, ProfileParams *params)
{
    g_autofree char *trace = g_strdup(params->trace);
    g_autoptr(TorchlightJob) job = profile_job_new(params);
    const ProfileResult *result;
    GError *error = NULL;

    if (!cli_run_job(cli, job, CLI_LOG_STDOUT, &error))
        return cli_fail(cli, error);
    result = profile_job_get_result(job);
    cli_say(cli, _("%s, %s: %.1f ms a run"), result->device, result->model, result->ms);
    if (trace)
        cli_say(cli, _("%s: open it in a viewer of trace events, such as ui.perfetto.dev"), trace);
    say_json(cli, result, trace);
    return CLI_DONE;
}

static bool
read_by(const Cli *cli, const char *text, ProfileJobBy *by, int *status)
{
    static const char *const names[] = {"op", "layer", "kernel"};

    for (guint i = 0; text && i < G_N_ELEMENTS(names); i++) {
        if (g_str_equal(text, names[i])) {
            *by = (ProfileJobBy)i;
            return true;
        }
    }
    if (!text)
        return true;
    *status = cli_usage(cli, _("--by is %s: op, layer or kernel."), text);
    return false;
}

int
command_profile(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(GStrv) words = NULL;
    g_autoptr(ProfileParams) params = profile_params_new();
    g_autofree char *latent = NULL, *by = NULL, *preset = NULL, *item = NULL;
    int status;
    const GOptionEntry entries[] = {
        {"model", 'm', 0, G_OPTION_ARG_FILENAME, &params->model, _("The folder of a model"),
         _("DIR")},
        {"preset", 0, 0, G_OPTION_ARG_STRING, &preset,
         _("Random weights in the shape of mini, sd15 or sd21 (mini)"), _("NAME")},
        {"width", 0, 0, G_OPTION_ARG_DOUBLE, &params->width,
         _("Share of the preset's widths: 0.25 for a quarter"), _("SHARE")},
        {"what", 'w', 0, G_OPTION_ARG_STRING, &item,
         _("What to run: unet, unet+controlnet, vae_encode, vae_decode, text, train (unet)"),
         _("ITEM")},
        {"latent", 0, 0, G_OPTION_ARG_STRING, &latent,
         _("Width x height of the latent, an eighth of the picture's (136x128)"), _("WxH")},
        {"batch", 0, 0, G_OPTION_ARG_INT, &params->batch, _("Pictures at once (1)"), "N"},
        {"rank", 0, 0, G_OPTION_ARG_INT, &params->rank, _("Of the LoRA that is trained (16)"), "N"},
        {"runs", 0, 0, G_OPTION_ARG_INT, &params->n_runs, _("Runs to average over (3)"), "N"},
        {"by", 0, 0, G_OPTION_ARG_STRING, &by, _("What to add up by: op, layer or kernel (op)"),
         _("WHAT")},
        {"cpu-time", 0, 0, G_OPTION_ARG_NONE, &params->cpu_time,
         _("On the CPU count processor time: what compares on a busy machine"), NULL},
        {"trace", 0, 0, G_OPTION_ARG_FILENAME, &params->trace,
         _("Write every operation with its time into this file, for a viewer"), _("FILE")},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL},
        {NULL}};

    if (!cli_parse(&cli, argc, argv, "",
                   _("Says where the time of a forward pass or a LoRA step goes, measured on a "
                     "graphics card by its own clock. The bytes behind GB/s are those of the "
                     "operation's tensors, each once."),
                   "  torchlight profile --model data/models/mini\n"
                   "  torchlight profile -w train --by layer --trace step.json",
                   entries, CLI_WITH_DEVICE | CLI_WITH_PRECISION, &status) ||
        !cli_check_words(&cli, words, 0, 0, &status) ||
        !bench_option_text(&params->preset, preset) || !bench_option_text(&params->item, item) ||
        !bench_option_latent(&cli, latent, &params->latent_width, &params->latent_height,
                             &status) ||
        !bench_option_range(&cli, "--batch", params->batch, 1, 64, &status) ||
        !bench_option_range(&cli, "--rank", params->rank, 1, 1024, &status) ||
        !bench_option_range(&cli, "--runs", params->n_runs, 1, 1000, &status) ||
        !read_by(&cli, by, &params->by, &status))
        return status;
    params->device = g_strdup(cli.device);
    params->precision = g_strdup(cli.precision);
    return profile(&cli, g_steal_pointer(&params));
}
