/* SPDX-License-Identifier: Apache-2.0 */
/* torchlight project */
#include <glib/gi18n.h>
#include <string.h>

#include "app/cli/cli.h"
#include "app/jobs/import_job.h"
#include "app/jobs/sample_job.h"
#include "app/project/project.h"

/* Opened to be changed, or said why not. */
static TorchlightProject *
open_to_change(const Cli *cli, const char *dir, int *status)
{
    GError *error = NULL;
    g_autoptr(TorchlightProject) project = torchlight_project_open(dir, &error);
    const char *problem;

    if (!project) {
        *status = cli_fail(cli, error);
        return NULL;
    }
    problem = torchlight_project_get_problem(project);
    if (!torchlight_project_is_writable(project)) {
        *status = cli_fail(cli, g_error_new_literal(G_IO_ERROR, G_IO_ERROR_READ_ONLY, problem));
        return NULL;
    }
    if (problem)
        cli_note(cli, "%s", problem);
    return g_steal_pointer(&project);
}

static int new (const Cli *cli, const char *dir, const char *name)
{
    GError *error = NULL;
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(TorchlightProject) project = torchlight_project_create(dir, name, &error);

    if (!project || !torchlight_project_close(project, &error))
        return cli_fail(cli, error);
    cli_say(cli, _("%s: an empty project; `torchlight project import %s FILE…` fills it"), dir,
            dir);
    json_builder_begin_object(builder);
    cli_json_path(builder, "project", dir);
    cli_json_text(builder, "name", torchlight_project_get_name(project));
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
    return CLI_DONE;
}

static int
sample(const Cli *cli, const char *dir)
{
    g_autoptr(TorchlightJob) job = sample_job_new(dir);
    g_autoptr(JsonBuilder) builder = json_builder_new();
    GError *error = NULL;

    if (!cli_run_job(cli, job, CLI_LOG_STDERR, &error))
        return cli_fail(cli, error);
    cli_say(cli, _("%s: the sample project, %u traces"), dir, sample_job_get_n_traces(job));
    json_builder_begin_object(builder);
    cli_json_path(builder, "project", dir);
    cli_json_int(builder, "traces", sample_job_get_n_traces(job));
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
    return CLI_DONE;
}

/* --- import --- */

static void
say_imported(const Cli *cli, const char *dir, guint n_traces, const GPtrArray *problems)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    for (guint i = 0; i < problems->len; i++)
        cli_note(cli, "%s", ((ImportProblem *)problems->pdata[i])->sentence);
    cli_say(cli, g_dngettext(GETTEXT_PACKAGE, "%s: %u trace more", "%s: %u traces more", n_traces),
            dir, n_traces);
    json_builder_begin_object(builder);
    cli_json_path(builder, "project", dir);
    cli_json_int(builder, "traces", n_traces);
    json_builder_set_member_name(builder, "problems");
    json_builder_begin_array(builder);
    for (guint i = 0; i < problems->len; i++) {
        const ImportProblem *problem = problems->pdata[i];

        json_builder_begin_object(builder);
        cli_json_path(builder, "path", problem->path);
        cli_json_text(builder, "sentence", problem->sentence);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
}

static int
import(const Cli *cli, const char *dir, ImportParams *params_)
{
    g_autoptr(ImportParams) params = params_;
    g_autoptr(TorchlightProject) project = NULL;
    g_autoptr(TorchlightJob) job = NULL;
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_object_unref);
    GError *error = NULL, *unsaved = NULL;
    const GPtrArray *problems;
    int status;
    bool done;

    project = open_to_change(cli, dir, &status);
    if (!project)
        return status;
    params->dir = g_strdup(torchlight_project_get_dir(project));
    job = import_job_new(g_steal_pointer(&params));
    done = cli_run_job(cli, job, CLI_LOG_STDERR, &error);
    import_job_collect(job, project, items);
    /* What came before it was stopped stays. */
    if (!torchlight_project_close(project, &unsaved)) {
        g_clear_error(&error);
        return cli_fail(cli, unsaved);
    }
    if (!done)
        return cli_fail(cli, error);
    problems = import_job_get_problems(job);
    say_imported(cli, dir, items->len, problems);
    return problems->len > 0 ? CLI_FAILED : CLI_DONE;
}

