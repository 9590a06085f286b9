/* SPDX-License-Identifier: Apache-2.0 */
/* Counting instead of computing. */
#include "compute/planning.h"

#include <string.h>

#include "compute/device_class.h"

typedef struct {
    Device base;
    size_t size, peak; /* bytes */
    double work;
} PlanningDevice;

static DeviceBuffer *
buffer_new(Device *base, size_t size, GError **error)
{
    PlanningDevice *device = (PlanningDevice *)base;
    DeviceBuffer *buffer = g_new0(DeviceBuffer, 1);

    buffer->device = base;
    buffer->size = size;
    device->size += size;
    device->peak = MAX(device->peak, device->size);
    return buffer;
}

static void
buffer_free(DeviceBuffer *buffer)
{
    ((PlanningDevice *)buffer->device)->size -= buffer->size;
    g_free(buffer);
}

static bool
buffer_write(DeviceBuffer *buffer, size_t offset, const void *data, size_t size, GError **error)
{
    return true;
}

static bool
buffer_read(const DeviceBuffer *buffer, size_t offset, void *data, size_t size, GError **error)
{
    memset(data, 0, size);
    return true;
}

static void *
compile(Device *device, const Graph *graph, const Plan *plan, DeviceBuffer **arena, GError **error)
{
    double *work = g_new(double, 1);

    *work = graph_work(graph);
    return work;
}

static bool
run(Device *device, void *compiled, GCancellable *cancellable, GError **error)
{
    ((PlanningDevice *)device)->work += *(double *)compiled;
    return !g_cancellable_set_error_if_cancelled(cancellable, error);
}

static void
compiled_free(Device *device, void *compiled)
{
    g_free(compiled);
}

static void
close_device(Device *device)
{
    g_free(device);
}

static const DeviceClass planning_class = {
    .buffer_new = buffer_new,
    .buffer_free = buffer_free,
    .buffer_write = buffer_write,
    .buffer_read = buffer_read,
    .compile = compile,
    .run = run,
    .compiled_free = compiled_free,
    .close = close_device,
};

Device *
planning_device_new(void)
{
    PlanningDevice *device = g_new0(PlanningDevice, 1);

    device->base.class = &planning_class;
    device->base.name = g_strdup("planning");
    device->base.description = g_strdup("planning");
    device->base.max_buffer_size = (size_t)1 << 40;
    device->base.alignment = 64;
    device->base.stores_half = true;
    device->base.software = true;
    return &device->base;
}

bool
device_is_planning(const Device *device)
{
    return device->class == &planning_class;
}

size_t
planning_device_peak(const Device *device)
{
    g_return_val_if_fail(device_is_planning(device), 0);
    return ((const PlanningDevice *)device)->peak;
}

double
planning_device_take_work(Device *device)
{
    double work;

    g_return_val_if_fail(device_is_planning(device), 0);
    work = ((PlanningDevice *)device)->work;
    ((PlanningDevice *)device)->work = 0;
    return work;
}
