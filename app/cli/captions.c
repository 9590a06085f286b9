/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight captions */
#include <glib/gi18n.h>
#include <string.h>

#include "app/cli/captions_folder.h"
#include "app/cli/cli.h"
#include "app/dataset/caption_edit.h"
#include "app/jobs/caption_report.h"
#include "app/jobs/paths.h"

/* The options of all that it does. */
typedef struct {
    char *find, *with, *model, *form, *output;
    gboolean add, regex, word, match_case, dry_run;
    char **words;
} Options;

static void
options_clear(Options *options)
{
    g_free(options->find);
    g_free(options->with);
    g_free(options->model);
    g_free(options->form);
    g_free(options->output);
    g_strfreev(options->words);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static Vocabulary *
read_vocabulary(const Options *options, GError **error)
{
    g_autofree char *path = paths_vocabulary(options->model);

    return path ? vocabulary_read(path, error) : NULL;
}

static void
begin_list(JsonBuilder *builder)
{
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "captions");
    json_builder_begin_array(builder);
}

static void
end_list(const Cli *cli, JsonBuilder *builder, gint64 count)
{
    json_builder_end_array(builder);
    cli_json_int(builder, "count", count);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
}

static int
list(const Cli *cli, CaptionsFolder *folder, const Options *options)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    begin_list(builder);
    for (guint i = 0; i < folder->rows->len; i++) {
        const CaptionRow *row = captions_folder_row(folder, i);

        cli_say(cli, "%s\t%s", row->file, row->caption);
        json_builder_begin_object(builder);
        cli_json_path(builder, "file", row->file);
        cli_json_text(builder, "caption", row->caption);
        json_builder_end_object(builder);
    }
    end_list(cli, builder, folder->rows->len);
    return CLI_DONE;
}

/* --- tokens --- */

static const char **
all_captions(const CaptionsFolder *folder)
{
    const char **captions = g_new(const char *, folder->rows->len);

    for (guint i = 0; i < folder->rows->len; i++)
        captions[i] = captions_folder_row(folder, i)->caption;
    return captions;
}

static void
say_pieces(const Cli *cli, const CaptionTokens *tokens, const CaptionRow *row, JsonBuilder *builder)
{
    g_autoptr(GArray) words = caption_tokens_split_words(tokens, row->caption);
    int n = caption_tokens_count(tokens, row->caption);
    g_autoptr(GString) pieces = g_string_new(NULL);

    json_builder_begin_object(builder);
    cli_json_path(builder, "file", row->file);
    cli_json_int(builder, "tokens", n);
    json_builder_set_member_name(builder, "pieces");
    json_builder_begin_array(builder);
    for (guint i = 0; i < words->len; i++) {
        const char *text = g_array_index(words, CaptionPieces, i).pieces;

        json_builder_add_string_value(builder, text);
        g_string_append_printf(pieces, " %s", text);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    cli_say(cli, "%d\t%s%s%s", n, row->file, pieces->len ? "\t" : "", pieces->str);
}

static int
tokens(const Cli *cli, CaptionsFolder *folder, const Options *options)
{
    GError *error = NULL;
    g_autoptr(CaptionTokens) counter = caption_tokens_new(options->model, &error);
    g_autoptr(Vocabulary) vocabulary = counter ? read_vocabulary(options, &error) : NULL;
    g_autofree const char **captions = all_captions(folder);
    g_autoptr(CaptionReport) report = NULL;
    g_autoptr(JsonBuilder) builder = json_builder_new();

    if (error)
        return cli_fail(cli, error);
    begin_list(builder);
    for (guint i = 0; i < folder->rows->len; i++)
        say_pieces(cli, counter, captions_folder_row(folder, i), builder);
    report = caption_report_new(captions, folder->rows->len, vocabulary, counter);
    for (guint i = 0; i < report->problems->len; i++) {
        const CaptionReportProblem *found =
            &g_array_index(report->problems, CaptionReportProblem, i);
        g_autofree char *text = caption_problem_to_text(&found->problem);

        cli_note(cli, "%s: %s", captions_folder_row(folder, found->index)->file, text);
    }
    end_list(cli, builder, folder->rows->len);
    return CLI_DONE;
}

/* --- changes --- */

static int
say_changes(const Cli *cli, CaptionsFolder *folder, char *const *after, const Options *options)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    GError *error = NULL;
    int n = 0;

    begin_list(builder);
    for (guint i = 0; i < folder->rows->len; i++) {
        const CaptionRow *row = captions_folder_row(folder, i);

        if (!after[i])
            continue;
        cli_say(cli, "%s\t%s\t%s", row->file, row->caption, after[i]);
        json_builder_begin_object(builder);
        cli_json_path(builder, "file", row->file);
        cli_json_text(builder, "before", row->caption);
        cli_json_text(builder, "after", after[i]);
        json_builder_end_object(builder);
        n++;
    }
    if (!options->dry_run && !captions_folder_change(folder, after, &error))
        return cli_fail(cli, error);
    cli_note(cli,
             options->dry_run
                 ? ngettext("%d caption would change", "%d captions would change", (gulong)n)
                 : ngettext("%d caption changed", "%d captions changed", (gulong)n),
             n);
    end_list(cli, builder, n);
    return CLI_DONE;
}

