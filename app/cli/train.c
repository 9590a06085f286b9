/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight train */
#include <glib/gi18n.h>
#include <string.h>

#include "app/cli/cli.h"
#include "app/jobs/train_advice.h"
#include "app/jobs/train_job.h"
#include "app/jobs/train_predict.h"
#include "app/jobs/train_preset.h"
#include "app/jobs/train_run.h"
#include "app/jobs/train_settings.h"

enum { MAX_ENTRIES = 80 };

/* Options, those of the table of settings among them. */
typedef struct {
    GOptionEntry entries[MAX_ENTRIES];
    guint n;
    GPtrArray *texts;         /* owned: what the entries borrow */
    char *words[MAX_ENTRIES]; /* owned: by setting, of those that take a word */
} Options;

static void
options_clear(Options *options)
{
    for (guint i = 0; i < MAX_ENTRIES; i++)
        g_free(options->words[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static void
say_result(const Cli *cli, const char *output, const TrainResult *result)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    cli_say(cli, _("%s: %d steps on %d pictures, loss %.4f, %.2f s a step on %s"), output,
            result->steps, result->n_pictures, result->loss, result->seconds_per_step,
            result->device);
    if (result->n_skipped > 0)
        cli_say(cli, _("%d steps (%.1f %%) were skipped: their numbers overflowed"),
                result->n_skipped, 100.0 * result->n_skipped / result->steps);
    cli_say(cli, _("%d layers adapted with %d trained numbers"), result->n_layers,
            (int)result->n_parameters);
    json_builder_begin_object(builder);
    cli_json_path(builder, "output", output);
    cli_json_int(builder, "steps", result->steps);
    cli_json_int(builder, "pictures", result->n_pictures);
    cli_json_int(builder, "skipped", result->n_skipped);
    cli_json_number(builder, "loss", result->loss);
    cli_json_number(builder, "seconds_per_step", result->seconds_per_step);
    cli_json_int(builder, "layers", result->n_layers);
    cli_json_int(builder, "parameters", result->n_parameters);
    cli_json_text(builder, "device", result->device);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
}

static int
train(Cli *cli, TrainParams *params)
{
    g_autofree char *output = g_strdup(params->output);
    g_autoptr(TorchlightJob) job = train_job_new(params);
    GError *error = NULL;
    int status;
    bool done;

    if (!cli_open_ranks(cli, &params->ranks, &status))
        return status;
    done = cli_run_job(cli, job, CLI_LOG_STDERR, &error);
    status = done ? CLI_DONE : cli_fail(cli, error);
    if (done)
        say_result(cli, output, train_job_get_result(job));
    ranks_close(params->ranks, done);
    return status;
}

static int
predict(const Cli *cli, const TrainParams *params)
{
    g_auto(TrainPrediction) prediction = {0};
    g_autoptr(JsonBuilder) builder = NULL;
    g_autofree char *text = NULL;
    static const char *const sources[] = {"measured", "scaled", "estimated"};
    GError *error = NULL;

    if (!train_predict(params, &prediction, NULL, &error))
        return cli_fail(cli, error);
    text = train_prediction_to_text(&prediction);
    cli_say(cli, _("%d steps on %d pictures: %s"), prediction.n_steps, prediction.n_pictures, text);
    cli_say(cli, "%s", train_time_source_text(prediction.source));
    if (prediction.checkpointing)
        cli_say(cli, "%s", _("Each step is computed twice, to save memory."));
    if (prediction.is_tight) {
        g_autofree char *advice = train_advice(params, prediction.room);

        cli_note(cli, _("That is more memory than is free now: choose fewer rows, a smaller batch "
                        "or a lower rank."));
        if (advice)
            cli_note(cli, "%s", advice);
    }
    builder = json_builder_new();
    json_builder_begin_object(builder);
    cli_json_number(builder, "seconds", prediction.seconds);
    cli_json_number(builder, "seconds_per_step", prediction.seconds_per_step);
    cli_json_text(builder, "source", sources[prediction.source]);
    cli_json_int(builder, "memory", (gint64)prediction.memory);
    cli_json_bool(builder, "fits", !prediction.is_tight);
    cli_json_bool(builder, "checkpointing", prediction.checkpointing);
    cli_json_int(builder, "pictures", prediction.n_pictures);
    cli_json_int(builder, "parameters", prediction.n_parameters);
    cli_json_number(builder, "operations_per_step", prediction.work);
    cli_json_text(builder, "device", prediction.device);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
    return CLI_DONE;
}

static const char *
keep(Options *options, char *text)
{
    g_ptr_array_add(options->texts, text);
    return text;
}

/* "How much it can learn (8)", from the table. */
static void
add_setting(Options *options, guint i, TrainParams *params)
{
    const TrainSetting *setting = train_setting(i);
    g_autoptr(TrainParams) defaults = train_params_new();
    const char *word = train_setting_get_word(setting, defaults);
    char *name = g_strdelimit(g_strdup(setting->key), "_", '-');
    char *help = word ? g_strdup_printf("%s (%s)", train_setting_explanation(setting), word)
                      : g_strdup_printf("%s (%g)", train_setting_explanation(setting),
                                        train_setting_default(setting));
    char *kinds = setting->words ? g_strjoinv("|", (char **)setting->words)
                                 : g_strdup(word                            ? "yes|no"
                                            : setting->type == TRAIN_NUMBER ? _("X")
                                                                            : _("N"));

    g_assert(options->n < MAX_ENTRIES - 1);
    options->entries[options->n++] = (GOptionEntry){
        .long_name = keep(options, name),
        .arg = word                            ? G_OPTION_ARG_STRING
               : setting->type == TRAIN_INT    ? G_OPTION_ARG_INT
               : setting->type == TRAIN_NUMBER ? G_OPTION_ARG_DOUBLE
                                               : G_OPTION_ARG_INT64,
        .arg_data = word ? (void *)&options->words[i] : G_STRUCT_MEMBER_P(params, setting->offset),
        .description = keep(options, help),
        .arg_description = keep(options, kinds)};
}

static bool
apply_words(const Options *options, TrainParams *params, GError **error)
{
    for (guint i = 0; train_setting(i); i++) {
        if (options->words[i] &&
            !train_setting_set_word(train_setting(i), params, options->words[i], error))
            return false;
    }
    return true;
}

static void
add_settings(Options *options, TrainParams *params)
{
    const TrainSetting *setting;

    for (guint i = 0; (setting = train_setting(i)); i++) {
        if (!g_str_equal(setting->key, "seed")) /* an option of many commands */
            add_setting(options, i, params);
    }
}

/* The preset is looked for before the other options are read, so that these have the last word. */
static bool
apply_preset(char **argv, TrainParams *params, GError **error)
{
    const char *id = NULL;
    g_autoptr(TrainPreset) preset = NULL;

    for (char **word = argv; *word; word++) {
        if (g_str_has_prefix(*word, "--preset="))
            id = *word + strlen("--preset=");
        else if (g_str_equal(*word, "--preset"))
            id = word[1];
    }
    if (!id)
        return true;
    preset = train_preset_find(id, error);
    return preset && train_preset_apply(preset, params, error);
}

/* A run that goes on has all it needs in its folder. */
static TrainParams *
resume_run(const TrainParams *params, GError **error)
{
    g_autoptr(TrainRun) run = train_run_open(params->run, error);

    if (!run)
        return NULL;
    if (params->device) {
        g_free(run->params->device);
        run->params->device = g_strdup(params->device);
    }
    return g_steal_pointer(&run->params);
}

static int
begin(Cli *cli, TrainParams *params, char **datasets, bool only_predict)
{
    g_autoptr(TrainParams) own = params;
    GError *error = NULL;
    int status;

    own->device = g_strdup(cli->device);
    own->precision = g_strdup(cli->precision);
    if (cli->seed_text)
        own->seed = cli->seed;
    if (own->resume && own->run && !datasets) {
        TrainParams *resumed = resume_run(own, &error);

        return resumed ? train(cli, resumed) : cli_fail(cli, error);
    }
    if (!cli_check_words(cli, datasets, 1, 1, &status) ||
        (!only_predict && !cli_require(cli, own->output, "-o", &status)))
        return status;
    own->dataset = g_strdup(datasets[0]);
    return only_predict ? predict(cli, own) : train(cli, g_steal_pointer(&own));
}

int
command_train(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(GStrv) datasets = NULL;
    g_autoptr(TrainParams) params = train_params_new();
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *preset = NULL;
    gboolean resume = FALSE, only_predict = FALSE;
    g_autoptr(GError) error = NULL;
    int status;
    const GOptionEntry first[] = {
        {"model", 'm', 0, G_OPTION_ARG_FILENAME, &params->model,
         _("The model to fine-tune, a folder as diffusers has it, or a .safetensors file (the "
           "bundled one)"),
         _("MODEL")},
        {"config", 0, 0, G_OPTION_ARG_FILENAME, &params->config,
         _("Of a model in one file: a folder with its configs, as diffusers has them (deduced)"),
         _("DIR")},
        {"tokenizer", 0, 0, G_OPTION_ARG_FILENAME, &params->tokenizer,
         _("Of a model in one file: a folder with vocab.json and merges.txt (tokenizer/ beside "
           "it)"),
         _("DIR")},
        {"prediction", 0, 0, G_OPTION_ARG_STRING, &params->prediction,
         _("What the UNet was trained to predict: epsilon or v (what the model says)"), _("NAME")},
        {"vae", 0, 0, G_OPTION_ARG_FILENAME, &params->vae,
         _("Another VAE than the model's, a folder or a .safetensors file"), _("VAE")},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &params->output, _("The LoRA to write"),
         _("LORA.safetensors")},
        {"only", 0, 0, G_OPTION_ARG_STRING_ARRAY, &params->names,
         _("Train on this picture of the dataset only; may be given several times"),
         _("PICTURE.png")},
        {"preset", 0, 0, G_OPTION_ARG_STRING, &preset,
         _("Begin with settings by name (quick_look, balanced, paper) or of a file"), _("NAME")},
        {"predict", 0, 0, G_OPTION_ARG_NONE, &only_predict,
         _("Say what time and memory it will take, and train nothing"), NULL},
        {"run", 0, 0, G_OPTION_ARG_FILENAME, &params->run,
         _("A folder for the run: its settings, curve, checkpoint, previews and log"), _("DIR")},
        {"preview", 0, 0, G_OPTION_ARG_STRING_ARRAY, &params->preview_prompts,
         _("Draw a picture of this caption every --preview-every steps; may be given several "
           "times"),
         _("PROMPT")},
        {"resume", 0, 0, G_OPTION_ARG_NONE, &resume,
         _("Go on from the checkpoint; with --run alone, by the settings kept there"), NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &datasets, NULL, NULL}};
    g_auto(Options) options = {.texts = texts, .n = G_N_ELEMENTS(first)};

    memcpy(options.entries, first, sizeof first);
    add_settings(&options, params);
    apply_preset(argv, params, &error); /* what is wrong with it is told in its turn */
    if (!cli_parse(
            &cli, argc, argv, _("DATASET -o LORA.safetensors"),
            _("Fine-tunes a LoRA, a small addition to a model, on the pictures and "
              "captions of a dataset. The model itself stays as it is. The file has "
              "kohya's names, so that other programs read it."),
            "  torchlight dataset samples/*.pcap --captions samples/captions.csv -o traces\n"
            "  torchlight train traces --preset quick_look --predict\n"
            "  torchlight train traces -o web.safetensors --steps 200\n"
            "  torchlight train traces -o web.safetensors --preset balanced --run web-run \\\n"
            "      --preview \"pixelated network data: no vpn, web, http2\"\n"
            "  torchlight train --run web-run --resume",
            options.entries, CLI_WITH_DEVICE | CLI_WITH_PRECISION | CLI_WITH_SEED, &status))
        return status;
    if (error || !apply_words(&options, params, &error))
        return cli_fail(&cli, g_steal_pointer(&error));
    if (preset && (!params->run || !params->preview_prompts))
        params->preview_every = 0; /* a preset's previews are for those who have a place for them */
    params->resume = resume;
    return begin(&cli, g_steal_pointer(&params), datasets, only_predict);
}
