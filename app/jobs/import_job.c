/* SPDX-License-Identifier: Apache-2.0 */
/* One file after the other into pictures/. The worker writes a caption and then its picture, so
 * that a picture that is there is whole; its record waits for the main thread, and should that
 * never come, opening the project takes the picture in as it stands (project_recover.c). */
#include "app/jobs/import_job.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "app/dataset/caption_template.h"
#include "app/jobs/capture_pictures.h"
#include "app/jobs/import_captions.h"
#include "app/jobs/import_inputs.h"
#include "app/jobs/import_private.h"
#include "app/project/trace_record.h"
#include "app/trace/atomic.h"
#include "app/trace/interchange.h"

enum { MIN_PACKETS = 64, PREVIEW_EVERY_MS = 200 };

struct ImportData {
    ImportParams *params;

    /* The worker's. */
    ImportCaptions *captions;
    gint64 previewed_us;
    gint64 n_bytes, n_bytes_done; /* of all inputs */
    bool cannot_write;            /* and then no other file can be taken in either */

    GMutex mutex;                 /* guards what follows */
    GPtrArray *traces, *captures; /* JsonObject: records that nobody has collected */
    GPtrArray *problems;          /* ImportProblem */
    GPtrArray *warnings;          /* ImportProblem */

    /* The main thread's. */
    GPtrArray *collected; /* TorchlightItem */
};

/* The file that is being taken in. */
typedef struct {
    TorchlightJob *job;
    ImportData *data;
    const ImportInput *input;
    FlowWindows *windows; /* of a capture, else NULL */
    const char *caption;
    char *capture_id; /* of its record, or NULL */
    int number, n;    /* of all files */
    int n_pictures;
    gint64 n_packets; /* of the capture that make rows */
} Import;

ImportParams *
import_params_new(void)
{
    ImportParams *params = g_new0(ImportParams, 1);

    params->flows = FLOW_BY_CAPTURE;
    params->window = IMAGE_ROWS;
    params->min_packets = MIN_PACKETS;
    return params;
}

void
import_params_free(ImportParams *params)
{
    if (!params)
        return;
    g_free(params->dir);
    g_strfreev(params->inputs);
    g_free(params->caption);
    g_free(params->template);
    g_free(params->filter);
    g_free(params);
}

static void
problem_free(void *problem_)
{
    ImportProblem *problem = problem_;

    g_free(problem->path);
    g_free(problem->sentence);
    g_free(problem);
}

static void
note(ImportData *data, GPtrArray *problems, const char *path, const char *sentence)
{
    ImportProblem *problem = g_new0(ImportProblem, 1);

    problem->path = g_strdup(path);
    problem->sentence = g_strdup(sentence);
    g_mutex_lock(&data->mutex);
    g_ptr_array_add(problems, problem);
    g_mutex_unlock(&data->mutex);
}

static void
refuse(const char *path, const char *sentence, void *data_)
{
    ImportData *data = data_;

    note(data, data->problems, path, sentence);
}

/* --- pictures --- */

/* Both files or none. */
static bool
write_picture(const char *path, const Trace *trace, const char *caption, GError **error)
{
    g_autofree char *beside = g_strdup_printf("%.*s.txt", (int)(strlen(path) - 4), path);
    g_autofree char *line = trace_record_caption_line(caption);

    if (*line && !atomic_file_write(beside, line, strlen(line), error))
        return false;
    if (trace_write_png(trace, path, PALETTE_TORCHLIGHT, error))
        return true;
    g_unlink(beside);
    return false;
}

static JsonObject *
make_record(const Import *import, const Trace *trace, const char *file, const FlowWindow *window)
{
    JsonObject *record = json_object_new();
    const char *flow = g_hash_table_lookup(trace->provenance, "flow");
    g_autofree char *name = caption_stem(file);

    json_object_set_string_member(record, "name", name);
    json_object_set_string_member(record, "file", file);
    json_object_set_string_member(record, "caption", import->caption);
    json_object_set_string_member(record, "origin", "imported");
    trace_record_describe(record, trace);
    if (import->capture_id)
        json_object_set_string_member(record, "parent", import->capture_id);
    if (window && window->flow && flow)
        json_object_set_string_member(record, "flow", flow);
    return record;
}

