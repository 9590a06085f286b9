/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight bench [models|ops|sizes|export DIR] */
#include <glib/gi18n.h>
#include <math.h>

#include "app/cli/bench_options.h"
#include "app/jobs/bench_job.h"
#include "app/jobs/bench_plot.h"

static void
add_number(JsonBuilder *builder, const char *key, double value)
{
    if (isfinite(value))
        cli_json_number(builder, key, value);
}

static void
say_line_json(JsonBuilder *builder, const BenchLine *line)
{
    json_builder_begin_object(builder);
    cli_json_text(builder, "item", line->name);
    if (line->error)
        cli_json_text(builder, "error", line->error);
    cli_json_int(builder, "latent_width", line->latent_width);
    cli_json_int(builder, "latent_height", line->latent_height);
    add_number(builder, "ms", line->ms);
    add_number(builder, "ms_min", line->ms_min);
    add_number(builder, "cpu_ms", line->cpu_ms);
    cli_json_int(builder, "runs", line->n_runs);
    add_number(builder, "gflop", line->gflop);
    add_number(builder, "gflops", line->gflops);
    add_number(builder, "gb_s", line->gb_s);
    add_number(builder, "share", line->share);
    add_number(builder, "peak_mb", line->peak_mb);
    add_number(builder, "base_mb", line->base_mb);
    add_number(builder, "weights_mb", line->weight_mb);
    if (line->has_peer) {
        add_number(builder, "peer_ms", line->peer.ms);
        add_number(builder, "peer_ms_min", line->peer.ms_min);
        add_number(builder, "peer_cpu_ms", line->peer.cpu_ms);
        add_number(builder, "peer_threads", line->peer.cpu_ms / line->peer.ms);
        add_number(builder, "peer_peak_mb", line->peer.peak_mb);
        add_number(builder, "peer_base_mb", line->peer.base_mb);
        add_number(builder, "time_ratio", line->time_ratio);
        add_number(builder, "cpu_ratio", line->cpu_ratio);
        add_number(builder, "memory_ratio", line->memory_ratio);
    }
    json_builder_end_object(builder);
}

static void
say_json(const Cli *cli, const BenchResult *result)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    cli_json_text(builder, "device", result->device_name);
    cli_json_text(builder, "description", result->device);
    if (result->model)
        cli_json_text(builder, "model", result->model);
    cli_json_text(builder, "precision", result->precision);
    cli_json_int(builder, "threads", result->n_threads);
    add_number(builder, "peak_gflops", result->peak_gflops);
    add_number(builder, "peak_gb_s", result->peak_gb_s);
    json_builder_set_member_name(builder, "lines");
    json_builder_begin_array(builder);
    for (guint i = 0; i < result->lines->len; i++)
        say_line_json(builder, result->lines->pdata[i]);
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
}

static int
measure(const Cli *cli, BenchParams *params, const char *plot)
{
    g_autoptr(TorchlightJob) job = bench_job_new(params);
    const BenchResult *result;
    GError *error = NULL;

    if (!cli_run_job(cli, job, CLI_LOG_STDOUT, &error))
        return cli_fail(cli, error);
    result = bench_job_get_result(job);
    if (plot && !bench_plot_write(result, plot, &error))
        return cli_fail(cli, error);
    say_json(cli, result);
    return result->n_failed ? CLI_FAILED : CLI_DONE;
}

static int export(const Cli *cli, const char *dir, const BenchParams *params)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    GError *error = NULL;

    if (!bench_export(dir, params->preset, params->width, &error))
        return cli_fail(cli, error);
    cli_say(cli, _("%s: the configuration of %s"), dir, params->preset);
    json_builder_begin_object(builder);
    cli_json_path(builder, "output", dir);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
    return CLI_DONE;
}

static bool
check_params(const Cli *cli, const BenchParams *p, int *status)
{
    return bench_option_range(cli, "--batch", p->batch, 1, 64, status) &&
           bench_option_range(cli, "--rank", p->rank, 1, 1024, status) &&
           bench_option_range(cli, "--runs", p->n_runs, 1, 1000, status) &&
           bench_option_range(cli, "--turns", p->n_turns, 1, 100, status) &&
           bench_option_range(cli, "--threads", p->n_threads, 0, 1024, status);
}

static bool
choose(const Cli *cli, char **words, gboolean plan, BenchParams *params, int *status)
{
    const char *what = words ? words[0] : "models";
    bool known = true;

    if (g_str_equal(what, "ops"))
        params->what = BENCH_OPS;
    else if (g_str_equal(what, "sizes"))
        params->what = BENCH_SIZES;
    else
        known = g_str_equal(what, "models") || g_str_equal(what, "export");
    if (!known) {
        *status =
            cli_usage(cli, _("“%s” cannot be measured: models, ops, sizes or export DIR."), what);
        return false;
    }
    if (plan)
        params->what = BENCH_PLAN;
    if (params->peer && (params->what == BENCH_OPS || params->what == BENCH_PLAN)) {
        *status = cli_usage(cli, _("--against goes with models and sizes."));
        return false;
    }
    return true;
}

