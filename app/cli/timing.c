/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight timing fit, torchlight timing show */
#include <glib/gi18n.h>

#include "app/cli/cli.h"
#include "app/jobs/timing_job.h"

/* --- fit --- */

static int
fit(const Cli *cli, TimingFitParams *params)
{
    g_autofree char *output = g_strdup(params->output);
    g_autoptr(TorchlightJob) job = timing_fit_job_new(params);
    g_autoptr(JsonBuilder) builder = json_builder_new();
    const TimingFitResult *result;
    GError *error = NULL;

    if (!cli_run_job(cli, job, CLI_LOG_STDERR, &error))
        return cli_fail(cli, error);
    result = timing_fit_job_get_result(job);
    cli_say(cli, _("%s: when %d packets of %d captures came, %d captions, %d KB"), output,
            (int)result->n_packets, result->n_captures, result->n_captions,
            (int)(result->size + 1023) / 1024);
    if (result->n_short)
        cli_note(cli, _("%d captures are too short to learn from."), result->n_short);
    json_builder_begin_object(builder);
    cli_json_path(builder, "output", output);
    cli_json_int(builder, "captures", result->n_captures);
    cli_json_int(builder, "captures_too_short", result->n_short);
    cli_json_int(builder, "packets", result->n_packets);
    cli_json_int(builder, "captions", result->n_captions);
    cli_json_int(builder, "size", result->size);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
    return CLI_DONE;
}

/* --- show --- */

static const char *const set_names[5] = {"→ →", "→ ←", "← →", "← ←", N_("all")};
static const char *const set_keys[5] = {"gaps_ms_00", "gaps_ms_01", "gaps_ms_10", "gaps_ms_11",
                                        "gaps_ms"};

/* "0.03  1.2  17" */
static char *
three(const double *ms)
{
    return ms[1] < 0 ? g_strdup("–") : g_strdup_printf("%9.3f %9.3f %9.3f", ms[0], ms[1], ms[2]);
}

static void
say_class(const Cli *cli, const TimingSummary *summary)
{
    g_autofree char *trip = three(summary->trip_ms);

    cli_say(cli, "%s", *summary->caption ? summary->caption : _("(no caption)"));
    cli_say(cli, _("  learnt from %d captures, %d packets; %d windows, %d contexts"),
            (int)summary->n_traces, (int)summary->n_packets, (int)summary->n_profiles,
            (int)summary->n_contexts);
    cli_say(cli, _("  gaps in ms  10 %%      50 %%      90 %%"));
    for (int set = 0; set < 5; set++) {
        const char *name = _(set_names[set]);
        int pad = MAX(0, 4 - (int)g_utf8_strlen(name, -1)); /* printf would count bytes */
        g_autofree char *gaps = three(summary->gap_ms[set]);

        cli_say(cli, "    %s%*s %s", name, pad, "", gaps);
    }
    cli_say(cli, _("  handshakes, ms, least, middle, greatest: %s"), g_strchug(trip));
    cli_say(cli, _("  packets in a burst (less than 1 ms apart): %.1f"), summary->burst);
}

static void
add_three(JsonBuilder *builder, const char *key, const double *ms)
{
    json_builder_set_member_name(builder, key);
    if (ms[1] < 0) {
        json_builder_add_null_value(builder);
        return;
    }
    json_builder_begin_array(builder);
    for (int i = 0; i < 3; i++)
        json_builder_add_double_value(builder, ms[i]);
    json_builder_end_array(builder);
}

static void
add_class(JsonBuilder *builder, const TimingSummary *summary)
{
    json_builder_begin_object(builder);
    cli_json_text(builder, "caption", summary->caption);
    cli_json_int(builder, "captures", summary->n_traces);
    cli_json_int(builder, "packets", (gint64)summary->n_packets);
    cli_json_int(builder, "windows", summary->n_profiles);
    cli_json_int(builder, "contexts", summary->n_contexts);
    for (int set = 0; set < 5; set++)
        add_three(builder, set_keys[set], summary->gap_ms[set]);
    add_three(builder, "handshake_ms", summary->trip_ms);
    cli_json_number(builder, "burst_packets", summary->burst);
    json_builder_end_object(builder);
}

static int
show(const Cli *cli, const char *path, const char *caption)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    GError *error = NULL;
    g_autoptr(TimingModel) model = timing_model_read(path, &error);
    guint n_shown = 0;

    if (!model)
        return cli_fail(cli, error);
    json_builder_begin_object(builder);
    cli_json_path(builder, "path", path);
    cli_json_int(builder, "sources", timing_model_n_sources(model));
    json_builder_set_member_name(builder, "captions");
    json_builder_begin_array(builder);
    for (guint i = 0; i < timing_model_n_classes(model); i++) {
        TimingSummary summary;

        timing_model_summarise(model, i, &summary);
        if (caption && !g_strrstr(summary.caption, caption))
            continue;
        say_class(cli, &summary);
        add_class(builder, &summary);
        n_shown++;
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
    if (n_shown == 0)
        cli_note(cli, _("No caption of “%s” has “%s” in it."), path, caption);
    return CLI_DONE;
}

int
command_timing(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(GStrv) words = NULL;
    g_autoptr(TimingFitParams) params = timing_fit_params_new();
    int status;
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &params->output, _("The model to write"),
         _("MODEL")},
        {"captions", 'c', 0, G_OPTION_ARG_FILENAME, &params->captions,
         _("A table with the columns file and caption"), _("FILE.csv")},
        {"caption", 0, 0, G_OPTION_ARG_STRING, &params->caption,
         _("fit: one caption for all captures; show: only captions that have this in them"),
         _("TEXT")},
        {"filter", 'f', 0, G_OPTION_ARG_STRING, &params->filter,
         _("Only the packets that match, in tcpdump's words: “tcp port 80”"), _("EXPRESSION")},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL},
        {NULL}};

    if (!cli_parse(&cli, argc, argv, _("fit CAPTURE… -o MODEL | show MODEL"),
                   _("Learns from real captures when packets come, for traces that have headers "
                     "and no times: `torchlight repair --timing MODEL`. What is kept are "
                     "distributions, not the captures' own gaps in order."),
                   "  torchlight timing fit web-*.pcap --caption \"no vpn, web, http2\" -o "
                   "web.timing\n"
                   "  torchlight timing fit samples/*.pcap --captions samples/captions.csv -o "
                   "samples.timing\n"
                   "  torchlight timing show web.timing",
                   entries, CLI_WITH_SEED, &status) ||
        !cli_check_words(&cli, words, 2, -1, &status))
        return status;
    if (g_str_equal(words[0], "show"))
        return cli_check_words(&cli, words, 2, 2, &status) ? show(&cli, words[1], params->caption)
                                                           : status;
    if (!g_str_equal(words[0], "fit"))
        return cli_usage(&cli, _("“%s” is neither fit nor show."), words[0]);
    if (!cli_require(&cli, params->output, "-o", &status))
        return status;
    if (params->captions && params->caption)
        return cli_usage(&cli, _("--captions and --caption exclude each other."));
    params->captures = g_strdupv(words + 1);
    params->seed = cli.seed;
    return fit(&cli, g_steal_pointer(&params));
}
