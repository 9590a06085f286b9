/* SPDX-License-Identifier: Apache-2.0 */
/* The lifetime planner: walks the nodes in order, places each result in the smallest gap between
 * the tensors alive at that time, and frees what is read for the last time. */
#include "compute/plan.h"

#include <gio/gio.h>
#include <string.h>

typedef struct {
    size_t offset, size;
} Block;

typedef struct {
    size_t max_buffer, alignment;
    GPtrArray *live; /* GArray of Block sorted by offset, one a buffer */
    GArray *size;    /* size_t, one a buffer */
} Arena;

static Tensor *
root_of(Tensor *t)
{
    while (t->alias)
        t = t->alias;
    return t;
}

/* The smallest gap of a buffer that holds size; SIZE_MAX when none does. The last gap is open up
 * to the buffer's present size, or its largest when grow. */
static size_t
find_gap(const GArray *live, size_t end, size_t size, guint *index, size_t *waste)
{
    size_t best = SIZE_MAX, offset = 0;
    *waste = SIZE_MAX;
    for (guint i = 0; i <= live->len; i++) {
        const Block *next = i < live->len ? &g_array_index(live, Block, i) : NULL;
        size_t limit = next ? next->offset : end;
        if (limit >= offset && limit - offset >= size && limit - offset - size < *waste) {
            *waste = limit - offset - size;
            best = offset;
            *index = i;
        }
        if (next)
            offset = next->offset + next->size;
    }
    return best;
}

static bool
arena_place(Arena *arena, size_t size, Place *place)
{
    size_t best_waste = SIZE_MAX;
    guint best_index = 0;
    place->buffer = -1;
    for (int pass = 0; pass < 2 && place->buffer < 0; pass++) { /* 0: within, 1: growing */
        for (guint b = 0; b < arena->live->len; b++) {
            guint index = 0;
            size_t waste;
            size_t end = pass ? arena->max_buffer : g_array_index(arena->size, size_t, b);
            size_t offset = find_gap(arena->live->pdata[b], end, size, &index, &waste);
            if (offset != SIZE_MAX && waste < best_waste) {
                *place = (Place){(int)b, offset};
                best_waste = waste;
                best_index = index;
            }
        }
    }
    if (place->buffer < 0) {
        size_t zero = 0;
        *place = (Place){(int)arena->live->len, 0};
        g_ptr_array_add(arena->live, g_array_new(FALSE, FALSE, sizeof(Block)));
        g_array_append_val(arena->size, zero);
        best_index = 0;
    }
    Block block = {place->offset, size};
    g_array_insert_val(arena->live->pdata[place->buffer], best_index, block);
    size_t *end = &g_array_index(arena->size, size_t, place->buffer);
    *end = MAX(*end, place->offset + size);
    return true;
}

static void
arena_release(Arena *arena, const Place *place)
{
    GArray *live = arena->live->pdata[place->buffer];
    for (guint i = 0; i < live->len; i++) {
        if (g_array_index(live, Block, i).offset == place->offset) {
            g_array_remove_index(live, i);
            return;
        }
    }
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

typedef struct {
    const Graph *graph;
    Plan *plan;
    Arena own, shared;
    int *last;   /* find_last_uses */
    bool *stays; /* by root tensor id: there between runs */
} Placing;

static Arena *
arena_of(Placing *p, const Tensor *t)
{
    return p->stays[t->id] ? &p->own : &p->shared;
}

static bool
place_tensor(Placing *p, const Tensor *t, GError **error)
{
    Arena *arena = arena_of(p, t);
    size_t size = aligned_size(t, arena->alignment);
    if (size > arena->max_buffer) {
        g_autofree char *shape = shape_to_string(&t->shape);
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                    "A tensor of %s (%.1f MiB) is larger than this device allows for one buffer "
                    "(%.1f MiB). Use a smaller picture or batch, or the CPU device.",
                    shape, (double)size / (1 << 20), (double)arena->max_buffer / (1 << 20));
        return false;
    }
    return arena_place(arena, size, &p->plan->places[t->id]);
}

