/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight demo */
#include "app/jobs/demo_job.h"

#include <glib/gi18n.h>

#include "app/cli/cli.h"

/* --- what it is good for --- */

static void
json_answer(JsonBuilder *builder, const char *name, const ForestAnswer *answer)
{
    json_builder_set_member_name(builder, name);
    json_builder_begin_object(builder);
    cli_json_text(builder, "word", answer->word);
    cli_json_number(builder, "share", answer->share);
    json_builder_end_object(builder);
}

static double
share(guint64 part, guint64 whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

static void
json_verdict(JsonBuilder *builder, const DemoVerdict *verdict)
{
    const ComplianceCount *rules = &verdict->rules;

    json_builder_set_member_name(builder, "taken_for");
    json_builder_begin_array(builder);
    for (guint i = 0; i < verdict->forests->axes->len; i++) {
        json_builder_begin_object(builder);
        cli_json_text(builder, "axis", forests_axis(verdict->forests, i)->axis);
        cli_json_text(builder, "asked", verdict->asked[i]);
        json_answer(builder, "synthetic", verdict->drawn->pdata[i]);
        json_answer(builder, "real", verdict->real->pdata[i]);
        cli_json_number(builder, "accuracy_on_real", forests_axis(verdict->forests, i)->accuracy);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_set_member_name(builder, "compliance");
    json_builder_begin_object(builder);
    cli_json_number(builder, "rules_packets", share(rules->n_legal_packets, rules->n_packets));
    cli_json_number(builder, "rules_flows", share(rules->n_legal_flows, rules->n_flows));
    if (verdict->has_tshark) {
        cli_json_number(builder, "tshark_packets",
                        share(verdict->tshark.n_clean_packets, verdict->tshark.n_packets));
        cli_json_number(builder, "tshark_flows",
                        share(verdict->tshark.n_clean_flows, verdict->tshark.n_flows));
    }
    json_builder_end_object(builder);
}

/* A cell of letters, of which some take several bytes. */
static char *
cell(const char *text, int width)
{
    int pad = MAX(0, width - (int)g_utf8_strlen(text, -1));

    return g_strdup_printf("%s%*s", text, pad, "");
}

static char *
answer_cell(const ForestAnswer *answer)
{
    g_autofree char *text = g_strdup_printf("%s, %.0f %%", answer->word, 100 * answer->share);

    return cell(text, 22);
}

static void
say_axis(const Cli *cli, const DemoVerdict *verdict, guint i)
{
    const AxisForest *forest = forests_axis(verdict->forests, i);
    g_autofree char *axis = cell(forest->axis, 11);
    g_autofree char *asked = cell(verdict->asked[i], 13);
    g_autofree char *drawn = answer_cell(verdict->drawn->pdata[i]);
    g_autofree char *real = answer_cell(verdict->real->pdata[i]);

    cli_say(cli, "  %s%s%s%s%.0f %%", axis, asked, drawn, real, 100 * forest->accuracy);
}

static void
say_legal(const Cli *cli, const char *who, guint64 n_good, guint64 n, guint64 n_good_flows,
          guint64 n_flows)
{
    g_autofree char *name = cell(who, 11);

    cli_say(cli, _("  %s%.1f %% of %d packets and %d of %d flows are in order"), name,
            100 * share(n_good, n), (int)n, (int)n_good_flows, (int)n_flows);
}

static void
say_verdict(const Cli *cli, const DemoResult *result)
{
    const DemoVerdict *verdict = result->verdict;
    g_autofree char *axis = cell("", 11);
    g_autofree char *asked = cell(_("asked for"), 13);
    g_autofree char *drawn = cell(_("the new trace"), 22);
    g_autofree char *real = cell(_("the real one"), 22);

    cli_say(cli, _("\nWhat it is, to forests that learned from real captures (with the share of "
                   "their votes):"));
    cli_say(cli, _("  asked for: %s"), result->prompt);
    cli_say(cli, "  %s%s%s%s%s", axis, asked, drawn, real, _("right of unseen real ones"));
    for (guint i = 0; i < verdict->forests->axes->len; i++) {
        if (verdict->asked[i])
            say_axis(cli, verdict, i);
    }
    say_legal(cli, _("our rules"), verdict->rules.n_legal_packets, verdict->rules.n_packets,
              verdict->rules.n_legal_flows, verdict->rules.n_flows);
    if (verdict->has_tshark)
        say_legal(cli, "tshark", verdict->tshark.n_clean_packets, verdict->tshark.n_packets,
                  verdict->tshark.n_clean_flows, verdict->tshark.n_flows);
}

/* --- all of it --- */

static void
say_json(const Cli *cli, const char *output, const DemoResult *result)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    cli_json_path(builder, "output", output);
    cli_json_path(builder, "capture", result->capture);
    cli_json_text(builder, "device", result->device);
    json_builder_set_member_name(builder, "stages");
    json_builder_begin_array(builder);
    for (guint i = 0; i < result->stages->len; i++) {
        const DemoStage *stage = result->stages->pdata[i];

        json_builder_begin_object(builder);
        cli_json_text(builder, "title", stage->title);
        cli_json_text(builder, "what", stage->what);
        cli_json_path(builder, "path", stage->path);
        cli_json_number(builder, "seconds", stage->seconds);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    cli_json_text(builder, "prompt", result->prompt);
    json_verdict(builder, result->verdict);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
}

static void
say_summary(const Cli *cli, const char *output, const DemoResult *result)
{
    double seconds = 0;

    cli_say(cli, "\n%s", _("What the repair changed:"));
    cli_say(cli, "%s", g_strchomp(result->report_table));
    cli_say(cli, "\n%s", _("Summary:"));
    for (guint i = 0; i < result->stages->len; i++) {
        const DemoStage *stage = result->stages->pdata[i];
        int pad = MAX(0, 12 - (int)g_utf8_strlen(stage->title, -1));

        cli_say(cli, "  %s%*s %8.1f s   %s", stage->title, pad, "", stage->seconds, stage->path);
        seconds += stage->seconds;
    }
    cli_say(cli, _("  in all       %8.1f s   on %s"), seconds, result->device);
    cli_say(cli, "\n%s", _("Next:"));
    cli_say(cli, "  tshark -r %s | head", result->capture);
    cli_say(cli, "  torchlight info %s", result->capture);
    cli_say(cli, "  torchlight-workbench %s/generated/00000.trace.png", output);
    say_verdict(cli, result);
    cli_say(cli, _("  time       %.0f s on %s"), seconds, result->device);
}

static int
walk(const Cli *cli, DemoParams *params)
{
    g_autofree char *output = g_strdup(params->output);
    g_autoptr(TorchlightJob) job = demo_job_new(params);
    GError *error = NULL;

    cli_say(cli, "%s",
            _("From real captures to a synthetic one: draw, find edges, fine-tune, generate, "
              "repair."));
    if (!cli_run_job(cli, job, CLI_LOG_STDOUT, &error))
        return cli_fail(cli, error);
    if (cli->json)
        say_json(cli, output, demo_job_get_result(job));
    else
        say_summary(cli, output, demo_job_get_result(job));
    return CLI_DONE;
}

int
command_demo(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(GStrv) words = NULL;
    g_autoptr(DemoParams) params = demo_params_new();
    int status;
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &params->output,
         _("The folder to make: new, empty, or made by an earlier run and not changed since "
           "(demo)"),
         _("DIR")},
        {"captures", 0, 0, G_OPTION_ARG_FILENAME, &params->captures,
         _("A folder of captures with captions.csv (the samples)"), _("FOLDER")},
        {"example", 0, 0, G_OPTION_ARG_FILENAME, &params->example, _("Which of them to imitate"),
         _("NAME")},
        {"model", 'm', 0, G_OPTION_ARG_FILENAME, &params->model,
         _("A folder as diffusers has it (the bundled model)"), _("MODEL")},
        {"controlnet", 0, 0, G_OPTION_ARG_FILENAME, &params->controlnet,
         _("A ControlNet (the model's own)"), _("FOLDER")},
        {"forests", 'f', 0, G_OPTION_ARG_FILENAME, &params->forests,
         _("Forests that judge what was drawn, made by `torchlight classify --learn-from` (the "
           "bundled ones)"),
         _("FOLDER")},
        {"steps", 0, 0, G_OPTION_ARG_INT, &params->train_steps, _("Steps of fine-tuning (30)"),
         _("N")},
        {"rows", 0, 0, G_OPTION_ARG_INT, &params->train_rows,
         _("Packets a training crop; 0 is the whole picture (512)"), _("N")},
        {"sample-steps", 0, 0, G_OPTION_ARG_INT, &params->sample_steps, _("Steps of sampling (20)"),
         _("N")},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL},
        {NULL}};

    if (!cli_parse(&cli, argc, argv, "",
                   _("Walks the whole way on the sample captures, in about two minutes on two "
                     "cores: real captures become pictures, a LoRA is fine-tuned on them, a new "
                     "picture is drawn under the edges of a real one, and its repair gives a "
                     "capture that tshark reads. Last comes what forests that learned from real "
                     "captures take it for."),
                   "  torchlight demo -o demo\n"
                   "  torchlight demo --device vulkan --steps 200 --seed 7 -o longer",
                   entries, CLI_WITH_DEVICE | CLI_WITH_SEED, &status) ||
        !cli_check_words(&cli, words, 0, 0, &status))
        return status;
    if (!params->output)
        params->output = g_strdup("demo");
    params->device = g_strdup(cli.device);
    if (cli.seed_text)
        params->seed = cli.seed;
    return walk(&cli, g_steal_pointer(&params));
}
