/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs of a workspace, importing among them. */
#include "ui/workspace_private.h"

#include <glib/gi18n.h>

#include "app/jobs/import_job.h"

static const char page_key[] = "torchlight-page", start_key[] = "torchlight-start";

static int
seconds_now(void)
{
    return (int)(g_get_monotonic_time() / G_USEC_PER_SEC);
}

static void
on_finished(TorchlightWorkspace *workspace, TorchlightJob *job)
{
    workspace_tell_job_finished(workspace, job);
}

void
torchlight_workspace_start_job(TorchlightWorkspace *workspace, TorchlightJob *job, const char *page)
{
    g_object_set_data_full(G_OBJECT(job), page_key, g_strdup(page), g_free);
    g_object_set_data(G_OBJECT(job), start_key, GINT_TO_POINTER(seconds_now()));
    g_list_store_insert(workspace->jobs, 0, job);
    g_signal_connect_object(job, "finished", G_CALLBACK(on_finished), workspace, G_CONNECT_SWAPPED);
    torchlight_job_start(job);
}

GListModel *
torchlight_workspace_get_jobs(TorchlightWorkspace *workspace)
{
    return G_LIST_MODEL(workspace->jobs);
}

const char *
torchlight_workspace_get_job_page(TorchlightWorkspace *workspace, TorchlightJob *job)
{
    return g_object_get_data(G_OBJECT(job), page_key);
}

int
torchlight_workspace_get_job_seconds(TorchlightWorkspace *workspace, TorchlightJob *job)
{
    return seconds_now() - GPOINTER_TO_INT(g_object_get_data(G_OBJECT(job), start_key));
}

void
torchlight_workspace_dismiss_job(TorchlightWorkspace *workspace, TorchlightJob *job)
{
    guint position;

    if (g_list_store_find(workspace->jobs, job, &position))
        g_list_store_remove(workspace->jobs, position);
}

void
workspace_clear_jobs(TorchlightWorkspace *workspace)
{
    if (!workspace->jobs)
        return;
    for (guint i = 0; i < g_list_model_get_n_items(G_LIST_MODEL(workspace->jobs)); i++) {
        g_autoptr(TorchlightJob) job = g_list_model_get_item(G_LIST_MODEL(workspace->jobs), i);

        torchlight_job_cancel(job);
    }
    g_clear_object(&workspace->jobs);
}

/* One import: its traces go into the project it was begun for. */
typedef struct {
    TorchlightWorkspace *workspace;
    TorchlightProject *project;
    GPtrArray *items; /* TorchlightItem, what has arrived */
    bool open;        /* the first that arrives */
} Import;

static void
import_free(Import *import)
{
    g_object_unref(import->workspace);
    g_object_unref(import->project);
    g_ptr_array_unref(import->items);
    g_free(import);
}

static void
import_collect(Import *import, TorchlightJob *job)
{
    import_job_collect(job, import->project, import->items);
    if (import->open && import->items->len > 0 &&
        torchlight_workspace_get_project(import->workspace) == import->project) {
        import->open = false;
        torchlight_workspace_open_trace(import->workspace, import->items->pdata[0]);
        torchlight_workspace_go(import->workspace, "trace");
    }
}

static void
on_import_progress(TorchlightJob *job, Import *import)
{
    import_collect(import, job);
}

static guint
append_sentences(GString *text, GPtrArray *problems, guint n_max)
{
    guint n = MIN(problems->len, n_max);

    for (guint i = 0; i < n; i++) {
        const ImportProblem *problem = problems->pdata[i];

        g_string_append_printf(text, "%s%s", text->len ? "\n\n" : "", problem->sentence);
    }
    return n;
}

static void
tell_problems(Import *import, TorchlightJob *job)
{
    enum { MAX_TOLD = 8 };
    GPtrArray *problems = import_job_get_problems(job), *warnings = import_job_get_warnings(job);
    g_autoptr(GString) text = g_string_new(NULL);
    guint n = problems->len + warnings->len;
    guint told = append_sentences(text, problems, MAX_TOLD);

    told += append_sentences(text, warnings, MAX_TOLD - told);
    if (n == 0)
        return;
    if (told < n)
        g_string_append_printf(text, "\n\n%s",
                               ngettext("One file more could not be read.",
                                        "More files could not be read.", n - told));
    torchlight_workspace_tell_error(
        import->workspace,
        problems->len == 0 ? _("Not Everything Could Be Read")
                           : ngettext("A File Could Not Be Imported",
                                      "Some Files Could Not Be Imported", problems->len),
        text->str);
}

static void
on_import_finished(TorchlightJob *job, Import *import)
{
    const GError *error = torchlight_job_get_error(job);
    g_autofree char *text = NULL;
    guint n;

    import_collect(import, job);
    n = import->items->len;
    if (error && !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        torchlight_workspace_tell_error(import->workspace, _("The Import Stopped"), error->message);
        return;
    }
    tell_problems(import, job);
    if (n == 0)
        return;
    text = g_strdup_printf(ngettext("%u trace imported", "%u traces imported", n), n);
    torchlight_workspace_toast(import->workspace, text);
}

void
torchlight_workspace_import_with(TorchlightWorkspace *workspace, ImportParams *params, bool open)
{
    g_autoptr(TorchlightJob) job = import_job_new(params);
    Import *import = g_new0(Import, 1);

    *import = (Import){g_object_ref(workspace), g_object_ref(workspace->project),
                       g_ptr_array_new_with_free_func(g_object_unref), open};
    g_signal_connect(job, "preview-changed", G_CALLBACK(on_import_progress), import);
    g_signal_connect_data(job, "finished", G_CALLBACK(on_import_finished), import,
                          (GClosureNotify)(void (*)(void))import_free, 0);
    torchlight_workspace_start_job(workspace, job, "library");
}

void
torchlight_workspace_import(TorchlightWorkspace *workspace, GFile *const *files, int n, bool open)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new();
    ImportParams *params;

    if (!workspace->project) {
        torchlight_workspace_tell_error(workspace, _("No Project Is Open"),
                                        _("Make or open a project first."));
        return;
    }
    for (int i = 0; i < n; i++) {
        char *path = g_file_get_path(files[i]);

        if (path)
            g_ptr_array_add(paths, path);
    }
    g_ptr_array_add(paths, NULL);
    params = import_params_new();
    params->dir = g_strdup(torchlight_project_get_dir(workspace->project));
    params->inputs = (char **)g_ptr_array_steal(paths, NULL);
    torchlight_workspace_import_with(workspace, params, open);
}