static void
release_after(Placing *p, const Node *node, int index)
{
    const Tensor *seen[NODE_MAX_IN + NODE_MAX_OUT];
    int n_seen = 0;
    for (int j = 0; j < node->n_in + node->n_out; j++) {
        Tensor *t = j < node->n_in ? node->in[j] : node->out[j - node->n_in];
        t = t ? root_of(t) : NULL;
        if (!t || t->kind != TENSOR_RESULT || p->last[t->id] != index)
            continue;
        bool repeated = false;
        for (int k = 0; k < n_seen; k++)
            repeated |= seen[k] == t;
        if (repeated)
            continue;
        seen[n_seen++] = t;
        arena_release(arena_of(p, t), &p->plan->places[t->id]);
    }
}

static bool
place_all(Placing *p, GError **error)
{
    const Graph *graph = p->graph;
    for (guint i = 0; i < graph->tensors->len; i++) {
        Tensor *t = graph->tensors->pdata[i];
        p->stays[root_of(t)->id] |= t->keep || t->kind == TENSOR_INPUT;
    }
    for (guint i = 0; i < graph->tensors->len; i++) {
        Tensor *t = graph->tensors->pdata[i];
        if (t->kind == TENSOR_INPUT && !place_tensor(p, t, error))
            return false;
    }
    for (guint i = 0; i < graph->nodes->len; i++) {
        const Node *node = graph->nodes->pdata[i];
        for (int j = 0; j < node->n_out; j++) {
            if (!node->out[j]->alias && !place_tensor(p, node->out[j], error))
                return false;
        }
        release_after(p, node, (int)i);
    }
    for (guint i = 0; i < graph->tensors->len; i++) { /* shared buffers follow the private ones */
        Tensor *t = graph->tensors->pdata[i];
        if (!t->alias && p->plan->places[i].buffer >= 0 && !p->stays[i])
            p->plan->places[i].buffer += (int)p->own.size->len;
    }
    for (guint i = 0; i < graph->tensors->len; i++) {
        Tensor *t = graph->tensors->pdata[i];
        if (t->alias)
            p->plan->places[i] = p->plan->places[root_of(t)->id];
    }
    return true;
}

static Arena
arena_init(size_t max_buffer, size_t alignment)
{
    return (Arena){
        .max_buffer = max_buffer,
        .alignment = alignment,
        .live = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref),
        .size = g_array_new(FALSE, FALSE, sizeof(size_t)),
    };
}

/* Appends the arena's buffers to the plan's. */
static void
arena_finish(Arena *arena, Plan *plan)
{
    int n = plan->n_buffers + (int)arena->size->len;
    plan->buffer_size = g_renew(size_t, plan->buffer_size, n + 1);
    for (guint i = 0; i < arena->size->len; i++) {
        size_t size = g_array_index(arena->size, size_t, i);
        plan->buffer_size[plan->n_buffers++] = size;
        plan->peak += size;
    }
    g_ptr_array_unref(arena->live);
    g_array_unref(arena->size);
}

Plan *
plan_new(const Graph *graph, size_t max_buffer, size_t alignment, GError **error)
{
    g_autoptr(Plan) plan = g_new0(Plan, 1);
    g_autofree int *last = g_new(int, graph->tensors->len + 1);
    g_autofree bool *stays = g_new0(bool, graph->tensors->len + 1);
    Placing placing = {
        .graph = graph,
        .plan = plan,
        .own = arena_init(max_buffer, alignment),
        .shared = arena_init(max_buffer, alignment),
        .last = last,
        .stays = stays,
    };
    plan->places = g_new(Place, graph->tensors->len + 1);
    for (guint i = 0; i < graph->tensors->len; i++)
        plan->places[i] = (Place){-1, 0};
    find_last_uses(graph, last);
    bool ok = place_all(&placing, error);
    arena_finish(&placing.own, plan);
    plan->n_private = plan->n_buffers;
    arena_finish(&placing.shared, plan);
    return ok ? g_steal_pointer(&plan) : NULL;
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
