/* SPDX-License-Identifier: Apache-2.0 */
/* Baselines, class by class: drawn on the worker's thread, finished on others. */
#include "app/jobs/baseline_job.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/jobs/baseline_rows.h"
#include "app/jobs/synthesis_ahead.h"
#include "app/jobs/synthesis_writer.h"

/* Of the whole: reading the training part. */
static const double SHARE_READ = 0.1;

static const char *const names[N_BASELINES] = {
    [BASELINE_BOOTSTRAP] = "bootstrap",
    [BASELINE_INDEPENDENT_BITS] = "independent-bits",
    [BASELINE_MARKOV_ROWS] = "markov-rows",
    [BASELINE_REPAIRED_NOISE] = "repaired-noise",
    [BASELINE_CONTROL_MAP_ONLY] = "control-map-only",
};

typedef struct {
    BaselineParams *params;
    SynthesisResult result;
} BaselineData;

const char *
baseline_name(int n)
{
    return n >= 0 && n < N_BASELINES ? names[n] : NULL;
}

bool
baseline_by_name(const char *name, BaselineKind *kind, GError **error)
{
    g_autoptr(GString) known = g_string_new(NULL);

    for (int i = 0; i < N_BASELINES; i++) {
        *kind = (BaselineKind)i;
        if (g_strcmp0(name, names[i]) == 0)
            return true;
        g_string_append_printf(known, "%s%s", i ? ", " : "", names[i]);
    }
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("“%s” is no baseline: choose one of %s."), name, known->str);
    return false;
}

BaselineParams *
baseline_params_new(void)
{
    BaselineParams *params = g_new0(BaselineParams, 1);

    synthesis_set_params_init(&params->set);
    return params;
}

void
baseline_params_free(BaselineParams *params)
{
    if (!params)
        return;
    synthesis_set_params_clear(&params->set);
    g_free(params);
}

/* --- one trace --- */

/* Rows of it may be any capture's of the class. */
static void
add_parents(SynthesisDrawn *drawn)
{
    const GPtrArray *captures = drawn->item->class->captures;

    for (guint i = 0; i < captures->len; i++)
        g_ptr_array_add(drawn->parents, g_strdup(((SynthesisCapture *)captures->pdata[i])->name));
}

static bool
draw_control_map(SynthesisDrawn *drawn, const BaselineRows *rows, int n_rows, GError **error)
{
    const SynthesisCapture *parent;
    g_autoptr(Trace) real =
        synthesis_draw_parent(drawn->item, n_rows, false, &parent, &drawn->first_row, error);
    g_autoptr(Image) edges = real ? synthesis_edges(real, n_rows, error) : NULL;

    if (!edges)
        return false;
    g_ptr_array_add(drawn->parents, g_strdup(parent->name));
    drawn->trace = baseline_control_map(rows, edges, real->n_rows);
    return true;
}

static bool
draw(const BaselineParams *p, SynthesisDrawn *drawn, const BaselineRows *rows, GError **error)
{
    guint64 seed = drawn->item->seed;
    int n_rows = p->set.n_rows;

    switch (p->kind) {
    case BASELINE_CONTROL_MAP_ONLY:
        return draw_control_map(drawn, rows, n_rows, error);
    case BASELINE_REPAIRED_NOISE:
        drawn->image = baseline_noise(n_rows, seed);
        return true;
    case BASELINE_BOOTSTRAP:
        drawn->trace = baseline_bootstrap(rows, n_rows, seed);
        break;
    case BASELINE_INDEPENDENT_BITS:
        drawn->trace = baseline_independent_bits(rows, n_rows, seed);
        break;
    default:
        drawn->trace = baseline_markov_rows(rows, n_rows, seed);
    }
    add_parents(drawn);
    return true;
}

/* --- all of them --- */

typedef struct {
    const Stage *stage;
    BaselineData *data;
    const GPtrArray *items;
    SynthesisWriter *writer;
    BaselineRows *rows; /* of the present class */
} Drawing;