static void
tell_progress(const Import *import, double part)
{
    const ImportData *data = import->data;
    g_autofree char *name = g_filename_display_basename(import->input->path);

    torchlight_job_progress(import->job,
                            ((double)data->n_bytes_done + part * (double)import->input->size) /
                                (double)MAX(data->n_bytes, 1),
                            _("importing %s (%d of %d)"), name, import->number, import->n);
}

/* Observers are told that something arrived, with a picture of it, but not more often than they can
 * look. */
static void
show(const Import *import, const Trace *trace)
{
    ImportData *data = import->data;
    gint64 now_us = g_get_monotonic_time();

    if (data->previewed_us && now_us - data->previewed_us < PREVIEW_EVERY_MS * 1000)
        return;
    data->previewed_us = now_us;
    torchlight_job_take_preview(import->job, trace_draw(trace, 0, IMAGE_ROWS, PALETTE_TORCHLIGHT));
}

static bool
take_picture(Trace *trace, const FlowWindow *window, const char *stem, void *import_,
             GError **error)
{
    Import *import = import_;
    ImportData *data = import->data;
    g_autofree char *file = project_new_file(data->params->dir, "pictures", stem, ".png");
    g_autofree char *path = g_build_filename(data->params->dir, file, NULL);
    JsonObject *record;

    if (*import->caption)
        g_hash_table_insert(trace->provenance, g_strdup("caption"), g_strdup(import->caption));
    if (window)
        g_hash_table_insert(trace->provenance, g_strdup("first_packet"),
                            g_strdup_printf("%" G_GUINT64_FORMAT, window->first_row));
    if (!write_picture(path, trace, import->caption, error)) {
        data->cannot_write = true;
        return false;
    }
    record = make_record(import, trace, file, window);
    g_mutex_lock(&data->mutex);
    g_ptr_array_add(data->traces, record);
    g_mutex_unlock(&data->mutex);
    import->n_pictures++;
    if (import->windows)
        tell_progress(import, flow_windows_fraction(import->windows));
    show(import, trace);
    return true;
}

/* --- kinds of files --- */

static bool
take_windows(Import *import, int min_packets, GError **error)
{
    const ImportParams *params = import->data->params;
    const FlowWindowOptions options = {
        .by = params->flows, .window = params->window, .min_packets = min_packets};
    g_autofree char *stem = caption_stem(import->input->path);
    g_autoptr(FlowWindows) windows =
        flow_windows_open(import->input->path, layout_default(), &options,
                          &(CaptureReadOptions){.filter = params->filter}, error);
    bool good;

    if (!windows)
        return false;
    import->windows = windows;
    good = capture_pictures(import->job, windows, stem, params->max_pictures, take_picture, import,
                            error);
    import->windows = NULL;
    import->n_packets = (gint64)flow_windows_n_rows(windows);
    if (good && import->n_pictures > 0 && flow_windows_warning(windows)) {
        torchlight_job_log(import->job, "%s", flow_windows_warning(windows));
        note(import->data, import->data->warnings, import->input->path,
             flow_windows_warning(windows));
    }
    return good;
}

static void
add_capture(const Import *import)
{
    ImportData *data = import->data;
    JsonObject *record = json_object_new();
    g_autofree char *name = caption_stem(import->input->path);

    json_object_set_string_member(record, "id", import->capture_id);
    json_object_set_string_member(record, "name", name);
    json_object_set_string_member(record, "file", import->input->path);
    json_object_set_int_member(record, "bytes", import->input->size);
    json_object_set_int_member(record, "packets", import->n_packets);
    json_object_set_int_member(record, "pictures", import->n_pictures);
    g_mutex_lock(&data->mutex);
    g_ptr_array_add(data->captures, record);
    g_mutex_unlock(&data->mutex);
}

