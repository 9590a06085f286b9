/* SPDX-License-Identifier: Apache-2.0 */
/* Placing, compiling and replaying a graph. */
#include "compute/program.h"

#include <glib/gi18n-lib.h>

#include "compute/arena.h"
#include "compute/device_class.h"
#include "compute/fuse.h"

struct Program {
    Graph *graph;
    Device *device;
    Plan *plan;
    DeviceBuffer **buffers; /* the plan's: own ones, then the arena's */
    guint generation;       /* of the arena, when compiled */
    void *compiled;
};

/* Compiles for the arena as it is now. */
static bool
compile(Program *program, GError **error)
{
    Device *device = program->device;
    const Plan *plan = program->plan;
    int n_shared = plan->n_buffers - plan->n_private;
    if (program->compiled)
        device->class->compiled_free(device, g_steal_pointer(&program->compiled));
    if (!arena_reserve(device, plan->buffer_size + plan->n_private, n_shared, error))
        return false;
    for (int i = 0; i < n_shared; i++)
        program->buffers[plan->n_private + i] = device->arena->pdata[i];
    program->compiled =
        device->class->compile(device, program->graph, plan, program->buffers, error);
    program->generation = device->arena_generation;
    return program->compiled != NULL;
}

/* Bytes that a program of this plan takes beyond what the arena has. */
static size_t
bytes_to_get(const Plan *plan, const Device *device)
{
    size_t bytes = 0;
    for (int i = 0; i < plan->n_buffers; i++) {
        int shared = i - plan->n_private;
        size_t there = 0;
        if (shared >= 0 && device->arena && shared < (int)device->arena->len &&
            device->arena->pdata[shared])
            there = device_buffer_size(device->arena->pdata[shared]);
        bytes += plan->buffer_size[i] > there ? plan->buffer_size[i] - there : 0;
    }
    return bytes;
}

/* Whether there is memory for it, before any is taken. */
static bool
check_memory(const Plan *plan, Device *device, GError **error)
{
    size_t needed = bytes_to_get(plan, device), available = device_memory_available(device);
    if (needed <= available)
        return true;
    size_t held = plan->peak - MIN(plan->peak, needed);
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                _("%s has %.1f MiB of memory left, %.1f MiB are needed. About %d %% of the "
                  "picture's rows, or of the batch, would fit; tiles and a precision of 16 bits "
                  "take less, too."),
                device->description, (double)available / (1 << 20), (double)needed / (1 << 20),
                (int)(100.0 * (double)(available + held) / (double)(needed + held)));
    return false;
}

static Plan *
make_plan(Graph *graph, const Device *device, GError **error)
{
    graph_prune(graph);
    if (device->fuses)
        graph_fuse(graph);
    graph_settle(graph, device->storage);
    return plan_new(graph, device->max_buffer_size, device->alignment, device->fuses, error);
}

Program *
program_new(Graph *graph, Device *device, GError **error)
{
    g_autoptr(Program) program = g_new0(Program, 1);
    program->graph = graph;
    program->device = device;
    arena_join(device);
    program->plan = make_plan(graph, device, error);
    if (!program->plan || !check_memory(program->plan, device, error))
        return NULL;
    program->buffers = g_new0(DeviceBuffer *, program->plan->n_buffers + 1);
    for (int i = 0; i < program->plan->n_private; i++) {
        program->buffers[i] = device_buffer_new(device, program->plan->buffer_size[i], error);
        if (!program->buffers[i])
            return NULL;
    }
    return compile(program, error) ? g_steal_pointer(&program) : NULL;
}

bool
program_fits(Graph *graph, Device *device)
{
    g_autoptr(Plan) plan = make_plan(graph, device, NULL);
    return plan && check_memory(plan, device, NULL);
}

size_t
program_plan_memory(Graph *graph, const Device *device)
{
    g_autoptr(Plan) plan = make_plan(graph, device, NULL);
    return plan ? plan->peak : 0;
}

void
program_free(Program *program)
{
    if (!program)
        return;
    if (program->compiled)
        program->device->class->compiled_free(program->device, program->compiled);
    for (int i = 0; program->buffers && i < program->plan->n_private; i++)
        device_buffer_free(program->buffers[i]);
    arena_leave(program->device);
    g_free(program->buffers);
    plan_free(program->plan);
    graph_free(program->graph);
    g_free(program);
}

static size_t
tensor_size(const Tensor *t)
{
    return (size_t)tensor_count(t) * dtype_size(t->dtype);
}

bool
program_write(Program *program, const Tensor *t, const void *data, GError **error)
{
    g_return_val_if_fail(t->kind == TENSOR_INPUT, false);
    const Place *place = &program->plan->places[t->id];
    return device_buffer_write(program->buffers[place->buffer], place->offset, data, tensor_size(t),
                               error);
}

bool
program_run(Program *program, GCancellable *cancellable, GError **error)
{
    bool moved = program->generation != program->device->arena_generation;
    if ((moved || !program->compiled) && !compile(program, error))
        return false;
    return program->device->class->run(program->device, program->compiled, cancellable, error);
}

bool
program_read(Program *program, const Tensor *t, void *data, GError **error)
{
    if (t->kind == TENSOR_WEIGHT)
        return weight_read(t->weight, data, error);
    g_return_val_if_fail(t->keep || t->kind == TENSOR_INPUT, false);
    const Place *place = &program->plan->places[t->id];
    g_return_val_if_fail(place->buffer >= 0, false);
    return device_buffer_read(program->buffers[place->buffer], place->offset, data, tensor_size(t),
                              error);
}

size_t
program_memory(const Program *program)
{
    return program->plan->peak;
}

double
program_work(const Program *program)
{
    return graph_work(program->graph);
}
