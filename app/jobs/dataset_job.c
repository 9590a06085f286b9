/* SPDX-License-Identifier: Apache-2.0 */
/* One capture after the other into the folder. */
#include "app/jobs/dataset_job.h"

#include <glib/gi18n-lib.h>

#include "app/dataset/caption_template.h"
#include "app/dataset/captions.h"
#include "app/dataset/dataset.h"
#include "app/jobs/capture_pictures.h"
#include "app/jobs/paths.h"
#include "app/jobs/run_folder.h"
#include "app/jobs/stages.h"
#include "app/trace/capture.h"

typedef struct {
    DatasetParams *params;
    DatasetResult result;
} DatasetData;

DatasetParams *
dataset_params_new(void)
{
    DatasetParams *params = g_new0(DatasetParams, 1);

    params->window = IMAGE_ROWS;
    params->min_packets = 1;
    params->flows = FLOW_BY_CAPTURE;
    params->form = (DatasetForm){DATASET_TORCHLIGHT, 1, PALETTE_TORCHLIGHT};
    return params;
}

void
dataset_params_free(DatasetParams *params)
{
    if (!params)
        return;
    g_strfreev(params->captures);
    g_free(params->output);
    g_free(params->captions);
    g_free(params->caption);
    g_free(params->template);
    g_free(params->layout);
    g_free(params->filter);
    g_free(params);
}

static bool
check_params(const DatasetParams *params, GError **error)
{
    if (params->window < 1 || params->window > IMAGE_ROWS) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    _("A picture cannot hold %d packets: choose 1 to %d."), params->window,
                    IMAGE_ROWS);
        return false;
    }
    if (params->stride < 0) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    _("A stride of %d packets leads nowhere: choose 1 or more."), params->stride);
        return false;
    }
    if (params->template && !caption_template_check(params->template, error))
        return false;
    if (!params->captures || !params->captures[0]) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            _("There is no capture to make a dataset of: name at least one."));
        return false;
    }
    return true;
}

/* What captions come from beside the parameters. */
typedef struct {
    Captions *captions;
    Vocabulary *vocabulary;
} CaptionSources;

static char *
caption_of(const DatasetParams *params, const CaptionSources *sources, const char *capture,
           GError **error)
{
    if (sources->captions)
        return g_strdup(captions_find(sources->captions, capture, error));
    if (params->caption)
        return g_strdup(params->caption);
    if (params->template)
        return caption_template_apply(params->template, capture, sources->vocabulary);
    return caption_from_name(capture, NULL);
}

static gint64
count_all(GHashTable *counts)
{
    GHashTableIter iter;
    gpointer count;
    gint64 n = 0;

    g_hash_table_iter_init(&iter, counts);
    while (g_hash_table_iter_next(&iter, NULL, &count))
        n += GPOINTER_TO_UINT(count);
    return n;
}

/* The pictures of one capture. */
typedef struct {
    const DatasetParams *params;
    Dataset *dataset;
    const char *caption;
} Series;

/* What metadata.jsonl says of the flow of a picture. */
static JsonObject *
describe(const Series *series, const Trace *trace, const FlowWindow *window)
{
    const DatasetParams *params = series->params;
    JsonObject *more = json_object_new();

    json_object_set_string_member(more, "flows", flow_by_to_name(params->flows));
    if (window->flow) {
        const char *flow = g_hash_table_lookup(trace->provenance, "flow");

        json_object_set_int_member(more, "flow_number", window->flow->number);
        json_object_set_string_member(more, "flow", flow);
        json_object_set_int_member(more, "flow_packets", (gint64)flow_n_packets(window->flow));
        json_object_set_string_member(more, "tunnel", tunnel_to_name(window->flow->tunnel));
    }
    json_object_set_int_member(more, "first_frame", trace->rows[0].frame);
    json_object_set_int_member(more, "rows_forward", window->directions[0]);
    json_object_set_int_member(more, "rows_back", window->directions[1]);
    json_object_set_int_member(more, "window", params->window);
    json_object_set_int_member(more, "stride", params->stride ? params->stride : params->window);
    return more;
}

static bool
draw(Trace *trace, const FlowWindow *window, const char *stem, void *series_, GError **error)
{
    const Series *series = series_;

    return dataset_add_picture(series->dataset, trace, stem, series->caption,
                               (int)MIN(window->first_row, G_MAXINT),
                               describe(series, trace, window), error);
}

static bool
add_capture(const Stage *stage, DatasetData *data, Dataset *dataset, const CaptionSources *sources,
            const char *capture, GError **error)
{
    const DatasetParams *params = data->params;
    const Layout *layout =
        params->layout ? layout_by_name(params->layout, error) : layout_default();
    g_autofree char *caption = layout ? caption_of(params, sources, capture, error) : NULL;
    g_autofree char *stem = caption_stem(capture);
    const FlowWindowOptions options = {.by = params->flows,
                                       .biggest = params->biggest,
                                       .window = params->window,
                                       .stride = params->stride,
                                       .min_packets = params->min_packets};
    g_autoptr(FlowWindows) windows = NULL;
    guint n_before = dataset->items->len;

    if (!caption)
        return false;
    windows =
        flow_windows_open(capture, layout, &options, &(CaptureReadOptions){params->filter}, error);
    if (!windows || !capture_pictures(stage->job, windows, stem, params->max_windows, draw,
                                      &(Series){params, dataset, caption}, error))
        return false;
    if (flow_windows_warning(windows))
        torchlight_job_log(stage->job, "%s", flow_windows_warning(windows));
    if (dataset->items->len == n_before) {
        data->result.n_short++;
        torchlight_job_log(stage->job, _("“%s” makes no picture: it holds %d packets to draw."),
                           capture, (int)MIN(flow_windows_n_rows(windows), G_MAXINT));
    }
    data->result.n_skipped += count_all(flow_windows_skipped(windows));
    return true;
}

