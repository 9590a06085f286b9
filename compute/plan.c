/* SPDX-License-Identifier: Apache-2.0 */
/* The lifetime planner. Results that share memory (one takes over what another leaves) make one
 * block, with a size and a span of nodes. Blocks are placed twice, and the smaller plan is kept: in
 * the order of the nodes, each in the smallest gap; and the largest first, each at the lowest
 * offset that no block of an overlapping span takes (Pisarchyk & Lee, arXiv:2001.03288, greedy by
 * size). */
#include "compute/plan.h"

#include "compute/op.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    size_t size;
    int first, last; /* nodes that make and last read it */
    int order;       /* in which it is made */
    bool stays;      /* is there between runs: stands in a private buffer */
    Place place;
} Block;

/* What is being planned. */
typedef struct {
    const Graph *graph;
    size_t max_buffer, alignment;
    GArray *blocks; /* Block */
    int *block_of;  /* by tensor id, -1 */
    bool *stays;    /* by root tensor id */
} Layout;

static Tensor *
root_of(Tensor *t)
{
    while (t->alias)
        t = t->alias;
    return t;
}

static size_t
aligned_size(const Tensor *t, size_t alignment)
{
    size_t size = (size_t)tensor_count(t) * dtype_size(t->dtype);
    return (MAX(size, 1) + alignment - 1) / alignment * alignment;
}

/* last[id]: index of the last node that reads root tensor id; n for what lives to the end. */
static void
find_last_uses(const Graph *graph, int *last)
{
    int n = (int)graph->nodes->len;
    for (guint i = 0; i < graph->tensors->len; i++)
        last[i] = -1;
    for (int i = 0; i < n; i++) {
        const Node *node = graph->nodes->pdata[i];
        for (int j = 0; j < node->n_in; j++) {
            if (node->in[j])
                last[root_of(node->in[j])->id] = i;
        }
        for (int j = 0; j < node->n_out; j++)
            last[root_of(node->out[j])->id] = i;
    }
    for (guint i = 0; i < graph->tensors->len; i++) {
        Tensor *t = graph->tensors->pdata[i];
        if (t->keep || t->kind == TENSOR_INPUT)
            last[root_of(t)->id] = n;
    }
}

/* --- blocks --- */

static bool
add_block(Layout *layout, const Tensor *t, int first, int last, GError **error)
{
    Block block = {.size = aligned_size(t, layout->alignment), .first = first, .last = last};
    block.stays = layout->stays[t->id];
    if (block.size > layout->max_buffer) {
        g_autofree char *shape = shape_to_string(&t->shape);
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                    "A tensor of %s (%.1f MiB) is larger than this device allows for one buffer "
                    "(%.1f MiB). Use a smaller picture or batch, or the CPU device.",
                    shape, (double)block.size / (1 << 20), (double)layout->max_buffer / (1 << 20));
        return false;
    }
    block.order = (int)layout->blocks->len;
    layout->block_of[t->id] = block.order;
    g_array_append_val(layout->blocks, block);
    return true;
}

/* An input that ends with this node and whose memory result 0 may take; NULL for none. */
static Tensor *
find_heir(const Layout *layout, const Node *node, int index, const int *last)
{
    unsigned may = node->op->in_place | (node->op->add_in ? 1u << node->op->add_in : 0);
    for (int i = 0; i < node->n_in; i++) {
        Tensor *t = may >> i & 1 && node->in[i] ? root_of(node->in[i]) : NULL;
        bool fits =
            t && t->kind == TENSOR_RESULT && last[t->id] == index &&
            aligned_size(t, layout->alignment) == aligned_size(node->out[0], layout->alignment);
        for (int j = 0; fits && j < node->n_in; j++)
            fits = j == i || !node->in[j] || root_of(node->in[j]) != t;
        if (fits)
            return t;
    }
    return NULL;
}

static bool
find_blocks(Layout *layout, bool in_place, GError **error)
{
    const Graph *graph = layout->graph;
    int n = (int)graph->nodes->len;
    g_autofree int *last = g_new(int, graph->tensors->len + 1);
    find_last_uses(graph, last);
    for (guint i = 0; i < graph->tensors->len; i++) {
        Tensor *t = graph->tensors->pdata[i];
        layout->stays[root_of(t)->id] |= t->keep || t->kind == TENSOR_INPUT;
    }
    for (guint i = 0; i < graph->tensors->len; i++) {
        Tensor *t = graph->tensors->pdata[i];
        layout->block_of[i] = -1;
        if (t->kind == TENSOR_INPUT && !add_block(layout, t, 0, n, error))
            return false;
    }
    for (int i = 0; i < n; i++) {
        const Node *node = graph->nodes->pdata[i];
        for (int j = 0; j < node->n_out; j++) {
            Tensor *t = node->out[j];
            if (t->alias)
                continue;
            Tensor *heir = in_place && j == 0 && !layout->stays[t->id]
                               ? find_heir(layout, node, i, last)
                               : NULL;
            if (heir) {
                layout->block_of[t->id] = layout->block_of[heir->id];
                g_array_index(layout->blocks, Block, layout->block_of[t->id]).last = last[t->id];
            } else if (!add_block(layout, t, i, last[t->id], error)) {
                return false;
            }
        }
    }
    return true;
}

/* --- placing --- */

/* Blocks of one buffer by offset. */
typedef struct {
    GPtrArray *blocks; /* Block, borrowed */
    size_t size;
} Buffer;

