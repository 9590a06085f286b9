/* SPDX-License-Identifier: Apache-2.0 */
/* Options, messages, JSON. */
#include "app/cli/cli.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "app/trace/layout.h"

enum { HELP_WIDTH = 80 };

void
cli_clear(Cli *cli)
{
    g_clear_pointer(&cli->context, g_option_context_free);
    g_free(cli->device);
    g_free(cli->precision);
    g_free(cli->seed_text);
}

/* Entries that many subcommands share. */
static void
add_common(Cli *cli, CliWith with)
{
    const GOptionEntry device = {"device",
                                 'd',
                                 0,
                                 G_OPTION_ARG_STRING,
                                 &cli->device,
                                 _("Where to compute: cpu, vulkan, or a name that `torchlight "
                                   "devices` prints"),
                                 _("DEVICE")};
    const GOptionEntry seed = {"seed",
                               's',
                               0,
                               G_OPTION_ARG_STRING,
                               &cli->seed_text,
                               _("Of all that is random; the same seed gives the same bytes (0)"),
                               _("SEED")};
    const GOptionEntry json = {
        "json", 0, 0, G_OPTION_ARG_NONE, &cli->json, _("Say the result as one JSON object"), NULL};
    const GOptionEntry precision = {
        "precision",
        0,
        0,
        G_OPTION_ARG_STRING,
        &cli->precision,
        _("How numbers are stored: f32, f16, bf16 or auto, which is f16 "
          "on a graphics card that can (auto)"),
        _("PRECISION")};
    GOptionEntry entries[5] = {{0}};
    int n = 0;

    if (with & CLI_WITH_DEVICE)
        entries[n++] = device;
    if (with & CLI_WITH_PRECISION)
        entries[n++] = precision;
    if (with & CLI_WITH_SEED)
        entries[n++] = seed;
    entries[n++] = json;
    g_option_context_add_main_entries(cli->context, entries, NULL);
}

/* Breaks a paragraph into lines that fit a terminal. The caller frees. */
static char *
wrap(const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    GString *out = g_string_new(NULL);
    glong column = 0;

    for (int i = 0; words[i]; i++) {
        glong width = g_utf8_strlen(words[i], -1);

        if (column > 0 && column + 1 + width > HELP_WIDTH) {
            g_string_append_c(out, '\n');
            column = 0;
        } else if (column > 0) {
            g_string_append_c(out, ' ');
            column++;
        }
        g_string_append(out, words[i]);
        column += width;
    }
    return g_string_free(out, FALSE);
}

