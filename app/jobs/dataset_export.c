/* SPDX-License-Identifier: Apache-2.0 */
/* One picture after the other into the folder. */
#include "app/jobs/dataset_export.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/dataset/caption_template.h"
#include "app/jobs/run_folder.h"

typedef struct {
    DatasetExportParams *params;
    int n_written;
} ExportData;

DatasetExportParams *
dataset_export_params_new(void)
{
    DatasetExportParams *params = g_new0(DatasetExportParams, 1);

    params->pictures = g_ptr_array_new();
    params->form = (DatasetForm){DATASET_TORCHLIGHT, 1, PALETTE_TORCHLIGHT};
    return params;
}

void
dataset_export_params_add(DatasetExportParams *params, const char *path, const char *caption,
                          const char *source)
{
    DatasetExportPicture *picture = g_new(DatasetExportPicture, 1);

    picture->path = g_strdup(path);
    picture->caption = caption && *caption ? g_strdup(caption) : caption_from_name(path, NULL);
    picture->source = g_strdup(source);
    g_ptr_array_add(params->pictures, picture);
}

void
dataset_export_params_free(DatasetExportParams *params)
{
    if (!params)
        return;
    for (guint i = 0; i < params->pictures->len; i++) {
        DatasetExportPicture *picture = params->pictures->pdata[i];

        g_free(picture->path);
        g_free(picture->caption);
        g_free(picture->source);
        g_free(picture);
    }
    g_ptr_array_unref(params->pictures);
    g_free(params->output);
    g_free(params);
}

/* Newlines and tabulators would be others when the folder is read again. */
static char *
one_line(const char *caption)
{
    char *line = g_strdup(caption);

    return g_strstrip(g_strdelimit(line, "\r\n\t", ' '));
}

/* False: it could not be read, or (fatal) not be written. */
static bool
add_picture(Dataset *dataset, const DatasetExportPicture *picture, bool *fatal, GError **error)
{
    g_autofree char *stem = caption_stem(picture->path);
    g_autofree char *caption = one_line(picture->caption);
    g_autoptr(Trace) trace = trace_read_png(picture->path, NULL, NULL, error);
    const char *first;
    int first_packet;

    *fatal = trace != NULL;
    if (!trace)
        return false;
    if (picture->source)
        g_hash_table_insert(trace->provenance, g_strdup("source"), g_strdup(picture->source));
    first = g_hash_table_lookup(trace->provenance, "first_packet");
    first_packet = first ? (int)CLAMP(g_ascii_strtoll(first, NULL, 10), 0, G_MAXINT) : 0;
    return dataset_add_picture(dataset, trace, stem, caption, first_packet, NULL, error);
}

static bool
add_pictures(TorchlightJob *job, Dataset *dataset, const DatasetExportParams *params,
             GError **error)
{
    for (guint i = 0; i < params->pictures->len; i++) {
        const DatasetExportPicture *picture = params->pictures->pdata[i];
        g_autofree char *name = g_filename_display_basename(picture->path);
        g_autoptr(GError) local = NULL;
        bool fatal;

        torchlight_job_progress(job, (double)i / params->pictures->len, _("writing %s (%u of %u)"),
                                name, i + 1, params->pictures->len);
        if (!torchlight_job_checkpoint(job, error))
            return false;
        if (add_picture(dataset, picture, &fatal, &local))
            continue;
        if (fatal || (i + 1 == params->pictures->len && dataset->items->len == 0)) {
            g_propagate_error(error, g_steal_pointer(&local));
            return false;
        }
        torchlight_job_log(job, "%s", local->message);
    }
    return true;
}

static bool
run(TorchlightJob *job, void *data, GError **error)
{
    ExportData *export = data;
    g_autoptr(RunFolder) folder = run_folder_new(export->params->output, "dataset", error);
    g_autoptr(Dataset) dataset = NULL;

    if (!folder)
        return false;
    dataset = dataset_new(run_folder_dir(folder));
    dataset->form = export->params->form;
    if (!add_pictures(job, dataset, export->params, error) ||
        !dataset_write_metadata(dataset, error))
        return false;
    export->n_written = (int)dataset->items->len;
    json_object_set_int_member(run_folder_results(folder), "pictures", export->n_written);
    return run_folder_commit(folder, error);
}

static void
export_data_free(void *data)
{
    dataset_export_params_free(((ExportData *)data)->params);
    g_free(data);
}

TorchlightJob *
dataset_export_new(DatasetExportParams *params)
{
    ExportData *export = g_new0(ExportData, 1);

    export->params = params;
    return torchlight_job_new(_("Export of a dataset"), run, export, export_data_free);
}

int
dataset_export_get_count(TorchlightJob *job)
{
    return ((ExportData *)torchlight_job_get_data(job))->n_written;
}
