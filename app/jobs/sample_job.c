/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the sample project beside its place, where nobody sees it, and renames it when it is
 * whole. */
#include "app/jobs/sample_job.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "app/jobs/import_private.h"
#include "app/jobs/paths.h"
#include "app/jobs/run_folder.h"

typedef struct {
    char *dir;
    guint n_traces;
} SampleData;

static bool
fill(TorchlightJob *job, SampleData *data, TorchlightProject *project, GError **error)
{
    ImportParams *params = import_params_new();
    g_autofree char *samples = paths_data("samples", NULL);
    g_autoptr(ImportData) import = NULL;

    params->dir = g_strdup(torchlight_project_get_dir(project));
    params->inputs = g_new0(char *, 2);
    params->inputs[0] = g_steal_pointer(&samples);
    import = import_data_new(params);
    if (!import_work(job, import, error))
        return false;
    data->n_traces = import_data_collect(import, project, NULL);
    if (data->n_traces > 0)
        return torchlight_project_close(project, error);
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                _("There are no sample captures in “%s”: install Torchlight again."),
                params->inputs[0]);
    return false;
}

static bool
make(TorchlightJob *job, SampleData *data, const char *dir, GError **error)
{
    /* The project's timers are this thread's. */
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(TorchlightProject) project = NULL;
    bool done;

    g_main_context_push_thread_default(context);
    project = torchlight_project_create(dir, _("Sample Project"), error);
    done = project && fill(job, data, project, error);
    g_clear_object(&project);
    g_main_context_pop_thread_default(context);
    return done;
}

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    SampleData *data = data_;
    g_autofree char *place = g_canonicalize_filename(data->dir, NULL);
    g_autofree char *parent = g_path_get_dirname(place);
    g_autofree char *beside = g_strconcat(place, ".XXXXXX", NULL);
    int code = 0;

    if (g_mkdir_with_parents(parent, 0777) != 0 || !g_mkdtemp_full(beside, 0777))
        code = errno;
    if (!code && !make(job, data, beside, error)) {
        run_folder_remove(beside);
        return false;
    }
    if (!code && g_rename(beside, place) != 0) {
        code = errno;
        run_folder_remove(beside);
    }
    if (!code)
        return true;
    if (code == ENOTEMPTY || code == EEXIST || code == ENOTDIR)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                    _("“%s” is there already: choose a new or an empty folder."), data->dir);
    else
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(code),
                    _("Cannot make the folder “%s”: %s; choose a place that you may write to."),
                    data->dir, g_strerror(code));
    return false;
}

static void
data_free(void *data_)
{
    SampleData *data = data_;

    g_free(data->dir);
    g_free(data);
}

TorchlightJob *
sample_job_new(const char *dir)
{
    SampleData *data = g_new0(SampleData, 1);

    data->dir = g_strdup(dir);
    return torchlight_job_new(_("Make the sample project"), work, data, data_free);
}

guint
sample_job_get_n_traces(TorchlightJob *job)
{
    return ((SampleData *)torchlight_job_get_data(job))->n_traces;
}
