/* SPDX-License-Identifier: Apache-2.0 */
/* The training part, read once. */
#include "app/jobs/synthesis_real.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/dataset/caption_query.h"
#include "app/dataset/captions.h"
#include "app/jobs/generate_files.h"
#include "app/jobs/synthesis_parts.h"
#include "app/jobs/timing_job.h"
#include "app/trace/capture.h"

/* While it is read. */
typedef struct {
    const Stage *stage;
    const SynthesisSetParams *params;
    SplitTable *split;
    Captions *captions;     /* NULL: those of the split */
    GHashTable *by_caption; /* SynthesisClass */
    TimingFit *fit;
    SynthesisReal *real;
} Reading;

static void
capture_free(void *data)
{
    SynthesisCapture *capture = data;

    g_free(capture->path);
    g_free(capture->name);
    g_free(capture);
}

static void
class_free(void *data)
{
    SynthesisClass *class = data;

    g_free(class->caption);
    g_free(class->stem);
    g_ptr_array_unref(class->captures);
    g_free(class);
}

void
synthesis_real_free(SynthesisReal *real)
{
    if (!real)
        return;
    g_ptr_array_unref(real->classes);
    g_ptr_array_unref(real->all);
    g_ptr_array_unref(real->trained_on);
    timing_model_free(real->timing);
    g_free(real->times);
    g_free(real->sha256);
    g_free(real);
}

/* NULL: it has none. */
static const char *
caption_of(const Reading *r, const SplitRow *row)
{
    const char *caption = r->captions ? captions_lookup(r->captions, row->file, NULL) : row->text;

    return caption && *caption ? caption : NULL;
}

static SynthesisClass *
get_class(Reading *r, const char *caption)
{
    SynthesisClass *class = g_hash_table_lookup(r->by_caption, caption);

    if (class)
        return class;
    class = g_new0(SynthesisClass, 1);
    class->caption = g_strdup(caption);
    class->captures = g_ptr_array_new_with_free_func(capture_free);
    g_ptr_array_add(r->real->all, class);
    g_hash_table_insert(r->by_caption, class->caption, class);
    return class;
}

/* False only when cancelled: a capture that cannot be read is passed over. */
static bool
read_capture(Reading *r, const SplitRow *row, GError **error)
{
    TorchlightJob *job = r->stage->job;
    g_autofree char *path = g_build_filename(r->params->real, row->file, NULL);
    const char *caption = caption_of(r, row);
    GError *local = NULL;
    TimingCapture learnt;
    SynthesisCapture *capture;

    g_ptr_array_add(r->real->trained_on, g_strdup(row->file));
    if (!caption) {
        torchlight_job_log(job, _("“%s” has no caption, and is passed over."), row->file);
        return true;
    }
    if (!timing_fit_add_capture(r->fit, job, path, NULL, caption, &learnt, &local)) {
        if (g_error_matches(local, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
            g_propagate_error(error, local);
            return false;
        }
        torchlight_job_log(job, _("Passed over: %s"), local->message);
        g_error_free(local);
        return true;
    }
    if (learnt.n_rows == 0) {
        torchlight_job_log(job, _("“%s” holds no packet, and is passed over."), path);
        return true;
    }
    capture = g_new0(SynthesisCapture, 1);
    *capture = (SynthesisCapture){g_steal_pointer(&path), g_strdup(row->file), learnt.n_rows};
    g_ptr_array_add(get_class(r, caption)->captures, capture);
    return true;
}

static int
compare_classes(const void *a, const void *b)
{
    return strcmp((*(SynthesisClass *const *)a)->caption, (*(SynthesisClass *const *)b)->caption);
}

static int
compare_captures(const void *a, const void *b)
{
    return strcmp((*(SynthesisCapture *const *)a)->name, (*(SynthesisCapture *const *)b)->name);
}

static int
compare_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Captions that differ in what no file name holds have part of their sum in it. */
static void
name_classes(SynthesisReal *real)
{
    g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < real->all->len; i++) {
        SynthesisClass *class = real->all->pdata[i];
        g_autofree char *key = NULL;

        class->stem = generate_prompt_stem(class->caption);
        key = g_utf8_casefold(class->stem, -1);
        g_hash_table_insert(
            counts, g_strdup(key),
            GUINT_TO_POINTER(GPOINTER_TO_UINT(g_hash_table_lookup(counts, key)) + 1));
    }
    for (guint i = 0; i < real->all->len; i++) {
        SynthesisClass *class = real->all->pdata[i];
        g_autofree char *key = g_utf8_casefold(class->stem, -1);
        g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, class->caption, -1);

        if (*class->stem && GPOINTER_TO_UINT(g_hash_table_lookup(counts, key)) == 1)
            continue;
        sum[8] = '\0';
        g_free(class->stem);
        class->stem = g_strdup_printf("%s%s%s", key, *key ? "-" : "", sum);
    }
}

