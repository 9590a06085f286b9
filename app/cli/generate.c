/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight generate */
#include <glib/gi18n.h>
#include <string.h>

#include "app/cli/cli.h"
#include "app/jobs/generate_control.h"
#include "app/jobs/generate_job.h"
#include "app/jobs/generate_settings.h"
#include "app/jobs/grid_job.h"

/* The first control goes into the settings of its own, the others behind it. */
static bool
add_controls(GenerateParams *given, char **texts, char **nets, GError **error)
{
    for (int i = 0; texts && texts[i]; i++) {
        g_autoptr(GenerateControl) control = generate_control_parse(texts[i], error);

        if (!control)
            return false;
        if (i == 0) {
            given->control = g_steal_pointer(&control->map);
            if (strcmp(given->control, texts[0]) != 0) {
                given->control_weight = control->weight;
                given->control_start = control->start;
                given->control_end = control->end;
            }
            if (!given->control_mode)
                given->control_mode = g_steal_pointer(&control->mode);
            if (!given->control_convention)
                given->control_convention = g_steal_pointer(&control->convention);
            if (!given->control_layers)
                given->control_layers = g_steal_pointer(&control->layers);
            continue;
        }
        if (nets && nets[0] && nets[1])
            control->net = g_strdup(nets[MIN((guint)i, g_strv_length(nets) - 1)]);
        g_ptr_array_add(given->more_controls, g_steal_pointer(&control));
    }
    given->controlnet = nets ? g_strdup(nets[0]) : NULL;
    return true;
}

static char *
sampler_names(void)
{
    GString *names = g_string_new(NULL);

    for (int i = 0; generate_sampler_name(i); i++)
        g_string_append_printf(names, "%s%s", i ? ", " : "", generate_sampler_name(i));
    return g_string_free(names, FALSE);
}

static bool
check_sampler(const Cli *cli, const char *name, int *status)
{
    g_autofree char *names = sampler_names();

    int sampler, schedule;

    if (!name || generate_sampler_split(name, &sampler, &schedule))
        return true;
    *status = cli_usage(cli, _("“%s” is no sampler: choose one of %s."), name, names);
    return false;
}

static void
say_result(const Cli *cli, const char *output, const GenerateResult *result)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    cli_say(cli, _("%s: %d pictures, %.1f s each on %s"), output, (int)result->images->len,
            result->seconds_per_image, result->device);
    json_builder_begin_object(builder);
    cli_json_path(builder, "output", output);
    cli_json_text(builder, "device", result->device);
    cli_json_number(builder, "seconds_per_picture", result->seconds_per_image);
    json_builder_set_member_name(builder, "pictures");
    json_builder_begin_array(builder);
    for (guint i = 0; i < result->images->len; i++) {
        const GenerateImage *image = result->images->pdata[i];
        g_autofree char *name = g_strdup_printf("%05d.png", image->index);
        g_autofree char *path = g_build_filename(output, name, NULL);

        json_builder_begin_object(builder);
        cli_json_path(builder, "path", path);
        cli_json_int(builder, "seed", (gint64)image->seed);
        cli_json_int(builder, "width", image->width);
        cli_json_int(builder, "height", image->height);
        cli_json_bool(builder, "trace", image->is_trace);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
    if (result->images->len > 0 && ((GenerateImage *)result->images->pdata[0])->is_trace)
        cli_say(cli, _("Next: torchlight repair %s/00000.png -o synthetic.pcap"), output);
}

static int
generate(const Cli *cli, GenerateParams *params, Ranks *ranks)
{
    g_autofree char *output = g_strdup(params->output);
    g_autoptr(TorchlightJob) job = NULL;
    GError *error = NULL;

    params->ranks = ranks;
    job = generate_job_new(params, NULL);
    if (!cli_run_job(cli, job, CLI_LOG_STDERR, &error))
        return cli_fail(cli, error);
    say_result(cli, output, generate_job_get_result(job));
    return CLI_DONE;
}

