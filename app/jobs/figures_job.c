/* SPDX-License-Identifier: Apache-2.0 */
/* Reading, counting, and what repair has to say; then the figures. */
#include "app/jobs/figures_job.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "app/dataset/vocabulary.h"
#include "app/jobs/paths.h"
#include "app/repair/repair.h"
#include "app/trace/atomic.h"
#include "app/trace/interchange.h"

typedef struct {
    FiguresParams *params;
    Figures *figures;
} FiguresData;

enum { MAX_CLASSES = 24 }; /* more could not be told apart in a figure */

/* What goes on while a job runs. */
typedef struct {
    TorchlightJob *job;
    const FiguresParams *params;
    Vocabulary *vocabulary;
    Comparison *comparison;
    GStringChunk *texts;         /* the names of classes */
    const char **classes;        /* (n inputs) the class of each; NULL: left out */
    GHashTable *counts[N_SIDES]; /* class -> GINT_TO_POINTER(traces) */
} Run;

/* --- classes --- */

static char *
class_of(const Run *run, const char *caption)
{
    const FiguresParams *params = run->params;
    const char *word;

    if (!params->axis)
        return g_strdup(_("All"));
    if (g_str_equal(params->axis, "caption")) {
        const char *words = strchr(caption, ':');

        return *caption ? g_strstrip(g_strdup(words ? words + 1 : caption))
                        : g_strdup(_("No caption"));
    }
    word = vocabulary_word_on(run->vocabulary, caption, params->axis);
    return g_strdup(word ? word : _("No word"));
}

static Trace *
read_trace(const Run *run, const char *path, GError **error)
{
    g_autofree char *warning = NULL;
    Trace *trace = trace_read_any(path, run->params->layout, &warning, error);

    if (warning)
        torchlight_job_log(run->job, "%s", warning);
    return trace;
}

/* The caption beside the file, else the prompt that the file names; "" when nothing tells. */
static char *
find_caption(const Run *run, const FiguresInput *input, GError **error)
{
    const char *dot = strrchr(input->path, '.');
    g_autofree char *beside =
        dot ? g_strdup_printf("%.*s.txt", (int)(dot - input->path), input->path) : NULL;
    char *caption = NULL;
    g_autoptr(Trace) trace = NULL;

    if (input->caption)
        return g_strdup(input->caption);
    if (beside && g_file_get_contents(beside, &caption, NULL, NULL)) {
        if (g_utf8_validate(caption, -1, NULL))
            return g_strstrip(caption);
        g_free(caption);
    }
    trace = read_trace(run, input->path, error);
    if (!trace)
        return NULL;
    caption = g_hash_table_lookup(trace->provenance, "prompt");
    return g_strdup(caption ? caption : "");
}

static int
count_of(GHashTable *counts, const char *class)
{
    return GPOINTER_TO_INT(g_hash_table_lookup(counts, class));
}

static bool
find_classes(Run *run, GError **error)
{
    const GPtrArray *inputs = run->params->inputs;

    for (guint i = 0; i < inputs->len; i++) {
        const FiguresInput *input = inputs->pdata[i];
        GHashTable *counts = run->counts[input->side];
        g_autofree char *caption = find_caption(run, input, error);
        g_autofree char *class = caption ? class_of(run, caption) : NULL;

        if (!class || !torchlight_job_checkpoint(run->job, error))
            return false;
        run->classes[i] = g_string_chunk_insert_const(run->texts, class);
        g_hash_table_insert(counts, (gpointer)run->classes[i],
                            GINT_TO_POINTER(count_of(counts, run->classes[i]) + 1));
    }
    return true;
}

/* Leaves out inputs whose class the other side lacks, and classes that are too many. */
static bool
choose_classes(Run *run, GError **error)
{
    const GPtrArray *inputs = run->params->inputs;
    g_autoptr(GHashTable) chosen = g_hash_table_new(g_str_hash, g_str_equal);
    int n_left_out = 0;

    for (guint i = 0; i < inputs->len; i++) {
        const char *class = run->classes[i];
        bool keep = count_of(run->counts[SIDE_REAL], class) > 0 &&
                    count_of(run->counts[SIDE_GENERATED], class) > 0;

        if (keep && !g_hash_table_contains(chosen, class)) {
            keep = g_hash_table_size(chosen) < MAX_CLASSES;
            if (keep)
                g_hash_table_add(chosen, (gpointer) class);
        }
        n_left_out += !keep;
        if (!keep)
            run->classes[i] = NULL;
    }
    if (n_left_out > 0)
        torchlight_job_log(run->job,
                           ngettext("%d trace is left out: its class has none on the other side.",
                                    "%d traces are left out: their classes have none on the other "
                                    "side.",
                                    (gulong)n_left_out),
                           n_left_out);
    if (g_hash_table_size(chosen) > 0)
        return true;
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                        _("No class has both real and generated traces: generate traces of "
                          "captions that real ones have, or compare all as one class."));
    return false;
}

/* --- counting --- */