static bool
draw_one(Drawing *d, const SynthesisItem *item, GError **error)
{
    const BaselineParams *p = d->data->params;
    gint64 start_us = g_get_monotonic_time();
    SynthesisDrawn *drawn;

    if (!d->rows || d->rows->class != item->class) {
        baseline_rows_free(d->rows);
        d->rows = NULL;
        if (p->kind != BASELINE_REPAIRED_NOISE &&
            !(d->rows = baseline_rows_new(item->class, error)))
            return false;
    }
    drawn = synthesis_drawn_new(item);
    if (!draw(p, drawn, d->rows, error)) {
        synthesis_drawn_free(drawn);
        return false;
    }
    d->data->result.times.prepare += (double)(g_get_monotonic_time() - start_us) / G_USEC_PER_SEC;
    return synthesis_writer_put(d->writer, drawn, error);
}

static bool
draw_all(Drawing *d, GError **error)
{
    for (guint i = 0; i < d->items->len; i++) {
        const SynthesisItem *item = d->items->pdata[i];

        stage_progress(d->stage, (double)i / d->items->len, _("trace %d of %d"), (int)i + 1,
                       (int)d->items->len);
        if (!torchlight_job_checkpoint(d->stage->job, error) ||
            (!synthesis_writer_has(d->writer, item) && !draw_one(d, item, error)))
            return false;
    }
    return true;
}

/* No model, no LoRA. */
static JsonObject *
describe(void)
{
    JsonObject *about = json_object_new();

    json_object_set_null_member(about, "model");
    json_object_set_array_member(about, "loras", json_array_new());
    return about;
}

static bool
make_set(const Stage *stage, BaselineData *data, const SynthesisReal *real, GError **error)
{
    const SynthesisSetParams *set = &data->params->set;
    g_autoptr(JsonObject) about = describe();
    g_autoptr(GPtrArray) items = synthesis_plan(real, set);
    const SynthesisWriterOptions options = {.kind = names[data->params->kind],
                                            .about = about,
                                            .repairs = true,
                                            .n_workers = (int)g_get_num_processors()};
    g_autoptr(SynthesisWriter) writer =
        synthesis_writer_new(stage->job, set, real, &options, &data->result, error);
    gint64 start_us = g_get_monotonic_time();
    Drawing drawing = {stage, data, items, writer, NULL};
    GError *local = NULL;
    bool done, finished;

    if (!writer)
        return false;
    data->result.n_classes = (int)real->classes->len;
    data->result.n_there = synthesis_writer_count(writer, items);
    done = draw_all(&drawing, &local);
    finished = synthesis_writer_finish(writer, local ? NULL : error);
    baseline_rows_free(drawing.rows);
    data->result.seconds = (double)(g_get_monotonic_time() - start_us) / G_USEC_PER_SEC;
    if (local)
        g_propagate_error(error, local);
    return done && finished;
}

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    BaselineData *data = data_;
    const Stage whole = STAGE_WHOLE(job);
    const Stage read = stage_part(&whole, 0, SHARE_READ);
    const Stage make = stage_part(&whole, SHARE_READ, 1 - SHARE_READ);
    g_autoptr(SynthesisReal) real = NULL;

    return synthesis_set_params_check(&data->params->set, error) &&
           (real = synthesis_real_read(&read, &data->params->set, error)) &&
           make_set(&make, data, real, error);
}

static void
data_free(void *data_)
{
    BaselineData *data = data_;

    baseline_params_free(data->params);
    synthesis_result_clear(&data->result);
    g_free(data);
}

TorchlightJob *
baseline_job_new(BaselineParams *params)
{
    BaselineData *data = g_new0(BaselineData, 1);

    data->params = params;
    return torchlight_job_new(_("Make a baseline"), work, data, data_free);
}

const SynthesisResult *
baseline_job_get_result(TorchlightJob *job)
{
    return &((BaselineData *)torchlight_job_get_data(job))->result;
}