static bool
take_capture(Import *import, GError **error)
{
    const ImportParams *params = import->data->params;
    g_autofree char *caption = import_captions_find(import->data->captions, import->input, NULL);
    bool good;

    import->caption = caption;
    /* A record names its file in UTF-8. */
    if (g_utf8_validate(import->input->path, -1, NULL))
        import->capture_id = g_uuid_string_random();
    good = take_windows(import, params->min_packets, error);
    /* A capture that is small as a whole is not left out. */
    if (good && import->n_pictures == 0 && params->min_packets > 1)
        good = take_windows(import, 1, error);
    if (import->capture_id && import->n_pictures > 0)
        add_capture(import);
    g_clear_pointer(&import->capture_id, g_free);
    if (good && import->n_pictures == 0) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    params->filter ? _("No packet of “%s” matches the filter and has the headers "
                                       "of a picture: choose another filter.")
                                   : _("“%s” holds no packet with the headers of a picture: give "
                                       "captures of IP traffic."),
                    import->input->path);
        good = false;
    }
    return good;
}

/* A picture, or a table of any length. */
static bool
take_table(Import *import, GError **error)
{
    const ImportParams *params = import->data->params;
    g_autofree char *stem = caption_stem(import->input->path);
    g_autofree char *warning = NULL, *caption = NULL;
    g_autoptr(Trace) trace = trace_read_any(import->input->path, NULL, &warning, error);

    if (!trace)
        return false;
    trace_drop_empty(trace);
    if (trace->n_rows == 0) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” holds nothing but padding: give a picture or table of packets."),
                    import->input->path);
        return false;
    }
    if (import->input->source)
        g_hash_table_insert(trace->provenance, g_strdup("source"), g_strdup(import->input->source));
    else if (!g_hash_table_contains(trace->provenance, "source"))
        g_hash_table_insert(trace->provenance, g_strdup("source"),
                            g_path_get_basename(import->input->path));
    import->caption = caption = import_captions_find(import->data->captions, import->input, trace);
    for (int first = 0, number = 1; first < trace->n_rows; first += params->window, number++) {
        const int n = MIN(params->window, trace->n_rows - first);
        const bool alone = trace->n_rows <= params->window;
        g_autoptr(Trace) part = trace_slice(trace, first, n);
        g_autofree char *name = alone ? g_strdup(stem) : g_strdup_printf("%s_%05d", stem, number);

        if (!alone && n < params->min_packets)
            break;
        if (!torchlight_job_checkpoint(import->job, error) ||
            !take_picture(part, NULL, name, import, error))
            return false;
        if (number == params->max_pictures)
            break;
    }
    return true;
}

static bool
check_params(const ImportParams *params, GError **error)
{
    if (params->window < 1 || params->window > IMAGE_ROWS) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    _("A picture cannot hold %d packets: choose 1 to %d."), params->window,
                    IMAGE_ROWS);
        return false;
    }
    return !params->template || caption_template_check(params->template, error);
}