/* A capture or table is no drawing that could be repaired. */
static bool
count_repair(Run *run, const FiguresInput *input, const Trace *trace, const char *class,
             GError **error)
{
    const RepairOptions options = {.cancellable = torchlight_job_get_cancellable(run->job)};
    g_autoptr(GError) local = NULL;
    g_autoptr(Trace) drawn = NULL;
    g_autoptr(Trace) repaired = NULL;
    g_autoptr(RepairReport) report = NULL;

    if (run->params->without_repair || (input->is_repaired && !input->drawn))
        return true;
    if (input->drawn && !(drawn = read_trace(run, input->drawn, &local))) {
        torchlight_job_log(run->job, "%s", local->message);
        return true;
    }
    repaired = repair_trace(drawn ? drawn : trace, &options, &report, &local);
    if (repaired) {
        comparison_add_repair(run->comparison, class, report);
    } else if (g_error_matches(local, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_propagate_error(error, g_steal_pointer(&local));
        return false;
    } else {
        torchlight_job_log(run->job, "%s: %s", input->path, local->message);
    }
    return true;
}

static bool
count_input(Run *run, guint i, GError **error)
{
    const FiguresInput *input = run->params->inputs->pdata[i];
    const char *class = run->classes[i];
    g_autoptr(Trace) trace = read_trace(run, input->path, error);

    if (!trace)
        return false;
    comparison_add(run->comparison, class, input->side, trace,
                   count_of(run->counts[input->side], class) == 1);
    return input->side == SIDE_REAL || count_repair(run, input, trace, class, error);
}

static bool
count_all(Run *run, GError **error)
{
    guint n = run->params->inputs->len;

    for (guint i = 0; i < n; i++) {
        torchlight_job_progress(run->job, 0.02 + 0.9 * i / n, _("comparing trace %u of %u"), i + 1,
                                n);
        if (!torchlight_job_checkpoint(run->job, error) ||
            (run->classes[i] && !count_input(run, i, error)))
            return false;
    }
    torchlight_job_progress(run->job, 0.92, _("drawing up the figures"));
    return torchlight_job_checkpoint(run->job, error);
}

/* --- results --- */

static bool
write_tables(const Figures *figures, const char *dir, GError **error)
{
    if (g_mkdir_with_parents(dir, 0777) != 0) {
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
                    _("The folder “%s” cannot be made: %s."), dir, g_strerror(errno));
        return false;
    }
    for (guint i = 0; i < figures->figures->len; i++) {
        const Figure *figure = figures->figures->pdata[i];
        g_autofree char *name = g_strconcat(figure->id, ".csv", NULL);
        g_autofree char *path = g_build_filename(dir, name, NULL);
        g_autofree char *csv = figure_to_csv(figure);

        if (!atomic_file_write(path, csv, strlen(csv), error))
            return false;
    }
    return true;
}

static bool
write_results(const FiguresParams *params, const Figures *figures, GError **error)
{
    if (params->output && !figures_write(figures, params->output, error))
        return false;
    return !params->csv || write_tables(figures, params->csv, error);
}

static bool
read_vocabulary(Run *run, GError **error)
{
    const FiguresParams *params = run->params;
    g_autofree char *installed = params->vocabulary ? NULL : paths_vocabulary(NULL);
    const char *path = params->vocabulary ? params->vocabulary : installed;
    g_autoptr(GPtrArray) axes = NULL;

    if (!params->axis || g_str_equal(params->axis, "caption"))
        return true;
    run->vocabulary = path ? vocabulary_read(path, error) : NULL;
    if (!run->vocabulary)
        return false;
    axes = vocabulary_list_axes(run->vocabulary);
    if (g_ptr_array_find_with_equal_func(axes, params->axis, g_str_equal, NULL))
        return true;
    g_ptr_array_add(axes, NULL);
    {
        g_autofree char *known = g_strjoinv(", ", (char **)axes->pdata);

        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    _("“%s” is no axis of the captions: choose %s, or caption."), params->axis,
                    known);
    }
    return false;
}

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    FiguresData *data = data_;
    const FiguresParams *params = data->params;
    Run run = {
        .job = job,
        .params = params,
        .comparison = comparison_new(),
        .texts = g_string_chunk_new(1024),
        .classes = g_new0(const char *, params->inputs->len + 1),
        .counts = {g_hash_table_new(g_str_hash, g_str_equal),
                   g_hash_table_new(g_str_hash, g_str_equal)},
    };
    bool done;

    done = read_vocabulary(&run, error) && find_classes(&run, error) &&
           choose_classes(&run, error) && count_all(&run, error);
    if (done) {
        data->figures = comparison_to_figures(
            run.comparison, params->title ? params->title : _("Generated against real"));
        json_object_set_string_member(data->figures->parameters, "axis",
                                      params->axis ? params->axis : "");
        done = torchlight_job_checkpoint(job, error) && write_results(params, data->figures, error);
    }
    comparison_free(run.comparison);
    vocabulary_free(run.vocabulary);
    g_free(run.classes);
    g_string_chunk_free(run.texts);
    for (int side = 0; side < N_SIDES; side++)
        g_hash_table_unref(run.counts[side]);
    return done;
}

static void
data_free(void *data_)
{
    FiguresData *data = data_;

    figures_params_free(data->params);
    figures_free(data->figures);
    g_free(data);
}

TorchlightJob *
figures_job_new(FiguresParams *params)
{
    FiguresData *data = g_new0(FiguresData, 1);

    data->params = params;
    return torchlight_job_new(_("Compare generated traces with real ones"), work, data, data_free);
}

const Figures *
figures_job_get_result(TorchlightJob *job)
{
    return ((FiguresData *)torchlight_job_get_data(job))->figures;
}
