/* SPDX-License-Identifier: Apache-2.0 */
/* Sampling for a set. */
#include "app/jobs/synthesis_draw.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/jobs/generate_controls.h"
#include "app/jobs/generate_files.h"
#include "app/jobs/generate_sampling.h"
#include "app/jobs/generate_session.h"
#include "app/jobs/picture.h"

/* Decoding a picture takes about as long as this many steps. */
static const double DECODE_STEPS = 1.5;

typedef struct {
    const Stage *stage;
    const SynthesisParams *params;
    const GPtrArray *items;
    SynthesisWriter *writer;
    SynthesisResult *result;
    Generator *generator;
    GeneratorOptions options;
    GeneratorControl control;
    double *layers;
    float *pictures; /* (batch, 3, rows, columns) */
    guint64 *seeds;  /* (batch) */
    GArray *spans;   /* SynthesisSpan of what is to be drawn */
    guint n_total;   /* items in spans */
    guint n_done;    /* of them */
    guint n_now;     /* in the making */
    gint64 last_us;  /* when the last step ended, or sampling began */
} Drawing;

static gsize
picture_size(const Drawing *d)
{
    return (gsize)3 * d->options.width * d->options.height;
}

/* Batches begin where a batch may, whatever is there already, so that a set that was stopped draws
 * the same ones. */
static void
choose_spans(Drawing *d)
{
    guint batch = (guint)d->params->generate->batch;

    for (guint i = 0; i < d->items->len;) {
        const SynthesisItem *first = d->items->pdata[i];
        bool is_there = true;
        guint n = 0;

        for (; n < batch && i + n < d->items->len; n++) {
            const SynthesisItem *item = d->items->pdata[i + n];

            if (item->class != first->class)
                break;
            is_there &= synthesis_writer_has(d->writer, item);
        }
        if (!is_there) {
            SynthesisSpan span = {i, n};

            g_array_append_val(d->spans, span);
            d->n_total += n;
        }
        i += n;
    }
}

static bool
set_options(Drawing *d, GError **error)
{
    const SynthesisParams *p = d->params;
    const GeneratorOptions defaults = GENERATOR_DEFAULTS;
    g_autoptr(GenerateControl) control = NULL;

    d->options = defaults;
    d->options.width = layout_default()->n_columns;
    d->options.height = p->set.n_rows;
    d->options.negative = p->generate->negative;
    d->options.clip_skip = p->generate->clip_skip;
    generate_sampling_set(&d->options, p->generate);
    if (!generate_sampling_finish(&d->options, p->generate, error))
        return false;
    if (p->without == SYNTHESIS_WITHOUT_CONTROL)
        return true;
    control = generate_control_settings(p->generate);
    d->control = generate_control_for(control, &d->layers);
    d->control.own_maps = true;
    d->options.controls = &d->control;
    d->options.n_controls = 1;
    return true;
}

static bool
on_step(int step, int n_steps, const float *x0, void *data)
{
    Drawing *d = data;
    gint64 now_us = g_get_monotonic_time();
    double done = d->n_done + d->n_now * step / (n_steps + DECODE_STEPS);

    d->result->times.steps += (double)(now_us - d->last_us) / G_USEC_PER_SEC;
    d->last_us = now_us;
    stage_progress(d->stage, done / d->n_total, _("step %d of %d, trace %d of %d"), step, n_steps,
                   (int)d->n_done + 1, (int)d->n_total);
    return torchlight_job_checkpoint(d->stage->job, NULL);
}

/* Picture k of the batch to the writer, which has it already perhaps. */
static bool
hand_on(Drawing *d, SynthesisBatch *batch, guint k, GError **error)
{
    const float *picture = d->pictures + k * picture_size(d);
    SynthesisDrawn *drawn = batch->drawn[k];

    if (!floats_are_finite(picture, picture_size(d))) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                    _("The picture of seed %s came out as no numbers: lower the guidance (%g) "
                      "or the weights of LoRA and control."),
                    generate_seed_text(drawn->item->seed).text, d->options.guidance);
        return false;
    }
    if (synthesis_writer_has(d->writer, drawn->item))
        return true;
    drawn->image = image_from_floats(picture, d->options.width, d->options.height);
    batch->drawn[k] = NULL;
    return synthesis_writer_put(d->writer, drawn, error);
}

static bool
draw_batch(Drawing *d, SynthesisBatch *batch, GError **error)
{
    const SynthesisItem *first = d->items->pdata[batch->first];

    d->n_now = batch->n;
    d->options.n_images = (int)batch->n;
    d->options.prompt = first->class->caption;
    d->options.seeds = d->seeds;
    d->control.map = batch->maps;
    for (guint k = 0; k < batch->n; k++)
        d->seeds[k] = batch->drawn[k]->item->seed;
    d->last_us = g_get_monotonic_time();
    if (!generator_run(d->generator, &d->options, d->pictures, on_step, d,
                       torchlight_job_get_cancellable(d->stage->job), error))
        return false;
    d->result->times.decode += (double)(g_get_monotonic_time() - d->last_us) / G_USEC_PER_SEC;
    d->result->times.prepare += batch->seconds;
    for (guint k = 0; k < batch->n; k++) {
        if (!hand_on(d, batch, k, error))
            return false;
    }
    d->n_done += batch->n;
    return true;
}

static bool
draw_all(Drawing *d, GError **error)
{
    const SynthesisAheadOptions options = {
        .items = (GPtrArray *)d->items,
        .n_rows = d->params->set.n_rows,
        .control = d->options.n_controls > 0,
        .control_first = d->params->control_first,
    };
    g_autoptr(SynthesisAhead) ahead = synthesis_ahead_new(&options, d->spans, error);
    GError *local = NULL;

    while (ahead && !local) {
        g_autoptr(SynthesisBatch) batch = synthesis_ahead_next(ahead, &local);

        if (!batch)
            break;
        draw_batch(d, batch, &local);
    }
    if (local)
        g_propagate_error(error, local);
    return ahead && !local;
}

bool
synthesis_draw(const Stage *stage, const SynthesisParams *params, const GPtrArray *items,
               GenerateSession *session, SynthesisWriter *writer, SynthesisResult *result,
               GError **error)
{
    Drawing d = {.stage = stage,
                 .params = params,
                 .items = items,
                 .writer = writer,
                 .result = result,
                 .generator = generate_session_generator(session),
                 .spans = g_array_new(FALSE, FALSE, sizeof(SynthesisSpan))};
    bool done = set_options(&d, error);

    choose_spans(&d);
    if (done) {
        d.pictures = g_new(float, picture_size(&d) * (gsize)params->generate->batch);
        d.seeds = g_new(guint64, params->generate->batch);
        done = draw_all(&d, error);
    }
    g_array_unref(d.spans);
    g_free(d.pictures);
    g_free(d.seeds);
    g_free(d.layers);
    return done;
}
