/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight evaluate: the whole evaluation of synthetic sets, or (--generated) figures alone. */
#include <glib/gi18n.h>
#include <math.h>

#include "app/cli/cli.h"
#include "app/jobs/evaluate_job.h"
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

/* --- sets --- */

static const char *
goal_word(const EvaluationGoal *goal)
{
    return goal->state == GOAL_MET ? _("met") : goal->state == GOAL_MISSED ? _("not met") : "–";
}

static void
say_report(const Cli *cli, TorchlightJob *job, const char *output)
{
    const EvaluationReport *report = evaluate_job_get_report(job);
    g_autofree char *table = evaluation_report_to_table(report);
    g_autofree char *page = g_build_filename(output, "report.html", NULL);
    g_autofree char *numbers = g_build_filename(output, "evaluation.json", NULL);
    g_autoptr(JsonBuilder) builder = json_builder_new();
    guint n_kept, n_cells;

    evaluate_job_get_counts(job, &n_kept, &n_cells);
    cli_say(cli, "%s\n", table);
    json_builder_begin_object(builder);
    cli_json_path(builder, "report", page);
    cli_json_path(builder, "numbers", numbers);
    cli_json_int(builder, "cells", n_cells);
    cli_json_int(builder, "cells_kept", n_kept);
    json_builder_set_member_name(builder, "goals");
    json_builder_begin_array(builder);
    for (guint i = 0; i < report->goals->len; i++) {
        const EvaluationGoal *goal = report->goals->pdata[i];
        g_autofree char *value =
            isnan(goal->value) ? g_strdup("–") : g_strdup_printf("%.4f", goal->value);

        cli_say(cli, "%-8s %s: %s\n", goal_word(goal), goal->statement, value);
        json_builder_begin_object(builder);
        cli_json_text(builder, "id", goal->id);
        if (goal->state != GOAL_UNKNOWN)
            cli_json_bool(builder, "met", goal->state == GOAL_MET);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    if (n_kept > 0)
        cli_note(cli, _("%u of %u cells were there from an earlier run"), n_kept, n_cells);
    cli_say(cli, "\n%s\n", page);
    cli_print_json(cli, builder);
}

static int
evaluate_sets(const Cli *cli, EvaluateParams *params)
{
    g_autofree char *output = g_strdup(params->output);
    g_autoptr(TorchlightJob) job = evaluate_job_new(params);
    GError *error = NULL;

    if (!cli_run_job(cli, job, CLI_LOG_STDERR, &error))
        return cli_fail(cli, error);
    say_report(cli, job, output);
    return CLI_DONE;
}

/* --- options --- */

typedef struct {
    char **real, **generated, **synthetic;
    char *output, *csv, *split, *axis, *vocabulary, *layout;
    char **axes, **features, **classifiers;
    gboolean quick, without_repair;
    int seeds, repeats, mixtures, ablations, scarce, trees, packets, checked; /* -1: not given */
} EvaluateOptions;

static void
options_clear(EvaluateOptions *o)
{
    g_strfreev(o->real);
    g_strfreev(o->generated);
    g_strfreev(o->synthetic);
    g_free(o->output);
    g_free(o->csv);
    g_free(o->split);
    g_free(o->axis);
    g_free(o->vocabulary);
    g_free(o->layout);
    g_strfreev(o->axes);
    g_strfreev(o->features);
    g_strfreev(o->classifiers);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(EvaluateOptions, options_clear)

typedef const char *(*NameFunc)(int i);

static const char *
classifier_name(int i)
{
    return classifier_kind_name((ClassifierKind)i);
}

/* Names as bits; false where one is none of them. */
static bool
take_names(const Cli *cli, char **names, NameFunc name_of, int n, unsigned *bits, int *status)
{
    for (int i = 0; names && names[i]; i++) {
        g_autoptr(GString) known = g_string_new(NULL);
        int at = -1;

        for (int k = 0; k < n; k++) {
            at = g_str_equal(name_of(k), names[i]) ? k : at;
            g_string_append_printf(known, "%s%s", k > 0 ? ", " : "", name_of(k));
        }
        if (at < 0) {
            *status = cli_usage(cli, _("“%s” is none of %s."), names[i], known->str);
            return false;
        }
        *bits |= 1u << at;
    }
    return true;
}

static bool
take_number(const Cli *cli, const char *name, int given, int least, int most, int *value,
            int *status)
{
    if (given == G_MININT)
        return true;
    if (given < least || given > most) {
        *status =
            cli_usage(cli, _("%s is %d: give a number from %d to %d."), name, given, least, most);
        return false;
    }
    *value = given;
    return true;
}

static bool
take_protocol(const Cli *cli, const EvaluateOptions *o, EvaluateParams *params, int *status)
{
    EvaluationOptions *options = &params->options;

    if (o->quick)
        *options = evaluation_options_quick();
    if (o->quick)
        params->n_checked = 20;
    if (cli->seed_text)
        options->seed = cli->seed;
    return take_names(cli, o->features, evaluation_features_name, N_EVALUATION_FEATURES,
                      &options->features, status) &&
           take_names(cli, o->classifiers, classifier_name, N_CLASSIFIER_KINDS,
                      &options->classifiers, status) &&
           take_number(cli, "--seeds", o->seeds, 1, 100, &options->n_rounds, status) &&
           take_number(cli, "--repeats", o->repeats, 0, 100, &options->n_repeats, status) &&
           take_number(cli, "--mixtures", o->mixtures, 0, 100, &options->n_mixture_rounds,
                       status) &&
           take_number(cli, "--ablations", o->ablations, 0, 100, &options->n_ablation_rounds,
                       status) &&
           take_number(cli, "--scarce", o->scarce, 0, 1000, &options->n_scarce, status) &&
           take_number(cli, "--trees", o->trees, 1, 10000, &options->n_trees, status) &&
           take_number(cli, "--packets", o->packets, 1, FEATURE_PACKETS, &params->n_packets,
                       status) &&
           take_number(cli, "--checked", o->checked, -1, G_MAXINT, &params->n_checked, status);
}

static int
run_sets(const Cli *cli, EvaluateOptions *o)
{
    g_autoptr(EvaluateParams) params = evaluate_params_new();
    int status;

    if (!o->real || g_strv_length(o->real) != 1)
        return cli_usage(cli, _("Name one folder of real traces with --real."));
    if (!cli_require(cli, o->output, "-o", &status) || !take_protocol(cli, o, params, &status))
        return status;
    if (o->csv || o->without_repair)
        return cli_usage(cli, _("--csv and --without-repair go with --generated."));
    params->real = g_strdup(o->real[0]);
    for (int i = 0; o->synthetic && o->synthetic[i]; i++)
        g_ptr_array_add(params->synthetic, g_strdup(o->synthetic[i]));
    params->split = g_strdup(o->split);
    params->output = g_strdup(o->output);
    params->vocabulary = g_strdup(o->vocabulary);
    params->layout = g_strdup(o->layout);
    params->axes = g_strdupv(o->axes);
    return evaluate_sets(cli, g_steal_pointer(&params));
}

static int
run_figures(const Cli *cli, EvaluateOptions *o)
{
    g_autoptr(FiguresParams) params = figures_params_new();
    GError *error = NULL;

    if (!o->real)
        return cli_usage(cli, _("Name real traces with --real and generated ones with "
                                "--generated."));
    params->output = g_strdup(o->output);
    params->csv = g_strdup(o->csv);
    params->axis = g_strdup(o->axis);
    params->vocabulary = g_strdup(o->vocabulary);
    params->layout = g_strdup(o->layout);
    params->without_repair = o->without_repair;
    if (!add_paths(params, SIDE_REAL, o->real, &error) ||
        !add_paths(params, SIDE_GENERATED, o->generated, &error))
        return cli_fail(cli, error);
    return evaluate(cli, g_steal_pointer(&params));
}

int
command_evaluate(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(GStrv) words = NULL;
    g_auto(EvaluateOptions) o = {.seeds = G_MININT,
                                 .repeats = G_MININT,
                                 .mixtures = G_MININT,
                                 .ablations = G_MININT,
                                 .scarce = G_MININT,
                                 .trees = G_MININT,
                                 .packets = G_MININT,
                                 .checked = G_MININT};
    int status;
    const GOptionEntry entries[] = {
        {"real", 'r', 0, G_OPTION_ARG_FILENAME_ARRAY, &o.real,
         _("Real traces: a folder of captures with captions.csv, or a dataset (with --generated "
           "also a file, and again)"),
         _("PATH")},
        {"synthetic", 'y', 0, G_OPTION_ARG_FILENAME_ARRAY, &o.synthetic,
         _("A synthetic set: what `torchlight synthesize` or `torchlight baseline` made, or any "
           "folder of traces; again for others to stand beside it"),
         _("DIR")},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o.output,
         _("The folder for the report (with --generated a file of figures)"), _("DIR")},
        {"split", 0, 0, G_OPTION_ARG_FILENAME, &o.split,
         _("Which captures are to train and which to test with, a table (made by chance)"),
         _("SPLIT.csv")},
        {"axis", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.axes,
         _("Ask about this axis of the captions only; again for others (all)"), _("AXIS")},
        {"features", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.features,
         _("flattened or order-free (both)"), _("FEATURES")},
        {"classifier", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.classifiers,
         _("decision-tree, random-forest or linear-svm (all)"), _("CLASSIFIER")},
        {"quick", 0, 0, G_OPTION_ARG_NONE, &o.quick,
         _("One seed, the forest alone, no mixtures, no ablations"), NULL},
        {"seeds", 0, 0, G_OPTION_ARG_INT, &o.seeds, _("How many seeds (3)"), _("N")},
        {"repeats", 0, 0, G_OPTION_ARG_INT, &o.repeats,
         _("Repeats of the 5-fold cross-validation of the real traces (2; 0: none)"), _("N")},
        {"mixtures", 0, 0, G_OPTION_ARG_INT, &o.mixtures,
         _("Seeds of the mixtures of real and synthetic (3; 0: no mixtures)"), _("N")},
        {"ablations", 0, 0, G_OPTION_ARG_INT, &o.ablations,
         _("Seeds of the forests that go without ports, checksums, identification, TTL (1; 0: "
           "none)"),
         _("N")},
        {"scarce", 0, 0, G_OPTION_ARG_INT, &o.scarce,
         _("Captures a class where real ones are scarce (5; 0: not asked)"), _("N")},
        {"trees", 0, 0, G_OPTION_ARG_INT, &o.trees, _("Trees of a forest (100)"), _("N")},
        {"packets", 0, 0, G_OPTION_ARG_INT, &o.packets,
         _("The first so many packets of each trace (1024)"), _("N")},
        {"checked", 0, 0, G_OPTION_ARG_INT, &o.checked,
         _("Traces of each set that are repaired again and shown to tshark (60; -1: all)"), _("N")},
        {"generated", 'g', 0, G_OPTION_ARG_FILENAME_ARRAY, &o.generated,
         _("Figures alone, of generated traces: what `torchlight generate` made, a dataset, or a "
           "file; may be given again"),
         _("PATH")},
        {"csv", 0, 0, G_OPTION_ARG_FILENAME, &o.csv,
         _("With --generated: a folder for a table per figure"), _("DIR")},
        {"by", 'b', 0, G_OPTION_ARG_STRING, &o.axis,
         _("With --generated: what the classes are, the words of an axis (tunnel, app, quality, "
           "transport), or caption for the whole of it (all traces are one class)"),
         _("AXIS")},
        {"words", 'w', 0, G_OPTION_ARG_FILENAME, &o.vocabulary,
         _("The axes and their words (those of the bundled model)"), _("VOCABULARY")},
        {"layout", 'l', 0, G_OPTION_ARG_STRING, &o.layout,
         _("What the columns are where the file does not say: torchlight, nprint, or nprint: and "
           "the letters of its headers"),
         _("LAYOUT")},
        {"without-repair", 0, 0, G_OPTION_ARG_NONE, &o.without_repair,
         _("With --generated: leave out how much of each trace repair changes"), NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL},
        {NULL}};

    if (!cli_parse(&cli, argc, argv, _("--real DIR --synthetic DIR [--synthetic DIR …] -o DIR"),
                   _("Whether synthetic traces are as good as real ones: classifiers that learned "
                     "from them are asked about real ones that no generator has seen; beside it "
                     "distances, legality, compliance. Writes report.html and evaluation.json; "
                     "broken off, it goes on where it was. With --generated it draws figures of "
                     "any traces, class by class."),
                   "  torchlight evaluate --real captures/ --synthetic mini/ --split split.csv -o "
                   "report/\n"
                   "  torchlight evaluate --real captures/ --synthetic mini/ --synthetic "
                   "bootstrap/ --quick -o report/\n"
                   "  torchlight evaluate --real captures/ --generated new/ --by app -o "
                   "figures.json",
                   entries, CLI_WITH_SEED, &status) ||
        !cli_check_words(&cli, words, 0, 0, &status) || !cli_check_layout(&cli, o.layout, &status))
        return status;
    if (o.generated && o.synthetic)
        return cli_usage(&cli, _("--synthetic evaluates, --generated draws figures alone: name one "
                                 "of the two."));
    if (!o.generated && !o.synthetic)
        return cli_usage(&cli, _("Name real traces with --real and synthetic ones with "
                                 "--synthetic."));
    return o.generated ? run_figures(&cli, &o) : run_sets(&cli, &o);
}