static int
replace(const Cli *cli, CaptionsFolder *folder, const Options *options)
{
    const CaptionEditSpec spec = {options->add    ? CAPTION_ADD
                                  : options->with ? CAPTION_REPLACE
                                                  : CAPTION_REMOVE,
                                  options->regex  ? CAPTION_MATCH_REGEX
                                  : options->word ? CAPTION_MATCH_WORD
                                                  : CAPTION_MATCH_TEXT,
                                  options->find, options->with, options->match_case};
    GError *error = NULL;
    g_autoptr(Vocabulary) vocabulary = read_vocabulary(options, &error);
    g_autoptr(CaptionEdit) edit = error ? NULL : caption_edit_new(&spec, vocabulary, &error);
    g_autoptr(GPtrArray) changed = g_ptr_array_new_full(folder->rows->len, g_free);

    for (guint i = 0; !error && i < folder->rows->len; i++)
        g_ptr_array_add(changed,
                        caption_edit_apply(edit, captions_folder_row(folder, i)->caption, &error));
    return error ? cli_fail(cli, error)
                 : say_changes(cli, folder, (char *const *)changed->pdata, options);
}

static int
import(const Cli *cli, CaptionsFolder *folder, const Options *options)
{
    GError *error = NULL;
    Captions *captions = captions_open(options->words[2], &error);
    g_autoptr(GPtrArray) changed = g_ptr_array_new_full(folder->rows->len, g_free);
    guint n_found = 0;

    if (!captions)
        return cli_fail(cli, error);
    for (guint i = 0; i < folder->rows->len; i++) {
        const CaptionRow *row = captions_folder_row(folder, i);
        const char *caption =
            captions_lookup(captions, row->file, captions_folder_source(folder, i));

        n_found += caption != NULL;
        g_ptr_array_add(changed,
                        caption && !g_str_equal(caption, row->caption) ? g_strdup(caption) : NULL);
    }
    captions_free(captions);
    if (n_found < folder->rows->len)
        cli_note(cli, _("%u of %u pictures have no caption in “%s”."), folder->rows->len - n_found,
                 folder->rows->len, options->words[2]);
    return say_changes(cli, folder, (char *const *)changed->pdata, options);
}

static int export(const Cli *cli, CaptionsFolder *folder, const Options *options)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    CaptionsForm form = CAPTIONS_CSV;
    GError *error = NULL;
    int n;

    if (options->form && !captions_form_by_name(options->form, &form, &error))
        return cli_fail(cli, error);
    n = captions_write(options->output, form, (const CaptionRow *)folder->rows->data,
                       folder->rows->len, &error);
    if (n < 0)
        return cli_fail(cli, error);
    cli_say(cli, ngettext("%d caption written to “%s”", "%d captions written to “%s”", (gulong)n),
            n, options->output);
    json_builder_begin_object(builder);
    cli_json_path(builder, "output", options->output);
    cli_json_int(builder, "count", n);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
    return CLI_DONE;
}

