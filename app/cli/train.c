/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight train */
#include <glib/gi18n.h>

#include "app/cli/cli.h"
#include "app/jobs/train_job.h"

static void
say_result(const Cli *cli, const char *output, const TrainResult *result)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    cli_say(cli, _("%s: %d steps on %d pictures, loss %.4f, %.2f s a step on %s"), output,
            result->steps, result->n_pictures, result->loss, result->seconds_per_step,
            result->device);
    cli_say(cli, _("%d layers adapted with %d trained numbers"), result->n_layers,
            (int)result->n_parameters);
    json_builder_begin_object(builder);
    cli_json_path(builder, "output", output);
    cli_json_int(builder, "steps", result->steps);
    cli_json_int(builder, "pictures", result->n_pictures);
    cli_json_number(builder, "loss", result->loss);
    cli_json_number(builder, "seconds_per_step", result->seconds_per_step);
    cli_json_int(builder, "layers", result->n_layers);
    cli_json_int(builder, "parameters", result->n_parameters);
    cli_json_text(builder, "device", result->device);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
}

static int
train(const Cli *cli, TrainParams *params)
{
    g_autofree char *output = g_strdup(params->output);
    g_autoptr(TorchlightJob) job = train_job_new(params);
    GError *error = NULL;

    if (!cli_run_job(cli, job, CLI_LOG_STDERR, &error))
        return cli_fail(cli, error);
    say_result(cli, output, train_job_get_result(job));
    return CLI_DONE;
}

int
command_train(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(GStrv) datasets = NULL;
    g_autoptr(TrainParams) params = train_params_new();
    gboolean resume = FALSE;
    int status;
    const GOptionEntry entries[] = {
        {"model", 'm', 0, G_OPTION_ARG_FILENAME, &params->model,
         _("The model to fine-tune, a folder as diffusers has it (the bundled one)"), _("MODEL")},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &params->output, _("The LoRA to write"),
         _("LORA.safetensors")},
        {"steps", 0, 0, G_OPTION_ARG_INT, &params->steps, _("How many steps (100)"), _("N")},
        {"batch", 0, 0, G_OPTION_ARG_INT, &params->batch, _("Pictures a step (1)"), _("N")},
        {"rank", 0, 0, G_OPTION_ARG_INT, &params->rank, _("Rank of the LoRA (8)"), _("R")},
        {"alpha", 0, 0, G_OPTION_ARG_DOUBLE, &params->alpha,
         _("Its alpha; it acts with alpha / rank (8)"), _("A")},
        {"lr", 0, 0, G_OPTION_ARG_DOUBLE, &params->lr, _("Learning rate (0.001)"), _("X")},
        {"warmup", 0, 0, G_OPTION_ARG_INT, &params->warmup,
         _("Steps over which the learning rate rises (0)"), _("N")},
        {"text-lr-scale", 0, 0, G_OPTION_ARG_DOUBLE, &params->text_lr_scale,
         _("The text encoder's share of it; 0 leaves it alone (0.5)"), _("X")},
        {"weight-decay", 0, 0, G_OPTION_ARG_DOUBLE, &params->weight_decay,
         _("AdamW's decay (0.01)"), _("X")},
        {"min-snr", 0, 0, G_OPTION_ARG_DOUBLE, &params->min_snr_gamma,
         _("Min-SNR weighting with this gamma; 0 is off (0)"), _("G")},
        {"caption-dropout", 0, 0, G_OPTION_ARG_DOUBLE, &params->caption_dropout,
         _("Share of captions left empty, for guidance (0)"), _("X")},
        {"clip-skip", 0, 0, G_OPTION_ARG_INT, &params->clip_skip,
         _("Last layers of the text encoder to leave out (0)"), _("N")},
        {"rows", 0, 0, G_OPTION_ARG_INT, &params->rows,
         _("Train on crops of so many packets; 0 is the whole picture (0)"), _("N")},
        {"save-every", 0, 0, G_OPTION_ARG_INT, &params->save_every,
         _("Keep LORA.safetensors.checkpoint every N steps and when stopped (0: never)"), _("N")},
        {"resume", 0, 0, G_OPTION_ARG_NONE, &resume, _("Go on from that checkpoint"), NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &datasets, NULL, NULL},
        {NULL}};

    if (!cli_parse(&cli, argc, argv, _("DATASET -o LORA.safetensors"),
                   _("Fine-tunes a LoRA, a small addition to a model, on the pictures and "
                     "captions of a dataset. The model itself stays as it is. The file has "
                     "kohya's names, so that other programs read it."),
                   "  torchlight dataset samples/*.pcap --captions samples/captions.csv -o traces\n"
                   "  torchlight train traces -o web.safetensors --steps 200\n"
                   "  torchlight train traces -o web.safetensors --steps 200 --save-every 50 "
                   "--resume",
                   entries, CLI_WITH_DEVICE | CLI_WITH_SEED, &status) ||
        !cli_check_words(&cli, datasets, 1, 1, &status) ||
        !cli_require(&cli, params->output, "-o", &status))
        return status;
    if (params->save_every < 0)
        return cli_usage(&cli, _("--save-every starts at 0."));
    params->dataset = g_strdup(datasets[0]);
    params->device = g_strdup(cli.device);
    params->seed = cli.seed;
    params->resume = resume;
    return train(&cli, g_steal_pointer(&params));
}
