/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight synthesize */
#include <glib/gi18n.h>

#include "app/cli/cli.h"
#include "app/cli/synthesis_options.h"
#include "app/jobs/generate_settings.h"
#include "app/jobs/synthesis_job.h"

/* The first of a control map to begin with: *first. */
static bool
parse_offset(const Cli *cli, const char *text, bool *first, int *status)
{
    *first = g_strcmp0(text, "first") == 0;
    if (*first || !text || g_str_equal(text, "random"))
        return true;
    *status =
        cli_usage(cli, _("“%s” is no place to begin a control map: choose random or first."), text);
    return false;
}

static bool
check_sampler(const Cli *cli, const char *name, int *status)
{
    int sampler, schedule;

    if (!name || generate_sampler_split(name, &sampler, &schedule))
        return true;
    *status =
        cli_usage(cli, _("“%s” is no sampler; `torchlight generate --help` lists them."), name);
    return false;
}

/* Takes the settings of a file, and over them what was given. */
static bool
put_settings(const Cli *cli, SynthesisParams *params, const GenerateParams *given,
             const char *settings, char **loras, GError **error)
{
    if (settings) {
        GenerateParams *read = generate_params_read(settings, error);

        if (!read)
            return false;
        generate_params_free(params->generate);
        params->generate = read;
    }
    generate_params_put_given(params->generate, given);
    if (loras)
        generate_params_clear_loras(params->generate);
    for (int i = 0; loras && loras[i]; i++)
        generate_params_add_lora_text(params->generate, loras[i], NULL);
    if (cli->device) {
        g_free(params->generate->device);
        params->generate->device = g_strdup(cli->device);
    }
    if (cli->precision) {
        g_free(params->generate->precision);
        params->generate->precision = g_strdup(cli->precision);
    }
    return true;
}

/* Takes params. */
static int
synthesize(const Cli *cli, SynthesisParams *params)
{
    g_autofree char *output = g_strdup(params->set.output);
    g_autoptr(TorchlightJob) job = synthesis_job_new(params, NULL);

    return cli_synthesis_run(cli, job, output, synthesis_job_get_result(job));
}

int
command_synthesize(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(CliSynthesis) set = {0};
    g_auto(GStrv) loras = NULL, words = NULL;
    g_autoptr(GenerateParams) given = generate_params_new_blank();
    g_autoptr(SynthesisParams) params = synthesis_params_new();
    g_autofree GOptionEntry *all = NULL;
    g_autofree char *settings = NULL, *without = NULL, *offset = NULL;
    gboolean any_words = FALSE;
    GError *error = NULL;
    int status;
    const GOptionEntry entries[] = {
        {"model", 'm', 0, G_OPTION_ARG_FILENAME, &given->model,
         _("A folder as diffusers has it, or a .safetensors file (the bundled model)"), _("MODEL")},
        {"settings", 0, 0, G_OPTION_ARG_FILENAME, &settings,
         _("Settings of drawing to start from, which the other options change: a run.json of "
           "`torchlight generate`, or a JSON object of settings"),
         _("FILE")},
        {"lora", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &loras,
         _("A LoRA to add, with a weight if not 1, and one for the text encoder if that is "
           "another; "
           "may be given several times"),
         _("FILE[:WEIGHT[:TEXT_WEIGHT]]")},
        {"controlnet", 0, 0, G_OPTION_ARG_FILENAME, &given->controlnet,
         _("Another ControlNet than the model's, a folder or a .safetensors file"),
         _("CONTROLNET")},
        {"vae", 0, 0, G_OPTION_ARG_FILENAME, &given->vae,
         _("Another VAE than the model's, a folder or a .safetensors file"), _("VAE")},
        {"control-weight", 0, 0, G_OPTION_ARG_DOUBLE, &given->control_weight,
         _("How strongly the edges of a real capture guide, 0 to 2 (1)"), _("W")},
        {"control-start", 0, 0, G_OPTION_ARG_DOUBLE, &given->control_start,
         _("From which part of the steps on (0)"), _("X")},
        {"control-end", 0, 0, G_OPTION_ARG_DOUBLE, &given->control_end,
         _("Up to which part of the steps (1)"), _("X")},
        {"control-mode", 0, 0, G_OPTION_ARG_STRING, &given->control_mode,
         _("What counts more: balanced, prompt or control (balanced)"), _("MODE")},
        {"control-offset", 0, 0, G_OPTION_ARG_STRING, &offset,
         _("Where in the capture the edges begin: at a random packet, or at the first (random)"),
         _("random|first")},
        {"sampler", 0, 0, G_OPTION_ARG_STRING, &given->sampler,
         _("How to walk from noise to picture, as `torchlight generate` has it (the model's own)"),
         _("NAME")},
        {"schedule", 0, 0, G_OPTION_ARG_STRING, &given->schedule,
         _("Which noise levels the steps visit: normal, karras, exponential or sgm_uniform (what "
           "comes with the sampler)"),
         _("NAME")},
        {"eta", 0, 0, G_OPTION_ARG_DOUBLE, &given->eta,
         _("How much noise ddim, euler_a and dpmpp_2m_sde put back, 0 to 1 (1; of ddim 0)"),
         _("X")},
        {"steps", 0, 0, G_OPTION_ARG_INT, &given->steps, _("In how many steps (20)"), _("N")},
        {"guidance", 0, 0, G_OPTION_ARG_DOUBLE, &given->guidance,
         _("How closely to follow the caption; 1 is no guidance (4)"), _("X")},
        {"guidance-rescale", 0, 0, G_OPTION_ARG_DOUBLE, &given->guidance_rescale,
         _("How far guidance keeps the spread of what the prompt alone gives, 0 to 1 (0)"), _("X")},
        {"negative", 0, 0, G_OPTION_ARG_STRING, &given->negative, _("What not to draw"), _("TEXT")},
        {"any-words", 0, 0, G_OPTION_ARG_NONE, &any_words,
         _("Take words that the model's captions do not have"), NULL},
        {"batch", 0, 0, G_OPTION_ARG_INT, &given->batch, _("Traces to draw at once (1)"), _("N")},
        {"without", 0, 0, G_OPTION_ARG_STRING, &without,
         _("Leave out, to see what it is good for: lora, control, colour-correction or repair"),
         _("WHAT")},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL},
        {NULL}};

    all = cli_synthesis_entries(&set, entries);
    if (!cli_parse(&cli, argc, argv, _("--real DIR --split FILE -o DIR --per-class N"),
                   _("Draws a whole set of traces, class by class, each held by the edges of a "
                     "real capture of the training part, repaired, timed and written as a capture. "
                     "A set that was stopped goes on where it was."),
                   "  torchlight synthesize --real captures --split split.csv --per-class 10 "
                   "-o synthetic\n"
                   "  torchlight synthesize --real captures --captions labels.csv --split "
                   "split.csv \\\n"
                   "      --classes \"wireguard -dash\" --like-real --steps 10 -o wireguard",
                   all, CLI_WITH_DEVICE | CLI_WITH_PRECISION | CLI_WITH_SEED, &status) ||
        !cli_check_words(&cli, words, 0, 0, &status) ||
        !parse_offset(&cli, offset, &params->control_first, &status) ||
        !check_sampler(&cli, given->sampler, &status) ||
        !cli_synthesis_check(&cli, &set, &params->set, &status))
        return status;
    given->any_words = any_words;
    if (!synthesis_without_by_name(without, &params->without, &error) ||
        !put_settings(&cli, params, given, settings, loras, &error))
        return cli_fail(&cli, error);
    return synthesize(&cli, g_steal_pointer(&params));
}