static void
summarise(DatasetResult *result, const Dataset *dataset)
{
    g_autoptr(GHashTable) captions = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < dataset->items->len; i++) {
        const DatasetItem *item = dataset_item(dataset, i);

        g_hash_table_add(captions, item->caption);
        result->n_packets += item->n_packets;
    }
    result->n_pictures = (int)dataset->items->len;
    result->n_captions = (int)g_hash_table_size(captions);
}

static void
note_params(RunFolder *folder, const DatasetParams *params)
{
    JsonObject *object = run_folder_parameters(folder);
    JsonArray *captures = json_array_new();

    for (int i = 0; params->captures[i]; i++) {
        g_autofree char *name = g_filename_display_name(params->captures[i]);

        json_array_add_string_element(captures, name);
    }
    json_object_set_array_member(object, "captures", captures);
    if (params->captions)
        json_object_set_string_member(object, "captions", params->captions);
    if (params->caption)
        json_object_set_string_member(object, "caption", params->caption);
    if (params->template)
        json_object_set_string_member(object, "template", params->template);
    json_object_set_string_member(object, "layout",
                                  params->layout ? params->layout : layout_default()->name);
    if (params->filter)
        json_object_set_string_member(object, "filter", params->filter);
    json_object_set_string_member(object, "palette", palette_name(params->form.palette));
    json_object_set_string_member(object, "style",
                                  params->form.style == DATASET_KOHYA ? "kohya" : "torchlight");
    json_object_set_int_member(object, "repeats", params->form.repeats);
    if (params->input_palette)
        json_object_set_string_member(object, "input_palette",
                                      palette_name(*params->input_palette));
    json_object_set_int_member(object, "window", params->window);
    json_object_set_string_member(object, "flows", flow_by_to_name(params->flows));
    if (params->biggest)
        json_object_set_boolean_member(object, "biggest", TRUE);
    json_object_set_int_member(object, "stride", params->stride ? params->stride : params->window);
    json_object_set_int_member(object, "min_packets", params->min_packets);
    json_object_set_int_member(object, "max_windows", params->max_windows);
}

static bool
make_pictures(const Stage *stage, DatasetData *data, Dataset *dataset, GError **error)
{
    const DatasetParams *params = data->params;
    const DatasetImport import = {params->input_palette, params->layout, params->caption};
    int n = (int)g_strv_length(params->captures);
    g_autofree char *words = params->template ? paths_vocabulary(NULL) : NULL;
    g_autoptr(Vocabulary) vocabulary = words ? vocabulary_read(words, NULL) : NULL;
    g_autoptr(Captions) captions = params->captions ? captions_read(params->captions, error) : NULL;
    const CaptionSources sources = {captions, vocabulary};

    if (params->captions && !captions)
        return false;
    for (int i = 0; i < n; i++) {
        g_autofree char *name = g_filename_display_basename(params->captures[i]);

        stage_progress(stage, (double)i / n, _("drawing %s (%d of %d)"), name, i + 1, n);
        if (!torchlight_job_checkpoint(stage->job, error) ||
            !(g_file_test(params->captures[i], G_FILE_TEST_IS_DIR)
                  ? dataset_add_folder(dataset, params->captures[i], &import, error)
                  : add_capture(stage, data, dataset, &sources, params->captures[i], error)))
            return false;
    }
    data->result.n_captures = n;
    if (dataset->items->len > 0)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("No capture holds a packet with the headers of the layout, from “%s” on: give "
                  "captures of IP traffic."),
                params->captures[0]);
    return false;
}

bool
dataset_stage(const Stage *stage, DatasetParams *params, DatasetResult *result, GError **error)
{
    DatasetData data = {.params = params};
    g_autoptr(RunFolder) folder = NULL;
    g_autoptr(Dataset) dataset = NULL;

    if (!check_params(params, error))
        return false;
    folder = run_folder_new(params->output, "dataset", error);
    if (!folder)
        return false;
    dataset = dataset_new(run_folder_dir(folder));
    dataset->form = params->form;
    if (!make_pictures(stage, &data, dataset, error) || !dataset_write_metadata(dataset, error) ||
        !torchlight_job_checkpoint(stage->job, error))
        return false;
    summarise(&data.result, dataset);
    note_params(folder, params);
    json_object_set_int_member(run_folder_results(folder), "pictures", data.result.n_pictures);
    if (!run_folder_commit(folder, error))
        return false;
    *result = data.result;
    return true;
}

static void
data_free(void *data_)
{
    DatasetData *data = data_;

    dataset_params_free(data->params);
    g_free(data);
}

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    DatasetData *data = data_;

    return dataset_stage(&STAGE_WHOLE(job), data->params, &data->result, error);
}

TorchlightJob *
dataset_job_new(DatasetParams *params)
{
    DatasetData *data = g_new0(DatasetData, 1);

    data->params = params;
    return torchlight_job_new(_("Make a dataset"), work, data, data_free);
}

const DatasetResult *
dataset_job_get_result(TorchlightJob *job)
{
    return &((DatasetData *)torchlight_job_get_data(job))->result;
}