static void
say_grid(const Cli *cli, const char *output, TorchlightJob *job)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autofree char *path = g_build_filename(output, "grid.png", NULL);
    int n = grid_job_n_done(job);

    cli_say(cli, _("%s: %d pictures, %.1f s each on %s"), path, n, grid_job_get_seconds(job),
            grid_job_get_device(job));
    json_builder_begin_object(builder);
    cli_json_path(builder, "output", output);
    cli_json_path(builder, "grid", path);
    cli_json_text(builder, "device", grid_job_get_device(job));
    cli_json_number(builder, "seconds_per_picture", grid_job_get_seconds(job));
    cli_json_int(builder, "columns", grid_axis_n(grid_job_get_params(job)->x));
    cli_json_int(builder, "rows", grid_axis_n(grid_job_get_params(job)->y));
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
}

/* Takes base. */
static int
generate_grid(const Cli *cli, GenerateParams *base, const char *x, const char *y)
{
    g_autofree char *output = g_strdup(base->output);
    g_autoptr(GridParams) params = grid_params_new();
    g_autoptr(TorchlightJob) job = NULL;
    GError *error = NULL;

    params->base = base;
    if ((x && !(params->x = grid_axis_parse(x, &error))) ||
        (y && !(params->y = grid_axis_parse(y, &error))))
        return cli_fail(cli, error);
    job = grid_job_new(g_steal_pointer(&params), NULL);
    if (!cli_run_job(cli, job, CLI_LOG_STDERR, &error))
        return cli_fail(cli, error);
    say_grid(cli, output, job);
    return CLI_DONE;
}

/* What was given on the command line goes over the settings. */
static void
put_options(GenerateParams *params, const GenerateParams *given, const Cli *cli)
{
    generate_params_put_given(params, given);
    params->output = g_strdup(given->output);
    if (cli->device) {
        g_free(params->device);
        params->device = g_strdup(cli->device);
    }
    if (cli->precision) {
        g_free(params->precision);
        params->precision = g_strdup(cli->precision);
    }
    if (cli->seed_text)
        params->seed = cli->seed;
}

