/* SPDX-License-Identifier: Apache-2.0 */
/* Parents and their control maps. */
#include "app/jobs/synthesis_ahead.h"

#include "app/jobs/edge_field.h"
#include "app/trace/random.h"

enum { N_AHEAD = 2 };

struct SynthesisAhead {
    SynthesisAheadOptions options;
    const GArray *spans;
    guint n_pushed, n_taken;
    GThreadPool *pool; /* of one thread, so that batches come in their order */
    GAsyncQueue *ready;
};

void
synthesis_batch_free(SynthesisBatch *batch)
{
    if (!batch)
        return;
    for (guint i = 0; i < batch->n; i++)
        synthesis_drawn_free(batch->drawn[i]);
    g_free(batch->drawn);
    g_free(batch->maps);
    g_clear_error(&batch->error);
    g_free(batch);
}

Image *
synthesis_edges(const Trace *rows, int n_rows, GError **error)
{
    g_autoptr(Image) picture = trace_draw(rows, 0, n_rows, PALETTE_TORCHLIGHT);
    g_autoptr(EdgeField) field = edge_field_new(picture, false, error);

    return field ? edge_field_threshold(field, EDGE_LOW, EDGE_HIGH, error) : NULL;
}

Trace *
synthesis_draw_parent(const SynthesisItem *item, int n_rows, bool from_first,
                      const SynthesisCapture **parent, gint64 *first, GError **error)
{
    Random random = random_seeded(item->seed);
    const GPtrArray *captures = item->class->captures;

    *parent = captures->pdata[random_below(&random, captures->len)];
    *first = 0;
    if (!from_first && (*parent)->n_rows > n_rows) {
        gint64 n_places = MIN((*parent)->n_rows - n_rows + 1, G_MAXINT32);

        *first = random_below(&random, (guint32)n_places);
    }
    return synthesis_capture_rows(*parent, *first, n_rows, error);
}

/* Each of three equal channels. */
static void
fill_map(const Image *edges, float *map)
{
    gsize plane = (gsize)edges->width * edges->height;

    for (gsize i = 0; i < plane; i++)
        map[i] = map[plane + i] = map[2 * plane + i] = edges->pixels[i] ? 1 : 0;
}

static bool
prepare_one(const SynthesisAheadOptions *o, SynthesisDrawn *drawn, float *map, GError **error)
{
    const SynthesisCapture *parent;
    g_autoptr(Trace) rows = synthesis_draw_parent(drawn->item, o->n_rows, o->control_first, &parent,
                                                  &drawn->first_row, error);
    g_autoptr(Image) edges = rows ? synthesis_edges(rows, o->n_rows, error) : NULL;

    if (!edges)
        return false;
    g_ptr_array_add(drawn->parents, g_strdup(parent->name));
    fill_map(edges, map);
    return true;
}

static void
prepare(void *data, void *user_data)
{
    SynthesisBatch *batch = data;
    SynthesisAhead *ahead = user_data;
    const SynthesisAheadOptions *o = &ahead->options;
    gsize size = (gsize)3 * o->n_rows * layout_default()->n_columns;
    gint64 start_us = g_get_monotonic_time();
    bool good = true;

    if (o->control)
        batch->maps = g_new(float, size * batch->n);
    for (guint i = 0; i < batch->n && good; i++) {
        SynthesisDrawn *drawn = synthesis_drawn_new(o->items->pdata[batch->first + i]);

        batch->drawn[i] = drawn;
        good = !o->control || prepare_one(o, drawn, batch->maps + size * i, &batch->error);
    }
    batch->seconds = (double)(g_get_monotonic_time() - start_us) / G_USEC_PER_SEC;
    g_async_queue_push(ahead->ready, batch);
}

static void
push(SynthesisAhead *ahead)
{
    SynthesisBatch *batch;

    if (ahead->n_pushed >= ahead->spans->len)
        return;
    batch = g_new0(SynthesisBatch, 1);
    batch->first = g_array_index(ahead->spans, SynthesisSpan, ahead->n_pushed).first;
    batch->n = g_array_index(ahead->spans, SynthesisSpan, ahead->n_pushed).n;
    batch->drawn = g_new0(SynthesisDrawn *, batch->n);
    ahead->n_pushed++;
    g_thread_pool_push(ahead->pool, batch, NULL);
}

SynthesisAhead *
synthesis_ahead_new(const SynthesisAheadOptions *options, const GArray *spans, GError **error)
{
    SynthesisAhead *ahead = g_new0(SynthesisAhead, 1);

    ahead->options = *options;
    ahead->spans = spans;
    ahead->ready = g_async_queue_new_full((GDestroyNotify)synthesis_batch_free);
    ahead->pool = g_thread_pool_new(prepare, ahead, 1, FALSE, error);
    if (!ahead->pool)
        g_clear_pointer(&ahead, synthesis_ahead_free);
    for (int i = 0; ahead && i < N_AHEAD; i++)
        push(ahead);
    return ahead;
}

void
synthesis_ahead_free(SynthesisAhead *ahead)
{
    if (!ahead)
        return;
    if (ahead->pool)
        g_thread_pool_free(ahead->pool, FALSE, TRUE);
    g_async_queue_unref(ahead->ready);
    g_free(ahead);
}

SynthesisBatch *
synthesis_ahead_next(SynthesisAhead *ahead, GError **error)
{
    g_autoptr(SynthesisBatch) batch = NULL;

    if (ahead->n_taken >= ahead->spans->len)
        return NULL;
    ahead->n_taken++;
    batch = g_async_queue_pop(ahead->ready);
    push(ahead);
    if (!batch->error)
        return g_steal_pointer(&batch);
    g_propagate_error(error, g_steal_pointer(&batch->error));
    return NULL;
}
