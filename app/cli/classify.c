/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight classify: what forests take traces for, and (--learn-from) the making of them. */
#include <glib/gi18n.h>
#include <math.h>

#include "app/cli/cli.h"
#include "app/jobs/classify_job.h"

/* --- asking --- */

static void
json_answer(JsonBuilder *builder, const AxisForest *forest, const ForestAnswer *answer)
{
    json_builder_begin_object(builder);
    cli_json_text(builder, "axis", answer->axis);
    cli_json_text(builder, "word", answer->word);
    cli_json_number(builder, "share", answer->share);
    json_builder_set_member_name(builder, "shares");
    json_builder_begin_object(builder);
    for (int i = 0; i < classifier_n_classes(forest->classifier); i++)
        cli_json_number(builder, classifier_class_name(forest->classifier, i), answer->shares[i]);
    json_builder_end_object(builder);
    json_builder_end_object(builder);
}

static void
say_json(const Cli *cli, const Forests *forests, const GPtrArray *traces)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "traces");
    json_builder_begin_array(builder);
    for (guint i = 0; i < traces->len; i++) {
        const ClassifiedTrace *trace = traces->pdata[i];

        json_builder_begin_object(builder);
        cli_json_path(builder, "path", trace->path);
        cli_json_int(builder, "packets", trace->n_packets);
        json_builder_set_member_name(builder, "answers");
        json_builder_begin_array(builder);
        for (guint k = 0; k < trace->answers->len; k++)
            json_answer(builder, forests_axis(forests, k), trace->answers->pdata[k]);
        json_builder_end_array(builder);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
}

static void
say_trace(const Cli *cli, const Forests *forests, const ClassifiedTrace *trace)
{
    cli_say(cli, _("%s  (%d packets)"), trace->path, trace->n_packets);
    for (guint i = 0; i < trace->answers->len; i++) {
        const ForestAnswer *answer = trace->answers->pdata[i];
        const AxisForest *forest = forests_axis(forests, i);
        int second = -1;

        for (int k = 0; k < classifier_n_classes(forest->classifier); k++) {
            if (classifier_class_name(forest->classifier, k) != answer->word &&
                (second < 0 || answer->shares[k] > answer->shares[second]))
                second = k;
        }
        if (second >= 0 && answer->shares[second] >= 0.005)
            cli_say(cli, _("  %-10s %-14s %3.0f %%   then %s, %.0f %%"), answer->axis, answer->word,
                    100 * answer->share, classifier_class_name(forest->classifier, second),
                    100 * answer->shares[second]);
        else
            cli_say(cli, "  %-10s %-14s %3.0f %%", answer->axis, answer->word, 100 * answer->share);
    }
}

static int
ask(const Cli *cli, ClassifyParams *params)
{
    g_autoptr(TorchlightJob) job = classify_job_new(params);
    const GPtrArray *traces;
    GError *error = NULL;

    if (!cli_run_job(cli, job, CLI_LOG_STDERR, &error))
        return cli_fail(cli, error);
    traces = classify_job_get_traces(job);
    for (guint i = 0; i < traces->len; i++)
        say_trace(cli, classify_job_get_forests(job), traces->pdata[i]);
    say_json(cli, classify_job_get_forests(job), traces);
    return CLI_DONE;
}

/* --- learning --- */

static void
say_forests(const Cli *cli, const char *output, const Forests *forests)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    cli_json_path(builder, "output", output);
    json_builder_set_member_name(builder, "axes");
    json_builder_begin_array(builder);
    for (guint i = 0; i < forests->axes->len; i++) {
        const AxisForest *forest = forests_axis(forests, i);

        cli_say(cli,
                _("%-10s %2d classes, from %d traces; of %d others right: %.1f %% (macro F1 %.3f)"),
                forest->axis, classifier_n_classes(forest->classifier), forest->n_train,
                forest->n_test, 100 * forest->accuracy, forest->macro_f1);
        json_builder_begin_object(builder);
        cli_json_text(builder, "axis", forest->axis);
        cli_json_int(builder, "classes", classifier_n_classes(forest->classifier));
        cli_json_int(builder, "train", forest->n_train);
        cli_json_int(builder, "test", forest->n_test);
        cli_json_number(builder, "accuracy", forest->accuracy);
        cli_json_number(builder, "macro_f1", forest->macro_f1);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
}

static int
learn(const Cli *cli, LearnForestsParams *params)
{
    g_autofree char *output = g_strdup(params->output);
    g_autoptr(TorchlightJob) job = learn_forests_job_new(params);
    GError *error = NULL;

    if (!cli_run_job(cli, job, CLI_LOG_STDERR, &error))
        return cli_fail(cli, error);
    say_forests(cli, output, learn_forests_job_get_result(job));
    return CLI_DONE;
}

/* --- options --- */

typedef struct {
    char **words, **without;
    char *learn_from, *split, *output, *vocabulary, *forests, *layout;
    int trees, leaf;
} ClassifyOptions;

