/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight pretrain */
#include <glib/gi18n.h>

#include "app/cli/cli.h"
#include "app/jobs/paths.h"
#include "app/jobs/pretrain_job.h"

static int
pretrain(const Cli *cli, PretrainParams *params)
{
    g_autofree char *output = g_strdup(params->output);
    g_autoptr(TorchlightJob) job = pretrain_job_new(params);
    GError *error = NULL;

    if (!cli_run_job(cli, job, CLI_LOG_STDERR, &error)) {
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
            cli_note(cli,
                     _("The stages that were done are kept in %s.partial; the same command "
                       "goes on from there."),
                     output);
        return cli_fail(cli, error);
    }
    g_autoptr(JsonBuilder) builder = json_builder_new();
    cli_say(cli, _("%s: tokenizer, VAE, text encoder, UNet and ControlNet, half precision"),
            output);
    json_builder_begin_object(builder);
    cli_json_path(builder, "output", output);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
    return CLI_DONE;
}

int
command_pretrain(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(GStrv) datasets = NULL;
    g_autoptr(PretrainParams) p = pretrain_params_new();
    gboolean decoder_only = FALSE, joint_control = FALSE;
    int status;
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &p->output, _("The model folder to make"),
         _("MODEL")},
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &p->config_dir,
         _("Folder of config.json files, the architecture (the bundled model's)"), _("DIR")},
        {"init", 0, 0, G_OPTION_ARG_FILENAME, &p->init,
         _("Go on from this model instead of random weights; with --vae-steps 0 its VAE stays, "
           "with "
           "--unet-steps 0 its UNet"),
         _("MODEL")},
        {"vae-steps", 0, 0, G_OPTION_ARG_INT, &p->vae_steps, _("Steps for the VAE (3000)"), _("N")},
        {"unet-steps", 0, 0, G_OPTION_ARG_INT, &p->unet_steps,
         _("Steps for text encoder and UNet (1700)"), _("N")},
        {"full-steps", 0, 0, G_OPTION_ARG_INT, &p->full_steps,
         _("How many of these, the last, see whole pictures (150)"), _("N")},
        {"control-steps", 0, 0, G_OPTION_ARG_INT, &p->control_steps,
         _("Steps for the ControlNet (400)"), _("N")},
        {"vae-rows", 0, 0, G_OPTION_ARG_INT, &p->vae_rows, _("Packets of a VAE crop (64)"), _("N")},
        {"vae-columns", 0, 0, G_OPTION_ARG_INT, &p->vae_columns,
         _("Header bits of a VAE crop; fewer than all change what its norms see (1088)"), _("N")},
        {"vae-batch", 0, 0, G_OPTION_ARG_INT, &p->vae_batch, _("Crops a VAE step (4)"), _("N")},
        {"rows", 0, 0, G_OPTION_ARG_INT, &p->unet_rows, _("Packets of a UNet crop (256)"), _("N")},
        {"batch", 0, 0, G_OPTION_ARG_INT, &p->unet_batch, _("Crops a UNet step (2)"), _("N")},
        {"control-rows", 0, 0, G_OPTION_ARG_INT, &p->control_rows,
         _("Packets of a ControlNet crop (256)"), _("N")},
        {"control-batch", 0, 0, G_OPTION_ARG_INT, &p->control_batch,
         _("Crops a ControlNet step (2)"), _("N")},
        {"vae-lr", 0, 0, G_OPTION_ARG_DOUBLE, &p->vae_lr, _("Learning rate (0.002)"), _("X")},
        {"unet-lr", 0, 0, G_OPTION_ARG_DOUBLE, &p->unet_lr, _("Learning rate (0.0008)"), _("X")},
        {"control-lr", 0, 0, G_OPTION_ARG_DOUBLE, &p->control_lr, _("Learning rate (0.0005)"),
         _("X")},
        {"kl-weight", 0, 0, G_OPTION_ARG_DOUBLE, &p->kl_weight,
         _("Weight of the VAE's KL term (0.001)"), _("X")},
        {"absent-weight", 0, 0, G_OPTION_ARG_DOUBLE, &p->absent_weight,
         _("Weight of a pixel without header in the VAE's loss, beside 1 for a header bit (0.25)"),
         _("X")},
        {"random-weight", 0, 0, G_OPTION_ARG_DOUBLE, &p->random_weight,
         _("The same of a bit that is random by nature: checksums, identification, sequence "
           "numbers, timestamps (0.2)"),
         _("X")},
        {"min-snr", 0, 0, G_OPTION_ARG_DOUBLE, &p->min_snr_gamma,
         _("Gamma of min-SNR weighting; 0 for none (0)"), _("X")},
        {"joint", 0, 0, G_OPTION_ARG_NONE, &joint_control,
         _("Let the UNet learn on while the ControlNet is trained"), NULL},
        {"decoder-only", 0, 0, G_OPTION_ARG_NONE, &decoder_only,
         _("Leave the VAE's encoder, and with it the latents, as they are"), NULL},
        {"latent-noise", 0, 0, G_OPTION_ARG_DOUBLE, &p->latent_noise,
         _("Noise on the latents that the VAE's decoder learns from, whose deviation is 1 (0)"),
         _("X")},
        {"vocab", 0, 0, G_OPTION_ARG_INT, &p->vocab_size,
         _("Largest vocabulary of the tokenizer (1024)"), _("N")},
        {"caption-dropout", 0, 0, G_OPTION_ARG_DOUBLE, &p->caption_dropout,
         _("Share of captions left empty, for guidance (0.1)"), _("X")},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &datasets, NULL, NULL},
        {NULL}};

    if (!cli_parse(&cli, argc, argv, _("DATASET -o MODEL"),
                   _("Trains a whole model from a dataset: tokenizer, VAE, text encoder and UNet, "
                     "and a Canny ControlNet, in the diffusers layout. Hours, not minutes; a run "
                     "that is stopped goes on with the stage it was in."),
                   "  torchlight dataset captures/*.pcap --captions labels.csv -o traces\n"
                   "  torchlight pretrain traces -o model --seed 1",
                   entries, CLI_WITH_DEVICE | CLI_WITH_SEED, &status) ||
        !cli_check_words(&cli, datasets, 1, 1, &status) ||
        !cli_require(&cli, p->output, "-o", &status))
        return status;
    p->dataset = g_strdup(datasets[0]);
    p->device = g_strdup(cli.device);
    p->seed = cli.seed;
    p->decoder_only = decoder_only;
    p->joint_control = joint_control;
    if (!p->config_dir)
        p->config_dir = paths_data("presets", "mini");
    return pretrain(&cli, g_steal_pointer(&p));
}
