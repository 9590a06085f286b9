/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight lora info | convert | combine | merge | extract */
#include <glib/gi18n.h>
#include <math.h>

#include "app/cli/facts.h"
#include "app/jobs/lora_tool.h"

static int
inform(const Cli *cli, char **paths)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "files");
    json_builder_begin_array(builder);
    for (int i = 0; paths[i]; i++) {
        GError *error = NULL;
        g_autoptr(Facts) facts = lora_inspect(paths[i], &error);

        if (!facts)
            return cli_fail(cli, error);
        if (i > 0)
            cli_say(cli, "%s", "");
        cli_say_facts(cli, facts);
        cli_json_facts(builder, facts);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
    return CLI_DONE;
}

/* Takes params. */
static int
work(const Cli *cli, LoraToolParams *params)
{
    g_autofree char *output = g_strdup(params->output);
    bool extracts = params->kind == LORA_EXTRACT;
    g_autoptr(TorchlightJob) job = lora_tool_job_new(params);
    g_autoptr(JsonBuilder) builder = json_builder_new();
    const LoraToolResult *result;
    GError *error = NULL;

    if (!cli_run_job(cli, job, CLI_LOG_STDERR, &error))
        return cli_fail(cli, error);
    result = lora_tool_job_get_result(job);
    cli_say(cli, _("%s: %d layers"), output, result->n_layers);
    if (extracts)
        cli_say(cli, _("%.2f %% of the difference is not in it"), 100 * result->error);
    json_builder_begin_object(builder);
    cli_json_path(builder, "output", output);
    cli_json_int(builder, "layers", result->n_layers);
    if (extracts)
        cli_json_number(builder, "left", result->error);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
    return CLI_DONE;
}

static bool
take_files(const Cli *cli, LoraToolParams *params, char **words, int *status)
{
    for (int i = 0; words[i]; i++) {
        GenerateLora lora = generate_lora_parse(words[i], NULL);

        g_array_append_val(params->loras, lora);
        if (params->kind == LORA_CONVERT && (lora.weight != 1 || !isnan(lora.text_weight))) {
            *status = cli_usage(cli,
                                _("“%s”: what is only rewritten has no weight; combine can "
                                  "weigh a single file, too."),
                                words[i]);
            return false;
        }
        if (params->kind == LORA_COMBINE && !isnan(lora.text_weight)) {
            *status =
                cli_usage(cli, _("“%s”: in combining, both parts have one weight."), words[i]);
            return false;
        }
    }
    return true;
}

static bool
find_kind(const char *name, LoraToolKind *kind)
{
    static const char *const names[] = {"convert", "combine", "merge", "extract"};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_str_equal(names[i], name)) {
            *kind = (LoraToolKind)i;
            return true;
        }
    }
    return false;
}

static bool
check(Cli *cli, const LoraToolParams *params, char **words, int *status)
{
    static const int max[] = {
        [LORA_CONVERT] = 2, [LORA_COMBINE] = -1, [LORA_MERGE] = -1, [LORA_EXTRACT] = 1};
    int min = params->kind == LORA_EXTRACT ? 1 : 2;

    if (!cli_check_words(cli, words, min, max[params->kind], status) ||
        !cli_require(cli, params->output, "-o", status) ||
        (params->kind == LORA_EXTRACT && !cli_require(cli, params->tuned, "--tuned", status)))
        return false;
    if (params->rank >= 1 && params->rank <= 1024 && params->conv_rank >= 0 &&
        params->conv_rank <= 1024)
        return true;
    *status = cli_usage(cli, _("A rank is from 1 to 1024; that of convolutions may be 0."));
    return false;
}

int
command_lora(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(GStrv) words = NULL;
    g_autoptr(LoraToolParams) params = lora_tool_params_new(LORA_CONVERT);
    int status;
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &params->output,
         _("The file to write; merge: the folder to make"), _("OUT")},
        {"to", 0, 0, G_OPTION_ARG_STRING, &params->form,
         _("How the layers are named: kohya or peft (as in the first file)"), _("FORM")},
        {"dtype", 0, 0, G_OPTION_ARG_STRING, &params->dtype,
         _("Numbers of the output: fp32, fp16 or bf16 (as in the first file; models: fp32)"),
         _("TYPE")},
        {"model", 'm', 0, G_OPTION_ARG_FILENAME, &params->model,
         _("merge, extract: the base (the bundled model); convert: the model whose names the "
           "layers get, for files with the original checkpoint's names"),
         _("MODEL")},
        {"tuned", 0, 0, G_OPTION_ARG_FILENAME, &params->tuned,
         _("extract: the model that was made of the base"), _("MODEL")},
        {"rank", 0, 0, G_OPTION_ARG_INT, &params->rank, _("extract: rank of the factors (16)"),
         _("N")},
        {"conv-rank", 0, 0, G_OPTION_ARG_INT, &params->conv_rank,
         _("extract: rank for 3 × 3 convolutions, too (0: none)"), _("N")},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL},
        {NULL}};

    params->rank = 16;
    if (!cli_parse(&cli, argc, argv,
                   _("info FILE… | convert FILE | combine FILE[:W]… | merge FILE[:W]… | extract"),
                   _("Works on LoRA files: says what one holds; writes it with kohya's or PEFT's "
                     "names; makes one of several; merges them into a model; makes one of the "
                     "difference of two models."),
                   "  torchlight lora info web.safetensors\n"
                   "  torchlight lora convert web.safetensors --to peft -o web-peft.safetensors\n"
                   "  torchlight lora combine web.safetensors:0.7 dns.safetensors:0.3 -o "
                   "both.safetensors\n"
                   "  torchlight lora merge web.safetensors:0.8 --model MODEL -o merged\n"
                   "  torchlight lora extract --model MODEL --tuned merged --rank 8 -o "
                   "again.safetensors",
                   entries, 0, &status) ||
        !cli_check_words(&cli, words, 1, -1, &status))
        return status;
    if (g_str_equal(words[0], "info"))
        return cli_check_words(&cli, words, 2, -1, &status) ? inform(&cli, words + 1) : status;
    if (!find_kind(words[0], &params->kind))
        return cli_usage(&cli, _("“%s” is none of info, convert, combine, merge, extract."),
                         words[0]);
    if (!check(&cli, params, words, &status) || !take_files(&cli, params, words + 1, &status))
        return status;
    return work(&cli, g_steal_pointer(&params));
}
