/* SPDX-License-Identifier: Apache-2.0 */
/* The Dispatcher: ops call it to say what they launch, and it keeps a list of dispatches with the
 * places of their tensors, which replay.c records. */
#include "compute/arena.h"
#include "compute/vulkan/vulkan_device.h"

#include <string.h>

#define MAX_GROUPS 65535u /* in each direction, on every Vulkan device */
#define FLOP_PER_ITEM 64  /* of a dispatch that does not say */

struct Dispatcher {
    VulkanDevice *device;
    const Plan *plan;
    DeviceBuffer **arena;
    DispatchList *list;
    const Node *node;
    GPtrArray *scratch;      /* Tensor, id = index: where dispatch_scratch's results lie */
    GArray *scratch_offsets; /* size_t, bytes */
    size_t scratch_used;     /* bytes, by this node */
    size_t scratch_size;     /* bytes, largest of all nodes */
    double flop;             /* hint for the next dispatch, 0: none */
    GError *error;           /* the first failure: nothing is recorded afterwards */
};

static bool
fits(Dispatcher *d, const Tensor *t, size_t size)
{
    if (size <= dispatch_max_range(d))
        return true;
    g_autofree char *shape = shape_to_string(&t->shape);
    g_set_error(&d->error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                "%s cannot hold a tensor of %s: %.1f MiB, it allows %.1f. Use a smaller picture, "
                "batch or model, or take the CPU device.",
                d->device->base.description, shape, (double)size / (1 << 20),
                (double)dispatch_max_range(d) / (1 << 20));
    return false;
}

/* Where a tensor lies. The buffer of scratch is made, and filled in, when all nodes are known. */
static bool
place(Dispatcher *d, Tensor *t, Binding *binding)
{
    if (!t) {
        *binding = (Binding){(VulkanBuffer *)d->device->zero, 0, d->device->zero->size};
        return true;
    }
    size_t size = (size_t)tensor_count(t) * dtype_size(t->dtype);
    if (!fits(d, t, size))
        return false;
    for (guint i = 0; i < d->scratch->len; i++) {
        if (d->scratch->pdata[i] == t) {
            *binding = (Binding){NULL, g_array_index(d->scratch_offsets, size_t, i), size};
            return true;
        }
    }
    if (t->kind == TENSOR_WEIGHT) {
        *binding = (Binding){(VulkanBuffer *)t->weight->buffer, 0, size};
        return true;
    }
    const Place *p = &d->plan->places[t->id];
    if (p->buffer < 0)
        g_error("%s uses a tensor that has no place", d->node->op->name);
    *binding = (Binding){(VulkanBuffer *)d->arena[p->buffer], p->offset, size};
    return true;
}

void
dispatch_variant(Dispatcher *d, const char *shader, const uint32_t *constants, int n_constants,
                 const void *push, size_t push_size, Tensor *const *tensors, int n_tensors,
                 uint32_t gx, uint32_t gy, uint32_t gz)
{
    if (push_size > PUSH_MAX || push_size % 4 != 0 || n_tensors > DISPATCH_MAX_BINDINGS ||
        n_constants > DISPATCH_MAX_CONSTANTS)
        g_error("%s: shader %s with %d tensors, %zu bytes of push constants, %d constants",
                d->node->op->name, shader, n_tensors, push_size, n_constants);
    if (gx > MAX_GROUPS || gy > MAX_GROUPS || gz > MAX_GROUPS)
        g_error("%s: shader %s in %u x %u x %u groups, at most 65535 each", d->node->op->name,
                shader, gx, gy, gz);
    double flop = d->flop;
    d->flop = 0;
    if (d->error || gx == 0 || gy == 0 || gz == 0)
        return;
    Dispatch entry = {
        .node = d->node,
        .first_binding = d->list->bindings->len,
        .push_size = (uint32_t)push_size,
        .groups = {gx, gy, gz},
    };
    PipelineKey key = {
        .stem = shader,
        .constants = constants,
        .n_constants = n_constants,
        .n_bindings = n_tensors,
    };
    for (int i = 0; i < n_tensors; i++)
        key.dtypes[i] = tensors[i] ? tensors[i]->dtype : DTYPE_F32;
    entry.pipeline = pipeline_get(d->device, &key, &d->error);
    if (!entry.pipeline)
        return;
    if (push_size > 0)
        memcpy(entry.push, push, push_size);
    entry.flop =
        flop > 0 ? flop : (double)gx * gy * gz * entry.pipeline->local_size * FLOP_PER_ITEM;
    for (int i = 0; i < n_tensors; i++) {
        Binding binding;
        if (!place(d, tensors[i], &binding))
            return;
        g_array_append_val(d->list->bindings, binding);
    }
    g_array_append_val(d->list->dispatches, entry);
}