static char *
sum_of(const SynthesisReal *real)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    for (guint i = 0; i < real->all->len; i++) {
        const SynthesisClass *class = real->all->pdata[i];

        for (guint k = 0; k < class->captures->len; k++) {
            const SynthesisCapture *capture = class->captures->pdata[k];
            g_autofree char *line = g_strdup_printf("%s\t%" G_GINT64_FORMAT "\t%s\n", capture->name,
                                                    capture->n_rows, class->caption);

            g_checksum_update(sum, (const guchar *)line, -1);
        }
    }
    return g_strdup(g_checksum_get_string(sum));
}

/* Says which classes of the other parts nothing can be drawn for. */
static void
tell_missing(const Reading *r, const CaptionQuery *query)
{
    g_autoptr(GHashTable) told = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < r->split->rows->len; i++) {
        const char *caption = caption_of(r, r->split->rows->pdata[i]);

        if (!caption || g_hash_table_contains(r->by_caption, caption) ||
            g_hash_table_contains(told, caption) ||
            (query && !caption_query_matches(query, &caption, 1)))
            continue;
        g_hash_table_add(told, (char *)caption);
        torchlight_job_log(r->stage->job,
                           _("“%s” has no capture in the training part that can be read, and is "
                             "passed over."),
                           caption);
    }
}

static bool
choose_classes(Reading *r, GError **error)
{
    SynthesisReal *real = r->real;
    g_autoptr(CaptionQuery) query =
        r->params->classes ? caption_query_new(r->params->classes) : NULL;

    for (guint i = 0; i < real->all->len; i++) {
        SynthesisClass *class = real->all->pdata[i];
        const char *caption = class->caption;

        if (!query || caption_query_matches(query, &caption, 1))
            g_ptr_array_add(real->classes, class);
    }
    tell_missing(r, query);
    if (real->classes->len > 0)
        return true;
    if (real->all->len > 0)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    _("None of the %d captions of the training part has the words “%s”: give words "
                      "of theirs, as “%s”."),
                    (int)real->all->len, r->params->classes,
                    ((SynthesisClass *)real->all->pdata[0])->caption);
    else
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    _("No capture of the training part of “%s” can be read in “%s”: give the "
                      "folder that holds them."),
                    r->split->path, r->params->real);
    return false;
}

static bool
choose_timing(Reading *r, GError **error)
{
    SynthesisReal *real = r->real;
    const char *asked = r->params->timing;
    g_autofree char *name = asked ? g_filename_display_basename(asked) : NULL;

    if (asked && !timing_choose(asked, &real->timing, error))
        return false;
    if (!asked)
        real->timing = timing_fit_finish(r->fit, NULL);
    real->times = !real->timing ? g_strdup("1 ms apart")
                  : asked       ? g_strdup_printf("drawn from the model %s", name)
                                : g_strdup("drawn from a model of the training captures");
    return true;
}

static bool
read_all(Reading *r, GError **error)
{
    const GPtrArray *rows = r->split->rows;
    SynthesisReal *real = r->real;

    for (guint i = 0; i < rows->len; i++) {
        const SplitRow *row = rows->pdata[i];

        stage_progress(r->stage, (double)i / rows->len, _("reading the training captures"));
        if (row->part == SPLIT_INTO_TRAIN && !read_capture(r, row, error))
            return false;
    }
    g_ptr_array_sort(real->all, compare_classes);
    g_ptr_array_sort(real->trained_on, compare_text);
    for (guint i = 0; i < real->all->len; i++)
        g_ptr_array_sort(((SynthesisClass *)real->all->pdata[i])->captures, compare_captures);
    name_classes(real);
    real->sha256 = sum_of(real);
    return choose_timing(r, error) && choose_classes(r, error);
}

SynthesisReal *
synthesis_real_read(const Stage *stage, const SynthesisSetParams *params, GError **error)
{
    g_autoptr(SplitTable) split = split_table_read(params->split, error);
    g_autoptr(Captions) captions =
        split && params->captions ? captions_open(params->captions, error) : NULL;
    g_autoptr(GHashTable) by_caption = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(TimingFit) fit = timing_fit_new(params->seed);
    g_autoptr(SynthesisReal) real = NULL;
    Reading reading;

    if (!split || (params->captions && !captions))
        return NULL;
    real = g_new0(SynthesisReal, 1);
    real->classes = g_ptr_array_new();
    real->all = g_ptr_array_new_with_free_func(class_free);
    real->trained_on = g_ptr_array_new_with_free_func(g_free);
    reading = (Reading){stage, params, split, captions, by_caption, fit, real};
    return synthesis_check_parts(split, params->real, error) && read_all(&reading, error)
               ? g_steal_pointer(&real)
               : NULL;
}

/* --- rows --- */

Trace *
synthesis_capture_rows(const SynthesisCapture *capture, gint64 first, int n, GError **error)
{
    g_autoptr(CaptureRows) rows = capture_rows_open(capture->path, layout_default(), NULL, error);

    if (!rows)
        return NULL;
    while (first > 0) {
        int part = (int)MIN(first, IMAGE_ROWS);

        if (!capture_rows_next(rows, part, NULL, error))
            return NULL;
        if (capture_rows_trace(rows)->n_rows < part)
            break;
        first -= part;
    }
    return capture_rows_next(rows, n, NULL, error) ? trace_copy(capture_rows_trace(rows)) : NULL;
}