static void
options_clear(ClassifyOptions *o)
{
    g_strfreev(o->words);
    g_strfreev(o->without);
    g_free(o->learn_from);
    g_free(o->split);
    g_free(o->output);
    g_free(o->vocabulary);
    g_free(o->forests);
    g_free(o->layout);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ClassifyOptions, options_clear)

static bool
take_mask(const Cli *cli, char **names, FeatureMask *mask, int *status)
{
    for (int i = 0; names && names[i]; i++) {
        g_autoptr(GString) known = g_string_new(NULL);
        bool found = false;

        for (int k = 0; k < N_FEATURE_MASKS; k++) {
            if (g_str_equal(feature_mask_name(k), names[i])) {
                *mask |= 1u << k;
                found = true;
            }
            g_string_append_printf(known, "%s%s", k > 0 ? ", " : "", feature_mask_name(k));
        }
        if (!found) {
            *status = cli_usage(cli, _("“%s” is none of %s."), names[i], known->str);
            return false;
        }
    }
    return true;
}

static int
run_learning(const Cli *cli, const ClassifyOptions *o)
{
    g_autoptr(LearnForestsParams) params = learn_forests_params_new();
    int status;

    if (!cli_require(cli, o->output, "-o", &status) ||
        !take_mask(cli, o->without, &params->options.mask, &status))
        return status;
    if (o->words || o->forests || o->layout)
        return cli_usage(cli, _("With --learn-from no traces, --forests or --layout are taken."));
    if (o->trees < 1 || o->trees > 10000 || o->leaf < 1 || o->leaf > 1000)
        return cli_usage(cli, _("--trees is a number from 1 to 10000, --leaf one from 1 to 1000."));
    params->real = g_strdup(o->learn_from);
    params->split = g_strdup(o->split);
    params->output = g_strdup(o->output);
    params->vocabulary = g_strdup(o->vocabulary);
    params->options.n_trees = o->trees;
    params->options.min_leaf = o->leaf;
    params->options.seed = cli->seed_text ? cli->seed : 1;
    return learn(cli, g_steal_pointer(&params));
}

static int
run_asking(const Cli *cli, ClassifyOptions *o)
{
    g_autoptr(ClassifyParams) params = classify_params_new();
    int status;

    if (!cli_check_words(cli, o->words, 1, -1, &status))
        return status;
    if (o->output || o->split || o->without || o->vocabulary)
        return cli_usage(cli, _("-o, --split, --without and --words go with --learn-from."));
    params->traces = g_steal_pointer(&o->words);
    params->forests = g_strdup(o->forests);
    params->layout = g_strdup(o->layout);
    return ask(cli, g_steal_pointer(&params));
}

int
command_classify(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(ClassifyOptions) o = {.trees = 100, .leaf = 1};
    int status;
    const GOptionEntry entries[] = {
        {"forests", 'f', 0, G_OPTION_ARG_FILENAME, &o.forests,
         _("Forests that --learn-from made (the bundled ones)"), _("FOLDER")},
        {"layout", 'l', 0, G_OPTION_ARG_STRING, &o.layout,
         _("What the columns are where the file does not say: torchlight, nprint, or nprint: and "
           "the letters of its headers"),
         _("LAYOUT")},
        {"learn-from", 0, 0, G_OPTION_ARG_FILENAME, &o.learn_from,
         _("Make forests instead, of real traces: a folder of captures with captions.csv, or a "
           "dataset"),
         _("DIR")},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o.output,
         _("With --learn-from: the folder for the forests"), _("FOLDER")},
        {"split", 0, 0, G_OPTION_ARG_FILENAME, &o.split,
         _("With --learn-from: which captures to learn from and which to be asked about, a table "
           "(made by chance)"),
         _("SPLIT.csv")},
        {"trees", 0, 0, G_OPTION_ARG_INT, &o.trees, _("With --learn-from: trees of a forest (100)"),
         _("N")},
        {"leaf", 0, 0, G_OPTION_ARG_INT, &o.leaf,
         _("With --learn-from: traces in a leaf at least (1); more make smaller files"), _("N")},
        {"without", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.without,
         _("With --learn-from: do not look at ports, checksums, identification, sequence, ttl, "
           "window, options or times; may be given again"),
         _("FIELDS")},
        {"words", 'w', 0, G_OPTION_ARG_FILENAME, &o.vocabulary,
         _("With --learn-from: the axes and their words (those of the bundled model)"),
         _("VOCABULARY")},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o.words, NULL, NULL},
        {NULL}};

    if (!cli_parse(
            &cli, argc, argv, _("CAPTURE…"),
            _("What random forests that learned from real captures take traces for: the word "
              "of each axis of the captions, and the share of the votes that it has. A "
              "forest knows the words of its axis only, and always names one: of a trace "
              "that is no video, the axis quality says nothing."),
            "  torchlight classify synthetic.pcap\n"
            "  torchlight classify --json generated/*.trace.png\n"
            "  torchlight classify --learn-from captures/ --split split.csv -o forests/",
            entries, CLI_WITH_SEED, &status) ||
        !cli_check_layout(&cli, o.layout, &status))
        return status;
    return o.learn_from ? run_learning(&cli, &o) : run_asking(&cli, &o);
}