/* What it can do. */
typedef struct {
    const char *name;
    int n_words; /* with its own */
    int (*func)(const Cli *cli, CaptionsFolder *folder, const Options *options);
} Verb;

static const Verb verbs[] = {
    {"list", 2, list},     {"tokens", 2, tokens}, {"replace", 2, replace},
    {"import", 3, import}, {"export", 2, export},
};

static const Verb *
find_verb(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(verbs); i++) {
        if (g_str_equal(verbs[i].name, name))
            return &verbs[i];
    }
    return NULL;
}

static int
run(Cli *cli, const Options *options)
{
    const Verb *verb = find_verb(options->words[0]);
    g_autoptr(CaptionsFolder) folder = NULL;
    GError *error = NULL;
    int status;

    if (!verb)
        return cli_usage(cli, _("“%s” is none of list, replace, import, export and tokens."),
                         options->words[0]);
    if (!cli_check_words(cli, options->words, verb->n_words, verb->n_words, &status))
        return status;
    if (verb->func == export && !cli_check_output(cli, options->output, &status))
        return status;
    if (verb->func == replace && !options->find && !options->add)
        return cli_usage(cli, _("The option %s is missing."), "--find");
    folder = captions_folder_open(options->words[1], &error);
    if (!folder)
        return cli_fail(cli, error);
    status = verb->func(cli, folder, options);
    if (!captions_folder_close(folder, &error))
        return cli_fail(cli, error);
    return status;
}

int
command_captions(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(Options) options = {0};
    int status;
    const GOptionEntry entries[] = {
        {"find", 0, 0, G_OPTION_ARG_STRING, &options.find,
         _("replace: the text to look for, whatever its case"), _("TEXT")},
        {"with", 0, 0, G_OPTION_ARG_STRING, &options.with,
         _("replace: the text instead (none: it is removed); with --add the words"), _("TEXT")},
        {"add", 0, 0, G_OPTION_ARG_NONE, &options.add,
         _("replace: add the words of --with where they are not"), NULL},
        {"word", 0, 0, G_OPTION_ARG_NONE, &options.word,
         _("replace: whole words only: “openvpn” is not in “openvpn-udp”"), NULL},
        {"regex", 0, 0, G_OPTION_ARG_NONE, &options.regex,
         _("replace: --find is a regular expression; --with may name groups: \\1"), NULL},
        {"match-case", 0, 0, G_OPTION_ARG_NONE, &options.match_case,
         _("replace: capitals are other letters"), NULL},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &options.dry_run,
         _("replace, import: only say what would change"), NULL},
        {"form", 0, 0, G_OPTION_ARG_STRING, &options.form,
         _("export: csv, jsonl or txt, a file beside each (csv)"), _("FORM")},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output,
         _("export: the file to write; for txt a folder"), _("PATH")},
        {"model", 'm', 0, G_OPTION_ARG_FILENAME, &options.model,
         _("tokens: folder of the model whose tokenizer counts (the bundled one)"), _("DIR")},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.words, NULL, NULL},
        {NULL}};

    if (!cli_parse(&cli, argc, argv, _("list|replace|import|export|tokens DIR [TABLE]"),
                   _("Captions of the pictures of a project or a dataset folder: listed, changed "
                     "many at once, taken from a table (.csv, .jsonl) or a folder of .txt files, "
                     "written to one, or counted in tokens as a model reads them, with what may "
                     "be wrong with them."),
                   "  torchlight captions list traces\n"
                   "  torchlight captions replace traces --find wireguard --with wg --word\n"
                   "  torchlight captions replace traces --add --with \"ipv6, lab\"\n"
                   "  torchlight captions export traces -o captions.csv\n"
                   "  torchlight captions import traces captions.csv --dry-run\n"
                   "  torchlight captions tokens traces --model sd15",
                   entries, 0, &status) ||
        !cli_check_words(&cli, options.words, 2, -1, &status))
        return status;
    return run(&cli, &options);
}