bool
cli_parse(Cli *cli, int argc, char **argv, const char *usage, const char *summary,
          const char *examples, const GOptionEntry *entries, CliWith with, int *status)
{
    g_autofree char *description = g_strdup_printf("%s\n%s", _("Examples:"), examples);
    g_autofree char *program = g_strconcat("torchlight ", argv[0], NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *wrapped = wrap(summary);
    g_auto(GStrv) words = g_new0(char *, argc + 1);

    cli->name = argv[0];
    cli->context = g_option_context_new(usage);
    g_option_context_set_summary(cli->context, wrapped);
    g_option_context_set_description(cli->context, description);
    g_option_context_add_main_entries(cli->context, entries, NULL);
    add_common(cli, with);
    for (int i = 0; i < argc; i++)
        words[i] = g_strdup(argv[i]);
    g_set_prgname(program);
    if (!g_option_context_parse_strv(cli->context, &words, &error)) {
        *status = cli_usage(cli, "%s", error->message);
        return false;
    }
    if (cli->seed_text &&
        !g_ascii_string_to_unsigned(cli->seed_text, 10, 0, G_MAXUINT64, &cli->seed, NULL)) {
        *status =
            cli_usage(cli, _("“%s” is no seed: give a whole number from 0 on."), cli->seed_text);
        return false;
    }
    return true;
}

static void
complain(const Cli *cli, const char *message)
{
    g_autoptr(JsonBuilder) builder = NULL;

    if (cli->rank > 0)
        g_printerr(_("torchlight %s, rank %d: %s"), cli->name, cli->rank, message);
    else
        g_printerr("torchlight %s: %s", cli->name, message);
    g_printerr("\n");
    if (!cli->json)
        return;
    builder = json_builder_new();
    json_builder_begin_object(builder);
    cli_json_text(builder, "error", message);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
}

int
cli_usage(const Cli *cli, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    complain(cli, message);
    g_printerr(_("`torchlight %s --help` says how to use it."), cli->name);
    g_printerr("\n");
    return CLI_USAGE;
}

int
cli_fail(const Cli *cli, GError *error)
{
    int status = CLI_FAILED;

    if (error->domain == G_OPTION_ERROR) {
        status = cli_usage(cli, "%s", error->message);
    } else {
        complain(cli, error->message);
    }
    g_error_free(error);
    return status;
}

bool
cli_check_words(const Cli *cli, char **words, int min, int max, int *status)
{
    int n = words ? (int)g_strv_length(words) : 0;

    if (n < min)
        *status = cli_usage(cli, _("Too few names: see what it takes."));
    else if (max >= 0 && n > max)
        *status = cli_usage(cli, _("“%s” is one name too many."), words[max]);
    else
        return true;
    return false;
}

bool
cli_require(const Cli *cli, const char *value, const char *name, int *status)
{
    if (value && *value)
        return true;
    *status = cli_usage(cli, _("The option %s is missing."), name);
    return false;
}

bool
cli_check_output(Cli *cli, const char *output, int *status)
{
    if (!cli_require(cli, output, "-o", status))
        return false;
    cli->piped = g_str_equal(output, "-");
    if (!cli->piped || !cli->json)
        return true;
    *status = cli_usage(cli, _("-o - and --json both write to standard output."));
    return false;
}

bool
cli_check_layout(const Cli *cli, const char *name, int *status)
{
    g_autoptr(GError) error = NULL;

    if (!name || layout_by_name(name, &error))
        return true;
    *status = cli_usage(cli, "%s", error->message);
    return false;
}

void
cli_note(const Cli *cli, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    if (cli->json || cli->rank > 0)
        return;
    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    g_printerr("%s\n", message);
}

void
cli_say(const Cli *cli, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    if (cli->json || cli->rank > 0)
        return;
    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    if (cli->piped)
        g_printerr("%s\n", message);
    else
        g_print("%s\n", message);
}

void
cli_print_json(const Cli *cli, JsonBuilder *builder)
{
    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    g_autofree char *text = NULL;

    if (!cli->json || cli->rank > 0)
        return;
    text = json_to_string(root, TRUE);
    fputs(text, stdout); /* UTF-8 whatever the locale */
    fputc('\n', stdout);
}

void
cli_json_text(JsonBuilder *builder, const char *key, const char *value)
{
    g_autofree char *valid = value ? g_utf8_make_valid(value, -1) : NULL;

    json_builder_set_member_name(builder, key);
    if (valid)
        json_builder_add_string_value(builder, valid);
    else
        json_builder_add_null_value(builder);
}

void
cli_json_path(JsonBuilder *builder, const char *key, const char *value)
{
    g_autofree char *name = value ? g_filename_display_name(value) : NULL;

    cli_json_text(builder, key, name);
}

void
cli_json_int(JsonBuilder *builder, const char *key, gint64 value)
{
    json_builder_set_member_name(builder, key);
    json_builder_add_int_value(builder, value);
}

void
cli_json_number(JsonBuilder *builder, const char *key, double value)
{
    json_builder_set_member_name(builder, key);
    json_builder_add_double_value(builder, value);
}

void
cli_json_bool(JsonBuilder *builder, const char *key, bool value)
{
    json_builder_set_member_name(builder, key);
    json_builder_add_boolean_value(builder, value);
}

char *
cli_duration(double seconds)
{
    gint64 whole = (gint64)(MAX(seconds, 0) + 0.5);

    if (whole >= 3600)
        return g_strdup_printf("%d:%02d:%02d", (int)(whole / 3600), (int)(whole / 60 % 60),
                               (int)(whole % 60));
    return g_strdup_printf("%d:%02d", (int)(whole / 60), (int)(whole % 60));
}

bool
cli_open_ranks(Cli *cli, Ranks **ranks, int *status)
{
    GError *error = NULL;

    if (!ranks_open(ranks, &error)) {
        *status = cli_fail(cli, error);
        return false;
    }
    cli->rank = ranks_index(*ranks);
    return true;
}