int
command_bench(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(GStrv) words = NULL;
    g_autoptr(BenchParams) params = bench_params_new();
    g_autofree char *latent = NULL, *items = NULL, *plot = NULL, *preset = NULL;
    gboolean plan = FALSE;
    int status;
    const GOptionEntry entries[] = {
        {"model", 'm', 0, G_OPTION_ARG_FILENAME, &params->model,
         _("The folder of a model; parts without weights get random ones"), _("DIR")},
        {"preset", 0, 0, G_OPTION_ARG_STRING, &preset,
         _("Random weights in the shape of mini, sd15 or sd21 (mini)"), _("NAME")},
        {"width", 0, 0, G_OPTION_ARG_DOUBLE, &params->width,
         _("Share of the preset's widths: 0.25 for a quarter"), _("SHARE")},
        {"what", 'w', 0, G_OPTION_ARG_STRING, &items,
         _("Only these, with commas: unet, unet+controlnet, vae_encode, vae_decode, text, "
           "tokenizer, train, train_ckpt, sample20, sample20+controlnet (all but the last two)"),
         _("ITEMS")},
        {"filter", 'f', 0, G_OPTION_ARG_STRING, &params->filter,
         _("ops: only those whose names this regular expression matches"), _("PATTERN")},
        {"latent", 0, 0, G_OPTION_ARG_STRING, &latent,
         _("Width x height of the latent, an eighth of the picture's (136x128)"), _("WxH")},
        {"batch", 0, 0, G_OPTION_ARG_INT, &params->batch, _("Pictures at once (1)"), "N"},
        {"rank", 0, 0, G_OPTION_ARG_INT, &params->rank, _("Of the LoRA that is trained (16)"), "N"},
        {"runs", 0, 0, G_OPTION_ARG_INT, &params->n_runs, _("Timed runs of each item (5)"), "N"},
        {"budget", 0, 0, G_OPTION_ARG_DOUBLE, &params->budget_s,
         _("Seconds after which an item is not run again (60)"), "S"},
        {"threads", 't', 0, G_OPTION_ARG_INT, &params->n_threads, _("Threads of the CPU"), "N"},
        {"against", 0, 0, G_OPTION_ARG_STRING, &params->peer,
         _("Run this program in turn with ours, item by item, and compare"), _("COMMAND")},
        {"turns", 0, 0, G_OPTION_ARG_INT, &params->n_turns,
         _("With --against: so many times ours and the other (1)"), "N"},
        {"plan", 0, 0, G_OPTION_ARG_NONE, &plan,
         _("Only say what memory each item takes, without running it"), NULL},
        {"plot", 0, 0, G_OPTION_ARG_FILENAME, &plot,
         _("sizes: draw time against size into this SVG file"), _("FILE")},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL},
        {NULL}};

    if (!cli_parse(
            &cli, argc, argv, _("[models|ops|sizes|export DIR]"),
            _("Measures how fast the engine is on a device: parts of a model, single "
              "operations (ops), or the UNet at growing sizes (sizes). Printed are medians "
              "and least times, what share of the device's best that is (a large matrix "
              "product and a large copy, measured first), and memory at its most. With "
              "--against another program is started for each item with --what ITEM --model "
              "DIR --latent WxH --batch N --rank N --runs N --threads N --json behind its own "
              "words, and prints a JSON object a line with item, ms, cpu_ms and peak_mb; "
              "“export” writes a preset's config.json files for it."),
            "  torchlight bench --model data/models/mini\n"
            "  torchlight bench --preset sd15 --width 0.25 --turns 3 \\\n"
            "    --against '/usr/bin/python3 tests/bench/torch_peer.py bench'\n"
            "  torchlight bench ops --device vulkan --filter attention\n"
            "  torchlight bench sizes --plot cost.svg\n"
            "  torchlight bench --preset sd15 --plan",
            entries, CLI_WITH_DEVICE | CLI_WITH_PRECISION, &status) ||
        !cli_check_words(&cli, words, 0, 2, &status) ||
        !bench_option_text(&params->preset, preset) ||
        !bench_option_latent(&cli, latent, &params->latent_width, &params->latent_height,
                             &status) ||
        !check_params(&cli, params, &status) || !choose(&cli, words, plan, params, &status))
        return status;
    if (words && g_str_equal(words[0], "export")) {
        if (!cli_check_words(&cli, words, 2, 2, &status))
            return status;
        return export(&cli, words[1], params);
    }
    if (!cli_check_words(&cli, words, 0, 1, &status))
        return status;
    if (items)
        params->items = g_strsplit(items, ",", -1);
    params->device = g_strdup(cli.device);
    params->precision = g_strdup(cli.precision);
    return measure(&cli, g_steal_pointer(&params), plot);
}
