/* SPDX-License-Identifier: Apache-2.0 */
/* The CPU device: memory is memory, a program is a list of kernels and pointers. */
#include "compute/cpu/parallel.h"
#include "compute/device_class.h"
#include "compute/op.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct {
    DeviceBuffer base;
    char *data;
} CpuBuffer;

typedef struct {
    const Node *node;
    void *in[NODE_MAX_IN];
    void *out[NODE_MAX_OUT];
} Step;

typedef struct {
    Step *steps;
    guint n_steps;
} Compiled;

static DeviceBuffer *
buffer_new(Device *device, size_t size, GError **error)
{
    /* Mapped, so that a buffer of many GiB that does not fit is an error and not an abort, and so
     * that it comes zeroed. */
    void *data = size < (1 << 16)
                     ? calloc(1, size)
                     : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (!data || data == MAP_FAILED) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                    "Could not get %.1f MiB of memory: %s. Use a smaller picture, batch or model.",
                    (double)size / (1 << 20), g_strerror(errno));
        return NULL;
    }
    CpuBuffer *buffer = g_new0(CpuBuffer, 1);
    buffer->base.device = device;
    buffer->base.size = size;
    buffer->data = data;
    return &buffer->base;
}

static void
buffer_free(DeviceBuffer *base)
{
    CpuBuffer *buffer = (CpuBuffer *)base;
    if (base->size < (1 << 16))
        free(buffer->data);
    else
        munmap(buffer->data, base->size);
    g_free(buffer);
}

static bool
buffer_write(DeviceBuffer *buffer, size_t offset, const void *data, size_t size, GError **error)
{
    memcpy(((CpuBuffer *)buffer)->data + offset, data, size);
    return true;
}

static bool
buffer_read(const DeviceBuffer *buffer, size_t offset, void *data, size_t size, GError **error)
{
    memcpy(data, ((const CpuBuffer *)buffer)->data + offset, size);
    return true;
}

static void *
address(const Tensor *t, const Plan *plan, DeviceBuffer **arena)
{
    if (!t)
        return NULL;
    if (t->kind == TENSOR_WEIGHT)
        return ((CpuBuffer *)t->weight->buffer)->data;
    const Place *place = &plan->places[t->id];
    return place->buffer < 0 ? NULL : ((CpuBuffer *)arena[place->buffer])->data + place->offset;
}

static void *
compile(Device *device, const Graph *graph, const Plan *plan, DeviceBuffer **arena, GError **error)
{
    Compiled *compiled = g_new0(Compiled, 1);
    compiled->n_steps = graph->nodes->len;
    compiled->steps = g_new0(Step, compiled->n_steps);
    for (guint i = 0; i < compiled->n_steps; i++) {
        Step *step = &compiled->steps[i];
        step->node = graph->nodes->pdata[i];
        for (int j = 0; j < step->node->n_in; j++)
            step->in[j] = address(step->node->in[j], plan, arena);
        for (int j = 0; j < step->node->n_out; j++)
            step->out[j] = address(step->node->out[j], plan, arena);
    }
    return compiled;
}

static bool
run(Device *device, void *data, GCancellable *cancellable, GError **error)
{
    Compiled *compiled = data;
    bool profile = device->profile != NULL;
    for (guint i = 0; i < compiled->n_steps; i++) {
        if (g_cancellable_set_error_if_cancelled(cancellable, error))
            return false;
        Step *step = &compiled->steps[i];
        double start_s = profile ? device_profile_now(device) : 0;
        step->node->op->cpu(step->node, (void *const *)step->in, (void *const *)step->out);
        if (profile)
            device_profile_add(device, step->node, NULL, true, start_s,
                               device_profile_now(device) - start_s);
    }
    return true;
}

static void
compiled_free(Device *device, void *data)
{
    Compiled *compiled = data;
    g_free(compiled->steps);
    g_free(compiled);
}

static guint64
physical_memory(void)
{
    return (guint64)sysconf(_SC_PHYS_PAGES) * (guint64)sysconf(_SC_PAGESIZE);
}

static size_t
available(Device *device)
{
    guint64 memory = physical_memory();
    return memory > device->used ? memory - device->used : 0;
}

static void
device_close_cpu(Device *device)
{
    g_free(device);
}

static const DeviceClass cpu_class = {
    .buffer_new = buffer_new,
    .buffer_free = buffer_free,
    .buffer_write = buffer_write,
    .buffer_read = buffer_read,
    .compile = compile,
    .run = run,
    .compiled_free = compiled_free,
    .available = available,
    .close = device_close_cpu,
};

/* "AMD EPYC", from /proc/cpuinfo where there is one. */
static char *
processor_name(void)
{
    g_autofree char *text = NULL;
    if (g_file_get_contents("/proc/cpuinfo", &text, NULL, NULL)) {
        char *line = strstr(text, "model name");
        char *colon = line ? strchr(line, ':') : NULL;
        if (colon) {
            char *end = strchrnul(colon, '\n');
            *end = 0;
            return g_strstrip(g_strdup(colon + 1));
        }
    }
    return g_strdup("processor");
}

static char *
describe(void)
{
    g_autofree char *name = processor_name();
    return g_strdup_printf("%s, %d threads", name, omp_get_max_threads());
}

Device *
cpu_device_new(void)
{
    Device *device = g_new0(Device, 1);
    device->class = &cpu_class;
    device->name = g_strdup("cpu");
    device->description = describe();
    device->max_buffer_size = (size_t)1 << 40;
    device->alignment = 64;
    device->fuses = true;
    return device;
}

int
cpu_device_set_threads(int n)
{
    if (n > 0)
        omp_set_num_threads(n);
    return cpu_n_threads();
}

void
cpu_device_describe(GPtrArray *infos)
{
    DeviceInfo *info = g_new0(DeviceInfo, 1);
    info->name = g_strdup("cpu");
    info->description = describe();
    info->memory = physical_memory();
    g_ptr_array_add(infos, info);
}