/* --- info --- */

static int
compare_counts(const void *a, const void *b, void *counts)
{
    int x = GPOINTER_TO_INT(g_hash_table_lookup(counts, *(char *const *)a));
    int y = GPOINTER_TO_INT(g_hash_table_lookup(counts, *(char *const *)b));

    return x != y ? y - x : strcmp(*(char *const *)a, *(char *const *)b);
}

/* The captions of the traces, the most frequent first. */
static void
say_captions(const Cli *cli, JsonBuilder *builder, GListModel *traces)
{
    g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char **captions = NULL;
    guint n;

    for (guint i = 0; i < g_list_model_get_n_items(traces); i++) {
        g_autoptr(TorchlightItem) item = g_list_model_get_item(traces, i);
        const char *caption = torchlight_item_get_caption(item);

        g_hash_table_insert(
            counts, g_strdup(caption),
            GINT_TO_POINTER(GPOINTER_TO_INT(g_hash_table_lookup(counts, caption)) + 1));
    }
    captions = (char **)g_hash_table_get_keys_as_array(counts, &n);
    g_qsort_with_data(captions, (int)n, sizeof *captions, compare_counts, counts);
    json_builder_set_member_name(builder, "captions");
    json_builder_begin_array(builder);
    for (guint i = 0; i < n; i++) {
        int count = GPOINTER_TO_INT(g_hash_table_lookup(counts, captions[i]));

        cli_say(cli, "%8d  %s", count, *captions[i] ? captions[i] : _("(no caption)"));
        json_builder_begin_object(builder);
        cli_json_text(builder, "caption", captions[i]);
        cli_json_int(builder, "traces", count);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

static void
say_kind(const Cli *cli, JsonBuilder *builder, TorchlightProject *project, ItemKind kind)
{
    static const char *const titles[N_ITEM_KINDS] = {N_("traces"), N_("control maps"), N_("LoRAs"),
                                                     N_("runs"),   N_("captures"),     N_("models"),
                                                     N_("figures")};
    GListModel *list = torchlight_project_get_items(project, kind);
    guint n = g_list_model_get_n_items(list), n_missing = 0;

    for (guint i = 0; i < n; i++) {
        g_autoptr(TorchlightItem) item = g_list_model_get_item(list, i);

        n_missing += torchlight_item_is_missing(item);
    }
    json_builder_set_member_name(builder, item_kind_name(kind));
    json_builder_begin_object(builder);
    cli_json_int(builder, "items", n);
    cli_json_int(builder, "missing", n_missing);
    json_builder_end_object(builder);
    if (n_missing)
        cli_say(cli, _("%8u  %s, the files of %u are missing"), n, _(titles[kind]), n_missing);
    else if (n)
        cli_say(cli, "%8u  %s", n, _(titles[kind]));
}

static int
info(const Cli *cli, const char *dir)
{
    GError *error = NULL;
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(TorchlightProject) project = torchlight_project_open(dir, &error);
    const char *problem;

    if (!project)
        return cli_fail(cli, error);
    problem = torchlight_project_get_problem(project);
    json_builder_begin_object(builder);
    cli_json_path(builder, "project", torchlight_project_get_dir(project));
    cli_json_text(builder, "name", torchlight_project_get_name(project));
    cli_json_text(builder, "problem", problem);
    cli_say(cli, "%s", torchlight_project_get_name(project));
    for (ItemKind kind = 0; kind < N_ITEM_KINDS; kind++)
        say_kind(cli, builder, project, kind);
    cli_say(cli, "%s", _("Captions:"));
    say_captions(cli, builder, torchlight_project_get_items(project, ITEM_TRACE));
    json_builder_end_object(builder);
    cli_print_json(cli, builder);
    if (problem)
        cli_note(cli, "%s", problem);
    return CLI_DONE;
}

/* --- options --- */

static int
check_and_import(const Cli *cli, char **words, ImportParams *params_, const char *flows)
{
    g_autoptr(ImportParams) params = params_;
    g_autoptr(GError) error = NULL;

    if (params->caption && params->template)
        return cli_usage(cli, _("--caption and --template exclude each other."));
    if (params->min_packets < 1 || params->max_pictures < 0)
        return cli_usage(cli, _("--min-packets starts at 1 and --pictures at 0."));
    if (flows && !flow_by_from_name(flows, &params->flows, &error))
        return cli_usage(cli, "%s", error->message);
    params->inputs = g_strdupv(words + 2);
    return import(cli, words[1], g_steal_pointer(&params));
}

int
command_project(int argc, char **argv)
{
    g_auto(Cli) cli = {0};
    g_auto(GStrv) words = NULL;
    g_autoptr(ImportParams) params = import_params_new();
    g_autofree char *name = NULL, *flows = NULL;
    int status;
    const GOptionEntry entries[] = {
        {"name", 0, 0, G_OPTION_ARG_STRING, &name, _("new: the project's name (its folder's)"),
         _("NAME")},
        {"caption", 0, 0, G_OPTION_ARG_STRING, &params->caption,
         _("import: one caption for all traces"), _("TEXT")},
        {"template", 0, 0, G_OPTION_ARG_STRING, &params->template,
         _("import: captions made of the files' names where nothing else says one: {1}, {2} … for "
           "words of a name, {name}, {folder}, or {known} for the words that the vocabulary has"),
         _("TEXT")},
        {"filter", 'f', 0, G_OPTION_ARG_STRING, &params->filter,
         _("import: only the packets that match, in tcpdump's words: “tcp port 80”"),
         _("EXPRESSION")},
        {"flows", 0, 0, G_OPTION_ARG_STRING, &flows,
         _("import: a series of traces for each flow: tuple, hosts or capture (capture)"),
         _("KIND")},
        {"packets", 'n', 0, G_OPTION_ARG_INT, &params->window,
         _("import: packets a trace (1024, which is also the most)"), _("N")},
        {"min-packets", 0, 0, G_OPTION_ARG_INT, &params->min_packets,
         _("import: leave out flows of fewer packets, and shorter last traces, unless a file would "
           "have none (64)"),
         _("N")},
        {"pictures", 0, 0, G_OPTION_ARG_INT, &params->max_pictures,
         _("import: at most so many traces a file (all)"), _("N")},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL},
        {NULL}};

    if (!cli_parse(&cli, argc, argv, _("new DIR | import DIR FILE… | info DIR | sample DIR"),
                   _("A project is a folder that the workbench opens: traces with their captions, "
                     "control maps, LoRAs, runs. Files that come in are captures, pictures and "
                     "tables of traces, and folders of these."),
                   "  torchlight project sample first\n"
                   "  torchlight project new vpn\n"
                   "  torchlight project import vpn captures/*.pcap --template \"{known}\"\n"
                   "  torchlight project info vpn",
                   entries, 0, &status) ||
        !cli_check_words(&cli, words, 2, -1, &status))
        return status;
    if (g_str_equal(words[0], "import"))
        return cli_check_words(&cli, words, 3, -1, &status)
                   ? check_and_import(&cli, words, g_steal_pointer(&params), flows)
                   : status;
    if (!cli_check_words(&cli, words, 2, 2, &status))
        return status;
    if (g_str_equal(words[0], "new"))
        return new (&cli, words[1], name);
    if (g_str_equal(words[0], "info"))
        return info(&cli, words[1]);
    if (g_str_equal(words[0], "sample"))
        return sample(&cli, words[1]);
    return cli_usage(&cli, _("“%s” is neither new, import, info nor sample."), words[0]);
}