void
dispatch(Dispatcher *d, const char *shader, const void *push, size_t push_size,
         Tensor *const *tensors, int n_tensors, uint32_t gx, uint32_t gy, uint32_t gz)
{
    dispatch_variant(d, shader, NULL, 0, push, push_size, tensors, n_tensors, gx, gy, gz);
}

void
dispatch_1d(Dispatcher *d, const char *shader, const void *push, size_t push_size,
            Tensor *const *tensors, int n_tensors, uint64_t n)
{
    if (n > UINT32_MAX)
        g_error("%s: shader %s over %" G_GUINT64_FORMAT " items, an index has 32 bits",
                d->node->op->name, shader, n);
    uint32_t groups = (uint32_t)((n + 255) / 256);
    uint32_t gy = (groups + MAX_GROUPS - 1) / MAX_GROUPS;
    dispatch(d, shader, push, push_size, tensors, n_tensors, MIN(groups, MAX_GROUPS), gy, 1);
}

Tensor *
dispatch_scratch(Dispatcher *d, int64_t count)
{
    Tensor *t = g_new0(Tensor, 1);
    t->kind = TENSOR_RESULT;
    t->dtype = DTYPE_F32;
    t->shape = SHAPE(count);
    t->id = -1;
    g_ptr_array_add(d->scratch, t);
    g_array_append_val(d->scratch_offsets, d->scratch_used);
    size_t alignment = d->device->base.alignment;
    d->scratch_used += ((size_t)count * sizeof(float) + alignment - 1) / alignment * alignment;
    d->scratch_size = MAX(d->scratch_size, d->scratch_used);
    return t;
}

int
dispatch_choose(Dispatcher *d, const char *what, TuneBy by, const char *const *names, int n,
                int otherwise)
{
    return d->error ? 0 : tuner_choose(d->device->tuner, d->node, what, by, names, n, otherwise);
}

const CoopPick *
dispatch_cooperative(const Dispatcher *d)
{
    return &d->device->coop;
}

void
dispatch_flop(Dispatcher *d, double flop)
{
    d->flop = flop;
}

size_t
dispatch_max_range(const Dispatcher *d)
{
    return d->device->properties.limits.maxStorageBufferRange;
}

/* Gives the bindings to scratch tensors their buffer. */
static bool
make_scratch(Dispatcher *d)
{
    if (d->scratch_size == 0)
        return true;
    if (!arena_grow(&d->device->base, &d->device->scratch, d->scratch_size, &d->error))
        return false;
    for (guint i = 0; i < d->list->bindings->len; i++) {
        Binding *binding = &g_array_index(d->list->bindings, Binding, i);
        if (!binding->buffer)
            binding->buffer = (VulkanBuffer *)d->device->scratch;
    }
    return true;
}

bool
dispatch_list_init(DispatchList *list, VulkanDevice *device, const Graph *graph, const Plan *plan,
                   DeviceBuffer **arena, GError **error)
{
    list->dispatches = g_array_new(FALSE, FALSE, sizeof(Dispatch));
    list->bindings = g_array_new(FALSE, FALSE, sizeof(Binding));
    Dispatcher d = {
        .device = device,
        .plan = plan,
        .arena = arena,
        .list = list,
        .scratch = g_ptr_array_new_with_free_func(g_free),
        .scratch_offsets = g_array_new(FALSE, FALSE, sizeof(size_t)),
    };
    for (guint i = 0; i < graph->nodes->len && !d.error; i++) {
        d.node = graph->nodes->pdata[i];
        d.flop = 0;
        d.scratch_used = 0;
        g_ptr_array_set_size(d.scratch, 0);
        g_array_set_size(d.scratch_offsets, 0);
        d.node->op->vulkan(d.node, &d);
    }
    if (!d.error)
        make_scratch(&d);
    g_ptr_array_unref(d.scratch);
    g_array_unref(d.scratch_offsets);
    if (!d.error)
        return true;
    g_propagate_error(error, d.error);
    return false;
}

void
dispatch_list_clear(DispatchList *list)
{
    g_clear_pointer(&list->dispatches, g_array_unref);
    g_clear_pointer(&list->bindings, g_array_unref);
}