static bool
take_all(TorchlightJob *job, ImportData *data, GPtrArray *inputs, GError **error)
{
    for (guint i = 0; i < inputs->len; i++) {
        Import import = {.job = job,
                         .data = data,
                         .input = inputs->pdata[i],
                         .number = (int)i + 1,
                         .n = (int)inputs->len};
        g_autoptr(GError) local = NULL;

        tell_progress(&import, 0);
        if (!(trace_file_is_table(import.input->path) ? take_table(&import, &local)
                                                      : take_capture(&import, &local))) {
            if (data->cannot_write || g_error_matches(local, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
                g_error_matches(local, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE)) {
                g_propagate_error(error, g_steal_pointer(&local));
                return false;
            }
            note(data, data->problems, import.input->path, local->message);
        }
        data->n_bytes_done += import.input->size;
        if (!torchlight_job_checkpoint(job, error))
            return false;
    }
    return true;
}

bool
import_work(TorchlightJob *job, ImportData *data, GError **error)
{
    g_autoptr(GPtrArray) inputs = NULL;

    if (!check_params(data->params, error))
        return false;
    torchlight_job_progress(job, 0, _("looking for files"));
    data->captions = import_captions_new(data->params, refuse, data);
    inputs = import_inputs_list(data->params->inputs, refuse, data);
    for (guint i = 0; i < inputs->len; i++)
        data->n_bytes += ((ImportInput *)inputs->pdata[i])->size;
    return take_all(job, data, inputs, error);
}

/* --- the job --- */

static bool
work(TorchlightJob *job, void *data, GError **error)
{
    return import_work(job, data, error);
}

static void
data_free(void *data)
{
    import_data_free(data);
}

void
import_data_free(ImportData *data)
{
    if (!data)
        return;
    import_captions_free(data->captions);
    import_params_free(data->params);
    g_ptr_array_unref(data->traces);
    g_ptr_array_unref(data->captures);
    g_ptr_array_unref(data->problems);
    g_ptr_array_unref(data->warnings);
    g_ptr_array_unref(data->collected);
    g_mutex_clear(&data->mutex);
    g_free(data);
}

ImportData *
import_data_new(ImportParams *params)
{
    ImportData *data = g_new0(ImportData, 1);

    data->params = params;
    data->traces = g_ptr_array_new_with_free_func((GDestroyNotify)json_object_unref);
    data->captures = g_ptr_array_new_with_free_func((GDestroyNotify)json_object_unref);
    data->problems = g_ptr_array_new_with_free_func(problem_free);
    data->warnings = g_ptr_array_new_with_free_func(problem_free);
    data->collected = g_ptr_array_new_with_free_func(g_object_unref);
    g_mutex_init(&data->mutex);
    return data;
}

TorchlightJob *
import_job_new(ImportParams *params)
{
    g_return_val_if_fail(params && params->dir && params->inputs, NULL);
    return torchlight_job_new(_("Import"), work, import_data_new(params), data_free);
}

static void
add_arrived(ImportData *data, TorchlightProject *project, ItemKind kind, GPtrArray **arrived,
            GPtrArray *items)
{
    g_autoptr(GPtrArray) records = NULL;
    const guint n_before = data->collected->len;

    g_mutex_lock(&data->mutex);
    records = *arrived;
    *arrived = g_ptr_array_new_with_free_func((GDestroyNotify)json_object_unref);
    g_mutex_unlock(&data->mutex);
    torchlight_project_add_many(project, kind, records, data->collected);
    for (guint i = n_before; items && i < data->collected->len; i++)
        g_ptr_array_add(items, g_object_ref(data->collected->pdata[i]));
}

guint
import_data_collect(ImportData *data, TorchlightProject *project, GPtrArray *items)
{
    guint n_before;

    add_arrived(data, project, ITEM_CAPTURE, &data->captures, NULL);
    n_before = data->collected->len;
    add_arrived(data, project, ITEM_TRACE, &data->traces, items);
    return data->collected->len - n_before;
}

guint
import_job_collect(TorchlightJob *job, TorchlightProject *project, GPtrArray *items)
{
    ImportData *data = torchlight_job_get_data(job);
    const bool is_over = torchlight_job_get_state(job) > JOB_PAUSED;
    guint n = import_data_collect(data, project, items);

    if (is_over && data->collected->len > 0) {
        torchlight_project_note_added(project, _("Import"), data->collected);
        g_ptr_array_set_size(data->collected, 0);
    }
    return n;
}

GPtrArray *
import_job_get_problems(TorchlightJob *job)
{
    return ((ImportData *)torchlight_job_get_data(job))->problems;
}

GPtrArray *
import_job_get_warnings(TorchlightJob *job)
{
    return ((ImportData *)torchlight_job_get_data(job))->warnings;
}