static bool
overlap(const Block *a, const Block *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/* Where block fits among those of an overlapping span: the smallest gap below `end` that holds it
 * (lowest: the first). SIZE_MAX when none does. */
static size_t
find_gap(const Buffer *buffer, const Block *block, size_t end, bool lowest, size_t *waste)
{
    size_t best = SIZE_MAX, offset = 0;
    *waste = SIZE_MAX;
    for (guint i = 0; i <= buffer->blocks->len; i++) {
        const Block *next = i < buffer->blocks->len ? buffer->blocks->pdata[i] : NULL;
        if (next && !overlap(next, block))
            continue;
        size_t limit = next ? next->place.offset : end;
        if (limit >= offset && limit - offset >= block->size &&
            limit - offset - block->size < *waste) {
            *waste = limit - offset - block->size;
            best = offset;
            if (lowest)
                break;
        }
        if (next)
            offset = MAX(offset, next->place.offset + next->size);
    }
    return best;
}

static void
buffer_insert(Buffer *buffer, Block *block)
{
    guint at = buffer->blocks->len;
    while (at > 0 && ((Block *)buffer->blocks->pdata[at - 1])->place.offset > block->place.offset)
        at--;
    g_ptr_array_insert(buffer->blocks, (int)at, block);
    buffer->size = MAX(buffer->size, block->place.offset + block->size);
}

static void
buffer_clear(void *data)
{
    g_ptr_array_unref(((Buffer *)data)->blocks);
}

/* Within what the buffers have already, else by growing one, else in a new one. */
static void
place_block(const Layout *layout, GArray *buffers, Block *block, bool lowest)
{
    size_t best_waste = SIZE_MAX, waste;
    block->place.buffer = -1;
    for (int grow = 0; grow < 2 && block->place.buffer < 0; grow++) {
        for (guint b = 0; b < buffers->len; b++) {
            const Buffer *buffer = &g_array_index(buffers, Buffer, b);
            size_t end = grow ? layout->max_buffer : buffer->size;
            size_t offset = find_gap(buffer, block, end, lowest, &waste);
            if (offset != SIZE_MAX && waste < best_waste) {
                block->place = (Place){(int)b, offset};
                best_waste = waste;
            }
        }
    }
    if (block->place.buffer < 0) {
        Buffer buffer = {g_ptr_array_new(), 0};
        block->place = (Place){(int)buffers->len, 0};
        g_array_append_val(buffers, buffer);
    }
    buffer_insert(&g_array_index(buffers, Buffer, block->place.buffer), block);
}

static int
larger_first(const void *a, const void *b)
{
    const Block *x = *(Block *const *)a, *y = *(Block *const *)b;
    if (x->size != y->size)
        return x->size < y->size ? 1 : -1;
    return x->order - y->order;
}

/* The blocks that stay, or the others, in buffers behind those that the plan has. */
static void
place_some(const Layout *layout, Block **order, guint n, bool stays, bool by_size, Plan *plan)
{
    g_autoptr(GArray) buffers = g_array_new(FALSE, FALSE, sizeof(Buffer));
    g_array_set_clear_func(buffers, buffer_clear);
    for (guint i = 0; i < n; i++) {
        if (order[i]->stays == stays)
            place_block(layout, buffers, order[i], by_size);
    }
    plan->buffer_size =
        g_renew(size_t, plan->buffer_size, (gsize)plan->n_buffers + buffers->len + 1);
    for (guint i = 0; i < n; i++) {
        if (order[i]->stays == stays)
            order[i]->place.buffer += plan->n_buffers;
    }
    for (guint i = 0; i < buffers->len; i++) {
        plan->buffer_size[plan->n_buffers] = g_array_index(buffers, Buffer, i).size;
        plan->peak += plan->buffer_size[plan->n_buffers++];
    }
}

static Plan *
place_all(const Layout *layout, bool by_size)
{
    Plan *plan = g_new0(Plan, 1);
    guint n = layout->blocks->len;
    g_autofree Block **order = g_new(Block *, n + 1);
    for (guint i = 0; i < n; i++)
        order[i] = &g_array_index(layout->blocks, Block, i);
    if (by_size)
        qsort(order, n, sizeof *order, larger_first);
    place_some(layout, order, n, true, by_size, plan);
    plan->n_private = plan->n_buffers;
    place_some(layout, order, n, false, by_size, plan);

    const GPtrArray *tensors = layout->graph->tensors;
    plan->places = g_new(Place, tensors->len + 1);
    for (guint i = 0; i < tensors->len; i++) {
        int block = layout->block_of[root_of(tensors->pdata[i])->id];
        plan->places[i] =
            block < 0 ? (Place){-1, 0} : g_array_index(layout->blocks, Block, block).place;
    }
    return plan;
}

Plan *
plan_new(const Graph *graph, size_t max_buffer, size_t alignment, bool in_place, GError **error)
{
    Layout layout = {.graph = graph, .max_buffer = max_buffer, .alignment = alignment};
    Plan *plan = NULL;
    layout.blocks = g_array_new(FALSE, FALSE, sizeof(Block));
    layout.block_of = g_new(int, graph->tensors->len + 1);
    layout.stays = g_new0(bool, graph->tensors->len + 1);
    if (find_blocks(&layout, in_place, error)) {
        Plan *by_order = place_all(&layout, false), *by_size = place_all(&layout, true);
        bool smaller = by_size->peak < by_order->peak;
        plan = smaller ? by_size : by_order;
        plan_free(smaller ? by_order : by_size);
    }
    g_array_unref(layout.blocks);
    g_free(layout.block_of);
    g_free(layout.stays);
    return plan;
}

void
plan_free(Plan *plan)
{
    if (!plan)
        return;
    g_free(plan->buffer_size);
    g_free(plan->places);
    g_free(plan);
}