int
command_generate(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(GStrv) loras = NULL;
    g_auto(GStrv) controls = NULL;
    g_auto(GStrv) nets = NULL;
    g_auto(GStrv) words = NULL;
    g_autoptr(GenerateParams) given = generate_params_new_blank();
    g_autoptr(GenerateParams) params = NULL;
    g_autofree char *settings = NULL;
    g_autofree char *x = NULL;
    g_autofree char *y = NULL;
    g_autofree char *names = sampler_names();
    g_autofree char *sampler_help =
        g_strdup_printf(_("How to walk from noise to picture: %s (the model's own)"), names);
    gboolean any_words = FALSE, together = FALSE, hires = FALSE;
    GError *error = NULL;
    Ranks *ranks = NULL;
    int status;
    const GOptionEntry entries[] = {
        {"prompt", 'p', 0, G_OPTION_ARG_STRING, &given->prompt,
         _("What to draw, in the words of the training captions"), _("TEXT")},
        {"settings", 0, 0, G_OPTION_ARG_FILENAME, &settings,
         _("Settings to start from, which the other options change: a run.json, a picture that was "
           "generated, or a JSON object of settings"),
         _("FILE")},
        {"any-words", 0, 0, G_OPTION_ARG_NONE, &any_words,
         _("Take words that the model's captions do not have"), NULL},
        {"negative", 0, 0, G_OPTION_ARG_STRING, &given->negative, _("What not to draw"), _("TEXT")},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &given->output,
         _("The folder to make: new, empty, or made by an earlier run and not changed since"),
         _("DIR")},
        {"model", 'm', 0, G_OPTION_ARG_FILENAME, &given->model,
         _("A folder as diffusers has it, or a .safetensors file (the bundled model)"), _("MODEL")},
        {"config", 0, 0, G_OPTION_ARG_FILENAME, &given->config,
         _("Of a model in one file: a folder with its configs, as diffusers has them (deduced)"),
         _("DIR")},
        {"tokenizer", 0, 0, G_OPTION_ARG_FILENAME, &given->tokenizer,
         _("Of a model in one file: a folder with vocab.json and merges.txt (tokenizer/ beside "
           "it)"),
         _("DIR")},
        {"prediction", 0, 0, G_OPTION_ARG_STRING, &given->prediction,
         _("What the UNet was trained to predict: epsilon or v (what the model says)"), _("NAME")},
        {"vae", 0, 0, G_OPTION_ARG_FILENAME, &given->vae,
         _("Another VAE than the model's, a folder or a .safetensors file"), _("VAE")},
        {"lora", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &loras,
         _("A LoRA to add, with a weight if not 1, and one for the text encoder if that is "
           "another; "
           "may be given several times"),
         _("FILE[:WEIGHT[:TEXT_WEIGHT]]")},
        {"control", 'c', 0, G_OPTION_ARG_FILENAME_ARRAY, &controls,
         _("A picture of edges, as `torchlight canny` makes it, to guide the drawing; may be given "
           "several times, and then with a weight, the part of the steps, a mode, a convention "
           "and weights of layers of its own"),
         _("EDGES.png[:W[:START-END[:MODE[:CONVENTION[:LAYERS]]]]]")},
        {"control-weight", 0, 0, G_OPTION_ARG_DOUBLE, &given->control_weight,
         _("How strongly, 0 to 2 (1)"), _("W")},
        {"control-start", 0, 0, G_OPTION_ARG_DOUBLE, &given->control_start,
         _("From which part of the steps on (0)"), _("X")},
        {"control-end", 0, 0, G_OPTION_ARG_DOUBLE, &given->control_end,
         _("Up to which part of the steps (1)"), _("X")},
        {"control-mode", 0, 0, G_OPTION_ARG_STRING, &given->control_mode,
         _("What counts more: balanced, prompt or control (balanced)"), _("MODE")},
        {"control-convention", 0, 0, G_OPTION_ARG_STRING, &given->control_convention,
         _("Whose rules for start, end and mode: diffusers or a1111 (diffusers)"), _("NAME")},
        {"control-layers", 0, 0, G_OPTION_ARG_STRING, &given->control_layers,
         _("A weight for each of the ControlNet's results, 13 of Stable Diffusion's, with commas, "
           "in place of the mode's"),
         _("LAYERS")},
        {"controlnet", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &nets,
         _("The ControlNet that reads them, a folder or a .safetensors file (the model's own); "
           "given several times, one for each --control"),
         _("CONTROLNET")},
        {"sampler", 0, 0, G_OPTION_ARG_STRING, &given->sampler, sampler_help, _("NAME")},
        {"schedule", 0, 0, G_OPTION_ARG_STRING, &given->schedule,
         _("Which noise levels the steps visit: normal, karras, exponential or sgm_uniform (what "
           "comes with the sampler)"),
         _("NAME")},
        {"eta", 0, 0, G_OPTION_ARG_DOUBLE, &given->eta,
         _("How much noise ddim, euler_a and dpmpp_2m_sde put back, 0 to 1 (1; of ddim 0)"),
         _("X")},
        {"steps", 0, 0, G_OPTION_ARG_INT, &given->steps, _("In how many steps (20)"), _("N")},
        {"cfg", 0, 0, G_OPTION_ARG_DOUBLE, &given->guidance,
         _("Guidance: how closely to follow the prompt; 1 is none (4)"), _("X")},
        {"cfg-rescale", 0, 0, G_OPTION_ARG_DOUBLE, &given->guidance_rescale,
         _("How far guidance keeps the spread of what the prompt alone gives, 0 to 1 (0)"), _("X")},
        {"clip-skip", 0, 0, G_OPTION_ARG_INT, &given->clip_skip,
         _("Last layers of the text encoder to leave out (0)"), _("N")},
        {"count", 'n', 0, G_OPTION_ARG_INT, &given->count,
         _("How many pictures; each takes the next seed (1)"), _("N")},
        {"batch", 0, 0, G_OPTION_ARG_INT, &given->batch, _("How many of them at once (1)"), _("N")},
        {"noise", 0, 0, G_OPTION_ARG_STRING, &given->noise,
         _("Whose random numbers: cpu, cpu:f16, cpu:bf16, cuda, cuda:GPU (as cuda:rtx3060) or "
           "a1111 "
           "(cpu)"),
         _("SOURCE")},
        {"noise-together", 0, 0, G_OPTION_ARG_NONE, &together,
         _("Draw the noise of a batch from one generator, as diffusers does with one"), NULL},
        {"ensd", 0, 0, G_OPTION_ARG_INT, &given->noise_delta, _("A1111’s eta noise seed delta (0)"),
         _("N")},
        {"init", 0, 0, G_OPTION_ARG_FILENAME, &given->init,
         _("A picture to start from instead of noise"), _("PICTURE.png")},
        {"strength", 0, 0, G_OPTION_ARG_DOUBLE, &given->strength,
         _("How far to go from it, 0 to 1 (0.75)"), _("X")},
        {"hires", 0, 0, G_OPTION_ARG_NONE, &hires,
         _("Draw a smaller picture first, enlarge and finish it"), NULL},
        {"hires-width", 0, 0, G_OPTION_ARG_INT, &given->hires_width,
         _("Of the smaller picture (three quarters)"), _("W")},
        {"hires-height", 0, 0, G_OPTION_ARG_INT, &given->hires_height,
         _("Of the smaller picture (three quarters)"), _("H")},
        {"hires-upscaler", 0, 0, G_OPTION_ARG_STRING, &given->hires_upscaler,
         _("How to enlarge: latent, latent_nearest, latent_bicubic, lanczos or nearest (latent)"),
         _("NAME")},
        {"hires-steps", 0, 0, G_OPTION_ARG_INT, &given->hires_steps,
         _("Steps after that (as many as before)"), _("N")},
        {"hires-strength", 0, 0, G_OPTION_ARG_DOUBLE, &given->hires_strength,
         _("How much noise comes back before them, 0 to 1 (0.7)"), _("X")},
        {"vae-tiling", 0, 0, G_OPTION_ARG_STRING, &given->vae_tiling,
         _("Decode in tiles: on, off, or auto, when memory asks for it (auto)"), _("WHEN")},
        {"width", 0, 0, G_OPTION_ARG_INT, &given->width,
         _("In pixels (that of the edges, else 1088)"), _("W")},
        {"height", 0, 0, G_OPTION_ARG_INT, &given->height,
         _("In pixels (that of the edges, else 1024)"), _("H")},
        {"layout", 'l', 0, G_OPTION_ARG_STRING, &given->layout,
         _("Of the pictures that the model has seen: torchlight or nprint (torchlight)"),
         _("LAYOUT")},
        {"x", 0, 0, G_OPTION_ARG_STRING, &x,
         _("A grid of pictures: from left to right this setting has these values, in DIR/grid.png"),
         _("SETTING=VALUES")},
        {"y", 0, 0, G_OPTION_ARG_STRING, &y, _("The same from top to bottom"), _("SETTING=VALUES")},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL},
        {NULL}};

    if (!cli_parse(
            &cli, argc, argv, _("--prompt TEXT -o DIR"),
            _("Draws pictures of traces from a caption. DIR gets 00000.png as drawn, "
              "00000.trace.png with every pixel corrected to the colour of a bit, and "
              "run.json with all parameters."),
            "  torchlight generate --prompt \"pixelated network data: no vpn, web, http2\" "
            "-o new\n"
            "  torchlight generate --prompt \"pixelated network data: wireguard, voip, "
            "rtp\" \\\n"
            "      --lora voip.safetensors:0.8 --control edges.png --seed 7 --count 4 -o "
            "new\n"
            "  torchlight generate --prompt \"web\" --x steps=5,10,20 --y guidance=1..7:4 -o "
            "grid",
            entries, CLI_WITH_DEVICE | CLI_WITH_PRECISION | CLI_WITH_SEED, &status) ||
        !cli_check_words(&cli, words, 0, 0, &status) ||
        !cli_require(&cli, given->output, "-o", &status) ||
        !cli_check_layout(&cli, given->layout, &status) ||
        !check_sampler(&cli, given->sampler, &status))
        return status;
    for (int i = 0; loras && loras[i]; i++)
        generate_params_add_lora_text(given, loras[i], NULL);
    if (!add_controls(given, controls, nets, &error))
        return cli_fail(&cli, error);
    given->any_words = any_words;
    given->noise_together = together;
    given->hires = hires;
    params = settings ? generate_params_read(settings, &error) : generate_params_new();
    if (!params)
        return cli_fail(&cli, error);
    put_options(params, given, &cli);
    if (!cli_require(&cli, params->prompt, "--prompt", &status))
        return status;
    if (!cli_open_ranks(&cli, &ranks, &status))
        return status;
    if (!x && !y)
        status = generate(&cli, g_steal_pointer(&params), ranks);
    else if (ranks)
        status = cli_usage(&cli, _("A grid is drawn by one process: run it without a launcher."));
    else
        status = generate_grid(&cli, g_steal_pointer(&params), x, y);
    ranks_close(ranks, status == CLI_DONE);
    return status;
}
