/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of traces: options and result. */
#include "app/cli/synthesis_options.h"

#include <glib/gi18n.h>
#include <string.h>

void
cli_synthesis_clear(CliSynthesis *s)
{
    cli_export_clear(&s->export);
    g_free(s->real);
    g_free(s->captions);
    g_free(s->split);
    g_free(s->trained_on);
    g_free(s->output);
    g_free(s->timing);
    g_free(s->classes);
}

GOptionEntry *
cli_synthesis_entries(CliSynthesis *s, const GOptionEntry *own)
{
    const GOptionEntry added[] = {
        {"real", 0, 0, G_OPTION_ARG_FILENAME, &s->real, _("The folder of real captures"), _("DIR")},
        {"captions", 0, 0, G_OPTION_ARG_FILENAME, &s->captions,
         _("Their captions: a table file,caption, a metadata.jsonl, or a folder of .txt (those of "
           "the split)"),
         _("FILE")},
        {"split", 0, 0, G_OPTION_ARG_FILENAME, &s->split,
         _("Which part each belongs to: a table file_name,part. Of the parts only train is used"),
         _("FILE")},
        {"trained-on", 0, 0, G_OPTION_ARG_FILENAME, &s->trained_on,
         _("The captures that the model was trained on, a name a line (all of the training part)"),
         _("FILE")},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &s->output,
         _("The folder to make; a set of the same settings that was stopped is gone on with"),
         _("DIR")},
        {"per-class", 'n', 0, G_OPTION_ARG_INT, &s->per_class,
         _("So many traces of each class; a class is a caption"), _("N")},
        {"like-real", 0, 0, G_OPTION_ARG_NONE, &s->like_real,
         _("As many traces of each class as the training part has captures"), NULL},
        {"classes", 0, 0, G_OPTION_ARG_STRING, &s->classes,
         _("Only classes whose caption has these words, and not those with a - before them (all)"),
         _("WORDS")},
        {"timing", 0, 0, G_OPTION_ARG_FILENAME, &s->timing,
         _("Times from a model that `torchlight timing fit` made, or none (one that is fitted to "
           "the training part)"),
         _("MODEL")},
        {"rows", 0, 0, G_OPTION_ARG_INT, &s->rows, _("Packets of a trace, at most 1024 (1024)"),
         _("N")},
        {NULL}};
    guint n_own = 0, n_added = G_N_ELEMENTS(added);
    g_autofree GOptionEntry *both = NULL;

    while (own[n_own].long_name)
        n_own++;
    both = g_new0(GOptionEntry, n_own + n_added);
    memcpy(both, own, n_own * sizeof *own);
    memcpy(both + n_own, added, n_added * sizeof *added);
    return cli_export_entries(&s->export, both, true);
}

static bool
check_count(const Cli *cli, const CliSynthesis *s, int *status)
{
    if ((s->per_class > 0) != s->like_real && s->per_class >= 0)
        return true;
    *status = cli_usage(cli, _("How many traces of each class? Give --per-class N, N from 1 on, or "
                               "--like-real."));
    return false;
}

bool
cli_synthesis_check(const Cli *cli, CliSynthesis *s, SynthesisSetParams *params, int *status)
{
    if (!cli_require(cli, s->real, "--real", status) ||
        !cli_require(cli, s->split, "--split", status) ||
        !cli_require(cli, s->output, "-o", status) || !check_count(cli, s, status) ||
        !cli_export_check(cli, &s->export, status))
        return false;
    if (s->export.params.provenance) {
        *status = cli_usage(cli, _("Every capture of a set says in its comment what made it: leave "
                                   "--provenance out."));
        return false;
    }
    if (s->export.params.payload == PAYLOAD_TEMPLATE) {
        *status = cli_usage(cli, _("The traces of a set have no template to take the payload from: "
                                   "choose zeros or random."));
        return false;
    }
    params->real = g_steal_pointer(&s->real);
    params->captions = g_steal_pointer(&s->captions);
    params->split = g_steal_pointer(&s->split);
    params->trained_on = g_steal_pointer(&s->trained_on);
    params->output = g_steal_pointer(&s->output);
    params->timing = g_steal_pointer(&s->timing);
    params->classes = g_steal_pointer(&s->classes);
    params->per_class = s->per_class;
    params->n_rows = s->rows ? s->rows : params->n_rows;
    params->seed = cli->seed;
    params->export = s->export.params;
    s->export.params = (ExportParams){0};
    return true;
}

static void
say_times(const Cli *cli, const SynthesisResult *result)
{
    const SynthesisTimes *t = &result->times;
    int n = result->n_made + result->n_empty;

    if (n == 0)
        return;
    if (result->device)
        cli_say(cli,
                _("A trace took %.2f s on %s: steps %.2f s, decoding %.2f s; beside it parents "
                  "%.3f s, colours %.3f s, repair %.3f s, writing %.3f s"),
                result->seconds / n, result->device, t->steps / n, t->decode / n, t->prepare / n,
                t->correct / n, t->repair / n, t->write / n);
    else
        cli_say(cli, _("A trace took %.2f s: drawing %.3f s, repair %.3f s, writing %.3f s"),
                result->seconds / n, (t->prepare + t->correct) / n, t->repair / n, t->write / n);
}

static void
say_result(const Cli *cli, const char *output, const SynthesisResult *result)
{
    const SynthesisTimes *t = &result->times;
    g_autoptr(JsonBuilder) builder = json_builder_new();
    double share = (double)result->n_repaired_bits / (double)MAX(1, result->n_bits);

    cli_say(cli,
            _("%s: %d traces of %d classes, of which %d were there; repair changed %.2f %% of "
              "the bits"),
            output, result->n_there + result->n_made, result->n_classes, result->n_there,
            100 * share);
    if (result->n_empty > 0)
        cli_say(cli, _("%d of what was drawn held no packet and stayed away."), result->n_empty);
    say_times(cli, result);
    json_builder_begin_object(builder);
    cli_json_path(builder, "output", output);
    cli_json_int(builder, "classes", result->n_classes);
    cli_json_int(builder, "made", result->n_made);
    cli_json_int(builder, "there", result->n_there);
    cli_json_int(builder, "empty", result->n_empty);
    cli_json_text(builder, "device", result->device);
    cli_json_number(builder, "seconds", result->seconds);
    cli_json_number(builder, "seconds_prepare", t->prepare);
    cli_json_number(builder, "seconds_steps", t->steps);
    cli_json_number(builder, "seconds_decode", t->decode);
    cli_json_number(builder, "seconds_correct", t->correct);
    cli_json_number(builder, "seconds_repair", t->repair);
    cli_json_number(builder, "seconds_write", t->write);
    cli_json_number(builder, "repaired_share", share);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
}

int
cli_synthesis_run(const Cli *cli, TorchlightJob *job, const char *output,
                  const SynthesisResult *result)
{
    GError *error = NULL;

    if (cli_run_job(cli, job, CLI_LOG_STDERR, &error)) {
        say_result(cli, output, result);
        return CLI_DONE;
    }
    if (result->n_made > 0)
        cli_note(cli, _("%d traces were made and stay in %s; the same command goes on from there."),
                 result->n_made, output);
    return cli_fail(cli, error);
}
